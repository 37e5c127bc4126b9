/* SPDX-License-Identifier: MIT */
/*
 * /proc/lectern/events and /proc/lectern/trace (row B1): the number of kernel
 * entries of each kind on each CPU, and the most recent events one by one.
 * Writing 1 to `events` starts a new trace, 0 ends it; `trace` prints it.  This
 * file adds no hooks: the sites belong to <kernel/events.h>, the counters to
 * the CPUs.
 */
#include "ring.h"
#include "sites.h"
#include <fs/vfs.h>
#include <kernel/irq/irq.h>
#include <kernel/syscall/table.h>
#include <kernel/task/state.h>
#include <lt/procfile.h>

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
	default:
		break;
	}
}

/* Print the trace.  Each line: seconds, CPU, task, event. */
static void eventtrace_show_trace(struct seq *s)
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

static int eventtrace_store_events(const char *text, size_t n)
{
	bool on = n && text[0] == '1';

	if (n < 1 || n > 2 || (text[0] != '0' && text[0] != '1') ||
	    (n == 2 && text[1] != '\n'))
		return -EINVAL;
	events_trace(on);
	return 0;
}

/* ---- counters ------------------------------------------------------------ */

static void eventtrace_show_cpu(struct seq *s, struct cpu *c)
{
	seq_print(s, "cpu%u syscalls %lu page_faults %llu other_faults %llu ",
		  c->id, HINT(c->syscalls),
		  (unsigned long long)HINT(c->vm.faults),
		  (unsigned long long)HINT(c->other_faults));
	seq_print(s, "interrupts %llu deferred %llu ipis %llu ",
		  (unsigned long long)HINT(c->interrupts),
		  (unsigned long long)HINT(c->deferred),
		  (unsigned long long)HINT(c->ipis));
	seq_print(s, "preemptions %llu asts %llu switches %llu wakeups %lu\n",
		  (unsigned long long)HINT(c->preemptions),
		  (unsigned long long)HINT(c->asts),
		  (unsigned long long)HINT(c->switches),
		  HINT(c->wakeups));
}

static void eventtrace_show_events(struct seq *s)
{
	for (unsigned i = 0; i < nr_cpus; i++)
		eventtrace_show_cpu(s, &cpus[i]);
	seq_print(s, "trace %s recorded %u unseen %u\n",
		  HINT(events_on) ? "on" : "off", events_recorded(),
		  HINT(events_unseen));
}

PROC_FILES(files) = {
	{ "lectern/events", eventtrace_show_events, eventtrace_store_events },
	{ "lectern/trace", eventtrace_show_trace },
};
