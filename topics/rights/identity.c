/* SPDX-License-Identifier: MIT */
/*
 * Calls that set some of a task's ids and keep others (row B17): setreuid(2),
 * setresuid(2), and setfsuid(2), whose id is used for file access.  The ids
 * change through kernel/cred/cred.c, as with setuid(2), so that the
 * capabilities follow.
 */
#include <kernel/cred/cred.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define KEEP CRED_KEEP

/* capabilities(7): the capabilities that follow the file-system user id */
#define CAP_FS (1ull << CAP_CHOWN | 1ull << CAP_DAC_OVERRIDE | \
	1ull << CAP_DAC_READ_SEARCH | 1ull << CAP_FOWNER | \
	1ull << CAP_FSETID | 1ull << CAP_LINUX_IMMUTABLE | \
	1ull << CAP_MKNOD | 1ull << CAP_MAC_OVERRIDE)

/*
 * Map ids to the kernel's ids by UID_FROM or GID_FROM; KEEP stays KEEP.
 * Return: false: an id is not mapped.
 */
static bool ids_meant(int from, unsigned *a, unsigned *b, unsigned *c)
{
	unsigned *id[] = { a, b, c };

	for (unsigned k = 0; k < ARRAY_SIZE(id); k++) {
		if (*id[k] == KEEP)
			continue;
		*id[k] = id_map(from, *id[k], current->cred->space);
		if (*id[k] == KEEP)
			return false;
	}
	return true;
}

static bool own_uid(unsigned id)
{
	const struct cred *c = current->cred;

	return id == KEEP || id == c->uid || id == c->euid || id == c->suid;
}

static bool own_gid(unsigned id)
{
	const struct cred *c = current->cred;

	return id == KEEP || id == c->gid || id == c->egid || id == c->sgid;
}

/*
 * Set the real and the effective user id.  In two cases the saved id becomes
 * the new effective id: if the real id is set, or if the effective id is set to
 * a value other than the real id (setreuid(2)).
 */
long sys_setreuid(unsigned ruid, unsigned euid)
{
	const struct cred *c = current->cred;
	unsigned none = KEEP;
	bool moves;

	if (!ids_meant(UID_FROM, &ruid, &euid, &none))
		return -EINVAL;
	moves = ruid != KEEP || (euid != KEEP && euid != c->uid);
	if (!capable_here(CAP_SETUID) &&
	    ((ruid != KEEP && ruid != c->uid && ruid != c->euid) ||
	     !own_uid(euid)))
		return -EPERM;
	return cred_change_uids(ruid, euid,
				!moves ? KEEP : euid == KEEP ? c->euid : euid);
}

long sys_setregid(unsigned rgid, unsigned egid)
{
	const struct cred *c = current->cred;
	unsigned none = KEEP;
	bool moves;

	if (!ids_meant(GID_FROM, &rgid, &egid, &none))
		return -EINVAL;
	moves = rgid != KEEP || (egid != KEEP && egid != c->gid);
	if (!capable_here(CAP_SETGID) &&
	    ((rgid != KEEP && rgid != c->gid && rgid != c->egid) ||
	     !own_gid(egid)))
		return -EPERM;
	return cred_change_gids(rgid, egid,
				!moves ? KEEP : egid == KEEP ? c->egid : egid);
}

static bool keeps_id(unsigned id, unsigned now)
{
	return id == KEEP || id == now;
}

/*
 * Set the three user ids.  A call that changes none of them does not change
 * fsuid either.
 */
long sys_setresuid(unsigned ruid, unsigned euid, unsigned suid)
{
	const struct cred *c = current->cred;

	if (!ids_meant(UID_FROM, &ruid, &euid, &suid))
		return -EINVAL;
	if (keeps_id(ruid, c->uid) && keeps_id(suid, c->suid) &&
	    (euid == KEEP || (euid == c->euid && euid == c->fsuid)))
		return 0;
	if (!capable_here(CAP_SETUID) &&
	    (!own_uid(ruid) || !own_uid(euid) || !own_uid(suid)))
		return -EPERM;
	return cred_change_uids(ruid, euid, suid);
}

long sys_setresgid(unsigned rgid, unsigned egid, unsigned sgid)
{
	const struct cred *c = current->cred;

	if (!ids_meant(GID_FROM, &rgid, &egid, &sgid))
		return -EINVAL;
	if (keeps_id(rgid, c->gid) && keeps_id(sgid, c->sgid) &&
	    (egid == KEEP || (egid == c->egid && egid == c->fsgid)))
		return 0;
	if (!capable_here(CAP_SETGID) &&
	    (!own_gid(rgid) || !own_gid(egid) || !own_gid(sgid)))
		return -EPERM;
	return cred_change_gids(rgid, egid, sgid);
}

static long put_three(unsigned a, uaddr_t to_a, unsigned b, uaddr_t to_b,
		      unsigned c, uaddr_t to_c)
{
	if (put_user(a, to_a) || put_user(b, to_b) || put_user(c, to_c))
		return -EFAULT;
	return 0;
}

long sys_getresuid(uaddr_t ruid, uaddr_t euid, uaddr_t suid)
{
	const struct cred *c = current->cred;

	return put_three(uid_shown(c->uid), ruid, uid_shown(c->euid), euid,
			 uid_shown(c->suid), suid);
}

long sys_getresgid(uaddr_t rgid, uaddr_t egid, uaddr_t sgid)
{
	const struct cred *c = current->cred;

	return put_three(gid_shown(c->gid), rgid, gid_shown(c->egid), egid,
			 gid_shown(c->sgid), sgid);
}

/*
 * Set fsuid.  Return: the old id in any case; callers detect a failure by
 * calling again.
 */
long sys_setfsuid(unsigned uid)
{
	const struct cred *old = current->cred;
	unsigned was = old->fsuid, root = cred_root(old);
	struct cred *c;

	uid = uid_meant(uid);
	if (uid == KEEP || uid == was ||
	    (!capable_here(CAP_SETUID) && !own_uid(uid)))
		return uid_shown(was);
	c = cred_clone(old);
	if (!c)
		return uid_shown(was);
	c->fsuid = uid;
	if (was == root && uid != root)
		c->cap_effective &= ~CAP_FS;
	if (was != root && uid == root)
		c->cap_effective |= c->cap_permitted & CAP_FS;
	cred_set(c);
	return uid_shown(was);
}

long sys_setfsgid(unsigned gid)
{
	unsigned was = current->cred->fsgid;
	struct cred *c;

	gid = gid_meant(gid);
	if (gid == KEEP || gid == was ||
	    (!capable_here(CAP_SETGID) && !own_gid(gid)))
		return gid_shown(was);
	c = cred_clone(current->cred);
	if (!c)
		return gid_shown(was);
	c->fsgid = gid;
	cred_set(c);
	return gid_shown(was);
}
