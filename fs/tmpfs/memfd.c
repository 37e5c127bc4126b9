/* SPDX-License-Identifier: MIT */
/* memfd_create(2): a tmpfs file in a mount that no path leads to. */
#include <fs/internal.h>
#include <kernel/syscall/syscalls.h>
#include <mm/uaccess.h>

#define MFD_CLOEXEC	1u
#define MFD_NAME_MAX	249		/* with "memfd:" a file name */

static struct mount *memfd_mount;	/* const after init */

void memfd_init(void)
{
	memfd_mount = mount_internal("tmpfs");
	if (!memfd_mount)
		panic("no memory for memfd");
}

/* => 0 with *out open for reading and writing, or -errno */
static int memfd_open(const char *name, struct file **out)
{
	struct dentry *root = memfd_mount->root;
	struct path p = { memfd_mount, NULL };
	int err;

	p.dentry = dentry_alloc(root, name, (unsigned)strlen(name), 0);
	if (!p.dentry)
		return -ENOMEM;
	err = root->inode->ops->tmpfile(root->inode, p.dentry,
					S_IFREG | 0777);
	if (!err)
		err = file_open_new(&p, O_RDWR | O_LARGEFILE, out);
	dentry_put(p.dentry);
	return err;
}

long sys_memfd_create(uaddr_t name, unsigned flags)
{
	char text[6 + MFD_NAME_MAX + 1] = "memfd:";
	struct file *f;
	long n;
	int fd;

	if (flags & ~MFD_CLOEXEC)
		return -EINVAL;
	n = string_from_user(text + 6, name, MFD_NAME_MAX + 1);
	if (n < 0)
		return n == -ENAMETOOLONG ? -EINVAL : n;
	n = memfd_open(text, &f);
	if (n)
		return n;
	fd = fd_install(f, 0, flags & MFD_CLOEXEC);
	if (fd < 0)
		file_put(f);
	return fd;
}
