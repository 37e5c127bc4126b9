/* SPDX-License-Identifier: MIT */
/* /proc/sys/kernel/core_pattern: what core files are called. */
#include <ext/coredump/core.h>
#include <ext/sysctl/sysctl.h>
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

PROC_FILES(files) = {
	{ "sys/kernel/core_pattern", show_core_pattern, store_core_pattern,
	  true },
};
