/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of sleeping locks that lend priority (row B14): to whom, how much,
 * until when, along how many, and that nobody in between runs meanwhile.
 */
#include <ext/schedpolicy/schedpolicy.h>
#include <ext/selftest/selftest.h>
#include <kernel/lock.h>
#include <kernel/lock_debug.h>
#include <kernel/preempt.h>
#include <kernel/sched.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <uapi/sched.h>

#define MS	1000000ull
#define LOW	1u			/* real-time priorities */
#define MIDDLE	10u
#define HIGH	20u
#define HIGHER	30u
#define OURS	50u

/* What a thread does: lock one, wait for the other or to be let, unlock. */
struct actor {
	unsigned priority;		/* 0: an ordinary one */
	unsigned long cpus;		/* where it may run; 0: anywhere */
	struct mutex *first, *second;	/* NULL: none */
	struct rwlock *read;		/* in place of second */
	struct completion let, done;
	struct task *task;
	bool ready;			/* a word */
	unsigned turn;			/* when it got the second */
};

static struct mutex a, b;
static struct rwlock rw;
static atomic_t turns;		/* two readers may come at once */

static void run_with(struct task *t, unsigned priority)
{
	struct sched_how how;

	sched_get_how(t, &how);
	how.policy = priority ? SCHED_FIFO : SCHED_OTHER;
	how.priority = (int)priority;
	sched_set_how(t, &how);
}

static unsigned runs_with(struct task *t)
{
	u64 due;

	return sched_lends(t, &due);
}

/* Return: t has come to run with that: who sleeps lends a moment later. */
static bool comes_to(struct task *t, unsigned priority)
{
	for (unsigned i = 0; i < 10000 && runs_with(t) != priority; i++)
		wait_nap(MS / 10);
	return runs_with(t) == priority;
}

static void act(void *arg)
{
	struct actor *x = arg;

	if (x->first)
		mutex_lock(x->first);
	WRITE_ONCE(x->ready, true);
	if (x->read) {
		rw_read_lock(x->read);
		x->turn = (unsigned)atomic_add(&turns, 1);
		rw_read_unlock(x->read);
	} else if (x->second) {
		mutex_lock(x->second);
		x->turn = (unsigned)atomic_add(&turns, 1);
		mutex_unlock(x->second);
	} else {
		completion_wait(&x->let);
	}
	if (x->first)
		mutex_unlock(x->first);
	complete(&x->done);
}

/* Return: it has come to sleep, for its second lock or to be let. */
static bool begin(struct actor *x)
{
	unsigned tries = 10000;

	completion_init(&x->let);
	completion_init(&x->done);
	x->task = kthread_create(act, x, "actor");
	if (!SELFTEST_CHECK(x->task != NULL))
		return false;
	run_with(x->task, x->priority);
	if (x->cpus)
		sched_set_affinity(x->task, x->cpus);
	task_start(x->task);
	while (--tries && !(READ_ONCE(x->ready) &&
			    HINT(x->task->state) == TASK_UNINTERRUPTIBLE))
		wait_nap(MS / 10);
	/* it may not have got beyond its state */
	wait_nap(MS);
	return SELFTEST_CHECK(tries != 0);
}

static void end(struct actor *x)
{
	completion_wait(&x->done);
	task_put(x->task);
}

static void prepare(unsigned priority)
{
	mutex_init(&a, "selftest a");
	mutex_init(&b, "selftest b");
	rw_init(&rw, "selftest rw");
	atomic_set(&turns, 0);
	run_with(current, priority);
}

/* ---- who is lent what ---------------------------------------------------- */

/* We own it, are ordinary and lent, and are so no longer than we own it. */
static void test_lent(void)
{
	struct actor low = { .priority = LOW, .second = &a };
	struct actor high = { .priority = HIGH, .second = &a };

	prepare(0);
	mutex_lock(&a);
	if (!begin(&low))
		return;
	SELFTEST_CHECK(comes_to(current, LOW));
	if (!begin(&high))
		return;
	SELFTEST_CHECK(comes_to(current, HIGH));
	mutex_unlock(&a);
	SELFTEST_CHECK(runs_with(current) == 0);
	end(&low);
	end(&high);
	/* who came first was not the first to get it */
	SELFTEST_CHECK(high.turn == 1 && low.turn == 2);
}

/* An ordinary one lends nothing, until it has something. */
static void test_raised(void)
{
	struct actor x = { .second = &a };

	prepare(0);
	mutex_lock(&a);
	if (!begin(&x))
		return;
	SELFTEST_CHECK(runs_with(current) == 0);
	run_with(x.task, HIGH);
	SELFTEST_CHECK(comes_to(current, HIGH));
	run_with(x.task, LOW);
	SELFTEST_CHECK(comes_to(current, LOW));
	run_with(x.task, 0);
	SELFTEST_CHECK(comes_to(current, 0));
	mutex_unlock(&a);
	end(&x);
}

/*
 * Past the one that was woken: it has failed, and lends again.  On one CPU, so
 * that it cannot be quicker.
 */
static void test_passed(void)
{
	struct actor x = { .priority = HIGH, .second = &a,
			   .cpus = 1ul << cpu_self()->id };
	bool passed;
	enum ipl old;

	prepare(0);
	sched_set_affinity(current, x.cpus);
	mutex_lock(&a);
	if (!begin(&x))
		return;
	old = preempt_disable();
	mutex_unlock(&a);
	passed = mutex_trylock(&a);
	preempt_enable(old);
	SELFTEST_CHECK(passed);
	SELFTEST_CHECK(comes_to(current, HIGH));
	if (passed)
		mutex_unlock(&a);
	SELFTEST_CHECK(runs_with(current) == 0);
	/* what was lent is gone, and the better one runs before we go on */
	SELFTEST_CHECK(!sched_preemptive || READ_ONCE(x.turn) == 1);
	end(&x);
	sched_set_affinity(current, smp_mask());
}

/* A writer; also if it has yet to say who it is when a reader comes. */
static void test_writer(void)
{
	struct actor high = { .priority = HIGH, .read = &rw };
	struct actor higher = { .priority = HIGHER, .read = &rw };

	prepare(0);
	rw_write_lock(&rw);
	if (!begin(&high))
		return;
	SELFTEST_CHECK(comes_to(current, HIGH));
	WRITE_ONCE(rw.writer, NULL);
	if (!begin(&higher))
		return;
	SELFTEST_CHECK(comes_to(current, HIGH));
	WRITE_ONCE(rw.writer, current);
	SELFTEST_CHECK(comes_to(current, HIGHER));
	rw_write_unlock(&rw);
	SELFTEST_CHECK(runs_with(current) == 0);
	end(&high);
	end(&higher);
	SELFTEST_CHECK(atomic_read(&turns) == 2);
}

/*
 * The sleeper is woken by another, and gets it between the owner's two steps:
 * freeing it and looking at the queue, which is empty then.
 */
static void test_left(void)
{
	struct actor x = { .priority = HIGH, .second = &a };

	prepare(0);
	mutex_lock(&a);
	if (!begin(&x))
		return;
	SELFTEST_CHECK(comes_to(current, HIGH));
	lock_debug_give(&a, a.name, LOCK_MUTEX);
	current->nr_locks--;
	__atomic_store_n(&a.owner, NULL, __ATOMIC_RELEASE);
	task_wake(x.task, WAKE_NORMAL);
	end(&x);
	SELFTEST_CHECK(x.turn == 1);
	SELFTEST_CHECK(runs_with(current) == 0);
}

static void test_chain(void)
{
	struct actor low = { .priority = LOW, .first = &a };
	struct actor link = { .first = &b, .second = &a };
	struct actor high = { .priority = HIGH, .second = &b };

	prepare(OURS);
	if (!begin(&low) || !begin(&link))
		return;
	SELFTEST_CHECK(comes_to(low.task, LOW));
	if (!begin(&high))
		return;
	SELFTEST_CHECK(comes_to(link.task, HIGH));
	SELFTEST_CHECK(comes_to(low.task, HIGH));
	run_with(high.task, HIGHER);
	SELFTEST_CHECK(comes_to(link.task, HIGHER));
	SELFTEST_CHECK(comes_to(low.task, HIGHER));
	complete(&low.let);
	end(&low);
	end(&link);
	end(&high);
	SELFTEST_CHECK(link.turn == 1 && high.turn == 2);
	prepare(0);
}

/* ---- who runs ------------------------------------------------------------ */

static bool computing;			/* words */
static bool wanted, got;
static unsigned tired;			/* of those in between */

/* It computes with the mutex until somebody has wanted it for a while. */
static void holder(void *arg)
{
	struct actor *x = arg;
	ktime_t until;

	mutex_lock(&a);
	WRITE_ONCE(computing, true);
	while (!READ_ONCE(wanted))
		arch_relax();
	until = arch_clock() + 5 * MS;
	while (arch_clock() < until)
		arch_relax();
	mutex_unlock(&a);
	complete(&x->done);
}

/* It computes until the mutex has been got, or far too long. */
static void one_between(void *arg)
{
	struct actor *x = arg;
	ktime_t until;

	until = arch_clock() + 10000 * MS;
	while (!READ_ONCE(got) && arch_clock() < until)
		arch_relax();
	if (!READ_ONCE(got))
		__atomic_fetch_add(&tired, 1, __ATOMIC_RELAXED);
	complete(&x->done);
}

static void wanting(void *arg)
{
	struct actor *x = arg;

	mutex_lock(&a);
	WRITE_ONCE(got, true);
	mutex_unlock(&a);
	complete(&x->done);
}

static bool create(struct actor *x, void (*fn)(void *), unsigned priority)
{
	*x = (struct actor){ .priority = priority };
	completion_init(&x->done);
	x->task = kthread_create(fn, x, "actor");
	if (!SELFTEST_CHECK(x->task != NULL))
		return false;
	run_with(x->task, priority);
	return true;
}

/*
 * Every CPU has one between, which would keep the holder from running.  Threads
 * are created first: by one that is ordinary, and would not run later.
 */
static void test_inversion(void)
{
	static struct actor low, high, between[MAX_CPUS];

	prepare(OURS);
	computing = wanted = got = false;
	tired = 0;
	for (unsigned i = 0; i < nr_cpus; i++)
		if (!create(&between[i], one_between, MIDDLE))
			return;
	if (!create(&low, holder, LOW) || !create(&high, wanting, HIGH))
		return;
	task_start(low.task);
	while (!READ_ONCE(computing))
		wait_nap(MS / 10);
	task_start(high.task);
	wait_nap(MS);
	for (unsigned i = 0; i < nr_cpus; i++)
		task_start(between[i].task);
	WRITE_ONCE(wanted, true);
	end(&high);
	for (unsigned i = 0; i < nr_cpus; i++)
		end(&between[i]);
	end(&low);
	SELFTEST_CHECK(tired == 0);
	prepare(0);
}

static const struct selftest_case cases[] = {
	{ "the owner is lent the most, the best is woken", test_lent },
	{ "whoever sleeps is raised and lowered", test_raised },
	{ "an owner that came past a sleeper", test_passed },
	{ "an owner that finds nobody any more", test_left },
	{ "a writer that readers wait for", test_writer },
	{ "along two mutexes", test_chain },
	{ "nobody in between runs", test_inversion },
};

SELFTEST_GROUP(inherit) = {
	"inherit", cases, ARRAY_SIZE(cases)
};
