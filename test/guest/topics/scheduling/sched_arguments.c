/* SPDX-License-Identifier: MIT */
/*
 * Calls on priorities and limits: which of two bad arguments is told, what each
 * limit and class of priority is, and who may change another's (rows B14,
 * B17, D10).
 */
#include "arguments.h"

#define SOMEBODY	4711

static char buf[512];

static void schedule_badly(void)
{
	bad(EINVAL, sched_setscheduler, -1, 0, NULL);
	bad(EINVAL, sched_setscheduler, 999999, -1, BAD);
	bad(EFAULT, sched_setscheduler, 999999, 0, BAD);
	bad(ESRCH, sched_setscheduler, 999999, 0, buf);
	bad(EINVAL, sched_setparam, -1, BAD);
	bad(EFAULT, sched_setparam, 999999, BAD);
	bad(EINVAL, sched_getscheduler, -1);
	bad(ESRCH, sched_getscheduler, 999999);
	bad(EINVAL, sched_getparam, 999999, NULL);
	bad(ESRCH, sched_getparam, 999999, BAD);
	bad(EFAULT, sched_setaffinity, 999999, 8, BAD);
	bad(ESRCH, sched_setaffinity, 999999, 0, buf);
	bad(EINVAL, sched_getaffinity, 999999, 1, BAD);
	bad(ESRCH, sched_getaffinity, 999999, 64, BAD);
	bad(EINVAL, sched_setattr, -1, BAD, 0);
	bad(EINVAL, sched_setattr, 999999, BAD, 1);
	bad(EFAULT, sched_setattr, 999999, BAD, 0);
	bad(EINVAL, sched_getattr, 999999, NULL, 64, 0);
	bad(EINVAL, sched_getattr, 999999, BAD, 1, 0);
	bad(ESRCH, sched_getattr, 999999, BAD, 64, 0);
	bad(EINVAL, sched_get_priority_max, 99);
	bad(ESRCH, sched_rr_get_interval, 999999, BAD);
	bad(EINVAL, sched_rr_get_interval, -1, BAD);
	bad(EINVAL, setpriority, 9, 999999, 0);
	bad(ESRCH, setpriority, 0, 999999, 99);
	bad(EINVAL, getpriority, 9, 999999);
	bad(EINVAL, ioprio_set, 9, 999999, 0);
	bad(EINVAL, ioprio_set, 9, 999999, 0x7fff0000);
	bad(EINVAL, ioprio_get, 9, 999999);
}

static void ask_each_limit(void)
{
	struct { unsigned long long cur, max; } l;
	struct { unsigned long cur, max; } w;

	for (int i = 0; i < 16; i++) {
		check_ok(syscall(SYS_prlimit64, 0, i, NULL, &l), "limit %d", i);
		check_ok(syscall(SYS_prlimit64, 0, i, &l, NULL), "as it is");
	}
	check_err(EINVAL, syscall(SYS_prlimit64, 0, 16, NULL, &l), "no such");
#ifdef SYS_ugetrlimit
	check_ok(syscall(SYS_ugetrlimit, 7, &w), "ugetrlimit");
#endif
	check_ok(syscall(SYS_getrlimit, 7, &w), "getrlimit");
	check_ok(syscall(SYS_setrlimit, 7, &w), "setrlimit");
	for (int i = 1; i <= 3; i++) {
		check_ok(syscall(SYS_ioprio_set, i, 0, 2 << 13 | 4),
			 "ioprio_set for %d", i);
		check_eq(syscall(SYS_ioprio_get, i, 0), 2 << 13 | 4, "told");
	}
	check_err(EINVAL, syscall(SYS_ioprio_get, 4, 0), "no such kind");
	check_eq(syscall(SYS_sched_get_priority_max, 6), 0,
		 "SCHED_DEADLINE has no priorities");
	check_eq(syscall(SYS_sched_get_priority_max, 1), 99, "SCHED_FIFO has");
	check_err(EINVAL, syscall(SYS_sched_get_priority_max, 4), "none");
}

static void pass_odd_sizes(void)
{
	check_eq(raw_syscall(SYS_sched_getaffinity, 0, 0xc0000000u, buf),
		 -EINVAL, "sched_getaffinity: a size of no bits");
	check_eq(raw_syscall(SYS_ioprio_set, 1, 0x7fffffff, 0xc0000000),
		 -ESRCH, "ioprio_set: high bits say nothing");
}

static void ask_derived_priority(void *arg)
{
	int param = 1;

	(void)arg;
	setpgid(0, 0);
	raw_syscall(SYS_ioprio_set, 1, 0, 0);	/* as if nobody had */
	raw_syscall(SYS_sched_setscheduler, 0, 1, &param);
	if (raw_syscall(SYS_ioprio_get, 2, 0) != (1 << 13 | 4))
		_exit(1);
	param = 0;
	raw_syscall(SYS_sched_setscheduler, 0, 5, &param);
	if (raw_syscall(SYS_ioprio_get, 2, 0) != (3 << 13 | 4))
		_exit(2);
	raw_syscall(SYS_sched_setscheduler, 0, 0, &param);
	if (setgid(SOMEBODY) || setuid(SOMEBODY))
		_exit(3);
	_exit(raw_syscall(SYS_ioprio_get, 3, 0) == (2 << 13 | 4) ? 0 : 4);
}

struct cap { unsigned effective, permitted, inheritable; };

static void lower_rights(int low, int high)
{
	unsigned head[2] = { 0x20080522, 0 };
	struct cap c[2];

	raw_syscall(SYS_capget, head, c);
	c[0].effective = c[0].permitted &= (unsigned)low;
	c[1].effective = c[1].permitted &= (unsigned)high;
	raw_syscall(SYS_capset, head, c);
}

/* CAP_SYS_NICE is 23.  The parent has all that the caller gave up. */
static void change_parent_priority(void *arg)
{
	unsigned long mask = 1;
	int zero = 0, parent = getppid();

	(void)arg;
	lower_rights(~(1 << 23), ~0);
	if (raw_syscall(SYS_setpriority, 0, parent, 0) != -EPERM)
		_exit(1);
	if (raw_syscall(SYS_sched_setscheduler, parent, 0, &zero) != -EPERM)
		_exit(2);
	if (raw_syscall(SYS_sched_setaffinity, parent, sizeof(mask), &mask) !=
	    -EPERM)
		_exit(3);
	if (raw_syscall(SYS_ioprio_set, 1, parent, 0) != -EPERM)
		_exit(4);
	if (raw_syscall(SYS_setpriority, 0, parent, -1) != -EACCES)
		_exit(5);
	_exit(raw_syscall(SYS_setpriority, 0, 0, 0) != 0);
}

int main(void)
{
	schedule_badly();
	ask_each_limit();
	pass_odd_sizes();
	check_eq(in_child(ask_derived_priority, NULL), 0,
		 "ioprio_get: what follows from policies; the caller's user");
	check_eq(in_child(change_parent_priority, NULL), 0,
		 "whoever may do less changes nobody's priority");
	return tap_done();
}
