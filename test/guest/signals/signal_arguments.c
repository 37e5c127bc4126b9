/* SPDX-License-Identifier: MIT */
/*
 * Calls on signals: which of two bad arguments is told, what their flags mean,
 * and which signals are waited for (rows B3, B6, D5).
 */
#include "arguments.h"

#define SOMEBODY	4711
#define B	BAD_AT
#define P	PAGES_AT
#define MASK	8L			/* size of a signal set */

static const struct call_row rows[] = {
	{ "rt_sigaction: size, bad pointer",
	  SYS_rt_sigaction,
	  { SIGUSR1, B, B, 4 },
	  EINVAL },
	{ "no signal, bad pointer",
	  SYS_rt_sigaction,
	  { 99, B, 0, MASK },
	  EFAULT },
	{ "no signal, bad old", SYS_rt_sigaction, { 99, 0, B, MASK }, EINVAL },
	{ "KILL, bad old", SYS_rt_sigaction, { SIGKILL, P, B, MASK }, EINVAL },
	{ "KILL, asked only", SYS_rt_sigaction, { SIGKILL, 0, P, MASK }, 0 },
	{ "rt_sigprocmask: size, bad pointer",
	  SYS_rt_sigprocmask,
	  { 99, B, 0, 4 },
	  EINVAL },
	{ "bad way, bad pointer",
	  SYS_rt_sigprocmask,
	  { 99, B, 0, MASK },
	  EFAULT },
	{ "bad way, bad old", SYS_rt_sigprocmask, { 99, P, B, MASK }, EINVAL },
	{ "bad way, no set", SYS_rt_sigprocmask, { 99, 0, P, MASK }, 0 },
	{ "rt_sigpending: size, bad pointer",
	  SYS_rt_sigpending,
	  { B, 16 },
	  EINVAL },
	{ "rt_sigsuspend: size, bad pointer",
	  SYS_rt_sigsuspend,
	  { B, 4 },
	  EINVAL },
	{ "rt_sigtimedwait: size, bad set",
	  SYS_rt_sigtimedwait,
	  { B, 0, 0, 4 },
	  EINVAL },
	{ "bad set, bad time", SYS_rt_sigtimedwait, { B, 0, B, MASK }, EFAULT },
	{ "kill: nobody, no signal", SYS_kill, { NO_PROCESS, 99 }, ESRCH },
	{ "self, no signal", SYS_kill, { 0, 99 }, EINVAL },
	{ "the least number", SYS_kill, { 0x80000000L, 99 }, ESRCH },
	{ "all, no signal", SYS_kill, { -1, 99 }, EINVAL },
	{ "tkill: nobody, no signal", SYS_tkill, { NO_PROCESS, 99 }, ESRCH },
	{ "a number below 1, no signal", SYS_tkill, { 0, 99 }, EINVAL },
	{ "tgkill: nobody, no signal",
	  SYS_tgkill,
	  { 1, NO_PROCESS, 99 },
	  ESRCH },
	{ "a number below 1", SYS_tgkill, { 0, NO_PROCESS, 0 }, EINVAL },
	{ "rt_sigqueueinfo: nobody, bad pointer",
	  SYS_rt_sigqueueinfo,
	  { NO_PROCESS, 99, B },
	  EFAULT },
	{ "another, as the kernel", SYS_rt_sigqueueinfo, { 1, 99, P }, EPERM },
	{ "nobody, as the kernel",
	  SYS_rt_sigqueueinfo,
	  { NO_PROCESS, 0, P },
	  EPERM },
	{ "rt_tgsigqueueinfo: number, pointer",
	  SYS_rt_tgsigqueueinfo,
	  { 0, 1, 99, B },
	  EFAULT },
	{ "number, as the kernel",
	  SYS_rt_tgsigqueueinfo,
	  { 0, 1, 99, P },
	  EINVAL },
	{ "nobody, as the kernel",
	  SYS_rt_tgsigqueueinfo,
	  { NO_PROCESS, NO_PROCESS, 0, P },
	  EPERM },
	{ "sigaltstack: bad new, bad old", SYS_sigaltstack, { B, B }, EFAULT },
	{ "fine, bad old", SYS_sigaltstack, { 0, B }, EFAULT },
};

/* ---- stacks -------------------------------------------------------------- */

struct stack { void *sp; int flags; unsigned long size; };
static struct stack in_handler;

/* With SA_SIGINFO: i386's old frame has no stack to restore. */
static void note_stack(int sig, siginfo_t *si, void *uc)
{
	(void)sig, (void)si, (void)uc;
	syscall(SYS_sigaltstack, NULL, &in_handler);
}

static void set_stacks(void)
{
	static char room[65536];
	struct stack s = { room, 1, sizeof(room) }, was;
	struct sigaction sa = { .sa_sigaction = note_stack,
				.sa_flags = SA_ONSTACK | SA_SIGINFO };

	check_ok(syscall(SYS_sigaltstack, &s, NULL), "SS_ONSTACK is no news");
	sigaction(SIGUSR2, &sa, NULL);
	raise(SIGUSR2);
	check_eq(in_handler.flags, 1, "in the handler it is told");
	s.flags = (int)0x80000000;
	check_ok(syscall(SYS_sigaltstack, &s, NULL), "SS_AUTODISARM");
	raise(SIGUSR2);
	check_eq(in_handler.flags, 2, "it is off in the handler");
	syscall(SYS_sigaltstack, NULL, &was);
	check_eq(was.flags, (int)0x80000000, "and on again");
	s.flags = 2;
	check_ok(syscall(SYS_sigaltstack, &s, NULL), "SS_DISABLE");
	s.flags = 8;
	check_err(EINVAL, syscall(SYS_sigaltstack, &s, NULL), "no such flag");
}

static void switch_stacks_off(void)
{
	struct { void *sp; int flags; unsigned long size; } old, off = {
		NULL, (int)0x80000002, 0,
	};

	check_eq(raw_syscall(SYS_sigaltstack, &off, 0), 0,
		 "sigaltstack: SS_DISABLE and SS_AUTODISARM");
	raw_syscall(SYS_sigaltstack, 0, &old);
	check_eq((unsigned)old.flags, 0x80000002u, "are told");
	off.flags = 2;
	raw_syscall(SYS_sigaltstack, &off, 0);
	raw_syscall(SYS_sigaltstack, 0, &old);
	check_eq(old.flags, 2, "SS_DISABLE alone");
}

/* ---- what is sent and taken ---------------------------------------------- */

static void read_information(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);
	int *info = (int *)(p + PG - 64);

	munmap(p + PG, PG);
	info[2] = -1;
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, -1, 12, info), -ESRCH,
		 "rt_sigqueueinfo reads what its code says");
	info[2] = 77;
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, -1, 12, info), -EFAULT,
		 "all of what it does not know");
	info = (int *)p;
	info[2] = 77;
	info[20] = 1;
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, -1, 12, info), -E2BIG,
		 "of which nothing may be set");
	munmap(p, PG);
}

static void queue_signals(void)
{
	sigset_t set = 1ul << (SIGUSR1 - 1);
	siginfo_t si;

	sigprocmask(SIG_BLOCK, &set, NULL);
	memset(&si, 0, sizeof(si));
	si.si_signo = SIGUSR1;
	si.si_code = -1;
	check_ok(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1,
			 &si), "rt_tgsigqueueinfo");
	check_eq(syscall(SYS_sigtimedwait_of, &set, &si, NULL, 8), SIGUSR1,
		 "is taken");
#ifdef SYS_signalfd
	{
		int fd = (int)syscall(SYS_signalfd, -1, &set, 8);
		char got[128];

		raise(SIGUSR1);
		check_eq(read(fd, got, 128), 128, "signalfd");
		close(fd);
	}
#endif
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* A child sends it once the caller is likely to wait. */
static long wait_for_sent(int sig)
{
	sigset_t set = sigmask(sig);
	long t[2] = { 0, 200000000 }, r;
	int child = fork();

	if (!child) {
		usleep(20000);
		kill(getppid(), sig);
		_exit(0);
	}
	r = raw_syscall(SYS_rt_sigtimedwait, &set, NULL, t, 8);
	waitpid(child, NULL, 0);
	return r;
}

static void fail_if_handled(int sig)
{
	(void)sig;
	_exit(1);
}

static void await_own_end(void *arg)
{
	(void)arg;
	_exit((int)wait_for_sent(SIGUSR2));
}

static void await_ignored(void)
{
	sigset_t set = sigmask(SIGURG);

	check_eq(wait_for_sent(SIGURG), -EAGAIN,
		 "sigtimedwait: what is ignored by default is not awaited");
	sigprocmask(SIG_BLOCK, &set, NULL);
	check_eq(wait_for_sent(SIGURG), SIGURG, "unless it is blocked");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	check_eq(wait_for_sent(SIGUSR2), -EAGAIN,
		 "nor what the program ignores");
	signal(SIGUSR2, fail_if_handled);
	check_eq(wait_for_sent(SIGUSR2), SIGUSR2,
		 "what is handled is, unhandled");
	signal(SIGUSR2, SIG_DFL);
	check_eq(wait_for_sent(SIGSEGV), SIGSEGV,
		 "and what would leave a core");
	check_eq(in_child(await_own_end, NULL), SIGUSR2,
		 "but what ends a program does so");
}

static void signal_everybody_as_user(void *arg)
{
	(void)arg;
	become_user(SOMEBODY);
	if (kill(-1, 0) || kill(1, 0) != -1 || errno != EPERM)
		_exit(1);
	_exit(kill(-1, 99) == -1 && errno == EINVAL ? 0 : 2);
}

int main(void)
{
	ask_rows(rows, COUNT(rows));
	set_stacks();
	switch_stacks_off();
	read_information();
	queue_signals();
	await_ignored();
	check_eq(in_child(signal_everybody_as_user, NULL), 0,
		 "kill(-1) of others' processes alone is no error");
	return tap_done();
}
