/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the lock checks (rows B9, B11, B12, B13): each is tripped
 * once, its report expected.  A kernel without -Ddebug_locks=true has only the
 * tests of the locks themselves.
 */
#include <kernel/lock.h>
#include <kernel/lock_debug.h>
#include <kernel/selftest/selftest.h>
#include <kernel/seqlock.h>
#include <kernel/task.h>
#include <lib/mem.h>

#define MS 1000000ull

/* ---- sequence lock ------------------------------------------------------- */

static struct {
	struct seqlock lock;
	volatile unsigned a, b;		/* [lock] always equal */
	struct timer timer;
	unsigned writes;
} shared;

/* Between any two instructions of the reader. */
static void write_both(struct timer *t)
{
	seq_write_lock(&shared.lock);
	shared.a++;
	shared.b++;
	seq_write_unlock(&shared.lock);
	if (++shared.writes < 20)
		timer_set(t, arch_clock() + MS / 20);
}

static void test_seqlock(void)
{
	unsigned a, b, seq, retries = 0, torn = 0;

	memset(&shared, 0, sizeof(shared));
	seq_init(&shared.lock, "selftest", IPL_HIGH);
	timer_init(&shared.timer, write_both);
	timer_set(&shared.timer, arch_clock() + MS / 20);
	while (READ_ONCE(shared.writes) < 20) {
		do {
			seq = seq_read_begin(&shared.lock);
			a = shared.a;
			for (unsigned i = 0; i < 100; i++)
				barrier();
			b = shared.b;
		} while (seq_read_retry(&shared.lock, seq) && ++retries);
		torn += a != b;
	}
	SELFTEST_CHECK(torn == 0);
	SELFTEST_CHECK(retries > 0);
	SELFTEST_CHECK(shared.a == 20 && shared.b == 20);
}

/* ---- the checks ---------------------------------------------------------- */

#ifdef CONFIG_DEBUG_LOCKS

static struct spinlock first = SPIN_INIT("selftest first", IPL_HIGH);
static struct spinlock second = SPIN_INIT("selftest second", IPL_HIGH);
static struct spinlock third = SPIN_INIT("selftest third", IPL_HIGH);

static void both(struct spinlock *outer, struct spinlock *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

/* Nothing ever waits here: the order alone is the fault. */
static void test_order(void)
{
	both(&first, &second);
	both(&second, &third);
	lock_debug_expect(true);
	both(&first, &third);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	both(&third, &first);
	SELFTEST_CHECK(lock_debug_expect(true) == 1);
	both(&third, &first);		/* said once */
	SELFTEST_CHECK(lock_debug_expect(false) == 0);
}

static void test_order_sleeping(void)
{
	struct mutex a, b;

	mutex_init(&a, "selftest a");
	mutex_init(&b, "selftest b");
	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	lock_debug_expect(true);
	mutex_lock(&b);
	SELFTEST_CHECK(mutex_trylock(&a));	/* would not wait */
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	mutex_unlock(&a);
	mutex_lock(&a);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void test_class(void)
{
	struct spinlock l[2] = {
		SPIN_INIT("selftest twins", IPL_SOFT),
		SPIN_INIT("selftest twins", IPL_SOFT),
	};

	lock_debug_expect(true);
	both(&l[0], &l[1]);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	both(&l[1], &l[0]);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
}

static void test_sleep_spin(void)
{
	spin_lock(&first);
	lock_debug_expect(true);
	might_sleep();
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
	spin_unlock(&first);
	might_sleep();
}

static volatile bool handled;

static void sleep_in_handler(struct timer *t __unused)
{
	might_sleep();
	handled = true;
}

static void run_handler(void (*fn)(struct timer *))
{
	ktime_t until = arch_clock() + 100 * MS;
	struct timer t;

	handled = false;
	timer_init(&t, fn);
	timer_set(&t, arch_clock());
	while (!handled && arch_clock() < until)
		arch_relax();
	SELFTEST_CHECK(handled);
	timer_cancel(&t);
}

static void test_sleep_interrupt(void)
{
	lock_debug_expect(true);
	run_handler(sleep_in_handler);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
}

static struct spinlock low = SPIN_INIT("selftest low", IPL_SOFT);

static void lock_in_handler(struct timer *t __unused)
{
	spin_lock(&low);
	spin_unlock(&low);
	handled = true;
}

/* The handler might come while the lock is held: it does not block it. */
static void test_two_levels(void)
{
	lock_debug_expect(true);
	spin_lock(&low);
	spin_unlock(&low);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	run_handler(lock_in_handler);
	SELFTEST_CHECK(lock_debug_expect(false) >= 1);
}

static void test_exit(void)
{
	struct mutex m;
	enum ipl old;

	mutex_init(&m, "selftest exit");
	lock_debug_exit();
	lock_debug_expect(true);
	mutex_lock(&m);
	lock_debug_exit();
	mutex_unlock(&m);
	SELFTEST_CHECK(lock_debug_expect(true) == 1);
	old = ipl_raise(IPL_SOFT);
	lock_debug_exit();
	ipl_restore(old);
	SELFTEST_CHECK(lock_debug_expect(true) == 1);
	spin_lock(&first);
	lock_debug_exit();
	spin_unlock(&first);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
}

#endif

static const struct selftest_case cases[] = {
	{ "a sequence lock's reader sees no mixture", test_seqlock },
#ifdef CONFIG_DEBUG_LOCKS
	{ "a circle of spin locks is reported", test_order },
	{ "a circle of mutexes is reported", test_order_sleeping },
	{ "locks of one class go by address", test_class },
	{ "sleeping with a spin lock is reported", test_sleep_spin },
	{ "sleeping in an interrupt is reported", test_sleep_interrupt },
	{ "a lock of two levels is reported", test_two_levels },
	{ "a lock or level at the exit is reported", test_exit },
#endif
};

const struct selftest_group selftest_locks = {
	"locks", cases, ARRAY_SIZE(cases)
};
