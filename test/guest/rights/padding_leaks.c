/* SPDX-License-Identifier: MIT */
/*
 * The bytes of structures that mean nothing (row B4): each call fills a buffer
 * twice, which held another pattern before, after calls that left data of the
 * program's on the kernel's stack.  A byte that means nothing is zero both
 * times, or was not written: anything else was the kernel's.
 */
#include <poll.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <termios.h>
#include "tap.h"

#define WIDE	(sizeof(long) == 8)
#define SIZE	512
#define PRIME	0x6d
#define GETLK	5
#define SETLK	6
#define WRLCK	1
#define UNLCK	2

static unsigned char buf[SIZE] __attribute__((aligned(16)));
static unsigned char pattern;

/* Stacks of calls that copy in before they look: full of PRIME after them. */
static void prime(void)
{
	static unsigned char junk[1024];
	struct pollfd fds[32];
	struct iovec iov[8];

	memset(junk, PRIME, sizeof(junk));
	memset(fds, PRIME, sizeof(fds));
	memset(iov, PRIME, sizeof(iov));
	syscall(SYS_writev, 1, iov, 8);
	poll(fds, COUNT(fds), 0);
	syscall(SYS_pselect6, 1024, junk, junk, junk, NULL, NULL);
	syscall(SYS_writev, -1, iov, 8);
	poll(fds, COUNT(fds), 0);
}

/* A call: fills buf, which holds the pattern.  => it succeeded */
struct call {
	const char *name;
	int (*make)(void);
	/* what means nothing, from and to: with long words, and with short */
	short wide[10], narrow[10];
};

static int do_altstack(void)
{
	return !syscall(SYS_sigaltstack, NULL, buf);
}

static int do_sysinfo(void)
{
	return !syscall(SYS_sysinfo, buf);
}

/* A lock of another process's is described, or that none is. */
static int holder;

static int get_lock(int locked)
{
	struct { short type, whence; long start, len; int pid; } *l =
		(void *)buf;
	int fd = open("/tmp/padding", O_RDWR | O_CREAT, 0600), p[2], n;
	char c;

	l->type = WRLCK;
	l->whence = 0;
	l->start = l->len = 0;
	pipe(p);
	holder = fork();
	if (!holder) {
		if (locked)
			syscall(SYS_fcntl, fd, SETLK, l);
		write(p[1], "", 1);
		pause();
	}
	read(p[0], &c, 1);
	n = syscall(SYS_fcntl, fd, GETLK, buf);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	close(p[0]);
	close(p[1]);
	close(fd);
	unlink("/tmp/padding");
	return !n && (l->type == UNLCK) == !locked;
}

static int do_lock(void)
{
	return get_lock(1);
}

static int do_no_lock(void)
{
	return get_lock(0);
}

static int do_epoll(void)
{
	unsigned char event[16] = { 1 };	/* EPOLLIN */
	int set = syscall(SYS_epoll_create1, 0), p[2], n;

	pipe(p);
	write(p[1], "", 1);
	syscall(SYS_epoll_ctl, set, 1, p[0], event);
	prime();
	n = syscall(SYS_epoll_pwait, set, buf, 4, 0, NULL, 8);
	close(p[0]);
	close(p[1]);
	close(set);
	return n == 1;
}

static int do_termio(void)
{
	int fd = open("/dev/ptmx", O_RDWR), n = ioctl(fd, 0x5405, buf);

	close(fd);
	return !n;
}

static int do_statx(void)
{
	return !syscall(SYS_statx, AT_FDCWD, "/", 0, 0x7ff, buf);
}

static int do_statfs(void)
{
	return WIDE ? !syscall(SYS_statfs, "/", buf) : 1;
}

static int do_waitid(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(1);
	return !syscall(SYS_waitid, 1, pid, buf, 4, NULL);
}

static int do_sigwait(void)
{
	struct timespec no_time = { 0, 0 };
	unsigned long set[2] = { 1UL << (SIGUSR1 - 1), 0 };
	int n;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, set, NULL, 8);
	raise(SIGUSR1);
	prime();
	n = syscall(SYS_rt_sigtimedwait, set, buf, &no_time, 8);
	syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, set, NULL, 8);
	return n == SIGUSR1;
}

static int do_adjtimex(void)
{
	*(unsigned int *)buf = 0;
	return syscall(SYS_adjtimex, buf) >= 0;
}

static int do_shmstat(void)
{
	long id = syscall(SYS_shmget, 0, PG, 0600), n;

	prime();
	n = syscall(SYS_shmctl, id, 2, buf);
	syscall(SYS_shmctl, id, 0, NULL);
	return !n;
}

static int do_msginfo(void)
{
	return syscall(SYS_msgctl, 0, 3, buf) >= 0;
}

static int do_shminfo(void)
{
	return syscall(SYS_shmctl, 0, 14, buf) >= 0;
}

/* An interface's name and its address, in a struct ifreq. */
static int do_ifconf(void)
{
	struct { int len; void *at; } c = { SIZE, buf };
	int fd = syscall(SYS_socket, 2, 2, 0), n = ioctl(fd, 0x8912, &c);

	close(fd);
	return !n && (c.len < 16 || !memcmp(buf, "lo", 2));
}

static int do_getsockname(void)
{
	int fd = syscall(SYS_socket, 2, 2, 0), len = SIZE, n;

	n = syscall(SYS_getsockname, fd, buf, &len);
	close(fd);
	return !n && len == 16;
}

static int do_name(void)
{
	syscall(SYS_prctl, 15, "a-long-long-name");
	syscall(SYS_prctl, 15, "ab");
	return !syscall(SYS_prctl, 16, buf);
}

static int do_signalfd(void)
{
	unsigned long set[2] = { 1UL << (SIGUSR1 - 1), 0 };
	int fd, n;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, set, NULL, 8);
	fd = syscall(SYS_signalfd4, -1, set, 8, 0);
	raise(SIGUSR1);
	prime();
	n = read(fd, buf, 128);
	close(fd);
	syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, set, NULL, 8);
	return n == 128;
}

static int do_inotify(void)
{
	int fd = syscall(SYS_inotify_init1, 0), n;

	syscall(SYS_inotify_add_watch, fd, "/tmp", 0x100);
	close(open("/tmp/padding", O_RDWR | O_CREAT, 0600));
	unlink("/tmp/padding");
	prime();
	n = read(fd, buf, SIZE);
	close(fd);
	return n == 32 && !strcmp((char *)buf + 16, "padding");
}

/* What a handler is given: siginfo_t, then the head of its ucontext_t. */
static void take_frame(int sig, siginfo_t *si, void *uc)
{
	memcpy(buf, si, 128);
	memcpy(buf + 128, uc, 5 * sizeof(long));
}

static int do_handler(void)
{
	static char stack[4 * PG] __attribute__((aligned(16)));
	stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	stack_t none = { .ss_flags = SS_DISABLE };
	struct sigaction sa = { .sa_sigaction = take_frame,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };

	memset(stack, pattern, sizeof(stack));
	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	prime();
	raise(SIGUSR1);
	sigaltstack(&none, NULL);
	return 1;
}

static const struct call calls[] = {
	{ "sigaltstack", do_altstack, { 12, 16 }, { 0 } },
	{ "sysinfo", do_sysinfo, { 82, 88, 108, 112 }, { 42, 44, 56, 64 } },
	{ "F_GETLK, a lock", do_lock, { 4, 8, 28, 32 }, { 0 } },
	{ "F_GETLK, none", do_no_lock, { 4, 8, 28, 32 }, { 0 } },
	{ "epoll_wait", do_epoll, { 4, 8, 16, SIZE }, { 12, SIZE } },
	{ "TCGETA", do_termio, { 17, SIZE }, { 17, SIZE } },
	{ "statx", do_statx, { 30, 32, 160, 256 }, { 30, 32, 160, 256 } },
	{ "statfs", do_statfs, { 88, 120 }, { 0 } },
	{ "waitid", do_waitid, { 12, 16, 28, 128 }, { 24, 128 } },
	{ "rt_sigtimedwait", do_sigwait, { 12, 16, 24, 128 }, { 20, 128 } },
	{ "adjtimex", do_adjtimex, { 4, 8, 44, 48, 116, 120, 164, 208 },
	  { 0 } },
	{ "shmctl", do_shmstat, { 26, 48, 96, 112 }, { 26, 36, 76, 84 } },
	{ "MSG_INFO", do_msginfo, { 30, 32 }, { 30, 32 } },
	{ "SHM_INFO", do_shminfo, { 4, 8 }, { 0 } },
	{ "SIOCGIFCONF", do_ifconf, { 2, 16, 18, 20, 24, 40 },
	  { 2, 16, 18, 20, 24, 32 } },
	{ "getsockname", do_getsockname, { 8, 16 }, { 8, 16 } },
	{ "PR_GET_NAME", do_name, { 3, 16 }, { 3, 16 } },
	{ "signalfd", do_signalfd, { 82, 128 }, { 82, 128 } },
	{ "inotify", do_inotify, { 23, 32 }, { 23, 32 } },
	{ "a handler's frame", do_handler, { 12, 16, 24, 128, 156, 160 },
	  { 20, 128 } },
};

/* => one of the bytes is neither of the first nor of the second kind */
static int leaks_byte(const unsigned char *a, unsigned char with_a,
		      const unsigned char *b, unsigned char with_b,
		      const short *holes)
{
	for (; holes[1]; holes += 2)
		for (int i = holes[0]; i < holes[1]; i++) {
			if ((!a[i] && !b[i]) ||
			    (a[i] == with_a && b[i] == with_b))
				continue;
			printf("# byte %d: 0x%x, 0x%x\n", i, a[i], b[i]);
			return 1;
		}
	return 0;
}

static void fill_once(const struct call *c, unsigned char with,
		      unsigned char *copy)
{
	pattern = with;
	memset(buf, with, SIZE);
	prime();
	check(c->make(), "%s is done", c->name);
	memcpy(copy, buf, SIZE);
}

int main(void)
{
	static unsigned char first[SIZE], second[SIZE];

	for (int i = 0; i < COUNT(calls); i++) {
		fill_once(&calls[i], 0x5a, first);
		fill_once(&calls[i], 0xa5, second);
		check(!leaks_byte(first, 0x5a, second, 0xa5, WIDE ?
				  calls[i].wide :
				  calls[i].narrow),
		      "%s tells no more than it means", calls[i].name);
	}
	return tap_done();
}
