/* SPDX-License-Identifier: MIT */
/*
 * Call the hooks of extensions on files and inodes (lecture row B5 of
 * docs/coverage.md).  <fs/hooks.h> tells when each hook is called.  The hooks_
 * functions are called only for a file or inode with a HOOK_ bit set, never for
 * an ordinary file.  An extension's hook is called if the extension's own bit
 * is set.
 */
#include <fs/hooks.h>

TABLE(file_hooks);

void hooks_close(struct file *f, struct files *owner)
{
	table_each(h, file_hooks)
		if (h->close && h->bit & file_hooked(f))
			h->close(f, owner);
}

void hooks_end(struct file *f)
{
	table_each(h, file_hooks)
		if (h->end && h->bit & file_hooked(f))
			h->end(f);
}

void hooks_free(struct inode *i)
{
	table_each(h, file_hooks)
		if (h->free && h->bit & i->hooks)
			h->free(i);
}

/* The first error ends the open, and no further entry is called. */
int hooks_open(struct inode *i, unsigned flags)
{
	int err = 0;

	table_each(h, file_hooks)
		if (!err && h->open && h->bit & i->hooks)
			err = h->open(i, flags);
	return err;
}

void hooks_full(struct file *f)
{
	table_each(h, file_hooks)
		if (h->full && h->bit & file_hooked(f))
			h->full(f);
}

int file_set_async(int fd, struct file *f, bool on)
{
	table_each(h, file_hooks)
		if (h->set_async)
			return h->set_async(fd, f, on);
	return -ENOTTY;
}
