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

static void map_empty_super(void)
{
	p = super_anon(N);
}

static void map_whole_super(void)
{
	map_empty_super();
	super_fill(p, N * super, 1);
}

/* A child has them, too, and looks at them before it ends. */
static void share_with_child(void)
{
	map_whole_super();
	child = fork();
	if (child < 0)
		tap_bail("fork");
	if (!child) {
		char c;

		read(pipes[0], &c, 1);
		_exit(!super_holds(p, N * super, 1));
	}
}

static void map_super_in_pages(void)
{
	map_empty_super();
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

static void leave_super(int err)
{
	(void)err;
	super_leave(p, N);
}

static void leave_file(int err)
{
	leave_super(err);
	close(fd);
}

static int fill_super(void)
{
	super_fill(p, N * super, 1);
	return 0;
}

static int fork_super(void)
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

static int collapse_or_errno(void)
{
	return errno_of(madvise(p, N * super, ADV_COLLAPSE));
}

static int all_super_there(int err)
{
	(void)err;
	return super_holds(p, N * super, 1);
}

static int collapsed(int err)
{
	return all_super_there(err) && (err ||
					super_kb(p, N * super,
						 "AnonHugePages:") ==
					(long)(N * super / 1024));
}

static int part_of_super_gone(int err)
{
	return err ? all_super_there(err) : super_holds(p, PART, 1) &&
		super_holds(p + PART + super, N * super - PART - super,
			    1 + (int)((PART + super) / PG));
}

static int super_child_is_whole(void)
{
	int st = -1;

	write(pipes[1], "x", 1);
	return waitpid(child, &st, 0) == child && !st;
}

static int both(int err)
{
	int good = all_super_there(err);

	return super_child_is_whole() && good;
}

static int stored_in_both(int err)
{
	unsigned long *w = (unsigned long *)(p + PART);
	int good = err || *w == 7;

	if (good && !err)
		*w = PART / PG + 1;
	return both(err) && good;
}

static const struct operation operations[] = {
	{ "a fault", map_empty_super, fill_super, 0, 0, all_super_there,
	 leave_super, 0 },
	{ "fork", map_whole_super, fork_super, ENOMEM, EAGAIN, all_super_there,
	 leave_super, 1 },
	{ "fork of a fork", share_with_child, fork_super, ENOMEM, EAGAIN, both,
	 leave_super, 1 },
	{ "mprotect of a part", map_whole_super, forbid_part, ENOMEM, 0,
	 all_super_there, leave_super, 1 },
	{ "mprotect of what is shared", share_with_child, forbid_part, ENOMEM,
	 0, both,
	  leave_super, 1 },
	{ "munmap of a part", map_whole_super, unmap_part, ENOMEM, 0,
	 part_of_super_gone, leave_super,
	  1 },
	{ "a store to what is shared", share_with_child, store_one, 0, 0,
	 stored_in_both, leave_super, 0 },
	/* it looks for room, and tries again */
	{ "MADV_COLLAPSE", map_super_in_pages, collapse_or_errno, 0, 0,
	 collapsed, leave_super, 0 },
	/* the leaf may lack its table when the pages have moved */
	{ "MADV_COLLAPSE of shared memory", pages_of_file, collapse_or_errno,
	 EAGAIN,
	  ENOMEM, all_super_there, leave_file, 1 },
	{ "a fault of shared memory", of_file, fill_super, 0, 0,
	 all_super_there, leave_file, 0 },
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
	write_text_file(THP "shmem_enabled", "advise");
	for (int i = 0; i < COUNT(operations); i++)
		operation_walk(&operations[i], 0);
	write_text_file(THP "shmem_enabled", shmem);
	return tap_done();
}
