/* SPDX-License-Identifier: MIT */
/*
 * The heap of xv6 programs (row E13): sbrk returns memory that exists, or
 * fails.  An xv6 program counts the free memory by calling sbrk until it
 * returns -1.  Linux's overcommit, which promises more memory than there is and
 * kills programs later, would break this.  Current xv6 has a second
 * argument, which asks for lazy allocation.
 */
#include "xv6.h"
#include <kernel/current.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/vm.h>
#include <mm/vma.h>
#include <uapi/mman.h>

/* value of the second argument of sbrk */
#define LAZY	2

#define FLAGS	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | \
		 MAP_NORESERVE)

/*
 * Shrink the heap.  If the new end is below the beginning of the heap, the
 * stack and parts of the program are unmapped, too, and the heap begins at the
 * new end.
 */
static int xv6_heap_shrink(struct vm_space *s, uaddr_t to)
{
	int err;

	rw_write_lock(&s->lock);
	err = vm_unmap_locked(s, ALIGN_UP(to, PAGE_SIZE),
			      ALIGN_UP(s->brk, PAGE_SIZE));
	if (!err) {
		s->brk = to;
		s->brk_start = min(s->brk_start, to);
	}
	rw_write_unlock(&s->lock);
	return err;
}

/*
 * True if that many pages are free.  Some are left to other programs, which
 * would be killed otherwise.
 */
static bool xv6_heap_enough(unsigned long pages)
{
	return pages + page_low_mark() <=
		page_free_count() + pagecache_of_disks();
}

static int xv6_heap_grow(struct vm_space *s, uaddr_t to, bool lazy)
{
	uaddr_t at = ALIGN_UP(s->brk, PAGE_SIZE);
	unsigned long size = ALIGN_UP(to, PAGE_SIZE) - at;
	int err;

	if (size) {
		if (!lazy && !xv6_heap_enough(size >> PAGE_SHIFT))
			return -ENOMEM;
		err = vm_map(s, at, size, PROT_READ | PROT_WRITE, FLAGS, NULL,
			     0, &at);
		if (!err && !lazy && vm_populate(s, at, size, true)) {
			vm_unmap(s, at, size);
			err = -ENOMEM;
		}
		if (err)
			return err;
	}
	rw_write_lock(&s->lock);
	s->brk = to;
	rw_write_unlock(&s->lock);
	return 0;
}

/*
 * Change the end of the heap.  An xv6 program has one thread, so the end does
 * not change between reading and setting it.
 */
long xv6_sbrk(const char *path, const unsigned long *a)
{
	struct vm_space *s = current->space;
	uaddr_t old = s->brk, to;
	long n = (int)a[0];
	int err;

	/* as in xv6, this is no error */
	if (n < 0 && (uaddr_t)-n > old)
		return (long)old;
	to = old + (uaddr_t)n;
	if (to > xv6_machine.top)
		return -ENOMEM;
	err = n < 0 ? xv6_heap_shrink(s, to) :
		      xv6_heap_grow(s, to, (int)a[1] == LAZY);
	return err ? err : (long)old;
}
