/* SPDX-License-Identifier: MIT */
/*
 * Pass events of files on to the extension that registered for them.
 *
 *   notify_file()       inline, <fs/inode/notify.h>: return if nobody watches
 *     notify_file_event()        here: return if no extension has registered
 *       notify_ops->on_file()    the extension finds and informs the watches
 *
 * notify_watches also counts mounts that note every read.  It may therefore be
 * nonzero without an extension, so notify_file_event() tests notify_ops, too.
 */
#include "notify.h"

const struct notify_ops *notify_ops;
unsigned notify_watches;

void notify_file_event(const struct file *f, u32 event)
{
	if (notify_ops && f->inode)
		notify_ops->on_file(f->path.dentry, f->inode, event, true);
}

void notify_dentry_event(struct dentry *d, u32 event)
{
	if (notify_ops)
		notify_ops->on_file(d, d->inode, event, false);
}

void notify_name_event(struct inode *dir, const char *name, u32 event)
{
	if (notify_ops)
		notify_ops->on_name(dir, name, event);
}

void notify_inode_event(struct inode *i, u32 event)
{
	if (notify_ops && i->watches)
		notify_ops->on_inode(i, event);
}

void notify_close_event(const struct file *f, const struct files *table)
{
	notify_ops->on_close(f, table);
}

void notify_rename(struct inode *from, const char *old, struct inode *to,
		   const char *new, struct inode *moved)
{
	if (notify_ops && notify_active())
		notify_ops->on_rename(from, old, to, new, moved);
}

void notify_unmount(struct super *s)
{
	if (notify_ops && notify_active())
		notify_ops->on_unmount(s);
}
