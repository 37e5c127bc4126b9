/* SPDX-License-Identifier: MIT */
/*
 * Less common files of /proc/PID: the system call that a task is in, the counts
 * of its entries into the kernel, its I/O counts, its limits.
 */
#include <arch/task.h>
#include "proc.h"
#include <kernel/sched/tasks.h>
#include <kernel/task/task.h>
#include <lt/seq.h>

/*
 * Return the trapframe of t, which sleeps.  While the lock of its runqueue is
 * held, t keeps sleeping, so its kernel stack stays.
 * Context: [c->rq.lock].
 */
static const struct trapframe *proc_frame_of(const struct cpu *c,
					     const struct task *t)
{
	spin_must_hold(&c->rq.lock);
	return current_trapframe(t->kstack);
}

/*
 * Copy the trapframe of t if t sleeps.  *ended: t has exited and has no stack.
 * Return: true if t sleeps; *tf is set then.
 */
static bool sleeper_frame(struct task *t, struct trapframe *tf, bool *ended)
{
	struct cpu *c = sched_lock_task(t);
	enum task_state state = HINT(t->state);
	bool sleeps;

	*ended = state == TASK_ZOMBIE || state == TASK_DEAD;
	sleeps = !(HINT(t->flags) & TF_KTHREAD) && !*ended && c->running != t &&
		state != TASK_RUNNING;
	if (sleeps)
		*tf = *proc_frame_of(c, t);
	spin_unlock(&c->rq.lock);
	return sleeps;
}

/* Print number, six arguments, stack pointer and pc; or "running". */
static int show_syscall(struct seq *s, struct task *t)
{
	struct trapframe tf;
	bool ended = false;

	if (!proc_may_control(t))
		return -EPERM;
	if (t == current) {
		tf = *current_trapframe(t->kstack);
	} else if (!sleeper_frame(t, &tf, &ended)) {
		seq_print(s, ended ? "-1 0x0 0x0\n" : "running\n");
		return 0;
	}
	seq_print(s, "%ld", tf_is_syscall(&tf) ? (long)tf_nr(&tf) : -1l);
	for (unsigned k = 0; k < 6 && tf_is_syscall(&tf); k++)
		seq_print(s, " 0x%lx", (unsigned long)tf_arg(&tf, k));
	seq_print(s, " 0x%lx 0x%lx\n", (unsigned long)tf_sp(&tf),
		  (unsigned long)tf_pc(&tf));
	return 0;
}

/*
 * Print how often the kernel was entered for t, by reason (row B1).  The number
 * of its calls tells much about a program with more rights, like its bytes of
 * I/O, so the same rule holds.
 */
static int proc_show_events(struct seq *s, struct task *t)
{
	if (!proc_may_inspect(t))
		return -EACCES;
	/* each task updates its own counters, without a lock */
	seq_print(s, "syscalls %lu\npage_faults %llu\ninterrupts %lu\n"
		  "asts %lu\n", HINT(t->syscalls),
		  (unsigned long long)PEEK(t->minflt + t->majflt),
		  HINT(t->interrupts), HINT(t->asts));
	seq_print(s, "switches %llu\nwakeups %lu\n",
		  (unsigned long long)PEEK(t->nvcsw + t->nivcsw),
		  HINT(t->wakeups));
	return 0;
}

/* Context: [tree_lock]. */
static void counts_of_process(struct process *p, struct io_counts *c)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	*c = p->moved;
	list_for_each(t, &p->threads, thread_link) {
		struct io_counts now = PEEK(t->moved);

		io_counts_add(c, &now);
	}
}

/* Print t's I/O counts; a leader's file shows the sums of its process. */
static int show_io(struct seq *s, struct task *t)
{
	struct process *p = t->process;
	struct io_counts c;

	if (!proc_may_inspect(t))
		return -EACCES;
	spin_lock(&tree_lock);
	if (p && t == p->leader)
		counts_of_process(p, &c);
	else
		c = PEEK(t->moved);
	spin_unlock(&tree_lock);
	seq_print(s, "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\n",
		  (unsigned long long)c.rchar, (unsigned long long)c.wchar,
		  (unsigned long long)c.syscr, (unsigned long long)c.syscw);
	seq_print(s, "read_bytes: %llu\nwrite_bytes: %llu\n"
		  "cancelled_write_bytes: %llu\n",
		  (unsigned long long)c.read_bytes,
		  (unsigned long long)c.write_bytes,
		  (unsigned long long)c.cancelled);
	return 0;
}

/*
 * Print the ns that t has spent running, the ns that it has waited for a CPU,
 * and the number of times it got a CPU.
 */
static int show_schedstat(struct seq *s, struct task *t)
{
	struct cpu *c = sched_lock_charged(t);
	u64 ran = t->runtime, waited = t->waited, turns = t->turns;

	spin_unlock(&c->rq.lock);
	seq_print(s, "%llu %llu %llu\n", (unsigned long long)ran,
		  (unsigned long long)waited, (unsigned long long)turns);
	return 0;
}

static int show_personality(struct seq *s, struct task *t)
{
	if (!proc_may_control(t))
		return -EPERM;
	seq_print(s, "%08x\n", HINT(t->personality));
	return 0;
}

/*
 * Return: true if current may read t's timer slack, as on Linux: t is current,
 * or current has the right to set t's scheduling.
 */
static bool sees_slack(const struct task *t)
{
	bool ok;

	spin_lock(&tree_lock);
	ok = t == current ||
		capable_in(t->cred ? t->cred->space : NULL, CAP_SYS_NICE);
	spin_unlock(&tree_lock);
	return ok;
}

static int show_slack(struct seq *s, struct task *t)
{
	if (!sees_slack(t))
		return -EPERM;
	seq_print(s, "%llu\n", (unsigned long long)HINT(t->timer_slack));
	return 0;
}

static void limit_value(struct seq *s, unsigned long v)
{
	if (v == RLIM_INFINITY)
		seq_print(s, "%-20s ", "unlimited");
	else
		seq_print(s, "%-20lu ", v);
}

static int show_limits(struct seq *s, struct task *t)
{
	static const struct {
		const char *name, *unit;
	} rows[RLIM_NLIMITS] = {
		[RLIMIT_CPU] = { "Max cpu time", "seconds" },
		[RLIMIT_FSIZE] = { "Max file size", "bytes" },
		[RLIMIT_DATA] = { "Max data size", "bytes" },
		[RLIMIT_STACK] = { "Max stack size", "bytes" },
		[RLIMIT_CORE] = { "Max core file size", "bytes" },
		[RLIMIT_RSS] = { "Max resident set", "bytes" },
		[RLIMIT_NPROC] = { "Max processes", "processes" },
		[RLIMIT_NOFILE] = { "Max open files", "files" },
		[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[RLIMIT_AS] = { "Max address space", "bytes" },
		[RLIMIT_LOCKS] = { "Max file locks", "locks" },
		[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[RLIMIT_NICE] = { "Max nice priority", "" },
		[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
		[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	struct rlimit limits[RLIM_NLIMITS];
	unsigned i;

	if (!t->process)
		return 0;
	spin_lock(&tree_lock);
	memcpy(limits, t->process->limits, sizeof(limits));
	spin_unlock(&tree_lock);
	seq_print(s, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
		  "Hard Limit", "Units");
	for (i = 0; i < RLIM_NLIMITS; i++) {
		seq_print(s, "%-25s ", rows[i].name);
		limit_value(s, limits[i].cur);
		limit_value(s, limits[i].max);
		seq_print(s, "%-10s\n", rows[i].unit);
	}
	return 0;
}

PID_FILES(files) = {
	{ .name = "limits", .mode = 0444, .show = show_limits },
	{ .name = "io", .mode = 0400, .show = show_io },
	{ .name = "syscall", .mode = 0400, .show = show_syscall },
	{ .name = "schedstat", .mode = 0444, .show = show_schedstat },
	{ .name = "lectern_events", .mode = 0400, .show = proc_show_events },
	{ .name = "personality", .mode = 0400, .show = show_personality },
	{ .name = "timerslack_ns", .mode = 0444, .show = show_slack },
};
