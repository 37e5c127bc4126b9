/* SPDX-License-Identifier: MIT */
/*
 * kernel/sched/policy/fair.c (row B14): shares, lag and starvation, by a machine of
 * one CPU whose clock is a variable.  Whom to run is compared with a plain
 * search of all; sums are made anew from all entities.
 */
#include "unit.h"
#include <kernel/sched/policy/fair.h>
#include <kernel/sched/policy/rt.h>

#define MAX	64
#define SECOND	1000000000ull

static struct fair_queue q;
static struct fair_entity e[MAX];
static bool waits[MAX];		/* in the queue */
static int runs;		/* index, or -1 */
static u64 ran[MAX];		/* ns */

static void empty_queue(void)
{
	memset(&q, 0, sizeof(q));
	memset(waits, 0, sizeof(waits));
	memset(ran, 0, sizeof(ran));
	for (int i = 0; i < MAX; i++)
		e[i] = (struct fair_entity)FAIR_ENTITY_INIT;
	runs = -1;
}

static struct fair_entity *curr(void)
{
	return runs < 0 ? NULL : &e[runs];
}

static void comes(int i)
{
	fair_place(&q, curr(), &e[i]);
	fair_enqueue(&q, &e[i]);
	waits[i] = true;
}

static bool sooner(int i, int than)
{
	if (e[i].behind != e[than].behind)
		return e[than].behind;
	return (s64)(e[i].deadline - e[than].deadline) < 0;
}

/* The one that ought to run, by looking at all.  128 bits never overflow. */
static int expected(bool with_curr)
{
	__int128 sum = 0, weight = 0;
	u64 zero = 0;
	int best = -1;

	for (int i = 0; i < MAX; i++) {
		if (!waits[i] && !(with_curr && i == runs))
			continue;
		if (!weight)
			zero = e[i].vruntime;
		sum += (__int128)(s64)(e[i].vruntime - zero) * e[i].weight;
		weight += e[i].weight;
	}
	for (int i = 0; i < MAX; i++) {
		if (!waits[i] && !(with_curr && i == runs))
			continue;
		if ((__int128)(s64)(e[i].vruntime - zero) * weight > sum)
			continue;
		if (best < 0 || sooner(i, best))
			best = i;
	}
	return best;
}

/* As schedule() does; sleeps: the running one leaves. */
static void switch_task(bool sleeps)
{
	struct fair_entity *prev = curr(), *next;

	if (prev && sleeps) {
		fair_leave(&q, prev, prev);
		prev = NULL;
		runs = -1;
	}
	next = fair_pick(&q, prev);
	if (!next) {
		assert_int_equal(expected(true), -1);
		return;
	}
	assert_true(next->deadline == e[expected(prev != NULL)].deadline &&
		    next->behind == e[expected(prev != NULL)].behind);
	if (next == prev)
		return;
	fair_dequeue(&q, next);
	waits[next - e] = false;
	if (prev) {
		fair_enqueue(&q, prev);
		waits[prev - e] = true;
	}
	runs = next - e;
}

/* The running one computes; at the end of its slice it is asked to go. */
static void computes(u64 ns)
{
	while (ns && runs >= 0) {
		u64 step = fair_rest(curr());

		if (step > ns)
			step = ns;
		ran[runs] += step;
		ns -= step;
		if (fair_charge(curr(), step))
			switch_task(false);
	}
}

static void check_share(int i, u64 total, u64 weights)
{
	u64 ideal = total * e[i].weight / weights;
	u64 most = 2 * FAIR_SLICE + ideal / 200;

	assert_in_range(ran[i], ideal > most ? ideal - most : 0, ideal + most);
}

/* ---- the table ----------------------------------------------------------- */

static void test_weights(void **state)
{
	assert_int_equal(fair_weight(0), 1024);
	assert_int_equal(fair_weight(19), 15);
	assert_int_equal(fair_weight(-20), 88761);
	assert_int_equal(fair_weight(5), 335);
	assert_int_equal(fair_weight(-5), 3121);
	for (int n = -20; n < 19; n++) {
		u32 ratio = fair_weight(n) * 100 / fair_weight(n + 1);

		assert_in_range(ratio, 115, 135);	/* 1.25 a step */
	}
}

static void test_virtual_time(void **state)
{
	struct fair_entity x = FAIR_ENTITY_INIT;

	assert_int_equal(fair_virtual(&x, 12345), 12345);
	for (int n = -20; n < 20; n++) {
		u64 v, want;

		fair_set_weight(&x, fair_weight(n));
		v = fair_virtual(&x, SECOND);
		want = SECOND * 1024 / fair_weight(n);
		assert_in_range(v, want - want / 1000, want + want / 1000);
		assert_in_range(x.vslice, x.slice * 1024ull / x.weight,
				x.slice * 1024ull / x.weight);
	}
	/* what nobody runs at once does not overflow */
	fair_set_weight(&x, FAIR_IDLE);
	assert_true(fair_virtual(&x, 100 * SECOND) <= 100 * SECOND * 342);
}

/* ---- shares -------------------------------------------------------------- */

static void test_equal_shares(void **state)
{
	empty_queue();
	for (int i = 0; i < 8; i++)
		comes(i);
	switch_task(false);
	computes(10 * SECOND);
	for (int i = 0; i < 8; i++)
		assert_in_range(ran[i], 10 * SECOND / 8 - FAIR_SLICE,
				10 * SECOND / 8 + FAIR_SLICE);
	/* sums do not grow: they are counted from near the mean */
	assert_in_range(fair_now(&q, curr()) - q.zero, 0, 4 * FAIR_SLICE);
}

static void test_nice(void **state)
{
	static const int nice[] = { 0, 5, 10, -5, 19, -20, 0, 1 };
	u64 sum = 0;

	empty_queue();
	for (int i = 0; i < 8; i++) {
		fair_set_weight(&e[i], fair_weight(nice[i]));
		sum += e[i].weight;
		comes(i);
	}
	switch_task(false);
	computes(100 * SECOND);
	for (int i = 0; i < 8; i++)
		check_share(i, 100 * SECOND, sum);
}

/* SCHED_IDLE beside nice 0: little, but not nothing. */
static void test_idle_weight(void **state)
{
	empty_queue();
	fair_set_weight(&e[1], FAIR_IDLE);
	comes(0);
	comes(1);
	switch_task(false);
	computes(100 * SECOND);
	assert_in_range(ran[1], SECOND / 5, SECOND / 2);
}

/* A short slice gives no more, but sooner. */
static void test_slice(void **state)
{
	u64 begun, waited = 0, n = 0;

	empty_queue();
	fair_set_slice(&e[0], FAIR_SLICE_MIN);
	for (int i = 0; i < 5; i++)
		comes(i);
	switch_task(false);
	begun = 0;
	for (u64 t = 0; t < 10 * SECOND; t += 50000) {
		int before = runs;

		computes(50000);
		if (before == 0 && runs != 0)
			begun = t;
		if (before != 0 && runs == 0 && begun) {
			waited += t - begun;
			n++;
		}
	}
	assert_in_range(ran[0], 2 * SECOND - 2 * FAIR_SLICE,
			2 * SECOND + 2 * FAIR_SLICE);
	assert_true(n > 400);
	assert_true(waited / n < 3 * FAIR_SLICE);
}

/* ---- lag ----------------------------------------------------------------- */

/* Who sleeps before its share is used keeps what it is owed, bounded. */
static void test_lag_is_kept(void **state)
{
	s64 lag;

	empty_queue();
	for (int i = 0; i < 4; i++)
		comes(i);
	switch_task(false);
	computes(SECOND + 1234567);
	lag = (s64)(fair_now(&q, curr()) - curr()->vruntime);
	int i = runs;
	switch_task(true);
	assert_in_range(e[i].lag - lag + 2, 0, 4);
	computes(SECOND);
	comes(i);
	/* it has it back, after it moved the mean */
	assert_in_range((s64)(fair_now(&q, curr()) - e[i].vruntime) - lag + 4,
			0, 8);
	assert_true(e[i].lag <= 2 * (s64)e[i].vslice &&
		    e[i].lag >= -2 * (s64)e[i].vslice);
}

/* Sleeping for ever earns two slices at most. */
static void test_lag_is_bounded(void **state)
{
	empty_queue();
	for (int i = 0; i < 3; i++)
		comes(i);
	switch_task(false);
	for (int n = 0; n < 100; n++) {
		computes(FAIR_SLICE / 8);
		if (runs == 0) {
			switch_task(true);
			computes(20 * FAIR_SLICE);
			assert_true(e[0].lag <= 2 * (s64)e[0].vslice);
			comes(0);
		}
	}
}

/* Beside one other, where nothing is summed up. */
static void test_lag_beside_one(void **state)
{
	empty_queue();
	comes(0);
	switch_task(false);
	e[1].lag = 1000000;
	comes(1);
	assert_int_equal(e[0].vruntime - e[1].vruntime, 2000000);
	assert_int_equal(fair_now(&q, curr()) - e[1].vruntime, 1000000);
	computes(10000);
	switch_task(true);
	assert_int_equal(e[0].lag, -1005000);
	assert_int_equal(runs, 1);
}

/* Who is taken out of a queue of two while another runs: all count. */
static void test_lag_of_who_waited(void **state)
{
	struct fair_entity copy;
	int i = 0;

	empty_queue();
	for (int k = 0; k < 3; k++)
		comes(k);
	switch_task(false);
	computes(12345);
	while (!waits[i])
		i++;
	fair_dequeue(&q, &e[i]);
	waits[i] = false;
	copy = e[i];
	fair_leave_many(&q, curr(), &copy);
	fair_leave(&q, curr(), &e[i]);
	assert_int_equal(e[i].lag, copy.lag);
	assert_in_range(e[i].lag, 1, 12345);
}

static void test_lag_of_weights(void **state)
{
	struct fair_entity x = FAIR_ENTITY_INIT;

	x.lag = 1000000;
	fair_set_weight(&x, 512);
	assert_int_equal(x.lag, 2000000);	/* the same ns */
	assert_int_equal(x.vslice, 2ull * FAIR_SLICE);
	x.lag = -x.lag;
	fair_set_weight(&x, 1024);
	assert_int_equal(x.lag, -1000000);
}

static void test_yield_to_next(void **state)
{
	empty_queue();
	comes(0);
	comes(1);
	switch_task(false);
	for (int n = 0; n < 1000; n++) {
		int before = runs;
		struct fair_entity *next;

		computes(1000);
		next = fair_pick(&q, NULL);
		fair_yield(curr(), next);
		assert_ptr_equal(next, &e[!before]);
		fair_dequeue(&q, next);
		waits[next - e] = false;
		fair_enqueue(&q, curr());
		waits[before] = true;
		runs = next - e;
	}
	assert_in_range(ran[0], 499000, 501000);
}

/*
 * Who is of a crowd goes behind, however long it has waited: some ran on far
 * beyond their turns, which all others are owed since.
 */
static void test_behind(void **state)
{
	const int crowd = 50;

	empty_queue();
	for (int i = 1; i <= crowd; i++) {
		fair_set_weight(&e[i], 16);
		e[i].behind = true;
		comes(i);
	}
	switch_task(false);
	for (int n = 0; n < 5; n++) {
		fair_charge(curr(), SECOND / 5);
		switch_task(false);
	}
	for (int n = 0; n < 100; n++) {
		e[0].lag = 0;
		comes(0);
		switch_task(false);
		assert_int_equal(runs, 0);
		computes(FAIR_SLICE / 2);
		switch_task(true);
		computes(SECOND);
	}
	/* its share is what it would be anyway */
	comes(0);
	memset(ran, 0, sizeof(ran));
	computes(100 * SECOND);
	check_share(0, 100 * SECOND, 1024 + 16 * crowd);
}

/* ---- everything at once -------------------------------------------------- */

/*
 * Tasks of all weights come, compute and go; whom fair_pick() chose is
 * compared in switch_task().  Nobody who waits is passed over for ever.
 */
static void test_all_at_once(void **state)
{
	u64 since[MAX] = { 0 }, now = 0;

	srandom(1);
	empty_queue();
	for (int i = 0; i < MAX; i++)
		fair_set_weight(&e[i], i % 8 == 7 ? FAIR_IDLE :
				fair_weight((int)(random() % 40) - 20));
	for (int i = 0; i < MAX; i++)
		e[i].behind = i % 5 == 0;
	for (int n = 0; n < 200000; n++) {
		int i = random() % MAX;
		u64 ns = random() % (2 * FAIR_SLICE);

		if (i != runs && !waits[i]) {
			comes(i);
			since[i] = now;
			if (runs < 0)
				switch_task(false);
		}
		computes(ns);
		now += ns;
		if (random() % 3 == 0)
			switch_task(random() % 4 == 0);
		if (runs >= 0)
			since[runs] = now;
		for (i = 0; i < MAX; i++)
			if (waits[i] && e[i].weight >= 335)
				assert_true(now - since[i] < 60 * SECOND);
	}
}

/* The longest wait among equals that never sleep is that of one round. */
static void test_no_starvation(void **state)
{
	u64 since[16] = { 0 };

	empty_queue();
	for (int i = 0; i < 16; i++)
		comes(i);
	switch_task(false);
	for (u64 t = 0; t < 10 * SECOND; t += FAIR_SLICE / 4) {
		computes(FAIR_SLICE / 4);
		since[runs] = t;
		for (int i = 0; i < 16; i++)
			assert_true(t - since[i] < 2 * 16 * FAIR_SLICE);
	}
}

/* ---- real-time queue ----------------------------------------------------- */

static void test_rt(void **state)
{
	static struct rt_queue r;
	struct list link[RT_LEVELS];

	rt_queue_init(&r);
	assert_int_equal(rt_highest(&r), 0);
	for (unsigned p = 1; p < RT_LEVELS; p++) {
		rt_insert(&r, &link[p], p, &r.level[p]);
		assert_int_equal(rt_highest(&r), p);
		assert_int_equal(rt_below(&r, p), p - 1);
	}
	rt_insert(&r, &link[0], 50, &link[50]);	/* before its equal */
	assert_ptr_equal(r.level[50].next, &link[0]);
	rt_remove(&r, &link[0], 50);
	for (unsigned p = RT_LEVELS - 1; p; p--) {
		assert_int_equal(rt_highest(&r), p);
		assert_int_equal(rt_below(&r, RT_LEVELS), p);
		rt_remove(&r, &link[p], p);
	}
	assert_int_equal(rt_highest(&r), 0);
	assert_int_equal(r.nr, 0);
}

/* 950 of each 1000, whatever comes in between; ns do not matter here. */
static void test_rt_quota(void **state)
{
	struct rt_quota r = { 0 };
	u64 now = 123456, rt = 0, others = 0;

	for (int i = 0; i < 100000; i++, now++) {
		if (rt_used_up(&r, now, 1000, 950)) {
			others++;
		} else {
			rt_use(&r, now + 1, 1, 1000);
			rt++;
		}
	}
	assert_in_range(others, 4900, 5100);
	/* asleep through many periods: it has one quota, not many */
	now += 50000;
	for (rt = 0; !rt_used_up(&r, now, 1000, 950); rt++, now++)
		rt_use(&r, now + 1, 1, 1000);
	assert_in_range(rt, 949, 951);
	/* one that has less than its quota is never held up */
	for (int i = 0; i < 100000; i++, now++) {
		if (i % 10 == 0)
			continue;	/* others run */
		rt_use(&r, now + 1, 1, 1000);
		if (i > 2000)
			assert_false(rt_used_up(&r, now + 1, 1000, 950));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_virtual_time),
		cmocka_unit_test(test_equal_shares),
		cmocka_unit_test(test_nice),
		cmocka_unit_test(test_idle_weight),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_lag_is_kept),
		cmocka_unit_test(test_lag_is_bounded),
		cmocka_unit_test(test_lag_beside_one),
		cmocka_unit_test(test_lag_of_who_waited),
		cmocka_unit_test(test_lag_of_weights),
		cmocka_unit_test(test_yield_to_next),
		cmocka_unit_test(test_behind),
		cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_no_starvation),
		cmocka_unit_test(test_rt),
		cmocka_unit_test(test_rt_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
