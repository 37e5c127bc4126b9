/* SPDX-License-Identifier: MIT */
/*
 * Pipes and FIFOs, and waiting for them with poll and select: ends, limits,
 * atomic writes, wake-ups.
 */
#include <poll.h>
#include <sys/select.h>
#include <termios.h>
#include "tap.h"

static char buf[70000];

static void open_ends(void)
{
	int p[2];

	check_ok(pipe2(p, O_CLOEXEC), "pipe2");
	check_eq(fcntl(p[0], F_GETFD), FD_CLOEXEC, "O_CLOEXEC");
	check_eq(fcntl(p[0], F_GETFL) & O_ACCMODE, O_RDONLY, "read end");
	check_eq(fcntl(p[1], F_GETFL) & O_ACCMODE, O_WRONLY, "write end");
	check_err(EBADF, read(p[1], buf, 1), "read of the write end");
	check_err(EBADF, write(p[0], buf, 1), "write to the read end");
	check_err(ESPIPE, lseek(p[0], 0, SEEK_SET), "no seeking");
	check_err(ESPIPE, pread(p[0], buf, 1, 0), "no pread");
	check_eq(write(p[1], "abc", 3), 3, "write");
	check_eq(read(p[0], buf, 100), 3, "a read takes what is there");
	write(p[1], "tail", 4);
	close(p[1]);
	check_eq(read(p[0], buf, 100), 4, "data survives the writer");
	check_eq(read(p[0], buf, 100), 0, "then end of file");
	close(p[0]);
	check_err(EINVAL, pipe2(p, 0x123), "unknown flags");
	pipe(p);
	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	check_err(EPIPE, write(p[1], "x", 1), "no reader: EPIPE");
	signal(SIGPIPE, SIG_DFL);
	close(p[1]);
}

static void write_to_nobody(void *arg)
{
	int p[2];

	pipe(p);
	close(p[0]);
	write(p[1], "x", 1);
}

static void capacity(void)
{
	int p[2], n = 0;

	pipe2(p, O_NONBLOCK);
	check_err(EAGAIN, read(p[0], buf, 1), "empty: EAGAIN");
	check_eq(write(p[1], buf, 70000), 65536, "holds 64 KiB");
	check_err(EAGAIN, write(p[1], buf, 1), "full: EAGAIN");
	ioctl(p[0], FIONREAD, &n);
	check_eq(n, 65536, "FIONREAD");
	read(p[0], buf, 4096);
	check_eq(write(p[1], buf, 4096), 4096, "room for one page again");
	read(p[0], buf, 100);
	check_err(EAGAIN, write(p[1], buf, 4096),
		  "a page is written whole or not at all");
	close(p[0]);
	close(p[1]);
}

/* Many writers of up to PIPE_BUF bytes: records never mix. */
static void atomic_writes(void)
{
	char rec[512];
	int p[2], bad = 0, n = 0;

	pipe(p);
	for (int w = 0; w < 4; w++)
		if (fork() == 0) {
			memset(rec, 'a' + w, sizeof(rec));
			for (int i = 0; i < 100; i++)
				write(p[1], rec, sizeof(rec));
			_exit(0);
		}
	close(p[1]);
	while (read_all(p[0], rec, sizeof(rec)) == sizeof(rec)) {
		for (size_t i = 1; i < sizeof(rec); i++)
			bad |= rec[i] != rec[0];
		n++;
	}
	while (wait(NULL) > 0)
		;
	check(n == 400 && !bad, "four writers, whole records (%d)", n);
	close(p[0]);
}

static void bulk(void)
{
	unsigned int sum = 0, want = 0;
	int p[2];
	ssize_t k;

	pipe(p);
	if (fork() == 0) {
		for (int i = 0; i < 200; i++) {
			memset(buf, i, 5000);
			write_all(p[1], buf, 5000);
		}
		_exit(0);
	}
	close(p[1]);
	while ((k = read(p[0], buf, 7777)) > 0)
		for (ssize_t i = 0; i < k; i++)
			sum += (unsigned char)buf[i];
	wait(NULL);
	for (unsigned int i = 0; i < 200; i++)
		want += 5000 * i;
	check_eq(sum, want, "a megabyte through a pipe");
	close(p[0]);
}

static void polling(void)
{
	struct pollfd f[3];
	uint64_t t0;
	int p[2];

	pipe(p);
	f[0] = (struct pollfd){ p[0], POLLIN, 0 };
	f[1] = (struct pollfd){ p[1], POLLOUT, 0 };
	f[2] = (struct pollfd){ 99, POLLIN, 0 };
	check_eq(poll(f, 2, 0), 1, "empty pipe: writable only");
	check(f[0].revents == 0 && f[1].revents == POLLOUT, "its bits");
	check_eq(poll(f, 3, 0), 2, "a closed descriptor counts");
	check_eq(f[2].revents, POLLNVAL, "as POLLNVAL");
	f[2].fd = -1;
	check_eq(poll(f, 3, 0), 1, "a negative one does not");
	t0 = now_ns();
	check_eq(poll(f, 1, 20), 0, "timeout");
	check(now_ns() - t0 >= 20000000, "not too early");
	if (fork() == 0) {
		comes_to(getppid(), "S");
		write(p[1], "x", 1);
		_exit(0);
	}
	check_eq(poll(f, 1, -1), 1, "woken by a writer");
	check_eq(f[0].revents, POLLIN, "POLLIN");
	wait(NULL);
	read(p[0], buf, 1);
	close(p[1]);
	check_eq(poll(f, 1, 0), 1, "writer gone");
	check_eq(f[0].revents, POLLHUP, "POLLHUP");
	close(p[0]);
	pipe(p);
	close(p[0]);
	f[1].fd = p[1];
	check_eq(poll(f + 1, 1, 0), 1, "reader gone");
	check(f[1].revents & POLLERR, "POLLERR");
	close(p[1]);
}

static void selecting(void)
{
	struct timespec zero = { 0, 0 }, bad = { -1, 0 };
	fd_set r, w;
	int p[2];

	pipe(p);
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	check_eq(pselect(p[1] + 1, &r, &w, NULL, &zero, NULL), 1,
		 "select: writable");
	check(!FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w), "its sets");
	write(p[1], "x", 1);
	FD_SET(p[0], &r);
	check_eq(pselect(p[1] + 1, &r, &w, NULL, NULL, NULL), 2, "both");
	FD_ZERO(&r);
	/* Linux looks only at numbers that its table has room for. */
	FD_SET(25, &r);
	check_err(EBADF, pselect(26, &r, NULL, NULL, &zero, NULL),
		  "closed descriptor");
	check_err(EINVAL, pselect(-1, NULL, NULL, NULL, &zero, NULL),
		  "negative count");
	check_err(EINVAL, pselect(0, NULL, NULL, NULL, &bad, NULL),
		  "negative time");
	close(p[0]);
	close(p[1]);
}

static void fifos(void)
{
	int r, w;

	check_ok(mkfifo("fifo", 0600), "mkfifo");
	check_err(ENXIO, open("fifo", O_WRONLY | O_NONBLOCK),
		  "no reader: ENXIO");
	r = open("fifo", O_RDONLY | O_NONBLOCK);
	check(r >= 0, "a reader may come first");
	check_eq(read(r, buf, 1), 0, "no writer: end of file");
	w = open("fifo", O_WRONLY);
	check(w >= 0, "then a writer");
	check_err(EAGAIN, read(r, buf, 1), "now it is empty");
	write(w, "hi", 2);
	check_eq(read(r, buf, 10), 2, "data");
	close(r);
	close(w);
	if (fork() == 0) {
		w = open("fifo", O_WRONLY);
		write(w, "late", 4);
		_exit(0);
	}
	r = open("fifo", O_RDONLY);
	check_eq(read(r, buf, 10), 4, "open waits for the other side");
	wait(NULL);
	close(r);
	unlink("fifo");
}

static void write_from_nowhere(void)
{
	char *edge = anon_pages(2, PROT_READ | PROT_WRITE) + PG;
	int p[2];

	munmap(edge, PG);
	pipe2(p, O_NONBLOCK);
	check_err(EFAULT, write(p[1], BAD, 10), "write from nowhere");
	write(p[1], "0123456789", 10);
	check_err(EFAULT, read(p[0], BAD, 10), "read to nowhere");
	check_eq(read(p[0], buf, 20), 10, "the data is still there");
	close(p[0]);
	close(p[1]);
	munmap(edge - PG, PG);
}

/* The access mode 3 reads and writes nothing (open(2)): no end is that. */
static void no_end(void)
{
	char name[32];
	int p[2];

	pipe(p);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);
	check_err(EINVAL, open(name, O_ACCMODE), "no end of a pipe");
	close(p[0]);
	close(p[1]);
	check(!mkfifo("nobody's", 0600), "mkfifo");
	check_err(EINVAL, open("nobody's", O_ACCMODE | O_NONBLOCK),
		  "no end of a FIFO");
	unlink("nobody's");
}

static void cut_pipes(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	int fd[2], n = -1;

	munmap(end, PG);
	pipe(fd);
	check_eq(raw_syscall(SYS_write, fd[1], end - 8, 16), -EFAULT,
		 "a pipe takes no part of a page");
	check_eq(raw_syscall(SYS_ioctl, fd[0], FIONREAD, &n), 0, "FIONREAD");
	check_eq(n, 0, "nothing went in");
	write(fd[1], "0123456789abcdef", 16);
	check_eq(raw_syscall(SYS_write, fd[1], end - 8, 16), -EFAULT,
		 "nor behind something");
	check_eq(raw_syscall(SYS_read, fd[0], end - 8, 16), -EFAULT,
		 "and gives none");
	check_eq(raw_syscall(SYS_read, fd[0], end - 8, 8), 8, "but few bytes");
	check(!memcmp(end - 8, "01234567", 8), "the first");
	check_eq(raw_syscall(SYS_read, fd[0], buf, 99), 8, "the rest");
	munmap(p, PG);
	p = anon_pages(4, PROT_READ | PROT_WRITE);
	munmap(p + 3 * PG, PG);
	write(fd[1], p, 2 * PG);
	check_eq(raw_syscall(SYS_read, fd[0], p + 2 * PG - 8, 2 * PG), PG,
		 "whole pages go");
	check_eq(raw_syscall(SYS_read, fd[0], p, 2 * PG), PG, "one by one");
	check_eq(raw_syscall(SYS_write, fd[1], p + 2 * PG - 8, 2 * PG), PG,
		 "both ways");
	close(fd[0]);
	close(fd[1]);
	munmap(p, 3 * PG);
}

int main(void)
{
	int st;

	tap_scratch("pipes");
	open_ends();
	st = in_child(write_to_nobody, NULL);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGPIPE, "SIGPIPE");
	capacity();
	atomic_writes();
	bulk();
	polling();
	selecting();
	fifos();
	no_end();
	write_from_nowhere();
	cut_pipes();
	tap_scratch_end();
	return tap_done();
}
