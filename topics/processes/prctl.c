/* SPDX-License-Identifier: MIT */
/*
 * prctl(2) for debuggers and other inspection: how CPU times are measured, how
 * late a sleep may end, and where the thread id is cleared at exit.
 */
#include <kernel/current.h>
#include <kernel/syscall/prctl.h>
#include <mm/uaccess.h>
#include <uapi/errno.h>

/* <linux/prctl.h> */
#define PR_GET_TIMING		13
#define PR_SET_TIMING		14
#define PR_SET_TIMERSLACK	29
#define PR_GET_TIMERSLACK	30
#define PR_GET_TID_ADDRESS	40

/* Get or set the timing; only statistical timing, 0, is supported. */
static long timing(int op, const unsigned long arg[4])
{
	return op == PR_SET_TIMING && arg[0] ? -EINVAL : 0;
}

/*
 * Set or return how much later than requested a sleep may end.  Setting 0
 * restores the default.
 */
static long slack(int op, const unsigned long arg[4])
{
	if (op == PR_GET_TIMERSLACK)
		return (long)current->timer_slack;
	current->timer_slack = arg[0] ? arg[0] : current->default_slack;
	return 0;
}

static long tid_address(int op __unused, const unsigned long arg[4])
{
	return put_user(current->clear_child_tid, arg[0]);
}

PRCTL_COMMANDS(commands) = {
	{ PR_GET_TIMING, timing }, { PR_SET_TIMING, timing },
	{ PR_SET_TIMERSLACK, slack }, { PR_GET_TIMERSLACK, slack },
	{ PR_GET_TID_ADDRESS, tid_address },
};
