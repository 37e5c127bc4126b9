/* SPDX-License-Identifier: MIT */
/*
 * Job control, rule by rule (POSIX 11.1 and the pages of setpgid, tcsetpgrp,
 * _exit): whose a terminal becomes, what a background job may do to it, whom
 * keys, sizes and hang-ups reach, and groups that nobody can continue (rows
 * B14, D2).
 */
#include "note.h"
#include "sessions.h"

static char buf[256];
static int told[2];		/* what children tell the test */

static void tell_parent(char c)
{
	write(told[1], &c, 1);
}

/* The next thing told; 0: nobody is left who could */
static char heard_from_job(void)
{
	char c = 0;

	return read(told[0], &c, 1) == 1 ? c : 0;
}

static void ask_children(void)
{
	if (pipe(told))
		tap_bail("pipe");
}

/* Also from the background. */
static void set_foreground(struct pair *p, int pgid)
{
	sigset_t set = 1ul << (SIGTTOU - 1), old;

	sigprocmask(SIG_BLOCK, &set, &old);
	ioctl(p->s, TIOCSPGRP, &pgid);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void take_foreground(struct pair *p)
{
	set_foreground(p, getpgrp());
}

/* A child in a group of its own, in the foreground or not. */
static pid_t job(struct pair *p, void (*fn)(struct pair *), int foreground)
{
	int go[2];
	pid_t pid;
	char c;

	pipe(go);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		close(go[1]);
		read(go[0], &c, 1);
		close(go[0]);
		fn(p);
		_exit(99);
	}
	setpgid(pid, pid);
	if (foreground)
		set_foreground(p, pid);
	close(go[0]);
	close(go[1]);
	return pid;
}

static void kill_and_wait(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- whose it becomes ---------------------------------------------------- */

static void acquiring(void)
{
	struct pair p, q;
	int fd;

	setsid();
	signal(SIGHUP, SIG_IGN);
	p = make_pty(1);
	if (fork() == 0)
		_exit(session_of(open(p.name, O_RDWR)) != -ENOTTY ||
		      has_terminal());
	wait(&fd);
	check_eq(fd, 0, "who leads no session takes none by opening it");
	check_eq(session_of(p.s), -ENOTTY, "O_NOCTTY: it stays nobody's");
	fd = open(p.name, O_WRONLY);
	check_eq(session_of(p.s), -ENOTTY,
		 "so it does when opened for writing");
	check_ok(ioctl(fd, TIOCSCTTY, 0), "TIOCSCTTY by the superuser");
	check_eq(session_of(p.s), getpid(), "it is ours");
	check_ok(ioctl(p.s, TIOCSCTTY, 0), "again is no news");
	q = make_pty(0);
	q.s = open(q.name, O_RDWR);
	check_eq(session_of(q.s), -ENOTTY,
		 "another one does not become so too");
	check_err(EPERM, ioctl(q.s, TIOCSCTTY, 0), "nor when asked for");
	check_err(EPERM, ioctl(q.s, TIOCSCTTY, 1), "or even stolen");
	check_ok(ioctl(p.s, TIOCNOTTY), "given up");
	check_err(ENOTTY, ioctl(p.s, TIOCNOTTY), "once");
	fd = open(q.name, O_RDONLY);
	check_eq(session_of(q.s), getpid(), "now opening takes it");
	check_err(ENOTTY, ioctl(q.m, TIOCNOTTY), "a master gives nothing up");
	check_eq(session_of(q.m), getpid(), "but tells whose it is");
	close(fd);
	close_pty(&q);
	close_pty(&p);
}

static void by_members(void)
{
	struct pair p = lead(), q = make_pty(0);
	int st;

	if (fork() == 0) {
		int s = open(q.name, O_RDWR);

		_exit(session_of(s) != -ENOTTY ||
		      ioctl(s, TIOCSCTTY, 0) != -1 ||
		      errno != EPERM || !has_terminal());
	}
	wait(&st);
	check_eq(st, 0, "nor when its session has one");
	if (fork() == 0)
		_exit(ioctl(p.s, TIOCNOTTY) || has_terminal());
	wait(&st);
	check_eq(st, 0, "a member gives up its own");
	check(has_terminal(), "and nobody else's");
	if (fork() == 0) {
		setsid();
		_exit(has_terminal() || ioctl(p.s, TIOCSCTTY, 0) != -1 ||
		      errno != EPERM);
	}
	wait(&st);
	check_eq(st, 0, "a new session has none and gets no other's");
	chmod(q.name, 0666);
	if (fork() == 0) {
		int s;

		setuid(1000);
		setsid();
		s = open(q.name, O_WRONLY);
		_exit(s < 0 || ioctl(s, TIOCSCTTY, 0) != -1 || errno != EPERM ||
		      ioctl(p.s, TIOCSCTTY, 1) != -1 || errno != EPERM);
	}
	wait(&st);
	check_eq(st, 0, "nor may a user by writing, or steal");
	close_pty(&q);
	close_pty(&p);
}

static void pause_in_job(struct pair *p)
{
	(void)p;
	for (;;)
		pause();
}

static void waits_for_hangup(struct pair *p)
{
	signal(SIGHUP, SIG_DFL);
	tell_parent('r');
	pause_in_job(p);
}

static void giving_up(void)
{
	struct pair p = lead();
	pid_t pid;
	int st;

	ask_children();
	note_with(SIGHUP, 0);
	pid = job(&p, waits_for_hangup, 1);
	heard_from_job();
	check_ok(ioctl(p.s, TIOCNOTTY), "the leader gives up");
	waitpid(pid, &st, 0);
	check_eq(WTERMSIG(st), SIGHUP, "the foreground group hears of it");
	check_eq(noted[SIGHUP], 0, "no other");
	signal(SIGHUP, SIG_IGN);
	close_pty(&p);
}

/* ---- tcsetpgrp and its kin ----------------------------------------------- */

static void change_foreground(void)
{
	struct pair p = lead(), q = make_pty(1);
	int id = 0, me = getpgrp(), none = 0x3fffffff, bad = -1, one = 1;
	pid_t pid, out;

	check_ok(ioctl(p.s, TIOCGPGRP, &id), "TIOCGPGRP");
	check_eq(id, me, "is ours");
	pid = job(&p, pause_in_job, 0);
	check_ok(ioctl(p.s, TIOCSPGRP, &pid), "a child's group");
	ioctl(p.m, TIOCGPGRP, &id);
	check_eq(id, pid, "the master sees it");
	take_foreground(&p);
	check_err(ESRCH, ioctl(p.s, TIOCSPGRP, &none), "no such group");
	check_err(EINVAL, ioctl(p.s, TIOCSPGRP, &bad), "a negative one");
	check_err(EPERM, ioctl(p.s, TIOCSPGRP, &one), "another session's");
	check_err(EFAULT, ioctl(p.s, TIOCSPGRP, BAD), "from nowhere");
	check_err(ENOTTY, ioctl(q.s, TIOCSPGRP, &me), "a terminal not ours");
	check_err(ENOTTY, ioctl(q.s, TIOCGPGRP, &id), "nor asked");
	check_eq(ioctl(q.m, TIOCGPGRP, &id), 0, "its master may");
	check_eq(id, 0, "and hears that there is none");
	out = fork();
	if (out == 0) {
		setsid();
		_exit(ioctl(p.s, TIOCSPGRP, &pid) != -1 || errno != ENOTTY);
	}
	waitpid(out, &id, 0);
	check_eq(id, 0, "not from another session");
	kill_and_wait(pid);
	take_foreground(&p);
	out = fork();
	if (out == 0)
		pause_in_job(&p);
	check_ok(ioctl(p.s, TIOCSPGRP, &out), "a process that leads no group");
	ioctl(p.m, TIOCGPGRP, &id);
	check_eq(id, out, "is taken as one, as Linux does");
	kill_and_wait(out);
	take_foreground(&p);
	check_err(ESRCH, ioctl(p.s, TIOCSPGRP, &pid), "a group that ended");
	close_pty(&q);
	close_pty(&p);
}

/* ---- the background ------------------------------------------------------ */

enum { OK = 0, STOP = -1 };
enum how { PLAIN, IGNORED, BLOCKED, CAUGHT, HOWS };

struct touch {
	const char *what;
	long (*fn)(struct pair *p);
	int signo, result[HOWS];
};

static struct termios modes;

static long do_read(struct pair *p)
{
	return read(p->s, buf, 1);
}

static long write_a_byte(struct pair *p)
{
	return write(p->s, "x", 1) == 1 ? 0 : -1;
}

static long set_now(struct pair *p)
{
	return tcsetattr(p->s, TCSANOW, &modes);
}

static long set_drained(struct pair *p)
{
	return tcsetattr(p->s, TCSADRAIN, &modes);
}

static long set_flushed(struct pair *p)
{
	return tcsetattr(p->s, TCSAFLUSH, &modes);
}

static long set_short(struct pair *p)
{
	char t[32];

	return ioctl(p->s, 0x5405, t) ?: ioctl(p->s, 0x5406, t);
}

static long set_long(struct pair *p)
{
	char t[64];

	return ioctl(p->s, 0x802c542a, t) ?: ioctl(p->s, 0x402c542b, t);
}

static long do_flush(struct pair *p)
{
	return ioctl(p->s, TCFLSH, TCIFLUSH);
}

static long do_flow(struct pair *p)
{
	return ioctl(p->s, TCXONC, TCOON);
}

static long do_break(struct pair *p)
{
	return ioctl(p->s, 0x5409, 0);
}

static long do_drain(struct pair *p)
{
	return ioctl(p->s, 0x5409, 1);
}

static long start_break(struct pair *p)
{
	return ioctl(p->s, 0x5427, 0);
}

static long end_break(struct pair *p)
{
	return ioctl(p->s, 0x5428, 0);
}

static long set_discipline(struct pair *p)
{
	int n = 0;

	return ioctl(p->s, 0x5423, &n);
}

static long set_group(struct pair *p)
{
	int me = getpgrp();

	return ioctl(p->s, TIOCSPGRP, &me);
}

static long set_size(struct pair *p)
{
	return ioctl(p->s, TIOCSWINSZ, &(struct winsize){ 1, 2, 3, 4 });
}

static long do_type(struct pair *p)
{
	return ioctl(p->s, TIOCSTI, "q");
}

static long do_ask(struct pair *p)
{
	struct winsize w;
	int n;

	return tcgetattr(p->s, &modes) ?: ioctl(p->s, TIOCGWINSZ, &w) ?:
		ioctl(p->s, TIOCGPGRP, &n) ?: ioctl(p->s, FIONREAD, &n);
}

#define ALWAYS	{ OK, OK, OK, OK }
#define MODE	{ STOP, OK, OK, EINTR }

static const struct touch touches[] = {
	{ "read", do_read, SIGTTIN, { STOP, EIO, EIO, EINTR } },
	{ "write with TOSTOP", write_a_byte, SIGTTOU, MODE },
	{ "TCSANOW", set_now, SIGTTOU, MODE },
	{ "TCSADRAIN", set_drained, SIGTTOU, MODE },
	{ "TCSAFLUSH", set_flushed, SIGTTOU, MODE },
	{ "TCSETA", set_short, SIGTTOU, MODE },
	{ "TCSETS2", set_long, SIGTTOU, MODE },
	{ "tcflush", do_flush, SIGTTOU, MODE },
	{ "tcflow", do_flow, SIGTTOU, MODE },
	{ "tcsendbreak", do_break, SIGTTOU, MODE },
	{ "tcdrain", do_drain, SIGTTOU, MODE },
	{ "TIOCSBRK", start_break, SIGTTOU, MODE },
	{ "TIOCCBRK", end_break, SIGTTOU, MODE },
	{ "TIOCSETD", set_discipline, SIGTTOU, MODE },
	{ "tcsetpgrp", set_group, SIGTTOU, MODE },
	{ "TIOCSWINSZ", set_size, SIGTTOU, ALWAYS },
	{ "TIOCSTI", do_type, SIGTTOU, ALWAYS },
	{ "what only asks", do_ask, SIGTTOU, ALWAYS },
};

static const struct touch *touch;
static int how;

static void do_touch(struct pair *p)
{
	sigset_t set = 1ul << (touch->signo - 1);

	if (how == IGNORED)
		signal(touch->signo, SIG_IGN);
	if (how == BLOCKED)
		sigprocmask(SIG_BLOCK, &set, NULL);
	if (how == CAUGHT)
		note_with(touch->signo, 0);
	_exit(touch->fn(p) < 0 ? errno : OK);
}

/* => errno, OK or STOP */
static int outcome(pid_t pid, int signo)
{
	int st = 0;

	waitpid(pid, &st, WUNTRACED);
	if (!WIFSTOPPED(st))
		return WIFEXITED(st) ? WEXITSTATUS(st) : 1000 + WTERMSIG(st);
	kill_and_wait(pid);
	return WSTOPSIG(st) == signo ? STOP : 2000 + WSTOPSIG(st);
}

static void act_in_background(void)
{
	static const char *const hows[] = { "", ", ignored", ", blocked",
					    ", caught" };
	struct pair p = lead();

	tcgetattr(p.s, &modes);
	modes.c_lflag = (modes.c_lflag | TOSTOP) & ~(unsigned)ECHO;
	tcsetattr(p.s, TCSANOW, &modes);
	for (int i = 0; i < COUNT(touches); i++) {
		touch = &touches[i];
		for (how = PLAIN; how < HOWS; how++) {
			pid_t pid = job(&p, do_touch, 0);

			check_eq(outcome(pid, touch->signo),
				 touch->result[how], "background: %s%s",
				 touch->what, hows[how]);
			take_foreground(&p);
		}
	}
	close_pty(&p);
}

/* The same by a group whose parents are gone or far. */
static void orphan(struct pair *p)
{
	if (fork() > 0)
		_exit(0);
	(void)eventually(getppid() == 1);
	for (int i = 0; i < COUNT(touches); i++) {
		int err = touches[i].fn(p) < 0 ? errno : 0;

		if (write(told[1], &err, sizeof(err)) < 0)
			break;
	}
	_exit(0);
}

static void orphaned_background(void)
{
	struct pair p = lead();

	ask_children();
	tcgetattr(p.s, &modes);
	modes.c_lflag = (modes.c_lflag | TOSTOP) & ~(unsigned)ECHO;
	tcsetattr(p.s, TCSANOW, &modes);
	waitpid(job(&p, orphan, 0), NULL, 0);
	close(told[1]);
	for (int i = 0; i < COUNT(touches); i++) {
		int err = -2, want = !touches[i].result[PLAIN] ? 0 :
			touches[i].fn == set_group ? ENOTTY : EIO;

		read(told[0], &err, sizeof(err));
		check_eq(err, want, "orphaned: %s", touches[i].what);
	}
	close(told[0]);
	close_pty(&p);
}

/* All of the group stops; continued in the foreground the call goes on. */
static void reads_with_friend(struct pair *p)
{
	pid_t friend = fork();

	if (friend == 0)
		pause_in_job(p);
	tell_parent('f');
	write(told[1], &friend, sizeof(friend));
	note_with(SIGCONT, SA_RESTART);
	_exit(read(p->s, buf, 1) == 1 && buf[0] == 'k' && noted[SIGCONT] ?
	      7 : 8);
}

static void stopped_group(void)
{
	struct pair p = lead();
	pid_t pid, friend = 0;
	int st;

	ask_children();
	pid = job(&p, reads_with_friend, 0);
	heard_from_job();
	read(told[0], &friend, sizeof(friend));
	waitpid(pid, &st, WUNTRACED);
	check(WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTIN, "a reader stops");
	check(comes_to(friend, "T"), "with its whole group");
	ioctl(p.s, TIOCSPGRP, &pid);
	kill(-pid, SIGCONT);
	write(p.m, "k\n", 2);
	waitpid(pid, &st, 0);
	check_eq(WEXITSTATUS(st), 7, "in the foreground its read goes on");
	kill(friend, SIGKILL);
	take_foreground(&p);
	close(told[0]);
	close(told[1]);
	close_pty(&p);
}

/* ---- keys, sizes, requests ----------------------------------------------- */

static void all_keys(struct pair *p)
{
	static const struct { char key; int signo; } keys[] = {
		{ 3, SIGINT }, { 28, SIGQUIT }, { 26, SIGTSTP },
	};
	pid_t front, back = job(p, pause_in_job, 0);
	int st;

	for (int i = 0; i < COUNT(keys); i++) {
		front = job(p, pause_in_job, 1);
		write(p->m, &keys[i].key, 1);
		waitpid(front, &st, WUNTRACED);
		check_eq(WIFSTOPPED(st) ? WSTOPSIG(st) : WTERMSIG(st),
			 keys[i].signo, "key %d: its signal", keys[i].key);
		if (WIFSTOPPED(st))
			kill_and_wait(front);
		front = job(p, pause_in_job, 1);
		check_ok(ioctl(p->m, TIOCSIG, (long)keys[i].signo), "TIOCSIG");
		waitpid(front, &st, WUNTRACED);
		check_eq(WIFSTOPPED(st) ? WSTOPSIG(st) : WTERMSIG(st),
			 keys[i].signo, "the same");
		if (WIFSTOPPED(st))
			kill_and_wait(front);
	}
	check_eq(waitpid(back, &st, WNOHANG | WUNTRACED), 0,
		 "the background hears nothing");
	kill_and_wait(back);
	check_err(EINVAL, ioctl(p->m, TIOCSIG, (long)SIGHUP), "no other");
	check_err(ENOTTY, ioctl(p->s, TIOCSIG, (long)SIGINT), "not a slave");
}

static void keys(void)
{
	struct pair p = lead();
	struct termios t;

	all_keys(&p);
	take_foreground(&p);
	note_with(SIGINT, 0);
	tcgetattr(p.s, &t);
	t.c_cc[VINTR] = 0;
	t.c_lflag &= ~(unsigned)ECHO;
	tcsetattr(p.s, TCSANOW, &t);
	write(p.m, "\0\3a\n", 4);
	check(read(p.s, buf, 9) == 4 && !buf[0] && buf[1] == 3,
	      "VINTR 0: no byte is its key");
	t.c_cc[VINTR] = 'q';
	tcsetattr(p.s, TCSANOW, &t);
	write(p.m, "xqy\n", 4);
	check_eq(read(p.s, buf, 9), 2, "VINTR q: typed, the line is dropped");
	check_eq(noted[SIGINT], 1, "and it is a SIGINT");
	close_pty(&p);
}

/* ---- groups that nobody can continue ------------------------------------- */

/* Its keys do not stop it, only SIGSTOP does. */
static void unstoppable(struct pair *p)
{
	pid_t pid = fork();

	if (pid > 0)
		_exit(0);
	(void)eventually(getppid() == 1);
	raise(SIGTSTP);
	raise(SIGTTIN);
	raise(SIGTTOU);
	pid = getpid();
	tell_parent('a');
	write(told[1], &pid, sizeof(pid));
	note_with(SIGINT, SA_RESTART);
	read(p->s, buf, 1);
	tell_parent(buf[0]);
	raise(SIGSTOP);
	tell_parent('c');
	_exit(0);
}

static void signal_orphans(void)
{
	struct pair p = lead();
	pid_t pid = 0;

	ask_children();
	waitpid(job(&p, unstoppable, 1), NULL, 0);
	check_eq(heard_from_job(), 'a',
		 "orphaned: no signal of the terminal stops it");
	read(told[0], &pid, sizeof(pid));
	write(p.m, "\32", 1);
	write(p.m, "k\n", 2);
	check_eq(heard_from_job(), 'k', "nor does its key");
	check(comes_to(pid, "T"), "but SIGSTOP does");
	kill(pid, SIGCONT);
	check_eq(heard_from_job(), 'c', "and SIGCONT continues it");
	close(told[0]);
	close(told[1]);
	close_pty(&p);
}

/* Member n of group pgid (0: of its own) notes signals until it is killed. */
static pid_t start_listener(int n, pid_t pgid)
{
	pid_t pid = fork();

	if (pid == 0) {
		struct sigaction sa = { .sa_handler = note_in_session };

		me = n;
		setpgid(0, pgid);
		sigaction(SIGHUP, &sa, NULL);
		sigaction(SIGCONT, &sa, NULL);
		sigaction(SIGUSR1, &sa, NULL);
		sigaction(SIGWINCH, &sa, NULL);
		__sync_fetch_and_add(&all->ready, 1);
		pause_in_job(NULL);
	}
	setpgid(pid, pgid ?: pid);
	all->id[n] = pid;
	return pid;
}

/* Sizes reach a listener as SIGHUPs do. */
static void signal_sizes(void)
{
	struct pair p = lead();
	struct winsize w = { 5, 6, 0, 0 };
	struct sigaction sa = { .sa_handler = note_in_session };

	forget_notes();
	sigaction(SIGWINCH, &sa, NULL);
	me = 2;
	start_listener(0, 0);
	start_listener(1, 0);
	set_foreground(&p, all->id[0]);
	(void)eventually(all->ready == 2);
	check_ok(ioctl(p.m, TIOCSWINSZ, &w), "a size");
	check(eventually(all->mark[0] == 1), "the foreground hears of it");
	check_ok(ioctl(p.m, TIOCSWINSZ, &w), "the same again");
	settle(0);
	check_eq(all->mark[0], 2, "is no news");
	w.ws_xpixel = 1;
	check_ok(ioctl(p.s, TIOCSWINSZ, &w), "another, by the slave");
	check(eventually(all->mark[0] == 3), "is");
	settle(1);
	check(all->mark[1] == 1 && !all->mark[2], "nobody else is told");
	kill_and_wait(all->id[0]);
	kill_and_wait(all->id[1]);
	take_foreground(&p);
	close_pty(&p);
}

/* A leader with a group of two ends; one of them is stopped, or none. */
static void leave_group(int stopped)
{
	pid_t mid;

	forget_notes();
	mid = fork();
	if (mid == 0) {
		setsid();
		start_listener(0, 0);
		start_listener(1, all->id[0]);
		(void)eventually(all->ready == 2);
		if (stopped) {
			kill(all->id[1], SIGSTOP);
			waitpid(all->id[1], NULL, WUNTRACED);
		}
		_exit(0);
	}
	waitpid(mid, NULL, 0);
	for (int i = 0; i < 2; i++) {
		if (stopped)
			(void)eventually(all->hup[i] && all->cont[i]);
		settle(i);
		check_eq(all->hup[i], stopped, "%s is stopped: %d SIGHUP",
			 stopped ? "one" : "none", stopped);
		check_eq(all->cont[i], stopped, "and %d SIGCONT", stopped);
		kill(all->id[i], SIGKILL);
	}
}

/* Who alone could continue a group joins it: that tells nobody. */
static void join_group(void)
{
	pid_t mid;

	forget_notes();
	mid = fork();
	if (mid == 0) {
		setsid();
		if (fork() > 0)
			_exit(0);
		setpgid(0, 0);
		(void)eventually(getppid() == 1);
		start_listener(0, 0);
		(void)eventually(all->ready == 1);
		kill(all->id[0], SIGSTOP);
		waitpid(all->id[0], NULL, WUNTRACED);
		all->mark[1] = setpgid(0, all->id[0]) ? 1 : 2;
		kill(all->id[0], SIGCONT);
		(void)eventually(all->cont[0]);
		kill(all->id[0], SIGUSR1);
		(void)eventually(all->mark[0]);
		all->mark[2] = all->hup[0] + 1;
		kill(all->id[0], SIGKILL);
		_exit(0);
	}
	waitpid(mid, NULL, 0);
	check(eventually(all->mark[2]), "all is told");
	check_eq(all->mark[1], 2, "it joins");
	check_eq(all->mark[2] - 1, 0, "no SIGHUP");
}

/* ---- the leader's end, and the line's ------------------------------------ */

static pid_t start_session(struct pair *p, void (*leader)(struct pair *))
{
	pid_t pid;

	forget_notes();
	pid = fork();
	if (pid == 0) {
		setsid();
		close(p->s);
		p->s = open(p->name, O_RDWR);
		close(p->m);
		ioctl(p->s, TIOCGPGRP, (int *)&all->id[2]);
		start_listener(0, 0);
		ioctl(p->s, TIOCSPGRP, (int *)&all->id[0]);
		start_listener(1, 0);
		(void)eventually(all->ready == 2);
		leader(p);
		_exit(0);
	}
	return pid;
}

static void ends_at_once(struct pair *p)
{
	(void)p;
}

static void exit_session_leader(void)
{
	struct pair p = make_pty(1);
	int id = 1;

	setsid();
	signal(SIGHUP, SIG_IGN);
	waitpid(start_session(&p, ends_at_once), NULL, 0);
	check(eventually(all->hup[0]), "the leader ends: SIGHUP");
	settle(0);
	settle(1);
	check_eq(all->cont[0], 0, "without a SIGCONT");
	check(!all->hup[1] && !all->cont[1], "the background hears nothing");
	check(!all->terminal[0] && !all->terminal[1],
	      "nobody has a terminal any more");
	check_eq(session_of(p.m), -ENOTTY, "the terminal is nobody's");
	ioctl(p.m, TIOCGPGRP, &id);
	check_eq(id, 0, "no group is in its foreground");
	write(p.m, "z\n", 2);
	check(pty_readable(p.s) && read(p.s, buf, 9) == 2,
	      "it works as before");
	close(open(p.name, O_RDWR));
	check_eq(session_of(p.m), getpid(), "and the next session may have it");
	kill(all->id[0], SIGKILL);
	kill(all->id[1], SIGKILL);
	close_pty(&p);
}

static void stay_as_member(struct pair *p)
{
	struct sigaction sa = { .sa_handler = note_in_session };

	me = 2;
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGCONT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	all->id[2] = getpid();
	all->ready++;
	while (!all->mark[2])
		usleep(1000);		/* pause() might miss it */
	_exit(has_terminal());
}

static void line_ends(void)
{
	struct pair p = make_pty(1);
	pid_t leader = start_session(&p, stay_as_member);
	int st;

	check(eventually(all->ready == 3), "a session");
	close(p.m);
	check(eventually(all->hup[2] && all->cont[2]),
	      "its line ends: the leader gets SIGHUP and SIGCONT");
	settle(0);
	check(!all->hup[0] && !all->cont[0], "its foreground group not yet");
	kill(leader, SIGUSR1);
	waitpid(leader, &st, 0);
	check_eq(st, 0, "there is no terminal any more");
	check(eventually(all->hup[0] && all->cont[0]),
	      "it ends: they get both");
	settle(1);
	check(!all->hup[1] && !all->cont[1], "the background neither");
	kill(all->id[0], SIGKILL);
	kill(all->id[1], SIGKILL);
	close(p.s);
}

static void poll_for_hangup(struct pair *p)
{
	struct pollfd f = { p->s, POLLIN, 0 };

	poll(&f, 1, -1);
	_exit(f.revents & POLLHUP ? 0 : 1);
}

static void pours(struct pair *p)
{
	while (write(p->s, buf, sizeof(buf)) > 0)
		;
	_exit(errno);
}

static void read_in_job(struct pair *p)
{
	_exit(read(p->s, buf, 9) < 0 ? errno : 0);
}

/* What sleeps at a line's end, and how it is told. */
static void sleepers(void)
{
	static const struct {
		const char *what;
		void (*fn)(struct pair *);
		int closed, hung_up;
	} all_[] = {
		{ "poll", poll_for_hangup, 0, 0 },
		{ "a writer", pours, EIO, EIO },
		{ "a reader", read_in_job, EIO, 0 },
	};
	int st;

	for (int i = 0; i < COUNT(all_) * 2; i++) {
		struct pair p = make_pty(1);
		pid_t pid = fork();

		raw(p.s);
		if (pid == 0) {
			close(p.m);
			all_[i / 2].fn(&p);
		}
		comes_to(pid, "S");
		if (i % 2)
			ioctl(p.s, TIOCVHANGUP);
		else
			close(p.m);
		waitpid(pid, &st, 0);
		check_eq(WEXITSTATUS(st), i % 2 ? all_[i / 2].hung_up :
			 all_[i / 2].closed, "%s: %s", i % 2 ? "TIOCVHANGUP" :
			 "the master is closed", all_[i / 2].what);
		if (i % 2)
			close(p.m);
		close(p.s);
	}
}

int main(void)
{
	run_alone(acquiring);
	run_alone(by_members);
	run_alone(giving_up);
	run_alone(change_foreground);
	run_alone(act_in_background);
	run_alone(orphaned_background);
	run_alone(stopped_group);
	run_alone(keys);
	run_alone(signal_sizes);
	run_alone(signal_orphans);
	leave_group(0);
	leave_group(1);
	join_group();
	run_alone(exit_session_leader);
	line_ends();
	sleepers();
	return tap_done();
}
