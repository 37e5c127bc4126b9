/* SPDX-License-Identifier: MIT */
/*
 * Access checks for inspecting another task (row B17) through /proc, ptrace(2)
 * and similar calls.  The credentials of both tasks decide, together with the
 * policy of an extension, if there is one.
 */
#include "cred.h"
#include <kernel/ops/tracer_ops.h>
#include <kernel/task/task.h>
#include <mm/vm.h>

static bool has_ids(const struct cred *its, unsigned uid, unsigned gid)
{
	return uid == its->uid && uid == its->euid && uid == its->suid &&
		gid == its->gid && gid == its->egid && gid == its->sgid;
}

/*
 * Check access by the rules of ptrace(2), "Ptrace access mode checking".  Three
 * conditions must hold: (1) all ids of t equal current's.  (2) t's memory may
 * be dumped.  (3) t has no capability that current lacks.  CAP_SYS_PTRACE in
 * t's user namespace replaces conditions 1 and 3; CAP_SYS_PTRACE in the
 * namespace that owns t's memory replaces condition 2.  real: compare current's
 * real ids (PTRACE_MODE_REALCREDS, for attaching); else its file-system ids,
 * for /proc.
 * Context: [tree_lock] keeps the credentials valid.
 */
static bool access_allowed(const struct task *t, bool real)
{
	const struct cred *me = current->cred, *its = t->cred;
	unsigned uid = real ? me->uid : me->fsuid;
	unsigned gid = real ? me->gid : me->fsgid;
	u64 caps = real ? me->cap_permitted : me->cap_effective;
	bool rules;

	spin_must_hold(&tree_lock);
	if (!its)
		return capable(CAP_SYS_PTRACE);
	rules = capable_in(its->space, CAP_SYS_PTRACE);
	if (!rules && !has_ids(its, uid, gid))
		return false;
	if (t->space && READ_ONCE(t->space->dumpable) != DUMP_USER &&
	    !capable_in(READ_ONCE(t->space->owner), CAP_SYS_PTRACE))
		return false;
	return rules || (its->space == me->space &&
			 !(its->cap_permitted & ~caps));
}

/*
 * Threads of one process may always access each other.  A kernel thread has
 * neither memory nor files to inspect, and nothing may attach to it.
 */
bool task_may_access_locked(struct task *t, bool real, bool attach)
{
	spin_must_hold(&tree_lock);
	if (t->process && t->process == current->process)
		return true;
	if (!t->process)
		return capable(CAP_SYS_PTRACE);
	return access_allowed(t, real) &&
		(!attach || tracer_may_trace(t));
}

bool task_may_access(struct task *t, bool real, bool attach)
{
	bool ok;

	spin_lock(&tree_lock);
	ok = task_may_access_locked(t, real, attach);
	spin_unlock(&tree_lock);
	return ok;
}
