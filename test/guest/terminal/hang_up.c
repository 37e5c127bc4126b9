/* SPDX-License-Identifier: MIT */
/*
 * Lines that end (POSIX 11.1.10 and "Modem Disconnect"): what the serial
 * line's leader leaves behind, what a hang-up does to open files, and what a
 * pseudo-terminal's master may ask for itself (row B14).
 */
#include "sessions.h"

static char buf[64], serial[64];		/* its path */

static int dead(int fd)
{
	struct termios t;

	return read(fd, buf, 1) == 0 && write(fd, "x", 1) == -1 &&
		errno == EIO && write(fd, "", 0) == -1 && errno == EIO &&
		tcgetattr(fd, &t) == -1 && errno == EIO;
}

static int alive(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0;
}

/* ---- who notes what ------------------------------------------------------ */

static void listen(int n)
{
	struct sigaction sa = { .sa_handler = note_in_session };

	me = n;
	all->id[n] = getpid();
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGCONT, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	__sync_fetch_and_add(&all->ready, 1);
}

/* A member of its own group that notes signals until it is killed. */
static void start_group_member(int n)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		listen(n);
		for (;;)
			pause();
	}
	setpgid(pid, pid);
	all->id[n] = pid;
}

/* ---- the serial line ----------------------------------------------------- */

enum { FRONT, BACK, LEADER };

/* A session of a leader, a foreground and a background group on fd. */
static void make_session(int fd)
{
	int was = all->ready;

	start_group_member(FRONT);
	start_group_member(BACK);
	ioctl(fd, TIOCSPGRP, (int *)&all->id[FRONT]);
	(void)eventually(all->ready == was + 2);
}

static void own_console(void)
{
	int c, s;

	setsid();
	signal(SIGHUP, SIG_IGN);
	c = open("/dev/console", O_RDWR);
	check_eq(session_of(c), -ENOTTY,
		 "the console is nobody's by opening it");
	close(open(serial, O_RDWR | O_NOCTTY));
	check(!has_terminal(), "nor its line with O_NOCTTY");
	s = open(serial, O_RDWR);
	check_eq(session_of(s), getpid(), "its line is");
	check_ok(ioctl(s, TIOCNOTTY), "it is given up");
	check(alive(s) && !has_terminal(), "which hangs nothing up");
	check_ok(ioctl(c, TIOCSCTTY, 0), "the console is when asked for");
	check_eq(session_of(s), getpid(), "and its line with it");
	close(s);
	close(c);
}

static void exit_console_leader(void)
{
	int s = open(serial, O_RDWR | O_NOCTTY), c, st;
	pid_t pid;

	signal(SIGHUP, SIG_IGN);
	forget_notes();
	c = open("/dev/console", O_RDWR | O_NOCTTY);
	pid = fork();
	if (pid == 0) {
		setsid();
		make_session(open(serial, O_RDWR));
		_exit(!has_terminal());
	}
	waitpid(pid, &st, 0);
	check_eq(st, 0, "a leader of the serial line ends");
	check(eventually(all->hup[FRONT]), "SIGHUP to the foreground");
	settle(FRONT);
	settle(BACK);
	check_eq(all->cont[FRONT], 0, "without a SIGCONT");
	check(!all->hup[BACK] && !all->cont[BACK], "nothing to the background");
	check(!all->terminal[FRONT] && !all->terminal[BACK],
	      "no terminal any more");
	check(dead(s), "open files of the line are dead");
	check(alive(c), "those of the console are not");
	kill(all->id[FRONT], SIGKILL);
	kill(all->id[BACK], SIGKILL);
	close(s);
	s = open(serial, O_RDWR | O_NOCTTY);
	check(alive(s), "opened again it works");
	check_eq(session_of(s), -ENOTTY, "and is nobody's");
	close(s);
	close(c);
}

static void hung_up(void)
{
	int s = open(serial, O_RDWR | O_NOCTTY), st;
	pid_t pid;

	forget_notes();
	pid = fork();
	if (pid == 0) {
		int fd;

		setsid();
		fd = open(serial, O_RDWR);
		make_session(fd);
		listen(LEADER);	/* ready: the foreground is told, too */
		while (!all->mark[LEADER])
			usleep(1000);	/* pause() might miss it */
		_exit(has_terminal());
	}
	(void)eventually(all->ready == 3);
	check_ok(ioctl(s, TIOCVHANGUP), "the serial line is hung up");
	check(eventually(all->hup[LEADER] && all->cont[LEADER]),
	      "the leader gets SIGHUP and SIGCONT");
	settle(FRONT);
	check(!all->hup[FRONT] && !all->cont[FRONT], "the foreground nothing");
	check(dead(s), "its open files are dead");
	kill(pid, SIGUSR1);
	waitpid(pid, &st, 0);
	check_eq(st, 0, "the leader has no terminal");
	check(eventually(all->hup[FRONT] && all->cont[FRONT]),
	      "when it ends the foreground gets both");
	settle(BACK);
	check(!all->hup[BACK] && !all->cont[BACK], "the background neither");
	kill(all->id[FRONT], SIGKILL);
	kill(all->id[BACK], SIGKILL);
	close(s);
}

/* A new terminal lets a leader forget whom its last one's end concerns. */
static void another_terminal(void)
{
	struct pair p = make_pty(1), q = make_pty(0);
	pid_t pid;
	int st;

	forget_notes();
	pid = fork();
	if (pid == 0) {
		int fd;

		setsid();
		signal(SIGHUP, SIG_IGN);
		make_session(open(p.name, O_RDWR));
		ioctl(p.s, TIOCVHANGUP);
		fd = open(q.name, O_RDWR);
		ioctl(fd, TIOCNOTTY);
		_exit(0);
	}
	waitpid(pid, &st, 0);
	settle(FRONT);
	check_eq(all->hup[FRONT], 0, "a new terminal, given up: no SIGHUP");
	kill(all->id[FRONT], SIGKILL);
	kill(all->id[BACK], SIGKILL);
	close_pty(&p);
	close_pty(&q);
}

/* ---- pseudo-terminals ---------------------------------------------------- */

static void first_modes(void)
{
	struct pair p = make_pty(1);
	struct winsize w = { 3, 4, 0, 0 }, v = { 0 };
	struct termios a, b;

	tcgetattr(p.s, &a);
	b = a;
	b.c_lflag &= ~(unsigned)ECHO;
	b.c_cc[VINTR] = 'q';
	tcsetattr(p.s, TCSANOW, &b);
	ioctl(p.s, TIOCSWINSZ, &w);
	ioctl(p.s, TIOCVHANGUP);
	tcgetattr(p.m, &b);
	check(!memcmp(&a, &b, sizeof(a)), "a hang-up brings the first modes");
	ioctl(p.m, TIOCGWINSZ, &v);
	check(!memcmp(&v, &w, sizeof(w)), "the size stays");
	close_pty(&p);
}

static void dead_requests(void)
{
	struct pair p = lead();
	int id = getpgrp();

	check_ok(ioctl(p.s, TIOCVHANGUP), "ours is hung up");
	check_err(ENOTTY, ioctl(p.s, TIOCSPGRP, &id), "TIOCSPGRP: ENOTTY");
	check_err(EIO, ioctl(p.s, TIOCGPGRP, &id), "all else: EIO");
	check_err(EIO, ioctl(p.s, TIOCNOTTY), "TIOCNOTTY too");
	check_err(EIO, ioctl(p.s, FIONREAD, &id), "and FIONREAD");
	check_eq(pty_events(p.s) & (POLLIN | POLLOUT | POLLERR | POLLHUP),
		 POLLIN | POLLOUT | POLLERR | POLLHUP, "poll: everything");
	close_pty(&p);
}

/* What a master asks about itself, and what about its slave. */
static void masters_own(void)
{
	struct pair p = make_pty(1);
	int n = -1, dev = 0, zero = 0;
	struct stat st;

	chmod(p.name, 0666);
	check_ok(ioctl(p.m, TIOCEXCL), "TIOCEXCL on a master");
	check_eq(opened_by_another(p.name), 0, "is not its slave's");
	ioctl(p.m, 0x80045440, &n);
	check_eq(n, 1, "the master has it");
	ioctl(p.s, 0x80045440, &n);
	check_eq(n, 0, "the slave has not");
	ioctl(p.m, TIOCNXCL);
	ioctl(p.s, TIOCEXCL);
	check_eq(opened_by_another(p.name), EBUSY, "TIOCEXCL on a slave is");
	ioctl(p.m, 0x80045440, &n);
	check_eq(n, 0, "its own alone");
	ioctl(p.s, TIOCNXCL);
	fstat(p.s, &st);
	check_ok(ioctl(p.m, 0x80045432, &dev), "TIOCGDEV on a master");
	check_eq(dev, st.st_rdev, "is the slave's number");
	check_ok(ioctl(p.m, 0x5427, 0), "TIOCSBRK");
	check_ok(ioctl(p.m, 0x5428, 0), "TIOCCBRK");
	check_ok(ioctl(p.m, 0x5423, &zero), "TIOCSETD");
	check_err(EIO, ioctl(p.s, 0x5441, O_RDWR), "TIOCGPTPEER: a master's");
	close_pty(&p);
}

static void typed_to_master(void)
{
	struct pair p = make_pty(1);
	int st;

	raw(p.s);
	check_ok(ioctl(p.m, TIOCSTI, "k"), "TIOCSTI on a master");
	check(pty_readable(p.m) && read(p.m, buf, 9) == 1 && buf[0] == 'k',
	      "is as if its slave wrote");
	check_ok(ioctl(p.s, TIOCSTI, "j"), "TIOCSTI on a slave");
	check(pty_readable(p.s) && read(p.s, buf, 9) == 1 && buf[0] == 'j',
	      "is as if typed");
	if (fork() == 0) {
		setuid(1000);
		_exit(ioctl(p.m, TIOCSTI, "x") == -1 ? errno : 0);
	}
	wait(&st);
	check(WEXITSTATUS(st) == EPERM || WEXITSTATUS(st) == EIO,
	      "by nobody: errno %d", WEXITSTATUS(st));
	close_pty(&p);
}

/* Its own terminal's, and only while the system lets everybody type so. */
static void typing_allowed(void)
{
	int k = open("/proc/sys/dev/tty/legacy_tiocsti", O_RDWR), st;
	struct pair p = lead();

	if (k < 0) {
		tap_skip("legacy_tiocsti", "this kernel has no such switch");
		close_pty(&p);
		return;
	}
	for (int i = 0; i < 2; i++) {
		pwrite(k, i ? "1" : "0", 1, 0);
		if (fork() == 0) {
			setuid(1000);
			_exit(ioctl(p.s, TIOCSTI, "x") == -1 ? errno : 0);
		}
		wait(&st);
		check_eq(WEXITSTATUS(st), i ? 0 : EIO, "TIOCSTI by nobody, %d",
			 i);
	}
	pwrite(k, "0", 1, 0);
	close(k);
	close_pty(&p);
}

/* tcflow(3) at the master's end holds what the master writes. */
static void hold_master_output(void)
{
	struct pair p = make_pty(1);

	raw(p.s);
	fcntl(p.m, F_SETFL, O_NONBLOCK);
	check_ok(ioctl(p.m, TCXONC, TCOOFF), "TCOOFF on a master");
	check_err(EAGAIN, write(p.m, "a", 1), "nothing is taken");
	check(!(pty_events(p.m) & POLLOUT), "and poll knows");
	check_ok(ioctl(p.m, TCXONC, TCOON), "TCOON");
	check_eq(write(p.m, "b", 1), 1, "it goes on");
	check(pty_readable(p.s) && read(p.s, buf, 9) == 1 && buf[0] == 'b',
	      "and arrives");
	check_ok(ioctl(p.m, TCXONC, TCIOFF), "TCIOFF");
	check(pty_readable(p.s) && read(p.s, buf, 9) == 1 && buf[0] == 19,
	      "types ^S");
	check_ok(ioctl(p.m, TCXONC, TCION), "TCION");
	check(pty_readable(p.s) && read(p.s, buf, 9) == 1 && buf[0] == 17,
	      "types ^Q");
	check_err(EINVAL, ioctl(p.m, TCXONC, 9), "there is no other");
	close_pty(&p);
}

static void master_hung_up(void)
{
	struct pair p = make_pty(1);
	int st;

	if (fork() == 0) {
		setuid(1000);
		_exit(ioctl(p.m, TIOCVHANGUP) == -1 ? errno : 0);
	}
	wait(&st);
	check_eq(WEXITSTATUS(st), EPERM, "a master, by nobody");
	check_ok(ioctl(p.m, TIOCVHANGUP), "a master is hung up");
	check(dead(p.m), "it is dead");
	check_eq(pty_events(p.m) & (POLLIN | POLLOUT | POLLERR | POLLHUP),
		 POLLIN | POLLOUT | POLLERR | POLLHUP, "poll: everything");
	check(alive(p.s), "its slave is not");
	close(p.m);
	check(dead(p.s), "until the master is closed");
	close(p.s);
}

/* ---- groups ------------------------------------------------------------- */

static void first_errors(void)
{
	struct pair p = make_pty(1);
	int bad = -1;

	check_err(EINVAL, ioctl(p.s, TIOCSPGRP, &bad),
		  "a negative group is wrong before whose terminal it is");
	close_pty(&p);
}

int main(void)
{
	snprintf(serial, sizeof(serial), "/dev/%s", console_line());
	if (access(serial, R_OK)) {
		tap_skip("the serial line", "there is none");
	} else {
		run_alone(own_console);
		run_alone(exit_console_leader);
		hung_up();
	}
	another_terminal();
	first_modes();
	run_alone(dead_requests);
	masters_own();
	typed_to_master();
	run_alone(typing_allowed);
	hold_master_output();
	master_hung_up();
	first_errors();
	return tap_done();
}
