/* SPDX-License-Identifier: MIT */
/* PR_SET_THP_DISABLE of prctl(2): no new superpages in the caller's memory. */
#include <kernel/current.h>
#include <kernel/syscall/prctl.h>
#include <mm/vm.h>
#include <uapi/errno.h>

#define PR_SET_THP_DISABLE	41
#define PR_GET_THP_DISABLE	42

/* Set or get the flag.  Existing superpages stay. */
static long superpage_serve(int op, const unsigned long arg[4])
{
	bool set = op == PR_SET_THP_DISABLE;

	if (arg[1] || arg[2] || arg[3] || (!set && arg[0]))
		return -EINVAL;
	if (!set)
		return current->space->no_huge;
	WRITE_ONCE(current->space->no_huge, arg[0] != 0);
	return 0;
}

PRCTL_COMMANDS(commands) = {
	{ PR_SET_THP_DISABLE, superpage_serve },
	{ PR_GET_THP_DISABLE, superpage_serve },
};
