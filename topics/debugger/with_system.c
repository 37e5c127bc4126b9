/* SPDX-License-Identifier: MIT */
/* /proc/sys/kernel/yama/ptrace_scope: who may trace, for link.c. */
#include "ptrace.h"
#include <topics/system/sysctl.h>
#include <kernel/cred/capable.h>
#include <lt/procfile.h>

static void show_ptrace_scope(struct seq *s)
{
	seq_print(s, "%u\n", READ_ONCE(trace_scope));
}

/* Store the scope.  Scope 3, "nobody", cannot be revoked. */
static int store_ptrace_scope(const char *text, size_t n)
{
	u64 value;

	if (!capable(CAP_SYS_PTRACE))
		return -EPERM;
	if (sysctl_parse(text, &value) || value > 3)
		return -EINVAL;
	if (READ_ONCE(trace_scope) == 3 && value != 3)
		return -EINVAL;
	WRITE_ONCE(trace_scope, (unsigned)value);
	return 0;
}

PROC_FILES(files) = {
	{ "sys/kernel/yama/ptrace_scope", show_ptrace_scope,
	  store_ptrace_scope },
};
