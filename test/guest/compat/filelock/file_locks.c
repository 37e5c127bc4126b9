/* SPDX-License-Identifier: MIT */
/* Advisory locks: record locks, POSIX's and an open file's, and flock(2). */
#include "tap.h"

#define LOCK_SH	1
#define LOCK_EX	2
#define LOCK_NB	4
#define LOCK_UN	8
#define F_GETLK	5
#define F_SETLK	6
#define F_SETLKW 7
#define F_OFD_GETLK	36
#define F_OFD_SETLK	37
#define F_OFD_SETLKW	38
#define F_RDLCK	0
#define F_WRLCK	1
#define F_UNLCK	2

/* As fcntl(2) takes it on both machines: offsets of a word. */
struct lock {
	short type, whence;
	long start, len;
	int pid;
};

static int fd;

static int lock_range(int file, int cmd, int type, long start, long len)
{
	struct lock l = { (short)type, SEEK_SET, start, len, 0 };

	return fcntl(file, cmd, &l);
}

/* Would a write lock of the range by another process be refused? */
struct probe {
	long start, len;
	int type;
};

static void probe_child(void *arg)
{
	const struct probe *p = arg;
	int f = open("f", O_RDWR);

	if (lock_range(f, F_SETLK, p->type, p->start, p->len))
		_exit(errno == EAGAIN || errno == EACCES ? 1 : 2);
}

static int lock_refused(int type, long start, long len)
{
	struct probe p = { start, len, type };

	return in_child(probe_child, &p) >> 8;
}

static void ask_child(void *arg)
{
	struct lock l = { F_WRLCK, SEEK_SET, 0, 0, 0 };
	int f = open("f", O_RDWR);

	if (fcntl(f, F_GETLK, &l) || l.type != F_WRLCK || l.start != 10 ||
	    l.len != 10 || l.pid != *(int *)arg || l.whence != SEEK_SET)
		_exit(1);
}

/* From where the file stands, or from its end. */
static void lock_from_places(void)
{
	struct lock l = { F_WRLCK, SEEK_CUR, 5, 5, 0 };

	lseek(fd, 20, SEEK_SET);
	check_ok(fcntl(fd, F_SETLK, &l), "a lock from where the file stands");
	check_eq(lock_refused(F_WRLCK, 25, 1), 1, "begins there");
	check_eq(lock_refused(F_WRLCK, 24, 1), 0, "and not before");
	check_ok(lock_range(fd, F_SETLK, F_UNLCK, 20, 7), "its beginning goes");
	check_eq(lock_refused(F_WRLCK, 26, 1), 0, "and is free");
	check_ok(lock_range(fd, F_SETLK, F_UNLCK, 29, 9), "its end goes");
	check_eq(lock_refused(F_WRLCK, 29, 1), 0, "and is free");
	check_eq(lock_refused(F_WRLCK, 28, 1), 1, "the middle stays");
	lock_range(fd, F_SETLK, F_UNLCK, 0, 0);
	l.start = -21;
	check_err(EINVAL, fcntl(fd, F_SETLK, &l), "before the file");
	l.start = (long)(~0ul >> 1);
	if (sizeof(long) == 8)
		check_err(EOVERFLOW, fcntl(fd, F_SETLK, &l), "behind all");
	l.whence = 7;
	check_err(EINVAL, fcntl(fd, F_SETLK, &l), "from nowhere");
	lseek(fd, 0, SEEK_SET);
}

static void lock_ranges(void)
{
	struct lock l = { F_WRLCK, SEEK_SET, 0, 0, 0 };
	int pid = getpid();

	check_ok(lock_range(fd, F_SETLK, F_WRLCK, 10, 10), "lock 10 bytes");
	check_eq(lock_refused(F_WRLCK, 10, 1), 1, "refused inside");
	check_eq(lock_refused(F_RDLCK, 19, 1), 1, "reading too");
	check_eq(lock_refused(F_WRLCK, 0, 10), 0, "not below");
	check_eq(lock_refused(F_WRLCK, 20, 0), 0, "not above");
	check_eq(in_child(ask_child, &pid), 0, "F_GETLK tells who and where");
	check(!fcntl(fd, F_GETLK, &l) && l.type == F_UNLCK,
	      "never oneself");
	check_ok(lock_range(fd, F_SETLK, F_UNLCK, 13, 2), "a hole in it");
	check_eq(lock_refused(F_WRLCK, 13, 2), 0, "is free");
	check_eq(lock_refused(F_WRLCK, 12, 1), 1, "what is left of it is not");
	check_eq(lock_refused(F_WRLCK, 15, 1), 1, "nor what is right of it");
	check_eq(lock_refused(F_WRLCK, 19, 1), 1, "up to its end");
	check_ok(lock_range(fd, F_SETLK, F_RDLCK, 0, 0), "a read lock on all");
	check_eq(lock_refused(F_RDLCK, 12, 1), 0, "is shared");
	check_eq(lock_refused(F_WRLCK, 1000000, 1), 1, "and keeps writers out");
	check_ok(lock_range(fd, F_SETLK, F_UNLCK, 0, 0), "unlock all");
	check_eq(lock_refused(F_WRLCK, 0, 0), 0, "free");
}

static void refuse_locks(void)
{
	struct lock l = { F_WRLCK, SEEK_SET, 0, 0, 0 };
	int ro = open("f", O_RDONLY);

	check_err(EBADF, lock_range(ro, F_SETLK, F_WRLCK, 0, 1),
		  "a write lock wants a writer");
	check_ok(lock_range(ro, F_SETLK, F_RDLCK, 0, 1),
		 "a read lock does not");
	check_err(EINVAL, lock_range(fd, F_SETLK, 7, 0, 1), "unknown type");
	check_err(EINVAL, lock_range(fd, F_SETLK, F_RDLCK, -5, 1),
		  "below the file");
	l.whence = 9;
	check_err(EINVAL, fcntl(fd, F_SETLK, &l), "unknown whence");
	check_err(EFAULT, fcntl(fd, F_SETLK, BAD), "bad structure");
	close(ro);
	l.whence = SEEK_END;
	l.len = -3;
	check_ok(fcntl(fd, F_SETLK, &l), "the last 3 bytes");
	check_eq(lock_refused(F_WRLCK, 97, 1), 1, "are locked");
	check_eq(lock_refused(F_WRLCK, 99, 1), 1, "all of them");
	check_eq(lock_refused(F_WRLCK, 96, 1), 0, "no more than those");
	check_ok(close(open("f", O_RDONLY)), "any close");
	check_eq(lock_refused(F_WRLCK, 97, 3), 0, "ends them");
}

static void waiting_child(void *arg)
{
	int *p = arg, f = open("f", O_RDWR);

	write(p[1], "w", 1);
	if (lock_range(f, F_SETLKW, F_WRLCK, 0, 0))
		_exit(1);
	write(p[1], "g", 1);
}

static void interrupted_child(void *arg)
{
	struct sigaction sa = { .sa_handler = ignore_signal };
	/* again and again: the first may come before it waits */
	struct itimerval often = { { 0, 50000 }, { 0, 50000 } };
	int f = open("f", O_RDWR);

	(void)arg;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	if (lock_range(f, F_SETLKW, F_WRLCK, 0, 0) != -1 || errno != EINTR)
		_exit(1);
}

static void wait_for_locks(void)
{
	int p[2], st;
	char c;
	pid_t pid;

	pipe2(p, 0);
	lock_range(fd, F_SETLK, F_WRLCK, 0, 0);
	check_eq(in_child(interrupted_child, NULL), 0,
		 "F_SETLKW is interrupted");
	pid = fork();
	if (!pid) {
		waiting_child(p);
		_exit(0);
	}
	read(p[0], &c, 1);
	comes_to(pid, "SD");
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	check(read(p[0], &c, 1) == -1 && errno == EAGAIN, "F_SETLKW waits");
	fcntl(p[0], F_SETFL, 0);
	lock_range(fd, F_SETLK, F_UNLCK, 0, 0);
	check(read(p[0], &c, 1) == 1 && c == 'g', "until it is free");
	waitpid(pid, &st, 0);
	check_eq(lock_refused(F_WRLCK, 0, 0), 0,
		 "the locks of the dead are gone");
	close(p[0]);
	close(p[1]);
}

/* ---- which one is told ---------------------------------------------------- */

/* The first in the way of a write lock from start on: where, how long, kind. */
static struct lock first_in_way(long start, int type)
{
	struct lock l = { (short)type, SEEK_SET, start, 0, 0 };

	fcntl(fd, F_GETLK, &l);
	return l;
}

static void find_holder(void *arg)
{
	static const struct {
		short type;
		long start, len;
	} taken[] = {
		{ F_WRLCK, 50, 10 }, { F_RDLCK, 10, 5 }, { F_WRLCK, 80, 5 },
		{ F_WRLCK, 30, 10 }, { F_RDLCK, 33, 2 }, { F_UNLCK, 55, 1 },
	};
	int *p = arg, f = open("f", O_RDWR);
	char c;

	for (int i = 0; i < COUNT(taken); i++)
		if (lock_range(f, F_SETLK, taken[i].type, taken[i].start,
			       taken[i].len))
			_exit(1);
	write(p[1], "x", 1);
	read(p[2], &c, 1);
}

static void is_first(long from, int type, long start, long len, int kind)
{
	struct lock l = first_in_way(from, type);

	check(l.type == kind && l.start == start && l.len == len,
	      "from %ld: %s lock of %ld at %ld", from, kind == F_WRLCK ?
	      "a write" : "a read", len, start);
	if (l.type != kind || l.start != start || l.len != len)
		printf("# type %d at %ld, %ld bytes\n", l.type, l.start,
		       l.len);
}

/* However they came to be: the lowest is told first. */
static void told_first(void)
{
	int p[4], st;
	pid_t pid;
	char c;

	pipe2(p, 0);
	pipe2(p + 2, 0);
	pid = fork();
	if (!pid) {
		find_holder(p);
		_exit(0);
	}
	read(p[0], &c, 1);
	is_first(0, F_WRLCK, 10, 5, F_RDLCK);
	is_first(0, F_RDLCK, 30, 3, F_WRLCK);
	is_first(12, F_WRLCK, 10, 5, F_RDLCK);
	is_first(15, F_WRLCK, 30, 3, F_WRLCK);
	is_first(33, F_WRLCK, 33, 2, F_RDLCK);
	is_first(33, F_RDLCK, 35, 5, F_WRLCK);
	is_first(40, F_WRLCK, 50, 5, F_WRLCK);
	is_first(55, F_WRLCK, 56, 4, F_WRLCK);
	is_first(60, F_WRLCK, 80, 5, F_WRLCK);
	write(p[3], "x", 1);
	waitpid(pid, &st, 0);
	check_eq(st, 0, "its locks were had");
	for (int i = 0; i < 4; i++)
		close(p[i]);
}

/* ---- circles --------------------------------------------------------------- */

/* Has byte k, says so, and then wants the next one's. */
static void in_circle(int k, int n, int say, int go)
{
	int f = open("f", O_RDWR);
	char c;

	if (lock_range(f, F_SETLK, F_WRLCK, k, 1))
		_exit(9);
	write(say, "x", 1);
	read(go, &c, 1);
	if (lock_range(f, F_SETLKW, F_WRLCK, (k + 1) % n, 1))
		_exit(errno == EDEADLK ? 1 : 8);
	_exit(0);
}

/* The last of n that wait for each other is told; then the rest go on. */
static void circle(int n)
{
	int say[2], go[2], told = 0, bad = 0, st;
	pid_t pid[12];
	char c;

	pipe2(say, 0);
	for (int k = 0; k < n; k++) {
		pipe2(go, 0);
		pid[k] = fork();
		if (!pid[k])
			in_circle(k, n, say[1], go[0]);
		read(say[0], &c, 1);
		close(go[0]);
		/* the descriptor to let it go is kept by its number */
		dup2(go[1], 100 + k);
		close(go[1]);
	}
	for (int k = 0; k < n; k++) {
		write(100 + k, "x", 1);
		close(100 + k);
		if (k < n - 1)
			comes_to(pid[k], "S");
	}
	for (int k = 0; k < n; k++) {
		waitpid(pid[k], &st, 0);
		told += st == 1 << 8;
		bad += st != 0 && st != 1 << 8;
	}
	check(told == 1 && !bad, "a circle of %d: one gets EDEADLK", n);
	close(say[0]);
	close(say[1]);
}

/* Has byte `has`; once told, waits for byte `wants`, if there is such. */
struct link {
	int has, wants, p[4];
};

static void in_chain(void *arg)
{
	struct link *l = arg;
	int f = open("f", O_RDWR);
	char c;

	if (lock_range(f, F_SETLK, F_WRLCK, l->has, 1))
		_exit(9);
	write(l->p[1], "x", 1);
	read(l->p[2], &c, 1);
	if (l->wants >= 0 && lock_range(f, F_SETLKW, F_WRLCK, l->wants, 1))
		_exit(errno == EDEADLK ? 1 : 8);
}

static pid_t start_in_chain(struct link *l)
{
	pid_t pid;
	char c;

	pipe2(l->p, 0);
	pipe2(l->p + 2, 0);
	pid = fork();
	if (!pid) {
		in_chain(l);
		_exit(0);
	}
	read(l->p[0], &c, 1);
	return pid;
}

/* What became of it, or -1: it waits without an end. */
static int await_lock_child(pid_t pid)
{
	int st = -1;

	(void)eventually(waitpid(pid, &st, WNOHANG) == pid);
	if (st == -1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return st;
}

static void wants_both(void)
{
	int f = open("f", O_RDWR);

	if (lock_range(f, F_SETLK, F_WRLCK, 5, 1))
		_exit(9);
	if (lock_range(f, F_SETLKW, F_WRLCK, 0, 2))
		_exit(errno == EDEADLK ? 1 : 8);
	_exit(0);
}

/*
 * One waits for two bytes of two others.  The second waits for it in turn,
 * which closes the circle only when the first lets go.
 */
static void circle_later(void)
{
	struct link first = { 0, -1, { 0 } }, second = { 1, 5, { 0 } };
	pid_t a = start_in_chain(&first), b = start_in_chain(&second), c;

	c = fork();
	if (!c)
		wants_both();
	comes_to(c, "S");
	write(second.p[3], "x", 1);
	comes_to(b, "S");
	write(first.p[3], "x", 1);
	check_eq(await_lock_child(a), 0, "the first in the way lets go");
	check_eq(await_lock_child(c), 1 << 8, "a circle since then: EDEADLK");
	check_eq(await_lock_child(b), 0, "and the other goes on");
	for (int k = 0; k < 4; k++) {
		close(first.p[k]);
		close(second.p[k]);
	}
}

/* Two read locks that both are to become write locks. */
static void upgrade_child(void *arg)
{
	int *p = arg, f = open("f", O_RDWR);
	char c;

	lock_range(f, F_SETLK, F_RDLCK, 0, 1);
	write(p[1], "x", 1);
	read(p[2], &c, 1);
	if (lock_range(f, F_SETLKW, F_WRLCK, 0, 1))
		_exit(1);
}

static void upgrades(void)
{
	int p[4], st;
	pid_t pid;
	char c;

	pipe2(p, 0);
	pipe2(p + 2, 0);
	check_ok(lock_range(fd, F_SETLK, F_RDLCK, 0, 1), "shared by two");
	pid = fork();
	if (!pid) {
		upgrade_child(p);
		_exit(0);
	}
	read(p[0], &c, 1);
	write(p[3], "x", 1);
	comes_to(pid, "S");
	check_err(EDEADLK, lock_range(fd, F_SETLKW, F_WRLCK, 0, 1),
		  "both want it alone");
	check_ok(lock_range(fd, F_SETLK, F_UNLCK, 0, 1), "one lets go");
	waitpid(pid, &st, 0);
	check_eq(st, 0, "the other has it");
	for (int i = 0; i < 4; i++)
		close(p[i]);
}

static void no_mode(void)
{
	int f = open("f", 3);

	check_ok(f, "opened to neither read nor write");
	check_err(EBADF, syscall(SYS_flock, f, LOCK_SH), "flock");
	check_ok(syscall(SYS_flock, f, LOCK_UN), "but to unlock");
	check_err(EBADF, lock_range(f, F_SETLK, F_RDLCK, 0, 0), "F_SETLK");
	if (sizeof(long) == 8)	/* elsewhere it takes longer offsets */
		check_err(EBADF, lock_range(f, F_OFD_SETLK, F_WRLCK, 0, 0),
			  "F_OFD_SETLK");
	close(f);
}

/* ---- owned by the open file ------------------------------------------------ */

/* The layout of 64-bit offsets: packed where a word has 32 bits. */
struct ofd_lock {
	short type, whence;
#if __SIZEOF_LONG__ == 8
	int pad;
#endif
	long long start, len;
	int pid;
} __attribute__((packed));

static int ofd(int file, int cmd, int type, long start, long len)
{
	struct ofd_lock l = { .type = (short)type, .start = start,
			      .len = len };

	return fcntl(file, cmd, &l);
}

static void ofd_child(void *arg)
{
	int f = open("f", O_RDWR);

	(void)arg;
	if (ofd(f, F_OFD_SETLKW, F_WRLCK, 0, 5))
		_exit(1);
}

static void ofd_locks(void)
{
	int a = open("f", O_RDWR), b = open("f", O_RDWR), c;
	struct ofd_lock l = { .type = F_WRLCK, .start = 4, .len = 2 };
	int st;
	pid_t pid;

	check_ok(ofd(a, F_OFD_SETLK, F_WRLCK, 0, 5), "a lock of an open file");
	check_err(EAGAIN, ofd(b, F_OFD_SETLK, F_RDLCK, 4, 1),
		  "against another of the same process");
	check_ok(fcntl(b, F_OFD_GETLK, &l), "F_OFD_GETLK");
	check(l.type == F_WRLCK && l.start == 0 && l.len == 5 && l.pid == -1,
	      "tells its place, and nobody");
	l = (struct ofd_lock){ .type = F_WRLCK, .len = 1, .pid = 1 };
	check_err(EINVAL, fcntl(b, F_OFD_SETLK, &l), "the number must be 0");
	check_err(EAGAIN, lock_range(b, F_SETLK, F_WRLCK, 0, 5),
		  "against the process's own record lock");
	check_ok(lock_range(b, F_SETLK, F_WRLCK, 10, 5), "and the reverse:");
	check_err(EAGAIN, ofd(a, F_OFD_SETLK, F_WRLCK, 10, 1), "refused");
	close(open("f", O_RDONLY));
	check_ok(ofd(a, F_OFD_SETLK, F_WRLCK, 10, 1),
		 "a close ends the process's,");
	check_err(EAGAIN, ofd(b, F_OFD_SETLK, F_WRLCK, 0, 1),
		  "not that of an open file");
	c = dup(a);
	close(a);
	check_err(EAGAIN, ofd(b, F_OFD_SETLK, F_WRLCK, 0, 1),
		  "a copy keeps it");
	pid = fork();
	if (!pid) {
		close(c);
		ofd_child(NULL);
		_exit(0);
	}
	comes_to(pid, "SD");
	close(c);
	check(waitpid(pid, &st, 0) == pid && st == 0,
	      "the last close lets a waiter in");
	close(b);
}

static int flock(int f, int op)
{
	return (int)syscall(SYS_flock, f, op);
}

static void whole_file(void)
{
	int a = open("f", O_RDWR), b = open("f", O_RDWR), c;

	check_ok(flock(a, LOCK_EX), "flock");
	check_err(EAGAIN, flock(b, LOCK_EX | LOCK_NB), "held by another open");
	check_ok(flock(a, LOCK_SH), "made shared");
	check_ok(flock(b, LOCK_SH | LOCK_NB), "shared");
	check_err(EAGAIN, flock(b, LOCK_EX | LOCK_NB), "no upgrade");
	check_ok(flock(a, LOCK_EX | LOCK_NB), "which lets the old one go");
	check_ok(flock(a, LOCK_SH), "made shared again");
	c = dup(a);
	close(a);
	flock(b, LOCK_SH);
	check_err(EAGAIN, flock(b, LOCK_EX | LOCK_NB), "a copy keeps it");
	check_ok(flock(c, LOCK_UN), "unlocked through the copy");
	check_ok(flock(b, LOCK_EX | LOCK_NB), "free");
	check_ok(lock_range(c, F_SETLK, F_WRLCK, 0, 0),
		 "record locks are others");
	close(b);
	check_ok(flock(c, LOCK_EX | LOCK_NB), "close lets go");
	check_err(EINVAL, flock(c, 77), "unknown operation");
	close(c);
	check_err(EBADF, flock(c, LOCK_SH), "closed");
}

#ifdef SYS_fcntl64
#define F_GETLK64	12
#define F_SETLK64	13
#define F_SETLKW64	14

/* The same with long offsets: i386's own commands, of fcntl64 only. */
struct lock64 {
	short type, whence;
	long long start, len;
	int pid;
};

static long lock64(int cmd, int type, long long start, struct lock64 *l)
{
	*l = (struct lock64){ (short)type, SEEK_SET, start, 10, 0 };
	return syscall(SYS_fcntl64, fd, cmd, l);
}

static void ask_child64(void *arg)
{
	long long at = 5LL << 32;
	struct lock64 l;

	fd = open("f", O_RDWR);
	if (lock64(F_GETLK64, F_RDLCK, at + 5, &l) || l.type != F_WRLCK ||
	    l.start != at || l.len != 10 || l.pid != *(int *)arg)
		_exit(1);
	if (lock64(F_SETLK64, F_RDLCK, at + 9, &l) != -1 || errno != EAGAIN)
		_exit(2);
	_exit(lock64(F_SETLKW64, F_RDLCK, at + 10, &l) ? 3 : 0);
}

/* A lock from 1 on to the end: it conflicts first with what lies there. */
static void ask_too_far(void *arg)
{
	struct lock l = { F_RDLCK, SEEK_SET, 1, 0, 0 };

	(void)arg;
	fd = open("f", O_RDWR);
	if (syscall(SYS_fcntl64, fd, F_GETLK, &l) != -1 || errno != EOVERFLOW)
		_exit(1);
	l = (struct lock){ F_RDLCK, SEEK_SET, 1, 10, 0 };
	if (syscall(SYS_fcntl64, fd, F_GETLK, &l) || l.type != F_UNLCK)
		_exit(2);
	if (syscall(SYS_fcntl64, 999, F_SETLK, BAD) != -1 || errno != EBADF)
		_exit(3);
	_exit(0);
}

static void long_offsets(void)
{
	int pid = getpid();
	struct lock64 l;

	check_ok(lock64(F_SETLK64, F_WRLCK, 5LL << 32, &l), "F_SETLK64");
	check_eq(in_child(ask_child64, &pid), 0, "another process is told");
	check_ok(lock64(F_SETLKW64, F_UNLCK, 5LL << 32, &l), "F_SETLKW64");
	check(!lock64(F_GETLK64, F_WRLCK, 5LL << 32, &l) && l.type == F_UNLCK,
	      "F_GETLK64: free again");
	check_err(EFAULT, syscall(SYS_fcntl64, fd, F_GETLK64, BAD), "nowhere");
	check_err(EBADF, syscall(SYS_fcntl64, 999, F_GETLK64, BAD),
		  "no file, nowhere");
	check_ok(lock64(F_SETLK64, F_WRLCK, 5LL << 32, &l), "beyond 2 GiB");
	check_eq(in_child(ask_too_far, NULL), 0, "F_GETLK cannot tell it");
	lock64(F_SETLK64, F_UNLCK, 5LL << 32, &l);
	check_err(EINVAL, lock64(F_SETLK64, 7, 0, &l), "unknown type");
}
#else
static void long_offsets(void)
{
	for (int cmd = 12; cmd < 15; cmd++)
		check_err(EINVAL, fcntl(fd, cmd, 0), "no command %d", cmd);
}
#endif

int main(void)
{
	static char bytes[100];

	tap_scratch("file_locks");
	put_file("f", bytes, sizeof(bytes), 0644);
	fd = open("f", O_RDWR);
	lock_ranges();
	lock_from_places();
	refuse_locks();
	wait_for_locks();
	told_first();
	circle(2);
	circle(3);
	circle(11);
	circle_later();
	upgrades();
	no_mode();
	ofd_locks();
	whole_file();
	long_offsets();
	close(fd);
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
