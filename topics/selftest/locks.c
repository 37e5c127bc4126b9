/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the lock checks (rows B9, B11, B12, B13).  Each check is
 * triggered once, and its report is expected.  A kernel without --check lock
 * has only the tests of the locks themselves.
 */
#include "selftest.h"
#include <kernel/current.h>
#include <kernel/irq/irq.h>
#include <kernel/lock/lock.h>
#include <kernel/lock/lock_debug.h>
#include <kernel/sched/sched.h>
#include <kernel/lock/seqlock.h>
#include <kernel/time/timer.h>
#include <lib/mem.h>
#include <mm/tables/kmap.h>
#include <mm/frames/slab.h>

#define MS 1000000ull

/* ---- levels and the interrupt stack -------------------------------------- */

static volatile bool handled;
static volatile uintptr_t handler_sp;	/* address of its frame */

static void note_handler(struct timer *t __unused)
{
	handler_sp = (uintptr_t)__builtin_frame_address(0);
	handled = true;
}

/* True if the clock interrupt is served soon at the present level. */
static bool clock_comes(void)
{
	static struct timer t;		/* may fire after the caller returned */
	ktime_t now = arch_clock();

	handled = false;
	if (!t.fn)			/* else it may still be queued */
		timer_init(&t, note_handler);
	timer_set(&t, now + MS / 4);
	while (!handled && arch_clock() < now + MS)
		arch_relax();
	return handled;
}

/*
 * A level must defer the clock if it is IPL_CLOCK or higher, and only then;
 * nested calls must restore the previous level.
 */
static void test_levels(void)
{
	for (enum ipl l = IPL_NONE; l <= IPL_HIGH; l++) {
		enum ipl old = ipl_raise(l), inner;

		SELFTEST_CHECK(old == IPL_NONE && current->ipl == l);
		inner = ipl_raise(IPL_NONE);	/* never lowers */
		SELFTEST_CHECK(inner == l && current->ipl == l);
		ipl_restore(inner);
		SELFTEST_CHECK(clock_comes() == (l < IPL_CLOCK));
		ipl_restore(old);
		SELFTEST_CHECK(current->ipl == IPL_NONE && handled);
		SELFTEST_CHECK(arch_irq_enabled());
	}
}

static bool on_irq_stack(uintptr_t sp)
{
	return sp - (uintptr_t)current->cpu->irq_stack <= KSTACK_SIZE;
}

static void test_irq_stack(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	vaddr_t low = (vaddr_t)current->cpu->irq_stack + KSTACK_HOLE;

	SELFTEST_CHECK(kstack_is_guard(low - 1) && !kstack_is_guard(low));
	SELFTEST_CHECK(clock_comes());
	SELFTEST_CHECK(on_irq_stack(handler_sp) && !on_irq_stack(here));
}

static void device_handler(void *arg)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	unsigned *checks = arg;

	*checks += on_irq_stack(here);
	*checks += current->in_interrupt == IPL_DEVICE;
	arch_irq_enable();
	*checks += clock_comes();
	arch_irq_disable();
	*checks += on_irq_stack(handler_sp) && handler_sp < here;
	*checks += current->ipl == IPL_DEVICE;
}

/*
 * A handler below the level of the clock must be interrupted by the clock, on
 * the same stack.
 */
static void test_nesting(void)
{
	unsigned long flags = arch_irq_save();
	unsigned checks = 0;

	irq_run(cpu_self(), IPL_DEVICE, device_handler, &checks);
	SELFTEST_CHECK(!current->in_interrupt);
	arch_irq_restore(flags);
	SELFTEST_CHECK(checks == 5);
}

static void clock_handler(void *arg)
{
	arch_irq_enable();
	*(bool *)arg = clock_comes();
	arch_irq_disable();
}

/* The clock must not interrupt its own level, but be served afterwards. */
static void test_same_level(void)
{
	unsigned long flags = arch_irq_save();
	struct cpu *c = cpu_self();
	bool came = true;

	irq_run(c, IPL_CLOCK, clock_handler, &came);
	SELFTEST_CHECK(!came && current->irq_deferred == IPL_CLOCK);
	current->irq_deferred = 0;
	irq_serve(c, current->irq_source, false);
	arch_irq_restore(flags);
	SELFTEST_CHECK(!came);
}

/* ---- the queue of a mutex ------------------------------------------------ */

/* Return: the index in e of the entry at this place of the queue, or -1. */
static int selftest_place_of(const struct wait_queue *q, int place,
			     const struct wait_entry *e, int nr)
{
	const struct list *link = q->entries.next;

	while (place--)
		link = link->next;
	for (int i = 0; i < nr; i++)
		if (link == &e[i].link)
			return i;
	return -1;
}

/*
 * Tasks must queue in the order of arrival, but tasks of a crowd behind all
 * others.
 */
static void test_crowd_waits_behind(void)
{
	static const bool of_crowd[] = { 1, 0, 1, 0, 0, 1 };
	static const int order[] = { 1, 3, 4, 0, 2, 5 };
	struct task *one = kmalloc(sizeof(*one)), *two = kmalloc(sizeof(*two));
	struct wait_entry e[ARRAY_SIZE(order)];
	struct wait_queue q;

	if (!SELFTEST_CHECK(one && two))
		goto out;
	one->fair.behind = false;
	two->fair.behind = true;
	wait_queue_init(&q);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		wait_entry_init(&e[i]);
		e[i].task = of_crowd[i] ? two : one;
		wait_add_fairly(&q, &e[i]);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		SELFTEST_CHECK(selftest_place_of(&q, i, e, ARRAY_SIZE(order)) ==
			       order[i]);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++)
		wait_remove(&q, &e[i]);
out:
	kfree(one);
	kfree(two);
}

/* ---- sequence lock ------------------------------------------------------- */

static struct {
	struct seqlock lock;
	volatile unsigned a, b;		/* [lock] always equal */
	struct timer timer;
	unsigned writes;
} shared;

/* Write both values, between any two instructions of the reader. */
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

#ifdef CHECK_LOCK

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

/* No lock is ever waited for here: the order alone must be reported. */
static void test_order(void)
{
	both(&first, &second);
	both(&second, &third);
	lock_debug_expect(true);
	both(&first, &third);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	both(&third, &first);
	SELFTEST_CHECK(lock_debug_expect(true) == 1);
	both(&third, &first);		/* reported only once */
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
	SELFTEST_CHECK(mutex_trylock(&a));	/* never waits */
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	mutex_unlock(&a);
	mutex_lock(&a);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void test_holds(void)
{
	struct spinlock l = SPIN_INIT("selftest held", IPL_SOFT);

	lock_debug_expect(true);
	spin_lock(&l);
	spin_must_hold(&l);
	spin_unlock(&l);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	spin_must_hold(&l);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
}

static void test_owns(void)
{
	struct mutex m;

	mutex_init(&m, "selftest owned");
	lock_debug_expect(true);
	mutex_lock(&m);
	mutex_must_hold(&m);
	mutex_unlock(&m);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	mutex_must_hold(&m);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
}

static void test_writes(void)
{
	struct rwlock l;

	rw_init(&l, "selftest written");
	lock_debug_expect(true);
	rw_write_lock(&l);
	lock_debug_writes(&l);
	rw_write_unlock(&l);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	rw_read_lock(&l);
	lock_debug_writes(&l);
	rw_read_unlock(&l);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
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

/*
 * A lock that does not block the handler that takes it must be reported: the
 * handler could interrupt the holder.
 */
static void test_two_levels(void)
{
	lock_debug_expect(true);
	spin_lock(&low);
	spin_unlock(&low);
	SELFTEST_CHECK(lock_debug_expect(true) == 0);
	run_handler(lock_in_handler);
	SELFTEST_CHECK(lock_debug_expect(false) >= 1);
}

/*
 * For a test in which a handler takes `over` while another CPU holds `over` and
 * waits for `under`.
 */
static struct spinlock over = SPIN_INIT("selftest over", IPL_HIGH);
static struct spinlock under = SPIN_INIT("selftest under", IPL_SOFT);

static void over_in_handler(struct timer *t __unused)
{
	spin_lock(&over);
	spin_unlock(&over);
	handled = true;
}

static void test_outer(void)
{
	both(&over, &under);
	run_handler(over_in_handler);
	lock_debug_expect(true);
	both(&over, &under);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
}

/* Do what the return to user mode does. */
static void selftest_leave(void)
{
	unsigned long flags = arch_irq_save();

	lock_debug_exit();
	arch_irq_restore(flags);
}

static void test_exit(void)
{
	struct mutex m;
	enum ipl old;

	mutex_init(&m, "selftest exit");
	selftest_leave();
	lock_debug_expect(true);
	mutex_lock(&m);
	selftest_leave();
	mutex_unlock(&m);
	SELFTEST_CHECK(lock_debug_expect(true) == 1);
	old = ipl_raise(IPL_SOFT);
	selftest_leave();
	ipl_restore(old);
	SELFTEST_CHECK(lock_debug_expect(true) == 1);
	spin_lock(&first);
	selftest_leave();
	spin_unlock(&first);
	SELFTEST_CHECK(lock_debug_expect(false) == 1);
}

#endif

static const struct selftest_case cases[] = {
	{ "each level against the clock", test_levels },
	{ "handlers have a stack of their own", test_irq_stack },
	{ "a higher level interrupts a handler", test_nesting },
	{ "a crowd waits for a mutex behind all others",
	  test_crowd_waits_behind },
	{ "its own level does not", test_same_level },
	{ "a sequence lock's reader sees no mixture", test_seqlock },
#ifdef CHECK_LOCK
	{ "a circle of spin locks is reported", test_order },
	{ "a circle of mutexes is reported", test_order_sleeping },
	{ "a lock that must be held is looked for", test_holds },
	{ "a mutex that must be held", test_owns },
	{ "a lock that must be held for writing", test_writes },
	{ "locks of one class go by address", test_class },
	{ "sleeping with a spin lock is reported", test_sleep_spin },
	{ "sleeping in an interrupt is reported", test_sleep_interrupt },
	{ "a lock of two levels is reported", test_two_levels },
	{ "a lock below a handler's is reported", test_outer },
	{ "a lock or level at the exit is reported", test_exit },
#endif
};

SELFTEST_GROUP(locks) = {
	"locks", cases, ARRAY_SIZE(cases)
};
