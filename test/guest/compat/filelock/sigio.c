/* SPDX-License-Identifier: MIT */
/*
 * O_ASYNC: files that tell by a signal that they can be read or written.
 * Whom they tell, by which signal, what it says, and who may be told (rows
 * B5, B6).
 */
#include "terminal.h"

#ifndef F_SETSIG
#define F_SETSIG	10
#define F_GETSIG	11
#endif
#define SETOWN		8
#define GETOWN		9
#define SETOWN_EX	15
#define GETOWN_EX	16
#define GETOWNER_UIDS	17
#define ASYNC		020000
#define FIOASYNC_	0x5452
#define RT		40

enum { T_TID, T_PID, T_PGRP };
enum { IN = 1, OUT = 2, MSG = 3, HUP = 6 };

struct owner { int type, pid; };

/* As the kernel lays it out, whatever the library calls its parts. */
struct told {
	int signo, err, code;
#if __SIZEOF_LONG__ == 8
	int pad;
#endif
	long band;
	int fd;
	char rest[128];
};

static char buf[65536];

static void block(int sig)
{
	sigset_t set = 1ul << (sig - 1);

	sigprocmask(SIG_BLOCK, &set, NULL);
#if __SIZEOF_LONG__ == 4
	if (sig > 32) {
		unsigned words[2] = { 0, 1u << (sig - 33) };

		syscall(SYS_rt_sigprocmask, 0, words, NULL, 8);
	}
#endif
}

/* The signal, when it comes; after seconds 0.  => sig, or -1 */
static int take_told(int sig, struct told *t, long seconds)
{
	unsigned set[2] = { 0, 0 };
	long long ts[2] = { seconds, 0 };

	memset(t, 0, sizeof(*t));
	set[(sig - 1) / 32] = 1u << (sig - 1) % 32;
#ifdef SYS_rt_sigtimedwait_time64
	return (int)syscall(SYS_rt_sigtimedwait_time64, set, t, ts, 8);
#else
	return (int)syscall(SYS_rt_sigtimedwait, set, t, ts, 8);
#endif
}

static int comes(int sig, struct told *t)
{
	return take_told(sig, t, 20) == sig;
}

static int silent(int sig)
{
	struct told t;

	return take_told(sig, &t, 0) == -1;
}

static void drain_signal(int sig)
{
	struct told t;

	while (take_told(sig, &t, 0) == sig)
		;
}

static void pair_of_sockets(int s[2])
{
	if (syscall(SYS_socketpair, 1, 1, 0, s))
		tap_bail("socketpair");
}

static int async_on(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) | ASYNC);
}

static int async_off(int fd)
{
	return fcntl(fd, F_SETFL, fcntl(fd, F_GETFL, 0) & ~ASYNC);
}

/* ---- words --------------------------------------------------------------- */

static void set_owners(void)
{
	struct owner o = { 9, 9 };
	int p[2], me = getpid(), st;
	unsigned ids[2] = { 9, 9 };
	pid_t pid;

	pipe(p);
	check_eq(fcntl(p[0], GETOWN, 0), 0, "at first nobody owns it");
	check_ok(fcntl(p[0], GETOWN_EX, &o), "F_GETOWN_EX");
	check_eq(o.pid, 0, "says so too");
	check_ok(fcntl(p[0], SETOWN, me), "F_SETOWN");
	check_eq(fcntl(p[0], GETOWN, 0), me, "is told");
	check_eq(fcntl(p[1], GETOWN, 0), 0, "the other end is another file");
	fcntl(p[0], GETOWN_EX, &o);
	check(o.type == T_PID && o.pid == me, "as a process");
	check_ok(fcntl(p[0], GETOWNER_UIDS, ids), "F_GETOWNER_UIDS");
	check(ids[0] == getuid() && ids[1] == geteuid(), "by whom");
	check_ok(fcntl(p[1], GETOWNER_UIDS, ids), "of nobody's");
	check(ids[0] == 0 && ids[1] == 0, "0 and 0");
	check_err(EFAULT, fcntl(p[0], GETOWNER_UIDS, BAD), "ids to nowhere");
	pid = fork();
	if (pid == 0) {
		if (syscall(SYS_setresuid, 1000, 1001, 0) ||
		    fcntl(p[1], SETOWN, me))
			_exit(1);
		_exit(fcntl(p[1], GETOWNER_UIDS, ids) || ids[0] != 1000 ||
		      ids[1] != 1001);
	}
	waitpid(pid, &st, 0);
	check_eq(st, 0, "who named it, and as whom");
	check_ok(fcntl(p[0], SETOWN, -getpgrp()), "a group");
	fcntl(p[0], GETOWN_EX, &o);
	check(o.type == T_PGRP && o.pid == getpgrp(), "F_OWNER_PGRP");
	o = (struct owner){ T_TID, (int)syscall(SYS_gettid) };
	check_ok(fcntl(p[0], SETOWN_EX, &o), "F_OWNER_TID");
	check_eq(fcntl(p[0], GETOWN, 0), o.pid, "a thread");
	o.type = 3;
	check_err(EINVAL, fcntl(p[0], SETOWN_EX, &o), "no such kind");
	o = (struct owner){ T_PID, 0x3fffffff };
	check_err(ESRCH, fcntl(p[0], SETOWN_EX, &o), "no such process");
	check_err(ESRCH, fcntl(p[0], SETOWN, 0x3fffffff), "likewise");
	check_err(ESRCH, fcntl(p[0], SETOWN, -0x3fffffff), "no such group");
	check_err(EINVAL, fcntl(p[0], SETOWN, (int)0x80000000), "no number");
	check_err(EFAULT, fcntl(p[0], SETOWN_EX, BAD), "from nowhere");
	check_err(EFAULT, fcntl(p[0], GETOWN_EX, BAD), "to nowhere");
	check_eq(fcntl(p[0], GETOWN, 0), me, "what failed changed nothing");
	pid = fork();
	if (pid == 0)
		pause();
	fcntl(p[0], SETOWN, pid);
	check_eq(fcntl(p[0], GETOWN, 0), pid, "a child");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	drain_signal(SIGCHLD);
	check_eq(fcntl(p[0], GETOWN, 0), 0, "is nobody when it is gone");
	check_ok(fcntl(p[0], SETOWN, 0), "nobody");
	close(p[0]);
	close(p[1]);
}

static void set_owner_words(void)
{
	int p[2], null = open("/dev/null", O_RDWR), on = 1, who = 0, s[2];
	int path = open("/", 010000000);

	pipe(p);
	check_eq(fcntl(p[0], F_GETSIG, 0), 0, "F_GETSIG: none");
	check_ok(fcntl(p[0], F_SETSIG, RT), "F_SETSIG");
	check_eq(fcntl(p[0], F_GETSIG, 0), RT, "is told");
	check_err(EINVAL, fcntl(p[0], F_SETSIG, 65), "no such signal");
	check_eq(fcntl(p[0], F_GETFL, 0) & ASYNC, 0, "no O_ASYNC");
	check_ok(async_on(p[0]), "F_SETFL sets it");
	check(fcntl(p[0], F_GETFL, 0) & ASYNC, "it is told");
	check_ok(async_off(p[0]), "and clears it");
	check_eq(fcntl(p[0], F_GETFL, 0) & ASYNC, 0, "told too");
	check_ok(ioctl(p[0], FIOASYNC_, &on), "FIOASYNC");
	check(fcntl(p[0], F_GETFL, 0) & ASYNC, "is the same");
	on = 0;
	check_ok(ioctl(p[0], FIOASYNC_, &on), "FIOASYNC off");
	check_eq(fcntl(p[0], F_GETFL, 0) & ASYNC, 0, "is the same");
	check_err(EFAULT, ioctl(p[0], FIOASYNC_, BAD), "from nowhere");
	on = 1;
	check_err(ENOTTY, ioctl(null, FIOASYNC_, &on), "not every file can");
	check_err(ENOTTY, ioctl(p[0], 0x8901, &who), "FIOSETOWN: no pipe's");
	check_err(EBADF, fcntl(path, SETOWN, getpid()), "not with O_PATH");
	pair_of_sockets(s);
	who = getpid();
	check_ok(ioctl(s[0], 0x8901, &who), "FIOSETOWN");
	check_eq(fcntl(s[0], GETOWN, 0), who, "is F_SETOWN of a socket");
	who = -getpgrp();
	check_ok(ioctl(s[0], 0x8902, &who), "SIOCSPGRP");
	who = 0;
	check_ok(ioctl(s[0], 0x8904, &who), "SIOCGPGRP");
	check_eq(who, -getpgrp(), "of a group");
	check_ok(ioctl(s[0], 0x8903, &who), "FIOGETOWN");
	check_err(EFAULT, ioctl(s[0], 0x8901, BAD), "from nowhere");
	for (int i = 0; i < 2; i++) {
		close(p[i]);
		close(s[i]);
	}
	close(null);
	close(path);
}

/* ---- what is told -------------------------------------------------------- */

/* Sets fd up to tell this process by sig (0: SIGIO). */
static void listen_by_signal(int fd, int sig)
{
	if (fcntl(fd, SETOWN, getpid()) || fcntl(fd, F_SETSIG, sig) ||
	    async_on(fd))
		tap_bail("O_ASYNC");
}

static int told_says(const struct told *t, int fd, int code, long band)
{
	if (t->fd == fd && t->code == code && t->band == band)
		return 1;
	printf("# fd %d code %d band %#lx, want %d %d %#lx\n", t->fd, t->code,
	       t->band, fd, code, band);
	return 0;
}

#define BAND_IN		0x41
#define BAND_OUT	0x304
#define BAND_HUP	0x18
#define BAND_MSG	0x441

static void signal_pipes(void)
{
	struct told t;
	int p[2];

	pipe(p);
	listen_by_signal(p[0], 0);
	check(silent(SIGIO), "nothing to tell");
	write(p[1], "x", 1);
	check(comes(SIGIO, &t), "a pipe is written: SIGIO");
	check_eq(t.code, 0x80, "without more to say: SI_KERNEL");
	read(p[0], buf, 9);
	fcntl(p[0], F_SETSIG, SIGIO);
	write(p[1], "x", 1);
	check(comes(SIGIO, &t), "F_SETSIG SIGIO");
	check(told_says(&t, p[0], IN, BAND_IN), "tells the descriptor and why");
	fcntl(p[0], F_SETSIG, RT);
	write(p[1], "x", 1);
	check(comes(RT, &t), "another signal");
	check(told_says(&t, p[0], IN, BAND_IN), "tells the same");
	fcntl(p[0], F_SETSIG, SIGCHLD);
	write(p[1], "x", 1);
	check(comes(SIGCHLD, &t), "one with codes of its own");
	check(told_says(&t, p[0], -5, BAND_IN), "says SI_SIGIO");
	async_off(p[0]);
	write(p[1], "x", 1);
	check(silent(SIGCHLD) && silent(SIGIO), "off: nothing is told");
	fcntl(p[0], F_SETSIG, RT);
	async_on(p[0]);
	close(p[1]);
	check(comes(RT, &t) && t.code == IN, "the writer closes: POLL_IN");
	close(p[0]);
	pipe(p);
	listen_by_signal(p[1], RT);
	fcntl(p[1], F_SETFL, fcntl(p[1], F_GETFL, 0) | O_NONBLOCK);
	while (write(p[1], buf, sizeof(buf)) > 0)
		;
	drain_signal(RT);
	read(p[0], buf, sizeof(buf));
	check(comes(RT, &t), "a full pipe is read");
	check(told_says(&t, p[1], OUT, BAND_OUT), "POLL_OUT");
	drain_signal(RT);
	close(p[0]);
	check(comes(RT, &t) && t.code == OUT, "the reader closes: POLL_OUT");
	close(p[1]);
	drain_signal(RT);
}

static void signal_sockets(void)
{
	struct told t;
	int s[2];

	pair_of_sockets(s);
	listen_by_signal(s[0], RT);
	write(s[1], "x", 1);
	check(comes(RT, &t), "a socket gets data");
	check(told_says(&t, s[0], IN, BAND_IN), "POLL_IN");
	write(s[0], "y", 1);
	read(s[1], buf, 9);
	check(silent(RT), "room that nobody missed is not told");
	fcntl(s[0], F_SETFL, fcntl(s[0], F_GETFL, 0) | O_NONBLOCK);
	while (write(s[0], buf, 4096) > 0)
		;
	drain_signal(RT);
	fcntl(s[1], F_SETFL, O_NONBLOCK);
	while (read(s[1], buf, sizeof(buf)) > 0)
		;
	check(comes(RT, &t), "a full one has room again");
	check(told_says(&t, s[0], OUT, BAND_OUT), "POLL_OUT");
	drain_signal(RT);
	close(s[1]);
	check(comes(RT, &t), "the other end closes");
	check(told_says(&t, s[0], HUP, BAND_HUP), "POLL_HUP");
	close(s[0]);
	drain_signal(RT);
}

static void signal_terminals(void)
{
	struct pair p = make_pty(1);
	struct told t;
	struct owner o;

	check_ok(async_on(p.s), "a terminal");
	fcntl(p.s, GETOWN_EX, &o);
	check(o.type == T_PID && o.pid == getpid(),
	      "nobody's: it tells who asked");
	fcntl(p.s, F_SETSIG, RT);
	write(p.m, "a\n", 2);
	check(comes(RT, &t), "a line is typed");
	check(told_says(&t, p.s, IN, BAND_IN), "POLL_IN");
	fcntl(p.m, SETOWN, getpid());
	fcntl(p.m, F_SETSIG, RT);
	drain_signal(RT);
	async_off(p.s);
	read(p.m, buf, 9);
	async_on(p.m);
	write(p.s, "out", 3);
	check(comes(RT, &t), "its master can read");
	check(told_says(&t, p.m, IN, BAND_IN), "POLL_IN");
	close_pty(&p);
	drain_signal(RT);
}

/* F_NOTIFY tells in the same way. */
static void signal_directories(void)
{
	struct told t;
	int dir;

	tap_scratch("sigio");
	dir = open(".", O_RDONLY);
	check_ok(fcntl(dir, F_SETSIG, RT), "F_SETSIG of a folder");
	check_ok(fcntl(dir, 1026, 4 | (int)0x80000000), "F_NOTIFY");
	check_eq(fcntl(dir, GETOWN, 0), getpid(), "makes it ours");
	close(open("f", O_CREAT | O_WRONLY, 0600));
	check(comes(RT, &t), "a new name");
	check(told_says(&t, dir, MSG, BAND_MSG), "POLL_MSG");
	close(dir);
	unlink("f");
	tap_scratch_end();
}

static void foreground(void)
{
	struct pair p = lead();
	struct owner o;

	check_ok(async_on(p.s), "our own terminal");
	fcntl(p.s, GETOWN_EX, &o);
	check(o.type == T_PGRP && o.pid == getpgrp(),
	      "it tells the group in its foreground");
	close_pty(&p);
}

/* ---- who is told --------------------------------------------------------- */

struct shared {
	volatile int ready, seen[3];
};

static struct shared *all;
static int me;

static void note_member(int sig)
{
	(void)sig;
	all->seen[me]++;
}

static pid_t start_member(int n, pid_t pgid, int uid)
{
	pid_t pid = fork();

	if (pid == 0) {
		me = n;
		setpgid(0, pgid);
		signal(SIGUSR2, note_member);
		if (uid)
			setuid((unsigned)uid);
		__sync_fetch_and_add(&all->ready, 1);
		for (;;)
			pause();
	}
	setpgid(pid, pgid ?: pid);
	return pid;
}

static void signal_group(void)
{
	struct told t;
	pid_t a, b;
	int p[2];

	all = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	a = start_member(0, 0, 0);
	b = start_member(1, a, 0);
	(void)eventually(all->ready == 2);
	pipe(p);
	check_ok(fcntl(p[0], SETOWN, -a), "owned by a group");
	fcntl(p[0], F_SETSIG, SIGUSR2);
	async_on(p[0]);
	write(p[1], "x", 1);
	check(eventually(all->seen[0] && all->seen[1]), "all of it is told");
	check(silent(SIGIO) && silent(RT), "and we are not");
	kill(a, SIGKILL);
	kill(b, SIGKILL);
	waitpid(a, NULL, 0);
	waitpid(b, NULL, 0);
	fcntl(p[0], SETOWN, 0);
	write(p[1], "x", 1);
	fcntl(p[0], SETOWN, getpid());
	fcntl(p[0], F_SETSIG, RT);
	write(p[1], "x", 1);
	check(comes(RT, &t), "owned by us, we are");
	close(p[0]);
	close(p[1]);
	drain_signal(RT);
}

/* A user names another's process: it is not told. */
static void refuse_foreign_owner(void)
{
	int p[2], q[2], st;
	pid_t pid, own;

	all->ready = 0;
	memset((void *)all->seen, 0, sizeof(all->seen));
	pid = start_member(0, 0, 0);
	own = start_member(1, 0, 1000);
	(void)eventually(all->ready == 2);
	pipe(p);
	pipe(q);
	if (fork() == 0) {
		setuid(1000);
		fcntl(p[0], SETOWN, pid);
		fcntl(q[0], SETOWN, own);
		fcntl(p[0], F_SETSIG, SIGUSR2);
		fcntl(q[0], F_SETSIG, SIGUSR2);
		async_on(p[0]);
		async_on(q[0]);
		write(p[1], "x", 1);
		write(q[1], "x", 1);
		_exit(0);
	}
	wait(&st);
	check(eventually(all->seen[1]), "a user's own process is told");
	kill(pid, SIGUSR2);
	check(eventually(all->seen[0]), "another's listens");
	kill(pid, SIGUSR2);
	check(eventually(all->seen[0] > 1), "still");
	check_eq(all->seen[0], 2, "and heard only us");
	kill(pid, SIGKILL);
	kill(own, SIGKILL);
	waitpid(pid, NULL, 0);
	waitpid(own, NULL, 0);
	for (int i = 0; i < 2; i++) {
		close(p[i]);
		close(q[i]);
	}
}

/* A queue that is full: SIGIO, without more to say. */
static void overflow_signals(void)
{
	struct { unsigned long cur, max; } l = { 4, 4 };
	struct told t;
	int p[2], n = 0;

	pipe(p);
	listen_by_signal(p[0], RT);
	syscall(SYS_setrlimit, 11, &l);
	check(eventually((write(p[1], "x", 1), !silent(SIGIO))),
	      "no room for more: a plain SIGIO");
	while (take_told(RT, &t, 0) == RT)
		n += told_says(&t, p[0], IN, BAND_IN);
	check(n >= 1, "what found room is there");
	close(p[0]);
	close(p[1]);
}

/* Owners that have been waited for: nobody is told. */
static void forget_owners(void)
{
	enum { OWNERS = 8 };
	int p[OWNERS][2], pid[OWNERS], written = 0;

	for (int i = 0; i < OWNERS; i++) {
		pipe(p[i]);
		pid[i] = fork();
		if (pid[i] == 0)
			for (;;)
				pause();
		listen_by_signal(p[i][0], 0);
		fcntl(p[i][0], SETOWN, pid[i]);
	}
	for (int i = 0; i < OWNERS; i++)
		kill(pid[i], SIGKILL);
	for (int i = 0; i < OWNERS; i++)
		waitpid(pid[i], NULL, 0);
	for (int i = 0; i < OWNERS; i++) {
		written += (int)write(p[i][1], "x", 1);
		close(p[i][0]);
		close(p[i][1]);
	}
	check(written == OWNERS && silent(SIGIO),
	      "owners that have been waited for hear nothing");
}

int main(void)
{
	block(SIGIO);
	block(RT);
	block(SIGCHLD);
	set_owners();
	set_owner_words();
	signal_pipes();
	signal_sockets();
	signal_terminals();
	signal_directories();
	run_alone(foreground);
	signal_group();
	refuse_foreign_owner();
	forget_owners();
	overflow_signals();
	return tap_done();
}
