/* SPDX-License-Identifier: MIT */
/*
 * epoll(7): what each way of watching reports, which watches are refused, and
 * that the end of a file ends its watches (row B5).
 */
#include "epoll.h"
#include "tap.h"

#define EPOLL_CTL_ADD	1
#define EPOLL_CTL_DEL	2
#define EPOLL_CTL_MOD	3
#define EPOLLPRI	2u
#define EPOLLOUT	4u
#define EPOLLHUP	16u
#define EPOLLEXCLUSIVE	(1u << 28)
#define EPOLLONESHOT	(1u << 30)
#define EPOLLET		(1u << 31)

#define MANY	200

static int ep, other, fds[2];

static int control_set(int set, int op, int fd, unsigned events)
{
	struct epoll_event e = { .events = events, .data = (uint64_t)fd };

	return (int)syscall(SYS_epoll_ctl, set, op, fd, &e);
}

/* => the events of the one that is ready, 0: none is */
static unsigned ready_events(void)
{
	struct epoll_event e[4];
	long n = syscall(SYS_epoll_pwait, ep, e, 4, 0, NULL, 8);

	return n == 1 ? e[0].events : n ? ~0u : 0;
}

static void ways(void)
{
	char c[8];

	check_ok(control_set(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN),
		 "a pipe is watched");
	check_err(EEXIST, control_set(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN),
		  "once");
	check_eq(ready_events(), 0, "empty");
	write(fds[1], "ab", 2);
	check_eq(ready_events(), EPOLLIN, "full");
	check_eq(ready_events(), EPOLLIN, "and still");
	check_ok(control_set(ep, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLET),
		 "edges");
	check_eq(ready_events(), EPOLLIN, "the first");
	check_eq(ready_events(), 0, "is the only one");
	write(fds[1], "c", 1);
	check_eq(ready_events(), EPOLLIN, "until there is more");
	control_set(ep, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT);
	check_eq(ready_events(), EPOLLIN, "one shot");
	write(fds[1], "d", 1);
	check_eq(ready_events(), 0, "then none");
	control_set(ep, EPOLL_CTL_MOD, fds[0], EPOLLIN | EPOLLONESHOT);
	check_eq(ready_events(), EPOLLIN, "until it is asked for again");
	check_ok(control_set(ep, EPOLL_CTL_DEL, fds[0], 0),
		 "no longer watched");
	check_err(ENOENT, control_set(ep, EPOLL_CTL_DEL, fds[0], 0), "indeed");
	check_err(ENOENT, control_set(ep, EPOLL_CTL_MOD, fds[0], EPOLLIN),
		  "nor changed");
	check_eq(ready_events(), 0, "nor reported");
	read(fds[0], c, sizeof(c));
}

static void refuse_watches(void)
{
	int file = open(tap_self, O_RDONLY);

	check_err(EPERM, control_set(ep, EPOLL_CTL_ADD, file, EPOLLIN),
		  "a file");
	check_err(EINVAL, control_set(ep, EPOLL_CTL_ADD, ep, EPOLLIN),
		  "itself");
	check_err(EINVAL, control_set(fds[0], EPOLL_CTL_ADD, ep, EPOLLIN),
		  "a set that is none");
	check_err(EINVAL, control_set(ep, 77, fds[0], EPOLLIN),
		  "no such operation");
	check_err(EBADF, control_set(ep, EPOLL_CTL_ADD, 999, EPOLLIN),
		  "not open");
	check_ok(control_set(ep, EPOLL_CTL_ADD, other, EPOLLIN),
		 "a set in a set");
	check_err(ELOOP, control_set(other, EPOLL_CTL_ADD, ep, EPOLLIN),
		  "in a ring");
	check_ok(control_set(ep, EPOLL_CTL_DEL, other, 0), "out again");
	close(file);
}

/* Exclusive watches are made so and stay so, and are not of sets. */
static void watch_exclusively(void)
{
	unsigned both = EPOLLIN | EPOLLEXCLUSIVE;

	check_err(EINVAL, control_set(ep, EPOLL_CTL_ADD, other, both),
		  "exclusively a set");
	check_err(EINVAL, control_set(ep, EPOLL_CTL_ADD, fds[0],
				      both | EPOLLONESHOT),
		  "exclusively, once");
	check_err(EINVAL, control_set(ep, EPOLL_CTL_ADD, fds[0],
				      both | EPOLLPRI),
		  "exclusively, what it has not");
	check_err(EINVAL, control_set(ep, EPOLL_CTL_MOD, fds[0], both),
		  "exclusively, what is not watched");
	check_ok(control_set(ep, EPOLL_CTL_ADD, other, EPOLLIN),
		 "none of them left a watch");
	control_set(ep, EPOLL_CTL_DEL, other, 0);
	check_ok(control_set(ep, EPOLL_CTL_ADD, fds[0], both | EPOLLET),
		 "exclusively");
	check_err(EINVAL, control_set(ep, EPOLL_CTL_MOD, fds[0], EPOLLIN),
		  "it cannot be changed");
	check_ok(control_set(ep, EPOLL_CTL_DEL, fds[0], both), "but ended");
}

/* A watch is of the open file, whoever else has it. */
static void end_watches(void)
{
	int again;

	control_set(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN);
	write(fds[1], "x", 1);
	again = dup(fds[0]);
	close(fds[0]);
	check_eq(ready_events(), EPOLLIN, "a duplicate keeps the watch");
	close(again);
	check_eq(ready_events(), 0, "its last descriptor ends it");
	close(fds[1]);
	pipe(fds);
	check_ok(control_set(ep, EPOLL_CTL_ADD, fds[0], EPOLLIN),
		 "the number may be watched anew");
	close(fds[1]);
	check_eq(ready_events(), EPOLLHUP, "a hang-up is told unasked");
}

/* An edge is news: what was left unread is none, nor is a read. */
static void edges(void)
{
	char part[64];
	int p[2];

	control_set(ep, EPOLL_CTL_DEL, fds[0], 0);
	close(fds[0]);
	pipe(fds);
	pipe(p);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	fcntl(p[1], F_SETFL, O_NONBLOCK);
	control_set(ep, EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLET);
	control_set(ep, EPOLL_CTL_ADD, p[1], EPOLLOUT | EPOLLET);
	check_eq(ready_events(), EPOLLOUT, "an empty pipe can be written to");
	check_eq(ready_events(), 0, "which is told once");
	write(p[1], part, sizeof(part));
	check_eq(ready_events(), EPOLLIN, "a write is news at the other end");
	read(p[0], part, 8);
	check_eq(ready_events(), 0, "bytes that a read left are none");
	write(p[1], part, 8);
	check_eq(ready_events(), EPOLLIN, "more of them are");
	check_eq(ready_events(), 0, "once");
	while (write(p[1], part, 64) > 0)
		;
	check_eq(ready_events(), EPOLLIN, "it fills");
	read(p[0], part, 8);
	check_eq(ready_events(), 0, "a little room is no news");
	while (read(p[0], part, sizeof(part)) > 0)
		;
	check_eq(ready_events(), EPOLLOUT, "much of it is");
	close(p[0]);
	check_eq(ready_events() & ~EPOLLOUT, 8, "and that nobody will read");
	close(p[1]);
}

/* Sets in sets, as deep as `deep`, around a pipe.  => errno of the last */
static int nest_sets(int deep, int inside_first)
{
	int set[16], err = 0;

	for (int i = 0; i < deep; i++)
		set[i] = (int)syscall(SYS_epoll_create1, 0);
	if (inside_first)
		control_set(set[0], EPOLL_CTL_ADD, fds[0], EPOLLIN);
	for (int i = 1; i < deep; i++) {
		int at = inside_first ? i : deep - i;

		errno = 0;
		if (control_set(set[at], EPOLL_CTL_ADD, set[at - 1], EPOLLIN))
			err = err ? err : errno;
	}
	if (!inside_first && !err) {
		errno = 0;
		control_set(set[0], EPOLL_CTL_ADD, fds[0], EPOLLIN);
		err = errno;
	}
	for (int i = 0; i < deep; i++)
		close(set[i]);
	return err;
}

static void limit_nesting(void)
{
	for (int deep = 4; deep < 8; deep++) {
		check_eq(nest_sets(deep, 1), deep < 6 ? 0 : ELOOP,
			 "%d sets from the inside", deep);
		check_eq(nest_sets(deep, 0), deep < 6 ? 0 : ELOOP,
			 "%d sets from the outside", deep);
	}
}

/* A set in many sets, and those in many: too many ways to wake. */
static void ways_up(void)
{
	int in = (int)syscall(SYS_epoll_create1, 0), set[600], n = 0, err = 0;
	int mid = (int)syscall(SYS_epoll_create1, 0);

	control_set(in, EPOLL_CTL_ADD, fds[0], EPOLLIN);
	control_set(mid, EPOLL_CTL_ADD, in, EPOLLIN);
	while (n < COUNT(set)) {
		set[n] = (int)syscall(SYS_epoll_create1, 0);
		errno = 0;
		if (set[n] < 0 || control_set(set[n], EPOLL_CTL_ADD, mid,
					      EPOLLIN)) {
			err = errno;
			break;
		}
		n++;
	}
	check_eq(err, EINVAL, "too many ways up: EINVAL");
	check_eq(n, 100, "after as many as may be");
	while (n >= 0)
		close(set[n--]);
	close(in);
	close(mid);
}

/* Many sets, each of all of the next layer: a look must not take each way. */
static void layers(void)
{
	enum { WIDE = 24 };
	int set[4][WIDE], refused = 0;

	for (int l = 0; l < 4; l++)
		for (int i = 0; i < WIDE; i++)
			set[l][i] = (int)syscall(SYS_epoll_create1, 0);
	for (int l = 1; l < 4; l++)
		for (int i = 0; i < WIDE; i++)
			for (int k = 0; k < WIDE; k++)
				refused += control_set(set[l][i], EPOLL_CTL_ADD,
						       set[l - 1][k],
						       EPOLLIN) != 0;
	check_err(ELOOP, control_set(set[0][0], EPOLL_CTL_ADD, set[3][0],
				     EPOLLIN),
		  "a ring through layers");
	check_eq(refused, 0, "layers of sets");
	for (int l = 0; l < 4; l++)
		for (int i = 0; i < WIDE; i++)
			close(set[l][i]);
}

/* Of sets that watch exclusively one that waits is woken. */
static void wake_one_of_many(void)
{
	enum { WAITERS = 4 };
	int p[2], told[2], n = 0;
	pid_t pid[WAITERS];
	char c;

	pipe(p);
	pipe(told);
	for (int i = 0; i < WAITERS; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			struct epoll_event e;
			int set = (int)syscall(SYS_epoll_create1, 0);

			control_set(set, EPOLL_CTL_ADD, p[0],
				    EPOLLIN | EPOLLEXCLUSIVE);
			if (syscall(SYS_epoll_pwait, set, &e, 1, -1, NULL, 8)
			    == 1)
				write(told[1], "w", 1);
			pause();
		}
		comes_to(pid[i], "S");
	}
	write(p[1], "x", 1);
	read(told[0], &c, 1);
	usleep(50000);
	fcntl(told[0], F_SETFL, O_NONBLOCK);
	while (read(told[0], &c, 1) == 1)
		n++;
	check_eq(n, 0, "one of those who watch exclusively is woken");
	for (int i = 0; i < WAITERS; i++) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	close(p[0]);
	close(p[1]);
	close(told[0]);
	close(told[1]);
}

/* One wait for up to max events.  => how many; seen[i] counts i's */
static int wait_many(int max, int *seen)
{
	static struct epoll_event e[2 * MANY];
	int n = (int)syscall(SYS_epoll_pwait, other, e, max, 0, NULL, 8);

	for (int i = 0; i < n; i++)
		seen[e[i].data]++;
	return n;
}

/* Of many that are ready, each is told once, and in turn. */
static void serve_many_in_turn(void)
{
	int copy[MANY], seen[MANY] = { 0 }, p[2], once = 0, n = 0;

	pipe(p);
	for (int i = 0; i < MANY; i++) {
		struct epoll_event e = { EPOLLOUT, (uint64_t)i };

		copy[i] = dup(p[1]);
		syscall(SYS_epoll_ctl, other, EPOLL_CTL_ADD, copy[i], &e);
	}
	check_eq(wait_many(2 * MANY, seen), MANY, "as many as there are");
	for (int i = 0; i < MANY; i++)
		once += seen[i] == 1;
	check_eq(once, MANY, "each of them once");
	for (int i = 0; i < MANY / 25; i++)
		n += wait_many(25, seen);
	check_eq(n, MANY, "room for some: as many as fit");
	for (int i = 0; i < MANY; i++)
		once += seen[i] == 2;
	check_eq(once, 2 * MANY, "and each in its turn");
	for (int i = 0; i < MANY; i++)
		close(copy[i]);
	close(p[0]);
	close(p[1]);
}

/* Twice: how many of MANY events fit before the end of memory, told or not. */
static int fit(struct epoll_event *to, int *told)
{
	static struct epoll_event e[2 * MANY];
	int n = (int)syscall(SYS_epoll_pwait, other, to, MANY, 0, NULL, 8);
	int rest = (int)syscall(SYS_epoll_pwait, other, e, 2 * MANY, 0, NULL,
				8);

	for (int i = 0; i < n; i++)
		told[to[i].data]++;
	for (int i = 0; i < rest; i++)
		told[e[i].data]++;
	return n;
}

/* What cannot be told is not lost, however often it would have come. */
static void untold(unsigned way, const char *what)
{
	char *end = (char *)mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) + PG;
	int copy[MANY], told[MANY] = { 0 }, p[2], once = 0;
	struct epoll_event e, *last = (struct epoll_event *)end - 21;

	mprotect(end, PG, PROT_READ);
	pipe(p);
	for (int i = 0; i < MANY; i++) {
		e = (struct epoll_event){ EPOLLOUT | way, (uint64_t)i };
		copy[i] = dup(p[1]);
		syscall(SYS_epoll_ctl, other, EPOLL_CTL_ADD, copy[i], &e);
	}
	check_err(EFAULT, syscall(SYS_epoll_pwait, other, end, MANY, 0, NULL,
				  8), "%s: no place for any", what);
	check_eq(fit(last, told), 21, "%s: up to the end of memory", what);
	for (int i = 0; i < MANY; i++)
		once += told[i] == 1;
	check_eq(once, MANY, "%s: each is told once", what);
	if (way & EPOLLONESHOT) {
		e = (struct epoll_event){ EPOLLOUT | way, 0 };
		syscall(SYS_epoll_ctl, other, EPOLL_CTL_MOD, copy[0], &e);
		check_err(EFAULT, syscall(SYS_epoll_pwait, other, end, 1, 0,
					  NULL, 8), "one alone");
		check_eq(syscall(SYS_epoll_pwait, other, &e, 1, 0, NULL, 8), 1,
			 "comes again");
		check_eq(syscall(SYS_epoll_pwait, other, &e, 1, 0, NULL, 8), 0,
			 "once");
	}
	for (int i = 0; i < MANY; i++)
		close(copy[i]);
	close(p[0]);
	close(p[1]);
	munmap(end - PG, 2 * PG);
}

int main(int argc, char **argv)
{
	(void)argc;
	tap_find_self(argv[0]);
	ep = (int)syscall(SYS_epoll_create1, 0);
	other = (int)syscall(SYS_epoll_create1, 0);
	pipe(fds);
	ways();
	refuse_watches();
	watch_exclusively();
	end_watches();
	serve_many_in_turn();
	untold(EPOLLET, "edges");
	untold(EPOLLONESHOT, "one shots");
	untold(EPOLLET | EPOLLONESHOT, "both");
	edges();
	limit_nesting();
	ways_up();
	layers();
	wake_one_of_many();
	return tap_done();
}
