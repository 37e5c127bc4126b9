/* SPDX-License-Identifier: MIT */
/*
 * topics/scheduling/lottery.c (row B14): what is drawn is what tickets say.  The
 * scheduler is a loop that does with the table what kernel/sched/sched.c does;
 * turns are counted, and the seed is always the same.
 */
#include "unit.h"
#include <topics/scheduling/lottery.c>

#define TASKS	5
#define DRAWS	100000

static struct cpu cpu;
static struct task task[TASKS];
static unsigned turns[TASKS];

static void enqueue_all(const unsigned *weight)
{
	memset(&cpu, 0, sizeof(cpu));
	memset(task, 0, sizeof(task));
	memset(turns, 0, sizeof(turns));
	memset(seed, 0, sizeof(seed));
	list_init(&cpu.rq.list);
	for (int i = 0; i < TASKS; i++) {
		task[i].fair.weight = weight[i];
		task[i].fair.slice = FAIR_SLICE;
		lottery.enqueue(&cpu, &task[i], false);
	}
}

/* prev, or NULL: it sleeps.  Return: who has the next turn, in no queue. */
static struct task *draw_next(struct task *prev, bool yields)
{
	struct task *t = lottery.pick(&cpu, prev, yields);

	if (t != prev) {
		lottery.dequeue(&cpu, t);
		if (prev)
			lottery.enqueue(&cpu, prev, false);
	}
	turns[t - task]++;
	return t;
}

/*
 * Of n draws with the chance p the deviation is sqrt(n p (1 - p)): five of them
 * are left out once in two millions.
 */
static void check_turns(int i, double p)
{
	double off = turns[i] - DRAWS * p;

	if (off * off > 25 * DRAWS * p * (1 - p))
		fail_msg("task %d: %u turns, due are %.0f", i, turns[i],
			 DRAWS * p);
}

static void test_shares(void **state)
{
	static const unsigned weight[TASKS] = { 1024, 1024, 335, 110, 3121 };
	struct task *t = NULL;

	enqueue_all(weight);
	for (int i = 0; i < DRAWS; i++)
		t = draw_next(t, false);
	for (int i = 0; i < TASKS; i++)
		check_turns(i, weight[i] / 5614.0);
}

/* Who yields takes no part; the others have the same chances. */
static void test_yield_of_the_rich(void **state)
{
	static const unsigned weight[TASKS] = { 1000, 100, 200, 300, 400 };
	struct task *rich = &task[0], *t;

	enqueue_all(weight);
	lottery.dequeue(&cpu, rich);
	for (int i = 0; i < DRAWS; i++) {
		t = draw_next(rich, true);
		assert_ptr_not_equal(t, rich);
		lottery.enqueue(&cpu, t, false);
		lottery.dequeue(&cpu, rich);
	}
	for (int i = 1; i < TASKS; i++)
		check_turns(i, weight[i] / 1000.0);
}

/* What one has had before counts for nothing: so it is with one asleep. */
static void test_sleeper(void **state)
{
	static const unsigned weight[TASKS] = { 1024, 1024, 1024, 1024, 1024 };
	struct task *t = NULL;

	enqueue_all(weight);
	lottery.dequeue(&cpu, &task[4]);
	for (int i = 0; i < DRAWS; i++)
		t = draw_next(t, false);
	assert_int_equal(turns[4], 0);
	lottery.enqueue(&cpu, &task[4], false);
	memset(turns, 0, sizeof(turns));
	for (int i = 0; i < DRAWS; i++)
		t = draw_next(t, false);
	for (int i = 0; i < TASKS; i++)
		check_turns(i, 0.2);
}

static void test_turn(void **state)
{
	static const unsigned weight[TASKS] = { 1, 1, 1, 1, 1 };
	struct task *t;

	enqueue_all(weight);
	t = draw_next(NULL, false);
	assert_int_equal(lottery.turn(&cpu, t), FAIR_SLICE);
	assert_false(lottery.tick(&cpu, t, FAIR_SLICE / 2));
	assert_int_equal(lottery.turn(&cpu, t), FAIR_SLICE / 2);
	assert_true(lottery.tick(&cpu, t, FAIR_SLICE / 2));
	assert_int_equal(lottery.turn(&cpu, t), FAIR_SLICE);
	assert_true(lottery.tick(&cpu, t, 3ull * FAIR_SLICE));
	assert_int_equal(lottery.turn(&cpu, t), FAIR_SLICE);
}

/* Another CPU that looks for a task sees each that waits, once. */
static void test_next(void **state)
{
	static const unsigned weight[TASKS] = { 1, 1, 1, 1, 1 };
	struct task *running, *t = NULL;
	bool seen[TASKS] = { false };
	unsigned n = 0;

	enqueue_all(weight);
	running = draw_next(NULL, false);
	while ((t = lottery.next(&cpu, t)) != NULL) {
		assert_ptr_not_equal(t, running);
		assert_false(seen[t - task]);
		seen[t - task] = true;
		n++;
	}
	assert_int_equal(n, TASKS - 1);
}

/* What the kernel looks for in every table as it boots. */
static void test_complete(void **state)
{
	struct sched_policy p = lottery;

	assert_null(sched_policy_lacks(&lottery));
	p.turn = NULL;
	assert_null(sched_policy_lacks(&p));
#define LACKS(op)							\
	p = lottery;							\
	p.op = NULL;							\
	assert_string_equal(sched_policy_lacks(&p), #op)
	LACKS(name);
	LACKS(enqueue);
	LACKS(dequeue);
	LACKS(pick);
	LACKS(tick);
	LACKS(wakeup);
	LACKS(next);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_yield_of_the_rich),
		cmocka_unit_test(test_sleeper),
		cmocka_unit_test(test_turn),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
