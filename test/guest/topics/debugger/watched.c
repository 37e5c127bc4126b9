/* SPDX-License-Identifier: MIT */
/*
 * Accesses to one word in all ways that there are, for a debugger to watch
 * (row B7; test/run/gdbserver_test.py): each getppid() is where it looks.  What
 * comes of them is the same whoever looks on.
 */
#include <thread.h>

#include "tap.h"

#define TIMES	5

/* A page of theirs alone. */
static struct {
	volatile long cell, beside;
	char rest[PG - 2 * sizeof(long)];
} watched __attribute__((aligned(PG)));

static long watch_plain_store(void)
{
	long was;
	int fds[2];

	if (!check(pipe(fds) == 0, "a pipe"))
		return 0;
	watched.cell = 41;
	getppid();
	was = watched.cell;		/* a load */
	watched.beside = was;
	watched.cell = was + 1;		/* a store */
	check(write(fds[1], (void *)&watched.cell, sizeof(long)) ==
	      sizeof(long), "a system call loads it");
	watched.beside++;
	check(read(fds[0], (void *)&watched.cell, sizeof(long)) ==
	      sizeof(long), "a system call stores to it");
	getppid();
	close(fds[0]);
	close(fds[1]);
	return watched.cell;
}

/* The child reads what there was before the parent stores, and afterwards. */
static int read_watched(int from, int to)
{
	char c = 'c';
	long was = watched.cell;

	if (write(to, &c, 1) != 1 || read(from, &c, 1) != 1)
		return 2;
	if (was != 42 || watched.cell != 42)
		return 1;
	watched.cell = 1;
	return watched.cell != 1;
}

static void watch_forked(void)
{
	int down[2], up[2], status = -1;
	char c = 'p';
	pid_t pid;

	if (!check(pipe(down) == 0 && pipe(up) == 0, "two pipes"))
		return;
	getppid();
	pid = fork();
	if (!pid)
		_exit(read_watched(down[0], up[1]));
	read(up[0], &c, 1);
	watched.cell++;			/* a load and a store */
	write(down[1], &c, 1);
	waitpid(pid, &status, 0);
	getppid();
	check_eq(status, 0, "a child has what was there as it was made");
	check_eq(watched.cell, 43, "and its parent what it stored itself");
}

static void *count_in_thread(void *arg)
{
	for (int i = 0; i < TIMES; i++)
		watched.cell++;
	return arg;
}

static void watch_threads(void)
{
	struct thread t;

	getppid();
	if (check(thread_create(&t, count_in_thread, NULL) == 0, "a thread"))
		thread_join(&t);
	getppid();
	check_eq(watched.cell, 43 + TIMES, "a thread counts");
}

/* Entries that lose their rights, and have them again. */
static void watch_through_rights(void)
{
	getppid();
	mprotect(&watched, PG, PROT_READ);
	check_eq(watched.cell, 43 + TIMES, "it may be read");
	mprotect(&watched, PG, PROT_READ | PROT_WRITE);
	watched.cell = 7;
	getppid();
	check_eq(watched.cell, 7, "and is stored to once it may be");
}

int main(void)
{
	check_eq(watch_plain_store(), 42, "a word is loaded and stored to");
	watch_forked();
	watch_threads();
	watch_through_rights();
	return tap_done();
}
