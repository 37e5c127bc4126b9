/* SPDX-License-Identifier: MIT */
/*
 * topics/scheduling/cbs.h (row B14): random sets of tasks on one CPU, the earliest
 * due time first.  Whatever the others do, one that keeps to what it asked for
 * meets each deadline, if all shares together are no more than the CPU; and
 * none gets more than its own.
 */
#include "unit.h"
#include <topics/scheduling/cbs.h>

#define STEP	100000ull		/* ns */
#define MOST	6
#define STEPS	20000

enum kind {
	KEEPS,		/* its runtime each period or more rarely */
	GREEDY,		/* never sleeps */
	FICKLE,		/* computes and sleeps as it likes */
	KINDS,
};

static struct model {
	struct cbs cbs;
	enum kind kind;
	bool spent, awake;
	u64 at;				/* spent: until when */
	u64 released;			/* KEEPS: its job came */
	u64 work;			/* of it, or till it sleeps */
	u64 next;			/* asleep: till when */
	u64 got;
} task[MOST];
static unsigned nr;
static unsigned missed, over;

static void wake(struct model *m, u64 now)
{
	u64 at;

	m->awake = true;
	m->released = now;
	m->work = m->kind == KEEPS ? m->cbs.want.runtime :
		m->kind == GREEDY ? UINT64_MAX : (1 + below(60)) * STEP;
	m->next = now + m->cbs.want.period +
		(m->kind == FICKLE ? 0 : below(100) * STEP);
	if (m->spent)
		return;
	at = cbs_wake(&m->cbs, now);
	if (at) {
		m->spent = true;
		m->at = at;
	}
}

static void events(u64 now)
{
	for (struct model *m = task; m < task + nr; m++) {
		if (m->spent && now >= m->at) {
			m->spent = false;
			cbs_replenish(&m->cbs, now);
			assert_true(m->cbs.left > 0);
			assert_true(m->cbs.left <= (s64)m->cbs.want.runtime);
			assert_true(m->cbs.due >= now);
		}
		if (!m->awake && now >= m->next)
			wake(m, now);
	}
}

static struct model *earliest(void)
{
	struct model *best = NULL;

	for (struct model *m = task; m < task + nr; m++)
		if (m->awake && !m->spent &&
		    (!best || m->cbs.due < best->cbs.due))
			best = m;
	return best;
}

/* It ran a step until now. */
static void ran(struct model *m, u64 now)
{
	m->got += STEP;
	m->cbs.left -= STEP;
	m->work -= STEP;
	if (m->cbs.left <= 0) {
		m->spent = true;
		m->at = cbs_next(&m->cbs);
	}
	if (m->work)
		return;
	m->awake = false;
	if (m->kind == KEEPS && now > m->released + m->cbs.want.deadline)
		missed++;
	if (m->kind == FICKLE)
		m->next = now + below(40) * STEP;
}

/* Shares of the whole CPU together. */
static void make_tasks(bool constrained)
{
	u64 all = 0;

	nr = 0;
	while (nr < MOST) {
		u64 period = 20 + below(300), runtime = 1 + below(period / 2);
		struct cbs_params p = { runtime * STEP, period * STEP,
					period * STEP };

		if (constrained)
			p.deadline = (runtime + below(period - runtime)) * STEP;
		if (!cbs_fits(all, 0, cbs_share(&p), CBS_ONE))
			break;
		assert_true(cbs_valid(&p));
		all += cbs_share(&p);
		task[nr] = (struct model){ .cbs.want = p, .kind = below(KINDS),
					   .next = below(100) * STEP };
		cbs_begin(&task[nr++].cbs, 0);
	}
}

/* No more in any stretch from the start than that many periods bring. */
static void check_shares(u64 now)
{
	for (struct model *m = task; m < task + nr; m++) {
		const struct cbs_params *p = &m->cbs.want;

		if (m->got > (now / p->period + 2) * p->runtime)
			over++;
		/* a period's end may be missed by what waits for its due time */
		if (m->kind == GREEDY && nr == 1 && now > 10 * p->period &&
		    m->got + 3 * p->runtime < now / p->period * p->runtime)
			over++;
	}
}

static void run_set(bool constrained)
{
	struct model *m;

	make_tasks(constrained);
	for (u64 now = 0; now < STEPS * STEP; now += STEP) {
		events(now);
		m = earliest();
		if (m)
			ran(m, now + STEP);
		check_shares(now + STEP);
	}
}

static void run_sets(bool constrained)
{
	missed = over = 0;
	for (unsigned seed = 1; seed <= 300; seed++) {
		srand(seed);
		run_set(constrained);
	}
	assert_int_equal(over, 0);
}

static void test_deadlines_are_met(void **state)
{
	run_sets(false);
	assert_int_equal(missed, 0);
}

/* Deadlines before the ends of periods: shares still hold. */
static void test_constrained(void **state)
{
	run_sets(true);
}

/* What was run too long is paid for. */
static void test_overrun(void **state)
{
	struct cbs s = { .want = { 1000000, 10000000, 10000000 } };

	cbs_begin(&s, 0);
	s.left = -2500000;
	assert_int_equal(cbs_next(&s), 10000000);
	cbs_replenish(&s, 10000000);
	assert_int_equal(s.left, 500000);
	assert_int_equal(s.due, 40000000);
	s.left = 0;
	cbs_replenish(&s, 1000000000);	/* long after: all begins anew */
	assert_int_equal(s.due, 1010000000);
	assert_int_equal(s.left, 1000000);
}

static void test_what_is_valid(void **state)
{
	static const struct {
		struct cbs_params p;
		bool ok;
	} cases[] = {
		{ { 0, 0, 0 }, false },
		{ { 1024, 100000, 0 }, true },
		{ { 1023, 100000, 0 }, false },
		{ { 1024, 99999, 0 }, false },
		{ { 100000, 100000, 100000 }, true },
		{ { 100001, 100000, 100000 }, false },
		{ { 1024, 100001, 100000 }, false },
		{ { 1024, 100000, 4194304000 }, true },
		{ { 1024, 100000, 4194304001 }, false },
		{ { 1024, 1ull << 63, 0 }, false },
		{ { 1024, 100000, ~0ull }, false },
		{ { ~0ull, ~0ull, ~0ull }, false },
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(cbs_valid(&cases[i].p), cases[i].ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlines_are_met),
		cmocka_unit_test(test_constrained),
		cmocka_unit_test(test_overrun),
		cmocka_unit_test(test_what_is_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
