/* SPDX-License-Identifier: MIT */
/*
 * Read-ahead for files on disks (row E8): a window that doubles while reads are
 * sequential, and the advice of programs.
 *
 * Invariant: f->ahead_* are hints.  Two readers of one open file may spoil
 * them, which costs only time.
 */
#include "blkdev.h"
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/sched/sched.h>
#include <syscalls.h>

#define POSIX_FADV_NORMAL	0
#define POSIX_FADV_RANDOM	1
#define POSIX_FADV_SEQUENTIAL	2
#define POSIX_FADV_WILLNEED	3
#define POSIX_FADV_DONTNEED	4
#define POSIX_FADV_NOREUSE	5

#define AHEAD_MIN	4u	/* pages of the first window */
#define AHEAD_MAX	128u	/* pages of the largest window */

/* Mark a page whose reader will start the next window. */
static void mark_ahead(struct mapping *m, unsigned long index)
{
	struct page *p = mapping_lookup(m, index);

	if (p) {
		page_set_flags(p, PG_AHEAD);
		page_put(p);
	}
}

/* Return the pages of the largest window for f. */
static unsigned readahead_max(const struct file *f)
{
	return f && f->advice == POSIX_FADV_SEQUENTIAL ? 2 * AHEAD_MAX :
		AHEAD_MAX;
}

/*
 * Return the size of the window for a miss at index, when the reader wants
 * `want` pages.  Sequential reads double the window.  Other reads get as many
 * pages as they want.
 */
static unsigned readahead_window(struct file *f, unsigned long index,
				 unsigned want)
{
	unsigned n = want;

	if (f && f->advice == POSIX_FADV_RANDOM)
		return want;
	if (f && index && index == f->ahead_next)
		n = max(want, 2 * f->ahead_size);
	else if (f && !index)
		n = max(want, AHEAD_MIN);
	return min(n, readahead_max(f));
}

/*
 * Limit a window to the file, but keep at least one page, because the reader
 * itself checks for the end of the file.
 */
static unsigned cut_to_file(struct mapping *m, unsigned long index, unsigned n)
{
	unsigned long end = mapping_end(m);

	return index >= end ? 1 : (unsigned)min((unsigned long)n, end - index);
}

/*
 * Start to read page index, if it is not in the cache, without waiting.
 * Return: 0 with *p, or -EAGAIN.
 */
static int read_unless_waits(struct mapping *m, unsigned long index,
			     unsigned n, struct page **p)
{
	int err = m->ops->read_pages(m, index, n);

	*p = mapping_find(m, index);
	return *p ? 0 : err ? err : -EAGAIN;
}

/* True if page index is already being read, as part of an earlier window. */
static bool readahead_in_flight(struct mapping *m, unsigned long index)
{
	struct page *p = mapping_lookup(m, index);

	if (p)
		page_put(p);
	return p;
}

/*
 * Read the page that a reader missed, together with the rest of a window.  A
 * mark in the middle of the window triggers the next one.  If the page is being
 * read already, the reader is just faster than the disk, and the window stays
 * as it is.
 */
int readahead_miss(struct mapping *m, struct file *f, unsigned long index,
		   unsigned long want, bool nowait, struct page **p)
{
	unsigned n = (unsigned)min(want / PAGE_SIZE + 1,
				   (unsigned long)AHEAD_MAX);
	int err;

	if (readahead_in_flight(m, index)) {
		if (!nowait)
			return mapping_get(m, index, p);
		*p = mapping_find(m, index);
		return *p ? 0 : -EAGAIN;
	}
	n = cut_to_file(m, index, readahead_window(f, index, n));
	err = nowait ? read_unless_waits(m, index, n, p) :
		mapping_get_window(m, index, index, n, p);
	if (f && (!err || err == -EAGAIN)) {
		f->ahead_size = n;
		f->ahead_next = index + n;
		if (n >= AHEAD_MIN)	/* read on when half is used */
			mark_ahead(m, index + n / 2);
	}
	return err;
}

/*
 * A reader reached the mark: read the next window while it uses the second half
 * of this one, so a steady reader never waits.
 */
void readahead_mark_hit(struct mapping *m, struct file *f, struct page *p)
{
	unsigned n;

	page_clear_flags(p, PG_AHEAD);
	if (!f || f->advice == POSIX_FADV_RANDOM ||
	    p->index >= f->ahead_next || f->ahead_next >= mapping_end(m))
		return;
	n = cut_to_file(m, f->ahead_next,
			min(2 * f->ahead_size, readahead_max(f)));
	m->ops->read_pages(m, f->ahead_next, n);
	mark_ahead(m, f->ahead_next + n / 2);
	f->ahead_size = n;
	f->ahead_next += n;
}

/* ---- what programs say --------------------------------------------------- */

/* Start to read the pages of [pos, end), as far as there is memory. */
static void will_need(struct mapping *m, loff_t pos, loff_t end)
{
	unsigned long at = (unsigned long)(pos >> PAGE_SHIFT), last;

	if (end <= pos)
		return;
	last = (unsigned long)((end - 1) >> PAGE_SHIFT) + 1;
	for (last = min(last, mapping_end(m)); at < last; at += AHEAD_MAX) {
		unsigned n = (unsigned)min(last - at, (unsigned long)AHEAD_MAX);

		if (page_is_low() || m->ops->read_pages(m, at, n))
			return;
		cond_resched();
	}
}

/* Write the dirty pages of [pos, end), and drop whole clean pages. */
static void dont_need(struct mapping *m, loff_t pos, loff_t end)
{
	unsigned long first = page_of_pos(pos);
	unsigned long behind = page_of_pos(end);

	/* the file's last page counts as a whole one */
	if (end >= inode_size(mapping_inode(m)))
		behind = ~0ul;
	pageio_write(m, first, page_of_pos(end - 1), false);
	if (pos & ~PAGE_MASK && first < ~0ul)
		first++;
	if (first < behind)
		mapping_drop_clean(m, first, behind - 1);
}

static void advise(struct file *f, loff_t pos, loff_t len, int advice)
{
	struct mapping *m = file_mapping(f);
	loff_t end;

	if (!len || __builtin_add_overflow(pos, len, &end))
		end = FILE_SIZE_MAX;
	switch (advice) {
	case POSIX_FADV_NORMAL:
	case POSIX_FADV_RANDOM:
	case POSIX_FADV_SEQUENTIAL:
		f->advice = (u8)advice;
		break;
	case POSIX_FADV_WILLNEED:
		will_need(m, pos, min(end, inode_size(mapping_inode(m))));
		break;
	case POSIX_FADV_DONTNEED:
		dont_need(m, pos, end);
		break;
	}
}

/* Handle advice; on files that are not on a disk it has no effect. */
long sys_fadvise64(int fd, loff_t pos, loff_t len, int advice)
{
	struct fdref r = fdref_get(fd);
	long err = 0;

	if (!r.file)
		return -EBADF;
	if (S_ISFIFO(r.file->inode->mode))
		err = -ESPIPE;
	else if (len < 0 || advice < 0 || advice > POSIX_FADV_NOREUSE)
		err = -EINVAL;
	else if (pos >= 0 && file_mapping(r.file))
		advise(r.file, pos, len, advice);
	fdref_put(r);
	return err;
}

long sys_readahead(int fd, loff_t pos, unsigned long count)
{
	struct fdref r = fdref_get(fd);
	loff_t len = (loff_t)count, end;
	long err = 0;

	if (!r.file || !(r.file->mode & FMODE_READ)) {
		err = -EBADF;
	} else if (!S_ISREG(r.file->inode->mode) &&
		   !S_ISBLK(r.file->inode->mode)) {
		err = -EINVAL;
	} else if (len < 0) {
		err = -EINVAL;
	} else if (pos >= 0 && file_mapping(r.file)) {
		struct mapping *m = file_mapping(r.file);

		if (__builtin_add_overflow(pos, len, &end))
			end = FILE_SIZE_MAX;
		will_need(m, pos, min(end, inode_size(mapping_inode(m))));
	}
	fdref_put(r);
	return err;
}
