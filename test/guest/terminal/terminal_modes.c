/* SPDX-License-Identifier: MIT */
/*
 * Terminal modes, one by one (POSIX chapter 11, and what Linux adds): what is
 * typed with them, what a reader gets and what the screen shows (row B14).
 */
#include "terminal.h"

static char buf[8192];

/* ---- editing and echo: typed, read and shown ----------------------------- */

enum { IN, OUT, LOCAL };

struct mode {
	const char *what;
	struct { int word; unsigned set, clear; } change[2];
	const char *typed;
	const char *reads;	/* calls of read(2), each ended by a bar */
	const char *shows;
};

/* VEOL is ! and VEOL2 is @ in all of them. */
static const struct mode modes[] = {
	{ "a line", {}, "abc\n", "abc\n|", "abc\r\n" },
	{ "VERASE", {}, "ab\177c\n", "ac\n|", "ab\b \bc\r\n" },
	{ "VERASE at the start", {}, "\177a\177\177b\n", "b\n|",
	  "a\b \bb\r\n" },
	{ "VERASE, of a control character", {}, "\1\177b\n", "b\n|",
	  "^A\b \b\b \bb\r\n" },
	{ "VERASE, of a tab", {}, "ab\t\177c\n", "abc\n|",
	  "ab\t\b\b\b\b\b\bc\r\n" },
	{ "VERASE, of a tab behind another", {}, "a\t\t\177c\n", "a\tc\n|",
	  "a\t\t\b\b\b\b\b\b\b\bc\r\n" },
	{ "VERASE without ECHOE", { { LOCAL, 0, ECHOE } }, "ab\177c\n",
	  "ac\n|", "ab^?c\r\n" },
	{ "VERASE without ECHO", { { LOCAL, 0, ECHO } }, "ab\177c\n", "ac\n|",
	  "" },
	{ "VERASE with IUTF8", { { IN, IUTF8, 0 } }, "a\303\244\177b\n",
	  "ab\n|", "a\303\244\b \bb\r\n" },
	{ "VERASE without IUTF8", {}, "a\303\244\177b\n", "a\303b\n|",
	  "a\303\244\b \bb\r\n" },
	{ "VERASE with ECHOPRT", { { LOCAL, ECHOPRT, 0 } }, "abc\177\177d\n",
	  "ad\n|", "abc\\cb/d\r\n" },
	{ "VERASE with ECHOPRT and IUTF8", { { LOCAL, ECHOPRT, 0 },
					     { IN, IUTF8, 0 } },
	  "a\303\244\177b\n", "ab\n|", "a\303\244\\\303\244/b\r\n" },
	{ "all of a line with ECHOPRT", { { LOCAL, ECHOPRT, 0 } },
	  "ab\177\177d\n", "d\n|", "ab\\ba/d\r\n" },
	{ "VKILL with ECHOPRT", { { LOCAL, ECHOPRT, 0 } }, "ab\025d\n",
	  "d\n|", "ab\\ba/d\r\n" },
	{ "VKILL", {}, "ab\025c\n", "c\n|", "ab\b \b\b \bc\r\n" },
	{ "VKILL without ECHOKE", { { LOCAL, 0, ECHOKE } }, "ab\025c\n",
	  "c\n|", "ab^U\r\nc\r\n" },
	{ "VKILL without ECHOE", { { LOCAL, 0, ECHOE } }, "ab\025c\n",
	  "c\n|", "ab^U\r\nc\r\n" },
	{ "VKILL without ECHOK", { { LOCAL, 0, ECHOK } }, "ab\025c\n",
	  "c\n|", "ab^Uc\r\n" },
	{ "VKILL without ECHO", { { LOCAL, 0, ECHO } }, "ab\025c\n", "c\n|",
	  "" },
	{ "VWERASE", {}, "one two\027x\n", "one x\n|",
	  "one two\b \b\b \b\b \bx\r\n" },
	{ "VWERASE, and blanks behind", {}, "one two  \027x\n", "one x\n|",
	  "one two  \b \b\b \b\b \b\b \b\b \bx\r\n" },
	{ "VWERASE: a word is letters, digits and _", {}, "a.b_1\027x\n",
	  "a.x\n|", "a.b_1\b \b\b \b\b \bx\r\n" },
	{ "VWERASE, and what is none behind it", {}, "a b..\027x\n", "a x\n|",
	  "a b..\b \b\b \b\b \bx\r\n" },
	{ "VWERASE without IEXTEN", { { LOCAL, 0, IEXTEN } }, "a\027\n",
	  "a\027\n|", "a^W\r\n" },
	{ "VREPRINT", {}, "ab\022c\n", "abc\n|", "ab^R\r\nabc\r\n" },
	{ "VREPRINT without IEXTEN", { { LOCAL, 0, IEXTEN } }, "a\022\n",
	  "a\022\n|", "a^R\r\n" },
	{ "VREPRINT without ECHO", { { LOCAL, 0, ECHO } }, "a\022\n",
	  "a\022\n|", "" },
	{ "VLNEXT", {}, "a\026\177b\n", "a\177b\n|", "a^\b^?b\r\n" },
	{ "VLNEXT and a newline", {}, "a\026\nb\n", "a\nb\n|",
	  "a^\b^Jb\r\n" },
	{ "VLNEXT and a return", {}, "a\026\rb\n", "a\rb\n|",
	  "a^\b^Mb\r\n" },
	{ "VLNEXT and an end of file", {}, "a\026\004b\n", "a\004b\n|",
	  "a^\b^Db\r\n" },
	{ "VLNEXT and a signal's key", {}, "a\026\003b\n", "a\003b\n|",
	  "a^\b^Cb\r\n" },
	{ "VLNEXT without IEXTEN", { { LOCAL, 0, IEXTEN } }, "a\026b\n",
	  "a\026b\n|", "a^Vb\r\n" },
	{ "VLNEXT without ECHOCTL", { { LOCAL, 0, ECHOCTL } }, "a\026\001\n",
	  "a\001\n|", "a\001\r\n" },
	{ "VEOF behind text", {}, "ab\4c\n", "ab|c\n|", "abc\r\n" },
	{ "VEOF alone", {}, "\4x\n", "|x\n|", "x\r\n" },
	{ "VEOF twice", {}, "a\4\4b\n", "a||b\n|", "ab\r\n" },
	{ "VEOL", {}, "a!b\n", "a!|b\n|", "a!b\r\n" },
	{ "VEOL2", {}, "a@b\n", "a@|b\n|", "a@b\r\n" },
	{ "VEOL2 without IEXTEN", { { LOCAL, 0, IEXTEN } }, "a@b\n",
	  "a@b\n|", "a@b\r\n" },
	{ "ECHOCTL", {}, "\1\t\x1b\n", "\1\t\x1b\n|", "^A\t^[\r\n" },
	{ "no ECHOCTL", { { LOCAL, 0, ECHOCTL } }, "\1\n", "\1\n|",
	  "\1\r\n" },
	{ "no ECHO", { { LOCAL, 0, ECHO } }, "ab\n", "ab\n|", "" },
	{ "ECHONL", { { LOCAL, ECHONL, ECHO } }, "ab\n", "ab\n|", "\r\n" },
	{ "ECHONL without ICANON", { { LOCAL, ECHONL, ECHO | ICANON } },
	  "ab\n", "ab\n|", "" },
	{ "ICRNL", {}, "ab\r", "ab\n|", "ab\r\n" },
	{ "no ICRNL", { { IN, 0, ICRNL } }, "a\rb\n", "a\rb\n|", "a^Mb\r\n" },
	{ "IGNCR", { { IN, IGNCR, 0 } }, "a\rb\n", "ab\n|", "ab\r\n" },
	{ "INLCR", { { IN, INLCR, ICRNL } }, "a\n!", "a\r!|", "a^M!" },
	{ "INLCR and ICRNL", { { IN, INLCR, 0 } }, "a\nb\r", "a\rb\n|",
	  "a^Mb\r\n" },
	{ "ISTRIP", { { IN, ISTRIP, 0 } }, "a\341\n", "aa\n|", "aa\r\n" },
	{ "IUCLC", { { IN, IUCLC, 0 } }, "aBC\n", "abc\n|", "abc\r\n" },
	{ "IUCLC without IEXTEN", { { IN, IUCLC, 0 }, { LOCAL, 0, IEXTEN } },
	  "aBC\n", "aBC\n|", "aBC\r\n" },
	{ "PARMRK", { { IN, PARMRK, 0 } }, "a\377b\n", "a\377\377b\n|",
	  "a\377b\r\n" },
	{ "PARMRK without ICANON", { { IN, PARMRK, 0 },
	  { LOCAL, 0, ICANON | ECHO } }, "\377b", "\377\377b|", "" },
	{ "no PARMRK", {}, "a\377\n", "a\377\n|", "a\377\r\n" },
	{ "IGNBRK, BRKINT, INPCK: nothing here", { { IN, IGNBRK | BRKINT |
	  INPCK, 0 } }, "a\377\n", "a\377\n|", "a\377\r\n" },
	{ "IXON: ^S and ^Q are not read", {}, "a\23b\21c\n", "abc\n|",
	  "abc\r\n" },
	{ "no IXON: they are", { { IN, 0, IXON } }, "a\23b\21\n",
	  "a\23b\21\n|", "a^Sb^Q\r\n" },
	{ "IXANY: any key starts", { { IN, IXANY, 0 } }, "a\23b\n", "ab\n|",
	  "ab\r\n" },
	{ "IXANY: ^S, twice", { { IN, IXANY, 0 } }, "\23\23a\n", "a\n|",
	  "a\r\n" },
	{ "no ISIG", { { LOCAL, 0, ISIG } }, "a\3\32\n", "a\3\32\n|",
	  "a^C^Z\r\n" },
	{ "ISIG: the line is dropped", {}, "ab\3c\n", "c\n|", NULL },
	{ "NOFLSH: it stays", { { LOCAL, NOFLSH, 0 } }, "ab\3c\n", "abc\n|",
	  "ab^Cc\r\n" },
	{ "a signal's key, unseen", { { LOCAL, NOFLSH, ECHO } }, "ab\34c\n",
	  "abc\n|", "" },
	{ "no ICANON", { { LOCAL, 0, ICANON } }, "ab\177\4\n", "ab\177\4\n|",
	  "ab^?^D^J" },
	{ "no ICANON: a return made a newline", { { LOCAL, 0, ICANON } },
	  "a\r", "a\n|", "a\r\n" },
	{ "no ICANON: no VLNEXT", { { LOCAL, 0, ICANON } }, "a\026b",
	  "a\026b|", "a^Vb" },
	{ "EXTPROC: as it comes", { { LOCAL, EXTPROC, 0 } }, "a\177\3\r\n",
	  "a\177\3\r\n|", "" },
	{ "no OPOST: echo too", { { OUT, 0, OPOST } }, "a\n", "a\n|", "a\n" },
};

static void change_word(struct termios *t, int word, unsigned set,
			unsigned clear)
{
	unsigned *w = word == IN ? &t->c_iflag : word == OUT ? &t->c_oflag :
		&t->c_lflag;

	*w = (*w & ~clear) | set;
}

/* What read(2) gives until so many bytes of it are shown; an end of each. */
static void read_lines(int fd, const char *want, char *got, size_t room)
{
	size_t n = 0;

	while (n < strlen(want)) {
		ssize_t r = pty_readable(fd) ?
			read(fd, got + n, room - n - 2) : -1;

		if (r < 0) {
			n += (size_t)snprintf(got + n, 12, "!%d", errno);
			break;
		}
		n += (size_t)r;
		got[n++] = '|';
	}
	got[n] = '\0';
}

/* What the master reads up to a byte that the slave writes last. */
static void read_screen(struct pair *p, char *got, size_t room)
{
	size_t n = 0;

	write(p->s, "$", 1);
	while (n < room - 1 && pty_readable(p->m) &&
	       read(p->m, got + n, 1) == 1 && got[n] != '$')
		n++;
	got[n] = '\0';
}

static void print_bytes(const char *what, const char *s)
{
	printf("# %s \"", what);
	for (; *s; s++)
		printf(*s < 32 || *s == 127 ? "\\%03o" : "%c",
		       (unsigned char)*s);
	printf("\"\n");
}

static int same_text(const char *what, const char *got, const char *want)
{
	if (!strcmp(got, want))
		return 1;
	print_bytes(what, got);
	print_bytes("not", want);
	return 0;
}

static void one_mode(const struct mode *m)
{
	struct pair p = make_pty(1);
	static char read_[1024], shown[1024];
	struct termios t;
	int ok;

	tcgetattr(p.s, &t);
	t.c_cc[VEOL] = '!';
	t.c_cc[VEOL2] = '@';
	for (int i = 0; i < 2; i++)
		change_word(&t, m->change[i].word, m->change[i].set,
			    m->change[i].clear);
	tcsetattr(p.s, TCSANOW, &t);
	if (!(t.c_lflag & ICANON)) {
		t.c_cc[VMIN] = (unsigned char)(strlen(m->reads) - 1);
		tcsetattr(p.s, TCSANOW, &t);
	}
	write(p.m, m->typed, strlen(m->typed));
	read_lines(p.s, m->reads, read_, sizeof(read_));
	read_screen(&p, shown, sizeof(shown));
	ok = same_text("read", read_, m->reads);
	if (m->shows)
		ok &= same_text("shown", shown, m->shows);
	check(ok, "%s", m->what);
	close_pty(&p);
}

/* ---- output -------------------------------------------------------------- */

struct output {
	const char *what;
	unsigned oflag, iflag;
	const char *writes, *shows;
};

static const struct output outputs[] = {
	{ "ONLCR", OPOST | ONLCR, 0, "a\nb", "a\r\nb" },
	{ "no ONLCR", OPOST, 0, "a\nb", "a\nb" },
	{ "no OPOST", ONLCR | OLCUC, 0, "a\nb", "a\nb" },
	{ "OCRNL", OPOST | OCRNL, 0, "a\rb", "a\nb" },
	{ "OCRNL makes no ONLCR's newline", OPOST | OCRNL | ONLCR, 0, "a\rb",
	  "a\nb" },
	{ "ONOCR", OPOST | ONOCR, 0, "\ra\r\rb", "a\rb" },
	{ "ONOCR before OCRNL", OPOST | ONOCR | OCRNL, 0, "\ra\rb", "a\nb" },
	{ "OCRNL leaves the column", OPOST | ONOCR | OCRNL, 0, "a\r\rb",
	  "a\n\nb" },
	{ "ONLRET: a newline returns", OPOST | ONOCR | ONLRET, 0, "a\n\rb",
	  "a\nb" },
	{ "ONLRET: so does a return made one", OPOST | ONOCR | OCRNL | ONLRET,
	  0, "a\r\rb", "a\nb" },
	{ "without it a newline does not", OPOST | ONOCR, 0, "a\n\rb",
	  "a\n\rb" },
	{ "ONLCR's does", OPOST | ONOCR | ONLCR, 0, "a\n\rb", "a\r\nb" },
	{ "OLCUC", OPOST | OLCUC, 0, "aBc1\344", NULL },
	{ "XTABS", OPOST | XTABS, 0, "a\tb\t", "a       b       " },
	{ "TAB1, TAB2: as they come", OPOST | 0004000, 0, "a\tb", "a\tb" },
	{ "XTABS behind a backspace", OPOST | XTABS, 0, "ab\b\t",
	  "ab\b       " },
	{ "XTABS behind a control character", OPOST | XTABS, 0, "a\1\t",
	  "a\1       " },
	{ "XTABS behind a return", OPOST | XTABS, 0, "abc\r\t",
	  "abc\r        " },
	{ "XTABS without IUTF8: bytes", OPOST | XTABS, 0, "\303\244\t",
	  "\303\244      " },
	{ "XTABS with IUTF8: characters", OPOST | XTABS, IUTF8, "\303\244\t",
	  "\303\244       " },
};

static void one_output(const struct output *o)
{
	struct pair p = make_pty(1);
	static char shown[1024];
	struct termios t;

	tcgetattr(p.s, &t);
	t.c_oflag = o->oflag;
	t.c_iflag = o->iflag;
	tcsetattr(p.s, TCSANOW, &t);
	write(p.s, o->writes, strlen(o->writes));
	read_screen(&p, shown, sizeof(shown));
	check(same_text("shown", shown, o->shows ?: "ABC1\304"), "%s", o->what);
	close_pty(&p);
}

/* ---- MIN and TIME -------------------------------------------------------- */

static struct pair min_time(int min, int time, int flags)
{
	struct pair p = make_pty(1);
	struct termios t;

	raw(p.s);
	tcgetattr(p.s, &t);
	t.c_cc[VMIN] = (unsigned char)min;
	t.c_cc[VTIME] = (unsigned char)time;
	tcsetattr(p.s, TCSANOW, &t);
	if (flags)
		fcntl(p.s, F_SETFL, flags);
	return p;
}

/* Who reads in a child of its own.  => its number */
static pid_t start_line_reader(struct pair *p, size_t n)
{
	pid_t pid = fork();

	if (pid == 0) {
		ssize_t r = read(p->s, buf, n);

		_exit(r < 0 ? 200 + errno : (int)r);
	}
	return pid;
}

static int reader_result(pid_t pid)
{
	int st = 0;

	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

static int asleep(pid_t pid)
{
	return comes_to(pid, "S") && waitpid(pid, NULL, WNOHANG) == 0;
}

static void blocking_reads(void)
{
	struct pair p = min_time(3, 0, 0);
	pid_t pid = start_line_reader(&p, 10);

	check(asleep(pid), "MIN 3: a reader waits");
	write(p.m, "ab", 2);
	check(asleep(pid), "two bytes are not enough");
	write(p.m, "c", 1);
	check_eq(reader_result(pid), 3, "three are");
	pid = start_line_reader(&p, 2);
	write(p.m, "de", 2);
	check_eq(reader_result(pid), 2,
		 "MIN 3, and two wanted: two are enough");
	write(p.m, "fg", 2);
	check(!(pty_events(p.s) & POLLIN), "poll: MIN are not there");
	write(p.m, "h", 1);
	check(pty_readable(p.s), "now they are");
	close_pty(&p);
	p = min_time(0, 0, 0);
	check_eq(read(p.s, buf, 9), 0, "MIN 0, TIME 0: nothing is there");
	write(p.m, "ab", 2);
	check(pty_readable(p.s), "two come");
	check_eq(read(p.s, buf, 9), 2, "and are read");
	close_pty(&p);
}

static void timed_reads(void)
{
	struct pair p = min_time(0, 1, 0);
	pid_t pid;

	check_eq(read(p.s, buf, 9), 0, "MIN 0, TIME 1: it ends");
	write(p.m, "ab", 2);
	check(pty_readable(p.s), "two come");
	check_eq(read(p.s, buf, 9), 2, "they end it");
	close_pty(&p);
	p = min_time(0, 255, 0);
	pid = start_line_reader(&p, 9);
	check(asleep(pid), "MIN 0, TIME 255: it waits");
	write(p.m, "a", 1);
	check_eq(reader_result(pid), 1, "for one byte");
	close_pty(&p);
	p = min_time(5, 1, 0);
	pid = start_line_reader(&p, 9);
	usleep(300000);
	check(asleep(pid), "MIN 5, TIME 1: no clock runs before a byte");
	write(p.m, "a", 1);
	check_eq(reader_result(pid), 1, "behind it one does");
	write(p.m, "ab", 2);
	check(pty_readable(p.s), "TIME: one byte is enough for poll");
	check_eq(read(p.s, buf, 2), 2, "no more wanted: it does not wait");
	close_pty(&p);
}

static void nonblocking_reads(void)
{
	struct pair p = min_time(1, 0, O_NONBLOCK);

	check_err(EAGAIN, read(p.s, buf, 9), "O_NONBLOCK, MIN 1");
	close_pty(&p);
	p = min_time(5, 0, O_NONBLOCK);
	write(p.m, "ab", 2);
	check(eventually(read(p.s, buf, 9) == 2), "fewer than MIN are read");
	close_pty(&p);
	p = min_time(0, 0, O_NONBLOCK);
	check_eq(read(p.s, buf, 9), 0, "O_NONBLOCK, MIN 0, TIME 0: no byte");
	close_pty(&p);
	p = min_time(0, 5, O_NONBLOCK);
	check_err(EAGAIN, read(p.s, buf, 9), "O_NONBLOCK, TIME 5");
	close_pty(&p);
	p = make_pty(1);
	fcntl(p.s, F_SETFL, O_NONBLOCK);
	check_err(EAGAIN, read(p.s, buf, 9), "O_NONBLOCK, no line");
	write(p.m, "abcd\n", 5);
	check(pty_readable(p.s), "a line");
	check(read(p.s, buf, 3) == 3 && read(p.s, buf, 9) == 2,
	      "it is read in pieces");
	write(p.m, "ab\4", 3);
	check(pty_readable(p.s), "text and an end of file");
	check_eq(read(p.s, buf, 2), 2, "a read of just the text");
	check_err(EAGAIN, read(p.s, buf, 2), "takes the end with it");
	close_pty(&p);
}

/* A reader that a signal interrupts, or that goes on. */
static void interrupt_readers(void)
{
	struct sigaction sa = { .sa_handler = ignore_signal };
	struct pair p = min_time(5, 0, 0);
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	pid = start_line_reader(&p, 9);
	check(asleep(pid), "a reader sleeps");
	kill(pid, SIGUSR1);
	check_eq(reader_result(pid), 200 + EINTR, "a handler ends it: EINTR");
	sa.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &sa, NULL);
	pid = start_line_reader(&p, 9);
	check(asleep(pid), "another sleeps");
	kill(pid, SIGUSR1);
	check(asleep(pid), "SA_RESTART: it goes on");
	write(p.m, "abcde", 5);
	check_eq(reader_result(pid), 5, "and reads");
	signal(SIGUSR1, SIG_DFL);
	close_pty(&p);
}

/* ---- changes of mode, flushes, queues ------------------------------------ */

static int bytes_waiting(int fd)
{
	int n = -1;

	ioctl(fd, FIONREAD, &n);
	return n;
}

static void set_lflag(int fd, int how, unsigned set, unsigned clear)
{
	struct termios t;

	tcgetattr(fd, &t);
	change_word(&t, LOCAL, set, clear);
	tcsetattr(fd, how, &t);
}

static void change_modes(void)
{
	struct pair p = make_pty(1);

	set_lflag(p.s, TCSANOW, 0, ECHO);
	write(p.m, "ab\ncd", 5);
	check(pty_readable(p.s), "a line and a half");
	check_eq(bytes_waiting(p.s), 3, "FIONREAD: what can be read");
	set_lflag(p.s, TCSANOW, 0, ICANON);
	check(eventually(bytes_waiting(p.s) == 5), "raw: all of it");
	check_eq(read(p.s, buf, 9), 5, "is read at once");
	write(p.m, "ef", 2);
	check(eventually(bytes_waiting(p.s) == 2), "typed raw");
	set_lflag(p.s, TCSANOW, ICANON, 0);
	check_eq(bytes_waiting(p.s), 2, "then canonical: it stays");
	write(p.m, "g\n", 2);
	check_eq(read(p.s, buf, 9), 2, "as a line of its own");
	check_eq(read(p.s, buf, 9), 2, "and then the next");
	write(p.m, "ab\4", 3);
	check(pty_readable(p.s), "text with an end of file");
	check_eq(bytes_waiting(p.s), 2, "FIONREAD: which is no byte");
	set_lflag(p.s, TCSANOW, 0, ICANON);
	check_eq(read(p.s, buf, 9), 3, "raw: it is one");
	check(!memcmp(buf, "ab", 3), "of value 0");
	close_pty(&p);
}

static void flushes(void)
{
	struct pair p = make_pty(1);

	set_lflag(p.s, TCSANOW, 0, ECHO);
	write(p.m, "ab\n", 3);
	check(pty_readable(p.s), "a line");
	set_lflag(p.s, TCSADRAIN, 0, ECHOE);
	check_eq(bytes_waiting(p.s), 3, "TCSADRAIN leaves it");
	set_lflag(p.s, TCSAFLUSH, ECHOE, 0);
	check_eq(bytes_waiting(p.s), 0, "TCSAFLUSH drops it");
	write(p.m, "ab\n", 3);
	check(pty_readable(p.s), "a line");
	check_ok(ioctl(p.s, TCFLSH, TCOFLUSH), "TCOFLUSH");
	check_eq(bytes_waiting(p.s), 3, "is not about input");
	check_ok(ioctl(p.s, TCFLSH, TCIFLUSH), "TCIFLUSH");
	check_eq(bytes_waiting(p.s), 0, "is");
	write(p.s, "out", 3);
	check(pty_readable(p.m), "output");
	check_ok(ioctl(p.s, TCFLSH, TCIFLUSH), "TCIFLUSH");
	check_eq(read(p.m, buf, 9), 3, "leaves it");
	check_ok(ioctl(p.s, TIOCSTI, "x"), "TIOCSTI");
	check_ok(ioctl(p.s, TIOCSTI, "\n"), "a newline");
	check(pty_readable(p.s) && read(p.s, buf, 9) == 2 && buf[0] == 'x',
	      "is as if typed");
	close_pty(&p);
}

/* A line may have 4095 bytes and its end; what is more is lost. */
static void long_line(void)
{
	struct pair p = make_pty(1);
	char c = 0;
	int n;

	set_lflag(p.s, TCSANOW, 0, ECHO);
	memset(buf, 'a', 5000);
	buf[5000] = '\n';
	check_eq(write(p.m, buf, 5001), 5001, "5000 bytes are typed");
	check(pty_readable(p.s), "and the end of the line");
	check_eq(bytes_waiting(p.s), 4096, "the longest line");
	n = (int)read(p.s, buf, 4095);
	check_eq(n, 4095, "nearly all of it");
	check(n == 4095 && buf[4094] == 'a' && read(p.s, &c, 1) == 1 &&
	      c == '\n', "and its end");
	memset(buf, 'b', 4200);
	write(p.m, buf, 4200);
	write(p.m, "\177\177c\n", 4);
	check(pty_readable(p.s), "another, too long, and edited");
	n = (int)read(p.s, buf, sizeof(buf));
	check_eq(n, 4095, "two are erased, one is typed, and an end");
	check(n == 4095 && buf[n - 2] == 'c', "that one is there");
	close_pty(&p);
}

/* ---- what stops output --------------------------------------------------- */

static int writes_one(struct pair *p)
{
	return write(p->s, "x", 1) == 1;
}

static void hold_output(void)
{
	struct pair p = make_pty(1);

	set_lflag(p.s, TCSANOW, 0, ECHO);
	fcntl(p.s, F_SETFL, O_NONBLOCK);
	write(p.m, "\23", 1);
	check(eventually(!(pty_events(p.s) & POLLOUT)), "^S stops");
	check(!writes_one(&p), "nothing is taken");
	check_ok(ioctl(p.s, TCXONC, TCOON), "TCOON");
	check(!writes_one(&p), "undoes no ^S");
	write(p.m, "\21", 1);
	check(eventually(pty_events(p.s) & POLLOUT), "^Q does");
	check_ok(ioctl(p.s, TCXONC, TCOOFF), "TCOOFF");
	write(p.m, "\21a\n", 3);
	check(pty_readable(p.s) && !writes_one(&p), "no ^Q undoes that");
	check_ok(ioctl(p.s, TCXONC, TCOON), "TCOON");
	check(writes_one(&p), "does");
	check_err(EINVAL, ioctl(p.s, TCXONC, 4), "no such request");
	read(p.s, buf, 9);
	read(p.m, buf, 9);
	check_ok(ioctl(p.s, TCXONC, TCIOFF), "TCIOFF");
	check(pty_readable(p.m) && read(p.m, buf, 9) == 1 && buf[0] == 19,
	      "sends a ^S");
	check_ok(ioctl(p.s, TCXONC, TCION), "TCION");
	check(pty_readable(p.m) && read(p.m, buf, 9) == 1 && buf[0] == 17,
	      "and a ^Q");
	write(p.m, "\23", 1);
	check(eventually(!(pty_events(p.s) & POLLOUT)), "stopped again");
	write(p.m, "\3", 1);
	check(eventually(pty_events(p.s) & POLLOUT),
	      "a signal's key starts it");
	close_pty(&p);
}

static void flow_off(void)
{
	struct pair p = make_pty(1);
	struct termios t;

	fcntl(p.s, F_SETFL, O_NONBLOCK);
	write(p.m, "\23", 1);
	check(eventually(!(pty_events(p.s) & POLLOUT)), "^S stops");
	tcgetattr(p.s, &t);
	t.c_iflag &= ~IXON;
	tcsetattr(p.s, TCSANOW, &t);
	check(writes_one(&p), "no IXON any more: it goes on");
	ioctl(p.s, TCXONC, TCOOFF);
	t.c_iflag |= IXON;
	tcsetattr(p.s, TCSANOW, &t);
	t.c_iflag &= ~IXON;
	tcsetattr(p.s, TCSANOW, &t);
	check(!writes_one(&p), "but not what TCOOFF stopped");
	close_pty(&p);
}

/* ---- the words themselves ------------------------------------------------ */

struct termios2 {
	struct termios t;
	unsigned ispeed, ospeed;
};

static void keep_mode_words(void)
{
	struct pair p = make_pty(1);
	struct termios2 k = { 0 };
	struct termios t;
	int n = -1;

	tcgetattr(p.s, &t);
	t.c_cflag = (t.c_cflag & ~(unsigned)CSIZE) | CS7 | PARENB;
	t.c_cflag &= ~(unsigned)CREAD;
	check_ok(tcsetattr(p.s, TCSANOW, &t), "seven bits with parity");
	tcgetattr(p.s, &t);
	check_eq(t.c_cflag & (CSIZE | PARENB | CREAD), CS8 | CREAD,
		 "are eight without");
	check_ok(ioctl(p.s, 0x802c542a, &k), "TCGETS2");
	check_eq(k.ospeed, 38400, "its speed in figures");
	check_eq(k.ispeed, 38400, "and that of input");
	k.t.c_cflag = (k.t.c_cflag & ~0x100fu) | 0x1000;
	k.ospeed = 12345;
	k.ispeed = 54321;
	k.t.c_cc[VINTR] = 9;
	check_ok(ioctl(p.s, 0x402c542b, &k), "TCSETS2, any speed");
	memset(&k, 0, sizeof(k));
	ioctl(p.m, 0x802c542a, &k);
	check_eq(k.ospeed, 12345, "that is kept");
	check_eq(k.t.c_cflag & 0x100f, 0x1000, "as BOTHER");
	check_eq(k.t.c_cc[VINTR], 9, "with the rest");
	k.t.c_cflag = (k.t.c_cflag & ~0x100fu) | 13;
	check_ok(ioctl(p.s, 0x402c542c, &k), "TCSETSW2");
	ioctl(p.s, 0x802c542a, &k);
	check_eq(k.ospeed, 9600, "B9600 in figures");
	check_ok(ioctl(p.s, 0x402c542d, &k), "TCSETSF2");
	check_ok(ioctl(p.s, 0x5419, &n), "TIOCGSOFTCAR");
	check_eq(n, 0, "no CLOCAL");
	n = 1;
	check_ok(ioctl(p.s, 0x541a, &n), "TIOCSSOFTCAR");
	tcgetattr(p.s, &t);
	check(t.c_cflag & CLOCAL, "is CLOCAL");
	check_ok(ioctl(p.s, 0x5427), "TIOCSBRK");
	check_ok(ioctl(p.s, 0x5428), "TIOCCBRK");
	close_pty(&p);
}

/* A master that reads packets is told of EXTPROC's changes. */
static void packet_modes(void)
{
	struct pair p = make_pty(1);
	int on = 1;

	ioctl(p.m, TIOCPKT, &on);
	set_lflag(p.s, TCSANOW, EXTPROC, 0);
	check(pty_events(p.m) & POLLPRI, "EXTPROC, and packets: an event");
	check(read(p.m, buf, 9) == 1 && buf[0] == TIOCPKT_IOCTL,
	      "of its own kind");
	set_lflag(p.s, TCSANOW, 0, ECHO);
	check(read(p.m, buf, 9) == 1 && buf[0] == TIOCPKT_IOCTL,
	      "at each change");
	close_pty(&p);
}

static void open_exclusively(void)
{
	struct pair p = make_pty(1);
	int n = -1;

	check_ok(chmod(p.name, 0666), "open to all");
	check_ok(ioctl(p.s, TIOCEXCL), "TIOCEXCL");
	check_ok(ioctl(p.s, 0x80045440, &n), "TIOCGEXCL");
	check_eq(n, 1, "is told");
	check_eq(opened_by_another(p.name), EBUSY, "EBUSY for anyone else");
	close(p.s);
	p.s = open(p.name, O_RDWR | O_NOCTTY);
	check(p.s >= 0, "not for the superuser");
	check_eq(opened_by_another(p.name), EBUSY, "closing it ends that not");
	check_ok(ioctl(p.s, TIOCNXCL), "TIOCNXCL");
	check_eq(opened_by_another(p.name), 0, "does");
	close_pty(&p);
}

int main(void)
{
	for (int i = 0; i < COUNT(modes); i++)
		one_mode(&modes[i]);
	for (int i = 0; i < COUNT(outputs); i++)
		one_output(&outputs[i]);
	blocking_reads();
	timed_reads();
	nonblocking_reads();
	interrupt_readers();
	change_modes();
	flushes();
	long_line();
	hold_output();
	flow_off();
	keep_mode_words();
	packet_modes();
	open_exclusively();
	return tap_done();
}
