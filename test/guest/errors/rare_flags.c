/* SPDX-License-Identifier: MIT */
/*
 * Flags and options that no other test is about, one by one: clocks and
 * timers, limits, signals, waiting, clone3, System V's questions, terminals
 * (rows B5, B6, B16, D10, D11).
 */
#include <poll.h>
#include <time.h>
#include "tap.h"

struct ts64 { long long sec, nsec; };
struct its64 { struct ts64 interval, value; };
#ifdef SYS_clock_gettime64
#define T(name)		SYS_##name##64
#define NANOSLEEP	SYS_clock_nanosleep_time64
#define GETRES		SYS_clock_getres_time64
#define FUTEX		SYS_futex_time64
#else
#define T(name)		SYS_##name
#define NANOSLEEP	SYS_clock_nanosleep
#define GETRES		SYS_clock_getres
#define FUTEX		SYS_futex
#endif

/* ---- clocks and timers --------------------------------------------------- */

static void clocks(void)
{
	static const int all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 11 };
	static const int slept[] = { 0, 1, 7, 11 };
	struct ts64 t, ms = { 0, 1000000 };
	long long timex[32];
	int of_parent = ~getppid() * 8 | 2;

	for (int i = 0; i < COUNT(all); i++) {
		check_ok(syscall(T(clock_gettime), all[i], &t), "clock %d",
			 all[i]);
		check_ok(syscall(GETRES, all[i], &t), "its step");
	}
	check_ok(syscall(T(clock_gettime), of_parent, &t), "another's time");
	check_err(EINVAL, syscall(T(clock_gettime), 99, &t), "no such clock");
	for (int i = 0; i < COUNT(slept); i++) {
		check_ok(syscall(NANOSLEEP, slept[i], 0, &ms, NULL),
			 "sleep by clock %d", slept[i]);
		syscall(T(clock_gettime), slept[i], &t);
		check_ok(syscall(NANOSLEEP, slept[i], 1, &t, NULL),
			 "TIMER_ABSTIME");
	}
	check_err(EOPNOTSUPP, syscall(NANOSLEEP, 3, 0, &ms, NULL),
		  "not by a thread's own");
	check_err(EOPNOTSUPP, syscall(NANOSLEEP, 4, 0, &ms, NULL),
		  "nor by the raw one");
	check_err(EOPNOTSUPP, syscall(NANOSLEEP, 6, 0, &ms, NULL),
		  "nor by a coarse one");
	memset(timex, 0, sizeof(timex));
	check(syscall(SYS_adjtimex, timex) >= 0, "adjtimex asked");
	check(syscall(SYS_clock_adjtime, 0, timex) >= 0, "clock_adjtime");
	syscall(T(clock_gettime), 0, &t);
	check_ok(syscall(T(clock_settime), 0, &t), "clock_settime");
	check_err(EINVAL, syscall(T(clock_settime), 1, &t), "of one only");
	{
		struct { long sec, usec; } tv = { t.sec, t.nsec / 1000 };

		check_ok(syscall(SYS_settimeofday, &tv, NULL),
			 "settimeofday");
	}
#ifdef SYS_stime
	{
		long sec = (long)t.sec, now = 0, word[2] = { 0, 0 };

		check_ok(syscall(SYS_stime, &sec), "stime");
		check(syscall(SYS_time, &now) >= sec && now >= sec, "time");
		word[0] = now;
		check_ok(syscall(SYS_clock_settime, 0, word),
			 "clock_settime with a word");
	}
#endif
}

struct event {
	union { int i; void *p; } value;
	int signo, notify, tid;
	char pad[52];
};

static int taken(int sig)
{
	struct ts64 t = { 60, 0 };
	sigset_t set = 1ul << (sig - 1);
	siginfo_t si;

#ifdef SYS_rt_sigtimedwait_time64
	return (int)syscall(SYS_rt_sigtimedwait_time64, &set, &si, &t, 8);
#else
	return (int)syscall(SYS_rt_sigtimedwait, &set, &si, &t, 8);
#endif
}

static void timers(void)
{
	static const int by[] = { 0, 1, 7, 11 };
	struct its64 soon = { { 0, 0 }, { 0, 1000000 } }, at, left;
	sigset_t set = 1ul << (SIGUSR1 - 1);
	struct event e = { .signo = SIGUSR1 };
	int id, none[4] = { 0, 1, 2, 4 };

	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < COUNT(by); i++) {
		check_ok(syscall(SYS_timer_create, by[i], &e, &id),
			 "a timer by clock %d", by[i]);
		check_ok(syscall(T(timer_settime), id, 0, &soon, NULL), "set");
		check_eq(taken(SIGUSR1), SIGUSR1, "it ends");
		at = soon;
		syscall(T(clock_gettime), by[i], &at.value);
		check_ok(syscall(T(timer_settime), id, 1, &at, &left),
			 "TIMER_ABSTIME");
		check_eq(taken(SIGUSR1), SIGUSR1, "is over");
		check_ok(syscall(T(timer_gettime), id, &left), "asked");
		check(!left.value.sec && !left.value.nsec, "nothing is left");
		syscall(SYS_timer_delete, id);
	}
	for (int i = 0; i < COUNT(none); i++) {
		e.notify = none[i];
		e.tid = getpid();
		check_ok(syscall(SYS_timer_create, 1, &e, &id),
			 "sigev_notify %d", none[i]);
		syscall(T(timer_settime), id, 0, &soon, NULL);
		if (none[i] != 1)
			check_eq(taken(SIGUSR1), SIGUSR1, "it is told");
		syscall(SYS_timer_delete, id);
	}
	e.notify = 3;
	check_err(EINVAL, syscall(SYS_timer_create, 1, &e, &id),
		  "no such notice");
#ifdef SYS_timer_settime64
	{
		long word[4] = { 0, 0, 1000, 0 };

		e.notify = 1;
		syscall(SYS_timer_create, 1, &e, &id);
		check_ok(syscall(SYS_timer_settime, id, 0, word, NULL),
			 "timer_settime with words");
		check_ok(syscall(SYS_timer_gettime, id, word), "and back");
		check(word[2] > 0 && word[2] <= 1000, "so much is left");
		syscall(SYS_timer_delete, id);
	}
#endif
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void interval_timers(void)
{
	static const char *const names[] = { "ITIMER_REAL", "ITIMER_VIRTUAL",
					     "ITIMER_PROF" };
	struct itimerval t = { { 0, 0 }, { 1000, 0 } }, was;

	for (int i = 0; i < 3; i++) {
		check_ok(setitimer(i, &t, NULL), "%s", names[i]);
		check_ok(syscall(SYS_getitimer, i, &was), "asked");
		check(was.it_value.tv_sec > 900, "told");
		setitimer(i, &(struct itimerval){ { 0, 0 }, { 0, 0 } }, NULL);
	}
	check_err(EINVAL, setitimer(3, &t, NULL), "no such timer");
}

static void futex_clock(void)
{
	struct ts64 past = { 1, 0 };
	int word = 0;

	check_err(ETIMEDOUT, syscall(FUTEX, &word, 9 | 128 | 256, 0, &past,
				     NULL, -1), "FUTEX_CLOCK_REALTIME");
}

/* ---- limits and priorities ----------------------------------------------- */

static void limits(void)
{
	struct { unsigned long long cur, max; } l;
	struct { unsigned long cur, max; } w;

	for (int i = 0; i < 16; i++) {
		check_ok(syscall(SYS_prlimit64, 0, i, NULL, &l), "limit %d", i);
		check_ok(syscall(SYS_prlimit64, 0, i, &l, NULL), "as it is");
	}
	check_err(EINVAL, syscall(SYS_prlimit64, 0, 16, NULL, &l), "no such");
#ifdef SYS_ugetrlimit
	check_ok(syscall(SYS_ugetrlimit, 7, &w), "ugetrlimit");
#endif
	check_ok(syscall(SYS_getrlimit, 7, &w), "getrlimit");
	check_ok(syscall(SYS_setrlimit, 7, &w), "setrlimit");
	for (int i = 1; i <= 3; i++) {
		check_ok(syscall(SYS_ioprio_set, i, 0, 2 << 13 | 4),
			 "ioprio_set for %d", i);
		check_eq(syscall(SYS_ioprio_get, i, 0), 2 << 13 | 4, "told");
	}
	check_err(EINVAL, syscall(SYS_ioprio_get, 4, 0), "no such kind");
	check_eq(syscall(SYS_sched_get_priority_max, 6), 0,
		 "SCHED_DEADLINE has no priorities");
	check_eq(syscall(SYS_sched_get_priority_max, 1), 99, "SCHED_FIFO has");
	check_err(EINVAL, syscall(SYS_sched_get_priority_max, 4), "none");
}

/* ---- signals and waiting ------------------------------------------------- */

struct stack { void *sp; int flags; unsigned long size; };
static struct stack in_handler;

/* With SA_SIGINFO: i386's old frame has no stack to restore. */
static void on_stack(int sig, siginfo_t *si, void *uc)
{
	(void)sig, (void)si, (void)uc;
	syscall(SYS_sigaltstack, NULL, &in_handler);
}

static void stacks(void)
{
	static char room[65536];
	struct stack s = { room, 1, sizeof(room) }, was;
	struct sigaction sa = { .sa_sigaction = on_stack,
				.sa_flags = SA_ONSTACK | SA_SIGINFO };

	check_ok(syscall(SYS_sigaltstack, &s, NULL), "SS_ONSTACK is no news");
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR2);
	check_eq(in_handler.flags, 1, "in the handler it is told");
	s.flags = (int)0x80000000;
	check_ok(syscall(SYS_sigaltstack, &s, NULL), "SS_AUTODISARM");
	raise(SIGUSR2);
	check_eq(in_handler.flags, 2, "it is off in the handler");
	syscall(SYS_sigaltstack, NULL, &was);
	check_eq(was.flags, (int)0x80000000, "and on again");
	s.flags = 2;
	check_ok(syscall(SYS_sigaltstack, &s, NULL), "SS_DISABLE");
	s.flags = 8;
	check_err(EINVAL, syscall(SYS_sigaltstack, &s, NULL), "no such flag");
}

static volatile int children;

static void on_child(int sig)
{
	(void)sig;
	children++;
}

static void stopped_children(void)
{
	struct sigaction sa = { .sa_handler = on_child,
				.sa_flags = SA_NOCLDSTOP | SA_RESTART };
	pid_t pid;
	int st;

	sigaction(SIGCHLD, &sa, NULL);
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(3);
	}
	check_eq(waitpid(pid, &st, WUNTRACED), pid, "it stops");
	check_eq(children, 0, "SA_NOCLDSTOP: silently");
	kill(pid, SIGCONT);
	check_eq(syscall(SYS_wait4, pid, &st, 0x20000000, NULL), pid,
		 "__WNOTHREAD");
	check_eq(children, 1, "its end is told");
	signal(SIGCHLD, SIG_DFL);
	pid = (int)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		_exit(4);
	check_err(ECHILD, syscall(SYS_wait4, pid, &st, 0, NULL),
		  "no child without a signal");
	check_eq(syscall(SYS_wait4, pid, &st, 0x80000000u, NULL), pid,
		 "__WCLONE: but of that kind");
	pid = (int)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		_exit(4);
	check_eq(syscall(SYS_wait4, pid, &st, 0x40000000, NULL), pid,
		 "__WALL: of any");
	check_err(EINVAL, syscall(SYS_wait4, -1, &st, 4, NULL), "no flag");
}

static void queued(void)
{
	sigset_t set = 1ul << (SIGUSR1 - 1);
	siginfo_t si;

	sigprocmask(SIG_BLOCK, &set, NULL);
	memset(&si, 0, sizeof(si));
	si.si_signo = SIGUSR1;
	si.si_code = -1;
	check_ok(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1,
			 &si), "rt_tgsigqueueinfo");
	check_eq(taken(SIGUSR1), SIGUSR1, "is taken");
#ifdef SYS_signalfd
	{
		int fd = (int)syscall(SYS_signalfd, -1, &set, 8);
		char got[128];

		raise(SIGUSR1);
		check_eq(read(fd, got, 128), 128, "signalfd");
		close(fd);
	}
#endif
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* ---- clone3 -------------------------------------------------------------- */

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		 stack_size, tls, set_tid, set_tid_size, cgroup;
};

static long clone3(struct clone_args *a)
{
	return syscall(SYS_clone3, a, sizeof(*a));
}

static void cloned(uint64_t flags, const char *what)
{
	struct clone_args a = { .flags = flags, .exit_signal = SIGCHLD };
	int parent = 0, child = 0, pidfd = -1, st = -1;
	pid_t pid;

	a.parent_tid = (unsigned long)&parent;
	a.child_tid = (unsigned long)&child;
	a.pidfd = (unsigned long)&pidfd;
	pid = (int)clone3(&a);
	if (pid == 0)
		_exit(9);
	check(pid > 0, "clone3: %s", what);
	if (pid < 0)
		return;
	waitpid(pid, &st, 0x40000000);
	check_eq(st, 9 << 8, "its end");
	if (flags & 0x100000)
		check_eq(parent, pid, "its number");
	if (pidfd >= 0)
		close(pidfd);
}

static void clones(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };

	cloned(0x200, "CLONE_FS");
	cloned(0x400, "CLONE_FILES");
	cloned(0x1000, "CLONE_PIDFD");
	cloned(0x2000, "CLONE_PTRACE");
	cloned(0x4000, "CLONE_VFORK");
	cloned(0x40000, "CLONE_SYSVSEM");
	cloned(0x100000, "CLONE_PARENT_SETTID");
	cloned(0x200000, "CLONE_CHILD_CLEARTID");
	cloned(0x800000, "CLONE_UNTRACED");
	cloned(0x1000000, "CLONE_CHILD_SETTID");
	cloned(0x80000000u, "CLONE_IO");
	cloned(0x100000000ull, "CLONE_CLEAR_SIGHAND");
	a.flags = 0x400000;
	check_err(EINVAL, clone3(&a), "CLONE_DETACHED");
	a.flags = 0x800;
	check_err(EINVAL, clone3(&a), "CLONE_SIGHAND alone");
	a.flags = 1;
	check_err(EINVAL, clone3(&a), "the signal's place");
	a = (struct clone_args){ .exit_signal = 65 };
	check_err(EINVAL, clone3(&a), "no such signal");
}

/* ---- System V ------------------------------------------------------------ */

static void systemv(void)
{
	enum { CREAT = 01000, EXCL = 02000, NORESERVE = 010000, RMID = 0 };
	char ds[256];
	unsigned short values[2];
	int id, last;

	id = (int)syscall(SYS_shmget, 4711, 100, CREAT | EXCL | NORESERVE |
			  0600);
	check(id >= 0, "IPC_CREAT, IPC_EXCL, SHM_NORESERVE");
	check_err(EEXIST, syscall(SYS_shmget, 4711, 100, CREAT | EXCL | 0600),
		  "twice");
	last = (int)syscall(SYS_shmctl, 0, 14, ds);
	check(last >= 0, "SHM_INFO tells the last place that is taken");
	check_eq(syscall(SYS_shmctl, last, 15, ds), id, "SHM_STAT_ANY");
	check_eq(syscall(SYS_shmctl, last, 13, ds), id, "SHM_STAT");
	syscall(SYS_shmctl, id, RMID, NULL);
	id = (int)syscall(SYS_semget, 4711, 2, CREAT | EXCL | 0600);
	last = (int)syscall(SYS_semctl, 0, 0, 19, ds);
	check(last >= 0, "SEM_INFO");
	check_eq(syscall(SYS_semctl, last, 0, 18, ds), id, "SEM_STAT");
	check_eq(syscall(SYS_semctl, last, 0, 20, ds), id, "SEM_STAT_ANY");
	check_ok(syscall(SYS_semctl, id, 0, 13, values), "GETALL");
	check_err(EINVAL, syscall(SYS_semctl, id, 0, 99, ds), "no command");
	syscall(SYS_semctl, id, 0, RMID, NULL);
	id = (int)syscall(SYS_msgget, 4711, CREAT | EXCL | 0600);
	last = (int)syscall(SYS_msgctl, 0, 12, ds);
	check(last >= 0, "MSG_INFO");
	check_eq(syscall(SYS_msgctl, last, 11, ds), id, "MSG_STAT");
	check_eq(syscall(SYS_msgctl, last, 13, ds), id, "MSG_STAT_ANY");
	syscall(SYS_msgctl, id, RMID, NULL);
}

/* ---- watches, attributes, polling ---------------------------------------- */

static void watches(void)
{
	int fd = (int)syscall(SYS_inotify_init1, 0), wd;

	wd = (int)syscall(SYS_inotify_add_watch, fd, ".", 2 | 0x1000000);
	check(wd >= 0, "IN_ONLYDIR");
	check_err(ENOTDIR, syscall(SYS_inotify_add_watch, fd, "f",
				   2 | 0x1000000), "a file is none");
	check_err(EEXIST, syscall(SYS_inotify_add_watch, fd, ".",
				  4 | 0x10000000), "IN_MASK_CREATE");
	check(syscall(SYS_inotify_add_watch, fd, "f", 2 | 0x10000000) > wd,
	      "where none is");
	close(fd);
#ifdef SYS_inotify_init
	close((int)syscall(SYS_inotify_init));
#endif
	if (syscall(SYS_setxattr, "f", "user.a", "1", 1, 1)) {
		tap_skip("XATTR_CREATE", "no attributes here");
		return;
	}
	check_err(EEXIST, syscall(SYS_setxattr, "f", "user.a", "2", 1, 1),
		  "XATTR_CREATE");
	check_ok(syscall(SYS_setxattr, "f", "user.a", "2", 1, 2),
		 "XATTR_REPLACE");
	check_err(ENODATA, syscall(SYS_setxattr, "f", "user.b", "2", 1, 2),
		  "what is there");
	check_err(EINVAL, syscall(SYS_setxattr, "f", "user.a", "2", 1, 4),
		  "no such flag");
}

static void polled(void)
{
	struct pollfd p = { .events = 0x40 | 0x80 | 0x100 | 0x200 | 2 };
	int s[2];

	syscall(SYS_socketpair, 1, 1, 0, s);
	write(s[1], "x", 1);
	p.fd = s[0];
	check_eq(poll(&p, 1, 0), 1, "POLLRDNORM, POLLWRNORM and kin");
	check_eq(p.revents & ~0x200, 0x40 | 0x100, "both are told");
	p.events = 0;
	close(s[1]);
	check_eq(poll(&p, 1, 0), 1, "without being asked");
	check_eq(p.revents, POLLHUP, "POLLHUP");
	close(s[0]);
	check_eq(poll(&p, 1, 0), 1, "a closed descriptor");
	check_eq(p.revents, POLLNVAL, "POLLNVAL");
}

struct iov {
	void *base;
	unsigned long len;
};

static void rest(void)
{
	int fd = open("f", O_RDWR);
	char text[8] = "12345", ds[256];
	struct iov v = { text, 5 };
	unsigned a, b, c;
	void *head;
	unsigned long len;

	check_eq(syscall(SYS_pwritev, fd, &v, 1, 0L, 0L), 5, "pwritev");
	check_eq(syscall(SYS_preadv, fd, &v, 1, 0L, 0L), 5, "preadv");
#if __SIZEOF_LONG__ == 8
	check_ok(syscall(SYS_readahead, fd, 0L, 5L), "readahead");
#else
	check_ok(syscall(SYS_readahead, fd, 0, 0, 5), "readahead");
	check_ok(syscall(SYS_statfs64, ".", 84, ds), "statfs64");
	check_ok(syscall(SYS_fstatfs64, fd, 84, ds), "fstatfs64");
#endif
	check_ok(syscall(SYS_statfs, ".", ds), "statfs");
	check_ok(syscall(SYS_fstatfs, fd, ds), "fstatfs");
	check_ok(syscall(SYS_getresgid, &a, &b, &c), "getresgid");
	check_ok(syscall(SYS_get_robust_list, 0, &head, &len),
		 "get_robust_list");
	check_ok(syscall(SYS_flock, fd, 1), "LOCK_SH");
	check_ok(syscall(SYS_flock, fd, 8), "LOCK_UN");
	close(fd);
}

static void in_another_root(void *arg)
{
	(void)arg;
	mkdir("root", 0700);
	_exit(syscall(SYS_chroot, "root") || chdir("/") ||
	      open("/f", O_RDONLY) >= 0);
}

/* ---- terminals ----------------------------------------------------------- */

static void terminal(void)
{
	enum { GPTN = 0x80045430, SPTLCK = 0x40045431 };
	int m = open("/dev/ptmx", O_RDWR | O_NOCTTY), no = 0, n = -1, s;
	unsigned char term[64];
	char name[32];

	syscall(SYS_ioctl, m, SPTLCK, &no);
	check_ok(syscall(SYS_ioctl, m, 0x80045439, &n), "TIOCGPTLCK");
	check_eq(n, 0, "open");
	syscall(SYS_ioctl, m, GPTN, &n);
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	s = open(name, O_RDWR | O_NOCTTY);
	check_ok(syscall(SYS_ioctl, m, 0x80045438, &n), "TIOCGPKT");
	check_eq(n, 0, "no packets");
	check_ok(syscall(SYS_ioctl, s, 0x5401, term), "TCGETS");
	check_ok(syscall(SYS_ioctl, s, 0x5403, term), "TCSETSW");
	check_ok(syscall(SYS_ioctl, s, 0x5404, term), "TCSETSF");
	check_ok(syscall(SYS_ioctl, s, 0x5409, 1), "TCSBRK: drains");
	check_ok(syscall(SYS_ioctl, s, 0x5425, 1), "TCSBRKP");
	check_ok(syscall(SYS_ioctl, s, 0x540a, 0), "TCXONC: off");
	check_ok(syscall(SYS_ioctl, s, 0x540a, 1), "TCXONC: on");
	check_err(EINVAL, syscall(SYS_ioctl, s, 0x540a, 9), "no such state");
	check_ok(syscall(SYS_ioctl, s, 0x5424, &n), "TIOCGETD");
	check_eq(n, 0, "N_TTY");
	check_ok(syscall(SYS_ioctl, s, 0x5423, &n), "TIOCSETD");
	check_ok(syscall(SYS_ioctl, s, 0x80045432, &n), "TIOCGDEV");
	check(n != 0, "it has a number");
	check_ok(syscall(SYS_ioctl, s, 0x540c), "TIOCEXCL");
	check_ok(syscall(SYS_ioctl, s, 0x80045440, &n), "TIOCGEXCL");
	check_eq(n, 1, "told");
	check_ok(syscall(SYS_ioctl, s, 0x540d), "TIOCNXCL");
	check_ok(syscall(SYS_ioctl, m, 0x40045436, SIGINT), "TIOCSIG");
	check_err(EINVAL, syscall(SYS_ioctl, m, 0x40045436, 99), "no signal");
	if (syscall(SYS_ioctl, s, 0x5412, "x"))
		tap_skip("TIOCSTI", "switched off");
	else
		check(1, "TIOCSTI");
	check_err(ENOTTY, syscall(SYS_ioctl, s, 0x5499, 0), "no such request");
	close(s);
	close(m);
}

/* ---- flags of what has nobody to heed them ------------------------------- */

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

static void flags_of_pieces(void)
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

/* ---- flags of maps ------------------------------------------------------- */

/* MAP_SHARED_VALIDATE knows what came before it, and this did not. */
static void validated_maps(void)
{
	int fd = open("f", O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ, 3, fd, 0);
	void *q;

	check(p != MAP_FAILED, "MAP_SHARED_VALIDATE");
	munmap(p, 4096);
	errno = 0;
	q = mmap(p, 4096, PROT_READ, 3 | 0x100000, fd, 0);
	check(q == MAP_FAILED && errno == EOPNOTSUPP,
	      "and MAP_FIXED_NOREPLACE");
	q = mmap(p, 4096, PROT_READ, 1 | 0x100000, fd, 0);
	check(q == p, "which MAP_SHARED heeds");
	munmap(p, 4096);
	close(fd);
}

int main(void)
{
	tap_scratch("rare_flags");
	put_file("f", "text", 4, 0600);
	clocks();
	timers();
	interval_timers();
	futex_clock();
	limits();
	stacks();
	stopped_children();
	queued();
	clones();
	systemv();
	watches();
	polled();
	flags_of_pieces();
	validated_maps();
	rest();
	check_eq(in_child(in_another_root, NULL), 0, "chroot");
	terminal();
	rmdir("root");
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
