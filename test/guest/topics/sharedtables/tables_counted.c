/* SPDX-License-Identifier: MIT */
/*
 * That fork shares leaf tables, and how they are counted (rows D11, E4): of a
 * child as of its parent.
 */
#include "filled.h"

static unsigned long count_in_vm_file(const char *key)
{
	char text[2048], *at;
	int fd = open("/proc/lectern/vm", O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, key);
	return at ? strtoul(at + strlen(key), NULL, 10) : ~0UL;
}

static long statm_resident(void)
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

static void count_child_pages(void)
{
	unsigned long shared = count_in_vm_file("tables_shared ");
	int status = -1;
	long rss = statm_resident();
	pid_t pid = fork();

	if (pid == 0) {
		long mine = statm_resident();

		_exit(mine < rss - 300 || mine > rss + 300);
	}
	waitpid(pid, &status, 0);
	if (rss < 0)
		tap_skip("resident pages of a child", "no /proc");
	else
		check_eq(status, 0, "a child has as many pages as its parent");
	if (shared == ~0UL)
		return;
	shared = count_in_vm_file("tables_shared ") - shared;
	check(is_eager() ? !shared : shared >= 2,
	      "fork has shared tables, unless it is not to");
}

/* A table goes from one space, and stays in the other. */
static void unmap_table(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		long all = statm_resident();

		munmap(p, SIZE);
		/* the program's own pages come meanwhile */
		_exit(all - statm_resident() < (long)PAGES - 64);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a child that unmaps them has so many less");
}

int main(void)
{
	map_filled();
	count_child_pages();
	if (statm_resident() >= 0)
		unmap_table();
	check(tables_hold(0, SIZE, 1), "all is as it was");
	return tap_done();
}
