/* SPDX-License-Identifier: MIT */
/* System calls that send signals (kill(2)) or wait for them (sigwait(3)). */
#include <kernel/cred/cred.h>
#include <kernel/process/process.h>
#include <kernel/ops/timer_ops.h>
#include <kernel/signal/internal.h>
#include <kernel/signal/siginfo.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* ---- kill ---------------------------------------------------------------- */

/* Fill in the signal and its sender (si_pid, si_uid). */
static void signal_fill(struct siginfo *info, int sig, int code)
{
	*info = (struct siginfo){
		.signo = sig, .code = code, .pid = current->process->vpid,
		.uid = current->cred->uid,
	};
}

int signal_send_pid(int pid, const struct siginfo *info)
{
	struct process *p;
	int err;

	if (pid == current->process->vpid && is_signal(info->signo))
		return info->signo ?
			signal_send_process(current->process, info) : 0;
	if (pid == -1)
		return signal_user_group(EVERYBODY, info);
	if (pid <= 0)
		return signal_user_group(pid ? pid_meant(-pid) :
					 READ_ONCE(current->process->pgid),
					 info);
	spin_lock(&tree_lock);
	p = process_find(pid);
	if (!p) {
		struct task *t = task_find(pid);

		p = t ? t->process : NULL;
	}
	err = p ? signal_user_process(p, info) : -ESRCH;
	spin_unlock(&tree_lock);
	return err;
}

long sys_kill(int pid, int sig)
{
	struct siginfo info;

	if (pid == INT32_MIN)
		return -ESRCH;
	signal_fill(&info, sig, SI_USER);
	return signal_send_pid(pid, &info);
}

int signal_send_tid(int tgid, int tid, const struct siginfo *info)
{
	struct task *t = current;
	int err = 0;

	if (tid == t->vtid && (!tgid || tgid == t->process->vpid) &&
	    is_signal(info->signo))
		return info->signo ? signal_send_task(t, info) : 0;
	spin_lock(&tree_lock);
	t = task_find(tid);
	if (!t || !t->process || (tgid && pid_shown(t->process->pid) != tgid))
		err = -ESRCH;
	else
		err = signal_user_task(t, info);
	spin_unlock(&tree_lock);
	return err;
}

long sys_tgkill(int tgid, int tid, int sig)
{
	struct siginfo info;

	if (tgid <= 0 || tid <= 0)
		return -EINVAL;
	signal_fill(&info, sig, SI_TKILL);
	return signal_send_tid(tgid, tid, &info);
}

long sys_tkill(int tid, int sig)
{
	struct siginfo info;

	if (tid <= 0)
		return -EINVAL;
	signal_fill(&info, sig, SI_TKILL);
	return signal_send_tid(0, tid, &info);
}

/* ---- waiting ------------------------------------------------------------- */

static int take_pending(sigmask_t set, struct siginfo *info)
{
	return signal_dequeue(~set, info);
}

/*
 * Return: the set of signals that end t as soon as they are sent, unless t
 * blocks them.
 * Context: [sighand->lock].
 */
static sigmask_t signals_fatal_to(const struct task *t)
{
	sigmask_t fatal = ~(SIG_IGNORED_DEFAULT | SIG_STOPS | SIG_CORE);

	for (int signo = 1; signo <= NSIG; signo++)
		if (sighand_action(t->sighand, signo)->handler != SIG_DFL)
			fatal &= ~sig_bit(signo);
	return t->process->unkillable || t->trace.tracer ? 0 : fatal;
}

/*
 * Sleep with set unblocked, so that its signals wake current.  Signals that
 * were blocked before are put into t->awaited: they are queued even if they are
 * ignored, as if they were still blocked.  Other signals of set can end the
 * wait only if they are not ignored.
 * Context: [sighand->lock], released meanwhile.
 */
static int signal_wait_for(sigmask_t set, struct siginfo *info,
			   ktime_t deadline)
{
	struct task *t = current;
	struct sighand *h = t->sighand;
	sigmask_t old = t->blocked;
	int signo, err = 0;

	t->awaited = old;
	signal_set_mask_locked(old & ~set);
	while (!err && !signal_pending()) {
		wait_set_state(TASK_INTERRUPTIBLE);
		spin_unlock(&h->lock);
		err = wait_sleep(TASK_INTERRUPTIBLE, timer_deadline(deadline));
		wait_set_running();
		spin_lock(&h->lock);
	}
	t->awaited = 0;
	signo = take_pending(set & ~(signals_fatal_to(t) & ~old), info);
	signal_set_mask_locked(old);
	if (signo)
		return signo;
	return err == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

/*
 * Wait as sigwaitinfo(2) does.  By POSIX the caller has blocked the signals;
 * otherwise a handler may run first.
 */
long signal_wait(sigmask_t set, uaddr_t to, ktime_t timeout)
{
	struct sighand *h = current->sighand;
	ktime_t deadline = timeout == KTIME_NEVER ? 0 :
		ktime_after(arch_clock(), timeout);
	unsigned long buf[SIGINFO_SIZE / sizeof(long)];
	struct siginfo info;
	int signo;

	set &= ~SIGMASK_UNBLOCKABLE;
	spin_lock(&h->lock);
	signo = take_pending(set, &info);
	if (!signo)
		signo = timeout ? signal_wait_for(set, &info, deadline) :
				  -EAGAIN;
	else
		signal_recompute();
	spin_unlock(&h->lock);
	if (signo > 0 && info.code == SI_TIMER && timer_ops)
		timer_ops->timer_taken(&info);
	if (signo > 0 && to) {
		siginfo_encode(buf, &info);
		if (copy_to_user(to, buf, sizeof(buf)))
			return -EFAULT;
	}
	return signo;
}

static long timedwait(uaddr_t set, uaddr_t info, uaddr_t timeout,
		      unsigned long size, bool word)
{
	ktime_t ns = KTIME_NEVER;
	sigmask_t mask;
	int err = sigset_get(&mask, set, size);

	if (!err && timeout)
		err = timespec_get(&ns, timeout, word);
	return err ? err : signal_wait(mask, info, ns);
}

long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout,
			 unsigned long size)
{
	return timedwait(set, info, timeout, size, false);
}

long sys_rt_sigtimedwait_time32(uaddr_t set, uaddr_t info, uaddr_t timeout,
				unsigned long size)
{
	return timedwait(set, info, timeout, size, true);
}

/*
 * Sleep until a signal is pending.  wait_sleep() tests for a signal after the
 * state was set, so a signal in between is not lost.
 */
static void sleep_for_signal(void)
{
	while (!signal_pending()) {
		wait_set_state(TASK_INTERRUPTIBLE);
		wait_sleep(TASK_INTERRUPTIBLE, NO_DEADLINE);
		wait_set_running();
	}
}

/*
 * Serve sigsuspend(2).  The handler must run under the new mask, so
 * AST_RESTORE_MASK restores the old mask on the way to user mode.
 */
long signal_suspend(sigmask_t mask)
{
	signal_mask_swap(mask);
	sleep_for_signal();
	signal_mask_back(true);
	return -ERESTARTNOHAND;
}

long sys_rt_sigsuspend(uaddr_t mask, unsigned long size)
{
	sigmask_t m;
	int err = sigset_get(&m, mask, size);

	return err ? err : signal_suspend(m);
}

long sys_pause(void)
{
	sleep_for_signal();
	return -ERESTARTNOHAND;
}
