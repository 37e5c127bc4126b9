/* SPDX-License-Identifier: MIT */
/*
 * Reads and writes by vectors (rows B4, B5): which of two faults is told, what
 * the flags of preadv2 and pwritev2 mean for each kind of file, and vectors of
 * nothing.
 */
#include "arguments.h"

static void find_file_first(void)
{
	int p[2];

	pipe(p);
	check_eq(raw_syscall(SYS_preadv, p[0], BAD, 1, 0, 0), -ESPIPE,
		 "preadv of a pipe, before its vector");
	check_eq(raw_syscall(SYS_pwritev, p[1], BAD, 1, 0, 0), -ESPIPE,
		 "pwritev likewise");
	check_eq(raw_syscall(SYS_readv, NO_FD, BAD, 1), -EBADF,
		 "readv of no file, before its vector");
	check_eq(raw_syscall(SYS_writev, NO_FD, BAD, 1), -EBADF,
		 "writev likewise");
	check_eq(raw_syscall(SYS_readv, p[0], BAD, 1), -EFAULT,
		 "then the vector");
	check_eq(raw_syscall(SYS_sync_file_range, NO_FD, ARG64(-1), ARG64(8),
			     4), -EBADF, "sync_file_range of no file");
	close(p[0]);
	close(p[1]);
}

/* eventfd(2) takes eight bytes and no others; of no bytes it is not asked. */
static void move_nothing(void)
{
	int e = (int)raw_syscall(SYS_eventfd2, 3, O_NONBLOCK);
	long iov[2] = { 0, 0 };

	check_eq(raw_syscall(SYS_writev, e, iov, 0), 0, "writev of no buffers");
	check_eq(raw_syscall(SYS_writev, e, iov, 1), 0, "writev of no bytes");
	check_eq(raw_syscall(SYS_readv, e, iov, 1), 0, "readv likewise");
	check_eq(raw_syscall(SYS_readv, NO_FD, iov, 1), -EBADF,
		 "a file there must be");
	close(e);
}

static void cut_counts(void)
{
	int p[2];

	if (sizeof(long) == 4) {
		tap_skip("a count of 64 bits", "no such");
		return;
	}
	pipe2(p, O_NONBLOCK);
	check_eq(raw_syscall(SYS_vmsplice, p[1], BAD, 1ul << 16 << 16, 0), 0,
		 "vmsplice: 32 bits of the count are looked at");
	check_eq(raw_syscall(SYS_writev, p[1], BAD, 1ul << 16 << 16), 0,
		 "writev likewise");
	check_eq(raw_syscall(SYS_process_vm_readv, getpid(), BAD,
			     1ul << 16 << 16, BAD, 1, 0), 0, "the caller's");
	close(p[0]);
	close(p[1]);
}

/* Lengths first, then addresses. */
static void look_at_lengths_first(void)
{
	struct { unsigned long at, len; } v[2] = { { ~0ul - 3, 8 },
						   { 8, ~0ul } };
	int p[2];

	pipe2(p, O_NONBLOCK);
	check_eq(raw_syscall(SYS_writev, p[1], v, 2), -EINVAL,
		 "writev: no vector has a length below zero");
	check_eq(raw_syscall(SYS_writev, p[1], v, 1), -EFAULT,
		 "and none lies where no memory can be");
	close(p[0]);
	close(p[1]);
}

static void flag_nothing(void)
{
	int fd = (int)raw_syscall(SYS_eventfd2, 0, 0);
	static char byte[1];
	struct {
		void *at;
		unsigned long n;
	} v[2] = { { byte, 0 }, { byte, 0 } };

	check_eq(raw_syscall(SYS_pwritev2, fd, v, 2, -1, -1, 0x4), 0,
		 "pwritev2 of no bytes");
	check_eq(raw_syscall(SYS_pwritev2, fd, v, 2, -1, -1, 0x40000), 0,
		 "with any flag");
	v[0].n = 1;
	check_eq(raw_syscall(SYS_pwritev2, fd, v, 2, -1, -1, 0x40000),
		 -EOPNOTSUPP, "but not of one");
	close(fd);
}

/* ---- flags of preadv2 and pwritev2 --------------------------------------- */

#define RWF_HIPRI	1
#define RWF_DSYNC	2
#define AT_ONCE		8	/* RWF_NOWAIT */

static long read_with(int fd, int flags)
{
	static char text[64];
	struct { void *at; unsigned long n; } v = { text, sizeof(text) };

	return raw_syscall(SYS_preadv2, fd, &v, 1, -1, -1, flags);
}

static long write_with(int fd, int flags)
{
	struct { void *at; unsigned long n; } v = { "\1\0\0\0\0\0\0", 8 };

	return raw_syscall(SYS_pwritev2, fd, &v, 1, -1, -1, flags);
}

/* By preadv2; some of them are an extension's, and need not be there. */
static void read_by_pieces(void)
{
	static const char *const names[] = {
		".", "/", "/dev", "/proc", "/proc/self/fd", "/proc/self/task",
		"/proc/self/maps", "/proc/self/comm", "/proc/self/stat",
		"/proc/self/fdinfo/0", "/proc/self/mem", "/proc/self/pagemap",
		"/proc/self/uid_map", "/proc/net/unix", "/proc/kallsyms",
		"/proc/swaps", "/proc/sysvipc/shm", "/dev/kmsg",
	};

	for (int i = 0; i < COUNT(names); i++) {
		int fd = open(names[i], O_RDONLY | O_NONBLOCK);

		if (fd < 0) {
			tap_skip(names[i], "not there");
			continue;
		}
		check_eq(read_with(fd, RWF_DSYNC), -EOPNOTSUPP,
			 "%s is read by pieces", names[i]);
		check_eq(read_with(fd, AT_ONCE | 0x20), -EOPNOTSUPP,
			 "and has no flag");
		close(fd);
	}
}

static void read_by_vectors(void)
{
	static const char *const names[] = {
		"f", "/dev/zero", "/dev/full", "/proc/self/mounts",
		"/proc/version", "/proc/sys/kernel/ostype",
	};

	for (int i = 0; i < COUNT(names); i++) {
		int fd = open(names[i], O_RDONLY);

		if (fd < 0) {
			tap_skip(names[i], "not there");
			continue;
		}
		check(read_with(fd, RWF_DSYNC) > 0, "%s by vectors", names[i]);
		close(fd);
	}
}

static void flag_pieces(void)
{
	int fd = open(".", O_RDONLY);

	check_eq(read_with(fd, RWF_HIPRI), -EISDIR, "RWF_HIPRI is for all");
	close(fd);
	fd = (int)raw_syscall(SYS_epoll_create1, 0);
	check_eq(read_with(fd, RWF_DSYNC), -EINVAL, "what is not read at all");
	close(fd);
	read_by_pieces();
	read_by_vectors();
	fd = (int)raw_syscall(SYS_eventfd2, 0, O_NONBLOCK);
	check_eq(write_with(fd, RWF_DSYNC), -EOPNOTSUPP, "adding by pieces");
	check_eq(write_with(fd, RWF_HIPRI), 8, "RWF_HIPRI");
	check_eq(read_with(fd, RWF_DSYNC), 8, "taking by vectors");
	check_eq(read_with(fd, RWF_DSYNC), -EAGAIN, "nothing is left");
	close(fd);
	fd = (int)raw_syscall(SYS_inotify_init1, O_NONBLOCK);
	check_eq(read_with(fd, RWF_DSYNC), -EOPNOTSUPP, "watches");
	check_eq(read_with(fd, 0), -EAGAIN, "saw nothing");
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	check_eq(write_with(fd, RWF_DSYNC), -EOPNOTSUPP, "/dev/full");
	check_eq(write_with(fd, 0), -ENOSPC, "is full");
	close(fd);
	fd = open("/proc/self/comm", O_WRONLY);
	if (fd >= 0)
		check_eq(write_with(fd, RWF_DSYNC), -EOPNOTSUPP, "a name");
	close(fd);
}

static void ask_for_no_reader(void)
{
	int fd = open("/dev/full", O_WRONLY);

	check_eq(read_with(fd, AT_ONCE), -EBADF,
		 "RWF_NOWAIT of what is not read at all");
	close(fd);
}

static void read_and_write(void)
{
	int fd = open("f", O_RDWR);
	char text[8] = "12345";
	struct { void *at; unsigned long n; } v = { text, 5 };

	check_eq(syscall(SYS_pwritev, fd, &v, 1, 0L, 0L), 5, "pwritev");
	check_eq(syscall(SYS_preadv, fd, &v, 1, 0L, 0L), 5, "preadv");
	close(fd);
}

int main(void)
{
	tap_scratch("vectors");
	put_file("f", "text", 4, 0600);
	find_file_first();
	move_nothing();
	cut_counts();
	look_at_lengths_first();
	flag_nothing();
	flag_pieces();
	ask_for_no_reader();
	read_and_write();
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
