/* SPDX-License-Identifier: MIT */
/*
 * Linux's structures that differ between machines, here as in asm-generic,
 * which newer machines use.  The signal frame is added with signal.c.
 */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#include <arch/trap.h>
#include <lt/types.h>

typedef u32 uabi_core_id_t;		/* user ids in core files */

#define ARCH_SA_RESTORER 0		/* sigaction(2) carries none */

struct uabi_stat {
	u64 st_dev, st_ino;
	u32 st_mode, st_nlink, st_uid, st_gid;
	u64 st_rdev, pad1;
	s64 st_size;
	s32 st_blksize, pad2;
	s64 st_blocks;
	s64 st_atime;
	u64 st_atime_nsec;
	s64 st_mtime;
	u64 st_mtime_nsec;
	s64 st_ctime;
	u64 st_ctime_nsec;
	u32 unused[2];
};

static inline void uabi_stat_finish(struct uabi_stat *st)
{
}

#endif
