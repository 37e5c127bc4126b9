/* SPDX-License-Identifier: MIT */
/*
 * Threads of the kernel beside threads of the program's own over scheduler
 * activations (row C12), on one CPU: a line "row<TAB>shape<TAB>ns", the mean of
 * many.  Under `-icount` a nanosecond is an instruction.
 */
#include "bench.h"
#include <sched.h>
#include <sys/mman.h>
#include <thread.h>
#include <unistd.h>
#include <uthread.h>

#define MADE	200
#define YIELDS	2000
#define LOCKS	2000
#define ROUNDS	400

static void print_mean(const char *name, const char *shape, u64 begin, int n)
{
	printf("%s\t%s\t%llu\n", name, shape, (now() - begin) / (u64)n);
}

static int there[2], back[2];

static void pipes(void)
{
	if (pipe(there) || pipe(back))
		exit(1);
}

static void ask_rounds(void)
{
	char c = 0;

	for (int i = 0; i < ROUNDS; i++)
		if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1)
			exit(1);
}

static void answer_rounds(void)
{
	char c;

	for (int i = 0; i < ROUNDS; i++)
		if (read(there[0], &c, 1) != 1 || write(back[1], &c, 1) != 1)
			exit(1);
}

/* ---- of the kernel --------------------------------------------------------- */

#define KERNEL	"one-to-one"

static void *nothing(void *arg)
{
	return arg;
}

static void *yields(void *arg)
{
	for (int i = 0; i < YIELDS; i++)
		sched_yield();
	return arg;
}

static void *answers(void *arg)
{
	answer_rounds();
	return arg;
}

static void one_to_one(void)
{
	struct mutex m = { 0 };
	struct thread t;
	u64 begin = now();

	for (int i = 0; i < MADE; i++) {
		if (thread_create(&t, nothing, NULL))
			exit(1);
		thread_join(&t);
	}
	print_mean("create, run, end", KERNEL, begin, MADE);
	if (thread_create(&t, yields, NULL))
		exit(1);
	sched_yield();
	begin = now();
	yields(NULL);
	print_mean("yield to another", KERNEL, begin, 2 * YIELDS);
	thread_join(&t);
	begin = now();
	for (int i = 0; i < LOCKS; i++) {
		mutex_lock(&m);
		mutex_unlock(&m);
	}
	print_mean("lock, unlock", KERNEL, begin, LOCKS);
	if (thread_create(&t, answers, NULL))
		exit(1);
	begin = now();
	ask_rounds();
	print_mean("pipe, there and back", KERNEL, begin, ROUNDS);
	thread_join(&t);
}

/* ---- of its own ------------------------------------------------------------ */

#define OWN	"activations"

static int ended;

static void ends(void *arg)
{
	(void)arg;
	ended++;
}

static void uyields(void *arg)
{
	(void)arg;
	for (int i = 0; i < YIELDS; i++)
		uthread_yield();
}

static void uanswers(void *arg)
{
	(void)arg;
	answer_rounds();
}

static void over_activations(void *arg)
{
	struct uthread_mutex m = { 0 };
	u64 begin = now();

	for (int i = 0; i < MADE; i++) {
		if (uthread_create(ends, NULL))
			exit(1);
		while (ended <= i)
			uthread_yield();
	}
	print_mean("create, run, end", OWN, begin, MADE);
	if (uthread_create(uyields, NULL))
		exit(1);
	uthread_yield();
	begin = now();
	uyields(arg);
	print_mean("yield to another", OWN, begin, 2 * YIELDS);
	begin = now();
	for (int i = 0; i < LOCKS; i++) {
		uthread_lock(&m);
		uthread_unlock(&m);
	}
	print_mean("lock, unlock", OWN, begin, LOCKS);
	if (uthread_create(uanswers, NULL))
		exit(1);
	begin = now();
	ask_rounds();
	print_mean("pipe, there and back", OWN, begin, ROUNDS);
}

int main(void)
{
	pipes();
	one_to_one();
	return uthread_run(1, 3, over_activations, NULL);
}
