/* SPDX-License-Identifier: MIT */
/*
 * Calls with the layouts of early 32-bit Linux: 16-bit ids, arguments in
 * memory, split offsets, small limits.  Each is a thin form of its modern
 * sibling.
 */
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/syscall/syscalls.h>
#include <kernel/task.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

/* ---- 16-bit ids ---------------------------------------------------------- */

#define ID16_OVERFLOW	65534

static u16 narrow(unsigned id)
{
	return id > 0xffff ? ID16_OVERFLOW : id;
}

/* 0xffff means "leave it alone". */
static unsigned widen(unsigned id)
{
	return (u16)id == 0xffff ? ~0u : (u16)id;
}

static int put3(unsigned a, uaddr_t to_a, unsigned b, uaddr_t to_b,
		unsigned c, uaddr_t to_c)
{
	if (put_user(narrow(a), to_a) || put_user(narrow(b), to_b) ||
	    put_user(narrow(c), to_c))
		return -EFAULT;
	return 0;
}

long sys_getuid16(void)
{
	return narrow(current->cred->uid);
}

long sys_geteuid16(void)
{
	return narrow(current->cred->euid);
}

long sys_getgid16(void)
{
	return narrow(current->cred->gid);
}

long sys_getegid16(void)
{
	return narrow(current->cred->egid);
}

long sys_setuid16(unsigned uid)
{
	return sys_setuid(widen(uid));
}

long sys_setgid16(unsigned gid)
{
	return sys_setgid(widen(gid));
}

long sys_setreuid16(unsigned ruid, unsigned euid)
{
	return sys_setreuid(widen(ruid), widen(euid));
}

long sys_setregid16(unsigned rgid, unsigned egid)
{
	return sys_setregid(widen(rgid), widen(egid));
}

long sys_setresuid16(unsigned ruid, unsigned euid, unsigned suid)
{
	return sys_setresuid(widen(ruid), widen(euid), widen(suid));
}

long sys_setresgid16(unsigned rgid, unsigned egid, unsigned sgid)
{
	return sys_setresgid(widen(rgid), widen(egid), widen(sgid));
}

long sys_getresuid16(uaddr_t ruid, uaddr_t euid, uaddr_t suid)
{
	const struct cred *c = current->cred;

	return put3(c->uid, ruid, c->euid, euid, c->suid, suid);
}

long sys_getresgid16(uaddr_t rgid, uaddr_t egid, uaddr_t sgid)
{
	const struct cred *c = current->cred;

	return put3(c->gid, rgid, c->egid, egid, c->sgid, sgid);
}

long sys_setfsuid16(unsigned uid)
{
	return sys_setfsuid(widen(uid));
}

long sys_setfsgid16(unsigned gid)
{
	return sys_setfsgid(widen(gid));
}

long sys_getgroups16(int n, uaddr_t list)
{
	const struct cred *c = current->cred;

	if (n < 0 || (n && (unsigned)n < c->nr_groups))
		return -EINVAL;
	for (unsigned i = 0; n && i < c->nr_groups; i++)
		if (put_user(narrow(c->groups[i]), list + i * sizeof(u16)))
			return -EFAULT;
	return c->nr_groups;
}

long sys_setgroups16(int n, uaddr_t list)
{
	unsigned *groups;
	u16 id;

	if (!capable(CAP_SETGID))
		return -EPERM;
	if (n < 0 || n > NGROUPS_MAX)
		return -EINVAL;
	groups = kmalloc((n ? n : 1) * sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	for (int i = 0; i < n; i++) {
		if (get_user(&id, list + i * sizeof(id))) {
			kfree(groups);
			return -EFAULT;
		}
		groups[i] = widen(id);
	}
	return cred_set_groups(groups, n);
}

long sys_chown16(uaddr_t path, unsigned uid, unsigned gid)
{
	return sys_chown(path, widen(uid), widen(gid));
}

long sys_lchown16(uaddr_t path, unsigned uid, unsigned gid)
{
	return sys_lchown(path, widen(uid), widen(gid));
}

long sys_fchown16(int fd, unsigned uid, unsigned gid)
{
	return sys_fchown(fd, widen(uid), widen(gid));
}

/* ---- arguments in memory, split offsets ---------------------------------- */

long sys_old_select(uaddr_t args)
{
	struct { u32 n, in, out, ex, timeout; } a;

	if (get_user(&a, args))
		return -EFAULT;
	return sys_select_time32(a.n, a.in, a.out, a.ex, a.timeout);
}

long sys_fadvise64_32(int fd, unsigned long poslo, unsigned long poshi,
		      unsigned long len, int advice)
{
	return sys_fadvise64(fd, (loff_t)((u64)poshi << 32 | (u32)poslo),
			     len, advice);
}

long sys_llseek(int fd, unsigned long hi, unsigned long lo, uaddr_t result,
		int whence)
{
	loff_t at = file_seek(fd, (loff_t)((u64)hi << 32 | (u32)lo), whence);

	return at < 0 ? (long)at : put_user(at, result);
}

/* ---- stat ---------------------------------------------------------------- */

long sys_stat64(uaddr_t path, uaddr_t buf)
{
	return sys_newfstatat(AT_FDCWD, path, buf, 0);
}

long sys_lstat64(uaddr_t path, uaddr_t buf)
{
	return sys_newfstatat(AT_FDCWD, path, buf, AT_SYMLINK_NOFOLLOW);
}

/* struct stat before large files. */
struct old_stat {
	u32 dev, ino;
	u16 mode, nlink, uid, gid;
	u32 rdev, size, blksize, blocks;
	u32 atime, atime_nsec, mtime, mtime_nsec, ctime, ctime_nsec;
	u32 unused[2];
};

static u32 seconds(u64 ns, u32 *rest)
{
	*rest = ns % NSEC_PER_SEC;
	return ns / NSEC_PER_SEC;
}

static long put_old_stat(struct inode *i, uaddr_t to)
{
	struct kstat k;
	struct old_stat s;

	inode_stat(i, &k);
	s = (struct old_stat){
		.dev = k.dev, .ino = k.ino, .mode = k.mode, .nlink = k.nlink,
		.uid = narrow(k.uid), .gid = narrow(k.gid), .rdev = k.rdev,
		.size = k.size, .blksize = k.blksize, .blocks = k.blocks,
	};
	s.atime = seconds(k.atime, &s.atime_nsec);
	s.mtime = seconds(k.mtime, &s.mtime_nsec);
	s.ctime = seconds(k.ctime, &s.ctime_nsec);
	if (k.size > INT32_MAX || s.ino != k.ino || s.nlink != k.nlink)
		return -EOVERFLOW;
	return put_user(s, to);
}

/* The inode of a user path.  => referenced path, or -errno */
static int look_up(uaddr_t name, unsigned flags, struct path *out)
{
	int err;
	char *k = name_from_user(name, &err);

	if (!k)
		return err;
	err = path_lookup(AT_FDCWD, k, flags, out);
	name_put(k);
	return err;
}

static long old_stat(uaddr_t name, uaddr_t buf, unsigned flags)
{
	struct path p;
	long err = look_up(name, flags, &p);

	if (err)
		return err;
	err = put_old_stat(p.dentry->inode, buf);
	path_put(&p);
	return err;
}

long sys_stat32(uaddr_t path, uaddr_t buf)
{
	return old_stat(path, buf, LOOKUP_FOLLOW);
}

long sys_lstat32(uaddr_t path, uaddr_t buf)
{
	return old_stat(path, buf, 0);
}

long sys_fstat32(int fd, uaddr_t buf)
{
	struct file *f = fd_file_path(fd);
	long err;

	if (!f)
		return -EBADF;
	err = put_old_stat(f->inode, buf);
	file_put(f);
	return err;
}

/* ---- limits -------------------------------------------------------------- */

/* Limits were signed: what is larger reads as the largest. */
long sys_old_getrlimit(unsigned resource, uaddr_t rlim)
{
	struct { u32 cur, max; } r;
	const struct rlimit *l;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	l = &current->process->limits[resource];
	r.cur = min(l->cur, (unsigned long)INT32_MAX);
	r.max = min(l->max, (unsigned long)INT32_MAX);
	return put_user(r, rlim);
}
