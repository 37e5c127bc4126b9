/* SPDX-License-Identifier: MIT */
/* Signals (user's side of row B8), and jumps that restore the signal mask. */
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SET_SIZE	sizeof(sigset_t)

int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct __ksigaction k, o;

	if (act) {
		k.handler = (unsigned long)act->sa_handler;
		k.flags = act->sa_flags;
		k.mask = act->sa_mask;
		__ksigaction_fill(&k);
	}
	if (syscall(SYS_rt_sigaction, sig, act ? &k : NULL, old ? &o : NULL,
		    SET_SIZE) < 0)
		return -1;
	if (old) {
		old->sa_handler = (void (*)(int))o.handler;
		old->sa_flags = o.flags;
		old->sa_mask = o.mask;
	}
	return 0;
}

void (*signal(int sig, void (*handler)(int)))(int)
{
	struct sigaction sa = { .sa_handler = handler,
				.sa_flags = SA_RESTART }, old;

	return sigaction(sig, &sa, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, set, old, SET_SIZE);
}

int sigfillset(sigset_t *set)
{
	*set = ~(sigset_t)0;
	return 0;
}

int sigpending(sigset_t *set)
{
	return (int)syscall(SYS_rt_sigpending, set, SET_SIZE);
}

int sigsuspend(const sigset_t *mask)
{
	return (int)syscall(SYS_rt_sigsuspend, mask, SET_SIZE);
}

int sigtimedwait(const sigset_t *set, siginfo_t *info,
		 const struct timespec *timeout)
{
	return (int)syscall(ABI_sigtimedwait, set, info, timeout, SET_SIZE);
}

int sigaltstack(const stack_t *new, stack_t *old)
{
	return (int)syscall(SYS_sigaltstack, new, old);
}

int sigqueue(pid_t pid, int sig, union sigval value)
{
	siginfo_t si;

	memset(&si, 0, sizeof(si));
	si.si_signo = sig;
	si.si_code = SI_QUEUE;
	si.si_pid = getpid();
	si.si_uid = getuid();
	si.si_value = value;
	return (int)syscall(SYS_rt_sigqueueinfo, pid, sig, &si);
}

int kill(pid_t pid, int sig)
{
	return (int)syscall(SYS_kill, pid, sig);
}

int tgkill(pid_t pid, pid_t tid, int sig)
{
	return (int)syscall(SYS_tgkill, pid, tid, sig);
}

int raise(int sig)
{
	return tgkill(getpid(), gettid(), sig);
}

void __sigjmp_save(sigjmp_buf env, int save)
{
	env->saved = save;
	if (save)
		sigprocmask(SIG_BLOCK, NULL, &env->mask);
}

void siglongjmp(sigjmp_buf env, int value)
{
	if (env->saved)
		sigprocmask(SIG_SETMASK, &env->mask, NULL);
	longjmp(env->regs, value);
}
