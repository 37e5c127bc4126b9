/* SPDX-License-Identifier: MIT */
#include <lib/errtext.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

static const struct {
	int err;
	const char *text;
} texts[] = {
	{ EPERM, "not permitted" },
	{ ENOENT, "not there" },
	{ EIO, "cannot be read" },
	{ ENXIO, "no such device" },
	{ E2BIG, "its arguments are too long" },
	{ ENOEXEC, "not a program of this machine" },
	{ ENOMEM, "no memory" },
	{ EACCES, "no right to it" },
	{ EBUSY, "in use" },
	{ EEXIST, "there already" },
	{ ENODEV, "no such device or file system" },
	{ ENOTDIR, "not in a folder" },
	{ EISDIR, "a folder" },
	{ EINVAL, "malformed" },
	{ ETXTBSY, "being written" },
	{ EFBIG, "too large" },
	{ ENOSPC, "no room" },
	{ EROFS, "read-only" },
	{ ENAMETOOLONG, "a name is too long" },
	{ ELOOP, "too many links" },
	{ ENOSYS, "the firmware cannot do it" },
	{ EOPNOTSUPP, "not supported" },
	{ ETIMEDOUT, "no answer" },
	{ ELIBBAD, "its interpreter is not a program" },
};

const char *error_text(int err)
{
	for (unsigned i = 0; i < ARRAY_SIZE(texts); i++)
		if (texts[i].err == err || texts[i].err == -err)
			return texts[i].text;
	return "not known";
}
