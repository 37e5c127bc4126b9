/* SPDX-License-Identifier: MIT */
/*
 * Each allocation about superpages fails in its turn (rows C5, D11): a fault
 * does without, fork and the calls say so, and each page has what it had.
 */
#include "../../scarcity/fail_walk.h"
#include "superpage.h"

#define N	2		/* superpages */
#define PART	(super / 2)	/* from here on, over the border */

static char *p;
static pid_t child;
static int fd, pipes[2];

static void empty(void)
{
	p = super_anon(N);
}

static void whole(void)
{
	empty();
	super_fill(p, N * super, 1);
}

/* A child has them, too, and looks at them before it ends. */
static void shared(void)
{
	whole();
	child = fork();
	if (child < 0)
		tap_bail("fork");
	if (!child) {
		char c;

		read(pipes[0], &c, 1);
		_exit(!super_holds(p, N * super, 1));
	}
}

static void in_pages(void)
{
	empty();
	madvise(p, N * super, ADV_NOHUGE);
	super_fill(p, N * super, 1);
	madvise(p, N * super, ADV_HUGE);
}

static void of_file(void)
{
	fd = (int)syscall(SYS_memfd_create, "super", 0);
	ftruncate(fd, (off_t)(N * super));
	p = super_map(N, MAP_SHARED, fd);
	madvise(p, N * super, ADV_HUGE);
}

/* Each has a frame of its own before there is advice. */
static void pages_of_file(void)
{
	fd = (int)syscall(SYS_memfd_create, "super", 0);
	ftruncate(fd, (off_t)(N * super));
	p = super_map(N, MAP_SHARED, fd);
	super_fill(p, N * super, 1);
}

static void leave(int err)
{
	(void)err;
	super_leave(p, N);
}

static void leave_file(int err)
{
	leave(err);
	close(fd);
}

static int fill(void)
{
	super_fill(p, N * super, 1);
	return 0;
}

static int fork_it(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (!pid)
		_exit(!super_holds(p, N * super, 1));
	return -status_of(pid);
}

static int forbid_part(void)
{
	return errno_of(mprotect(p + PART, super, PROT_READ));
}

static int unmap_part(void)
{
	return errno_of(munmap(p + PART, super));
}

static int store_one(void)
{
	*(volatile unsigned long *)(p + PART) = 7;
	return 0;
}

static int collapse(void)
{
	return errno_of(madvise(p, N * super, ADV_COLLAPSE));
}

static int all(int err)
{
	(void)err;
	return super_holds(p, N * super, 1);
}

static int collapsed(int err)
{
	return all(err) && (err || super_kb(p, N * super, "AnonHugePages:") ==
			    (long)(N * super / 1024));
}

static int part_gone(int err)
{
	return err ? all(err) : super_holds(p, PART, 1) &&
		super_holds(p + PART + super, N * super - PART - super,
			    1 + (int)((PART + super) / PG));
}

static int child_is_whole(void)
{
	int st = -1;

	write(pipes[1], "x", 1);
	return waitpid(child, &st, 0) == child && !st;
}

static int both(int err)
{
	int good = all(err);

	return child_is_whole() && good;
}

static int stored(int err)
{
	unsigned long *w = (unsigned long *)(p + PART);
	int good = err || *w == 7;

	if (good && !err)
		*w = PART / PG + 1;
	return both(err) && good;
}

static const struct operation operations[] = {
	{ "a fault", empty, fill, 0, 0, all, leave, 0 },
	{ "fork", whole, fork_it, ENOMEM, EAGAIN, all, leave, 1 },
	{ "fork of a fork", shared, fork_it, ENOMEM, EAGAIN, both, leave, 1 },
	{ "mprotect of a part", whole, forbid_part, ENOMEM, 0, all, leave, 1 },
	{ "mprotect of what is shared", shared, forbid_part, ENOMEM, 0, both,
	  leave, 1 },
	{ "munmap of a part", whole, unmap_part, ENOMEM, 0, part_gone, leave,
	  1 },
	{ "a store to what is shared", shared, store_one, 0, 0, stored, leave, 0 },
	/* it looks for room, and tries again */
	{ "MADV_COLLAPSE", in_pages, collapse, 0, 0, collapsed, leave, 0 },
	/* the leaf may lack its table when the pages have moved */
	{ "MADV_COLLAPSE of shared memory", pages_of_file, collapse, EAGAIN,
	  ENOMEM, all, leave_file, 1 },
	{ "a fault of shared memory", of_file, fill, 0, 0, all, leave_file, 0 },
};

int main(void)
{
	char shmem[16];

	if (inject_open())
		return tap_skip_all("no " INJECT);
	if (!super_start())
		return tap_skip_all("there are no superpages");
	if (pipe(pipes))
		tap_bail("pipe");
	snprintf(shmem, sizeof(shmem), "%s", super_word(THP "shmem_enabled"));
	store(THP "shmem_enabled", "advise");
	for (int i = 0; i < COUNT(operations); i++)
		operation_walk(&operations[i], 0);
	store(THP "shmem_enabled", shmem);
	return tap_done();
}
