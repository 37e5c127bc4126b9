/* SPDX-License-Identifier: MIT */
/* Write xv6's struct stat for x86. */
#include <topics/personality/xv6files.h>
#include <fs/vfs.h>
#include <mm/uaccess.h>

int xv6_stat_put(uaddr_t to, int type, const struct kstat *st)
{
	struct {
		/* padding, zeroed so that no kernel stack leaks */
		s16 type, none;
		s32 dev;
		u32 ino;
		s16 nlink, either;
		u32 size;
	} out = {
		.type = (s16)type, .dev = (s32)st->dev, .ino = (u32)st->ino,
		.nlink = (s16)st->nlink, .size = (u32)st->size,
	};

	return put_user(out, to);
}
