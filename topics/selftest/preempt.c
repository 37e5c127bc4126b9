/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of kernel preemption (rows B9, B14): a thread that spins in the
 * kernel shares its CPU with another thread, except where preemption is off.
 * With preempt=none it never shares its CPU; the same cases check that.
 */
#include <topics/kthreads/control.h>
#include <topics/scheduling/schedpolicy.h>
#include "selftest.h"
#include <kernel/task/kthread.h>
#include <kernel/lock/lock.h>
#include <kernel/sched/preempt.h>
#include <kernel/sched/policy/policy.h>
#include <kernel/sched/tasks.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <uapi/sched.h>

#define MS		1000000ull
/*
 * How long to wait for the other thread: long enough on a busy host.  Shorter
 * with preempt=none, where the thread must not run.
 */
#define PATIENCE	(sched_preemptive ? 100000 * MS : 50 * MS)
#define HOLD		(40 * MS)	/* many time slices */

/* The other thread: counts while it runs on the spinner's CPU. */
static unsigned ran;			/* atomic */
static bool stop;			/* atomic */
static struct completion rival_ends;

static void rival(void *arg __unused)
{
	while (!READ_ONCE(stop)) {
		__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
		cond_resched();
	}
	complete(&rival_ends);
}

static unsigned long bound_before;

/*
 * Bind the current thread and a new rival to CPU 0.
 * Return: the rival, or NULL.
 */
static struct task *preempt_begin(void)
{
	struct task *t = kthread_create(rival, NULL, "rival");

	if (!SELFTEST_CHECK(t))
		return NULL;
	bound_before = current->allowed;
	sched_set_affinity(current, 1);
	schedule();
	ran = 0;
	stop = false;
	completion_init(&rival_ends);
	SELFTEST_CHECK(kthread_bind(t, 0) == 0);
	return t;
}

static void finish(struct task *t)
{
	WRITE_ONCE(stop, true);
	completion_wait(&rival_ends);
	task_put(t);
	sched_set_affinity(current, bound_before);
}

/*
 * Spin, without sleeping and without a lock, for ns, or until the rival has
 * run.
 */
static void spin(ktime_t ns, bool until_it_ran)
{
	ktime_t until = arch_clock() + ns;

	while (arch_clock() < until && !(until_it_ran && READ_ONCE(ran)))
		arch_relax();
}

/*
 * Spin for many time slices, and until the scheduler has asked the current
 * thread for its CPU: a busy host may deliver the timer interrupt late.
 */
static void spin_until_asked(void)
{
	ktime_t until = arch_clock() + 100000 * MS;

	spin(HOLD, true);
	while (!(READ_ONCE(current->ast) & AST_RESCHED) && arch_clock() < until)
		arch_relax();
}

static void test_spinner(void)
{
	struct task *t = preempt_begin();

	if (!t)
		return;
	task_start(t);
	spin(PATIENCE, true);
	SELFTEST_CHECK((READ_ONCE(ran) != 0) == sched_preemptive);
	finish(t);
}

/*
 * The rival must wait until preemption is enabled again, and then run at once.
 */
static void test_disabled(void)
{
	struct task *t = preempt_begin();
	enum ipl outer, inner;

	if (!t)
		return;
	outer = preempt_disable();
	task_start(t);
	inner = preempt_disable();
	spin_until_asked();
	preempt_enable(inner);
	SELFTEST_CHECK(READ_ONCE(ran) == 0);
	preempt_enable(outer);
	SELFTEST_CHECK((READ_ONCE(ran) != 0) == sched_preemptive);
	finish(t);
}

/* cond_resched() must not yield either while preemption is off. */
static void test_offered(void)
{
	struct task *t = preempt_begin();
	enum ipl old;

	if (!t)
		return;
	old = preempt_disable();
	task_start(t);
	spin_until_asked();
	SELFTEST_CHECK(READ_ONCE(current->ast) & AST_RESCHED);
	cond_resched();
	SELFTEST_CHECK(READ_ONCE(ran) == 0);
	preempt_enable(old);
	cond_resched();
	SELFTEST_CHECK(READ_ONCE(ran) != 0);
	finish(t);
}

static void test_locked(void)
{
	struct spinlock lock = SPIN_INIT("selftest preempt", IPL_SOFT);
	struct task *t = preempt_begin();

	if (!t)
		return;
	spin_lock(&lock);
	task_start(t);
	spin_until_asked();
	SELFTEST_CHECK(READ_ONCE(ran) == 0);
	spin_unlock(&lock);
	SELFTEST_CHECK((READ_ONCE(ran) != 0) == sched_preemptive);
	finish(t);
}

static void become_of_crowd(bool of_crowd)
{
	unsigned long flags = arch_irq_save();

	current->fair.behind = of_crowd;
	sched_note_plain(current);
	arch_irq_restore(flags);
}

/*
 * A task of a crowd must keep the CPU while it holds a lock for which others
 * may wait.
 */
static void test_crowd_locked(void)
{
	struct task *t = preempt_begin();
	struct mutex m;

	if (!t)
		return;
	mutex_init(&m, "selftest crowd");
	become_of_crowd(true);
	mutex_lock(&m);
	task_start(t);
	spin(HOLD, true);
	SELFTEST_CHECK(READ_ONCE(ran) == 0);
	mutex_unlock(&m);
	spin(PATIENCE, true);
	SELFTEST_CHECK((READ_ONCE(ran) != 0) == sched_preemptive);
	become_of_crowd(false);
	finish(t);
}

/*
 * A task that has announced its sleep must not be preempted: its condition may
 * already be true, and nothing would wake it.
 */
static void test_announced(void)
{
	struct task *t = preempt_begin();
	enum ipl old;

	if (!t)
		return;
	/* a busy host may make a time slice of the moment between the two */
	old = preempt_disable();
	task_start(t);
	wait_set_state(TASK_UNINTERRUPTIBLE);
	preempt_enable(old);
	spin_until_asked();
	SELFTEST_CHECK(READ_ONCE(ran) == 0);
	wait_set_running();
	spin(PATIENCE, true);
	SELFTEST_CHECK((READ_ONCE(ran) != 0) == sched_preemptive);
	finish(t);
}

static void mover(void *arg)
{
	sched_set_affinity(arg, 2);
	complete(&rival_ends);
}

/* Preemption may move the thread to another CPU between two instructions. */
static void test_moved(void)
{
	ktime_t until = arch_clock() + PATIENCE;
	struct task *t;

	if (nr_cpus == 1)
		return;
	bound_before = current->allowed;
	sched_set_affinity(current, 1);
	schedule();
	t = kthread_create(mover, current, "mover");
	if (!SELFTEST_CHECK(t))
		return;
	completion_init(&rival_ends);
	SELFTEST_CHECK(kthread_bind(t, 1) == 0);
	task_start(t);
	while (READ_ONCE(current->cpu)->id == 0 && arch_clock() < until)
		arch_relax();
	SELFTEST_CHECK(current->cpu->id == sched_preemptive);
	completion_wait(&rival_ends);
	task_put(t);
	sched_set_affinity(current, bound_before);
}

/*
 * The clock must be set to the end of a budget, if that is before the next
 * tick.
 */
static void test_budget(void)
{
	static struct task t = { .policy = SCHED_DEADLINE };

	t.turn_left = MS;
	SELFTEST_CHECK(rt_policy.turn(&cpus[0], &t) == MS);
	t.turn_left = 2 * SCHED_TICK;
	SELFTEST_CHECK(rt_policy.turn(&cpus[0], &t) == SCHED_TICK);
}

static const struct selftest_case cases[] = {
	{ "who spins in the kernel shares its CPU", test_spinner },
	{ "preempt_disable() holds the CPU, nested too", test_disabled },
	{ "cond_resched() gives nothing up that is held so", test_offered },
	{ "a spin lock holds the CPU", test_locked },
	{ "one of a crowd with a lock holds the CPU", test_crowd_locked },
	{ "a task about to sleep is left alone", test_announced },
	{ "who spins is moved to another CPU", test_moved },
	{ "a budget ends between two ticks", test_budget },
};

SELFTEST_GROUP(preempt) = {
	"preempt", cases, ARRAY_SIZE(cases)
};
