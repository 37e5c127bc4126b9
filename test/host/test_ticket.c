/* SPDX-License-Identifier: MIT */
/*
 * The word of a spin lock (<kernel/lock/ticket.h>): turns against a model
 * queue, from every count and across the wrap of both fields; then real
 * threads.
 */
#include <pthread.h>
#include <sched.h>
#include "unit.h"
#include <kernel/lock/ticket.h>

#define CPUS	8
#define THREADS	4
#define ROUNDS	20000

/* Any CPUs come and leave; the model is a list of who waits. */
static void random_walk(int queue, unsigned steps)
{
	u32 line[CPUS];
	unsigned n = 0;

	for (unsigned i = 0; i < steps; i++) {
		if (n < CPUS && rand() & 1) {
			int found = ticket_enter(&queue);

			assert_int_equal(ticket_count(found), n);
			line[n++] = ticket_turn(found);
		} else if (n) {
			ticket_leave(&queue);
			n--;
			for (unsigned k = 0; k < n; k++)
				line[k] = line[k + 1];
		}
		assert_int_equal(ticket_count(queue), n);
		for (unsigned k = 0; k < n; k++)
			assert_int_equal(ticket_served(&queue, line[k]),
					 k == 0);
	}
}

static void test_order(void **state)
{
	for (unsigned seed = 0; seed < 50; seed++) {
		srand(seed);
		random_walk(0, 5000);
		/* the turn wraps soon */
		random_walk((int)(~0u << TICKET_BITS) - (int)(seed << 20),
			    5000);
		random_walk((int)(0x7fffffu << TICKET_BITS), 5000);
	}
}

static int word;
static volatile unsigned long counter;
static unsigned long entries;

static void *take_turns(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < ROUNDS; i++) {
		int found = ticket_enter(&word);

		if (ticket_count(found))
			while (!ticket_served(&word, ticket_turn(found)))
				sched_yield();
		counter = counter + 1;
		entries++;
		ticket_leave(&word);
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t t[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, take_turns, NULL),
				 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(counter, THREADS * ROUNDS);
	assert_int_equal(entries, THREADS * ROUNDS);
	assert_int_equal(ticket_count(word), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
