/* SPDX-License-Identifier: MIT */
/*
 * mlock(2): pages that stay in memory.  The mechanism is a flag of VMAs, which
 * mm/frames/reclaim.c and advice heed.  The system calls are in mlock_calls.c,
 * so that tests on the host can link this file.
 */
#include <kernel/cred/cred.h>
#include <mm/space/vm_change.h>
#include <mm/vma.h>
#include <uapi/resource.h>

/*
 * Check the limit RLIMIT_MEMLOCK.
 * Return: 0; -EPERM: the limit is 0; -ENOMEM: the limit is too low.
 */
static int may_lock_range(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	unsigned long pages = (end - start) >> PAGE_SHIFT, already = 0, limit;
	struct vma *v;

	if (capable(CAP_IPC_LOCK) || !current->process)
		return 0;
	limit = HINT(current->limits[RLIMIT_MEMLOCK].cur);
	if (!limit)
		return -EPERM;
	for (v = vm_find(s, start); v && v->start < end; v = vma_next(v))
		if (v->flags & VM_LOCKED)
			already += (min(v->end, end) - max(v->start, start)) >>
				PAGE_SHIFT;
	if (s->locked + pages - already > limit >> PAGE_SHIFT)
		return -ENOMEM;
	return 0;
}

/*
 * Fault pages in.
 * Return: 0, or mlock(2)'s error for pages that cannot be faulted in.
 */
static int lock_pages(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	int err = vm_populate(s, start, end - start, false);

	return err == -EFAULT ? -ENOMEM : err ? -EAGAIN : 0;
}

/*
 * Set or clear VM_LOCKED.  Special VMAs (kernel pages in a program) are always
 * in memory, so they are neither locked nor counted.  Sealed VMAs stay as they
 * are.
 * Context: [s->lock] for writing.
 * Return: 0 or -ENOMEM.
 */
static int mlock_set_locked(struct vm_space *s, uaddr_t start, uaddr_t end,
			    bool on, unsigned flags)
{
	struct vm_change c = { .set = on ? VM_LOCKED | flags : 0 };
	struct vma *v;
	int err = 0;

	c.clear = (VM_LOCKED | VM_LOCKONFAULT) & ~c.set;
	while (!err && start < end) {
		v = vm_find(s, start);
		while (v && !(v->flags & (VM_SPECIAL | VM_SEALED)))
			v = vma_next(v);
		err = vm_change_range(s, start,
				      v ? min(v->start, end) : end, &c);
		start = v ? v->end : end;
	}
	return err;
}

/*
 * Set or clear VM_LOCKED up to the first hole.
 * Context: [s->lock] for writing.
 * Return: 0; -ENOMEM, also for a hole; -EINVAL; -EPERM.
 */
static int mlock_lock_range(struct vm_space *s, uaddr_t start, uaddr_t end,
			    bool on, unsigned flags)
{
	uaddr_t hole;
	int err;

	if (end < start)
		return -EINVAL;
	if (vm_sealed(s, start, end))
		return -EPERM;
	hole = min(vm_first_hole(s, start, end), end);
	err = mlock_set_locked(s, start, hole, on, flags);
	return err ? err : hole < end ? -ENOMEM : 0;
}

/*
 * Lock or unlock a range (mlock(2)).  The flag is set first, up to the first
 * hole, then pages are faulted in.  Pages that others fault in between these
 * steps stay, too: mm/frames/reclaim.c and topics/swap check the flag before
 * they unmap a page.
 */
int vm_lock(struct vm_space *s, uaddr_t at, unsigned long len, bool on,
	    unsigned flags)
{
	uaddr_t start = ALIGN_DOWN(at, PAGE_SIZE);
	uaddr_t end = ALIGN_UP(at + len, PAGE_SIZE);
	int err = 0;

	rw_write_lock(&s->lock);
	if (on)
		err = may_lock_range(s, start, end);
	if (!err && start != end)
		err = mlock_lock_range(s, start, end, on, flags);
	rw_write_unlock(&s->lock);
	if (!err && start != end && on && !(flags & VM_LOCKONFAULT))
		err = lock_pages(s, start, end);
	return err;
}

/*
 * Lock or unlock all memory (mlockall(2)): fault in as many pages as possible,
 * and report no errors.
 */
void vm_lock_all(struct vm_space *s, bool on, unsigned flags)
{
	rw_write_lock(&s->lock);
	mlock_set_locked(s, 0, USER_TOP, on, flags);
	rw_write_unlock(&s->lock);
	if (on && !(flags & VM_LOCKONFAULT))
		vm_populate(s, 0, USER_TOP, true);
}
