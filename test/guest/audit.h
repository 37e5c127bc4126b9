/* SPDX-License-Identifier: MIT */
/*
 * The kernel's audit before and after: what a test took, it must have given
 * back (rows A9, D11).  Linux has none: audit_take() says so.
 */
#ifndef TEST_AUDIT_H
#define TEST_AUDIT_H

#include "tap.h"

#define AUDIT		"/proc/lectern/audit"

static char audit_before[2048], audit_after[2048];

/* => length, -1 where there is no audit */
static ssize_t audit_read(char *text)
{
	int fd = open(AUDIT, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read_all(fd, text, sizeof(audit_before) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : -1;
}

/* Equal, but for `slack` free pages that tables and slabs keep for reuse. */
static int audit_line_same(const char *a, const char *b, long slack)
{
	static const char pages[] = "free_pages ";
	size_t n = sizeof(pages) - 1;

	if (!strcmp(a, b))
		return 1;
	return !strncmp(a, pages, n) && !strncmp(b, pages, n) &&
		labs(atol(a + n) - atol(b + n)) <= slack;
}

/* Line by line; `show`: what differs, as a note.  => they agree */
static int audit_compare(long slack, int show)
{
	static char copy[2][sizeof(audit_before)];
	char *a = strcpy(copy[0], audit_before), *sa;
	char *b = strcpy(copy[1], audit_after), *sb;
	int same = 1;

	for (;;) {
		a = strtok_r(a, "\n", &sa);
		b = strtok_r(b, "\n", &sb);
		if (!a || !b)
			return same && !a && !b;
		if (!audit_line_same(a, b, slack)) {
			same = 0;
			if (show)
				printf("# before: %s; after: %s\n", a, b);
		}
		a = b = NULL;
	}
}

/*
 * How a machine at rest is: it says the same again and again, so nobody is on
 * his way off a CPU, and the pages of the texts and of reading are there, and
 * that to which check() writes.
 * => 0, -1 without an audit
 */
UNUSED static int audit_take(void)
{
	if (audit_read(audit_before) < 0)
		return -1;
	*(volatile int *)&tap_n = tap_n;
	for (int same = 0, i = 0; same < 5 && i < 1000; i++) {
		usleep(2000);
		audit_read(audit_after);
		same = audit_compare(0, 0) ? same + 1 : 0;
		strcpy(audit_before, audit_after);
	}
	return 0;
}

/*
 * Whether all is as audit_take() found it.  Who was waited for may still be
 * on its way off another CPU, so there are some tries.
 */
UNUSED static int audit_same(long slack)
{
	if (eventually(audit_read(audit_after) > 0 && audit_compare(slack, 0)))
		return 1;
	audit_compare(slack, 1);
	return 0;
}

#endif
