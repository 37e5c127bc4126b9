/* SPDX-License-Identifier: MIT */
/*
 * Files that are not in any directory tree.  Each kind of such files has a
 * super block, which provides a device number and the name that /proc/PID/fd
 * shows, anon_inode:[KIND].
 */
#include <fs/internal.h>
#include <mm/frames/slab.h>

struct super *anon_super(const struct fs_type *kind)
{
	struct super *s = super_alloc(kind, 0);

	if (!s)
		panic("no memory for %s files", kind->name);
	return s;
}

struct file *anon_file(struct super *s, const struct file_ops *ops,
		       unsigned flags, void *private)
{
	struct inode *i = inode_alloc(s, 0600);
	struct file *f;

	if (!i)
		return NULL;
	inode_init_owner(i, NULL);
	f = file_create(i, ops, flags, private);
	if (!f)
		inode_put(i);
	return f;
}
