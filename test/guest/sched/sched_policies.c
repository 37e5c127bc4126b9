/* SPDX-License-Identifier: MIT */
/*
 * Scheduling policies as system calls (rows B14, D1): what is valid, what a
 * child takes over, who may change what, and what /proc tells of it.
 */
#include "sched_calls.h"

/* ---- what is valid ------------------------------------------------------- */

static void valid(void)
{
	static const struct {
		int policy, priority;
	} good[] = {
		{ SCHED_FIFO, 1 }, { SCHED_FIFO, 99 }, { SCHED_RR, 50 },
		{ SCHED_BATCH, 0 }, { SCHED_IDLE, 0 }, { SCHED_OTHER, 0 },
	}, wrong[] = {
		{ SCHED_FIFO, 0 }, { SCHED_FIFO, 100 }, { SCHED_RR, 0 },
		{ SCHED_RR, -1 }, { SCHED_OTHER, 1 }, { SCHED_BATCH, 1 },
		{ SCHED_IDLE, 1 }, { 4, 0 }, { 4, 1 }, { 8, 0 }, { -1, 0 },
		{ SCHED_DEADLINE, 0 }, { SCHED_DEADLINE, 1 },
		{ SCHED_FIFO | 0x20000000, 1 },
	};

	check_eq(get_policy(0), SCHED_OTHER, "at first: SCHED_OTHER");
	for (int i = 0; i < COUNT(good); i++) {
		int ok = !set_policy(0, good[i].policy, good[i].priority);

		check(ok && get_policy(0) == good[i].policy &&
		      get_param(0) == good[i].priority,
		      "policy %d with priority %d", good[i].policy,
		      good[i].priority);
	}
	for (int i = 0; i < COUNT(wrong); i++)
		check_err(EINVAL, set_policy(0, wrong[i].policy,
					     wrong[i].priority),
			  "not policy %d with priority %d", wrong[i].policy,
			  wrong[i].priority);
	check_eq(get_policy(0), SCHED_OTHER, "and nothing has changed");
}

static void refuse_policy_arguments(void)
{
	int one = 1;

	check_err(EINVAL, set_policy(-1, SCHED_FIFO, 1), "negative pid");
	check_err(EINVAL, get_policy(-1), "to be asked");
	check_err(EINVAL, get_param(-5), "or of its parameters");
	check_err(ESRCH, set_policy(0x3fffff, SCHED_FIFO, 1), "no such task");
	check_err(ESRCH, get_policy(0x3fffff), "to be asked");
	check_err(ESRCH, get_param(0x3fffff), "or of its parameters");
	check_err(EINVAL, syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, NULL),
		  "setscheduler without parameters");
	check_err(EINVAL, syscall(SYS_sched_setparam, 0, NULL), "setparam");
	check_err(EINVAL, syscall(SYS_sched_getparam, 0, NULL), "getparam");
	check_err(EFAULT, syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, BAD),
		  "setscheduler, wild pointer");
	check_err(EFAULT, syscall(SYS_sched_setparam, 0, BAD), "setparam");
	check_err(EFAULT, syscall(SYS_sched_getparam, 0, BAD), "getparam");
	check_err(EINVAL, set_param(0, 1), "no priority for SCHED_OTHER");
	check_ok(syscall(SYS_sched_setparam, 0, &(int){ 0 }), "but 0");
	check_err(EINVAL, syscall(SYS_sched_setscheduler, 0, 77, &one), "77");
}

static void ask_priority_limits(void)
{
	static const struct {
		int policy, min, max;
	} of[] = {
		{ SCHED_OTHER, 0, 0 }, { SCHED_BATCH, 0, 0 },
		{ SCHED_IDLE, 0, 0 }, { SCHED_FIFO, 1, 99 },
		{ SCHED_RR, 1, 99 },
	};

	for (int i = 0; i < COUNT(of); i++)
		check(syscall(SYS_sched_get_priority_min, of[i].policy) ==
		      of[i].min &&
		      syscall(SYS_sched_get_priority_max, of[i].policy) ==
		      of[i].max, "range of policy %d", of[i].policy);
	check_err(EINVAL, syscall(SYS_sched_get_priority_min, 4), "of none");
	check_err(EINVAL, syscall(SYS_sched_get_priority_max, -1), "of none");
}

static void intervals(void)
{
	long ts[2] = { -1, -1 };

	check(set_policy(0, SCHED_RR, 5) == 0 &&
	      syscall(SYS_sched_rr_get_interval, 0, ts) == 0 &&
	      ts[0] == 0 && ts[1] == 100000000, "quantum of SCHED_RR: 100 ms");
	check(set_policy(0, SCHED_FIFO, 5) == 0 &&
	      syscall(SYS_sched_rr_get_interval, 0, ts) == 0 &&
	      ts[0] == 0 && ts[1] == 0, "of SCHED_FIFO: none");
	check(set_policy(0, SCHED_OTHER, 0) == 0 &&
	      syscall(SYS_sched_rr_get_interval, 0, ts) == 0 &&
	      ts[0] == 0 && ts[1] >= 0 && ts[1] < 1000000000, "of others");
	check_err(EINVAL, syscall(SYS_sched_rr_get_interval, -1, ts), "pid -1");
	check_err(ESRCH, syscall(SYS_sched_rr_get_interval, 0x3fffff, ts),
		  "no such task");
	check_err(EFAULT, syscall(SYS_sched_rr_get_interval, 0, BAD), "wild");
}

/* ---- struct sched_attr --------------------------------------------------- */

static void set_sched_attributes(void)
{
	struct attr a = { .size = sizeof(a), .policy = SCHED_RR,
			  .priority = 7, .flags = RESET_ON_FORK };

	check(set_attr(0, &a) == 0 && get_policy(0) ==
	      (SCHED_RR | SCHED_RESET_ON_FORK) && get_param(0) == 7,
	      "setattr");
	a = get_attr(0);
	check(a.size >= 48 && a.policy == SCHED_RR && a.priority == 7 &&
	      a.flags == RESET_ON_FORK && a.nice == 0, "getattr");
	a = (struct attr){ .policy = SCHED_BATCH, .nice = 7, .size = 48 };
	check(set_attr(0, &a) == 0, "setattr of the first size");
	check(get_20_nice(PRIO_PROCESS, 0) == 13 && get_policy(0) ==
	      SCHED_BATCH && get_attr(0).nice == 7, "sets nice");
	a.size = 0;
	a.nice = 100;
	check(set_attr(0, &a) == 0 && get_attr(0).nice == 19,
	      "size 0 is the first; nice is cut to 19");
	a = (struct attr){ .size = 56, .policy = 77, .nice = 3,
			   .flags = KEEP_POLICY };
	check(set_attr(0, &a) == 0 && get_policy(0) == SCHED_BATCH &&
	      get_attr(0).nice == 3, "KEEP_POLICY");
	a = (struct attr){ .size = 56, .policy = SCHED_OTHER, .nice = 9,
			   .flags = KEEP_PARAMS };
	check(set_attr(0, &a) == 0 && get_policy(0) == SCHED_BATCH &&
	      get_attr(0).nice == 3, "KEEP_PARAMS: only the flag may change");
	set_policy(0, SCHED_OTHER, 0);
	set_nice(PRIO_PROCESS, 0, 0);
}

#ifdef SYS_nice
/* i386's own: by so much, as far as it goes; EPERM for whoever may not. */
static void old_nice(void *arg)
{
	(void)arg;
	if (syscall(SYS_nice, 5) || get_20_nice(PRIO_PROCESS, 0) != 15)
		_exit(1);
	if (syscall(SYS_nice, 1000) || get_20_nice(PRIO_PROCESS, 0) != 1)
		_exit(2);
	if (!geteuid() && (syscall(SYS_nice, -1000) ||
	    get_20_nice(PRIO_PROCESS, 0) != 40))
		_exit(3);
	if (!geteuid()) {	/* at the least, and without the right */
		int st, pid = fork();

		if (!pid)
			_exit(setresuid(1000, 1000, 1000) ||
			      syscall(SYS_nice, -1) != -1 || errno != EPERM ||
			      set_nice(PRIO_PROCESS, 0, -21));
		if (waitpid(pid, &st, 0) != pid || st)
			_exit(6);
	}
	if (!geteuid() && setresuid(1000, 1000, 1000))
		_exit(4);
	syscall(SYS_nice, 3);
	if (syscall(SYS_nice, -1) != -1 || errno != EPERM)
		_exit(5);
	_exit(0);
}
#endif

static void bad_attributes(void)
{
	struct {
		struct attr a;
		char more[64];
	} b = { .a = { .size = sizeof(b), .policy = SCHED_OTHER } };
	struct attr a = { .size = 56, .policy = SCHED_OTHER };

	check_ok(set_attr(0, &b.a), "a longer one with zeros");
	b.more[63] = 1;
	check_err(E2BIG, set_attr(0, &b.a), "with something else");
	check(b.a.size < sizeof(b) && b.a.size >= 48, "the size is told");
	a.size = 47;
	check_err(E2BIG, set_attr(0, &a), "too short");
	a.size = 5000;
	check_err(E2BIG, set_attr(0, &a), "longer than a page");
	a = (struct attr){ .size = 56, .flags = 1ull << 40 };
	check_err(EINVAL, set_attr(0, &a), "unknown flag");
	a = (struct attr){ .size = 56, .priority = 1 };
	check_err(EINVAL, set_attr(0, &a), "priority for SCHED_OTHER");
	a = (struct attr){ .size = 56, .policy = SCHED_FIFO,
			   .priority = 0x80000001 };
	check_err(EINVAL, set_attr(0, &a), "a huge priority");
	a = (struct attr){ .size = 56, .policy = 0x80000000 };
	check_err(EINVAL, set_attr(0, &a), "a negative policy");
	a = (struct attr){ .size = 56, .policy = SCHED_DEADLINE };
	check_err(EINVAL, set_attr(0, &a), "SCHED_DEADLINE without a deadline");
	check_err(EINVAL, syscall(SYS_sched_setattr, 0, NULL, 0), "NULL");
	check_err(EINVAL, syscall(SYS_sched_setattr, 0, &a, 1), "flags");
	check_err(EINVAL, syscall(SYS_sched_setattr, -1, &a, 0), "pid -1");
	check_err(EFAULT, syscall(SYS_sched_setattr, 0, BAD, 0), "wild");
	a = (struct attr){ .size = 56 };
	check_err(ESRCH, syscall(SYS_sched_setattr, 0x3fffff, &a, 0), "nobody");
	check_err(EINVAL, syscall(SYS_sched_getattr, 0, &a, 47, 0), "short");
	check_err(EINVAL, syscall(SYS_sched_getattr, 0, &a, 5000, 0), "long");
	check_err(EINVAL, syscall(SYS_sched_getattr, 0, &a, 56, 1), "flags");
	check_err(EINVAL, syscall(SYS_sched_getattr, 0, NULL, 56, 0), "NULL");
	check_err(EFAULT, syscall(SYS_sched_getattr, 0, BAD, 56, 0), "wild");
	check_err(ESRCH, syscall(SYS_sched_getattr, 0x3fffff, &a, 56, 0),
		  "nobody");
}

/* ---- children ------------------------------------------------------------ */

/* What a child of such a caller is: policy, priority, 20 - nice. */
static void child_of(int policy, int priority, int nice, const int want[3])
{
	volatile int *is = share_memory(PG);
	int status;
	pid_t pid;

	set_nice(PRIO_PROCESS, 0, nice);
	if (set_policy(0, policy, priority))
		tap_bail("setscheduler");
	pid = fork();
	if (pid == 0) {
		is[0] = get_policy(0);
		is[1] = get_param(0);
		is[2] = get_20_nice(PRIO_PROCESS, 0);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	set_policy(0, SCHED_OTHER, 0);
	set_nice(PRIO_PROCESS, 0, 0);
	if (is[0] != want[0] || is[1] != want[1] || is[2] != want[2])
		printf("# got %d %d %d\n", is[0], is[1], is[2]);
	check(is[0] == want[0] && is[1] == want[1] && is[2] == want[2],
	      "child of policy %#x, priority %d, nice %d", (unsigned)policy,
	      priority, nice);
	munmap((void *)is, PG);
}

static void inheritance(void)
{
	int reset = SCHED_RESET_ON_FORK;

	child_of(SCHED_FIFO, 20, 0, (int[]){ SCHED_FIFO, 20, 20 });
	child_of(SCHED_RR, 1, 0, (int[]){ SCHED_RR, 1, 20 });
	child_of(SCHED_BATCH, 0, -5, (int[]){ SCHED_BATCH, 0, 25 });
	child_of(SCHED_IDLE, 0, 3, (int[]){ SCHED_IDLE, 0, 17 });
	child_of(SCHED_FIFO | reset, 20, -3, (int[]){ SCHED_OTHER, 0, 20 });
	child_of(SCHED_RR | reset, 20, 4, (int[]){ SCHED_OTHER, 0, 20 });
	child_of(SCHED_OTHER | reset, 0, -7, (int[]){ SCHED_OTHER, 0, 20 });
	child_of(SCHED_OTHER | reset, 0, 7, (int[]){ SCHED_OTHER, 0, 13 });
	child_of(SCHED_BATCH | reset, 0, -7, (int[]){ SCHED_BATCH, 0, 20 });
}

/* exec keeps all of it: the new program is this one. */
static void over_exec(char *self)
{
	char *argv[] = { self, (char *)"after-exec", NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		set_policy(0, SCHED_RR | SCHED_RESET_ON_FORK, 33);
		execv(self, argv);
		_exit(99);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "exec keeps policy, priority and flag");
}

/* ---- permissions --------------------------------------------------------- */

static int fails_with(long r, int err)
{
	return r == -1 && errno == err;
}

/* An ordinary user without any limit raised. */
static void change_as_nobody(void *arg)
{
	int root = *(int *)arg;

	set_limit(RLIMIT_RTPRIO, 0);
	set_limit(RLIMIT_NICE, 0);
	need(setuid(1000) == 0, 1);
	need(fails_with(set_policy(0, SCHED_FIFO, 1), EPERM), 2);
	need(fails_with(set_policy(0, SCHED_RR, 99), EPERM), 3);
	need(set_policy(0, SCHED_BATCH, 0) == 0, 4);
	need(set_policy(0, SCHED_OTHER, 0) == 0, 5);
	need(set_nice(PRIO_PROCESS, 0, 5) == 0, 6);
	need(fails_with(set_nice(PRIO_PROCESS, 0, 4), EACCES), 7);
	need(set_nice(PRIO_PROCESS, 0, 5) == 0, 8);
	need(fails_with(nice(-1), EPERM) || fails_with(nice(-1), EACCES), 9);
	need(set_policy(0, SCHED_IDLE, 0) == 0, 10);
	need(fails_with(set_policy(0, SCHED_OTHER, 0), EPERM), 11);
	need(fails_with(set_policy(0, SCHED_BATCH, 0), EPERM), 12);
	need(set_policy(0, SCHED_IDLE | SCHED_RESET_ON_FORK, 0) == 0, 13);
	need(fails_with(set_policy(0, SCHED_IDLE, 0), EPERM), 14);
	need(fails_with(set_policy(root, SCHED_BATCH, 0), EPERM), 15);
	need(fails_with(set_param(root, 0), EPERM), 16);
	need(fails_with(set_nice(PRIO_PROCESS, root, 19), EPERM), 17);
	need(fails_with(set_cpus(root, 1), EPERM), 18);
	need(get_policy(root) == SCHED_OTHER, 19);
	need(get_20_nice(PRIO_PROCESS, root) == 20, 20);
}

/* One whom RLIMIT_RTPRIO and RLIMIT_NICE let do something. */
static void change_within_limits(void *arg)
{
	struct attr a = { .size = 56, .nice = -5 };

	set_limit(RLIMIT_RTPRIO, 10);
	set_limit(RLIMIT_NICE, 25);
	need(setuid(1000) == 0, 1);
	need(set_policy(0, SCHED_FIFO, 10) == 0, 2);
	need(fails_with(set_policy(0, SCHED_FIFO, 11), EPERM), 3);
	need(fails_with(set_param(0, 11), EPERM), 4);
	need(set_param(0, 9) == 0, 5);
	need(set_param(0, 10) == 0, 6);
	need(set_policy(0, SCHED_RR, 10) == 0, 7);
	set_limit(RLIMIT_RTPRIO, 0);
	need(fails_with(set_policy(0, SCHED_FIFO, 5), EPERM), 8);
	need(set_param(0, 10) == 0, 9);	/* not higher than it is */
	need(set_param(0, 5) == 0, 10);
	need(fails_with(set_param(0, 6), EPERM), 11);
	need(set_policy(0, SCHED_OTHER, 0) == 0, 12);
	need(fails_with(set_policy(0, SCHED_RR, 1), EPERM), 13);
	need(set_nice(PRIO_PROCESS, 0, -5) == 0, 14);
	need(fails_with(set_nice(PRIO_PROCESS, 0, -6), EACCES), 15);
	need(set_nice(PRIO_PROCESS, 0, 19) == 0, 16);
	need(set_attr(0, &a) == 0, 17);
	a.nice = -6;
	need(fails_with(set_attr(0, &a), EPERM), 18);
	need(set_policy(0, SCHED_IDLE, 0) == 0, 19);
	need(set_policy(0, SCHED_OTHER, 0) == 0, 20);
	(void)arg;
}

static void check_policy_rights(void)
{
	int me = getpid();

	check_eq(in_child(change_as_nobody, &me), 0,
		 "what anybody may (exit status)");
	check_eq(in_child(change_within_limits, &me), 0,
		 "what limits allow (exit status)");
}

/* ---- nice ---------------------------------------------------------------- */

static void nice_values(void)
{
	int gate[2], status;
	pid_t pid;
	char c;

	if (pipe(gate))
		tap_bail("pipe");
	check_eq(get_20_nice(PRIO_PROCESS, 0), 20, "nice 0");
	check_err(EINVAL, get_20_nice(3, 0), "getpriority of what?");
	check_err(EINVAL, set_nice(-1, 0, 0), "setpriority of what?");
	check_err(ESRCH, get_20_nice(PRIO_PROCESS, 0x3fffff), "of nobody");
	check_err(ESRCH, set_nice(PRIO_PGRP, 0x3fffff, 1), "of no group");
	check_err(ESRCH, set_nice(PRIO_USER, 77777, 1), "of no user");
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		write(gate[1], "x", 1);
		pause();
		_exit(0);
	}
	read(gate[0], &c, 1);
	check(set_nice(PRIO_PGRP, pid, 6) == 0 &&
	      get_20_nice(PRIO_PROCESS, pid) == 14, "of a group");
	check_eq(get_20_nice(PRIO_PROCESS, 0), 20, "only");
	check(set_nice(PRIO_PROCESS, pid, -30) == 0 &&
	      get_20_nice(PRIO_PROCESS, pid) == 40, "cut to -20");
	check(set_nice(PRIO_PROCESS, pid, 30) == 0 &&
	      get_20_nice(PRIO_PROCESS, pid) == 1, "cut to 19");
	check(get_20_nice(PRIO_USER, 0) >= 20, "the best of a user");
	set_nice(PRIO_PROCESS, 1, -7);
	check(get_20_nice(PRIO_USER, 0) >= 27, "init is one of root's");
	set_nice(PRIO_PROCESS, 1, 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(gate[0]);
	close(gate[1]);
}

/* ---- /proc --------------------------------------------------------------- */

/* Field n of /proc/self/stat, from 3 on. */
static long own_stat_field(int n)
{
	char text[1024], *p;

	text_read("/proc/self/stat", text, sizeof(text));
	p = strrchr(text, ')');
	for (int i = 2; p && i < n; i++)
		p = strchr(p + 1, ' ');
	return p ? strtol(p, NULL, 10) : -12345;
}

static void check_stat(int policy, int priority, int nice, long shown)
{
	set_nice(PRIO_PROCESS, 0, nice);
	set_policy(0, policy, priority);
	check(own_stat_field(18) == shown && own_stat_field(19) == nice &&
		      own_stat_field(40) == priority &&
		      own_stat_field(41) == policy,
	      "/proc/self/stat of policy %d, priority %d, nice %d", policy,
	      priority, nice);
}

static void show_in_proc(void)
{
	check_stat(SCHED_OTHER, 0, 0, 20);
	check_stat(SCHED_OTHER, 0, -20, 0);
	check_stat(SCHED_BATCH, 0, 19, 39);
	check_stat(SCHED_IDLE, 0, 4, 24);
	check_stat(SCHED_FIFO, 1, 4, -2);
	check_stat(SCHED_RR, 99, 0, -100);
	set_policy(0, SCHED_OTHER, 0);
	set_nice(PRIO_PROCESS, 0, 0);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return get_policy(0) != (SCHED_RR | SCHED_RESET_ON_FORK) ||
		       get_param(0) != 33;
	tap_find_self(argv[0]);
	valid();
	refuse_policy_arguments();
	ask_priority_limits();
	intervals();
	set_sched_attributes();
#ifdef SYS_nice
	check_eq(in_child(old_nice, NULL), 0, "nice");
#endif
	bad_attributes();
	inheritance();
	over_exec(tap_self);
	check_policy_rights();
	nice_values();
	show_in_proc();
	return tap_done();
}
