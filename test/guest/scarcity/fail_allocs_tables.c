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
static void share_tables(void)
{
	map_filled();
	moved = MAP_FAILED;
	child = fork();
	if (child < 0)
		tap_bail("fork");
	if (!child) {
		char c;

		read(pipes[0], &c, 1);
		_exit(!tables_hold(0, SIZE, 1));
	}
}

static void unmap_tables(int err)
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

static int unmap_table_middle(void)
{
	return errno_of(munmap(p + AT, LEN));
}

static int map_over(void)
{
	return mmap(p + AT, LEN, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		    -1, 0) == MAP_FAILED ? errno : 0;
}

static int discard_middle(void)
{
	return errno_of(madvise(p + AT, LEN, MADV_DONTNEED));
}

static int forbid(void)
{
	return errno_of(mprotect(p + AT, LEN, PROT_READ));
}

static int move_tables(void)
{
	moved = mremap(p + AT, LEN, LEN + PG, MREMAP_MAYMOVE);
	return moved == MAP_FAILED ? errno : 0;
}

static int lock_middle(void)
{
	return errno_of(syscall(SYS_mlock, p + AT, LEN));
}

static int write_it(void)
{
	static unsigned seven = 7;
	struct iovec from = { &seven, sizeof(seven) };
	struct iovec to = { p + AT, sizeof(seven) };

	return errno_of(syscall(SYS_process_vm_writev, getpid(), &from, 1, &to,
				1,
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
		_exit(!tables_hold(0, SIZE, 1));
	return -status_of(pid);
}

static int all_is_there(int err)
{
	(void)err;
	return tables_hold(0, SIZE, 1) && child_is_whole();
}

static int middle_gone(int err)
{
	return (err ? tables_hold(0, SIZE, 1) : rest_is_whole()) &&
	       child_is_whole();
}

static int part_zero(int err)
{
	return (err || (!*word_of_page(AT / PG) &&
			!*word_of_page(EDGE / PG - 1))) &&
		middle_gone(err);
}

static int part_moved(int err)
{
	for (unsigned i = 0; !err && i < LEN / PG; i++)
		if (*(unsigned *)(moved + i * PG) != AT / PG + i + 1)
			return 0;
	return middle_gone(err);
}

static int stored_and_gone(int err)
{
	return (err || *word_of_page(AT / PG) == 7) && middle_gone(err);
}

static const struct operation operations[] = {
	{ "munmap", share_tables, unmap_table_middle, ENOMEM, 0, middle_gone,
	 unmap_tables, 1 },
	{ "mmap over it", share_tables, map_over, ENOMEM, 0, part_zero,
	 unmap_tables, 1 },
	{ "MADV_DONTNEED", share_tables, discard_middle, ENOMEM, 0, part_zero,
	 unmap_tables, 1 },
	{ "mprotect", share_tables, forbid, ENOMEM, 0, all_is_there,
	 unmap_tables, 1 },
	{ "mremap", share_tables, move_tables, ENOMEM, 0, part_moved,
	 unmap_tables, 1 },
	{ "mlock", share_tables, lock_middle, ENOMEM, EAGAIN, all_is_there,
	 unmap_tables, 0 },
	{ "process_vm_writev", share_tables, write_it, EFAULT, ENOMEM,
	 stored_and_gone, unmap_tables,
	  1 },
	{ "fork of a part", share_tables, fork_most, ENOMEM, EAGAIN,
	 all_is_there, unmap_tables, 0 },
	{ "fork of a fork", share_tables, fork_again, ENOMEM, EAGAIN,
	 all_is_there, unmap_tables, 1 },
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
