/* SPDX-License-Identifier: MIT */
/*
 * Anonymous superpages: one leaf of the lowest level above 0.
 *
 * A superpage leaf holds one reference on each of its frames.  While they are
 * one block (PG_HUGE_HEAD) that is one reference on the head; once the block
 * is broken, each frame has its own count.  For each superpage leaf the space
 * keeps one table in reserve, so that a split cannot fail.
 */
#ifndef EXT_HUGEPAGE_HUGEPAGE_H
#define EXT_HUGEPAGE_HUGEPAGE_H

#include <mm/pt.h>
#include <mm/vm.h>

#define HUGE_ORDER	PT_BITS
#define HUGE_PAGES	(1u << HUGE_ORDER)
#define HUGE_SIZE	PT_LEAF_SPAN

/* Off at boot by `nohuge`; /sys/kernel/mm/transparent_hugepage/enabled. */
extern bool huge_enabled;
void huge_init(void);

/*
 * First write to an aligned area of v that has no table yet.
 * => true: mapped; false: do it page by page
 */
bool huge_fault(struct vm_space *s, struct vma *v, uaddr_t at);
/* The rest: => [s->pt_lock] */

/* Replace the leaf by a table of single pages. */
void huge_split(struct vm_space *s, pte_t *slot, uaddr_t at);
/* Unmap the whole superpage; flush unless dead. */
void huge_zap(struct vm_space *s, pte_t *slot, uaddr_t at, bool dead);
/* Write to a read-only one.  => true: writable now; false: was split */
bool huge_write(struct vm_space *s, struct vma *v, pte_t *slot, uaddr_t at);
/* Give the whole superpage the rights of v. */
void huge_protect(struct vm_space *s, struct vma *v, pte_t *slot);
/* Share it with dst, copy on write.  => false: no memory */
bool huge_fork(struct vm_space *dst, struct vm_space *src, pte_t *slot,
	       uaddr_t at);

#endif
