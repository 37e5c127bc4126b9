/* SPDX-License-Identifier: MIT */
/*
 * Credentials (row B17): identities, groups and capabilities, and the calls
 * that change them.  A change clones the task's cred, edits the copy and
 * swaps it in, so a failing call changes nothing.
 */
#include "cred.h"
#include <kernel/ops/namespace_ops.h>
#include <kernel/task/task.h>
#include "user.h"
#include <lib/mem.h>
#include <lt/bug.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

unsigned long suid_dumpable;

SYSCTL_NUMBERS(numbers) = {
	{ "fs/suid_dumpable", &suid_dumpable, DUMP_NOBODY, DUMP_ROOT },
};

struct cred *cred_create_root(void)
{
	struct cred *c = kzalloc(sizeof(*c));

	if (!c)
		return NULL;
	c->user = user_of(0);
	if (!c->user) {
		kfree(c);
		return NULL;
	}
	ref_init(&c->refs);
	c->cap_permitted = c->cap_effective = c->cap_bounding = CAP_ALL;
	return c;
}

/*
 * Copy `from`.  The creator of a struct cred writes to it only before other
 * tasks see it.  Afterwards no task changes it, so a holder of a reference
 * reads it without a lock.
 */
struct cred *cred_clone(const struct cred *from)
{
	struct cred *c = kmalloc(sizeof(*c));
	unsigned long size = from->nr_groups * sizeof(*from->groups);

	if (!c)
		return NULL;
	*c = *from;
	ref_init(&c->refs);
	if (size) {
		c->groups = kmalloc(size);
		if (!c->groups) {
			kfree(c);
			return NULL;
		}
		memcpy(c->groups, from->groups, size);
	}
	user_get(c->user);
	if (unlikely(c->space))
		namespace_ops->user_hold(c->space, true);
	return c;
}

void cred_put(struct cred *c)
{
	if (!ref_put(&c->refs))
		return;
	if (unlikely(c->space))
		namespace_ops->user_hold(c->space, false);
	user_put(c->user);
	kfree(c->groups);
	kfree(c);
}

/*
 * Replace current's credentials.  tree_lock is for cred_of(): another task
 * takes its reference under the lock, and the caller drops current's old
 * reference only afterwards.  From now on current counts for the new user.
 */
struct cred *cred_swap(struct cred *c)
{
	struct cred *old = current->cred;

	spin_lock(&tree_lock);
	old->user->tasks--;
	c->user->tasks++;
	current->cred = c;
	spin_unlock(&tree_lock);
	return old;
}

bool cred_gains(const struct cred *old, const struct cred *new)
{
	return old->euid != new->euid || old->egid != new->egid ||
		old->fsuid != new->fsuid || old->fsgid != new->fsgid ||
		new->cap_permitted & ~old->cap_permitted;
}

/*
 * Clear dumpable first: a task that checks in between sees either the old ids
 * or an undumpable process.  Clear the parent-death signal, too, because the
 * task requested it under the old credentials (prctl(2)).
 */
void cred_set(struct cred *c)
{
	struct task *t = current;

	if (cred_gains(t->cred, c)) {
		if (t->space)
			WRITE_ONCE(t->space->dumpable, (u8)suid_dumpable);
		t->pdeath_signal = 0;
	}
	cred_put(cred_swap(c));
}

struct cred *cred_of(struct task *t)
{
	struct cred *c;

	spin_lock(&tree_lock);
	c = t->cred;
	if (c)
		cred_get(c);
	spin_unlock(&tree_lock);
	return c;
}

/*
 * True if gid is one of c's supplementary groups, which setgroups() has sorted.
 */
static bool cred_lists_group(const struct cred *c, unsigned gid)
{
	unsigned low = 0, high = c->nr_groups;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (c->groups[mid] == gid)
			return true;
		if (c->groups[mid] < gid)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

bool cred_has_group(const struct cred *c, unsigned gid)
{
	return c->fsgid == gid || cred_lists_group(c, gid);
}

/* ---- the effect of user id changes on capabilities ----------------------- */

/* capabilities(7), "Effect of user ID changes on capabilities". */
static void fix_caps(struct cred *c, const struct cred *old)
{
	unsigned r = cred_root(c);
	bool had_root = old->uid == r || old->euid == r || old->suid == r;
	bool has_root = c->uid == r || c->euid == r || c->suid == r;

	if (c->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (had_root && !has_root) {
		if (!(c->securebits & SECBIT_KEEP_CAPS))
			c->cap_permitted = c->cap_effective = 0;
		c->cap_ambient = 0;
	}
	if (old->euid == r && c->euid != r)
		c->cap_effective = 0;
	if (old->euid != r && c->euid == r)
		c->cap_effective = c->cap_permitted;
}

/* ---- user and group ids -------------------------------------------------- */

long sys_getuid(void)
{
	return uid_shown(current->cred->uid);
}

long sys_geteuid(void)
{
	return uid_shown(current->cred->euid);
}

long sys_getgid(void)
{
	return gid_shown(current->cred->gid);
}

long sys_getegid(void)
{
	return gid_shown(current->cred->egid);
}

long cred_change_uids(unsigned uid, unsigned euid, unsigned suid)
{
	const struct cred *old = current->cred;
	struct cred *c = cred_clone(old);
	struct user *user;

	if (!c)
		return -ENOMEM;
	if (uid != CRED_KEEP && uid != old->uid) {
		user = user_of(uid);
		if (!user) {
			cred_put(c);
			return -ENOMEM;
		}
		user_put(c->user);
		c->user = user;
		c->uid = uid;
	}
	c->euid = euid == CRED_KEEP ? old->euid : euid;
	c->suid = suid == CRED_KEEP ? old->suid : suid;
	c->fsuid = c->euid;
	fix_caps(c, old);
	cred_set(c);
	return 0;
}

long cred_change_gids(unsigned gid, unsigned egid, unsigned sgid)
{
	const struct cred *old = current->cred;
	struct cred *c = cred_clone(old);

	if (!c)
		return -ENOMEM;
	c->gid = gid == CRED_KEEP ? old->gid : gid;
	c->egid = egid == CRED_KEEP ? old->egid : egid;
	c->sgid = sgid == CRED_KEEP ? old->sgid : sgid;
	c->fsgid = c->egid;
	cred_set(c);
	return 0;
}

/*
 * POSIX: a privileged caller changes all three ids permanently.  Any other
 * caller can only set its effective id to the real or the saved id.
 */
long sys_setuid(unsigned uid)
{
	const struct cred *c = current->cred;

	if ((uid = uid_meant(uid)) == CRED_KEEP)
		return -EINVAL;
	if (capable_here(CAP_SETUID))
		return cred_change_uids(uid, uid, uid);
	if (uid != c->uid && uid != c->suid)
		return -EPERM;
	return cred_change_uids(CRED_KEEP, uid, CRED_KEEP);
}

long sys_setgid(unsigned gid)
{
	const struct cred *c = current->cred;

	if ((gid = gid_meant(gid)) == CRED_KEEP)
		return -EINVAL;
	if (capable_here(CAP_SETGID))
		return cred_change_gids(gid, gid, gid);
	if (gid != c->gid && gid != c->sgid)
		return -EPERM;
	return cred_change_gids(CRED_KEEP, gid, CRED_KEEP);
}
