/* SPDX-License-Identifier: MIT */
/*
 * What the chains of course/book walk through, a step each: from a system call
 * that does nothing to a terminal.  `tour_steps again` goes on for ever, for a
 * debugger that looks on (test/run/tour.py).
 */
#include <spawn.h>
#include <termios.h>
#include "tap.h"

static volatile int got;

static void note_tour_signal(int sig)
{
	got = sig;
}

static int call_kernel(void)
{
	return getppid() > 0;
}

static int touch_new_page(void)
{
	volatile char *p = mmap(NULL, PG, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*p = 1;
	return *p == 1 && munmap((void *)p, PG) == 0;
}

static int fork_and_copy(void)
{
	static volatile int shared = 1;
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		shared++;
		_exit(shared);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status) == 2 && shared == 1;
}

/* A table of its own for the memory, of which the child changes a page. */
static int fork_and_share(void)
{
	unsigned long size = 0x800000, i;
	volatile char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t pid;

	madvise((void *)p, size, 15 /* MADV_NOHUGEPAGE */);
	for (i = 0; i < size; i += 16 * PG)
		p[i] = 1;
	pid = fork();
	if (pid == 0) {
		p[size / 2]++;
		_exit(p[size / 2]);
	}
	waitpid(pid, &status, 0);
	i = (unsigned long)p[size / 2];
	munmap((void *)p, size);
	return WEXITSTATUS(status) == 2 && i == 1;
}

static int run_leaf(void)
{
	char *argv[] = { "tour_steps", "leaf", NULL };
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execve(tap_self, argv, environ);
		_exit(1);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

static int spawn_leaf(void)
{
	char *argv[] = { "tour_steps", "leaf", NULL };
	pid_t pid = spawn(tap_self, argv, environ, NULL, 0, NULL);

	return pid < 0 ? errno == ENOSYS : join(pid) == 0;
}

/* The child sleeps in its read when the byte comes, most often. */
static int wake_reader(void)
{
	int p[2], status = -1;
	char c = 'x';
	pid_t pid;

	if (pipe(p))
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(read(p[0], &c, 1) != 1);
	comes_to(pid, "SZ");
	(void)!write(p[1], &c, 1);
	waitpid(pid, &status, 0);
	close(p[0]);
	close(p[1]);
	return status == 0;
}

static int signal_self(void)
{
	signal(SIGUSR1, note_tour_signal);
	got = 0;
	kill(getpid(), SIGUSR1);
	return got == SIGUSR1;
}

static int read_file(void)
{
	char text[4];
	int fd = open(tap_self, O_RDONLY);
	ssize_t n = read(fd, text, 4);

	close(fd);
	return n == 4 && !memcmp(text, "\177ELF", 4);
}

static int type_line(void)
{
	char text[16] = "", name[32];
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), slave, n, unlock = 0;
	ssize_t size;

	if (master < 0 || ioctl(master, 0x80045430 /* TIOCGPTN */, &n) ||
	    ioctl(master, 0x40045431 /* TIOCSPTLCK */, &unlock))
		return 0;
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	slave = open(name, O_RDWR | O_NOCTTY);
	(void)!write(master, "hi\n", 3);
	size = read(slave, text, sizeof(text));
	close(slave);
	close(master);
	return size == 3 && !memcmp(text, "hi\n", 3);
}

static int trace_events(void)
{
	int fd = open("/proc/lectern/events", O_WRONLY);
	char text[64];
	int ok = fd >= 0 && write(fd, "1", 1) == 1;

	(void)getppid();
	ok &= fd >= 0 && write(fd, "0", 1) == 1;
	close(fd);
	fd = open("/proc/lectern/trace", O_RDONLY);
	ok &= read(fd, text, sizeof(text)) > 0;
	close(fd);
	return ok || access("/proc/lectern", F_OK);
}

/* What ./lectern show draws. */
static int show_self(void)
{
	static const char *const files[] = { "/proc/self/space",
					     "/proc/self/tables" };
	char text[256];
	int ok = 1;

	for (int i = 0; i < COUNT(files); i++) {
		int fd = open(files[i], O_RDONLY);

		ok &= fd < 0 || read(fd, text, sizeof(text)) > 0;
		close(fd);
	}
	return ok;
}

static const struct {
	const char *what;
	int (*fn)(void);
} steps[] = {
	{ "a call", call_kernel }, { "a fresh page", touch_new_page },
	{ "fork, and a copy on write", fork_and_copy },
	{ "fork, and a table copied", fork_and_share },
	{ "exec", run_leaf }, { "spawn", spawn_leaf },
	{ "a reader is woken", wake_reader }, { "a signal", signal_self },
	{ "a file", read_file }, { "a line is typed", type_line },
	{ "events are traced", trace_events },
	{ "its own memory", show_self },
};

int main(int argc, char **argv)
{
	int again = argc > 1 && !strcmp(argv[1], "again");

	if (argc > 1 && !again)
		return 0;
	tap_find_self(argv[0]);
	do {
		for (int i = 0; i < COUNT(steps); i++) {
			int ok = steps[i].fn();

			if (!again)
				check(ok, "%s", steps[i].what);
		}
	} while (again);
	return tap_done();
}
