/* SPDX-License-Identifier: MIT */
/* /proc/sys/fs/pipe-max-size: largest pipe that F_SETPIPE_SZ can make. */
#include "packet.h"
#include <topics/system/sysctl.h>
#include <lt/procfile.h>

static void show_max_size(struct seq *s)
{
	seq_print(s, "%lu\n", READ_ONCE(pipe_limits.size));
}

static int store_max_size(const char *text, size_t n)
{
	u64 v;

	return sysctl_parse(text, &v) ? -EINVAL : pipe_size_limit(v);
}

PROC_FILES(files) = {
	{ "sys/fs/pipe-max-size", show_max_size, store_max_size },
};
