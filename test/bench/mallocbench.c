/* SPDX-License-Identifier: MIT */
/*
 * mallocbench: what several arenas are worth (row C10), by wall clock.  Each
 * of 1 to 8 threads takes blocks of mixed sizes, a batch at a time, and frees
 * them in another order.  Built with our C library, and with glibc's, for
 * which another malloc can be preloaded.
 *	mallocbench		prints  threads<TAB>blocks a millisecond
 */
#include "bench.h"
#ifdef __GLIBC__
#include <pthread.h>
struct thread {
	pthread_t id;
};
#define thread_create(t, f, a)	pthread_create(&(t)->id, NULL, f, a)
#define thread_join(t)		pthread_join((t)->id, NULL)
#else
#include <thread.h>
#endif

#define BATCH		400U
#define BLOCKS		1200000U	/* of all threads together */
#define MOST		8
#define RUNS		3

static unsigned int batches;

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 8;
}

/* As programs have them: most are small, one of 64 is up to 32 KiB. */
static size_t mixed_size(unsigned int r)
{
	return r % 64 == 0 ? r / 64 % 32768 :
	       r % 8 == 0 ? r / 8 % 4096 : r / 8 % 256;
}

static void *work(void *arg)
{
	unsigned int state = *(unsigned int *)arg;
	char *block[BATCH];

	for (unsigned int n = 0; n < batches; n++) {
		for (unsigned int i = 0; i < BATCH; i++) {
			size_t size = mixed_size(next_random(&state));

			block[i] = malloc(size + 1);
			block[i][0] = block[i][size] = 1;
		}
		for (unsigned int i = 0; i < BATCH; i++)
			free(block[i * 7 % BATCH]);
	}
	return NULL;
}

static double run_threads(unsigned int threads)
{
	struct thread t[MOST];
	unsigned int seed[MOST];
	double start;

	batches = BLOCKS / BATCH / threads;
	start = now_ms();
	for (unsigned int i = 0; i < threads; i++) {
		seed[i] = i + 1;
		thread_create(&t[i], work, &seed[i]);
	}
	for (unsigned int i = 0; i < threads; i++)
		thread_join(&t[i]);
	return batches * BATCH * threads / (now_ms() - start);
}

int main(void)
{
	for (unsigned int threads = 1; threads <= MOST; threads *= 2) {
		double best = 0;

		for (int i = 0; i < RUNS; i++) {
			double rate = run_threads(threads);

			best = rate > best ? rate : best;
		}
		printf("%u\t%u\n", threads, (unsigned int)best);
	}
	return 0;
}
