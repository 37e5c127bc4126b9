/* SPDX-License-Identifier: MIT */
/*
 * Who may look into a task (row B17), by /proc, ptrace(2) and their like: the
 * credentials of both decide, and a policy of an extension's.
 */
#include <kernel/cred.h>
#include <kernel/hooks.h>
#include <kernel/task.h>
#include <mm/vm.h>

/*
 * ptrace(2), "Ptrace access mode checking": all three ids of the other are
 * ours, it may be dumped, and it has no capability that we lack. real:
 * PTRACE_MODE_REALCREDS, for attaching; else the file-system ids, for /proc.
 * [tree_lock] so that the credentials stay
 */
static bool may_access(const struct task *t, bool real)
{
	const struct cred *me = current->cred, *its = t->cred;
	unsigned uid = real ? me->uid : me->fsuid;
	unsigned gid = real ? me->gid : me->fsgid;
	u64 caps = real ? me->cap_permitted : me->cap_effective;
	bool guarded = t->space && READ_ONCE(t->space->guarded);

	spin_must_hold(&tree_lock);
	if (capable_in(its && !guarded ? its->space : NULL, CAP_SYS_PTRACE))
		return true;
	return its && its->space == me->space && uid == its->euid && uid == its->suid &&
		uid == its->uid && gid == its->egid && gid == its->sgid &&
		gid == its->gid && !(its->cap_permitted & ~caps) &&
		(!t->space || READ_ONCE(t->space->dumpable) == DUMP_USER);
}

/*
 * Threads of one process may always look at each other.  A kernel thread has
 * neither memory nor files to get at, and is never attached to.
 */
bool task_may_access_locked(struct task *t, bool real, bool attach)
{
	spin_must_hold(&tree_lock);
	if (t->process && t->process == current->process)
		return true;
	if (!t->process)
		return capable(CAP_SYS_PTRACE);
	return may_access(t, real) &&
		(!attach || !hooks.trace_allowed || hooks.trace_allowed(t));
}

bool task_may_access(struct task *t, bool real, bool attach)
{
	bool ok;

	spin_lock(&tree_lock);
	ok = task_may_access_locked(t, real, attach);
	spin_unlock(&tree_lock);
	return ok;
}
