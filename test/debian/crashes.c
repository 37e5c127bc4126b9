/* SPDX-License-Identifier: MIT */
/*
 * A dynamic program of Debian's glibc that dies deep down, for
 * test/run/core_test.py: below a function of its C library, with a thread that
 * sleeps in a call, one that waits for a lock and one that computes.
 */
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t begun;
static volatile double sum = 0.5;
static volatile int stop;

static void *reads(void *ends)
{
	char c;

	pthread_barrier_wait(&begun);
	return (void *)(long)read(*(int *)ends, &c, 1);
}

static void *locks(void *arg)
{
	pthread_barrier_wait(&begun);
	pthread_mutex_lock(&lock);
	return arg;
}

__attribute__((noinline)) static double grows(double by)
{
	while (!stop)
		sum += by;
	return sum;
}

static void *computes(void *arg)
{
	pthread_barrier_wait(&begun);
	return grows(1.25) > 0 ? arg : NULL;
}

static int compares(const void *a, const void *b)
{
	if (*(const int *)a + *(const int *)b == 5)
		*(volatile int *)16 = 1;
	return *(const int *)a - *(const int *)b;
}

int main(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int numbers[] = { 3, 2 }, ends[2];
	pthread_t t[3];

	setrlimit(RLIMIT_CORE, &all);
	if (pipe(ends))
		return 1;
	pthread_barrier_init(&begun, NULL, 4);
	pthread_mutex_lock(&lock);
	pthread_create(&t[0], NULL, reads, ends);
	pthread_create(&t[1], NULL, locks, NULL);
	pthread_create(&t[2], NULL, computes, NULL);
	pthread_barrier_wait(&begun);
	usleep(200000);
	qsort(numbers, 2, sizeof(numbers[0]), compares);
	return 0;
}
