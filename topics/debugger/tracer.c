/* SPDX-License-Identifier: MIT */
/* PR_SET_PTRACER of prctl(2): allow another process to trace the caller. */
#include <kernel/syscall/prctl.h>
#include <kernel/task/task.h>
#include <kernel/process/process.h>
#include <uapi/errno.h>

#define PR_SET_PTRACER		0x59616d61	/* "Yama" in ASCII */

/*
 * Set the process that may also trace the caller under kernel.yama.ptrace_scope
 * 1.
 */
static long set_ptracer(int op, const unsigned long arg[4])
{
	unsigned long pid = arg[0];
	long err = 0;

	spin_lock(&tree_lock);
	if (pid == 0 || pid == ~0ul)
		current->process->ptracer = (int)pid;
	else if (pid <= (unsigned long)PID_LIMIT && task_find((int)pid))
		current->process->ptracer = task_find((int)pid)->process ?
			task_find((int)pid)->process->pid : 0;
	else
		err = -EINVAL;
	spin_unlock(&tree_lock);
	return err;
}

PRCTL_COMMANDS(commands) = {
	{ PR_SET_PTRACER, set_ptracer },
};
