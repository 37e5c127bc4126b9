/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the event sites (row C11): a disabled site is one instruction
 * that does nothing, an enabled one is a jump.  Also the events of a contended
 * spin lock.
 */
#include <topics/events/sites.h>
#include <topics/kthreads/control.h>
#include <topics/scheduling/schedpolicy.h>
#include "selftest.h"
#include <kernel/task/kthread.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/table.h>

#define MS	1000000ull

TABLE(event_site);

/*
 * Count the sites of a kind, or of all other kinds, that hold the wrong
 * instruction.
 */
static unsigned wrong_sites(enum event what, bool others, bool on)
{
	u8 code[SITE_BYTES];
	unsigned n, wrong = 0;

	table_each(site, event_site) {
		if ((site->what == what) == others)
			continue;
		n = site_code(code, site->at, on ? site->to : 0);
		wrong += !n || memcmp((const void *)site->at, code, n);
	}
	return wrong;
}

static void test_sites(void)
{
	for (unsigned what = 0; what < EVENT_BLOCK_ISSUE; what++)
		SELFTEST_CHECK(events_sites(what) > 0);
	SELFTEST_CHECK(!wrong_sites(EVENT_KINDS, true, false));
}

static void test_switching(void)
{
	for (unsigned what = 0; what < EVENT_KINDS; what++) {
		events_want(what, 1);
		events_want(what, 1);
		SELFTEST_CHECK(!wrong_sites(what, false, true));
		SELFTEST_CHECK(!wrong_sites(what, true, false));
		events_want(what, -1);
		SELFTEST_CHECK(!wrong_sites(what, false, true));
		events_want(what, -1);
		SELFTEST_CHECK(!wrong_sites(what, false, false));
	}
}

/* ---- a spin lock held by another CPU ------------------------------------- */

static struct spinlock lock = SPIN_INIT("selftest", IPL_HIGH);
static bool there, go;			/* atomic */
static unsigned begun, ended, failed;	/* atomic */
static struct completion other_ends;

static void events_selftest_note(enum event what, const unsigned long *a)
{
	if (a[0] != (unsigned long)&lock)
		return;
	if (what == EVENT_CONTENTION)
		__atomic_fetch_add(&begun, 1, __ATOMIC_RELAXED);
	if (what != EVENT_CONTENDED)
		return;
	__atomic_fetch_add(&ended, 1, __ATOMIC_RELAXED);
	if (a[1])
		__atomic_fetch_add(&failed, 1, __ATOMIC_RELAXED);
}

static void other(void *arg __unused)
{
	WRITE_ONCE(there, true);
	while (!READ_ONCE(go))
		arch_relax();
	spin_lock(&lock);
	spin_unlock(&lock);
	complete(&other_ends);
}

/*
 * Let two CPUs take the lock.
 * Return: false if there was no memory.
 */
static bool contend(void)
{
	struct task *t = kthread_create(other, NULL, "selftest");
	ktime_t until;

	if (!SELFTEST_CHECK(t))
		return false;
	there = go = false;
	completion_init(&other_ends);
	SELFTEST_CHECK(kthread_bind(t, 1) == 0);
	task_start(t);
	while (!READ_ONCE(there))
		arch_relax();
	spin_lock(&lock);
	WRITE_ONCE(go, true);
	until = arch_clock() + 100 * MS;
	while (!READ_ONCE(begun) && arch_clock() < until)
		arch_relax();
	spin_unlock(&lock);
	completion_wait(&other_ends);
	task_put(t);
	return true;
}

/* The wait must be reported at its begin, and at its end without an error. */
static void test_contended(void)
{
	void (*before)(enum event what, const unsigned long *a) = events_told;
	unsigned long allowed = current->allowed;

	if (nr_cpus == 1)
		return;
	sched_set_affinity(current, 1);
	schedule();
	begun = ended = failed = 0;
	events_told = events_selftest_note;
	events_want(EVENT_CONTENTION, 1);
	events_want(EVENT_CONTENDED, 1);
	/* on a busy host the other CPU may come too late: retry */
	for (unsigned i = 0; i < 50 && !begun && contend(); i++)
		;
	events_want(EVENT_CONTENDED, -1);
	events_want(EVENT_CONTENTION, -1);
	events_told = before;
	sched_set_affinity(current, allowed);
	SELFTEST_CHECK(begun == 1 && ended == 1 && !failed);
}

static const struct selftest_case cases[] = {
	{ "sites of events do nothing", test_sites },
	{ "each kind of them goes on and off", test_switching },
	{ "who waited for a spin lock has it", test_contended },
};

SELFTEST_GROUP(eventtrace) = {
	"eventtrace", cases, ARRAY_SIZE(cases)
};
