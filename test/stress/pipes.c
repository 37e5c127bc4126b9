/* SPDX-License-Identifier: MIT */
/*
 * Data between processes and threads (rows B11, B5): records of several
 * writers stay whole and in order, pollers are told, broken pipes are found,
 * tokens of an eventfd are neither lost nor doubled.
 */
#include <poll.h>
#include <sys/stat.h>
#include "stress.h"

#define EPOLLIN		1
#define EPOLLET		(1u << 31)

/* The kernel's layout of both machines, but packed where it has 64 bits. */
struct epoll_event {
	uint32_t events;
	uint64_t data;
}
#if defined(__i386__) || defined(__x86_64__)
__attribute__((packed))
#endif
;

/* ---- records ------------------------------------------------------------- */

#define WRITERS 3

struct record {
	unsigned writer, number, len, sum;
	unsigned char data[200];
};

static unsigned sum_of(const struct record *r)
{
	unsigned s = r->writer * 31 + r->number;

	for (unsigned i = 0; i < r->len; i++)
		s = s * 33 + r->data[i];
	return s;
}

static void write_records(int fd, unsigned writer, unsigned n)
{
	struct record r = { .writer = writer };

	for (r.number = 0; r.number < n; r.number++) {
		r.len = rnd(sizeof(r.data));
		for (unsigned i = 0; i < r.len; i++)
			r.data[i] = (unsigned char)rnd(256);
		r.sum = sum_of(&r);
		need(write(fd, &r, sizeof(r)) == sizeof(r));
		if (r.number % 16 == 0)
			step();
	}
	_exit(70);
}

static void read_records(int fd, unsigned n)
{
	unsigned next[WRITERS] = { 0 }, got = 0;
	struct record r;

	while (read_all(fd, &r, sizeof(r)) == sizeof(r)) {
		need(r.writer < WRITERS && r.len <= sizeof(r.data));
		need(r.sum == sum_of(&r) && r.number == next[r.writer]);
		next[r.writer]++;
		got++;
		step();
	}
	need(got == WRITERS * n);
}

static void records_round(void)
{
	unsigned n = 20 + rnd(100);
	pid_t pid[WRITERS];
	int p[2];

	need(pipe(p) == 0);
	if (rnd(2))
		fcntl(p[0], F_SETPIPE_SZ, 4096 << rnd(3));
	for (unsigned i = 0; i < WRITERS; i++) {
		pid[i] = branch();
		if (pid[i] == 0) {
			close(p[0]);
			write_records(p[1], i, n);
		}
	}
	close(p[1]);
	read_records(p[0], n);
	close(p[0]);
	for (int i = 0; i < WRITERS; i++)
		reap(pid[i], 70);
}

const struct work work_records = { "records", NULL, records_round, NULL };

/* ---- poll, epoll --------------------------------------------------------- */

#define LINES 6

/* Each byte written is seen by a poller that never reads without being told. */
static void drain_by_poll(int (*p)[2], unsigned *got)
{
	struct pollfd f[LINES];
	int open_ends = LINES;
	char buf[64];

	for (int i = 0; i < LINES; i++)
		f[i] = (struct pollfd){ .fd = p[i][0], .events = POLLIN };
	while (open_ends) {
		need(poll(f, LINES, -1) > 0);
		for (int i = 0; i < LINES; i++) {
			ssize_t n;

			if (!f[i].revents)
				continue;
			n = read(f[i].fd, buf, sizeof(buf));
			need(n >= 0);
			*got += (unsigned)n;
			if (n == 0) {
				f[i].fd = -1;
				open_ends--;
			}
		}
		step();
	}
}

static void drain_by_epoll(int (*p)[2], unsigned *got, uint32_t mode)
{
	int ep = (int)syscall(SYS_epoll_create1, 0), open_ends = LINES;
	struct epoll_event e = { .events = EPOLLIN | mode }, out[LINES];
	char buf[64];

	need(ep >= 0);
	for (int i = 0; i < LINES; i++) {
		e.data = (uint64_t)i;
		fcntl(p[i][0], F_SETFL, O_NONBLOCK);
		need(syscall(SYS_epoll_ctl, ep, 1, p[i][0], &e) == 0);
	}
	while (open_ends) {
		long n = syscall(SYS_epoll_pwait, ep, out, LINES, -1, NULL, 8);

		need(n > 0);
		while (n-- > 0) {
			int fd = p[out[n].data][0];
			ssize_t k;

			while ((k = read(fd, buf, sizeof(buf))) > 0)
				*got += (unsigned)k;
			need(k == 0 || errno == EAGAIN);
			if (k == 0) {
				syscall(SYS_epoll_ctl, ep, 2, fd, NULL);
				open_ends--;
			}
		}
		step();
	}
	close(ep);
}

static void write_at_random(int (*p)[2], unsigned n)
{
	char text[64] = "";

	while (n) {
		unsigned len = 1 + rnd(sizeof(text));

		len = len < n ? len : n;
		need(write(p[rnd(LINES)][1], text, len) == (ssize_t)len);
		n -= len;
		if (rnd(16) == 0)
			sched_yield();
	}
	_exit(71);
}

static void poll_round(void)
{
	unsigned n = 500 + rnd(3000), got = 0;
	int p[LINES][2];
	pid_t a, b;

	for (int i = 0; i < LINES; i++)
		need(pipe(p[i]) == 0);
	a = branch();
	if (a == 0)
		write_at_random(p, n);
	b = branch();
	if (b == 0)
		write_at_random(p, n);
	for (int i = 0; i < LINES; i++)
		close(p[i][1]);
	switch (rnd(3)) {
	case 0: drain_by_poll(p, &got); break;
	case 1: drain_by_epoll(p, &got, 0); break;
	case 2: drain_by_epoll(p, &got, EPOLLET); break;
	}
	need(got == 2 * n);
	for (int i = 0; i < LINES; i++)
		close(p[i][0]);
	reap(a, 71);
	reap(b, 71);
}

const struct work work_poll = { "poll", NULL, poll_round, NULL };

/* ---- broken pipes -------------------------------------------------------- */

static void breakpipe_round(void)
{
	int p[2], by_signal = (int)rnd(2), status;
	static char text[8192];
	pid_t pid;

	need(pipe(p) == 0);
	pid = branch();
	if (pid == 0) {
		close(p[0]);
		signal(SIGPIPE, by_signal ? SIG_DFL : SIG_IGN);
		while (write(p[1], text, 1 + rnd(sizeof(text) - 1)) > 0)
			;
		need(errno == EPIPE);
		_exit(72);
	}
	close(p[1]);
	for (unsigned i = rnd(4); i > 0; i--)
		need(read(p[0], text, sizeof(text)) > 0);
	close(p[0]);
	need(wait_for(pid, &status, 0) == pid);
	need(by_signal ? status == SIGPIPE : status == 72 << 8);
}

const struct work work_breakpipe = { "breakpipe", NULL, breakpipe_round,
	NULL };

/* ---- tokens -------------------------------------------------------------- */

#define EFD_SEMAPHORE	1
#define TOKENS		200
#define TAKERS		3

static int token_fd;
static unsigned taken;			/* atomic */

static void *take_tokens(void *arg)
{
	uint64_t v;

	for (int i = 0; i < TOKENS; i++) {
		need(read(token_fd, &v, 8) == 8 && v == 1);
		__atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
		if (i % 16 == 0)
			step();
	}
	return arg;
}

static void tokens_round(void)
{
	struct thread t[TAKERS];
	unsigned left = TAKERS * TOKENS;
	struct pollfd p;

	taken = 0;
	token_fd = (int)syscall(SYS_eventfd2, 0, EFD_SEMAPHORE | O_CLOEXEC);
	need(token_fd >= 0);
	for (int i = 0; i < TAKERS; i++)
		need(!thread_create(&t[i], take_tokens, NULL));
	while (left) {
		uint64_t v = 1 + rnd(8);

		v = v < left ? v : left;
		need(write(token_fd, &v, 8) == 8);
		left -= (unsigned)v;
	}
	for (int i = 0; i < TAKERS; i++)
		thread_join(&t[i]);
	p = (struct pollfd){ .fd = token_fd, .events = POLLIN };
	need(taken == TAKERS * TOKENS && poll(&p, 1, 0) == 0);
	close(token_fd);
}

const struct work work_tokens = { "tokens", NULL, tokens_round, NULL };

/* ---- opening a FIFO ------------------------------------------------------ */

static void nothing(int sig)
{
}

static void fifo_setup(void)
{
	signal(SIGUSR1, nothing);		/* which restarts calls */
}

/*
 * A partner who comes and goes at once was there all the same, also for one
 * whom a signal interrupts just then.  A FIFO for each round: who looks at
 * /proc/PID/fd may hold the last one's writer a little longer than he lives.
 */
static void fifo_round(void)
{
	char name[32];
	pid_t pid;
	int fd;

	snprintf(name, sizeof(name), "p%d", getpid());
	need(!syscall(SYS_mknodat, AT_FDCWD, name, S_IFIFO | 0600, 0));
	pid = branch();
	if (pid == 0) {
		fd = open(name, O_WRONLY | O_CLOEXEC);
		need(fd >= 0);
		_exit(73);
	}
	if (rnd(2))
		sched_yield();
	if (rnd(2))
		kill(pid, SIGUSR1);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	need(fd >= 0);
	close(fd);
	reap(pid, 73);
	need(!unlink(name));
}

const struct work work_fifo = { "fifo", fifo_setup, fifo_round, NULL };

/* ---- several who wait on one set ----------------------------------------- */

static int shared_ep, shared_event;

/* What stays ready is everybody's: each comes back with it. */
static void *wait_shared(void *arg)
{
	struct epoll_event out;

	while (syscall(SYS_epoll_pwait, shared_ep, &out, 1, -1, NULL, 8) < 0)
		need(errno == EINTR);
	step();
	return arg;
}

static void waiters_round(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	struct thread t[3];
	uint64_t one = 1;

	shared_ep = (int)syscall(SYS_epoll_create1, O_CLOEXEC);
	shared_event = (int)syscall(SYS_eventfd2, 0, O_CLOEXEC);
	need(shared_ep >= 0 && shared_event >= 0);
	need(!syscall(SYS_epoll_ctl, shared_ep, 1, shared_event, &e));
	for (int i = 0; i < COUNT(t); i++)
		need(!thread_create(&t[i], wait_shared, NULL));
	if (rnd(2))
		sched_yield();
	need(write(shared_event, &one, 8) == 8);
	for (int i = 0; i < COUNT(t); i++)
		thread_join(&t[i]);
	close(shared_event);
	close(shared_ep);
}

const struct work work_waiters = { "waiters", NULL, waiters_round, NULL };
