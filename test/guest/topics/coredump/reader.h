/* SPDX-License-Identifier: MIT */
/*
 * A program that kernel.core_pattern starts: the test itself, told by its first
 * word what to do and by its second in which directory.  What it finds goes
 * into a file there, a line a fact, which has its name once it is whole.
 */
#ifndef TEST_GUEST_TOPICS_COREDUMP_READER_H
#define TEST_GUEST_TOPICS_COREDUMP_READER_H

#include "cores.h"

/* ---- the test's side ----------------------------------------------------- */

/* |SELF DO DIRECTORY MORE: the shorter the better, as 127 is all there is. */
UNUSED static void read_by(const char *what, const char *more)
{
	char pattern[256];
	int n = snprintf(pattern, sizeof(pattern), "|%s %s %s %s", tap_self,
			 what, tap_dir, more);

	if (n > 127 || !set_kernel("core_pattern", pattern))
		tap_bail(pattern);
}

/* It died as it would have, and left nothing. */
UNUSED static int not_dumped(int st)
{
	return WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV && !(st & 0x80);
}

UNUSED static void crash_plainly(void *arg)
{
	(void)arg;
	*(volatile int *)BAD = 1;
}

static char report[8192];

/* The report of the reader that was started last, which goes. */
UNUSED static int reported(void)
{
	int fd;
	ssize_t n;

	report[0] = '\0';
	if (!eventually((fd = open("report", O_RDONLY)) >= 0))
		return 0;
	n = read_all(fd, report, sizeof(report) - 1);
	report[n > 0 ? n : 0] = '\0';
	close(fd);
	unlink("report");
	return n > 0;
}

/* => what the report has for a key, "?": nothing */
UNUSED static const char *fact(const char *key)
{
	static char value[8][512];
	static int next;
	char *to = value[next++ % 8], line[64];
	const char *at = report;
	size_t n = 0;

	snprintf(line, sizeof(line), "%s ", key);
	while (at && strncmp(at, line, strlen(line)))
		at = (at = strchr(at, '\n')) ? at + 1 : NULL;
	if (!at)
		return "?";
	at += strlen(line);
	while (at[n] && at[n] != '\n' && n < sizeof(value[0]) - 1) {
		to[n] = at[n];
		n++;
	}
	to[n] = '\0';
	return to;
}

UNUSED static int is_fact(const char *key, const char *want)
{
	const char *got = fact(key);

	if (!strcmp(got, want))
		return 1;
	printf("# %s is \"%s\", not \"%s\"\n", key, got, want);
	return 0;
}

UNUSED static int is_number(const char *key, long want)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", want);
	return is_fact(key, text);
}

/* ---- the reader's side --------------------------------------------------- */

static int report_fd;

UNUSED static void open_report_file(const char *dir)
{
	char name[96];

	snprintf(name, sizeof(name), "%s/new", dir);
	report_fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

#define tell(key, ...)	tell_(key " " __VA_ARGS__)
#define tell_(fmt, ...)	dprintf(report_fd, fmt "\n", ##__VA_ARGS__)

UNUSED static void publish_report(const char *dir)
{
	char from[96], to[96];

	close(report_fd);
	snprintf(from, sizeof(from), "%s/new", dir);
	snprintf(to, sizeof(to), "%s/report", dir);
	rename(from, to);
}

/* All of standard input.  => bytes */
UNUSED static long drain_input(void)
{
	static char buf[65536];
	long all = 0;
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) > 0)
		all += n;
	return all;
}

#endif
