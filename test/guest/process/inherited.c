/* SPDX-License-Identifier: MIT */
/*
 * What tasks have of their creators, and programs of the programs before them
 * (rows B17, C1, D10).  A process sets all that the rows of
 * <uapi/inherit.h> have a probe for to something unusual.  Then it makes a
 * child in each way, a thread, and a program, set-user-id or not, and each
 * reports what it finds.  On Lectern, lt_spawn as well, which has no column of
 * its own.
 */
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thread.h>
#include <time.h>
#include <uapi/inherit.h>
#include "sched_calls.h"
#include "texts.h"

#define USER		1000
#define REPORT		9	/* the descriptor a program reports on */
#define PLAIN_FD	20
#define CLOEXEC_FD	21
#define PLACE		((void *)0x30000000)
#define RSEQ_SIGNATURE	0x53053053

enum { SET_PDEATHSIG = 1, GET_PDEATHSIG, GET_DUMPABLE, SET_DUMPABLE,
       GET_KEEPCAPS = 7, SET_KEEPCAPS, SET_NAME = 15, GET_NAME,
       GET_SECUREBITS = 27, SET_SECUREBITS, SET_TIMERSLACK, GET_TIMERSLACK,
       SET_CHILD_SUBREAPER = 36, GET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS,
       GET_NO_NEW_PRIVS, GET_TID_ADDRESS, SET_THP_DISABLE, GET_THP_DISABLE };
enum { ADDR_NO_RANDOMIZE = 0x0040000, ADDR_COMPAT_LAYOUT = 0x0200000,
       SHORT_INODE = 0x1000000 };

static long prctl(int op, unsigned long a)
{
	return syscall(SYS_prctl, op, a, 0, 0, 0);
}

/* prctl that stores an int. */
static long prctl_int(int op)
{
	int value = 0;

	prctl(op, (unsigned long)&value);
	return value;
}

/* ---- the probes: one sets something, the other says what there is -------- */

static void set_memory(void)
{
	mmap(PLACE, PG, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
	     -1, 0);
}

static long get_memory(void)
{
	unsigned char there;

	return mincore(PLACE, PG, &there) == 0;
}

static void set_memory_locked(void)
{
	syscall(SYS_mlockall, 2);		/* MCL_FUTURE */
}

/* Return: is a new page locked? */
static long get_memory_locked(void)
{
	void *p = mmap(NULL, PG, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	long n = text_number("/proc/self/status", "VmLck:");

	munmap(p, PG);
	return n > 0;
}

static void set_dumpable(void)
{
	prctl(SET_DUMPABLE, 0);
}

static long get_dumpable(void)
{
	return prctl(GET_DUMPABLE, 0);
}

static void set_core_filter(void)
{
	text_set("/proc/self/coredump_filter", "0x17");
}

static long get_core_filter(void)
{
	const char *t = text_behind("/proc/self/coredump_filter", "");

	return t ? strtol(t, NULL, 16) : -1;
}

static void set_thp_disable(void)
{
	prctl(SET_THP_DISABLE, 1);
}

static long get_thp_disable(void)
{
	return prctl(GET_THP_DISABLE, 0);
}

static void set_descriptors(void)
{
	dup2(0, PLAIN_FD);
}

static long get_descriptors(void)
{
	return fcntl(PLAIN_FD, F_GETFD);
}

static void set_close_on_exec(void)
{
	dup2(0, CLOEXEC_FD);
	fcntl(CLOEXEC_FD, F_SETFD, FD_CLOEXEC);
}

static long get_close_on_exec(void)
{
	return fcntl(CLOEXEC_FD, F_GETFD);
}

static void set_cwd(void)
{
	chdir("folder");
}

static long get_cwd(void)
{
	struct stat st;

	return stat(".", &st) ? -1 : (long)st.st_ino;
}

static void set_umask(void)
{
	umask(0123);
}

static long get_umask(void)
{
	int mask = (int)umask(0);

	umask((mode_t)mask);
	return mask;
}

static void set_io_priority(void)
{
	syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 7);
}

static long get_io_priority(void)
{
	return syscall(SYS_ioprio_get, 1, 0);
}

static void set_no_new_privs(void)
{
	prctl(SET_NO_NEW_PRIVS, 1);
}

static long get_no_new_privs(void)
{
	return prctl(GET_NO_NEW_PRIVS, 0);
}

static void set_keep_caps(void)
{
	prctl(SET_KEEPCAPS, 1);
}

static long get_keep_caps(void)
{
	return prctl(GET_KEEPCAPS, 0);
}

/* SECBIT_NO_CAP_AMBIENT_RAISE, which changes nothing else here. */
static void set_securebits(void)
{
	prctl(SET_SECUREBITS, 0x40);
}

static long get_securebits(void)
{
	return prctl(GET_SECUREBITS, 0) & 0x40;
}

static void set_limits(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = 123;
	setrlimit(RLIMIT_NOFILE, &r);
}

static long get_limits(void)
{
	struct rlimit r = { 0, 0 };

	getrlimit(RLIMIT_NOFILE, &r);
	return (long)r.rlim_cur;
}

/* All three flags of personality(2), each with a probe. */
static void set_personality(void)
{
	syscall(SYS_personality, ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT |
		SHORT_INODE);
}

static long get_no_randomize(void)
{
	return syscall(SYS_personality, 0xffffffff) & ADDR_NO_RANDOMIZE;
}

static long get_compat_layout(void)
{
	return syscall(SYS_personality, 0xffffffff) & ADDR_COMPAT_LAYOUT;
}

static long get_short_inode(void)
{
	return syscall(SYS_personality, 0xffffffff) & SHORT_INODE;
}

static void set_parent_signal(void)
{
	prctl(SET_PDEATHSIG, SIGCONT);
}

static long get_parent_signal(void)
{
	return prctl_int(GET_PDEATHSIG);
}

static void set_signal_mask(void)
{
	sigset_t m = sigmask(SIGUSR2) | sigmask(SIGTERM);

	sigprocmask(SIG_SETMASK, &m, NULL);
}

static long get_signal_mask(void)
{
	sigset_t m;

	sigprocmask(SIG_BLOCK, NULL, &m);
	return (long)(m & 0x7fffffff);
}

static void set_handlers(void)
{
	signal(SIGUSR1, ignore_signal);
}

static long get_handlers(void)
{
	struct sigaction sa;

	sigaction(SIGUSR1, NULL, &sa);
	return sa.sa_handler != SIG_DFL;
}

static void set_ignored_signals(void)
{
	signal(SIGHUP, SIG_IGN);
}

static long get_ignored_signals(void)
{
	struct sigaction sa;

	sigaction(SIGHUP, NULL, &sa);
	return sa.sa_handler == SIG_IGN;
}

/* The mask is set before. */
static void set_pending_own(void)
{
	syscall(SYS_tkill, gettid(), SIGUSR2);
}

static void set_pending_shared(void)
{
	kill(getpid(), SIGTERM);
}

static long pending(int sig)
{
	sigset_t m = 0;

	syscall(SYS_rt_sigpending, &m, 8);
	return (m & sigmask(sig)) != 0;
}

static long get_pending_own(void)
{
	return pending(SIGUSR2);
}

static long get_pending_shared(void)
{
	return pending(SIGTERM);
}

static char other_stack[65536] __attribute__((aligned(16)));

static void set_signal_stack(void)
{
	stack_t s = { .ss_sp = other_stack, .ss_size = sizeof(other_stack) };

	sigaltstack(&s, NULL);
}

static long get_signal_stack(void)
{
	stack_t s;

	sigaltstack(NULL, &s);
	return s.ss_flags == 0;
}

static struct { char area[32]; } rseq_area __attribute__((aligned(32)));
static struct { char area[32]; } rseq_other __attribute__((aligned(32)));

static void set_rseq(void)
{
	syscall(SYS_rseq, &rseq_area, 32, 0, RSEQ_SIGNATURE);
}

/* Return: is an area registered?  Then another cannot be. */
static long get_rseq(void)
{
	if (syscall(SYS_rseq, &rseq_other, 32, 0, RSEQ_SIGNATURE))
		return errno != ENOSYS;
	syscall(SYS_rseq, &rseq_other, 32, 1, RSEQ_SIGNATURE);
	return 0;
}

static void *robust_head[3] = { robust_head };

static void set_robust_list(void)
{
	syscall(SYS_set_robust_list, robust_head, sizeof(robust_head));
}

static long get_robust_list(void)
{
	void *head = NULL;
	size_t size;

	syscall(SYS_get_robust_list, 0, &head, &size);
	return head != NULL;
}

static int tid_word;

static void set_clear_child_tid(void)
{
	syscall(SYS_set_tid_address, &tid_word);
}

static long get_clear_child_tid(void)
{
	int *at = NULL;

	prctl(GET_TID_ADDRESS, (unsigned long)&at);
	return at == &tid_word;
}

static void set_real_timer(void)
{
	struct itimerval v = { .it_value = { 100000, 0 } };

	setitimer(0, &v, NULL);
}

static long get_real_timer(void)
{
	struct itimerval v;

	getitimer(0, &v);
	return v.it_value.tv_sec > 0;
}

static void set_posix_timers(void)
{
	int id;

	syscall(SYS_timer_create, 1, NULL, &id);
}

/* A process's first timer has number 0. */
static long get_posix_timers(void)
{
	return syscall(SYS_timer_getoverrun, 0) == 0;
}

static void set_timer_slack(void)
{
	prctl(SET_TIMERSLACK, 1234);
}

static long get_timer_slack(void)
{
	return prctl(GET_TIMERSLACK, 0);
}

static void set_niceness(void)
{
	set_nice(PRIO_PROCESS, 0, 3);
}

static long get_niceness(void)
{
	return raw_syscall(SYS_getpriority, PRIO_PROCESS, 0);
}

static void set_policies(void)
{
	set_policy(0, SCHED_BATCH | SCHED_RESET_ON_FORK, 0);
}

static long get_policies(void)
{
	return get_policy(0) & ~SCHED_RESET_ON_FORK;
}

static long get_reset_on_fork(void)
{
	return get_policy(0) & SCHED_RESET_ON_FORK;
}

static void set_affinity(void)
{
	unsigned long one = 1;

	syscall(SYS_sched_setaffinity, 0, sizeof(one), &one);
}

static long get_affinity(void)
{
	unsigned long mask = 0;

	syscall(SYS_sched_getaffinity, 0, sizeof(mask), &mask);
	return (long)mask;
}

static void set_memory_policy(void)
{
	syscall(SYS_set_mempolicy, 4, NULL, 0);		/* MPOL_LOCAL */
}

static long get_memory_policy(void)
{
	int mode = 0;

	syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0);
	return mode;
}

static void set_name(void)
{
	prctl(SET_NAME, (unsigned long)"unusual");
}

static long get_name(void)
{
	char name[16] = "";

	prctl(GET_NAME, (unsigned long)name);
	return !strcmp(name, "unusual");
}

static void set_group(void)
{
	setpgid(0, 0);
}

static long get_group(void)
{
	return getpgrp();
}

static void set_subreaper(void)
{
	prctl(SET_CHILD_SUBREAPER, 1);
}

static long get_subreaper(void)
{
	return prctl_int(GET_CHILD_SUBREAPER);
}

static void set_oom_adjustment(void)
{
	text_set("/proc/self/oom_score_adj", "77");
}

static long get_oom_adjustment(void)
{
	return text_number("/proc/self/oom_score_adj", "");
}

static void set_with_another(void)
{
}

/* ---- all of them --------------------------------------------------------- */

#define ROW_NAME(name, ...)	ROW_##name,
enum { INHERIT_ROWS(ROW_NAME) ROWS };

#define ROW(name, fork, vfork, thread, exec, gain, fields) \
	{ #name, { fork, vfork, thread, exec, gain } },
enum column { FORK, VFORK, THREAD, EXEC, GAIN, COLUMNS };
static const struct row {
	const char *name;
	enum inherit then[COLUMNS];
} rows[] = { INHERIT_ROWS(ROW) };

/*
 * In the order in which they are set: first what only root may do and what
 * needs files that an undumpable process no longer owns.
 */
static const struct probe {
	int row;
	void (*set)(void);
	long (*get)(void);
} probes[] = {
#define PROBE(name)	{ ROW_##name, set_##name, get_##name }
	PROBE(securebits), PROBE(core_filter), PROBE(oom_adjustment),
	PROBE(memory), PROBE(thp_disable), PROBE(descriptors),
	PROBE(close_on_exec), PROBE(umask), PROBE(io_priority),
	PROBE(no_new_privs), PROBE(keep_caps), PROBE(limits),
	{ ROW_no_randomize, set_personality, get_no_randomize },
	{ ROW_compat_layout, set_with_another, get_compat_layout },
	{ ROW_short_inode, set_with_another, get_short_inode },
	PROBE(parent_signal), PROBE(signal_mask), PROBE(handlers),
	PROBE(ignored_signals), PROBE(pending_own), PROBE(pending_shared),
	PROBE(signal_stack), PROBE(rseq), PROBE(robust_list),
	PROBE(clear_child_tid), PROBE(real_timer), PROBE(posix_timers),
	PROBE(timer_slack), { ROW_nice, set_niceness, get_niceness },
	{ ROW_policy, set_policies, get_policies },
	{ ROW_reset_on_fork, set_with_another, get_reset_on_fork },
	PROBE(affinity), PROBE(memory_policy), PROBE(name),
	PROBE(group),
	PROBE(subreaper), PROBE(cwd), PROBE(dumpable), PROBE(memory_locked),
};

struct report {
	long found[COUNT(probes)];
};

static struct report look(void)
{
	struct report r;

	for (int i = 0; i < COUNT(probes); i++)
		r.found[i] = probes[i].get();
	return r;
}

static int report_as_program(void)
{
	struct report r = look();

	return write(REPORT, &r, sizeof(r)) != sizeof(r);
}

/* ---- the ways to make a task, a program ---------------------------------- */

enum way { PRISTINE, MINE, BY_FORK, BY_VFORK, BY_THREAD, BY_SPAWN, BY_EXEC,
	   WAYS };
static const char *const way_names[] = {
	[BY_FORK] = "fork", [BY_VFORK] = "vfork", [BY_THREAD] = "thread",
	[BY_SPAWN] = "spawn", [BY_EXEC] = "exec",
};

static struct report *found;	/* by enum way; memory shared with children */
static char program[sizeof(tap_dir) + 16];
static char *report_argv[] = { program, "-report", NULL };
static int report_pipe[2];

static int look_as(void *way)
{
	found[(long)way] = look();
	return 0;
}

static void *look_in_thread(void *arg)
{
	look_as((void *)BY_THREAD);
	return arg;
}

static void by_fork(enum way way)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(look_as((void *)way));
	wait_status(pid);
}

static void by_vfork(void)
{
	static char stack[65536] __attribute__((aligned(16)));

	wait_status((pid_t)__clone(look_as, stack + sizeof(stack),
				   CLONE_VM | CLONE_VFORK | SIGCHLD,
				   (void *)BY_VFORK, NULL, NULL, NULL));
}

static void by_thread(void)
{
	struct thread t;

	if (!thread_create(&t, look_in_thread, NULL))
		thread_join(&t);
}

static void by_spawn(void)
{
	pid_t pid = spawn(program, report_argv, environ, NULL, 0, NULL);

	if (pid < 0)
		return;
	read(report_pipe[0], &found[BY_SPAWN], sizeof(*found));
	wait_status(pid);
}

/* ---- a process that has everything --------------------------------------- */

/*
 * In a child, as an unprivileged user if `gains`: the program is then
 * set-user-id, and the flag that forbids gains stays as it is.
 */
static void set_and_report(void *gains)
{
	by_fork(PRISTINE);
	for (int i = 0; i < COUNT(probes); i++) {
		if (!gains || probes[i].row != ROW_no_new_privs)
			probes[i].set();
		if (gains && i == 0) {
			become_user(USER);
			prctl(SET_DUMPABLE, 1);
		}
	}
	found[MINE] = look();
	by_fork(BY_FORK);
	by_vfork();
	by_thread();
	by_spawn();
	execv(program, report_argv);
	_exit(97);
}

/* What a row says of a way; ASKED: nothing. */
static enum inherit expected(const struct row *r, enum way way, int gains)
{
	enum inherit then = r->then[gains ? GAIN : EXEC];

	switch (way) {
	case BY_FORK:	return r->then[FORK];
	case BY_VFORK:	return r->then[VFORK];
	case BY_THREAD: return r->then[THREAD];
	case BY_SPAWN:	return r->then[VFORK] < KEEP && r->then[VFORK] != NONE ?
				then : r->then[VFORK];
	default:	return then;
	}
}

static void check_way(enum way way, int gains)
{
	for (int i = 0; i < COUNT(probes); i++) {
		const struct row *r = &rows[probes[i].row];
		enum inherit then = expected(r, way, gains);

		if (then == ASKED ||
		    found[MINE].found[i] == found[PRISTINE].found[i])
			continue;
		check_eq(found[way].found[i],
			 found[then == NONE ? PRISTINE : MINE].found[i],
			 "%s%s: %s %s", way_names[way],
			 gains ? " of a set-id program" : "", r->name,
			 then == NONE ? "is not inherited" : "is");
	}
}

static void check_ways(int gains)
{
	copy_self("program", 0700);
	chmod("program", gains ? 04755 : 0755);
	memset(found, 0, WAYS * sizeof(*found));
	check_eq(in_child(set_and_report, (void *)(long)gains), 0,
		 "a process with all of it");
	check_eq(read(report_pipe[0], &found[BY_EXEC], sizeof(*found)),
		 sizeof(*found), "its program's report");
	for (int i = 0; i < COUNT(probes); i++)
		if (found[MINE].found[i] == found[PRISTINE].found[i])
			tap_skip(rows[probes[i].row].name, "cannot be set");
	for (enum way way = BY_FORK; way < WAYS; way++)
		if (way != BY_SPAWN || !on_other_kernel())
			check_way(way, gains);
	unlink("program");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report_as_program();
	tap_find_self(argv[0]);
	tap_scratch("inherited");
	snprintf(program, sizeof(program), "%s/program", tap_dir);
	mkdir("folder", 0755);
	found = mmap(NULL, WAYS * sizeof(*found), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (pipe(report_pipe) || dup2(report_pipe[1], REPORT) != REPORT)
		tap_bail("pipe");
	check_ways(0);
	if (geteuid())
		tap_skip("a program that gains rights", "needs root");
	else
		check_ways(1);
	rmdir("folder");
	tap_scratch_end();
	return tap_done();
}
