/* SPDX-License-Identifier: MIT */
/*
 * Asymmetric multiprocessing (row B13), selected by the boot option `asmp`:
 * user code runs on all CPUs, but traps and system calls are served by one CPU,
 * the master.  A task that traps on another CPU is moved to the master, and on
 * its way back to user mode to another CPU again.  Interrupts are served on the
 * CPU where they arrive; kernel threads have no traps and run on any CPU.
 *
 * Invariant: AST_MASTER is set exactly while task->allowed contains only the
 * master.  Meanwhile task->affinity keeps the mask that `allowed` gets back.
 * Context: [runqueue].
 */
#define LOG_PREFIX "sched"
#include <kernel/ops/sched_ops.h>
#include <kernel/sched/preempt.h>
#include <kernel/sched/tasks.h>
#include <kernel/syscall/table.h>
#include <kernel/task/part.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/log.h>

#define MASTER	0u

static const syscall_entry_t *calls;	/* const after init */

/* [run queue] The CPU that t runs on in user mode. */
static unsigned home_at;
static unsigned *asmp_home(const struct task *t)
{
	return task_fields(t, home_at);
}

static const struct task_part home_part __table(task_part) = {
	.at = &home_at, .size = sizeof(unsigned),
};

static unsigned asmp_came_from(const struct task *t)
{
	return *asmp_home(t);
}

/*
 * Bind t to the master, and note `home`, the CPU to return to.  A new task is
 * bound before its first instruction, too.
 */
static void asmp_hold(struct task *t, unsigned home)
{
	*asmp_home(t) = home;
	t->allowed = BIT(MASTER);
	__atomic_fetch_or(&t->ast, AST_MASTER, __ATOMIC_RELAXED);
}

/*
 * Move current to the master CPU; called at the entry of a trap, and returns
 * there.
 * Context: IPL_NONE.
 */
static void asmp_enter(void)
{
	struct task *t = current;
	struct cpu *c;

	if (READ_ONCE(t->ast) & AST_MASTER)
		return;
	c = sched_lock_task(t);
	asmp_hold(t, c->id);
	spin_unlock(&c->rq.lock);
	/* not allowed here any more: schedule() pushes current to the master */
	while (READ_ONCE(t->cpu)->id != MASTER)
		schedule();
}

/*
 * Leave the master.  sched_choose() prefers the CPU that the task came from,
 * because its data is in that CPU's caches.
 */
static void asmp_leave(void)
{
	struct task *t = current;
	struct cpu *c = sched_lock_task(t);
	unsigned to;

	ASSERT(c->id == MASTER);
	__atomic_fetch_and(&t->ast, ~AST_MASTER, __ATOMIC_RELAXED);
	t->allowed = t->affinity;
	to = sched_choose(t, &cpus[*asmp_home(t)])->id;
	if (to == MASTER) {
		spin_unlock(&c->rq.lock);
		return;
	}
	t->allowed = BIT(to);
	spin_unlock(&c->rq.lock);
	schedule();
	c = sched_lock_task(t);
	if (!(READ_ONCE(t->ast) & AST_MASTER))
		t->allowed = t->affinity;
	spin_unlock(&c->rq.lock);
}

/*
 * Handle AST bits.  All but AST_RESCHED must run on the master.  Leave the
 * master only when nothing else is pending.
 */
static void asmp_serve(unsigned ast)
{
	if (ast == AST_MASTER)
		asmp_leave();
	else if (ast & ~(AST_MASTER | AST_RESCHED))
		asmp_enter();
}

/*
 * Bind a child to the master.  The child returns to its parent's home CPU, if
 * that CPU is idle.
 */
static void asmp_fork(struct task *child)
{
	asmp_hold(child, *asmp_home(current));
}

static long master_call(struct trapframe *tf)
{
	asmp_enter();
	return calls[tf_nr(tf)](tf);
}

static const struct asmp_ops ops = {
	.trap_enter = asmp_enter, .trap_leave = asmp_serve,
	.trap_fork = asmp_fork, .trap_came_from = asmp_came_from,
};

static void asmp_init(void)
{
	if (!boot_option("asmp") || nr_cpus < 2)
		return;
	asmp_ops = &ops;
	calls = syscalls_through(master_call);
	log_info("CPU %u serves all traps and system calls", MASTER);
}
INIT(ready, asmp_init);
