/* SPDX-License-Identifier: MIT */
/* statx(2): fields of stat(2), and the number of the mount. */
#include <fs/fs.h>
#include <fs/internal.h>
#include <kernel/time.h>
#include <mm/uaccess.h>
#include <syscalls.h>

struct statx_time {
	s64 sec;
	u32 nsec;
	s32 pad;
};

/* statx(2): the same on every machine. */
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
 * All basic fields and the mount are always told: what was asked for is a
 * hint (statx(2)).  No time of birth.
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
