/* SPDX-License-Identifier: MIT */
/*
 * /proc/sys/kernel/core_*: the names of core files and the program that reads
 * them.
 */
#include "core.h"
#include <topics/system/sysctl.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <lt/procfile.h>

static void show_core_pattern(struct seq *s)
{
	char pattern[CORE_PATTERN];

	spin_lock(&tree_lock);
	memcpy(pattern, core_pattern, sizeof(pattern));
	spin_unlock(&tree_lock);
	seq_print(s, "%s\n", pattern);
}

static int store_core_pattern(const char *text, size_t n)
{
	spin_lock(&tree_lock);
	sysctl_line(core_pattern, CORE_PATTERN, text);
	spin_unlock(&tree_lock);
	return 0;
}

static void show_uses_pid(struct seq *s)
{
	seq_print(s, "%d\n", READ_ONCE(core_uses_pid));
}

static void show_pipe_limit(struct seq *s)
{
	seq_print(s, "%d\n", READ_ONCE(core_pipe_limit));
}

/*
 * Parse a signed int.  As on Linux, a negative value is accepted, although it
 * has no meaning here.
 */
static int store_int(int *to, const char *text)
{
	bool minus;
	u64 v;

	text = str_skip_spaces(text);
	minus = *text == '-';
	if (minus && (text[1] < '0' || text[1] > '9'))
		return -EINVAL;
	if (sysctl_parse(text + minus, &v) || v > 0x7fffffffull + minus)
		return -EINVAL;
	WRITE_ONCE(*to, (int)(minus ? -(s64)v : (s64)v));
	return 0;
}

static int store_uses_pid(const char *text, size_t n)
{
	return store_int(&core_uses_pid, text);
}

static int store_pipe_limit(const char *text, size_t n)
{
	return store_int(&core_pipe_limit, text);
}

PROC_FILES(files) = {
	{ "sys/kernel/core_pattern", show_core_pattern, store_core_pattern,
	  true },
	{ "sys/kernel/core_uses_pid", show_uses_pid, store_uses_pid },
	{ "sys/kernel/core_pipe_limit", show_pipe_limit, store_pipe_limit },
};
