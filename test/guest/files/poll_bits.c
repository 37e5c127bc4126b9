/* SPDX-License-Identifier: MIT */
/*
 * What each kind of file tells a poller, bit by bit (row B11): POLLIN goes
 * with POLLRDNORM and POLLOUT with POLLWRNORM on some kinds only.
 */
#include <poll.h>
#include "tap.h"

#define AF_UNIX		1
#define AF_INET		2
#define AF_NETLINK	16
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_RAW	3
#define SOCK_SEQPACKET	5
#define SHUT_WR		1

#define IN	0x001
#define PRI	0x002
#define OUT	0x004
#define ERR	0x008
#define HUP	0x010
#define RDNORM	0x040
#define WRNORM	0x100
#define WRBAND	0x200
#define RDHUP	0x2000
#define ALL	(IN | PRI | OUT | RDNORM | 0x80 | WRNORM | WRBAND | RDHUP)

#define sock(f, t)	((int)raw_syscall(SYS_socket, f, t, 0))

/* What it is ready for now. */
static int mask(int fd)
{
	struct pollfd p = { .fd = fd, .events = (short)ALL };

	return poll(&p, 1, 0) < 0 ? -errno : (unsigned short)p.revents;
}

static void poll_eventfds(void)
{
	unsigned long long n = ~0ull - 1;
	int fd = (int)raw_syscall(SYS_eventfd2, 0, O_NONBLOCK);

	check_eq(mask(fd), OUT, "an eventfd of zero");
	write(fd, &n, sizeof(n));
	check_eq(mask(fd), IN, "one that is full");
	read(fd, &n, sizeof(n));
	n = 3;
	write(fd, &n, sizeof(n));
	check_eq(mask(fd), IN | OUT, "one that counts");
	close(fd);
}

static void timerfds(void)
{
	long now[4] = { 0, 0, 0, 1 };
	int fd = (int)raw_syscall(SYS_timerfd_create, 1, 0);

	check_eq(mask(fd), 0, "a timerfd that is not set");
	raw_syscall(SYS_timerfd_settime, fd, 0, now, NULL);
	check(eventually(mask(fd)), "it expires");
	check_eq(mask(fd), IN, "and tells so");
	close(fd);
}

static void signalfds(void)
{
	sigset_t set = sigmask(SIGUSR1), old;
	int fd = (int)raw_syscall(SYS_signalfd4, -1, &set, 8, 0);

	sigprocmask(SIG_BLOCK, &set, &old);
	check_eq(mask(fd), 0, "a signalfd without a signal");
	raise(SIGUSR1);
	check_eq(mask(fd), IN, "and with one");
	read(fd, (char[128]){ 0 }, 128);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(fd);
}

static void inotifies(void)
{
	int fd = (int)raw_syscall(SYS_inotify_init1, O_NONBLOCK);

	raw_syscall(SYS_inotify_add_watch, fd, ".", 0x100);
	check_eq(mask(fd), 0, "an inotify without news");
	put_file("new", "x", 1, 0644);
	check_eq(mask(fd), IN | RDNORM, "and with some");
	unlink("new");
	close(fd);
}

static void poll_pidfds(void)
{
	pid_t pid = fork();
	int fd;

	if (!pid)
		for (;;)
			pause();
	fd = (int)raw_syscall(SYS_pidfd_open, pid, 0);
	check_eq(mask(fd), 0, "a pidfd of what lives");
	kill(pid, SIGKILL);
	check(eventually(mask(fd)), "it ends");
	check_eq(mask(fd), IN | RDNORM, "and is told");
	waitpid(pid, NULL, 0);
	close(fd);
}

static void poll_pipes(void)
{
	int p[2];

	pipe(p);
	check_eq(mask(p[0]), 0, "an empty pipe's reader");
	check_eq(mask(p[1]), OUT | WRNORM, "its writer");
	write(p[1], "x", 1);
	check_eq(mask(p[0]), IN | RDNORM, "a reader with a byte");
	close(p[1]);
	check_eq(mask(p[0]), IN | RDNORM | HUP, "and without a writer");
	close(p[0]);
	pipe(p);
	close(p[0]);
	check_eq(mask(p[1]), OUT | WRNORM | ERR, "a writer without a reader");
	close(p[1]);
}

static void epolls(void)
{
	int p[2], ep = (int)raw_syscall(SYS_epoll_create1, 0);
	struct { unsigned events; unsigned long long data; }
#ifdef __i386__
	__attribute__((packed))
#endif
	e = { OUT, 0 };

	pipe(p);
	check_eq(mask(ep), 0, "an epoll of nothing");
	raw_syscall(SYS_epoll_ctl, ep, 1, p[1], &e);
	check_eq(mask(ep), IN | RDNORM, "and with an event");
	close(p[0]);
	close(p[1]);
	close(ep);
}

/* ---- sockets ------------------------------------------------------------- */

static void unix_sockets(int type, const char *what)
{
	int s[2];

	raw_syscall(SYS_socketpair, AF_UNIX, type, 0, s);
	check_eq(mask(s[0]), OUT | WRNORM | WRBAND, "a %s socket", what);
	write(s[1], "x", 1);
	check_eq(mask(s[0]), IN | RDNORM | OUT | WRNORM | WRBAND,
		 "and with a byte");
	raw_syscall(SYS_shutdown, s[1], SHUT_WR);
	check_eq(mask(s[0]) & (RDHUP | HUP),
		 type == SOCK_DGRAM ? 0 : RDHUP, "its peer says no more");
	close(s[0]);
	close(s[1]);
}

static void lone_sockets(void)
{
	static const struct { int family, type, want; } kind[] = {
		{ AF_UNIX, SOCK_DGRAM, OUT | WRNORM | WRBAND },
		{ AF_UNIX, SOCK_STREAM, OUT | WRNORM | WRBAND | HUP },
		{ AF_UNIX, SOCK_SEQPACKET, OUT | WRNORM | WRBAND | HUP },
		{ AF_INET, SOCK_DGRAM, OUT | WRNORM | WRBAND },
		{ AF_INET, SOCK_STREAM, OUT | WRNORM | HUP },
		{ AF_NETLINK, SOCK_RAW, OUT | WRNORM | WRBAND },
	};

	for (int i = 0; i < COUNT(kind); i++) {
		int fd = sock(kind[i].family, kind[i].type);

		check_eq(mask(fd), kind[i].want, "family %d, type %d, new",
			 kind[i].family, kind[i].type);
		close(fd);
	}
}

static void streams_of_ip(void)
{
	struct {
		unsigned short family, port;
		unsigned char ip[4], zero[8];
	} a = { AF_INET, 0, { 127, 0, 0, 1 }, { 0 } };
	int len = sizeof(a), l = sock(AF_INET, SOCK_STREAM);
	int c = sock(AF_INET, SOCK_STREAM), s;

	raw_syscall(SYS_bind, l, &a, sizeof(a));
	raw_syscall(SYS_listen, l, 4);
	raw_syscall(SYS_getsockname, l, &a, &len);
	check_eq(mask(l), 0, "a listening socket");
	check_eq(raw_syscall(SYS_connect, c, &a, sizeof(a)), 0, "connected");
	check(eventually(mask(l)), "it is told");
	check_eq(mask(l), IN | RDNORM, "by these bits");
	s = (int)raw_syscall(SYS_accept4, l, 0, 0, 0);
	check_eq(mask(c), OUT | WRNORM, "a stream of IP: no bands");
	write(s, "x", 1);
	check(eventually(mask(c) & IN), "a byte comes");
	check_eq(mask(c), IN | RDNORM | OUT | WRNORM, "by these bits");
	close(c);
	close(s);
	close(l);
}

/* ---- devices ------------------------------------------------------------- */

static void poll_devices(void)
{
	static const struct { const char *name; int want; } dev[] = {
		{ "/dev/null", IN | RDNORM | OUT | WRNORM },
		{ "/dev/zero", IN | RDNORM | OUT | WRNORM },
		{ "/dev/urandom", IN | RDNORM | OUT | WRNORM },
		{ ".", IN | RDNORM | OUT | WRNORM },
		{ "/proc/self/maps", IN | RDNORM | OUT | WRNORM },
	};

	int fd, got;

	for (int i = 0; i < COUNT(dev); i++) {
		fd = open(dev[i].name, O_RDONLY | O_NONBLOCK);

		check_eq(mask(fd), dev[i].want, "%s", dev[i].name);
		close(fd);
	}
	fd = open("/dev/random", O_RDONLY | O_NONBLOCK);
	got = mask(fd);
	check(got == (IN | RDNORM) || got == (OUT | WRNORM),
	      "/dev/random: it has bytes, or wants some");
	close(fd);
}

static void poll_terminals(void)
{
	int m = open("/dev/ptmx", O_RDWR | O_NOCTTY), s, no = 0;
	char name[32];
	unsigned n = 0;

	raw_syscall(SYS_ioctl, m, 0x40045431, &no);
	raw_syscall(SYS_ioctl, m, 0x80045430, &n);
	snprintf(name, sizeof(name), "/dev/pts/%u", n);
	s = open(name, O_RDWR | O_NOCTTY);
	check_eq(mask(s), OUT | WRNORM, "a terminal");
	write(m, "x\n", 2);
	check(eventually(mask(s) & IN), "a line is typed");
	check_eq(mask(s), IN | RDNORM | OUT | WRNORM, "by these bits");
	check(eventually(mask(m) & IN), "the master has its echo");
	check_eq(mask(m), IN | RDNORM | OUT | WRNORM, "by these bits");
	close(m);
	check_eq(mask(s), IN | RDNORM | OUT | WRNORM | ERR | HUP,
		 "hung up: all but news of bands");
	close(s);
}

/* ---- the time that is left ------------------------------------------------ */

#define STICKY_TIMEOUTS	0x4000000

/* Calls that wait, for descriptor fd, until t. */
static long by_pselect(int fd, unsigned long *in, void *t)
{
	return raw_syscall(SYS_pselect6, fd + 1, in, NULL, NULL, t, NULL);
}

static long by_ppoll(int fd, unsigned long *in, void *t)
{
	struct pollfd p = { .fd = fd, .events = IN };

	(void)in;
	return raw_syscall(SYS_ppoll, &p, 1, t, NULL, 8);
}

#ifdef SYS_pselect6_time64
static long by_select(int fd, unsigned long *in, void *t)
{
	return raw_syscall(SYS__newselect, fd + 1, in, NULL, NULL, t);
}

static long by_pselect64(int fd, unsigned long *in, void *t)
{
	return raw_syscall(SYS_pselect6_time64, fd + 1, in, NULL, NULL, t,
			   NULL);
}

static long by_ppoll64(int fd, unsigned long *in, void *t)
{
	struct pollfd p = { .fd = fd, .events = IN };

	(void)in;
	return raw_syscall(SYS_ppoll_time64, &p, 1, t, NULL, 8);
}
#endif

static const struct {
	long (*call)(int fd, unsigned long *in, void *t);
	const char *name;
	int words;			/* of a second */
} waits[] = {
	{ by_pselect, "pselect6", 1 }, { by_ppoll, "ppoll", 1 },
#ifdef SYS_pselect6_time64
	{ by_select, "select", 1 }, { by_pselect64, "pselect6_time64", 2 },
	{ by_ppoll64, "ppoll_time64", 2 },
#endif
};

/* Does a call that has nothing to wait for write its timeout? */
static int timeout_written(int kind)
{
	unsigned t[4] = { 0 }, was[4];
	unsigned long in[16] = { 0 };
	int p[2];

	t[0] = 100;
	t[sizeof(long) / 4 * (size_t)waits[kind].words] = 5;
	memcpy(was, t, sizeof(t));
	pipe2(p, 0);
	write(p[1], "x", 1);
	in[p[0] / (8 * sizeof(long))] |= 1ul << p[0] % (8 * sizeof(long));
	check_eq(waits[kind].call(p[0], in, t), 1, "%s", waits[kind].name);
	close(p[0]);
	close(p[1]);
	return memcmp(t, was, sizeof(t)) != 0;
}

static void tell_time_left(void)
{
	for (int k = 0; k < COUNT(waits); k++) {
		check(timeout_written(k), "tells what is left");
		syscall(SYS_personality, STICKY_TIMEOUTS);
		check(!timeout_written(k), "not with STICKY_TIMEOUTS");
		syscall(SYS_personality, 0);
	}
}

/* The place of the answers is looked at though there are none to give. */
static void nowhere(void)
{
	struct sigaction act = { .sa_handler = ignore_signal };
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	long now[2] = { 0 };

	check_eq(raw_syscall(SYS_ppoll, -1L, 0, now, NULL, 8), -EFAULT,
		  "no file, no place");
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	check_eq(raw_syscall(SYS_ppoll, -1L, 0, NULL, NULL, 8), -EFAULT,
		  "... though a signal ends the wait");
}

int main(void)
{
	tap_scratch("poll_bits");
	poll_eventfds();
	timerfds();
	signalfds();
	inotifies();
	poll_pidfds();
	poll_pipes();
	epolls();
	unix_sockets(SOCK_STREAM, "stream");
	unix_sockets(SOCK_DGRAM, "datagram");
	unix_sockets(SOCK_SEQPACKET, "packet");
	lone_sockets();
	streams_of_ip();
	poll_devices();
	poll_terminals();
	tell_time_left();
	nowhere();
	tap_scratch_end();
	return tap_done();
}
