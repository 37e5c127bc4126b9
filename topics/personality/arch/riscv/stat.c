/* SPDX-License-Identifier: MIT */
/* Write xv6's struct stat for RISC-V. */
#include <topics/personality/xv6files.h>
#include <fs/vfs.h>
#include <mm/uaccess.h>

int xv6_stat_put(uaddr_t to, int type, const struct kstat *st)
{
	struct {
		s32 dev;
		u32 ino;
		s16 type, nlink;
		/* padding, zeroed so that no kernel stack leaks */
		u32 none;
		u64 size;
	} out = {
		.dev = (s32)st->dev, .ino = (u32)st->ino, .type = (s16)type,
		.nlink = (s16)st->nlink, .size = st->size,
	};

	return put_user(out, to);
}
