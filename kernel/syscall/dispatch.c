/* SPDX-License-Identifier: MIT */
/*
 * System calls, the portable part (rows B1, B3): from a trapframe to a handler
 * in the generated table.  Every instruction on this path counts, so the path
 * has only what every call needs: the signal code handles restarts, and tracing
 * replaces the table.
 */
#define LOG_PREFIX "syscall"
#include <kernel/events.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/syscall/table.h>
#include <kernel/task/task.h>
#include <kernel/debug/tlb_check.h>
#include <kernel/user_mode.h>
#include <lt/log.h>
#include <mm/frames/slab.h>

/*
 * The table for tasks whose tracer does not stop at system calls: plain_table
 * or the table of the event trace.
 */
static const syscall_entry_t *table = syscall_table;	/* [tree_lock] */
/* Const after init: syscall_table, or the table that syscalls_through() set. */
static const syscall_entry_t *plain_table = syscall_table;

static bool is_traced(const struct task *t)
{
	return READ_ONCE(t->syscall_table) == syscall_traced_table;
}

void syscall_table_of(struct task *t, bool traced)
{
	WRITE_ONCE(t->syscall_table, traced ? syscall_traced_table :
		   t->calls ?: READ_ONCE(table));
}

/*
 * Make the system call (row B3).  Each task has a pointer to its table, which a
 * tracer or the event trace replaces; so a normal call needs no test for them.
 */
void trap_syscall(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);

	tlbcheck_user();
	/* lab traps: begin */
	cpu_self()->syscalls++;
	current->syscalls++;
	arch_irq_enable();
	if (likely(nr < SYSCALL_COUNT))
		tf_set_result(tf, READ_ONCE(current->syscall_table)[nr](tf));
	else
		tf_set_result(tf, syscall_missing(tf));
	user_mode_prepare();
	/* lab traps: end, else panic_trap(tf, "no system calls yet"); */
}

/* ---- numbers without a handler ------------------------------------------ */

#define REPORTED_MAX 512

/*
 * A bit for each number that was reported: Linux's calls, then Lectern's own.
 */
static u32 reported[(REPORTED_MAX + NATIVE_MAX) / 32];

/*
 * Make one of Lectern's own calls (spawn, join), which have numbers that Linux
 * will not reach.
 */
static long native_call(struct trapframe *tf, unsigned long nr)
{
	long result;

	event_note(EVENT_SYSCALL, nr, tf_arg(tf, 0), tf);
	/* lab traps: begin */
	result = native_table[nr - NATIVE_FIRST](tf);
	/* lab traps: end, else result = -ENOSYS; */
	event_note(EVENT_RETURN, nr, result, 0);
	return result;
}

/*
 * Log the first use of each number without a handler.
 * Return: -ENOSYS.
 */
static long report_missing(unsigned long nr)
{
	const char *name = NULL;
	unsigned long bit = nr < REPORTED_MAX ? nr :
		nr - NATIVE_FIRST + REPORTED_MAX;

	/* lab traps: begin */
	if (nr >= REPORTED_MAX && nr - NATIVE_FIRST >= native_count)
		return -ENOSYS;
	if (__atomic_fetch_or(&reported[bit / 32], 1u << bit % 32,
			      __ATOMIC_RELAXED) & 1u << bit % 32)
		return -ENOSYS;
	if (nr < SYSCALL_COUNT)
		name = syscall_info[nr].name;
	log_info("%s[%d]: call %lu (%s) is not implemented", current->comm,
		 current->tid, nr, name ? name : "unknown");
	return -ENOSYS;
	/* lab traps: end, else return -ENOSYS; */
}

/*
 * Handle a number outside the table, such as one of Lectern's own calls.  For a
 * program with a table of its own, the entry after the table's last handles all
 * these numbers.
 */
static long syscall_unknown(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);

	if (nr >= SYSCALL_COUNT && current->calls)
		return current->calls[SYSCALL_COUNT](tf);
	asmp_trap_enter();
	/* lab traps: begin */
	if (nr - NATIVE_FIRST < native_count)
		return native_call(tf, nr);
	return report_missing(nr);
	/* lab traps: end, else return report_missing(nr); */
}

/*
 * Handle a number past the end of the table.  For a traced task, report such a
 * call to the tracer here.
 */
long syscall_missing(struct trapframe *tf)
{
	if (tf_nr(tf) >= SYSCALL_COUNT && is_traced(current))
		return syscall_traced(tf);
	return syscall_unknown(tf);
}

/* Handle a call, Linux's or Lectern's, whose extension is absent. */
long syscall_unwritten(void)
{
	asmp_trap_enter();
	return report_missing(tf_nr(current_trapframe(current->kstack)));
}

/* ---- system calls of traced tasks ---------------------------------------- */

/*
 * Stop for the tracer, then make the call.  All entries of syscall_traced_table
 * are this function.  The tracer may change the number.  If the tracer sets -1,
 * no call is made, and the result is the value that the tracer set.
 */
long syscall_traced(struct trapframe *tf)
{
	unsigned long nr;
	long result;

	asmp_trap_enter();
	/* lab traps: begin */
	if (tracer_ops->trace_syscall_entry(tf)) {
		nr = tf_nr(tf);
		result = nr >= SYSCALL_COUNT ? syscall_unknown(tf) :
			(current->calls ?: READ_ONCE(table))[nr](tf);
	} else {
		result = (long)tf_result(tf);
	}
	if (is_traced(current))
		task_set_ast(current, AST_SYSCALL_EXIT);
	return result;
	/* lab traps: end, else return -ENOSYS; */
}

/* ---- the event trace ----------------------------------------------------- */

/*
 * Record a call, then make it.  All entries of syscall_event_table are this
 * function.
 */
long syscall_event(struct trapframe *tf)
{
	unsigned long nr = tf_nr(tf);
	long result;

	event_note(EVENT_SYSCALL, nr, tf_arg(tf, 0), tf);
	result = plain_table[nr](tf);
	event_note(EVENT_RETURN, nr, result, 0);
	return result;
}

/*
 * Change the table of all tasks, under tree_lock, which also covers tasks being
 * created.
 */
void syscall_trace_events(bool on)
{
	struct task *t;

	spin_lock(&tree_lock);
	WRITE_ONCE(table, on ? syscall_event_table : plain_table);
	list_for_each(t, &all_tasks, all_link)
		if (!is_traced(t))
			syscall_table_of(t, false);
	spin_unlock(&tree_lock);
}

/* ---- redirecting all calls ----------------------------------------------- */

const syscall_entry_t *syscalls_through(syscall_entry_t way)
{
	syscall_entry_t *all = kmalloc(SYSCALL_COUNT * sizeof(*all));
	const syscall_entry_t *before = plain_table;

	if (!all)
		boot_refuse("no memory for a table of system calls");
	for (unsigned i = 0; i < SYSCALL_COUNT; i++)
		all[i] = way;
	plain_table = all;
	syscall_trace_events(false);
	return before;
}
