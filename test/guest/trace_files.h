/* SPDX-License-Identifier: MIT */
/* Files of tracefs: read as a whole, searched, and of this process alone. */
#ifndef TEST_TRACE_FILES_H
#define TEST_TRACE_FILES_H

#include "texts.h"

#define AT	"/sys/kernel/tracing/"

static char text[1 << 20];		/* of what was read last */

static int trace_open(const char *name, int flags)
{
	char path[160];

	snprintf(path, sizeof(path), AT "%s", name);
	return open(path, flags);
}

static const char *trace_text(const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), AT "%s", name);
	text_read(path, text, sizeof(text));
	return text;
}

static int trace_is(const char *name, const char *want)
{
	if (!strcmp(trace_text(name), want))
		return 1;
	printf("# %s: %.200s\n", name, text);
	return 0;
}

/* Lines of the trace with both words in them. */
static int trace_lines(const char *word, const char *other)
{
	int n = 0;

	trace_text("trace");
	for (char *at = text, *end; *at; at = end + 1) {
		end = strchr(at, '\n');
		if (!end)
			break;
		*end = 0;
		n += *at != '#' && strstr(at, word) && strstr(at, other);
		*end = '\n';
	}
	return n;
}

/* Events of this process alone; put: how a test writes to a file. */
#define trace_only_me(put)	do {					\
	char me_[16];							\
	snprintf(me_, sizeof(me_), "%d", getpid());			\
	put("set_event_pid", me_);					\
} while (0)

#endif
