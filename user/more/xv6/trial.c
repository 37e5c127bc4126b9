/* SPDX-License-Identifier: MIT */
/*
 * trial NAME: test one of xv6's rules with its own system calls.  Prints
 * "passed", or the lines of the checks that failed.
 */
#include "xv6.h"

static int failed;
static char buf[8192];

#define CHECK(ok) do {							\
	if (!(ok)) {							\
		print(1, "line ");					\
		print_number(1, __LINE__);				\
		print(1, ": " #ok "\n");				\
		failed = 1;						\
	}								\
} while (0)

/* The status that wait() reports after exit(status). */
#define TOLD(status)	(WIDE ? (status) : 77)

/* Return: the status of a child that runs fn(); 77 if wait() has no status. */
static int in_child(void (*fn)(void))
{
	int status = 77, pid = fork();

	if (!pid) {
		fn();
		exit(0);
	}
	CHECK(pid > 0 && wait(&status) == pid);
	return status;
}

/*
 * Return: 1 if a child that runs fn() is killed.  As wait() may report no
 * status, a pipe shows it: a child that survives writes to it.
 */
static int is_killed(void (*fn)(void))
{
	int fd[2], pid, status = -1, said;
	char c = 'x';

	CHECK(!pipe(fd));
	pid = fork();
	if (!pid) {
		close(fd[0]);
		fn();
		write(fd[1], &c, 1);
		exit(0);
	}
	close(fd[1]);
	said = read(fd[0], &c, 1);
	close(fd[0]);
	CHECK(wait(&status) == pid);
	return !said && status == -1;
}

/* ---- processes ----------------------------------------------------------- */

static void exit_5(void)
{
	exit(5);
}

static void exit_minus(void)
{
	exit(-1);
}

static void exit_large(void)
{
	exit(70000);
}

static void trial_wait(void)
{
	int status = 1;

	CHECK(wait(&status) == -1 && status == 1);
	CHECK(in_child(exit_5) == TOLD(5));
	CHECK(in_child(exit_minus) == TOLD(-1));
	CHECK(in_child(exit_large) == TOLD(70000));
	if (!fork())
		exit(3);
	CHECK(wait(0) > 0);
	CHECK(wait(0) == -1);
}

/* A child has its own memory, and the number that fork returned. */
static void trial_fork(void)
{
	int fd[2], me = getpid(), pid, told = 0;

	CHECK(me > 0 && !pipe(fd));
	buf[0] = 'p';
	pid = fork();
	if (!pid) {
		buf[0] = 'c';
		told = getpid();
		write(fd[1], &told, sizeof(told));
		exit(0);
	}
	CHECK(read(fd[0], &told, sizeof(told)) == sizeof(told));
	CHECK(told == pid && pid != me);
	CHECK(wait(0) == pid && buf[0] == 'p' && getpid() == me);
	close(fd[0]);
	close(fd[1]);
}

/* Fork until no more processes are possible, then wait for all. */
static void trial_limit(void)
{
	int fd[2], n = 0, pid;
	char c;

	CHECK(!pipe(fd));
	while (n < 2 * NPROC && (pid = fork()) > 0)
		n++;
	if (n < 2 * NPROC && !pid) {
		close(fd[1]);
		read(fd[0], &c, 1);	/* wait until the parent closes it */
		exit(0);
	}
	CHECK(n > 8 && n < NPROC && pid == -1);
	close(fd[1]);
	while (wait(0) > 0)
		n--;
	CHECK(n == 0);
	CHECK(in_child(exit_5) == TOLD(5));
	close(fd[0]);
}

static void sleep_long(void)
{
	for (;;)
		sleep(1000);
}

static void trial_kill(void)
{
	int status = 77, pid = fork();

	if (!pid)
		sleep_long();
	CHECK(!kill(pid) && !kill(pid));
	CHECK(wait(&status) == pid && status == TOLD(-1));
	CHECK(kill(pid) == -1);
	CHECK(kill(0) == -1 && kill(-1) == -1 && kill(-getpid()) == -1);
	CHECK(kill(0x7fffffff) == -1);
}

static void kill_self(void)
{
	kill(getpid());
}

static void trial_killself(void)
{
	CHECK(is_killed(kill_self));
}

static void trial_time(void)
{
	int from = uptime(), slept;

	CHECK(from >= 0 && !sleep(3));
	slept = uptime() - from;
	CHECK(slept >= 3);
	CHECK(!sleep(0) && !sleep(-5));
}

static void trial_unknown(void)
{
	CHECK(unknown() == -1 && unknown_high() == -1);
	CHECK(unknown_past() == -1 && unknown_native() == -1);
}

/* ---- memory -------------------------------------------------------------- */

static char *volatile at;

static void store(void)
{
	*at = 1;
}

static void load(void)
{
	buf[0] = *(volatile char *)at;
}

static void trial_memory(void)
{
	char here;

	/* the stack is one page, with nothing below it */
	at = (char *)((unsigned long)&here & -(unsigned long)PG);
	CHECK(!is_killed(load));
	at--;
	CHECK(is_killed(load) && is_killed(store));
	/* the program begins at 0, and cannot be written there */
	at = 0;
	CHECK(!is_killed(load) && is_killed(store));
	at = (char *)0x7fff0000;
	CHECK(is_killed(load));
	/* the mappings of other programs do not exist above */
	at = (char *)(~0ul >> 1);
	CHECK(is_killed(load));
	at = (char *)(WIDE ? (~0ul >> 26 % (8 * sizeof(long))) + 1 - 2 * PG :
		      0xbffff000ul);
	CHECK(is_killed(store));
}

static void trial_sbrk(void)
{
	char *heap = sbrk(0), *more, here;
	int zero = 1;

	/* the heap begins behind the stack's page */
	CHECK(!((unsigned long)heap % PG));
	CHECK((unsigned long)heap - (unsigned long)&here < PG);
	CHECK(sbrk(3 * PG + 100) == heap && sbrk(0) == heap + 3 * PG + 100);
	for (int i = 0; i < 3 * PG + 100; i++)
		zero &= !heap[i];
	CHECK(zero);
	heap[2 * PG] = 7;
	CHECK(sbrk(-2 * PG) == heap + 3 * PG + 100);
	at = heap + 2 * PG;
	CHECK(is_killed(load));
	more = sbrk(2 * PG);
	CHECK(more == heap + PG + 100 && !heap[2 * PG]);
	/* as on xv6, this does nothing and is no error */
	CHECK(sbrk(-0x7fffffff) == heap + 3 * PG + 100);
	CHECK(sbrk(0) == heap + 3 * PG + 100);
	if (!WIDE)
		CHECK(sbrk(0x7fffffff) == (char *)-1);
	CHECK(sbrk(-(3 * PG + 100)) != (char *)-1 && sbrk(0) == heap);
	at = heap;
	CHECK(is_killed(load));
}

#define GIB	(1 << 30)

/* sbrk succeeds until memory is used up; no process is killed for it. */
static void trial_eager(void)
{
	char *heap = sbrk(0);
	unsigned got, again;

	CHECK(!WIDE || sbrk(0x7fffffff) == (char *)-1);
	CHECK(sbrk(0) == heap);
	for (got = 0; got < 2000 && sbrk(256 * PG) != (char *)-1; got++)
		;
	CHECK(got > 8 && sbrk(0) == heap + got * 256ul * PG);
	heap[got * 256ul * PG - 1] = 1;
	CHECK(sbrk(-(int)(got * 256 * PG)) != (char *)-1 && sbrk(0) == heap);
	for (again = 0; again < got && sbrk(256 * PG) != (char *)-1; again++)
		;
	CHECK(again + 8 >= got);
}

/* A lazy sbrk may exceed the memory, up to the end of the address space. */
static void trial_lazy(void)
{
	char *heap = sbrk(0), *end;
	unsigned long top = (1ul << (WIDE ? 38 : 31)) - 2 * PG;

	if (!WIDE)
		return;
	CHECK(sys_sbrk(GIB, LAZY) == heap);
	end = heap + GIB - 1;
	CHECK(!*end);
	*end = 1;
	CHECK(*end && sys_sbrk(-GIB, LAZY) == end + 1 && sbrk(0) == heap);
	at = end;
	CHECK(is_killed(load));
	while (top - (unsigned long)sbrk(0) > GIB)
		CHECK(sys_sbrk(GIB, LAZY) != (char *)-1);
	CHECK(sys_sbrk((int)(top - PG - (unsigned long)sbrk(0)), LAZY) !=
	      (char *)-1);
	end = sbrk(PG);
	CHECK((unsigned long)end == top - PG && !*end);
	CHECK(sbrk(1) == (char *)-1 && sys_sbrk(1, LAZY) == (char *)-1);
}

/* Free all memory, including the stack with the return address. */
static void give_up_all(void)
{
	sbrk(-(int)(long)sbrk(0));
}

/* Free only the stack: only the program itself is killed. */
static void give_up_stack(void)
{
	sbrk(-PG);
	sbrk(-1);
}

static void trial_giveup(void)
{
	CHECK(is_killed(give_up_all));
	CHECK(is_killed(give_up_stack));
	CHECK(in_child(exit_5) == TOLD(5));
}

/* ---- files --------------------------------------------------------------- */

static int make(const char *name, const char *text)
{
	int fd = open(name, O_CREATE | O_RDWR | O_TRUNC);
	int n = (int)strlen(text);

	CHECK(fd >= 0 && write(fd, text, n) == n);
	return close(fd);
}

static int holds(const char *name, const char *text)
{
	int fd = open(name, O_RDONLY), n = read(fd, buf, 100);

	close(fd);
	buf[n < 0 ? 0 : n] = 0;
	return !strcmp(buf, text);
}

static void trial_file(void)
{
	struct stat st;
	int fd;

	CHECK(open("a", O_RDONLY) == -1);
	CHECK(!make("a", "some text") && holds("a", "some text"));
	CHECK(!stat("a", &st) && st.type == T_FILE && st.size == 9);
	CHECK(st.nlink == 1 && st.ino);
	fd = open("a", O_RDONLY);
	CHECK(fd >= 3 && write(fd, "x", 1) == -1 && read(fd, buf, -1) == -1);
	close(fd);
	fd = open("a", O_WRONLY);
	CHECK(read(fd, buf, 1) == -1 && write(fd, "S", 1) == 1);
	CHECK(write(fd, buf, -1) == -1);
	close(fd);
	CHECK(holds("a", "Some text"));
	fd = open("a", O_RDWR | O_TRUNC);
	CHECK(!fstat(fd, &st) && !st.size);
	close(fd);
	CHECK(close(fd) == -1 && read(fd, buf, 1) == -1 && dup(fd) == -1);
	CHECK(fstat(fd, &st) == -1 && close(-1) == -1 && dup(99) == -1);
	CHECK(!unlink("a") && unlink("a") == -1 && stat("a", &st) == -1);
}

/* A write is complete or -1; none starts behind the end of the file. */
static void trial_whole(void)
{
	char *end;
	int cut, fd;

	make("a", "some text");
	fd = open("a", O_WRONLY);
	CHECK(write(fd, "some", 4) == 4);
	cut = open("a", O_WRONLY | O_TRUNC);
	CHECK(write(fd, "x", 1) == -1 && !close(cut) && !close(fd));
	CHECK(holds("a", ""));
	sbrk(PG - (int)((unsigned long)sbrk(0) % PG));
	end = sbrk(0);
	end[-1] = 'X';
	fd = open("a", O_WRONLY);
	CHECK(write(fd, end - 1, 2) == -1);
	close(fd);
	CHECK(holds("a", "X") && !unlink("a"));
}

/* An empty name is the current directory, except for calls that create. */
static void trial_empty(void)
{
	struct stat here, none;
	int fd = open("", O_RDONLY);

	CHECK(fd >= 0 && !fstat(fd, &none) && !stat(".", &here));
	CHECK(here.ino == none.ino && none.type == T_DIR && !close(fd));
	CHECK(!chdir("") && open("", O_CREATE) == -1 && mkdir("") == -1);
	CHECK(unlink("") == -1 && link("", "x") == -1);
	make("a", "");
	CHECK(link("a", "") == -1 && !unlink("a"));
}

static void trial_link(void)
{
	struct stat a, b;

	make("a", "one");
	CHECK(!link("a", "b") && holds("b", "one"));
	CHECK(!stat("a", &a) && !stat("b", &b));
	CHECK(a.ino == b.ino && a.dev == b.dev && a.nlink == 2);
	CHECK(link("a", "b") == -1 && link("none", "c") == -1);
	CHECK(link(".", "c") == -1);
	CHECK(!unlink("a") && holds("b", "one") && !unlink("b"));
}

/* Return: how often a name occurs in the current directory. */
static int listed(const char *name)
{
	char text[DIRSIZ + 1] = "";
	int fd = open(".", O_RDONLY), n = 0;
	struct dirent d;

	while (read(fd, &d, sizeof(d)) == sizeof(d)) {
		memcpy(text, d.name, DIRSIZ);
		n += d.inum && !strcmp(text, name);
	}
	close(fd);
	return n;
}

static void trial_dir(void)
{
	struct stat st;

	CHECK(!mkdir("d") && mkdir("d") == -1 && mkdir("none/d") == -1);
	CHECK(!stat("d", &st) && st.type == T_DIR);
	CHECK(open("d", O_RDWR) == -1 && open("d", O_WRONLY) == -1);
	CHECK(open("d", O_CREATE | O_RDWR) == -1);
	make("d/x", "");
	CHECK(unlink("d") == -1 && !chdir("d") && holds("x", ""));
	CHECK(listed("x") == 1 && listed(".") == 1 && listed("..") == 1);
	CHECK(listed("y") == 0);
	CHECK(unlink(".") == -1 && unlink("..") == -1 && unlink("../d/.") == -1);
	CHECK(chdir("x") == -1 && open("x/y", O_RDONLY) == -1);
	CHECK(!unlink("x") && !chdir("..") && unlink("d/..") == -1);
	CHECK(!unlink("d") && chdir("d") == -1 && stat("d", &st) == -1);
}

/* Read more entries than one getdents of the shim, in pieces of any size. */
static void trial_entries(void)
{
	char name[] = "f00";
	int fd, n, all = 0;

	CHECK(!mkdir("many") && !chdir("many"));
	for (int i = 0; i < 70; i++) {
		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		make(name, "");
	}
	fd = open(".", O_RDONLY);
	while ((n = read(fd, buf, 40 * (int)sizeof(struct dirent) + 9)) > 0) {
		CHECK(!(n % (int)sizeof(struct dirent)));
		all += n / (int)sizeof(struct dirent);
	}
	CHECK(n == 0 && all == 72);
	CHECK(read(fd, buf, sizeof(buf)) == 0);
	close(fd);
	CHECK(listed("f69") == 1);
	for (int i = 0; i < 70; i++) {
		name[1] = (char)('0' + i / 10);
		name[2] = (char)('0' + i % 10);
		CHECK(!unlink(name));
	}
	CHECK(!chdir("..") && !unlink("many"));
}

/* Only the first 14 bytes of a name count. */
static void trial_names(void)
{
	static char longest[MAXPATH + 1];
	struct stat st;

	CHECK(!mkdir("12345678901234"));
	CHECK(mkdir("12345678901234567") == -1);
	make("12345678901234x/abcdefghijklmnop", "n");
	CHECK(holds("12345678901234/abcdefghijklmn", "n"));
	CHECK(!unlink("12345678901234yy//abcdefghijklmnzz"));
	CHECK(!unlink("123456789012345"));
	CHECK(open("", O_CREATE | O_RDWR) == -1 && mkdir("") == -1);
	memset(longest, '/', MAXPATH - 1);
	CHECK(!stat(longest, &st) && st.type == T_DIR);
	longest[MAXPATH - 1] = '/';
	CHECK(stat(longest, &st) == -1);
}

/* A name too long for xv6 is not listed (the caller of trial made it). */
static void trial_hidden(void)
{
	CHECK(listed("a_name_longer_") == 0 && listed("short") == 1);
}

/* The caller of trial made two directories; a user may not search one. */
static void trial_closed(void)
{
	CHECK(chdir("closed") == -1 && !chdir("open"));
}

static void trial_console(void)
{
	struct stat st;

	CHECK(mknod("other", 2, 0) == -1);
	CHECK(!mknod("console", 1, 0) && mknod("console", 1, 0) == -1);
	CHECK(!unlink("console") && stat("console", &st) == -1);
	CHECK(!stat("/dev/null", &st) && st.type == T_DEVICE);
}

/* ---- pipes and descriptors ----------------------------------------------- */

static void trial_pipe(void)
{
	int fd[2], pid, sum = 0, n;
	struct stat st;

	CHECK(!pipe(fd) && fd[0] == 3 && fd[1] == 4);
	CHECK(fstat(fd[0], &st) == -1);
	pid = fork();
	if (!pid) {
		close(fd[0]);
		memset(buf, 1, sizeof(buf));
		for (int i = 0; i < 20; i++)
			if (write(fd[1], buf, 5000) != 5000)
				exit(1);
		exit(0);
	}
	close(fd[1]);
	while ((n = read(fd[0], buf, sizeof(buf))) > 0)
		for (int i = 0; i < n; i++)
			sum += buf[i];
	CHECK(n == 0 && sum == 20 * 5000);
	CHECK(wait(0) == pid);
	close(fd[0]);
	/* a pipe without readers: an error, but no signal */
	CHECK(!pipe(fd) && !close(fd[0]));
	CHECK(write(fd[1], buf, 1) == -1);
	close(fd[1]);
}

static void trial_descriptors(void)
{
	int fd, n = 0, two[2];

	make("a", "abcdef");
	fd = open("a", O_RDONLY);
	CHECK(dup(fd) == fd + 1 && read(fd, buf, 2) == 2);
	CHECK(read(fd + 1, buf, 2) == 2 && buf[0] == 'c');
	while (n < 2 * NOFILE && dup(fd) >= 0)
		n++;
	CHECK(n == NOFILE - fd - 2);
	CHECK(open("a", O_RDONLY) == -1 && pipe(two) == -1);
	close(NOFILE - 1);
	CHECK(pipe(two) == -1 && open("a", O_RDONLY) == NOFILE - 1);
	for (n = fd; n < NOFILE; n++)
		CHECK(!close(n));
	CHECK(!unlink("a"));
}

/* ---- pointers ------------------------------------------------------------ */

static void bad_pointers(char *bad)
{
	char *argv[] = { bad, 0 };
	int fd = open("a", O_CREATE | O_RDWR), status = fork();

	if (!status)
		exit(0);
	CHECK(read(fd, bad, 1) == -1 || read(fd, bad, 1) == 0);
	CHECK(write(fd, bad, 8192) == -1);
	write(fd, buf, 10);
	CHECK(fstat(fd, (struct stat *)bad) == -1);
	CHECK(pipe((int *)bad) == -1 && open(bad, O_RDONLY) == -1);
	CHECK(exec(bad, argv) == -1 && exec("a", (char **)bad) == -1);
	CHECK(exec("../trial", argv) == -1);
	CHECK(chdir(bad) == -1 && mkdir(bad) == -1 && unlink(bad) == -1);
	CHECK(link("a", bad) == -1 && link(bad, "b") == -1);
	CHECK(mknod(bad, 1, 1) == -1);
	if (WIDE)
		CHECK(wait((int *)bad) == -1);
	else
		CHECK(wait(0) > 0);
	close(fd);
	fd = open("a", O_RDONLY);
	CHECK(read(fd, bad, 1) == -1);
	close(fd);
	fd = open(".", O_RDONLY);
	CHECK(read(fd, bad, sizeof(struct dirent)) == -1);
	close(fd);
	unlink("a");
}

static void trial_pointers(void)
{
	static char *const bad[] = {
		(char *)0x70000000, (char *)-1, (char *)-PG,
		(char *)(1ul << (8 * sizeof(long) - 1)),
	};

	for (uint i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		bad_pointers(bad[i]);
	bad_pointers(sbrk(0));
}

/* ---- exec ---------------------------------------------------------------- */

static char *self;

/*
 * Exec `trial count` in a child, with n arguments of this length.
 * Return: the number that count() prints; -1: exec failed.
 */
static int exec_with(int n, int length)
{
	static char *argv[MAXARG + 2], text[2 * PG];
	int fd[2], got, pid;

	memset(text, 'x', (size_t)length);
	text[length] = 0;
	argv[0] = self;
	argv[1] = "count";
	for (int i = 2; i < n; i++)
		argv[i] = text;
	argv[n] = 0;
	pipe(fd);
	pid = fork();
	if (!pid) {
		close(1);
		dup(fd[1]);
		exec(self, argv);
		print(1, "-1");
		exit(0);
	}
	close(fd[1]);
	got = read(fd[0], buf, 100);
	close(fd[0]);
	wait(0);
	buf[got < 0 ? 0 : got] = 0;
	return !strcmp(buf, "-1") ? -1 : buf[0] * 100 + buf[1] * 10 + buf[2] -
		111 * '0';
}

static void trial_exec(void)
{
	char *argv[] = { "x", 0 };

	CHECK(exec_with(2, 0) == 2 && exec_with(31, 1) == 31);
	CHECK(exec_with(32, 1) == -1);
	CHECK(exec_with(3, 3000) == 3 && exec_with(3, PG) == -1);
	CHECK(exec_with(31, 200) == -1 && exec_with(20, 150) == 20);
	CHECK(exec("none", argv) == -1 && exec(".", argv) == -1);
	make("text", "no program\n");
	CHECK(exec("text", argv) == -1);
	make("script", "#!/bin/sh\necho no\n");
	CHECK(exec("script", argv) == -1);
	make("cut", "\177ELF");
	CHECK(exec("cut", argv) == -1);
	make("empty", "");
	CHECK(exec("empty", argv) == -1);
	CHECK(!unlink("text") && !unlink("script") && !unlink("cut"));
	CHECK(!unlink("empty"));
}

/* ---- which --------------------------------------------------------------- */

static const struct trial {
	const char *name;
	void (*run)(void);
} trials[] = {
	{ "wait", trial_wait }, { "fork", trial_fork },
	{ "limit", trial_limit }, { "kill", trial_kill },
	{ "killself", trial_killself }, { "time", trial_time },
	{ "unknown", trial_unknown }, { "memory", trial_memory },
	{ "sbrk", trial_sbrk }, { "eager", trial_eager },
	{ "lazy", trial_lazy }, { "giveup", trial_giveup },
	{ "file", trial_file }, { "link", trial_link },
	{ "whole", trial_whole }, { "empty", trial_empty },
	{ "dir", trial_dir }, { "entries", trial_entries },
	{ "names", trial_names }, { "hidden", trial_hidden },
	{ "console", trial_console }, { "pipe", trial_pipe },
	{ "closed", trial_closed },
	{ "descriptors", trial_descriptors },
	{ "pointers", trial_pointers }, { "exec", trial_exec },
};

/* Print the number of arguments, in three digits. */
static void count(int argc, char **argv)
{
	char text[] = { (char)('0' + argc / 100), (char)('0' + argc / 10 % 10),
			(char)('0' + argc % 10) };
	int n = 0;

	while (argv[n])
		n++;
	if (n == argc && !((unsigned long)argv % sizeof(long)))
		write(1, text, sizeof(text));
	exit(0);
}

int main(int argc, char **argv)
{
	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "count"))
		count(argc, argv);
	for (uint i = 0; argc == 2 && i < sizeof(trials) / sizeof(trials[0]);
	     i++)
		if (!strcmp(trials[i].name, argv[1])) {
			trials[i].run();
			print(1, failed ? "failed\n" : "passed\n");
			exit(failed);
		}
	for (uint i = 0; i < sizeof(trials) / sizeof(trials[0]); i++) {
		print(1, trials[i].name);
		print(1, "\n");
	}
	exit(2);
	return 0;
}
