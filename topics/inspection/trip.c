/* SPDX-License-Identifier: MIT */
/*
 * Deliberate bugs (row B7), to test that they are found and how they are
 * reported: with `trip=NAME` on the command line, sysrq c triggers one.
 */
#include "trip.h"
#include <kernel/task/kthread.h>
#include <kernel/sched/preempt.h>
#include <kernel/task/task.h>
#include <kernel/time/time.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>

#define SOON 1000000ull

/* ---- a fault of an interrupt handler ------------------------------------- */

/*
 * Access *p in a leaf function.  On a machine with a return address register
 * such a function does not save the register.
 */
static __noinline unsigned long trip_leaf(const volatile unsigned long *p)
{
	return p[1] + p[2];
}

static inline unsigned long trip_inlined(unsigned long at)
{
	return trip_leaf((const volatile unsigned long *)at) + 1;
}

static volatile bool trip_waits;

static void trip_timer(struct timer *t)
{
	if (trip_waits)
		trip_waits = trip_inlined(PAGE_SIZE) == 0;
	timer_set(t, arch_clock() + SOON);
}

/*
 * Wait at a depth of several calls, so that a backtrace has entries to count.
 */
static __noinline void trip_wait(unsigned more)
{
	if (more)
		trip_wait(more - 1);
	else
		trip_waits = true;
	while (trip_waits)
		arch_relax();
}

/*
 * Wait for an interrupt.  Preemption is off, so that the timer interrupts this
 * task and no other.
 */
static void trip_nested(void)
{
	static struct timer t;
	enum ipl old = preempt_disable();

	timer_init(&t, trip_timer);
	timer_set(&t, arch_clock() + SOON);
	trip_wait(4);
	preempt_enable(old);
	timer_stop(&t);
}

/* ---- a data race of two CPUs --------------------------------------------- */

#define RACE_TURNS 3000000

static unsigned trip_shared, trip_racing;

static __noinline void trip_other(void *arg __unused)
{
	while (__atomic_load_n(&trip_racing, __ATOMIC_RELAXED))
		trip_shared++;
}

static __noinline void trip_own(void)
{
	for (unsigned i = 0; i < RACE_TURNS; i++) {
		trip_shared++;
		barrier();
	}
}

static void trip_race(void)
{
	struct task *t = kthread_create(trip_other, NULL, "racer");

	if (!t)
		return;
	trip_racing = 1;
	task_start(t);
	trip_own();
	__atomic_store_n(&trip_racing, 0, __ATOMIC_RELAXED);
	task_put(t);
}

static const struct {
	const char *name;
	void (*fn)(void);
} trips[] = {
	{ "nested", trip_nested },
	{ "race", trip_race },
#ifdef CHECK_ADDRESS
	{ "freed", trip_freed },
#endif
#ifdef CHECK_UNDEFINED
	{ "overflow", trip_overflow },
#endif
#ifdef CHECK_LEAK
	{ "leak", trip_leak },
#endif
};

void trip_asked(void)
{
	const char *name = boot_option("trip");

	for (unsigned i = 0; name && i < ARRAY_SIZE(trips); i++)
		if (!strcmp(trips[i].name, name))
			trips[i].fn();
}
