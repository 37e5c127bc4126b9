/* SPDX-License-Identifier: MIT */
/*
 * System calls with the layouts of early 32-bit Linux: 16-bit ids, arguments in
 * memory, small limits.  Each wraps its modern counterpart.  Calls on files are
 * in fs.c, those for signals in the port.
 */
#include <topics/rights/groups.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* ---- 16-bit ids ---------------------------------------------------------- */

#define ID16_OVERFLOW	65534

/*
 * Convert an id to 16 bits.  An id that does not fit becomes Linux's
 * overflowuid (/proc/sys/kernel).
 */
static u16 compat32_narrow(unsigned id)
{
	return id > 0xffff ? ID16_OVERFLOW : id;
}

/* Convert a 16-bit id; 0xffff means "unchanged". */
static unsigned compat32_widen(unsigned id)
{
	return (u16)id == 0xffff ? ~0u : (u16)id;
}

static int put3(unsigned a, uaddr_t to_a, unsigned b, uaddr_t to_b,
		unsigned c, uaddr_t to_c)
{
	if (put_user(compat32_narrow(a), to_a) ||
	    put_user(compat32_narrow(b), to_b) ||
	    put_user(compat32_narrow(c), to_c))
		return -EFAULT;
	return 0;
}

long sys_getuid16(void)
{
	return compat32_narrow(uid_shown(current->cred->uid));
}

long sys_geteuid16(void)
{
	return compat32_narrow(uid_shown(current->cred->euid));
}

long sys_getgid16(void)
{
	return compat32_narrow(gid_shown(current->cred->gid));
}

long sys_getegid16(void)
{
	return compat32_narrow(gid_shown(current->cred->egid));
}

long sys_setuid16(unsigned uid)
{
	return sys_setuid(compat32_widen(uid));
}

long sys_setgid16(unsigned gid)
{
	return sys_setgid(compat32_widen(gid));
}

long sys_setreuid16(unsigned ruid, unsigned euid)
{
	return sys_setreuid(compat32_widen(ruid), compat32_widen(euid));
}

long sys_setregid16(unsigned rgid, unsigned egid)
{
	return sys_setregid(compat32_widen(rgid), compat32_widen(egid));
}

long sys_setresuid16(unsigned ruid, unsigned euid, unsigned suid)
{
	return sys_setresuid(compat32_widen(ruid), compat32_widen(euid),
			     compat32_widen(suid));
}

long sys_setresgid16(unsigned rgid, unsigned egid, unsigned sgid)
{
	return sys_setresgid(compat32_widen(rgid), compat32_widen(egid),
			     compat32_widen(sgid));
}

long sys_getresuid16(uaddr_t ruid, uaddr_t euid, uaddr_t suid)
{
	const struct cred *c = current->cred;

	return put3(uid_shown(c->uid), ruid, uid_shown(c->euid), euid,
		    uid_shown(c->suid), suid);
}

long sys_getresgid16(uaddr_t rgid, uaddr_t egid, uaddr_t sgid)
{
	const struct cred *c = current->cred;

	return put3(gid_shown(c->gid), rgid, gid_shown(c->egid), egid,
		    gid_shown(c->sgid), sgid);
}

long sys_setfsuid16(unsigned uid)
{
	return sys_setfsuid(compat32_widen(uid));
}

long sys_setfsgid16(unsigned gid)
{
	return sys_setfsgid(compat32_widen(gid));
}

long sys_getgroups16(int n, uaddr_t list)
{
	const struct cred *c = current->cred;

	if (n < 0 || (n && (unsigned)n < c->nr_groups))
		return -EINVAL;
	for (unsigned i = 0; n && i < c->nr_groups; i++)
		if (put_user(compat32_narrow(gid_shown(c->groups[i])),
			     list + i * sizeof(u16)))
			return -EFAULT;
	return c->nr_groups;
}

static int compat32_get_group(uaddr_t list, int k, unsigned *gid)
{
	u16 id = 0;
	int err = get_user(&id, list + (unsigned)k * sizeof(id));

	*gid = compat32_widen(id);
	return err;
}

long sys_setgroups16(int n, uaddr_t list)
{
	return groups_set(n, compat32_get_group, list);
}

long sys_chown16(uaddr_t path, unsigned uid, unsigned gid)
{
	return sys_chown(path, compat32_widen(uid), compat32_widen(gid));
}

long sys_lchown16(uaddr_t path, unsigned uid, unsigned gid)
{
	return sys_lchown(path, compat32_widen(uid), compat32_widen(gid));
}

long sys_fchown16(int fd, unsigned uid, unsigned gid)
{
	return sys_fchown(fd, compat32_widen(uid), compat32_widen(gid));
}

/* ---- arguments in memory, split offsets ---------------------------------- */

/*
 * The first system calls had at most five registers, so six arguments are
 * passed in memory.
 */
long sys_old_mmap(uaddr_t args)
{
	struct { u32 addr, len, prot, flags, fd, offset; } a;

	if (get_user(&a, args))
		return -EFAULT;
	if (a.offset & ~PAGE_MASK)
		return -EINVAL;
	return sys_mmap(a.addr, a.len, a.prot, a.flags, a.fd, a.offset);
}

long sys_fadvise64_32(int fd, unsigned long poslo, unsigned long poshi,
		      unsigned long len, int advice)
{
	return sys_fadvise64(fd, (loff_t)((u64)poshi << 32 | (u32)poslo),
			     len, advice);
}

long sys_oldumount(uaddr_t target)
{
	return sys_umount2(target, 0);
}

/* ---- limits -------------------------------------------------------------- */

/* The limits of this call are signed: larger limits read as INT32_MAX. */
long sys_old_getrlimit(unsigned resource, uaddr_t rlim)
{
	struct { u32 cur, max; } r;
	const struct rlimit *l;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	l = &current->process->limits[resource];
	r.cur = min(HINT(l->cur), (unsigned long)INT32_MAX);
	r.max = min(HINT(l->max), (unsigned long)INT32_MAX);
	return put_user(r, rlim);
}
