/* SPDX-License-Identifier: MIT */
/*
 * That fork shares leaf tables, and how they are counted (rows D11, E4): of a
 * child as of its parent.
 */
#include "filled.h"

static unsigned long count(const char *key)
{
	char text[2048], *at;
	int fd = open("/proc/lectern/vm", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, key);
	return at ? strtoul(at + strlen(key), NULL, 10) : ~0UL;
}

static long resident(void)
{
	char b[128], *end;
	int fd = open("/proc/self/statm", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, b, sizeof(b) - 1);

	close(fd);
	if (n <= 0)
		return -1;
	b[n] = '\0';
	strtol(b, &end, 10);
	return strtol(end, NULL, 10);
}

static int is_eager(void)
{
	char text[1024];
	int fd = open("/proc/cmdline", O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "fork=eager") != NULL;
}

static void counted(void)
{
	unsigned long shared = count("tables_shared ");
	int status = -1;
	long rss = resident();
	pid_t pid = fork();

	if (pid == 0) {
		long mine = resident();

		_exit(mine < rss - 300 || mine > rss + 300);
	}
	waitpid(pid, &status, 0);
	if (rss < 0)
		tap_skip("resident pages of a child", "no /proc");
	else
		check_eq(status, 0, "a child has as many pages as its parent");
	if (shared == ~0UL)
		return;
	shared = count("tables_shared ") - shared;
	check(is_eager() ? !shared : shared >= 2,
	      "fork has shared tables, unless it is not to");
}

/* A table goes from one space, and stays in the other. */
static void unmapped(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		long all = resident();

		munmap(p, SIZE);
		/* the program's own pages come meanwhile */
		_exit(all - resident() < (long)PAGES - 64);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a child that unmaps them has so many less");
}

int main(void)
{
	make();
	counted();
	if (resident() >= 0)
		unmapped();
	check(hold(0, SIZE, 1), "all is as it was");
	return tap_done();
}
