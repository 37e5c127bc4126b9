/* SPDX-License-Identifier: MIT */
/*
 * Pseudo-terminals: names, both directions, ends and hang-ups, packet mode,
 * window size, and job control on a terminal of the test's own (B14, D16).
 */
#include <sys/mount.h>
#include "terminal.h"
#include "note.h"

static char buf[8192];

/* One read's bytes as a string; "!" and errno if it fails. */
static const char *got(int fd)
{
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	if (n < 0)
		snprintf(buf, sizeof(buf), "!%d", errno);
	else
		buf[n] = '\0';
	return buf;
}

#define says(fd, want, ...) do {					\
	const char *g_ = got(fd);					\
	if (strcmp(g_, want))						\
		printf("# got \"%s\"\n", g_);				\
	check(!strcmp(g_, want), __VA_ARGS__);				\
} while (0)

static void find_slave(void)
{
	struct pair p = make_pty(0), q;
	struct stat st;
	int yes = 1, s;

	check_ok(stat(p.name, &st), "the slave has a name");
	check(S_ISCHR(st.st_mode) && (st.st_rdev >> 8 & 0xfff) == 136,
	      "a node of major 136");
	check_eq(st.st_rdev & 0xff, p.n & 0xff, "its minor is its number");
	ioctl(p.m, TIOCSPTLCK, &yes);
	check_err(EIO, open(p.name, O_RDWR | O_NOCTTY), "locked: EIO");
	yes = 0;
	ioctl(p.m, TIOCSPTLCK, &yes);
	s = ioctl(p.m, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	check(s >= 0 && fstat(s, &st) == 0 && (st.st_rdev & 0xff) ==
	      (unsigned)(p.n & 0xff), "TIOCGPTPEER opens it");
	close(s);
	q = make_pty(0);
	check(q.n != p.n, "two have two numbers");
	close(p.m);
	check_err(ENOENT, stat(p.name, &st), "the name goes with the master");
	p = make_pty(0);
	check(p.n < q.n, "the lowest number is used again");
	close(p.m);
	close(q.m);
	check(open("/dev/pts/x", O_RDWR | O_CREAT, 0600) < 0 &&
	      unlink("/dev/pts/ptmx") < 0, "nothing else lives there");
}

/* Are the next bytes these?  Linux may hand a master a line in pieces. */
static int delivers(int fd, const char *want)
{
	char one;

	for (; *want; want++)
		if (read(fd, &one, 1) != 1 || one != *want)
			return 0;
	return 1;
}

static void write_both_ways(void)
{
	struct pair p = make_pty(1);
	int n = 0;

	write(p.m, "abc\n", 4);
	says(p.s, "abc\n", "typed line is read");
	check(delivers(p.m, "abc\r\n"), "and echoed");
	write(p.s, "out\n", 4);
	check(delivers(p.m, "out\r\n"), "written is read by the master");
	write(p.m, "ab\177c\n", 5);
	says(p.s, "ac\n", "edited as on any terminal");
	got(p.m);
	write(p.m, "tail\4", 5);
	says(p.s, "tail", "an end of file ends the line");
	write(p.m, "\4", 1);
	check_eq(read(p.s, buf, 9), 0, "alone it is one");
	got(p.m);
	check_eq(pty_events(p.s), POLLOUT, "slave: nothing to read");
	check_eq(pty_events(p.m), POLLOUT, "master: nothing to read");
	write(p.s, "12345", 5);
	check(eventually(!ioctl(p.m, FIONREAD, &n) && n == 5),
	      "FIONREAD of the master");
	ioctl(p.s, TIOCOUTQ, &n);
	check_eq(n, 0, "written counts as sent");
	check_eq(read(p.m, buf, 99), 5, "and is read");
	close_pty(&p);
}

/* All that a full line takes comes out again. */
static void fill_line(void)
{
	struct pair p = make_pty(1);
	long in = 0, out = 0;
	ssize_t n;

	raw(p.s);
	fcntl(p.m, F_SETFL, O_RDWR | O_NONBLOCK);
	fcntl(p.s, F_SETFL, O_RDWR | O_NONBLOCK);
	memset(buf, 'x', sizeof(buf));
	while ((n = write(p.m, buf, 1000)) > 0)
		in += n;
	check(n < 0 && errno == EAGAIN && in >= 4000, "input fills up");
	while ((n = read(p.s, buf, sizeof(buf))) > 0 ||
	       (out < in && usleep(1000) == 0))
		out += n > 0 ? n : 0;
	check_eq(out, in, "all of it is read");
	check(pty_events(p.m) & POLLOUT, "there is room again");
	for (in = 0; (n = write(p.s, buf, 1000)) > 0; )
		in += n;
	check(n < 0 && errno == EAGAIN, "output fills up");
	for (out = 0; out < in && (n = read(p.m, buf, sizeof(buf))) > 0; )
		out += n;
	check_eq(out, in, "all of it comes out");
	check(pty_events(p.s) & POLLOUT, "there is room again");
	close_pty(&p);
}

/* Wait until n bytes have arrived at the slave, not for ever. */
static void await_input(struct pair *p, int n)
{
	int there = 0;

	for (int ms = 0; ms < 20000 && there < n; ms++) {
		usleep(1000);
		if (ioctl(p->s, FIONREAD, &there))
			return;
	}
}

/* A master writes more than a full line without canonical mode holds. */
static void type_ahead(void)
{
	struct pair p = make_pty(1);
	struct termios t;
	int one = 0;
	char c;

	raw(p.s);
	fcntl(p.m, F_SETFL, O_RDWR | O_NONBLOCK);
	memset(buf, 'M', sizeof(buf));
	check_eq(write(p.m, buf, 4100), 4100, "more than a line is taken");
	await_input(&p, 4095);
	for (int i = 0; i < 4000; i++)
		one += write(p.m, "N", 1) == 1;
	check_eq(one, 4000, "byte by byte, too");
	check_eq(write(p.m, "\n", 1), 1, "and the line's end");
	check_eq(read(p.s, buf, 4095), 4095, "the line is read");
	await_input(&p, 4006 - 5);
	check_eq(read(p.s, &c, 1), 1, "one behind it");
	check_eq(c, 'M', "in order");
	tcgetattr(p.s, &t);
	t.c_lflag |= ICANON;
	tcsetattr(p.s, TCSANOW, &t);
	check_eq(read(p.s, buf, sizeof(buf)), 4005, "the rest is a line");
	check(buf[3] == 'M' && buf[4] == 'N' && buf[4004] == '\n',
	      "in order, too");
	close_pty(&p);
}

/* Lines that are too long: each is cut, and all of them wait. */
static void long_lines(void)
{
	struct pair p = make_pty(1);
	struct termios t;

	tcgetattr(p.s, &t);
	t.c_lflag = ICANON;
	tcsetattr(p.s, TCSANOW, &t);
	memset(buf, 'M', sizeof(buf));
	for (int i = 0; i < 3; i++) {
		for (int n = 0; n < 4100; n += 100)
			write(p.m, buf, 100);
		check_eq(write(p.m, "\n", 1), 1, "a line of 4100 is taken");
	}
	for (int i = 0; i < 3; i++)
		check_eq(read(p.s, buf, sizeof(buf)), 4096, "and cut");
	check_eq(buf[4095], '\n', "before its end");
	close_pty(&p);
}

/* What a master's flush drops: nothing that the slave can read already. */
static void flush_of_master(void)
{
	struct pair p = make_pty(1);
	int on = 1;

	ioctl(p.m, TIOCPKT, &on);
	write(p.m, "in\n", 3);
	await_input(&p, 3);
	while (pty_events(p.m) & POLLIN)
		read(p.m, buf, sizeof(buf));
	for (int what = TCIFLUSH; what <= TCIOFLUSH; what++) {
		check_eq(ioctl(p.m, TCFLSH, what), 0, "TCFLSH %d", what);
		check(!(pty_events(p.m) & (POLLPRI | POLLIN)),
		      "... is no event of packets");
	}
	fcntl(p.s, F_SETFL, O_RDWR | O_NONBLOCK);
	check_eq(read(p.s, buf, 99), 3, "what has arrived stays");
	check_err(EINVAL, ioctl(p.m, TCFLSH, 3), "another queue");
	close_pty(&p);
}

static void slave_ends(void)
{
	struct pair p = make_pty(1);

	write(p.s, "last", 4);
	close(p.s);
	check(pty_events(p.m) & POLLHUP, "the slave is closed: POLLHUP");
	says(p.m, "last", "what it wrote is still read");
	check_err(EIO, read(p.m, buf, 1), "then EIO");
	p.s = open(p.name, O_RDWR | O_NOCTTY);
	check_eq(pty_events(p.m), POLLOUT, "opened again: all is well");
	close_pty(&p);
}

static void block_reading(void *arg)
{
	struct pair *p = arg;

	close(p->m);
	_exit(read(p->s, buf, 1) < 0 ? errno : 100);
}

static void master_ends(void)
{
	struct pair p = make_pty(1);
	int status;
	pid_t pid = fork();

	if (pid == 0)
		block_reading(&p);
	comes_to(pid, "S");
	close(p.m);
	waitpid(pid, &status, 0);
	check_eq(WEXITSTATUS(status), EIO, "a waiting reader gets EIO");
	check_eq(read(p.s, buf, 1), 0, "a later one the end");
	check_err(EIO, write(p.s, "x", 1), "a writer EIO");
	check_err(EIO, tcgetattr(p.s, &(struct termios){ 0 }), "a request too");
	check_eq(pty_events(p.s) & (POLLIN | POLLOUT | POLLERR | POLLHUP),
		 POLLIN | POLLOUT | POLLERR | POLLHUP, "poll tells all");
	check_err(ENOENT, open(p.name, O_RDWR | O_NOCTTY), "no name");
	close(p.s);
}

static void read_packet_mode(void)
{
	struct pair p = make_pty(1);
	struct termios t;
	int on = 1;

	check_ok(ioctl(p.m, TIOCPKT, &on), "TIOCPKT");
	write(p.s, "data", 4);
	check_eq(read(p.m, buf, 99), 5, "data behind a byte");
	check(buf[0] == 0 && !memcmp(buf + 1, "data", 4), "that is 0");
	ioctl(p.s, TCFLSH, TCIOFLUSH);
	check(pty_events(p.m) & POLLPRI, "an event: POLLPRI");
	check_eq(read(p.m, buf, 99), 1, "alone in its packet");
	check_eq(buf[0], TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE, "a flush");
	tcgetattr(p.s, &t);
	t.c_iflag &= ~IXON;
	tcsetattr(p.s, TCSANOW, &t);
	read(p.m, buf, 99);
	check_eq(buf[0], TIOCPKT_NOSTOP, "no flow control any more");
	t.c_iflag |= IXON;
	tcsetattr(p.s, TCSANOW, &t);
	read(p.m, buf, 99);
	check_eq(buf[0], TIOCPKT_DOSTOP, "flow control");
	write(p.m, "\23", 1);
	read(p.m, buf, 99);
	check_eq(buf[0], TIOCPKT_STOP, "stopped by ^S");
	write(p.m, "\21", 1);
	read(p.m, buf, 99);
	check_eq(buf[0], TIOCPKT_START, "started by ^Q");
	close_pty(&p);
}

/* Output that rests is not taken: its writer waits until it goes on. */
static void rest_output(void)
{
	struct pair p = make_pty(1);
	char c[8];

	fcntl(p.s, F_SETFL, O_NONBLOCK);
	check_ok(ioctl(p.s, 0x540a, 0), "TCOOFF");
	check_err(EAGAIN, write(p.s, "abc", 3), "nothing is taken");
	check(!(pty_events(p.s) & POLLOUT), "and poll knows");
	check_ok(ioctl(p.s, 0x540a, 1), "TCOON");
	check(pty_events(p.s) & POLLOUT, "it may go on");
	check_eq(write(p.s, "def", 3), 3, "it does");
	check(read(p.m, c, 8) == 3 && !memcmp(c, "def", 3), "and arrives");
	check_ok(ioctl(p.s, 0x540a, 0), "TCOOFF again");
	fcntl(p.s, F_SETFL, 0);
	if (fork() == 0) {
		ioctl(p.s, 0x540a, 1);
		_exit(0);
	}
	check_eq(write(p.s, "g", 1), 1, "who waits is woken");
	wait(NULL);
	check_eq(read(p.m, c, 8), 1, "and is read");
	close_pty(&p);
}

/* System V's TCGETA and TCSETA: the low halves, eight characters. */
static void short_form(void)
{
	struct {
		unsigned short iflag, oflag, cflag, lflag;
		unsigned char line, cc[8];
	} o;
	struct pair p = make_pty(1);
	struct termios a, b;

	tcgetattr(p.s, &a);
	a.c_lflag |= 0x200000;			/* what it has no room for */
	a.c_cc[9] = 99;
	tcsetattr(p.s, TCSANOW, &a);
	check_ok(ioctl(p.s, 0x5405, &o), "TCGETA");
	check(o.iflag == (a.c_iflag & 0xffff) && o.lflag ==
	      (a.c_lflag & 0xffff) && !memcmp(o.cc, a.c_cc, 8), "the halves");
	o.lflag &= ~8;				/* ECHO */
	o.cc[0] = 7;
	check_ok(ioctl(p.s, 0x5406, &o), "TCSETA");
	tcgetattr(p.s, &b);
	check(b.c_lflag == (a.c_lflag & ~8u) && b.c_cc[0] == 7 &&
	      b.c_cc[9] == 99 && b.c_cflag == a.c_cflag, "the rest is kept");
	check_ok(ioctl(p.s, 0x5407, &o), "TCSETAW");
	write(p.m, "typed\n", 6);
	check_ok(ioctl(p.s, 0x5408, &o), "TCSETAF");
	fcntl(p.s, F_SETFL, O_NONBLOCK);
	check_err(EAGAIN, read(p.s, &b, 1), "what was typed is dropped");
	check_err(EFAULT, ioctl(p.s, 0x5406, BAD), "nowhere");
	close_pty(&p);
}

/* Modes and characters that nobody can change until they are unlocked. */
static void locked_modes(void)
{
	struct { unsigned flag[4]; unsigned char line, cc[19]; } l = { 0 }, k;
	struct pair p = make_pty(1);
	struct termios a, b;
	int st;

	tcgetattr(p.s, &a);
	check_ok(ioctl(p.s, 0x5456, &k), "TIOCGLCKTRMIOS");
	check(!memcmp(&k, &l, sizeof(k)), "nothing is locked");
	l.flag[3] = ECHO;
	l.cc[VINTR] = 1;
	check_ok(ioctl(p.s, 0x5457, &l), "TIOCSLCKTRMIOS");
	check_ok(ioctl(p.m, 0x5456, &k), "the master asks");
	check(!memcmp(&k, &l, sizeof(k)), "and sees what is locked");
	b = a;
	b.c_lflag &= ~(unsigned)(ECHO | ISIG);
	b.c_cc[VINTR] = 9;
	b.c_cc[VQUIT] = 8;
	check_ok(tcsetattr(p.s, TCSANOW, &b), "change both sorts");
	tcgetattr(p.s, &b);
	check(b.c_lflag == (a.c_lflag & ~(unsigned)ISIG) &&
	      b.c_cc[VINTR] == a.c_cc[VINTR] && b.c_cc[VQUIT] == 8,
	      "what is locked stays");
	check_err(EFAULT, ioctl(p.s, 0x5457, BAD), "lock from nowhere");
	if (fork() == 0)
		_exit(setuid(1000) || ioctl(p.s, 0x5457, &k) != -1 ||
		      errno != EPERM || ioctl(p.s, 0x5456, &k));
	wait(&st);
	check(st == 0, "who is nobody may look, and not lock");
	close_pty(&p);
}

static void request_sizes(void)
{
	struct pair p = make_pty(1);
	struct winsize w = { 30, 100, 1, 2 }, v = { 0 };
	struct termios a, b;

	check_ok(ioctl(p.m, TIOCSWINSZ, &w), "the master sets the size");
	ioctl(p.s, TIOCGWINSZ, &v);
	check(!memcmp(&v, &w, sizeof(w)), "the slave sees it");
	tcgetattr(p.s, &a);
	check_eq(a.c_iflag, ICRNL | IXON, "first modes: input");
	check_eq(a.c_cflag, 0xbf, "and control");
	check_eq(tcgetattr(p.m, &b), 0, "the master asks for the slave's");
	check(!memcmp(&a, &b, sizeof(a)), "modes and gets them");
	check_err(ENOTTY, ioctl(p.s, TIOCGPTN, &v), "the slave is no master");
	check_err(EINVAL, ioctl(p.s, TCFLSH, 9), "bad queue: EINVAL");
	write(p.s, "unread", 6);
	check_ok(ioctl(p.m, TIOCOUTQ, &v), "TIOCOUTQ of a master");
	check_err(EINVAL, ioctl(p.m, TCFLSH, 9), "bad queue there: EINVAL");
	check_ok(ioctl(p.m, TCFLSH, TCIFLUSH), "TCFLSH of a master");
	check_ok(ioctl(p.m, TCFLSH, 1), "and of what it has typed");
	ioctl(p.s, TIOCEXCL);
	check(open(p.name, O_RDWR | O_NOCTTY) >= 0, "root ignores TIOCEXCL");
	ioctl(p.s, TIOCNXCL);
	check_ok(ioctl(p.s, TIOCVHANGUP), "TIOCVHANGUP");
	check_err(EIO, write(p.s, "x", 1), "the open file is dead");
	close(p.s);
	p.s = open(p.name, O_RDWR | O_NOCTTY);
	check_eq(write(p.s, "new", 3), 3, "a new one is not");
	says(p.m, "new", "and its bytes arrive");
	close_pty(&p);
}

/* A session leader hangs up its own terminal. */
static void vhangup_own(void)
{
	struct pair p = make_pty(1);
	int st, s, dead;

	if (fork() == 0) {
		signal(SIGHUP, SIG_IGN);
		setsid();
		s = open(p.name, O_RDWR);
		if (s < 0 || syscall(SYS_vhangup) != 0)
			_exit(1);
		dead = write(s, "x", 1) == -1 && errno == EIO;
		_exit(dead && open("/dev/tty", O_RDWR) < 0 ? 0 : 2);
	}
	wait(&st);
	check_eq(st, 0, "vhangup: the terminal is dead and nobody's");
	if (fork() == 0) {
		setuid(1000);
		_exit(syscall(SYS_vhangup) != -1 || errno != EPERM);
	}
	wait(&st);
	check_eq(st, 0, "vhangup: not by everybody");
	close_pty(&p);
}

static void own_instance(void)
{
	struct stat st;
	int m, n = -1, no = 0;

	tap_scratch("pty");
	mkdir("pts", 0755);
	check_ok(mount("devpts", "pts", "devpts", 0,
		       "newinstance,ptmxmode=666,mode=640"), "another devpts");
	m = open("pts/ptmx", O_RDWR | O_NOCTTY);
	check(m >= 0 && ioctl(m, TIOCGPTN, &n) == 0 && n == 0,
	      "numbers of its own");
	ioctl(m, TIOCSPTLCK, &no);
	check(stat("pts/0", &st) == 0 && (st.st_mode & 0777) == 0640,
	      "with the mode asked for");
	check_err(EBUSY, umount2("pts", 0), "busy while one is open");
	close(m);
	check_ok(umount2("pts", 0), "not any more");
	rmdir("pts");
	tap_scratch_end();
}

/* ---- job control: in a session of its own ------------------------------- */

/* A child in a group of its own; => how it ended or stopped */
static int status_in_background(struct pair *p, void (*fn)(struct pair *))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);
		fn(p);
		_exit(99);
	}
	setpgid(pid, pid);
	waitpid(pid, &status, WUNTRACED);
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return status;
}

static void read_in_background(struct pair *p)
{
	_exit(read(p->s, buf, 1) < 0 ? errno : 100);
}

static void reads_deaf(struct pair *p)
{
	signal(SIGTTIN, SIG_IGN);
	read_in_background(p);
}

static void write_in_background(struct pair *p)
{
	_exit(write(p->s, "x", 1) < 0 ? errno : 100);
}

static void takes_foreground(struct pair *p)
{
	int me = getpid();

	_exit(ioctl(p->s, TIOCSPGRP, &me) < 0 ? errno : 100);
}

/* Its parent ends: nobody could continue its group. */
static void reads_orphaned(struct pair *p)
{
	int end[2], e = 0;

	pipe(end);
	if (fork() == 0) {
		while (getppid() != 1 && usleep(1000) == 0)
			;
		e = read(p->s, buf, 1) < 0 ? errno : 0;
		write(end[1], &e, sizeof(e));
		_exit(0);
	}
	if (fork() == 0) {
		/* outlives its parent, and tells */
		close(end[1]);
		read(end[0], &e, sizeof(e));
		printf("# errno %d\n", e);
		write(p->m, e == EIO ? "Y" : "N", 1);
		_exit(0);
	}
	_exit(0);
}

static void controlling(void)
{
	struct pair p = lead();
	int id = 0, tty;

	check_eq(ioctl(p.s, TIOCGSID, &id), 0, "opening makes it ours");
	check_eq(id, getpid(), "our session's");
	tty = open("/dev/tty", O_RDWR);
	write(tty, "hi", 2);
	says(p.m, "hi", "/dev/tty is it");
	ioctl(p.m, TIOCGPGRP, &id);
	check_eq(id, getpgrp(), "the master may ask too");
	note_with(SIGINT, 0);
	note_with(SIGWINCH, 0);
	write(p.m, "\3", 1);
	(void)eventually(noted[SIGINT]);
	check_eq(noted[SIGINT], 1, "^C is a SIGINT");
	ioctl(p.m, TIOCSWINSZ, &(struct winsize){ 9, 9, 0, 0 });
	(void)eventually(noted[SIGWINCH]);
	check_eq(noted[SIGWINCH], 1, "a new size is a SIGWINCH");
	note_with(SIGHUP, 0);
	note_with(SIGCONT, 0);
	check_ok(ioctl(p.s, TIOCNOTTY), "TIOCNOTTY");
	check(noted[SIGHUP] == 1 && noted[SIGCONT] == 1, "SIGHUP, SIGCONT");
	check_err(ENXIO, open("/dev/tty", O_RDWR), "there is no /dev/tty");
	check_err(ENOTTY, ioctl(p.s, TIOCGSID, &id), "and no session");
	check_ok(ioctl(p.s, TIOCSCTTY, 0), "TIOCSCTTY");
	ioctl(p.s, TIOCGSID, &id);
	check_eq(id, getpid(), "ours again");
	close(p.m);
	(void)eventually(noted[SIGHUP] == 2 && noted[SIGCONT] == 2);
	check(noted[SIGHUP] == 2 && noted[SIGCONT] == 2, "hung up: both again");
	check_err(ENXIO, open("/dev/tty", O_RDWR), "no terminal after it");
}

static void stop_background(void)
{
	struct pair p = lead();
	struct termios t;
	int s;

	s = status_in_background(&p, read_in_background);
	check(WIFSTOPPED(s) && WSTOPSIG(s) == SIGTTIN, "reading: SIGTTIN");
	s = status_in_background(&p, reads_deaf);
	check_eq(WEXITSTATUS(s), EIO, "ignoring that: EIO");
	s = status_in_background(&p, write_in_background);
	check_eq(WEXITSTATUS(s), 100, "writing is allowed");
	tcgetattr(p.s, &t);
	t.c_lflag |= TOSTOP;
	tcsetattr(p.s, TCSANOW, &t);
	s = status_in_background(&p, write_in_background);
	check(WIFSTOPPED(s) && WSTOPSIG(s) == SIGTTOU, "TOSTOP: SIGTTOU");
	s = status_in_background(&p, takes_foreground);
	check(WIFSTOPPED(s) && WSTOPSIG(s) == SIGTTOU, "TIOCSPGRP: SIGTTOU");
	got(p.m);
	raw(p.s);
	status_in_background(&p, reads_orphaned);
	check_eq(read(p.s, buf, 1) == 1 ? buf[0] : 0, 'Y',
		 "an orphaned group gets EIO");
	close_pty(&p);
}

/* Another session takes the terminal away. */
static void steal_terminal(void)
{
	struct pair p = lead();
	int status, id = 0;
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		if (ioctl(p.s, TIOCSCTTY, 0) != -1 || errno != EPERM)
			_exit(1);
		_exit(ioctl(p.s, TIOCSCTTY, 1) ? 2 : 0);
	}
	waitpid(pid, &status, 0);
	check_eq(WEXITSTATUS(status), 0, "stolen by root with 1, not with 0");
	check_err(ENOTTY, ioctl(p.s, TIOCGPGRP, &id), "it is ours no more");
	close_pty(&p);
}

static void make_rare_requests(void)
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

int main(void)
{
	find_slave();
	write_both_ways();
	fill_line();
	type_ahead();
	long_lines();
	flush_of_master();
	slave_ends();
	master_ends();
	read_packet_mode();
	rest_output();
	short_form();
	locked_modes();
	request_sizes();
	vhangup_own();
	own_instance();
	run_alone(controlling);
	run_alone(stop_background);
	run_alone(steal_terminal);
	make_rare_requests();
	return tap_done();
}
