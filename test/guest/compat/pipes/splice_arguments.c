/* SPDX-License-Identifier: MIT */
/*
 * splice(2) and its kin: which of two bad arguments is told, what can be
 * spliced at all, and what waits (row B5).
 */
#include <stdint.h>
#include <sys/uio.h>
#include "arguments.h"

static int pr[2], pq[2], file, dir, ep, ev, null, tcp;
static int64_t below = -1, zero;
static char buf[256];

static void splice_badly(void)
{
	bad(EINVAL, splice, NO_FD, BAD, NO_FD, BAD, 1, MANY_FLAGS);
	bad(EBADF, splice, NO_FD, BAD, pr[1], BAD, 1, 0);
	bad(ESPIPE, splice, pr[0], BAD, pr[1], BAD, 1, 0);
	bad(ESPIPE, splice, file, BAD, pr[1], BAD, 1, 0);
	bad(ESPIPE, splice, pr[1], BAD, pr[0], 0, 1, 0);
	bad(EFAULT, splice, file, BAD, file, BAD, 1, 0);
	bad(EFAULT, splice, dir, BAD, pr[0], 0, 1, 0);
	bad(EBADF, splice, pr[1], 0, pr[0], 0, 1, 0);
	bad(EBADF, splice, pr[0], 0, dir, &below, 1, 0);
	bad(EINVAL, splice, pr[0], 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, file, &below, file, 0, 1, 0);
	bad(EINVAL, splice, file, &below, pr[1], 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, tcp, &zero, 1, 0);
	bad(EINVAL, splice, tcp, &zero, pr[1], 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, ev, 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, file, &below, 1, 0);
	bad(EINVAL, splice, ev, 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, ep, 0, 1, 0);
	bad(EINVAL, splice, ep, 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, dir, 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, null, 0, null, 0, 1, 0);
	bad(EINVAL, tee, NO_FD, NO_FD, 1, MANY_FLAGS);
	bad(EBADF, tee, pr[0], NO_FD, 1, 0);
	bad(EBADF, tee, pr[1], file, 1, 0);
	bad(EBADF, tee, pr[1], pr[0], 1, 0);
	bad(EINVAL, tee, pr[0], file, 1, 0);
	bad(EINVAL, tee, pr[0], pr[1], 1, 0);
	bad(EINVAL, vmsplice, NO_FD, BAD, 1, MANY_FLAGS);
	bad(EBADF, vmsplice, NO_FD, BAD, 1, 0);
	bad(EFAULT, vmsplice, file, BAD, 1, 0);
	bad(EINVAL, vmsplice, file, BAD, 1025, 0);
	bad(EFAULT, vmsplice, pr[1], BAD, 1, 0);
	bad(EFAULT, sendfile, NO_FD, NO_FD, BAD, 1);
	bad(EBADF, sendfile, NO_FD, file, 0, 1);
	bad(ESPIPE, sendfile, NO_FD, pr[0], &zero, 1);
	bad(EBADF, sendfile, NO_FD, pr[1], &zero, 1);
	bad(EINVAL, sendfile, NO_FD, file, &below, 1);
	bad(EINVAL, sendfile, pr[0], file, 0, -1L);
	bad(EBADF, sendfile, pr[0], file, 0, 1);
	bad(EBADF, sendfile, dir, file, 0, 1);
	bad(EBADF, copy_file_range, NO_FD, BAD, NO_FD, BAD, 1, 1);
	bad(EFAULT, copy_file_range, file, BAD, file, BAD, 1, 1);
	bad(EINVAL, copy_file_range, dir, 0, file, 0, 1, 1);
	bad(EISDIR, copy_file_range, dir, 0, pr[0], 0, 1, 0);
	bad(EINVAL, copy_file_range, pr[1], 0, file, 0, 1, 0);
	bad(EINVAL, copy_file_range, file, 0, pr[0], 0, 1, 0);
}

/* Input is waited for, and only then a missing reader told. */
static void wait_for_input_first(void)
{
	int in[2], out[2];

	pipe2(in, O_NONBLOCK);
	pipe2(out, O_NONBLOCK);
	close(out[0]);
	signal(SIGPIPE, SIG_IGN);
	check_eq(raw_syscall(SYS_tee, in[0], out[1], 8, 0), -EAGAIN,
		 "tee of nothing to nobody");
	check_eq(raw_syscall(SYS_splice, in[0], 0, out[1], 0, 8, 0), -EAGAIN,
		 "splice likewise");
	write(in[1], "x", 1);
	check_eq(raw_syscall(SYS_tee, in[0], out[1], 8, 0), -EPIPE,
		 "of something");
	signal(SIGPIPE, SIG_DFL);
	close(in[0]);
	close(in[1]);
	close(out[1]);
}

static long send_from(int out, int in, unsigned long n)
{
	return raw_syscall(SYS_sendfile, out, in, NULL, n);
}

static void splice_every_kind(void)
{
	int null = open("/dev/null", O_RDWR), dir = open("/", O_RDONLY);
	int task = open("/proc/self/status", O_RDONLY), p[2];
	int fd = (int)raw_syscall(SYS_eventfd2, 0, O_NONBLOCK);
	int mem = (int)raw_syscall(SYS_memfd_create, "x", 0);

	pipe2(p, O_NONBLOCK);
	check_eq(send_from(null, dir, 5), -EINVAL, "sendfile of a folder");
	check_eq(send_from(null, dir, 0), 0, "but nothing of it");
	check_eq(send_from(null, task, 5), -EINVAL, "of a task's file");
	check_eq(raw_syscall(SYS_splice, task, 0, p[1], 0, 5, 0), -EINVAL,
		 "splice of it");
	check_eq(raw_syscall(SYS_splice, null, 0, p[1], 0, 5, 0), -EINVAL,
		 "of /dev/null");
	check_eq(send_from(fd, mem, 5), 0,
		 "sendfile of a file's end, to an eventfd");
	check_eq(write(mem, "12345678", 8), 8, "bytes");
	lseek(mem, 0, SEEK_SET);
	check_eq(send_from(fd, mem, 8), -EINVAL, "are not sent there");
	check_eq(send_from(null, mem, 8), 8, "but to /dev/null");
	close(null);
	close(dir);
	close(task);
	close(fd);
	close(mem);
	close(p[0]);
	close(p[1]);
}

static void lend_halves(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	struct iovec v[2] = { { end - 8, 16 }, { BAD, 9 } };
	int fd[2];

	munmap(end, PG);
	pipe(fd);
	check_eq(raw_syscall(SYS_vmsplice, fd[1], v, 1, 2), 8,
		 "vmsplice: what there is");
	v[0] = (struct iovec){ buf, 5 };
	check_eq(raw_syscall(SYS_vmsplice, fd[1], v, 2, 2), 5, "likewise");
	close(fd[0]);
	close(fd[1]);
	munmap(p, PG);
}

static void copy_nothing(void)
{
	int fd = (int)raw_syscall(SYS_memfd_create, "x", 0);
	long long from = 1, to = 1;

	check_eq(raw_syscall(SYS_copy_file_range, fd, &from, fd, &to, 64, 0), 0,
		 "copy_file_range of nothing overlaps nothing");
	from = to = -1;
	check_eq(raw_syscall(SYS_copy_file_range, fd, &from, fd, &to, 64, 0),
		 -EOVERFLOW, "across the last byte");
	close(fd);
}

/* ---- vmsplice ------------------------------------------------------------ */

static void vmsplice_in(void *arg)
{
	struct iovec v = { "x", 1 };

	_exit(raw_syscall(SYS_vmsplice, ((int *)arg)[1], &v, 1, 0) != 1);
}

static void vmsplice_out(void *arg)
{
	char byte;
	struct iovec v = { &byte, 1 };

	_exit(raw_syscall(SYS_vmsplice, ((int *)arg)[0], &v, 1, 0) != 1);
}

/* => the child that does it, and sleeps if it has to */
static pid_t start_sleeper(void (*fn)(void *), int *p)
{
	pid_t pid = fork();

	if (!pid)
		fn(p);
	comes_to(pid, "SZ");
	return pid;
}

static int ends_well(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status == 0;
}

/* It sleeps by its own flag, not by that of the file. */
static void vmsplice_sleeps(void)
{
	static char page[PG];
	int p[2];
	pid_t pid;

	pipe2(p, O_NONBLOCK);
	while (write(p[1], page, PG) > 0)
		;
	pid = start_sleeper(vmsplice_in, p);
	read(p[0], page, PG);
	check(ends_well(pid), "vmsplice in waits for room");
	while (read(p[0], page, PG) > 0)
		;
	pid = start_sleeper(vmsplice_out, p);
	write(p[1], "x", 1);
	check(ends_well(pid), "vmsplice out waits for bytes");
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	tap_scratch("splice_arguments");
	file = open("file", O_CREAT | O_RDWR, 0600);
	unlink("file");
	dir = open(".", O_RDONLY);
	null = open("/dev/null", O_RDWR);
	ep = (int)syscall(SYS_epoll_create1, 0);
	ev = (int)syscall(SYS_eventfd2, 0, O_NONBLOCK);
	tcp = (int)syscall(SYS_socket, 2, 1, 0);
	if (pipe(pr) || pipe(pq) || file < 0 || dir < 0 || null < 0)
		tap_bail("descriptors");
	splice_badly();
	wait_for_input_first();
	splice_every_kind();
	lend_halves();
	copy_nothing();
	vmsplice_sleeps();
	tap_scratch_end();
	return tap_done();
}
