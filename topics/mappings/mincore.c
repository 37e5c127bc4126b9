/* SPDX-License-Identifier: MIT */
/* mincore(2): which pages are in memory. */
#include <fs/vfs.h>
#include <kernel/current.h>
#include <mm/frames/page.h>
#include <mm/tables/soft_entry.h>
#include <mm/uaccess.h>
#include <mm/untagged.h>
#include <mm/vma.h>
#include <syscalls.h>

/*
 * True if the page is in memory.  A file's page counts if it is cached, mapped
 * or not (mincore(2)).
 */
static u8 page_in_core(struct vm_space *s, const struct vma *v, uaddr_t at)
{
	unsigned level = 0;
	pte_t *slot, e;
	unsigned slot_out;
	struct page *p;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_READ);
	e = slot ? pte_read(slot) : (pte_t){ 0 };
	spin_unlock(&s->pt_lock);
	if (pte_present(e))
		return 1;
	if (!pte_none(e))
		return soft_entry->in_memory(e);
	if (!v->mapping)
		return 0;
	p = mapping_find(v->mapping, vma_index(v, at));
	if (p) {
		page_put(p);
		return 1;
	}
	slot_out = mapping_slot(v->mapping, vma_index(v, at));
	return slot_out < SLOT_LOST &&
		soft_entry->in_memory(pte_soft_entry(PTE_KIND_SWAP, slot_out));
}

/*
 * True if current may see which pages of v's file are in memory.  What other
 * users read is private: a caller without write permission is told that all
 * pages are there (mincore(2)).
 */
static bool may_ask(const struct vma *v)
{
	struct file *f = object_file(v->object);
	struct inode *i = f ? f->inode : NULL;

	return !i || inode_owner_or_capable(i) || !inode_permission(i, W_OK);
}

/*
 * Store for each page one byte in vec: 1 if it is in memory.
 * Return: the number of bytes stored; if it is less than `pages`, a hole
 * follows.
 */
static unsigned long in_core(struct vm_space *s, uaddr_t at,
			     unsigned long pages, u8 *vec)
{
	struct vma *asked = NULL;
	unsigned long i;
	bool may = true;

	rw_read_lock(&s->lock);
	for (i = 0; i < pages; i++, at += PAGE_SIZE) {
		struct vma *v = vm_find(s, at);

		if (!v || v->start > at)
			break;
		if (v != asked)
			may = may_ask(v);
		asked = v;
		vec[i] = !may || page_in_core(s, v, at);
	}
	rw_read_unlock(&s->lock);
	return i;
}

/* ---- residence ----------------------------------------------------------- */

long sys_mincore(uaddr_t addr, unsigned long len, uaddr_t vec)
{
	unsigned long pages = len / PAGE_SIZE + (len % PAGE_SIZE != 0);
	u8 part[256];

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	addr = vm_untagged(addr);
	if (!user_range_ok(addr, len))
		return -ENOMEM;
	if (!user_range_ok(vec, pages))
		return -EFAULT;
	while (pages) {
		unsigned long n = pages < sizeof(part) ? pages : sizeof(part);
		unsigned long got = in_core(current->space, addr, n, part);

		if (copy_to_user(vec, part, got))
			return -EFAULT;
		if (got < n)
			return -ENOMEM;
		addr += n * PAGE_SIZE;
		vec += n;
		pages -= n;
	}
	return 0;
}
