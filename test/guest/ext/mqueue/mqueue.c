/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues (row D10): names and who may use them, order by
 * priority, waiting for room and for messages with and without a limit,
 * handing over to who waits, notification, attributes and limits, and the
 * file system that shows them.
 */
#include <poll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <time.h>
#include "tap.h"
#include "texts.h"

#define PRIO_MAX_	32768
#define MAGIC		0x19800202
#define SI_MESGQ_	(-3)
#define FIFO		1		/* SCHED_ */
#ifdef SYS_mq_timedsend_time64
#define SYS_send	SYS_mq_timedsend_time64
#define SYS_receive	SYS_mq_timedreceive_time64
#else
#define SYS_send	SYS_mq_timedsend
#define SYS_receive	SYS_mq_timedreceive
#endif
#ifndef RLIMIT_MSGQUEUE
#define RLIMIT_MSGQUEUE	12
#endif

enum { SIGEV_SIGNAL, SIGEV_NONE };

struct attr {
	long flags, max, size, count, unused[4];
};

#ifndef SIGEV_THREAD
#define SIGEV_THREAD	2
#endif

struct event {
	union sigval value;
	int signo, notify;
	char pad[52];
};

static char text[8192];

static long mq_open(const char *name, int flags, int mode, const void *a)
{
	return syscall(SYS_mq_open, name, flags, mode, a);
}

static long unlink_mq(const char *name)
{
	return syscall(SYS_mq_unlink, name);
}

static long send_until(long q, const char *what, unsigned prio,
		       const void *limit)
{
	return syscall(SYS_send, q, what, strlen(what) + 1, (long)prio, limit);
}

static long put(long q, const char *what, unsigned prio)
{
	return send_until(q, what, prio, NULL);
}

static unsigned prio_seen;

static long receive_until(long q, const void *limit)
{
	prio_seen = ~0u;
	memset(text, 0, sizeof(text));
	return syscall(SYS_receive, q, text, sizeof(text), &prio_seen, limit);
}

static long get(long q)
{
	return receive_until(q, NULL);
}

/* Is this the next message? */
static int next_is(long q, const char *what, unsigned prio)
{
	long n = get(q);

	if (n == (long)strlen(what) + 1 && !strcmp(text, what) &&
	    prio_seen == prio)
		return 1;
	printf("# %ld bytes, \"%s\", priority %u\n", n, text, prio_seen);
	return 0;
}

static struct attr attr_of(long q)
{
	struct attr a = { .flags = -1 };

	syscall(SYS_mq_getsetattr, q, NULL, &a);
	return a;
}

static long fresh(int flags, long max, long size)
{
	struct attr a = { .max = max, .size = size };

	unlink_mq("tap");
	return mq_open("tap", O_RDWR | O_CREAT | O_EXCL | flags, 0600, &a);
}

/* ---- names --------------------------------------------------------------- */

static void others(void *arg)
{
	(void)arg;
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(9);
	if (mq_open("tap", O_RDONLY, 0, NULL) != -1 || errno != EACCES)
		_exit(1);
	if (unlink_mq("tap") != -1 || (errno != EPERM && errno != EACCES))
		_exit(2);
	if (mq_open("tap", O_CREAT | O_WRONLY, 0, NULL) != -1 ||
	    errno != EACCES)
		_exit(3);
	_exit(0);
}

static void names(void)
{
	struct rlimit files, few;
	char longer[300];
	long q, p;

	unlink_mq("tap");
	check_err(ENOENT, mq_open("tap", O_RDWR, 0, NULL), "no such queue");
	check_err(ENOENT, unlink_mq("tap"), "nor to be unlinked");
	q = mq_open("tap", O_RDWR | O_CREAT | O_EXCL, 0640, NULL);
	check_ok(q, "made");
	check_eq(fcntl((int)q, F_GETFD), FD_CLOEXEC, "it closes on exec");
	check_err(EEXIST, mq_open("tap", O_RDWR | O_CREAT | O_EXCL, 0, NULL),
		  "made once");
	p = mq_open("tap", O_RDONLY | O_CREAT, 0, NULL);
	check_ok(p, "found again");
	check_ok(put(q, "x", 0), "what one end sends");
	check(next_is(p, "x", 0), "the other receives");
	check_err(EBADF, put(p, "x", 0), "to receive only");
	close((int)p);
	p = mq_open("tap", O_WRONLY | O_CLOEXEC, 0, NULL);
	check_err(EBADF, get(p), "to send only");
	close((int)p);
	check_err(EINVAL, mq_open("tap", O_RDWR | O_WRONLY, 0, NULL),
		  "neither nor");
	if (!geteuid())
		check_eq(in_child(others, NULL), 0, "others may not");
	check_err(EFAULT, mq_open(BAD, O_RDWR, 0, NULL), "a bad name");
	check_err(EFAULT, mq_open("tap", O_RDWR | O_CREAT, 0, BAD),
		  "bad attributes");
	check_err(ENOENT, mq_open("", O_RDWR, 0, NULL), "no name");
	getrlimit(RLIMIT_NOFILE, &files);
	few = files;
	few.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &few);
	check_err(ENOENT, mq_open("", O_RDWR, 0, NULL), "nor a descriptor");
	check_err(EMFILE, mq_open("tup", O_RDWR, 0, NULL), "no descriptor");
	setrlimit(RLIMIT_NOFILE, &files);
	check_err(EACCES, mq_open("a/b", O_RDWR | O_CREAT, 0600, NULL),
		  "a slash");
	check_err(EACCES, mq_open("..", O_RDWR, 0, NULL), "dots");
	check_err(EACCES, unlink_mq("/tap"), "a slash of a name to unlink");
	check_err(EFAULT, unlink_mq(BAD), "a bad one");
	memset(longer, 'n', sizeof(longer));
	longer[299] = '\0';
	check_err(ENAMETOOLONG, mq_open(longer, O_RDWR, 0, NULL), "too long");
	check_ok(unlink_mq("tap"), "unlinked");
	check_ok(put(q, "still", 3), "it lives on");
	check(next_is(q, "still", 3), "while it is open");
	check_err(ENOENT, mq_open("tap", O_RDWR, 0, NULL), "without a name");
	close((int)q);
	check_err(EBADF, put(q, "x", 0), "closed");
	check_err(EBADF, put(1, "x", 0), "no queue");
	check_err(EBADF, get(1), "nor this");
}

/* ---- order --------------------------------------------------------------- */

static void order(void)
{
	long q = fresh(O_NONBLOCK, 8, 64);
	struct attr a;

	check_ok(put(q, "low 1", 1), "priority 1");
	put(q, "high 1", 7);
	put(q, "low 2", 1);
	put(q, "top", PRIO_MAX_ - 1);
	put(q, "high 2", 7);
	put(q, "", 0);
	a = attr_of(q);
	check(a.flags == O_NONBLOCK && a.max == 8 && a.size == 64 &&
	      a.count == 6, "attributes");
	check(next_is(q, "top", PRIO_MAX_ - 1), "the highest first");
	check(next_is(q, "high 1", 7) && next_is(q, "high 2", 7),
	      "the older first");
	put(q, "high 3", 7);
	check(next_is(q, "high 3", 7), "before what waited");
	check(next_is(q, "low 1", 1) && next_is(q, "low 2", 1), "then lower");
	check(next_is(q, "", 0), "then the rest");
	check_err(EAGAIN, get(q), "empty");
	check_err(EINVAL, put(q, "x", PRIO_MAX_), "no such priority");
	check_err(EMSGSIZE, syscall(SYS_send, q, text, 65, 0, NULL),
		  "too long");
	check_ok(syscall(SYS_send, q, text, 64, 0, NULL), "as long as may be");
	check_err(EMSGSIZE, syscall(SYS_receive, q, text, 63, NULL, NULL),
		  "room for less");
	check_eq(syscall(SYS_receive, q, text, 64, NULL, NULL), 64,
		 "no place for the priority");
	check_ok(syscall(SYS_send, q, NULL, 0, 0, NULL), "nothing at all");
	check_eq(get(q), 0, "comes as nothing");
	check_err(EFAULT, syscall(SYS_send, q, BAD, 8, 0, NULL), "from nowhere");
	put(q, "gone", 0);
	check_err(EFAULT, syscall(SYS_receive, q, BAD, 64, NULL, NULL),
		  "to nowhere");
	check_eq(attr_of(q).count, 0, "is lost");
	for (int i = 0; i < 8; i++)
		put(q, "fill", (unsigned)i);
	check_err(EAGAIN, put(q, "x", 9), "full");
	check_eq(attr_of(q).count, 8, "with what was sent");
	close((int)q);
	unlink_mq("tap");
}

/* ---- waiting ------------------------------------------------------------- */

static volatile int *shared;

static void in_background(long q, int nth, long (*fn)(long, int), pid_t *pid)
{
	*pid = fork();
	if (*pid == 0)
		_exit((int)fn(q, nth));
	comes_to(*pid, "S");
}

static long take_one(long q, int nth)
{
	if (get(q) < 0)
		return 1;
	shared[nth] = text[0];
	return 0;
}

static long give_one(long q, int nth)
{
	char what[] = { (char)('a' + nth), 0 };

	return put(q, what, (unsigned)nth) != 0;
}

static int all_ended(int n)
{
	int st, sum = 0;

	while (n--)
		sum += wait(&st) < 0 ? 99 : st;
	return sum == 0;
}

/* Which real-time priority the n-th receiver has: the last one the highest. */
static long take_as_realtime(long q, int nth)
{
	int prio = 1 + nth;

	return syscall(SYS_sched_setscheduler, 0, FIFO, &prio) ? 2 :
		take_one(q, nth);
}

static void waiting(void)
{
	long q = fresh(0, 2, 16);
	pid_t pid[3];

	for (int i = 0; i < 3; i++)
		in_background(q, i, take_one, &pid[i]);
	put(q, "1", 0);
	put(q, "2", 9);
	put(q, "3", 0);
	check(all_ended(3), "three receivers");
	check(shared[0] == '1' && shared[1] == '2' && shared[2] == '3',
	      "are served in their order");
	put(q, "first", 1);
	put(q, "second", 1);
	for (int i = 0; i < 3; i++)
		in_background(q, i, give_one, &pid[i]);
	check_eq(attr_of(q).count, 2, "three senders wait");
	check(next_is(q, "first", 1), "one is taken");
	check(waitpid(pid[0], NULL, 0) == pid[0] && attr_of(q).count == 2,
	      "the first sender has its place");
	check(next_is(q, "second", 1) && next_is(q, "b", 1) &&
	      next_is(q, "c", 2) && next_is(q, "a", 0), "by priority again");
	check(all_ended(2), "all are gone");
	if (geteuid()) {
		tap_skip("real-time receivers", "for root");
	} else {
		for (int i = 0; i < 3; i++)
			in_background(q, i, take_as_realtime, &pid[i]);
		put(q, "x", 0);
		check(waitpid(pid[2], NULL, 0) == pid[2],
		      "the most important receiver is first");
		put(q, "y", 0);
		put(q, "z", 0);
		check(all_ended(2), "then the others");
	}
	close((int)q);
	unlink_mq("tap");
}

static void limits_of_time(void)
{
	struct { long long sec, nsec; } past = { 1, 0 }, bad = { 1, 1000000000 },
		later;
	struct timespec now;
	long q = fresh(0, 1, 16);

	check_err(ETIMEDOUT, receive_until(q, &past), "empty, and too late");
	check_err(EINVAL, receive_until(q, &bad), "no such time");
	check_err(EFAULT, receive_until(q, BAD), "nowhere");
	check_ok(send_until(q, "x", 0, &past), "too late, but there is room");
	check_err(ETIMEDOUT, send_until(q, "x", 0, &past), "full");
	check_err(EINVAL, send_until(q, "x", 0, &bad), "no such time");
	check_ok(receive_until(q, &past), "too late, but there is one");
	clock_gettime(CLOCK_REALTIME, &now);
	later.sec = now.tv_sec;
	later.nsec = now.tv_nsec + 20000000;
	if (later.nsec >= 1000000000) {
		later.nsec -= 1000000000;
		later.sec++;
	}
	check_err(ETIMEDOUT, receive_until(q, &later), "after a while");
	clock_gettime(CLOCK_REALTIME, &now);
	check(now.tv_sec > later.sec ||
	      (now.tv_sec == later.sec && now.tv_nsec >= later.nsec),
	      "not before");
#ifdef SYS_mq_timedsend_time64
	{
		long before[2] = { 1, 0 };

		check_eq(syscall(SYS_mq_timedsend, q, "y", 2, 3, before), 0,
			 "the older call sends");
		check_err(ETIMEDOUT, syscall(SYS_mq_timedsend, q, "y", 2, 3,
					     before), "or is late");
		check_eq(syscall(SYS_mq_timedreceive, q, text, 16, &prio_seen,
				 before), 2, "the older call receives");
		check_eq(prio_seen, 3, "with its priority");
		check_err(ETIMEDOUT, syscall(SYS_mq_timedreceive, q, text, 16,
					     &prio_seen, before), "or is late");
	}
#endif
	close((int)q);
	unlink_mq("tap");
}

static volatile int handled;
static siginfo_t told;

static void on_signal(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	told = *si;
	handled = sig;
}

static long interrupted(long q, int restart)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | (restart ? SA_RESTART : 0) };

	sigaction(SIGUSR1, &sa, NULL);
	return get(q) < 0 ? (errno == EINTR ? 1 : 2) : handled ? 0 : 3;
}

static void signals(void)
{
	long q = fresh(0, 1, 16);
	pid_t pid;
	int st;

	in_background(q, 0, interrupted, &pid);
	kill(pid, SIGUSR1);
	waitpid(pid, &st, 0);
	check_eq(st, 1 << 8, "a handler interrupts");
	in_background(q, 1, interrupted, &pid);
	kill(pid, SIGUSR1);
	comes_to(pid, "S");
	put(q, "x", 0);
	waitpid(pid, &st, 0);
	check_eq(st, 0, "SA_RESTART: it waits again");
	check_ok(put(q, "y", 0), "who is gone is not served");
	check(next_is(q, "y", 0), "the message stays");
	close((int)q);
	unlink_mq("tap");
}

/* ---- poll ---------------------------------------------------------------- */

static int polled(long q)
{
	struct pollfd p = { .fd = (int)q, .events = POLLIN | POLLOUT };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static long poll_in(long q, int nth)
{
	struct pollfd p = { .fd = (int)q, .events = nth ? POLLOUT : POLLIN };

	return poll(&p, 1, -1) == 1 && p.revents == p.events ? 0 : 1;
}

static void polling(void)
{
	long q = fresh(0, 1, 16);
	pid_t pid;

	check_eq(polled(q), POLLOUT, "empty: to be written");
	in_background(q, 0, poll_in, &pid);
	put(q, "x", 0);
	check(all_ended(1), "POLLIN comes");
	check_eq(polled(q), POLLIN, "full: to be read");
	in_background(q, 1, poll_in, &pid);
	get(q);
	check(all_ended(1), "POLLOUT comes");
	close((int)q);
	unlink_mq("tap");
}

/* ---- notification -------------------------------------------------------- */

static long notify(long q, int how, int signo, int value)
{
	struct event e = { .value.sival_int = value, .signo = signo,
			   .notify = how };

	return syscall(SYS_mq_notify, q, &e);
}

static void send_and_leave(void *arg)
{
	_exit(put(*(long *)arg, "x", 0) != 0);
}

static void listen_and_leave(void *arg)
{
	_exit(notify(*(long *)arg, SIGEV_NONE, 0, 0) != 0);
}

static void close_and_leave(void *arg)
{
	close((int)*(long *)arg);
	_exit(0);
}

static void notification(void)
{
	struct sigaction sa = { .sa_sigaction = on_signal,
				.sa_flags = SA_SIGINFO };
	long q = fresh(O_NONBLOCK, 4, 16);
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	check_ok(notify(q, SIGEV_SIGNAL, SIGUSR1, 77), "to be told");
	check_err(EBUSY, notify(q, SIGEV_SIGNAL, SIGUSR1, 78), "is one's");
	handled = 0;
	check_eq(in_child(send_and_leave, &q), 0, "a message arrives");
	check_eq(handled, SIGUSR1, "the signal comes");
	check(told.si_code == SI_MESGQ_ && told.si_value.sival_int == 77 &&
	      told.si_pid > 0 && told.si_pid != getpid() &&
	      told.si_uid == getuid(), "with sender and value");
	handled = 0;
	get(q);
	put(q, "x", 0);
	check_eq(handled, 0, "it comes once");
	check_ok(notify(q, SIGEV_SIGNAL, SIGUSR1, 1), "to be told again");
	put(q, "x", 0);
	check_eq(handled, 0, "not while there are messages");
	get(q);
	get(q);
	put(q, "x", 0);
	check_eq(handled, SIGUSR1, "of the first one");
	get(q);
	check_ok(notify(q, SIGEV_SIGNAL, SIGUSR1, 1), "once more");
	fcntl((int)q, F_SETFL, 0);
	handled = 0;
	in_background(q, 0, take_one, &pid);
	put(q, "x", 0);
	check(all_ended(1) && !handled, "not when somebody waits for it");
	check_ok(syscall(SYS_mq_notify, q, NULL), "no longer");
	put(q, "x", 0);
	check_eq(handled, 0, "is not told");
	get(q);
	check_eq(in_child(listen_and_leave, &q), 0, "a child listens");
	check_ok(notify(q, SIGEV_NONE, 0, 0), "its end ends that");
	check_ok(syscall(SYS_mq_notify, q, NULL), "nobody");
	notify(q, SIGEV_NONE, 0, 0);
	in_child(close_and_leave, &q);
	check_err(EBUSY, notify(q, SIGEV_NONE, 0, 0),
		  "another's close does not");
	close(dup((int)q));
	check_ok(notify(q, SIGEV_NONE, 0, 0), "any close of its own does");
	check_err(EINVAL, notify(q, 9, SIGUSR1, 0), "no such way");
	check_err(EINVAL, notify(q, SIGEV_SIGNAL, 65, 0), "no such signal");
	check_err(EBADF, notify(1, SIGEV_NONE, 0, 0), "no queue");
	check_err(EFAULT, syscall(SYS_mq_notify, q, BAD), "no event");
	close((int)q);
	unlink_mq("tap");
}

/* Becomes another program, which never asked: it would die of the signal. */
static void listen_and_exec(void *arg)
{
	long q = *(long *)arg;

	signal(SIGUSR1, SIG_DFL);
	fcntl((int)q, F_SETFD, 0);
	if (notify(q, SIGEV_SIGNAL, SIGUSR1, 0))
		_exit(1);
	execv(tap_self, (char *[]){ tap_self, "asleep", NULL });
	_exit(2);
}

static void notification_and_exec(void)
{
	long q = fresh(O_NONBLOCK, 4, 16);
	int ready[2], gate[2], st;
	pid_t pid;
	char c;

	pipe(ready);
	pipe(gate);
	pid = fork();
	if (pid == 0) {
		dup2(ready[1], 1);
		dup2(gate[0], 0);
		close(gate[1]);
		listen_and_exec(&q);
	}
	if (read(ready[0], &c, 1) != 1)
		tap_bail("the program");
	check_ok(put(q, "x", 0), "a message comes after an exec");
	close(gate[1]);
	waitpid(pid, &st, 0);
	check_eq(st, 42 << 8, "the new program is not told");
	get(q);
	check_ok(notify(q, SIGEV_NONE, 0, 0), "nobody listens any more");
	close(ready[0]);
	close(ready[1]);
	close(gate[0]);
	close((int)q);
	unlink_mq("tap");
}

/* ---- attributes, limits -------------------------------------------------- */

/*
 * C libraries' way of SIGEV_THREAD: 32 bytes that a socket of netlink's is
 * sent.  Each thing that is none is told by its own error.
 */
static void thread_notification(void)
{
	char cookie[32] = "";
	struct event e = { .value.sival_ptr = cookie, .signo = 77,
			   .notify = SIGEV_THREAD };
	int p[2], s = (int)syscall(SYS_socket, 1, 1, 0);
	long q = fresh(O_NONBLOCK, 4, 16);

	pipe(p);
	check_err(EBADF, syscall(SYS_mq_notify, q, &e), "by no descriptor");
	e.signo = p[0];
	check_err(ENOTSOCK, syscall(SYS_mq_notify, q, &e), "by no socket");
	e.signo = s;
	check_err(EINVAL, syscall(SYS_mq_notify, q, &e), "by another kind");
	e.value.sival_ptr = BAD;
	check_err(EFAULT, syscall(SYS_mq_notify, q, &e), "with no cookie");
	check_err(EBADF, syscall(SYS_mq_notify, 78, NULL), "of no queue");
	close(p[0]);
	close(p[1]);
	close(s);
	close((int)q);
}

static void positions(void)
{
	long q = fresh(O_NONBLOCK, 4, 16);
	char c[8];

	check(read((int)q, c, 5) == 5 && lseek((int)q, 0, SEEK_CUR) == 5,
	      "what is read has a position");
	check_eq(lseek((int)q, -1, SEEK_CUR), 4, "back");
	check_eq(lseek((int)q, 0, SEEK_SET), 0, "to the beginning");
	check_err(EINVAL, lseek((int)q, 0, 9), "a bad way");
	check_err(EINVAL, lseek((int)q, -1, SEEK_SET), "before it");
	check_err(EINVAL, lseek((int)q, -1, SEEK_DATA), "no data there");
	check_eq(lseek((int)q, -1, SEEK_HOLE), 80, "a hole is at its end");
	check_err(ENXIO, lseek((int)q, 80, SEEK_HOLE), "none behind it");
	lseek((int)q, 0, SEEK_SET);
	close((int)q);
}

static void attributes(void)
{
	struct attr a = { .flags = O_NONBLOCK, .max = 99 }, old;
	long q = fresh(0, 3, 100);

	check_ok(syscall(SYS_mq_getsetattr, q, &a, &old), "set O_NONBLOCK");
	check(old.flags == 0 && old.max == 3 && old.size == 100 &&
	      old.count == 0, "what it was");
	a = attr_of(q);
	check(a.flags == O_NONBLOCK && a.max == 3, "only that is set");
	check_eq(fcntl((int)q, F_GETFL) & O_NONBLOCK, O_NONBLOCK,
		 "the file's flag");
	a.flags = O_APPEND;
	check_err(EINVAL, syscall(SYS_mq_getsetattr, q, &a, NULL),
		  "no other flag");
	check_err(EFAULT, syscall(SYS_mq_getsetattr, q, BAD, NULL), "nowhere");
	check_err(EFAULT, syscall(SYS_mq_getsetattr, q, NULL, BAD), "nor here");
	check_err(EBADF, syscall(SYS_mq_getsetattr, 1, NULL, NULL), "no queue");
	close((int)q);
	check_err(EINVAL, fresh(0, 0, 10), "no messages");
	check_err(EINVAL, fresh(0, 10, 0), "no bytes");
	check_err(EINVAL, fresh(0, -1, 10), "less than none");
	check_err(EINVAL, fresh(0, 1 << 20, 10), "too many");
	check_err(EINVAL, fresh(0, 1, 1 << 28), "too long");
	q = fresh(0, 60000, 1 << 24);
	check(q == -1 && (errno == EMFILE || errno == EOVERFLOW),
	      "too much of both");
	check_err(ENOENT, unlink_mq("tap"), "nothing is left of them");
}

/* What one queue costs, and what is left of the limit. */
static void charged(void *arg)
{
	unsigned long w = sizeof(long), one = 10 * 100 + 10 * 6 * w + 10 * 6 * w;
	struct rlimit l = { 2 * one, 2 * one };
	struct attr a = { .max = 10, .size = 100 };
	long q, p;

	(void)arg;
	/* nobody else's queues count for this user, as root's "tap0" */
	if (mq_open("tap0", O_RDWR | O_CREAT, 0600, &a) < 0 ||
	    unlink_mq("tap0") || setresuid(4321, 4321, 4321) ||
	    setrlimit(RLIMIT_MSGQUEUE, &l))
		_exit(1);
	q = mq_open("tap1", O_RDWR | O_CREAT, 0600, &a);
	p = mq_open("tap2", O_RDWR | O_CREAT, 0600, &a);
	if (q < 0 || p < 0)
		_exit(2);
	a.max = 1;
	a.size = 1;
	if (mq_open("tap3", O_RDWR | O_CREAT, 0600, &a) != -1 ||
	    errno != EMFILE)
		_exit(3);
	unlink_mq("tap1");
	if (mq_open("tap3", O_RDWR | O_CREAT, 0600, &a) != -1)
		_exit(4);
	close((int)q);
	q = mq_open("tap3", O_RDWR | O_CREAT, 0600, &a);
	if (q < 0)
		_exit(5);
	unlink_mq("tap2");
	unlink_mq("tap3");
	a.max = 11;
	if (mq_open("tap4", O_RDWR | O_CREAT, 0600, &a) != -1 ||
	    errno != EINVAL)
		_exit(6);
	a.max = 1;
	a.size = 8193;
	if (mq_open("tap4", O_RDWR | O_CREAT, 0600, &a) != -1 ||
	    errno != EINVAL)
		_exit(7);
	_exit(0);
}

/* As many as there may be: one more is for who has CAP_SYS_RESOURCE. */
static void full(void *arg)
{
	(void)arg;
	if (mq_open("tap1", O_RDWR | O_CREAT, 0600, NULL) < 0 ||
	    unlink_mq("tap1") || setresuid(4321, 4321, 4321))
		_exit(1);
	if (mq_open("tap2", O_RDWR | O_CREAT, 0600, NULL) != -1 ||
	    errno != ENOSPC)
		_exit(2);
	_exit(0);
}

static long number_in(const char *name)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/sys/fs/mqueue/%s", name);
	return text_number(path, "");
}

static int set_number(const char *name, const char *digits)
{
	char path[80];

	snprintf(path, sizeof(path), "/proc/sys/fs/mqueue/%s", name);
	return text_set(path, digits);
}

static void limits(void)
{
	struct attr a;
	long q;

	if (geteuid()) {
		tap_skip("limits", "for root");
		return;
	}
	check_eq(in_child(charged, NULL), 0, "RLIMIT_MSGQUEUE");
	check_eq(number_in("queues_max"), 256, "queues_max");
	check_eq(number_in("msg_max"), 10, "msg_max");
	check_eq(number_in("msgsize_max"), 8192, "msgsize_max");
	check_eq(number_in("msg_default"), 10, "msg_default");
	check_eq(number_in("msgsize_default"), 8192, "msgsize_default");
	check_eq(set_number("msg_default", "4\n"), 0, "another default");
	unlink_mq("tap");
	q = mq_open("tap", O_RDWR | O_CREAT, 0600, NULL);
	a = attr_of(q);
	check(a.max == 4 && a.size == 8192, "is used");
	close((int)q);
	unlink_mq("tap");
	set_number("msg_default", "10\n");
	check_eq(set_number("queues_max", "0\n"), 0, "no queue at all");
	check_eq(in_child(full, NULL), 0, "but root's");
	set_number("queues_max", "256\n");
	check_eq(set_number("msg_max", "0\n"), EINVAL, "not less than one");
	check_eq(set_number("msgsize_max", "20000000\n"), EINVAL,
		 "not more than may be");
}

/* ---- the file system ----------------------------------------------------- */

static void adds(void *arg)
{
	(void)arg;
	if (setresuid(4321, 4321, 4321))
		_exit(1);
	if (mq_open("tap", O_RDWR | O_CREAT, 0600, NULL) != -1 ||
	    errno != EACCES)
		_exit(2);
	_exit(0);
}

static void mounted(void)
{
	struct stat st;
	long words[64] = { 0 }, q, p;
	int fd;

	if (geteuid()) {
		tap_skip("mqueue as a file system", "for root");
		return;
	}
	mkdir("mq", 0755);
	check_ok(mount("none", "mq", "mqueue", 0, NULL), "mount");
	syscall(SYS_statfs, "mq", words);
	check_eq(words[0], MAGIC, "its type");
	check(!stat("mq", &st) && (st.st_mode & 07777) == 01777, "anybody's");
	q = fresh(O_NONBLOCK, 4, 16);
	check(!stat("mq/tap", &st) && S_ISREG(st.st_mode) &&
	      st.st_size == 80 && (st.st_mode & 0777) == 0600,
	      "a queue is a file");
	put(q, "12345", 0);
	notify(q, SIGEV_SIGNAL, SIGUSR1, 0);
	fd = open("mq/tap", O_RDWR);
	memset(text, 0, sizeof(text));
	check(read(fd, text, sizeof(text)) > 0, "it is read");
	snprintf(text + 1000, 200, "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d "
		 "NOTIFY_PID:%-6d\n", 6, 0, SIGUSR1, getpid());
	check(!strcmp(text, text + 1000), "what it tells");
	check_eq(read(fd, text, sizeof(text)), 0, "the end");
	check_eq(lseek(fd, 0, SEEK_SET), 0, "back");
	check(read(fd, text, 6) == 6 && !memcmp(text, "QSIZE:", 6), "again");
	check_err(EINVAL, write(fd, "x", 1), "not written");
	check_eq(attr_of(fd).count, 1, "the file is a descriptor of it");
	close(fd);
	check_eq(unlink("mq/tap"), 0, "unlink");
	check_err(ENOENT, mq_open("tap", O_RDWR, 0, NULL), "the name is gone");
	close((int)q);
	fd = open("mq/made", O_RDWR | O_CREAT, 0600);
	check(fd >= 0, "made as a file");
	p = mq_open("made", O_RDWR, 0, NULL);
	check_eq(attr_of(p).max, 10, "it has the default size");
	close((int)p);
	close(fd);
	unlink("mq/made");
	check(mkdir("mq/dir", 0755) == -1 && errno == EPERM, "no folders");
	check(symlink("x", "mq/link") == -1 && errno == EPERM, "no links");
	chmod("mq", 0755);
	check_eq(in_child(adds, NULL), 0, "where only its owner makes names");
	chmod("mq", 01777);
	check_ok(umount2("mq", 0), "unmount");
	rmdir("mq");
}

int main(int argc, char **argv)
{
	char c;

	if (argc > 1) {
		write(1, "r", 1);
		read(0, &c, 1);
		return 42;
	}
	tap_find_self(argv[0]);
	if (raw_syscall(SYS_mq_unlink, "") == -ENOSYS)
		return tap_skip_all("no message queues");
	tap_scratch("mqueue");
	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	names();
	order();
	waiting();
	limits_of_time();
	signals();
	polling();
	notification();
	notification_and_exec();
	thread_notification();
	positions();
	attributes();
	limits();
	mounted();
	munmap((void *)shared, PG);
	tap_scratch_end();
	return tap_done();
}
