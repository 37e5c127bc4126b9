/* SPDX-License-Identifier: MIT */
/*
 * Which answer a call with several faults gives, and what it writes when it
 * has nothing to tell (row B3).
 */
#include <sys/uio.h>
#include "tap.h"

#define FILLED		0xa5
#define NOBODY		4711
#define MISSING		99		/* a descriptor that is not open */
#define LARGE		0100000		/* O_LARGEFILE by its number */

static void waitid_clears(void)
{
	unsigned char info[128];
	long r;

	memset(info, FILLED, sizeof(info));
	r = raw_syscall(SYS_waitid, 1, 0x7fffffff, info, 8, NULL);
	check_eq(r, -ECHILD, "waitid finds no such child");
	check_eq(info[0] | info[4] | info[8], 0, "its structure is cleared");
	check_eq(info[sizeof(long) == 8 ? 27 : 23], 0, "as far as it tells");
	check_eq(info[28], FILLED, "and no further");
	r = raw_syscall(SYS_waitid, 1, 0x7fffffff, BAD, 0, NULL);
	check_eq(r, -EFAULT, "it is written even when options are wrong");
}

static void files_before_vectors(void)
{
	int p[2];

	pipe(p);
	check_eq(raw_syscall(SYS_preadv, p[0], BAD, 1, 0, 0), -ESPIPE,
		 "preadv of a pipe, before its vector");
	check_eq(raw_syscall(SYS_pwritev, p[1], BAD, 1, 0, 0), -ESPIPE,
		 "pwritev likewise");
	check_eq(raw_syscall(SYS_readv, MISSING, BAD, 1), -EBADF,
		 "readv of no file, before its vector");
	check_eq(raw_syscall(SYS_writev, MISSING, BAD, 1), -EBADF,
		 "writev likewise");
	check_eq(raw_syscall(SYS_readv, p[0], BAD, 1), -EFAULT,
		 "then the vector");
	check_eq(raw_syscall(SYS_sync_file_range, MISSING, ARG64(-1), ARG64(8),
			     4), -EBADF, "sync_file_range of no file");
	close(p[0]);
	close(p[1]);
}

/* eventfd(2) takes eight bytes and no others; of no bytes it is not asked. */
static void vectors_of_nothing(void)
{
	int e = (int)raw_syscall(SYS_eventfd2, 3, O_NONBLOCK);
	long iov[2] = { 0, 0 };

	check_eq(raw_syscall(SYS_writev, e, iov, 0), 0, "writev of no buffers");
	check_eq(raw_syscall(SYS_writev, e, iov, 1), 0, "writev of no bytes");
	check_eq(raw_syscall(SYS_readv, e, iov, 1), 0, "readv likewise");
	check_eq(raw_syscall(SYS_readv, MISSING, iov, 1), -EBADF,
		 "a file there must be");
	close(e);
}

static void packets_by_the_writer(void)
{
	int p[2];

	check_ok(pipe2(p, O_DIRECT), "a pipe of packets");
	check_eq(fcntl(p[0], F_GETFL), O_RDONLY, "its reader has no flag");
	check_eq(fcntl(p[1], F_GETFL), O_WRONLY | O_DIRECT, "its writer has");
	close(p[0]);
	close(p[1]);
}

static void counts_of_messages(void)
{
	check_eq(raw_syscall(SYS_sendmmsg, MISSING, NULL, 0, 0), -EBADF,
		 "sendmmsg of no messages asks for the socket");
	check_eq(raw_syscall(SYS_recvmmsg, MISSING, NULL, 0, 0, NULL), -EBADF,
		 "recvmmsg likewise");
}

static void clocks(void)
{
	check_eq(raw_syscall(SYS_clock_adjtime, 1, BAD), -EFAULT,
		 "clock_adjtime reads before it looks at the clock");
}

static void make_device(void *arg)
{
	(void)arg;
	_exit(setgid(NOBODY) || setuid(NOBODY) ||
	      raw_syscall(SYS_mknodat, AT_FDCWD, "there", S_IFBLK, 0) !=
	      -EEXIST);
}

static void names_before_rights(void)
{
	put_file("there", "x", 1, 0666);
	check_eq(in_child(make_device, NULL), 0,
		 "a device under a name that is taken: EEXIST");
	unlink("there");
}

static void flags_of_files(void)
{
	int fd = (int)raw_syscall(SYS_openat, AT_FDCWD, "/dev/null",
				  0x80000000u | O_RDWR, 0);
	long flags = fcntl(fd, F_GETFL);

	check_eq(flags & ~LARGE, O_RDWR, "unknown flags of open are dropped");
	check_eq(!!(flags & LARGE), sizeof(long) == 8,
		 "files are large where words are");
	close(fd);
}

/* Of tmpfs, where folders grow by each name. */
static void sizes_of_folders(void)
{
	struct stat before, after;

	mkdir("d", 0755);
	stat("d", &before);
	put_file("d/f", "x", 1, 0644);
	stat("d", &after);
	check(before.st_size > 0 || after.st_size == 0,
	      "an empty folder has a size, if any has");
	unlink("d/f");
	rmdir("d");
}

int main(void)
{
	tap_scratch("answers");
	waitid_clears();
	files_before_vectors();
	vectors_of_nothing();
	packets_by_the_writer();
	counts_of_messages();
	clocks();
	names_before_rights();
	flags_of_files();
	sizes_of_folders();
	tap_scratch_end();
	return tap_done();
}
