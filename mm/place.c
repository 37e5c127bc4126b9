/* SPDX-License-Identifier: MIT */
/*
 * Where a mapping goes: into the highest gap below mmap_top that is long
 * enough, unless the caller gives an address (mmap(2), MAP_FIXED or a hint).
 *
 *   0                                                        user_top
 *   | image | heap -->      <-- mappings | reserve |  stack   |
 *                 brk                    ^ mmap_top    <-- grows
 */
#include <kernel/capable.h>
#include <kernel/current.h>
#include <mm/vm_internal.h>

/*
 * The lowest address that the stack may still grow to (row E5).  If its limit
 * asks for more than there is, the stack gets what lies above mmap_top, which
 * exec has chosen.
 */
static uaddr_t stack_reserve(const struct vm_space *s)
{
	unsigned long room = s->limit_stack;
	uaddr_t floor = s->mmap_top;

	if (s->stack_top < floor)
		return s->stack_top;
	if (room >= s->stack_top - floor)
		return floor;
	return ALIGN_DOWN(s->stack_top - room, PAGE_SIZE);
}

/* From mmap_top down, as on Linux: the heap grows from below. */
uaddr_t vm_find_gap(struct vm_space *s, unsigned long len)
{
	uaddr_t at = vma_gap_top(s, len, MMAP_MIN_ADDR, s->mmap_top);

	/* above mmap_top, but not in the stack's reserve */
	if (!at)
		at = vma_gap_top(s, len, s->mmap_top, stack_reserve(s));
	if (!at)
		at = vma_gap_top(s, len, s->stack_top, USER_TOP);
	return at;
}

/*
 * For hints and the heap: they must not take the stack's reserve, nor come
 * within the gap below any mapping that grows.
 */
bool vm_range_free(struct vm_space *s, uaddr_t at, unsigned long len)
{
	struct vma *v = vm_find(s, at);
	uaddr_t low;

	if (at + len > stack_reserve(s) && at < s->stack_top)
		return false;
	if (!v)
		return true;
	low = v->start;
	if (v->flags & VM_GROWSDOWN)
		low -= min(low, (uaddr_t)VM_STACK_GAP * PAGE_SIZE);
	return at + len <= low;
}

int vm_may_place(uaddr_t at)
{
	if (at < MMAP_MIN_ADDR && !capable(CAP_SYS_RAWIO))
		return -EPERM;
	return 0;
}
