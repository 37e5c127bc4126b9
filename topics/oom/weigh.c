/* SPDX-License-Identifier: MIT */
/*
 * The memory that is freed with a process (row D13): resident pages, pages in
 * swap, page tables, memory files without a name, and the records that the
 * kernel keeps for it.  A user can create thousands of these by system calls:
 * threads and their waits, mappings, descriptors, open files with their private
 * data, locks, signals, timers.  They are not charged when they are created.
 * They are counted when memory is exhausted, with approximate sizes.
 */
#include "oom.h"
#include <fs/open/fd.h>
#include <kernel/process/oom.h>
#include <kernel/task/part.h>
#include <mm/frames/page.h>
#include <mm/vm.h>

/* bytes: private data of a file without ops->pins */
#define OBJECT_BYTES	128
#define LOCK_BYTES	64	/* size of a record lock */

/*
 * Bytes held by files.  Of a shared file, only the part of this process counts.
 */
struct held {
	unsigned long nameless;
	unsigned long queued;		/* in pipes and sockets */
	unsigned long records;
};

/*
 * Return: the bytes of a memory file that is freed with its last descriptor,
 * such as a memfd.  A mapped file counts as 0: its pages are among the resident
 * pages of the processes that map it.
 */
static unsigned long nameless(const struct file *f)
{
	const struct inode *i = f->inode;

	if (!i || !S_ISREG(i->mode) || HINT(i->nlink) || i->mapping.bdev ||
	    HINT(i->mapping.vmas.next) != &i->mapping.vmas)
		return 0;
	return HINT(i->mapping.nr_pages) << PAGE_SHIFT;
}

/*
 * Return: the bytes of f's records.  A file that is in no directory tree also
 * has its own inode.
 */
static unsigned long records(const struct file *f)
{
	unsigned long n = sizeof(*f) + HINT(f->records) * LOCK_BYTES;

	if (!f->path.dentry)
		n += sizeof(struct inode);
	if (f->ops && f->ops->pins)
		n += f->ops->pins(f);
	else if (f->private)
		n += OBJECT_BYTES;
	return n;
}

static void weigh_add_file(const struct file *f, struct held *h)
{
	unsigned refs = (unsigned)ref_read(&f->object.refs);

	h->nameless += nameless(f) / refs;
	h->records += records(f) / refs;
	if (f->ops && f->ops->held)
		h->queued += f->ops->held(f) / refs;
}

static struct held files_held(const struct task *t)
{
	struct held h = { 0 };
	struct files *files = t->files;

	if (!files)
		return h;
	spin_lock(&files->lock);
	for (unsigned fd = 0; fd < files->size; fd++) {
		const struct file *f = READ_ONCE(files->fd[fd]);

		if (f)
			weigh_add_file(f, &h);
	}
	h.records += files->size * sizeof(files->fd[0]) +
		HINT(files->records) * LOCK_BYTES;
	spin_unlock(&files->lock);
	return h;
}

static unsigned long thread_bytes(struct task *t)
{
	unsigned long n = sizeof(*t) + HINT(t->pinned) +
		HINT(t->pending.queued) * sizeof(struct sigqueue);

	if (!(HINT(t->flags) & TF_EXITING))
		n += KSTACK_SIZE;
	return n + task_parts_pins(t);
}

/* Return: the bytes of p and its threads.  Context: [tree_lock]. */
static unsigned long process_bytes(struct process *p)
{
	unsigned long n = sizeof(*p) + sizeof(struct vm_space) +
		HINT(p->pending.queued) * sizeof(struct sigqueue);
	struct task *t;

	spin_must_hold(&tree_lock);
	list_for_each(t, &p->threads, thread_link)
		n += thread_bytes(t);
	return n;
}

/*
 * Weigh the process.  rss_file is left out: many programs map the same pages of
 * a named file.
 */
void oom_weigh(const struct task *t, struct oom_weight *w)
{
	const struct vm_space *s = t->space;
	struct held h = files_held(t);

	w->kernel = (process_bytes(t->process) + h.records +
		     HINT(s->nr_vmas) * sizeof(struct vma)) >> PAGE_SHIFT;
	w->files = h.nameless >> PAGE_SHIFT;
	w->queued = h.queued >> PAGE_SHIFT;
	w->own = (unsigned long)atomic_read(&s->rss_anon) +
		(unsigned long)atomic_read(&s->rss_shmem) +
		(unsigned long)atomic_read(&s->pt_pages) +
		HINT(s->swapped) + w->kernel + w->files;
}
