/* SPDX-License-Identifier: MIT */
/*
 * openat2(2) (row A1): open with checked flags, and a lookup within limits
 * (struct scope).  The structure may grow: bytes beyond our size must be zero.
 */
#include "scope.h"
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define HOW_SIZE_MIN	24u
#define RESOLVE_ALL	0x3fu
#define O_TMPFILE_BIT	020000000u
#define OPEN_FLAGS	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | \
	O_APPEND | O_NONBLOCK | O_SYNC | O_DIRECT | O_LARGEFILE | \
	O_DIRECTORY | O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | \
	O_TMPFILE_BIT | O_ASYNC)

struct open_how {			/* of the ABI */
	u64 flags, mode, resolve;
};

/* Return: 0 with *how filled in; -EINVAL, -E2BIG, -EFAULT. */
static int how_get(struct open_how *how, uaddr_t at, unsigned long size)
{
	if (size < HOW_SIZE_MIN)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	return struct_from_user(how, sizeof(*how), at, size);
}

static bool makes_file(u64 flags)
{
	return flags & (O_CREAT | O_TMPFILE_BIT);
}

static int how_check(const struct open_how *how)
{
	u64 flags = how->flags, resolve = how->resolve;

	if (flags & ~(u64)OPEN_FLAGS || resolve & ~(u64)RESOLVE_ALL ||
	    (resolve & RESOLVE_SCOPED) == RESOLVE_SCOPED)
		return -EINVAL;
	if (makes_file(flags) ? how->mode & ~07777ull : how->mode)
		return -EINVAL;
	if (flags & O_TMPFILE_BIT && (flags & O_CREAT ||
				      !(flags & O_DIRECTORY) ||
				      !(flags & O_ACCMODE)))
		return -EINVAL;
	if (flags & O_CREAT && flags & O_DIRECTORY)
		return -EINVAL;
	if (flags & O_PATH &&
	    flags & ~(u64)(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
		return -EINVAL;
	if (resolve & RESOLVE_CACHED && (makes_file(flags) || flags & O_TRUNC))
		return -EAGAIN;
	return 0;
}

static int open_how(int dirfd, const char *name, const struct open_how *how,
		    struct file **out)
{
	struct scope scope;
	unsigned flags = (unsigned)how->flags;
	int err;

	if (sizeof(long) == 8 && !(flags & O_PATH))
		flags |= O_LARGEFILE;	/* as open(2) does */
	if (!name[0])
		return -ENOENT;		/* whatever dirfd is */
	if (!how->resolve)
		return file_open(dirfd, name, flags, (unsigned)how->mode, out);
	if (how->resolve & RESOLVE_BENEATH && name[0] == '/')
		return -EXDEV;		/* whatever dirfd is */
	err = scope_start(&scope, dirfd, name, (unsigned)how->resolve);
	if (err)
		return err;
	err = file_open_scoped(dirfd, name, flags, (unsigned)how->mode, &scope,
			       out);
	path_put(&scope.root);
	return err;
}

long sys_openat2(int dirfd, uaddr_t name, uaddr_t how_at, unsigned long size)
{
	struct open_how how;
	struct file *f;
	char *text;
	int err;

	err = how_get(&how, how_at, size);
	if (!err)
		err = how_check(&how);
	if (err)
		return err;
	text = name_from_user(name, &err);
	if (!text)
		return err;
	err = open_how(dirfd, text, &how, &f);
	name_put(text);
	if (err)
		return err;
	return fd_give(f, 0, how.flags & O_CLOEXEC);
}
