/* SPDX-License-Identifier: MIT */
/* Signals that a program sends: to whom it may (kill(2), credentials(7)). */
#include <kernel/cred/cred.h>
#include <kernel/signal/internal.h>
#include <kernel/task/task.h>

/*
 * True if current may send signo to p (kill(2)): the sender's real or effective
 * id must equal the receiver's real or saved id.  SIGCONT is allowed within a
 * session, so that a shell can continue any job.
 * Context: [tree_lock].
 */
static bool may_signal(const struct process *p, int signo)
{
	const struct cred *me = current->cred, *it = p->leader->cred;

	spin_must_hold(&tree_lock);
	if (p == current->process || me->euid == it->suid ||
	    me->euid == it->uid || me->uid == it->suid || me->uid == it->uid)
		return true;
	return (signo == SIGCONT && p->sid == current->process->sid) ||
		capable_in(it->space, CAP_KILL);
}

/*
 * Send a signal to p for current.  Signal 0 only checks permission.  A signal
 * to a zombie has no effect.
 */
int signal_user_process(struct process *p, const struct siginfo *info)
{
	if (!is_signal(info->signo))
		return -EINVAL;
	if (!may_signal(p, info->signo))
		return -EPERM;
	return info->signo && !p->zombie ?
		signal_send_process_locked(p, info) : 0;
}

int signal_user_task(struct task *t, const struct siginfo *info)
{
	if (!is_signal(info->signo))
		return -EINVAL;
	if (!may_signal(t->process, info->signo))
		return -EPERM;
	if (!info->signo || HINT(t->flags) & TF_EXITING)
		return 0;
	return signal_send_task_locked(t, info);
}
