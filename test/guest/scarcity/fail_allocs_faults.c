/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of a page fault fails in its turn (rows D11, D13, E3): of
 * memory of no file, of files, private and shared, of a stack that grows, of
 * a copy after fork, and of the kernel's own accesses.  A fault has no error
 * to give, so as long as there is memory it is tried again: the program goes on
 * unharmed, with the contents that it should find.  On a disk (its /tmp there)
 * pages are read, and blocks found.
 */
#include "fail_walk.h"
#include "texts.h"

#define RW	(PROT_READ | PROT_WRITE)
#define TABLE	0x400000UL	/* as many bytes as the largest table maps */
#define DONTNEED 4		/* posix_fadvise(2) */
#define SLACK	200		/* pages that caches of a disk keep */
#define N	40		/* pages of the file */
#define FAR	1100		/* a page to which a block of pointers leads */

static sigjmp_buf env;
static char *p;
static int fd, pipes[2];
static pid_t child;

static void jump_out_of_fault(int sig)
{
	siglongjmp(env, sig);
}

/* fn() => 0; what it was killed by, in no range of an errno */
static int signal_of(void (*fn)(void))
{
	int sig = sigsetjmp(env, 1);

	if (!sig)
		fn();
	return sig ? 1000 + sig : 0;
}

/* ---- memory of no file --------------------------------------------------- */

/* Alone in its table, so that this is missing, too. */
static void some_memory(void)
{
	char *q = mmap(NULL, 2 * TABLE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (q == MAP_FAILED)
		tap_bail("mmap");
	munmap(q, 2 * TABLE);
	p = (char *)(((unsigned long)q + TABLE - 1) & ~(TABLE - 1));
	if (mmap(p, N * PG, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		 0) != p)
		tap_bail("mmap");
}

static void no_memory(int err)
{
	(void)err;
	munmap(p, N * PG);
}

static void access_it(void)
{
	*(volatile char *)p;
	p[0] = 1;
	p[5 * PG] = 2;
	*(volatile char *)(p + 6 * PG);
}

static int act_anon(void)
{
	return signal_of(access_it);
}

static int good_anon(int err)
{
	return err || (p[0] == 1 && p[5 * PG] == 2 && !p[6 * PG]);
}

/* The pipe may want a page, too, and says so. */
static int put_into_pipe(const char *from)
{
	ssize_t n;

	do
		n = write(pipes[1], from, 2);
	while (n < 0 && errno == ENOMEM);
	return n == 2;
}

static int act_kernel(void)
{
	if (!put_into_pipe("xy") || read(pipes[0], p + 7 * PG, 2) != 2 ||
	    !put_into_pipe(p + 8 * PG) || read(pipes[0], p + 9 * PG, 2) != 2)
		return errno;
	return 0;
}

static int good_kernel(int err)
{
	return err || (!memcmp(p + 7 * PG, "xy", 3) && !p[8 * PG] &&
		       !p[9 * PG]);
}

/* ---- copies -------------------------------------------------------------- */

static void shared_by_fork(void)
{
	some_memory();
	for (int i = 0; i < N; i++)
		p[i * PG] = (char)(i + 1);
	child = fork();
	if (child < 0)
		tap_bail("fork");
	if (!child) {
		char c;

		read(pipes[0], &c, 1);
		for (int i = 0; i < N; i++)
			if (p[i * PG] != (char)(i + 1))
				_exit(1);
		_exit(0);
	}
}

static void store_some(void)
{
	for (int i = 0; i < N; i += 10)
		p[i * PG] = 99;
}

static int act_copy(void)
{
	return signal_of(store_some);
}

static int good_copy(int err)
{
	int st = -1, ok = 1;

	for (int i = 0; !err && i < N; i++)
		ok &= p[i * PG] == (i % 10 ? (char)(i + 1) : 99);
	write(pipes[1], "x", 1);
	waitpid(child, &st, 0);
	return ok && !st;
}

/* ---- files --------------------------------------------------------------- */

/* The first half has pages, each with its number. */
static void dirty_file(void)
{
	static char page[PG];

	fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
	for (int i = 0; i < N / 2; i++) {
		memset(page, i + 1, PG);
		if (write(fd, page, PG) != PG)
			tap_bail("write");
	}
	ftruncate(fd, N * PG);
}

static void drop_pages(int file)
{
#ifdef SYS_fadvise64_64
	syscall(SYS_fadvise64_64, file, 0, 0, 0, 0, DONTNEED);
#else
	syscall(SYS_fadvise64, file, 0, 0, DONTNEED);
#endif
}

/* From now on a disk has them, and memory has not. */
static int leave_to_disk(void)
{
	if (fsync(fd))
		return errno;
	drop_pages(fd);
	return 0;
}

static void map_dirty_file(int flags)
{
	dirty_file();
	if (leave_to_disk())
		tap_bail("fsync");
	some_memory();
	if (mmap(p, N * PG, RW, flags | MAP_FIXED, fd, 0) != p)
		tap_bail("mmap");
}

static void private_file(void)
{
	map_dirty_file(MAP_PRIVATE);
}

static void shared_file(void)
{
	map_dirty_file(MAP_SHARED);
}

static void close_file(int err)
{
	(void)err;
	close(fd);
	unlink("f");
}

static void no_file(int err)
{
	no_memory(err);
	close_file(err);
}

static void access_file(void)
{
	*(volatile char *)p;
	p[3 * PG] = 70;			/* around it, pages are mapped */
	p[18 * PG] = 71;		/* nothing is near by */
	*(volatile char *)(p + (N - 1) * PG);
	p[(N - 2) * PG] = 72;		/* a hole of the file */
}

static int act_file(void)
{
	return signal_of(access_file);
}

static int has_pattern(const char *q, int stored)
{
	for (int i = 0; i < N; i++) {
		char want = (char)(i < N / 2 ? i + 1 : 0);

		if (stored && (i == 3 || i == 18 || i == N - 2))
			want = (char)(i == 3 ? 70 : i == 18 ? 71 : 72);
		if (q[i * PG] != want)
			return 0;
	}
	return 1;
}

static int in_file(int stored)
{
	static char whole[N * PG];

	return pread(fd, whole, sizeof(whole), 0) == sizeof(whole) &&
		has_pattern(whole, stored);
}

static int good_private(int err)
{
	return err || (has_pattern(p, 1) && in_file(0));
}

static int good_shared(int err)
{
	return err || (has_pattern(p, 1) && in_file(1) && !fsync(fd));
}

/*
 * The store finds a block, and those that lead to it: for that, maps of the
 * disk are read.
 */
static void file_of_holes(void)
{
	int disk = open("/dev/vda", O_RDONLY);

	fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ftruncate(fd, (FAR + N) * PG);
	if (leave_to_disk())
		tap_bail("fsync");
	drop_pages(disk);
	close(disk);
	some_memory();
	if (mmap(p, N * PG, RW, MAP_SHARED | MAP_FIXED, fd, FAR * PG) != p)
		tap_bail("mmap");
}

static void store_far(void)
{
	p[0] = 90;
}

static int act_far(void)
{
	return signal_of(store_far);
}

static int good_far(int err)
{
	char c = 0;

	return err || (p[0] == 90 && !fsync(fd) &&
		       pread(fd, &c, 1, FAR * PG) == 1 && c == 90);
}

/* ---- what is read and written -------------------------------------------- */

static void file_on_disk(void)
{
	dirty_file();
	if (leave_to_disk())
		tap_bail("fsync");
}

static int act_read(void)
{
	char c;

	return pread(fd, &c, 1, 5 * PG) == 1 ? 0 : errno;
}

static int act_sync(void)
{
	return errno_of(fsync(fd));
}

/* What could not be written is so the next time. */
static int good_sync(int err)
{
	return (!err || !fsync(fd)) && !leave_to_disk() && in_file(0);
}

static int good_read(int err)
{
	(void)err;
	return in_file(0);
}

static int tmp_is_on_disk(void)
{
	return text_behind("/proc/mounts", " /tmp ext2 ") != NULL;
}

/* ---- a stack ------------------------------------------------------------- */

static void some_stack(void)
{
	some_memory();
	munmap(p, N * PG);
	if (mmap(p + (N - 1) * PG, PG, RW, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED | MAP_GROWSDOWN, -1, 0) != p + (N - 1) * PG)
		tap_bail("mmap");
}

static void store_below_stack(void)
{
	p[10 * PG] = 5;
}

static int act_grow(void)
{
	return signal_of(store_below_stack);
}

static int good_grow(int err)
{
	return err || (p[10 * PG] == 5 && !p[11 * PG] && !p[(N - 1) * PG]);
}

static const struct operation operations[] = {
	{ "memory of no file", some_memory, act_anon, 0, 0, good_anon,
	  no_memory, 0 },
	{ "the kernel's accesses", some_memory, act_kernel, 0, 0, good_kernel,
	  no_memory, 0 },
	{ "a copy after fork", shared_by_fork, act_copy, 0, 0, good_copy,
	  no_memory, 0 },
	{ "a private file", private_file, act_file, 0, 0, good_private,
	  no_file, 0 },
	{ "a shared file", shared_file, act_file, 0, 0, good_shared, no_file,
	  0 },
	{ "a file of holes", file_of_holes, act_far, 0, 0, good_far, no_file,
	  0 },
	{ "a stack that grows", some_stack, act_grow, 0, 0, good_grow,
	  no_memory, 0 },
}, of_disks[] = {
	{ "read", file_on_disk, act_read, ENOMEM, 0, good_read, close_file,
	  0 },
	{ "fsync", dirty_file, act_sync, ENOMEM, 0, good_sync, close_file, 0 },
};

int main(void)
{
	struct sigaction sa = { .sa_handler = jump_out_of_fault };

	if (inject_open())
		return tap_skip_all("no " INJECT);
	tap_scratch("fail_allocs_faults");
	sigaction(SIGBUS, &sa, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	if (pipe(pipes))
		tap_bail("pipe");
	for (int i = 0; i < COUNT(operations); i++)
		operation_walk(&operations[i], 0);
	for (int i = 0; tmp_is_on_disk() && i < COUNT(of_disks); i++)
		operation_walk(&of_disks[i], SLACK);
	close(pipes[0]);
	close(pipes[1]);
	tap_scratch_end();
	return tap_done();
}
