/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes: no file system here has any.  The calls still check
 * what they are given, then say so (EOPNOTSUPP), as Linux does for such ones;
 * a list of attributes is empty.
 */
#include <fs/internal.h>
#include <kernel/syscall/syscalls.h>
#include <mm/uaccess.h>

#define XATTR_NAME_MAX 255

static long check_path(uaddr_t name, unsigned lookup)
{
	struct path p;
	int err = user_path(AT_FDCWD, name, lookup, &p);

	if (!err)
		path_put(&p);
	return err;
}

static long check_fd(int fd)
{
	struct fdref r = fdref_get(fd);

	fdref_put(r);
	return r.file ? 0 : -EBADF;
}

/* The attribute's name must be readable, and neither empty nor too long. */
static long check_name(uaddr_t name)
{
	char text[XATTR_NAME_MAX + 1];
	long n = string_from_user(text, name, sizeof(text));

	if (n == -ENAMETOOLONG || !n)
		return -ERANGE;
	return n < 0 ? n : 0;
}

static long unsupported(long err, uaddr_t name)
{
	if (!err)
		err = check_name(name);
	return err ? err : -EOPNOTSUPP;
}

long sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		  unsigned long size, int flags)
{
	return unsupported(check_path(path, LOOKUP_FOLLOW), name);
}

long sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		   unsigned long size, int flags)
{
	return unsupported(check_path(path, 0), name);
}

long sys_fsetxattr(int fd, uaddr_t name, uaddr_t value, unsigned long size,
		   int flags)
{
	return unsupported(check_fd(fd), name);
}

long sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		  unsigned long size)
{
	return unsupported(check_path(path, LOOKUP_FOLLOW), name);
}

long sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		   unsigned long size)
{
	return unsupported(check_path(path, 0), name);
}

long sys_fgetxattr(int fd, uaddr_t name, uaddr_t value, unsigned long size)
{
	return unsupported(check_fd(fd), name);
}

long sys_removexattr(uaddr_t path, uaddr_t name)
{
	return unsupported(check_path(path, LOOKUP_FOLLOW), name);
}

long sys_lremovexattr(uaddr_t path, uaddr_t name)
{
	return unsupported(check_path(path, 0), name);
}

long sys_fremovexattr(int fd, uaddr_t name)
{
	return unsupported(check_fd(fd), name);
}

long sys_listxattr(uaddr_t path, uaddr_t list, unsigned long size)
{
	return check_path(path, LOOKUP_FOLLOW);
}

long sys_llistxattr(uaddr_t path, uaddr_t list, unsigned long size)
{
	return check_path(path, 0);
}

long sys_flistxattr(int fd, uaddr_t list, unsigned long size)
{
	return check_fd(fd);
}
