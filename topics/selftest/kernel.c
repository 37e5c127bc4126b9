/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the portable core (rows B9, B11, B12, B13, D12): interrupt
 * levels, locks, wait queues, timers, kernel threads and fair scheduling, on
 * the real machine with real interrupts.
 */
#include <topics/inspection/census.h>
#include <topics/scheduling/schedpolicy.h>
#include "selftest.h"
#include <kernel/lock/lock.h>
#include <kernel/random.h>
#include <kernel/task/task.h>
#include <kernel/wait/wait.h>
#include <lib/mem.h>
#include <lt/log.h>

#define MS 1000000ull

/* Run fn in a new thread and do not wait for it. */
static bool selftest_spawn(void (*fn)(void *), void *arg)
{
	struct task *t = kthread_create(fn, arg, "selftest");

	if (!SELFTEST_CHECK(t != NULL))
		return false;
	task_start(t);
	task_put(t);
	return true;
}

/* ---- levels -------------------------------------------------------------- */

static volatile unsigned fired;
static struct timer test_timer;

static void count_fire(struct timer *t __unused)
{
	fired++;
}

/*
 * A raised level must defer the clock interrupt; lowering the level must serve
 * it at once.
 */
static void test_level(void)
{
	enum ipl old;
	ktime_t until;
	u64 deferred;

	fired = 0;
	timer_init(&test_timer, count_fire);
	old = ipl_raise(IPL_CLOCK);
	deferred = current->cpu->deferred;
	timer_set(&test_timer, arch_clock() + MS);
	until = arch_clock() + 3 * MS;
	while (arch_clock() < until)
		arch_relax();
	SELFTEST_CHECK(fired == 0);
	SELFTEST_CHECK(current->cpu->deferred == deferred + 1);
	SELFTEST_CHECK(!arch_irq_enabled());
	ipl_restore(old);
	SELFTEST_CHECK(fired == 1);
	SELFTEST_CHECK(arch_irq_enabled());
}

/* IPL_DEVICE must not defer the clock. */
static void test_level_order(void)
{
	enum ipl old = ipl_raise(IPL_DEVICE);
	ktime_t until = arch_clock() + 3 * MS;

	fired = 0;
	timer_init(&test_timer, count_fire);
	timer_set(&test_timer, arch_clock() + MS);
	while (arch_clock() < until && !fired)
		arch_relax();
	SELFTEST_CHECK(fired == 1);
	ipl_restore(old);
}

static void test_spin_nesting(void)
{
	struct spinlock outer = SPIN_INIT("outer", IPL_SOFT);
	struct spinlock inner = SPIN_INIT("inner", IPL_HIGH);

	spin_lock(&outer);
	SELFTEST_CHECK(current->ipl == IPL_SOFT);
	spin_lock(&inner);
	SELFTEST_CHECK(current->ipl == IPL_HIGH);
	SELFTEST_CHECK(spin_held(&outer) && spin_held(&inner));
	spin_unlock(&inner);
	SELFTEST_CHECK(current->ipl == IPL_SOFT && !spin_held(&inner));
	spin_unlock(&outer);
	SELFTEST_CHECK(current->ipl == IPL_NONE);
}

/* ---- timers -------------------------------------------------------------- */

static unsigned order[8], nr_fired;
static struct timer many[8];

static void note_order(struct timer *t)
{
	order[nr_fired++ % 8] = t - many;
}

static void test_timer_order(void)
{
	static const unsigned delay[8] = { 5, 1, 7, 3, 2, 8, 4, 6 };
	ktime_t now = arch_clock();

	nr_fired = 0;
	for (unsigned i = 0; i < 8; i++) {
		timer_init(&many[i], note_order);
		timer_set(&many[i], now + MS + delay[i] * MS / 8);
	}
	SELFTEST_CHECK(timer_cancel(&many[3]));
	SELFTEST_CHECK(!timer_cancel(&many[3]));
	selftest_sleep(3 * MS);
	SELFTEST_CHECK(nr_fired == 7);
	for (unsigned i = 1; i < 7; i++)
		SELFTEST_CHECK(delay[order[i - 1]] < delay[order[i]]);
}

static void test_sleep(void)
{
	ktime_t start = arch_clock();

	selftest_sleep(2 * MS);
	SELFTEST_CHECK(arch_clock() - start >= 2 * MS);
	SELFTEST_CHECK(arch_clock() - start < 6 * MS);
}

/* ---- wait queues and sleeping locks -------------------------------------- */

struct pair {
	struct wait_queue q;
	unsigned turn, rounds;
	struct completion done;
};

#define ROUNDS 200u

static void pong(void *arg)
{
	struct pair *p = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		wait_event(&p->q, READ_ONCE(p->turn) == 1);
		p->rounds++;
		p->turn = 0;
		wake_up(&p->q);
	}
	complete(&p->done);
}

/* A lost wake-up would hang here. */
static void test_ping_pong(void)
{
	struct pair p = { .turn = 0 };

	wait_queue_init(&p.q);
	completion_init(&p.done);
	if (!selftest_spawn(pong, &p))
		return;
	for (unsigned i = 0; i < ROUNDS; i++) {
		p.turn = 1;
		wake_up(&p.q);
		wait_event(&p.q, READ_ONCE(p.turn) == 0);
	}
	completion_wait(&p.done);
	SELFTEST_CHECK(p.rounds == ROUNDS);
}

static void test_timeout(void)
{
	struct wait_queue q;
	ktime_t start = arch_clock();
	int err;

	wait_queue_init(&q);
	err = wait_event_deadline(&q, false, start + 2 * MS);
	SELFTEST_CHECK(err == -ETIMEDOUT);
	SELFTEST_CHECK(arch_clock() >= start + 2 * MS);
	SELFTEST_CHECK(!wait_queue_active(&q));
}

struct shared {
	struct mutex m;
	struct rwlock rw;
	unsigned inside, most, writers, readers, total;
	struct completion done[4];
};

static struct shared shared;

static void mutex_user(void *arg)
{
	for (unsigned i = 0; i < 20; i++) {
		mutex_lock(&shared.m);
		shared.inside++;
		if (shared.inside > shared.most)
			shared.most = shared.inside;
		shared.total++;
		selftest_sleep(MS / 20);
		shared.inside--;
		mutex_unlock(&shared.m);
	}
	complete(arg);
}

static void test_mutex(void)
{
	memset(&shared, 0, sizeof(shared));
	mutex_init(&shared.m, "selftest");
	for (unsigned i = 0; i < 4; i++)
		completion_init(&shared.done[i]);
	for (unsigned i = 0; i < 4; i++)
		if (!selftest_spawn(mutex_user, &shared.done[i]))
			return;
	for (unsigned i = 0; i < 4; i++)
		completion_wait(&shared.done[i]);
	SELFTEST_CHECK(shared.most == 1 && shared.total == 80);
	SELFTEST_CHECK(mutex_trylock(&shared.m));
	SELFTEST_CHECK(!mutex_trylock(&shared.m));
	mutex_unlock(&shared.m);
}

static void reader(void *arg)
{
	for (unsigned i = 0; i < 20; i++) {
		rw_read_lock(&shared.rw);
		SELFTEST_CHECK(shared.writers == 0);
		shared.readers++;
		if (shared.readers > shared.most)
			shared.most = shared.readers;
		selftest_sleep(MS / 20);
		shared.readers--;
		rw_read_unlock(&shared.rw);
	}
	complete(arg);
}

static void writer(void *arg)
{
	for (unsigned i = 0; i < 10; i++) {
		rw_write_lock(&shared.rw);
		shared.writers++;
		SELFTEST_CHECK(shared.writers == 1 && shared.readers == 0);
		selftest_sleep(MS / 20);
		shared.writers--;
		rw_write_unlock(&shared.rw);
	}
	complete(arg);
}

static void test_rwlock(void)
{
	memset(&shared, 0, sizeof(shared));
	rw_init(&shared.rw, "selftest");
	for (unsigned i = 0; i < 4; i++)
		completion_init(&shared.done[i]);
	for (unsigned i = 0; i < 4; i++)
		if (!selftest_spawn(i < 3 ? reader : writer, &shared.done[i]))
			return;
	for (unsigned i = 0; i < 4; i++)
		completion_wait(&shared.done[i]);
	SELFTEST_CHECK(shared.most > 1);	/* readers did overlap */
}

/* ---- the scheduler ------------------------------------------------------- */

struct runner {
	volatile bool *stop;
	u64 ran;			/* ns */
	int nice;
	struct completion done;
};

static void spin_until(void *arg)
{
	struct runner *r = arg;

	sched_set_nice(current, r->nice);
	while (!*r->stop)
		cond_resched();
	r->ran = current->runtime;
	complete(&r->done);
}

/* Two computing threads must share the CPU by their weights. */
static void selftest_share(int nice, unsigned least, unsigned most)
{
	static volatile bool stop;
	struct runner r[2] = { { &stop, 0, 0, { 0 } },
			       { &stop, 0, nice, { 0 } } };

	stop = false;
	for (unsigned i = 0; i < 2; i++) {
		completion_init(&r[i].done);
		if (!selftest_spawn(spin_until, &r[i]))
			return;
	}
	selftest_sleep(100 * MS);
	stop = true;
	for (unsigned i = 0; i < 2; i++)
		completion_wait(&r[i].done);
	SELFTEST_CHECK(r[1].ran * 100 >= r[0].ran * least);
	SELFTEST_CHECK(r[1].ran * 100 <= r[0].ran * most);
}

static void test_fair(void)
{
	selftest_share(0, 80, 125);
}

/* Five steps of nice change the share by a factor of about three. */
static void test_nice(void)
{
	selftest_share(5, 20, 50);
}

static volatile bool ran;

static void set_ran(void *arg __unused)
{
	ran = true;
}

/* Row D12: a kernel thread must not run before task_start(). */
static void test_kthread(void)
{
	struct task *t;

	ran = false;
	t = kthread_create(set_ran, NULL, "selftest");
	if (!SELFTEST_CHECK(t != NULL))
		return;
	selftest_sleep(MS);
	SELFTEST_CHECK(!ran && t->flags & TF_KTHREAD);
	task_start(t);
	selftest_sleep(5 * MS);
	SELFTEST_CHECK(ran && t->state == TASK_DEAD);
	task_put(t);
}

/* ---- stack overflow ------------------------------------------------------ */

static __noinline int dig(volatile int *up, int depth)
{
	volatile int here[64];

	here[0] = *up + depth;
	return depth < 1 << 20 ? dig(here, depth + 1) + here[0] : here[0];
}

static void overflow(void *arg)
{
	volatile int top = 0;

	dig(&top, 0);
	ran = true;
	(void)arg;
}

/* Row D6: a stack overflow must hit the guard page and end only that task. */
static void test_overflow(void)
{
	struct task *t;

	ran = false;
	t = kthread_create(overflow, NULL, "digger");
	if (!SELFTEST_CHECK(t != NULL))
		return;
	task_start(t);
	selftest_sleep(20 * MS);
	SELFTEST_CHECK(!ran && t->state == TASK_DEAD && t->kstack == NULL);
	task_put(t);
}

/* ---- random numbers ------------------------------------------------------ */

/* The first expected block is a published test vector for an all-zero key. */
static void test_chacha(void)
{
	static const u32 keys[2][CHACHA_KEY] = {
		{ 0 }, { 1, 2, 3, 4, 5, 6, 7, 8 },
	};
	static const u64 number[2] = { 0, 0x200000001 };
	static const u32 want[2][CHACHA_BLOCK] = { {
		0xade0b876, 0x903df1a0, 0xe56a5d40, 0x28bd8653,
		0xb819d2bd, 0x1aed8da0, 0xccef36a8, 0xc70d778b,
		0x7c5941da, 0x8d485751, 0x3fe02477, 0x374ad8b8,
		0xf4b8436a, 0x1ca11815, 0x69b687c3, 0x8665eeb2,
	}, {
		0x6b2ef850, 0x39a1392d, 0x673b067f, 0xdff8c2d6,
		0x19906486, 0x988766d3, 0x6523c28a, 0x947a03db,
		0x1088c58d, 0x1c10ce12, 0xac581e1f, 0x6cabebc6,
		0xe809946b, 0x67326882, 0xde5c6403, 0x4a105497,
	} };
	u32 out[CHACHA_BLOCK];

	for (unsigned i = 0; i < 2; i++) {
		chacha_block(out, keys[i], number[i]);
		SELFTEST_CHECK(!memcmp(out, want[i], sizeof(out)));
	}
}

/* ---- the exception table ------------------------------------------------- */

/*
 * The exception table, which holds pairs, must ascend, because
 * exception_fixup() searches by bisection.
 */
static void test_fixup_order(void)
{
	extern const unsigned long __ex_table_start[], __ex_table_end[];
	const unsigned long *p = __ex_table_start;

	for (; p < __ex_table_end; p += 2) {
		SELFTEST_CHECK(p == __ex_table_start || p[-2] < p[0]);
		SELFTEST_CHECK(exception_fixup(p[0]) == p[1]);
	}
	SELFTEST_CHECK(!exception_fixup(__ex_table_start[0] - 1));
	SELFTEST_CHECK(!exception_fixup(p[-2] + 1));
}

/* ---- the census of system calls ------------------------------------------ */

/*
 * A multiplexed call whose arguments select no known call must keep its own
 * number.
 */
static void test_census(void)
{
	static const char *const many[] = { "socketcall", "ipc" };
	struct trapframe tf;
	struct census_args c;

	memset(&tf, 0, sizeof(tf));
	for (unsigned i = 0; i < 2 * SYSCALL_COUNT; i++) {
		unsigned nr = i % SYSCALL_COUNT;
		const char *name = syscall_info[nr].name;

		if (!name || strcmp(name, many[i / SYSCALL_COUNT]))
			continue;
		tf_set_nr(&tf, nr);
		census_read(&tf, &c);
		SELFTEST_CHECK(c.nr == nr);
	}
}

static const struct selftest_case cases[] = {
	{ "level defers the clock", test_level },
	{ "clock is above devices", test_level_order },
	{ "spin locks nest levels", test_spin_nesting },
	{ "timers fire in order", test_timer_order },
	{ "sleep lasts as long as asked", test_sleep },
	{ "no wake-up is lost", test_ping_pong },
	{ "wait ends at its deadline", test_timeout },
	{ "mutex excludes", test_mutex },
	{ "readers share, writers exclude", test_rwlock },
	{ "fair shares", test_fair },
	{ "nice weighs", test_nice },
	{ "kernel thread starts stopped", test_kthread },
	{ "stack overflow ends the task", test_overflow },
	{ "blocks of random numbers", test_chacha },
	{ "the census names no call for none", test_census },
	{ "fix-ups are in order", test_fixup_order },
	{ "and another", test_overflow },
};

SELFTEST_GROUP(kernel) = {
	"kernel", cases, ARRAY_SIZE(cases)
};
