/* SPDX-License-Identifier: MIT */
/*
 * Pipes (B5, D14): their size and what bounds it, for one and for all of a
 * user's, and pipes of packets.
 */
#include <poll.h>
#include "texts.h"

#define MAX_SIZE	"/proc/sys/fs/pipe-max-size"
#define SOFT		"/proc/sys/fs/pipe-user-pages-soft"
#define HARD		"/proc/sys/fs/pipe-user-pages-hard"
#define FIONREAD	0x541b
#define NONBLOCK	2u

static char buf[3 * PG];
static int p[2], q[2];

#define size_of(fd)	fcntl(fd, F_GETPIPE_SZ)
#define resize(fd, n)	fcntl(fd, F_SETPIPE_SZ, (long)(n))

/* A number in /proc/sys.  => 0 or errno */
static int set_pipe_limit(const char *path, unsigned long n)
{
	char text[32];

	snprintf(text, sizeof(text), "%lu\n", n);
	return text_set(path, text);
}

static unsigned long get_pipe_limit(const char *path)
{
	return (unsigned long)text_number(path, "");
}

static void round_sizes(void)
{
	pipe(p);
	check_eq(size_of(p[0]), 16 * PG, "a pipe has 16 pages");
	check_eq(resize(p[0], 0), PG, "none asked for: one page");
	check_eq(resize(p[0], 1), PG, "a byte: one");
	check_eq(resize(p[0], PG + 1), 2 * PG, "a byte more: two");
	check_eq(resize(p[1], 2 * PG + 1), 4 * PG, "a power of two");
	check_err(EINVAL, resize(p[0], 0x80000001u), "beyond 2 GiB");
	check_err(EINVAL, resize(p[0], -1L), "no size at all");
	check_err(ENOMEM, resize(p[0], 0x80000000u), "2 GiB: no int says so");
	check_err(ENOMEM, resize(p[0], 0x7fffffff), "nor of nearly as many");
	check_err(EBADF, resize(open("/", O_RDONLY), PG), "no pipe");
	write(p[1], buf, PG + 1);
	check_err(EBUSY, resize(p[0], PG), "too small for what is inside");
	check_eq(size_of(p[0]), 4 * PG, "it is as it was");
	check_eq(resize(p[0], 2 * PG), 2 * PG, "just enough");
	check_eq(read(p[0], buf, sizeof(buf)), PG + 1, "nothing is lost");
	close(p[0]);
	close(p[1]);
}

static void set_size_words(void)
{
	unsigned long was = get_pipe_limit(MAX_SIZE);

	check_eq(was, 1 << 20, "a MiB without privilege");
	check_eq(get_pipe_limit(SOFT), 16384,
		 "the soft limit of a user's pages");
	check_eq(get_pipe_limit(HARD), 0, "there is no hard one");
	check_eq(set_pipe_limit(MAX_SIZE, 5000), 0, "another greatest size");
	check_eq(get_pipe_limit(MAX_SIZE), 8192, "is rounded up");
	check_eq(set_pipe_limit(MAX_SIZE, 0), 0, "as small as can be");
	check_eq(get_pipe_limit(MAX_SIZE), PG, "is a page");
	check_eq(set_pipe_limit(MAX_SIZE, 0x80000001ul), EINVAL,
		 "not too great");
	check_eq(set_pipe_limit(MAX_SIZE, was), 0, "as it was");
}

/* Exit statuses of a user whose pipes are limited: the step that failed. */
static void limit_user_pipes(void (*fn)(void), const char *what)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		if (setgid(3100) || setuid(3100))
			_exit(99);
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check_eq(WEXITSTATUS(status) + (WIFSIGNALED(status) ? 1000 : 0), 0,
		 "%s", what);
}

#define must(n, ok)	do { if (!(ok)) _exit(n); } while (0)

static void up_to_max(void)
{
	must(1, !pipe(p) && size_of(p[0]) == 16 * PG);
	must(2, resize(p[0], 1 << 20) == 1 << 20);
	errno = 0;
	must(3, resize(p[0], 1 << 21) == -1 && errno == EPERM);
	must(4, resize(p[0], PG) == PG);
	must(5, resize(p[0], 0x60000140) == -1 && errno == EPERM);
}

static void small_ones(void)
{
	must(1, !pipe(p) && size_of(p[0]) == 2 * PG);
	must(2, resize(p[0], 4 * PG) == -1 && errno == EPERM);
	must(3, resize(p[0], PG) == PG);
	must(4, resize(p[0], 2 * PG) == 2 * PG);
}

static void beyond_soft(void)
{
	int r[2];

	must(1, !pipe(p) && size_of(p[0]) == 16 * PG);
	must(2, !pipe(q) && size_of(q[0]) == 2 * PG);
	must(3, !pipe(r) && size_of(r[0]) == 2 * PG);
	must(4, resize(r[0], 16 * PG) == -1 && errno == EPERM);
	must(5, size_of(r[0]) == 2 * PG);
	must(6, resize(p[0], PG) == PG);
	must(7, resize(r[0], 16 * PG) == 16 * PG);
	close(p[0]), close(p[1]), close(q[0]), close(q[1]);
	must(8, resize(r[0], 2 * PG) == 2 * PG);
	must(9, !pipe(p) && size_of(p[0]) == 16 * PG);
}

static void beyond_hard(void)
{
	int r[2], s[2];

	must(1, !pipe(p) && !pipe(q));
	errno = 0;
	must(2, pipe(r) == -1 && errno == ENFILE);
	must(3, resize(p[0], 32 * PG) == -1 && errno == EPERM);
	must(4, resize(p[0], PG) == PG);
	must(5, !pipe(r) && size_of(r[0]) == 16 * PG);
	must(6, pipe(s) == -1 && errno == ENFILE);
	close(q[0]), close(q[1]);
	must(7, !pipe(s));
}

static void limit_users(void)
{
	unsigned long max = get_pipe_limit(MAX_SIZE),
		soft = get_pipe_limit(SOFT), hard = get_pipe_limit(HARD);

	limit_user_pipes(up_to_max, "a user's pipe grows to the greatest size");
	set_pipe_limit(MAX_SIZE, 2 * PG);
	limit_user_pipes(small_ones, "where that is small, so are pipes");
	pipe(p);
	check_eq(size_of(p[0]), 16 * PG, "but not root's");
	close(p[0]), close(p[1]);
	set_pipe_limit(MAX_SIZE, max);
	set_pipe_limit(SOFT, 30);
	limit_user_pipes(beyond_soft,
			 "beyond the soft limit pipes are of two pages");
	set_pipe_limit(SOFT, soft);
	set_pipe_limit(HARD, 40);
	limit_user_pipes(beyond_hard, "beyond the hard one there are none");
	for (int i = 0; i < 4; i++)
		if (!check(!pipe(p), "root makes pipes all the same"))
			break;
	set_pipe_limit(HARD, hard);
}

/* ---- packets ------------------------------------------------------------- */

static long get_text(int fd, unsigned long room, const char *want)
{
	long n = read(fd, buf, room);

	return n == (long)strlen(want) && !memcmp(buf, want, (size_t)n);
}

static int bytes_inside(int fd)
{
	int n = -1;

	syscall(SYS_ioctl, fd, FIONREAD, &n);
	return n;
}

static void write_packets(void)
{
	struct pollfd w;
	int n = 0;

	check_ok(syscall(SYS_pipe2, p, O_DIRECT | O_NONBLOCK), "O_DIRECT");
	check(fcntl(p[1], F_GETFL) & O_DIRECT, "is told");
	check_err(EAGAIN, read(p[0], buf, 9), "no packet yet");
	write(p[1], "one", 3);
	write(p[1], "two+", 4);
	check_eq(bytes_inside(p[0]), 7, "bytes of two");
	check(get_text(p[0], 99, "one"), "a read gets one packet");
	check(get_text(p[0], 2, "tw"), "what it has no room for");
	check_err(EAGAIN, read(p[0], buf, 9), "is gone");
	check_eq(write(p[1], buf, PG + 5), PG + 5, "a write beyond a page");
	check_eq(read(p[0], buf, sizeof(buf)), PG, "is two packets");
	check_eq(read(p[0], buf, sizeof(buf)), 5, "each read alone");
	while (write(p[1], "x", 1) == 1)
		n++;
	check_eq(n, 16, "as many packets as pages");
	w = (struct pollfd){ p[1], POLLOUT, 0 };
	check_eq(poll(&w, 1, 0), 0, "then it is full");
	check_eq(resize(p[0], 32 * PG), 32 * PG, "it grows with them inside");
	check_eq(bytes_inside(p[0]), 16, "all of them");
	check_err(EBUSY, resize(p[0], 8 * PG), "and does not shrink below");
	for (n = 0; read(p[0], buf, 9) == 1; n++)
		;
	check_eq(n, 16, "one after the other");
}

static void mix_packets(void)
{
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	write(p[1], "st", 2);
	fcntl(p[1], F_SETFL, O_NONBLOCK | O_DIRECT);
	write(p[1], "pk", 2);
	check(get_text(p[0], 99, "stpk"), "a packet is lost in bytes before");
	write(p[1], "pk", 2);
	write(p[1], "next", 4);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	write(p[1], "end", 3);
	write(p[1], "ing", 3);
	check(get_text(p[0], 99, "pk"), "with none there it is one");
	check(get_text(p[0], 99, "next"), "a packet");
	check(get_text(p[0], 2, "en"), "bytes again");
	check(get_text(p[0], 99, "ding"), "stay when they have no room");
	check_err(EAGAIN, read(p[0], buf, 9), "no more");
}

static void spliced(void)
{
	fcntl(p[1], F_SETFL, O_NONBLOCK | O_DIRECT);
	syscall(SYS_pipe2, q, O_NONBLOCK);
	write(p[1], "first", 5);
	write(p[1], "second", 6);
	check_eq(syscall(SYS_tee, p[0], q[1], 5, NONBLOCK), 5, "tee");
	write(q[1], "more", 4);
	check_eq(read(q[0], buf, 99), 5, "keeps packets");
	check_eq(read(q[0], buf, 99), 4, "apart");
	check_eq(syscall(SYS_splice, p[0], NULL, q[1], NULL, 99, NONBLOCK), 11,
		 "splice");
	check_eq(read(q[0], buf, 99), 5, "keeps them");
	check_eq(read(q[0], buf, 99), 6, "too");
	close(q[0]);
	close(q[1]);
	close(p[0]);
	close(p[1]);
}

static void set_largest_size(void)
{
	unsigned got;
	int p[2];

	pipe(p);
	got = (unsigned)raw_syscall(SYS_fcntl, p[0], 1031, 0x80000000u);
	check(got == 0x80000000u || got == (unsigned)-ENOMEM,
	      "F_SETPIPE_SZ: the largest, or no memory for it");
	check_eq((unsigned)raw_syscall(SYS_fcntl, p[0], 1032, 0),
		 got == 0x80000000u ? got : 65536, "is told");
	close(p[0]);
	close(p[1]);
}

static void flag_writer_of_packets(void)
{
	int p[2];

	check_ok(pipe2(p, O_DIRECT), "a pipe of packets");
	check_eq(fcntl(p[0], F_GETFL), O_RDONLY, "its reader has no flag");
	check_eq(fcntl(p[1], F_GETFL), O_WRONLY | O_DIRECT, "its writer has");
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	round_sizes();
	set_size_words();
	limit_users();
	write_packets();
	mix_packets();
	spliced();
	set_largest_size();
	flag_writer_of_packets();
	return tap_done();
}
