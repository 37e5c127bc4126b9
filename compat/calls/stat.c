/* SPDX-License-Identifier: MIT */
/*
 * statfs(2), fstatfs(2): type and free space of a file system.  The numbers of
 * blocks and inodes come from the file system's super->statfs.  Also statx(2).
 */
#include <fs/open/fd.h>
#include <fs/fs.h>
#include <fs/path/namei.h>
#include <kernel/time/time.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include "statfs.h"

/*
 * Layout of struct statfs on 64-bit machines and of struct statfs64 on 32-bit
 * ones.  They have the same fields; only the size of a word differs.
 */
struct uabi_statfs {
	unsigned long type, bsize;
	u64 blocks, bfree, bavail, files, ffree;
	u32 fsid[2];
	unsigned long namelen, frsize, flags, spare[4];
};

#define ST_VALID 0x20

/* Convert mount flags from the numbers of mount(2) to those of statfs(2). */
static u64 stat_flags_of(const struct mount *m, const struct super *s)
{
	static const struct {
		unsigned ms, st;
	} other[] = {
		{ MS_NOATIME, 0x400 }, { MS_NODIRATIME, 0x800 },
		{ MS_RELATIME, 0x1000 }, { MS_NOSYMFOLLOW, 0x2000 },
	};
	unsigned flags = m ? m->flags : 0;
	u64 st = ST_VALID | (s->flags & MS_RDONLY) | (flags &
		(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));

	for (unsigned k = 0; k < ARRAY_SIZE(other); k++)
		if (flags & other[k].ms)
			st |= other[k].st;
	return st;
}

/*
 * Fill in the common fields.  The file system adds its numbers of blocks and
 * inodes, if it counts them.
 */
static void statfs_of(const struct path *p, struct kstatfs *st)
{
	struct super *s = p->dentry->inode->super;

	memset(st, 0, sizeof(*st));
	st->type = s->type->magic;
	st->bsize = s->statfs ? s->block_size : PAGE_SIZE;
	st->namelen = NAME_MAX;
	st->fsid = s->dev;
	st->flags = stat_flags_of(p->mount, s);
	if (s->statfs)
		s->statfs(s, st);
}

long do_statfs(uaddr_t name, struct kstatfs *st)
{
	struct path p;
	int err = path_lookup_user(AT_FDCWD, name, LOOKUP_FOLLOW, &p);

	if (err)
		return err;
	statfs_of(&p, st);
	path_put(&p);
	return 0;
}

long do_fstatfs(int fd, struct kstatfs *st)
{
	struct fdref r = fdref_get_any(fd);
	long err = -EBADF;

	if (r.file) {
		err = 0;
		if (r.file->path.dentry) {
			statfs_of(&r.file->path, st);
		} else {
			memset(st, 0, sizeof(*st));
			st->type = r.file->inode->super->type->magic;
			st->bsize = PAGE_SIZE;
			st->namelen = NAME_MAX;
			st->flags = ST_VALID;
		}
	}
	fdref_put(r);
	return err;
}

static long statfs_copy(uaddr_t buf, const struct kstatfs *k)
{
	struct uabi_statfs st;

	memset(&st, 0, sizeof(st));
	st.type = (unsigned long)k->type;
	st.bsize = st.frsize = (unsigned long)k->bsize;
	st.blocks = k->blocks;
	st.bfree = k->bfree;
	st.bavail = k->bavail;
	st.files = k->files;
	st.ffree = k->ffree;
	st.fsid[0] = (u32)k->fsid;
	st.namelen = (unsigned long)k->namelen;
	st.flags = (unsigned long)k->flags;
	return copy_to_user(buf, &st, sizeof(st));
}

long sys_statfs(uaddr_t name, uaddr_t buf)
{
	struct kstatfs st;
	long err = do_statfs(name, &st);

	return err ? err : statfs_copy(buf, &st);
}

long sys_fstatfs(int fd, uaddr_t buf)
{
	struct kstatfs st;
	long err = do_fstatfs(fd, &st);

	return err ? err : statfs_copy(buf, &st);
}

/* The size that callers on 32-bit machines must pass. */
#define STATFS64_SIZE 84

long sys_statfs64(uaddr_t path, unsigned long size, uaddr_t buf)
{
	struct kstatfs k;
	long err = size == STATFS64_SIZE ? do_statfs(path, &k) : -EINVAL;

	return err ? err : statfs_copy(buf, &k);
}

long sys_fstatfs64(int fd, unsigned long size, uaddr_t buf)
{
	struct kstatfs k;
	long err = size == STATFS64_SIZE ? do_fstatfs(fd, &k) : -EINVAL;

	return err ? err : statfs_copy(buf, &k);
}

/* ---- statx(2) ------------------------------------------------------------ */

/* statx(2): fields of stat(2), and the id of the mount. */

struct statx_time {
	s64 sec;
	u32 nsec;
	s32 pad;
};

/* Layout of struct statx, equal on all machines. */
struct statx {
	u32 mask, blksize;
	u64 attributes;
	u32 nlink, uid, gid;
	u16 mode, pad1;
	u64 ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	u32 rdev_major, rdev_minor, dev_major, dev_minor;
	u64 mnt_id;
	u64 pad2[13];
};
_Static_assert(sizeof(struct statx) == 256, "statx of the ABI");

#define STATX_BASIC_STATS	0x7ff
#define STATX_MNT_ID		0x1000
#define STATX_RESERVED		0x80000000u

static void statx_time(struct statx_time *t, u64 ns)
{
	u64 sec;

	t->nsec = split_time(ns, &sec);
	t->sec = (s64)sec;
}

/*
 * Fill in all basic fields and the mount always, as the mask is only a hint
 * (statx(2)).  There is no birth time.
 */
long sys_statx(int dirfd, uaddr_t name, unsigned flags, unsigned mask,
	       uaddr_t buf)
{
	struct kstat k;
	struct statx x;
	int mount;
	long err;

	if (mask & STATX_RESERVED ||
	    (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = do_fstatat_mount(dirfd, name, (int)flags, &k, &mount);
	if (err)
		return err;
	memset(&x, 0, sizeof(x));
	x.mask = STATX_BASIC_STATS | STATX_MNT_ID;
	x.mnt_id = (u64)mount;
	x.blksize = k.blksize;
	x.nlink = k.nlink;
	x.uid = k.uid;
	x.gid = k.gid;
	x.mode = (u16)k.mode;
	x.ino = k.ino;
	x.size = k.size;
	x.blocks = k.blocks;
	statx_time(&x.atime, k.atime);
	statx_time(&x.ctime, k.ctime);
	statx_time(&x.mtime, k.mtime);
	x.rdev_major = DEV_MAJOR((u32)k.rdev);
	x.rdev_minor = DEV_MINOR((u32)k.rdev);
	x.dev_major = DEV_MAJOR((u32)k.dev);
	x.dev_minor = DEV_MINOR((u32)k.dev);
	return copy_to_user(buf, &x, sizeof(x));
}
