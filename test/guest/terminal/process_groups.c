/* SPDX-License-Identifier: MIT */
/*
 * Process groups, sessions and the controlling terminal: who may move
 * where, who receives a signal, what a background job may do (rows B14,
 * B16).  The terminal is a pty, or the console where there are none.
 */
#include <termios.h>
#include "tap.h"

static void membership(void)
{
	pid_t pid = start_child(pause_forever, NULL), pid2;
	int st;

	check_eq(getpgid(pid), getpgrp(), "a child is in its parent's group");
	check_eq(getsid(pid), getsid(0), "and session");
	check_ok(setpgid(pid, pid), "a group of its own");
	check_eq(getpgid(pid), pid, "it leads it");
	pid2 = start_child(pause_forever, NULL);
	check_ok(setpgid(pid2, pid), "another joins");
	check_err(EPERM, setpgid(pid2, 0x3fffffff), "no such group");
	check_err(EINVAL, setpgid(pid2, -1), "a negative group");
	check_err(ESRCH, setpgid(1, 1), "not a child");
	check_err(ESRCH, getpgid(0x3fffffff), "no such process");
	check_ok(kill(-pid, SIGTERM), "kill the group");
	check(waitpid(-pid, &st, 0) > 0 && waitpid(-pid, &st, 0) > 0 &&
	      WTERMSIG(st) == SIGTERM, "both died");
	check_err(ECHILD, waitpid(-pid, &st, 0), "the group is gone");
	check_err(ESRCH, kill(-pid, 0), "indeed");
}

static void session_child(void *arg)
{
	pid_t me = getpid();
	int bad = 0;

	bad |= setsid() != me;
	bad |= (getsid(0) != me || getpgrp() != me) << 1;
	bad |= (setsid() != -1 || errno != EPERM) << 2;
	bad |= (setpgid(0, 0) != -1 || errno != EPERM) << 3;
	bad |= (open("/dev/tty", O_RDWR) != -1 || errno != ENXIO) << 4;
	_exit(bad);
}

static void exec_pausing(void *arg)
{
	execv(tap_self, (char *[]){ tap_self, "-pause", NULL });
	_exit(1);
}

static void sessions(void)
{
	int p[2];
	pid_t pid;
	char c;

	check_eq(in_child(session_child, NULL), 0, "setsid and what follows");
	pipe2(p, O_CLOEXEC);
	pid = start_child(exec_pausing, NULL);
	close(p[1]);
	read(p[0], &c, 1);		/* ends with the exec */
	close(p[0]);
	check_err(EACCES, setpgid(pid, pid), "not after the child's exec");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static volatile int got;

static void note_group_signal(int sig)
{
	got |= 1 << sig;
}

/* A stopped job whose parent ends is told: SIGHUP, then SIGCONT. */
static void orphaned(void)
{
	pid_t mid;
	int p[2], seen = 0;

	pipe(p);
	mid = fork();
	if (mid == 0) {
		pid_t pid;

		setsid();
		pid = fork();
		if (pid == 0) {
			setpgid(0, 0);
			signal(SIGHUP, note_group_signal);
			signal(SIGCONT, note_group_signal);
			raise(SIGSTOP);
			usleep(10000);
			write(p[1], (const void *)&got, sizeof(got));
			_exit(0);
		}
		waitpid(pid, NULL, WUNTRACED);
		_exit(0);
	}
	close(p[1]);
	waitpid(mid, NULL, 0);
	read(p[0], &seen, sizeof(seen));
	check_eq(seen, 1 << SIGHUP | 1 << SIGCONT,
		 "an orphaned stopped group gets SIGHUP and SIGCONT");
	close(p[0]);
}

/*
 * The member that its parent could continue ends, and its child, a stopped
 * member of the same group, is told.
 */
static void orphaned_by_a_member(void)
{
	int p[2], seen = 0, status;

	pipe(p);
	if (!fork()) {
		pid_t led;

		setsid();
		led = fork();
		if (!led) {
			pid_t pid;

			setpgid(0, 0);
			pid = fork();
			if (!pid) {
				signal(SIGHUP, note_group_signal);
				signal(SIGCONT, note_group_signal);
				raise(SIGSTOP);
				usleep(10000);
				write(p[1], (const void *)&got, sizeof(got));
				_exit(0);
			}
			waitpid(pid, NULL, WUNTRACED);
			_exit(0);
		}
		waitpid(led, NULL, 0);
		_exit(0);
	}
	close(p[1]);
	wait(&status);
	read(p[0], &seen, sizeof(seen));
	check_eq(seen, 1 << SIGHUP | 1 << SIGCONT,
		 "... and if the member that was led ends");
	close(p[0]);
}

/*
 * SIGTSTP to a child, which is in a group of its own or not, after the caller
 * has moved.
 * => it stopped, so somebody leads its group
 */
static int child_stops(int own, void (*move)(void))
{
	int go[2], status = 0;
	pid_t child;
	char c;

	pipe(go);
	child = fork();
	if (!child) {
		read(go[0], &c, 1);
		raise(SIGTSTP);
		_exit(0);
	}
	if (own)
		setpgid(child, child);
	move();
	write(go[1], "", 1);
	close(go[0]);
	close(go[1]);
	waitpid(child, &status, WUNTRACED);
	if (!WIFSTOPPED(status))
		return 0;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return 1;
}

static void stay(void)
{
}

static void leave(void)
{
	setpgid(0, 0);
}

static void come_back(void)
{
	setpgid(0, getppid());
}

static void leave_and_come_back(void)
{
	leave();
	come_back();
}

static void found_session(void)
{
	setsid();
}

/* Who leads a group changes as its members' parents move. */
static void led_by_others(void)
{
	static const struct {
		int own, stops;
		void (*move)(void);
		const char *what;
	} step[] = {
		{ 0, 0, stay, "a session's only group is orphaned" },
		{ 1, 1, stay, "a group is led by its member's parent" },
		{ 0, 0, leave_and_come_back, "... not by one of the group" },
		{ 0, 1, leave, "... who has left the group" },
		{ 0, 1, come_back, "... or went from the group to another" },
		{ 1, 0, found_session, "... but not to another session" },
	};
	int p[2], n = sizeof(step) / sizeof(*step);

	pipe(p);
	if (!fork()) {
		setsid();
		if (fork()) {
			wait(NULL);
			_exit(0);
		}
		for (int i = 0; i < n; i++) {
			char did = (char)child_stops(step[i].own, step[i].move);

			write(p[1], &did, 1);
		}
		_exit(0);
	}
	close(p[1]);
	for (int i = 0; i < n; i++) {
		char did = -1;

		read(p[0], &did, 1);
		check_eq(did, step[i].stops, step[i].what);
	}
	close(p[0]);
	wait(NULL);
}

/* --- the terminal ------------------------------------------------------- */

static int master = -1;

static int open_tty(void)
{
	int n = 0, zero = 0;
	char path[32];

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0)
		return on_other_kernel() ? -1 : open("/dev/console", O_RDWR);
	ioctl(master, TIOCSPTLCK, &zero);
	ioctl(master, TIOCGPTN, &n);
	snprintf(path, sizeof(path), "/dev/pts/%d", n);
	return open(path, O_RDWR | O_NOCTTY);
}

static void read_as_background(void *arg)
{
	char c;

	setpgid(0, 0);
	signal(SIGTTIN, SIG_DFL);
	read(*(int *)arg, &c, 1);
}

static void background_write(void *arg)
{
	struct termios t;

	setpgid(0, 0);
	signal(SIGTTOU, SIG_DFL);
	tcgetattr(*(int *)arg, &t);
	t.c_lflag |= TOSTOP;
	tcsetattr(*(int *)arg, TCSANOW, &t);
}

static void job_control(int tty)
{
	pid_t pid = start_child(read_as_background, &tty);
	int st;

	need(waitpid(pid, &st, WUNTRACED) == pid, 20);
	need(WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTIN, 21);
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	pid = start_child(background_write, &tty);
	need(waitpid(pid, &st, WUNTRACED) == pid, 22);
	need(WIFSTOPPED(st) && WSTOPSIG(st) == SIGTTOU, 23);
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	pid = start_child(pause_forever, NULL);
	setpgid(pid, pid);
	need(tcsetpgrp(tty, pid) == 0 && tcgetpgrp(tty) == pid, 24);
	signal(SIGTTOU, SIG_IGN);
	need(tcsetpgrp(tty, getpgrp()) == 0, 25);
	need(tcsetpgrp(tty, 0x3fffffff) == -1, 26);
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

/* What is typed arrives; ^C and ^\ become signals; ^D is end of file. */
static void typing(int tty)
{
	char b[64];
	pid_t pid;
	int st;

	write(master, "hello\n", 6);
	need(read(tty, b, 64) == 6 && !memcmp(b, "hello\n", 6), 30);
	write(master, "abX\177c\n", 6);
	need(read(tty, b, 64) == 4 && !memcmp(b, "abc\n", 4), 31);
	write(master, "\4", 1);
	need(read(tty, b, 64) == 0, 32);
	pid = start_child(pause_forever, NULL);
	setpgid(pid, pid);
	tcsetpgrp(tty, pid);
	write(master, "\3", 1);
	need(waitpid(pid, &st, 0) == pid && WIFSIGNALED(st) &&
	     WTERMSIG(st) == SIGINT, 33);
	tcsetpgrp(tty, getpgrp());
}

static void raw_mode(int tty)
{
	struct termios t, old;
	struct winsize w = { 30, 100, 0, 0 }, w2;
	char b[8];

	need(tcgetattr(tty, &old) == 0, 40);
	t = old;
	t.c_lflag &= ~(unsigned int)(ICANON | ECHO | ISIG);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	need(tcsetattr(tty, TCSANOW, &t) == 0, 41);
	if (master >= 0) {
		write(master, "\3x", 2);
		need(read_all(tty, b, 2) == 2 && b[0] == 3, 42);
	}
	tcsetattr(tty, TCSANOW, &old);
	need(ioctl(tty, TIOCSWINSZ, &w) == 0, 43);
	need(ioctl(tty, TIOCGWINSZ, &w2) == 0 && w2.ws_col == 100, 44);
}

static void on_terminal(void *arg)
{
	int tty, again;

	setsid();
	tty = open_tty();
	need(tty >= 0, 77);
	need(ioctl(tty, TIOCSCTTY, 0) == 0, 2);
	again = open("/dev/tty", O_RDWR);
	need(again >= 0 && isatty(again), 3);
	need(tcgetpgrp(tty) == getpgrp(), 4);
	job_control(tty);
	if (master >= 0)
		typing(tty);
	raw_mode(tty);
}

static void group_below_zero(void)
{
	check_eq(raw_syscall(SYS_setpgid, -1, 0), -EINVAL,
		 "setpgid: a process below zero leads no group");
	check_eq(raw_syscall(SYS_setpgid, -1, 1), -ESRCH, "and is none");
}

int main(int argc, char **argv)
{
	int st;

	if (argc > 1)
		pause_forever(NULL);
	tap_find_self(argv[0]);
	membership();
	sessions();
	orphaned();
	orphaned_by_a_member();
	led_by_others();
	st = in_child(on_terminal, NULL);
	if (st == 77 << 8)
		tap_skip("terminal", "neither ptmx nor console opens");
	else
		check_eq(st, 0, "the controlling terminal");
	check_err(ENOTTY, ioctl(open("/dev/null", O_RDWR), TCGETS, BAD),
		  "/dev/null is no terminal");
	group_below_zero();
	return tap_done();
}
