/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/pagemap (rows C2, E4): a 64-bit word for each page of an address
 * space.
 *
 *   63       62       61          56         55          54            0
 *   present  swapped  file, shmem exclusive  soft-dirty  frame number
 *
 * For a swapped page, the lowest five bits of the frame number are the swap
 * area, and the bits above are the slot in it.
 * Invariant: the credentials at open decide what is shown, not the reader's.
 * Frame numbers are physical addresses, which help an attacker, so they are
 * zero without CAP_SYS_ADMIN.  Soft-dirty is always clear, as on Linux for
 * machines whose entries have no bit for it.
 */
#include <fs/io/pagefile.h>
#include <topics/proc/proc.h>
#include <kernel/cred/cred.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

#define PM_PRESENT	(1ull << 63)
#define PM_SWAP		(1ull << 62)
#define PM_FILE		(1ull << 61)
#define PM_EXCLUSIVE	(1ull << 56)	/* the page has no other mapping */

/*
 * State of an open /proc/PID/pagemap.  The open file keeps struct vm_space
 * alive, but not the mappings, which are freed after the last task has left the
 * space.
 */
struct pagemap {
	/* const; the file holds a reference; or NULL */
	struct vm_space *space;
	/* const; the reader may see frame numbers */
	bool frames;
};

static int pagemap_open(struct inode *i, struct file *f)
{
	struct vm_space *m;
	int err = pid_hold_space(i, false, &m);
	struct pagemap *p;

	if (err)
		return err;
	p = kmalloc(sizeof(*p));
	if (!p) {
		if (m)
			vm_space_drop(m);
		return -ENOMEM;
	}
	p->space = m;
	p->frames = capable(CAP_SYS_ADMIN);
	f->private = p;
	return 0;
}

static void pagemap_release(struct file *f)
{
	struct pagemap *p = f->private;

	if (p->space)
		vm_space_drop(p->space);
	kfree(p);
}

/*
 * Return: the word of page i of the present leaf e.  alone: only one space uses
 * the table.
 */
static u64 present_word(pte_t e, unsigned long i, bool frames, bool alone)
{
	u64 word = PM_PRESENT | (frames ? pte_pfn(e) + i : 0);
	struct page *head;

	if (pte_soft(e) & PTE_SPECIAL || !pfn_valid(pte_pfn(e)))
		return word;
	head = pfn_page(pte_pfn(e));
	if (head->kind == PAGE_CACHE)
		word |= PM_FILE;
	if (alone && page_mappers(head, i) == 1)
		word |= PM_EXCLUSIVE;
	return word;
}

static u64 absent_word(pte_t e, bool frames)
{
	if (pte_none(e) || pte_soft_kind(e) != PTE_KIND_SWAP)
		return 0;
	return PM_SWAP | (frames ? (u64)pte_soft_value(e) << 5 : 0);
}

/*
 * Return: the word of the page at `at`.  Context: [m->lock] for reading, and
 * [m->pt_lock].
 */
static u64 pagemap_word_at(struct vm_space *m, uaddr_t at, bool frames)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(m->root, at, &level, PT_READ);
	pte_t e;

	if (!slot)
		return 0;
	e = pte_read(slot);
	if (!pte_present(e))
		return absent_word(e, frames);
	at &= (1ul << PT_SHIFT(level)) - 1;
	return present_word(e, at >> PAGE_SHIFT, frames,
			    (level || ref_read(&virt_page(slot)->refs) == 1));
}

/* Fill chunk with the words from `page` on.  Return: the number of words. */
static unsigned pagemap_fill(const struct pagemap *p, u64 page, u64 *chunk,
			     unsigned n)
{
	struct vm_space *m = p->space;
	unsigned i;

	rw_read_lock(&m->lock);
	spin_lock(&m->pt_lock);
	for (i = 0; i < n && page + i < USER_TOP >> PAGE_SHIFT; i++)
		chunk[i] = pagemap_word_at(m, (uaddr_t)(page + i) << PAGE_SHIFT,
					   p->frames);
	spin_unlock(&m->pt_lock);
	rw_read_unlock(&m->lock);
	return i;
}

static long pagemap_read_words(const struct pagemap *p, struct uio *u,
			       loff_t *pos)
{
	u64 chunk[32];
	loff_t at = *pos;
	long done = 0;

	while (u->left) {
		unsigned long n = min((unsigned long)ARRAY_SIZE(chunk),
				      u->left / 8);

		n = pagemap_fill(p, (u64)at / 8, chunk, (unsigned)n) * 8;
		if (!n)
			break;
		if (uio_put(u, chunk, n) < n)
			return -EFAULT;
		done += (long)n;
		at += (loff_t)n;
	}
	*pos = at;
	return done;
}

/*
 * Read words.  The space of an ended process reads as empty; this check comes
 * before all others.
 */
static long pagemap_read(struct file *f, struct uio *u, loff_t *pos)
{
	const struct pagemap *p = f->private;
	long done = -EINVAL;

	if (!proc_use_space(p->space))
		return 0;
	if (*pos % 8 == 0 && u->left % 8 == 0)
		done = pagemap_read_words(p, u, pos);
	vm_space_put(p->space);
	return done;
}

static const struct file_ops pagemap_fops = {
	.open = pagemap_open,
	.release = pagemap_release,
	.no_splice = true,
	.reads_pieces = true,
	.read = pagemap_read,
	.seek = seek_anywhere,
};

PID_FILES(files) = {
	{ .name = "pagemap", .mode = S_IFREG | 0400, .fops = &pagemap_fops },
};
