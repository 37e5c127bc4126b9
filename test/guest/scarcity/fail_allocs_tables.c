/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of a call that needs for itself the leaf tables that fork
 * shared fails in its turn (rows D11, E4): the call says so, parent and child
 * have all of their pages, and the mappings are as before.
 */
#include <sys/uio.h>
#include "fail_walk.h"
#include "filled.h"

#define EDGE	(AT + LEN)

static int pipes[2];
static pid_t child;
static char *moved;

/* The child reads all of it before it ends, long after. */
static void share(void)
{
	make();
	moved = MAP_FAILED;
	child = fork();
	if (child < 0)
		tap_bail("fork");
	if (!child) {
		char c;

		read(pipes[0], &c, 1);
		_exit(!hold(0, SIZE, 1));
	}
}

static void leave(int err)
{
	(void)err;
	munmap(p, SIZE);
	if (moved != MAP_FAILED)
		munmap(moved, LEN + PG);
}

static int child_is_whole(void)
{
	int st = -1;

	write(pipes[1], "x", 1);
	return waitpid(child, &st, 0) == child && !st;
}

static int unmap(void)
{
	return errno_of(munmap(p + AT, LEN));
}

static int map_over(void)
{
	return mmap(p + AT, LEN, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		    -1, 0) == MAP_FAILED ? errno : 0;
}

static int discard(void)
{
	return errno_of(madvise(p + AT, LEN, MADV_DONTNEED));
}

static int forbid(void)
{
	return errno_of(mprotect(p + AT, LEN, PROT_READ));
}

static int move(void)
{
	moved = mremap(p + AT, LEN, LEN + PG, MREMAP_MAYMOVE);
	return moved == MAP_FAILED ? errno : 0;
}

static int lock(void)
{
	return errno_of(syscall(SYS_mlock, p + AT, LEN));
}

static int write_it(void)
{
	static unsigned seven = 7;
	struct iovec from = { &seven, sizeof(seven) };
	struct iovec to = { p + AT, sizeof(seven) };

	return errno_of(syscall(SYS_process_vm_writev, getpid(), &from, 1, &to, 1,
				0));
}

/* A child that may not have all gets its tables by a copy. */
static int fork_most(void)
{
	pid_t pid;

	if (madvise(p + AT, LEN, 10 /* MADV_DONTFORK */))
		return errno;
	pid = fork();
	if (pid < 0)
		return errno;
	if (!pid)
		_exit(!rest_is_whole());
	return -status_of(pid);
}

static int fork_again(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (!pid)
		_exit(!hold(0, SIZE, 1));
	return -status_of(pid);
}

static int all(int err)
{
	(void)err;
	return hold(0, SIZE, 1) && child_is_whole();
}

static int part_gone(int err)
{
	return (err ? hold(0, SIZE, 1) : rest_is_whole()) && child_is_whole();
}

static int part_zero(int err)
{
	return (err || (!*word(AT / PG) && !*word(EDGE / PG - 1))) &&
		part_gone(err);
}

static int part_moved(int err)
{
	for (unsigned i = 0; !err && i < LEN / PG; i++)
		if (*(unsigned *)(moved + i * PG) != AT / PG + i + 1)
			return 0;
	return part_gone(err);
}

static int written(int err)
{
	return (err || *word(AT / PG) == 7) && part_gone(err);
}

static const struct operation operations[] = {
	{ "munmap", share, unmap, ENOMEM, 0, part_gone, leave, 1 },
	{ "mmap over it", share, map_over, ENOMEM, 0, part_zero, leave, 1 },
	{ "MADV_DONTNEED", share, discard, ENOMEM, 0, part_zero, leave, 1 },
	{ "mprotect", share, forbid, ENOMEM, 0, all, leave, 1 },
	{ "mremap", share, move, ENOMEM, 0, part_moved, leave, 1 },
	{ "mlock", share, lock, ENOMEM, EAGAIN, all, leave, 0 },
	{ "process_vm_writev", share, write_it, EFAULT, ENOMEM, written, leave,
	  1 },
	{ "fork of a part", share, fork_most, ENOMEM, EAGAIN, all, leave, 0 },
	{ "fork of a fork", share, fork_again, ENOMEM, EAGAIN, all, leave, 1 },
};

int main(void)
{
	if (inject_open())
		return tap_skip_all("no " INJECT);
	if (pipe(pipes))
		tap_bail("pipe");
	for (int i = 0; i < COUNT(operations); i++)
		operation_walk(&operations[i], 0);
	return tap_done();
}
