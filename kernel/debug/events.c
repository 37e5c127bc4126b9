/* SPDX-License-Identifier: MIT */
/*
 * /proc/lectern/events and /proc/lectern/trace (row B1): how often each kind
 * of entry happened on each CPU, and the last of them one by one.  Writing 1
 * to `events` starts a new trace, 0 ends it; `trace` prints it.  The ring is
 * in kernel/events.c.
 */
#include <fs/vfs.h>
#include <kernel/events.h>
#include <kernel/irq.h>
#include <kernel/syscall/table.h>
#include <kernel/task.h>
#include <kernel/task/state.h>
#include <kernel/task/work.h>
#include <lt/procfile.h>
#include <mm/slab.h>

/* ---- the trace ----------------------------------------------------------- */

static const char *call_name(unsigned long nr)
{
	const char *name = NULL;

	if (nr < SYSCALL_COUNT)
		name = syscall_info[nr].name;
	return name ? name : nr - NATIVE_FIRST < native_count ? "native" : "?";
}

static void show_details(struct seq *s, const struct event_entry *e)
{
	static const char *const access[] = { "read", "write", "fetch" };
	static const char *const source[] = {
		[IRQ_TIMER] = "timer", [IRQ_DEVICE] = "device",
		[IRQ_IPI] = "ipi",
	};

	switch ((enum event)e->what) {
	case EVENT_SYSCALL:
		seq_print(s, "syscall %s %#lx", call_name(e->a), e->b);
		break;
	case EVENT_RETURN:
		seq_print(s, "return %s %ld", call_name(e->a), (long)e->b);
		break;
	case EVENT_FAULT:
		seq_print(s, "fault %s %#lx", access[e->b], e->a);
		break;
	case EVENT_INTERRUPT:
		seq_print(s, "interrupt %s upon level %lu", source[e->a],
			  e->b);
		break;
	case EVENT_AST:
		seq_print(s, "ast %#lx", e->a);
		break;
	case EVENT_SWITCH:
		seq_print(s, "switch to %lu", e->a);
		break;
	case EVENT_WAKEUP:
		seq_print(s, "wakeup %lu from %s", e->a,
			  task_state_name(e->b));
		break;
	case EVENT_STATE:
		seq_print(s, "state %s to %s", task_state_name(e->a),
			  task_state_name(e->b));
		break;
	case EVENT_IPI:
		seq_print(s, "ipi");
		break;
	}
}

/* Seconds, CPU, task, what. */
static void show_trace(struct seq *s)
{
	unsigned end = events_recorded();
	unsigned n = end > EVENTS_KEPT ? end - EVENTS_KEPT : 0;

	for (; n != end; n++) {
		struct event_entry e = event_get(n);

		seq_print(s, "%llu.%09llu %u %d ",
			  (unsigned long long)(e.time / NSEC_PER_SEC),
			  (unsigned long long)(e.time % NSEC_PER_SEC),
			  e.cpu, e.tid);
		show_details(s, &e);
		seq_print(s, "\n");
	}
}

static int store_events(const char *text, size_t n)
{
	bool on = n && text[0] == '1';

	if (n < 1 || n > 2 || (text[0] != '0' && text[0] != '1') ||
	    (n == 2 && text[1] != '\n'))
		return -EINVAL;
	events_trace(on);
	syscall_trace_events(on);
	return 0;
}

/* ---- counters ------------------------------------------------------------ */

static void show_cpu(struct seq *s, struct cpu *c)
{
	unsigned long syscalls;

	spin_lock(&c->rq.lock);
	syscalls = c->syscalls + c->running->syscalls;
	spin_unlock(&c->rq.lock);
	seq_print(s, "cpu%u syscalls %lu page_faults %llu other_faults %llu ",
		  c->id, syscalls,
		  (unsigned long long)c->faults,
		  (unsigned long long)c->other_faults);
	seq_print(s, "interrupts %llu deferred %llu ipis %llu ",
		  (unsigned long long)c->interrupts,
		  (unsigned long long)c->deferred,
		  (unsigned long long)c->ipis);
	seq_print(s, "preemptions %llu ", (unsigned long long)c->preemptions);
	seq_print(s, "asts %llu switches %llu wakeups %lu\n",
		  (unsigned long long)c->asts,
		  (unsigned long long)c->switches,
		  c->wakeups);
}

static void show_events(struct seq *s)
{
	for (unsigned i = 0; i < nr_cpus; i++)
		show_cpu(s, &cpus[i]);
	seq_print(s, "trace %s recorded %u\n", events_on ? "on" : "off",
		  events_recorded());
}

/* ---- task work, on demand ------------------------------------------------ */

struct probe {
	struct task_work work;
	int tid;
};

static unsigned probes_run;
static int probe_last;			/* who ran the last one */

static void probe(struct task_work *w)
{
	__atomic_fetch_add(&probes_run, 1, __ATOMIC_RELAXED);
	probe_last = current->tid;
	kfree(container_of(w, struct probe, work));
}

/* Write a number: that task runs a work when it next leaves the kernel. */
static int store_task_work(const char *text, size_t n)
{
	struct task *t;
	struct probe *p;
	int tid = 0, err = -ESRCH;

	for (size_t i = 0; i < n && text[i] != '\n'; i++) {
		if (text[i] < '0' || text[i] > '9' || tid > 1000000)
			return -EINVAL;
		tid = tid * 10 + text[i] - '0';
	}
	p = kmalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->work.fn = probe;
	spin_lock(&tree_lock);
	t = task_find(tid);
	if (t)
		err = task_work_add(t, &p->work);
	spin_unlock(&tree_lock);
	if (err)
		kfree(p);
	return err;
}

static void show_task_work(struct seq *s)
{
	seq_print(s, "run %u last %d\n", probes_run, probe_last);
}

PROC_FILES(files) = {
	{ "lectern/events", show_events, store_events },
	{ "lectern/trace", show_trace },
	{ "lectern/task_work", show_task_work, store_task_work },
};
