/* SPDX-License-Identifier: MIT */
/*
 * Files of disks as memory (rows D4, E8).  A page of a shared mapping is
 * mapped read-only while it is clean, so that each first store to it faults:
 *
 *   load            store              written back       store
 *   r--, clean  ->  rw-, dirty     ->  r--, clean     ->  rw-, dirty
 *                   page_mkwrite                          page_mkwrite
 *
 * There the file changes, as by write(2): its times say so, and its block is
 * found while a full disk can still be told, by SIGBUS.
 */
#include <ext/disk/block.h>
#include <ext/disk/blkdev.h>
#include <fs/internal.h>
#include <mm/vm.h>

/* Bytes of the file that its page p has; negative or 0: p is behind its end. */
static loff_t bytes_of(const struct mapping *m, const struct page *p)
{
	return min(*m->size - ((loff_t)p->index << PAGE_SHIFT),
		   (loff_t)PAGE_SIZE);
}

/*
 * The inode's lock must not be waited for, as write(2) faults while it holds
 * it.  But then it sets the times itself, once it is through.
 */
static void note_change(struct inode *i)
{
	if (!mutex_trylock(&i->lock))
		return;
	i->mtime = i->ctime = inode_now();
	inode_changed(i);
	mutex_unlock(&i->lock);
}

static int diskfile_mkwrite(struct vma *v, struct page *p)
{
	struct mapping *m = v->mapping;
	loff_t bytes = bytes_of(m, p);

	if (bytes <= 0)
		return -EFAULT;
	note_change(mapping_inode(m));
	if (READ_ONCE(p->flags) & PG_MAPPED)
		return 0;
	return m->ops->prepare(m, p->index, p, 0, (unsigned)bytes);
}

const struct vma_ops diskfile_area_ops = {
	.map_pages = vm_map_around,
	.page_mkwrite = diskfile_mkwrite,
};
