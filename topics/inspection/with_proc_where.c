/* SPDX-License-Identifier: MIT */
/* /proc/PID/stack: where in the kernel a task sleeps (row B7). */
#include "where.h"
#include <topics/proc/proc.h>
#include <kernel/cred/capable.h>
#include <lt/ksym.h>
#include <lt/seq.h>

/* Show the stack as Linux does, which prints [<0>] instead of addresses. */
static int show_stack(struct seq *s, struct task *t)
{
	unsigned long pc[WHERE_DEPTH];
	unsigned n;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (!proc_may_control(t))
		return -EPERM;
	n = where_task(t, pc, WHERE_DEPTH);
	for (unsigned i = 0; i < n; i++) {
		uintptr_t offset = 0;
		const char *name = ksym_lookup(pc[i] - 1, &offset);

		seq_print(s, "[<0>] %s+%#lx\n", name ? name : "?",
			  (unsigned long)offset + 1);
	}
	return 0;
}

PID_FILES(files) = {
	{ .name = "stack", .mode = 0400, .show = show_stack },
};
