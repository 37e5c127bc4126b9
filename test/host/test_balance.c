/* SPDX-License-Identifier: MIT */
/*
 * kernel/sched/balance.h (row B13): CPUs that take tasks from the busiest one
 * come to rest, and rest where no single move would make it fairer.  Loads are
 * recounted from all tasks.
 */
#include "unit.h"
#include <kernel/sched/balance.h>
#include <kernel/sched/policy/fair.h>

#define CPUS	8
#define TASKS	64

static unsigned nr_cpus, nr_tasks;
static unsigned long weight[TASKS];
static unsigned cpu[TASKS];

static unsigned long load_of(unsigned c)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < nr_tasks; i++)
		sum += cpu[i] == c ? weight[i] : 0;
	return sum;
}

static unsigned count_on(unsigned c)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_tasks; i++)
		n += cpu[i] == c;
	return n;
}

/* What ticks on c do.  Tasks take turns: of several, each waits at some. */
static bool tick(unsigned c)
{
	unsigned from = c;

	for (unsigned i = 0; i < nr_cpus; i++)
		if (count_on(i) > 1 && load_of(i) > load_of(from))
			from = i;
	for (unsigned i = 0; i < nr_tasks; i++) {
		if (cpu[i] != from || from == c ||
		    !balance_gains(weight[i], load_of(from), load_of(c)))
			continue;
		cpu[i] = c;
		return true;
	}
	return false;
}

/* => the number of moves until nothing moves */
static unsigned settle_all(void)
{
	unsigned moves = 0, quiet = 0;

	for (unsigned c = 0; quiet < nr_cpus; c = (c + 1) % nr_cpus) {
		if (!tick(c)) {
			quiet++;
			continue;
		}
		quiet = 0;
		assert_true(++moves <= nr_tasks * nr_cpus * 4);
	}
	return moves;
}

static void all_on_first(unsigned cpus, unsigned tasks)
{
	nr_cpus = cpus;
	nr_tasks = tasks;
	for (unsigned i = 0; i < tasks; i++)
		cpu[i] = 0;
}

/* Equal tasks: the numbers differ by one at most. */
static void test_equal_tasks(void **state)
{
	for (unsigned cpus = 1; cpus <= CPUS; cpus++)
		for (unsigned n = 1; n <= TASKS; n++) {
			all_on_first(cpus, n);
			for (unsigned i = 0; i < n; i++)
				weight[i] = FAIR_NICE_0;
			settle_all();
			for (unsigned a = 0; a < cpus; a++)
				for (unsigned b = 0; b < cpus; b++)
					assert_true(load_of(a) <= load_of(b) +
						    FAIR_NICE_0);
		}
}

/* One as heavy as three others has a CPU of its own. */
static void test_heavy(void **state)
{
	for (unsigned heavy = 0; heavy < 4; heavy++) {
		all_on_first(2, 4);
		for (unsigned i = 0; i < 4; i++)
			weight[i] = fair_weight(i == heavy ? -5 : 0);
		settle_all();
		for (unsigned i = 0; i < 4; i++)
			assert_true(i == heavy || cpu[i] != cpu[heavy]);
	}
}

static void test_random_tasks(void **state)
{
	srandom(1);
	for (int round = 0; round < 3000; round++) {
		unsigned busy = 0;

		all_on_first(1 + (unsigned)random() % CPUS,
			     1 + (unsigned)random() % TASKS);
		for (unsigned i = 0; i < nr_tasks; i++) {
			weight[i] = fair_weight((int)(random() % 40) - 20);
			cpu[i] = (unsigned)random() % nr_cpus;
		}
		settle_all();
		/* nobody leaves the busiest, if it has several */
		for (unsigned c = 0; c < nr_cpus; c++)
			if (count_on(c) > 1 && load_of(c) > load_of(busy))
				busy = c;
		for (unsigned i = 0; i < nr_tasks; i++)
			for (unsigned c = 0; c < nr_cpus; c++)
				assert_true(cpu[i] != busy ||
					    count_on(busy) < 2 ||
					    load_of(busy) <=
						    load_of(c) + weight[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_tasks),
		cmocka_unit_test(test_heavy),
		cmocka_unit_test(test_random_tasks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
