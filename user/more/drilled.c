/* SPDX-License-Identifier: MIT */
/*
 * drilled TOPIC WORD...: do what ./lectern drill has chosen, and print what
 * became of it.  The host asks its questions about this run.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "drilled/drilled.h"

void fail(const char *what)
{
	dprintf(2, "drilled: %s: %s\n", what, strerror(errno));
	_exit(1);
}

unsigned long number(const char *text, char **end)
{
	char *after;
	unsigned long n = strtoul(text, &after, 0);

	if (after == text || (!end && *after)) {
		dprintf(2, "drilled: %s: not a number\n", text);
		_exit(2);
	}
	if (end)
		*end = after;
	return n;
}

long faults_so_far(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_minflt + u.ru_majflt;
}

uint64_t pagemap_word(const char *pid, unsigned long at)
{
	char path[40];
	uint64_t word = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || pread(fd, &word, 8, (off_t)(at / PG) * 8) != 8)
		fail(path);
	close(fd);
	return word;
}

int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), n = (int)strlen(text);
	int bad = fd < 0 || write(fd, text, (size_t)n) != n;

	if (fd >= 0)
		close(fd);
	return bad ? -1 : 0;
}

void copy_out(const char *path)
{
	char buf[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		fail(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		write_all(1, buf, (size_t)n);
	close(fd);
}

int main(int argc, char **argv)
{
	const char *topic = argc > 1 ? argv[1] : "";

	if (!strcmp(topic, "pages"))
		return drill_pages(argc - 2, argv + 2);
	if (!strcmp(topic, "family"))
		return drill_family(argc - 2, argv + 2);
	if (!strcmp(topic, "tasks"))
		return drill_tasks(argc - 2, argv + 2);
	if (!strcmp(topic, "start"))
		return drill_start(argv);
	if (!strcmp(topic, "touches"))
		return drill_touches(argc - 2, argv + 2);
	dprintf(2, "drilled: no topic %s\n", topic);
	return 2;
}
