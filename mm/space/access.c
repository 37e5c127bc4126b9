/* SPDX-License-Identifier: MIT */
/*
 * Access to user memory beyond plain copies.  Pages of another process are
 * accessed through the direct map (for debuggers, exec's new stack, futexes),
 * structures and strings of the caller directly.
 */
#include <lib/mem.h>
#include <lt/check.h>
#include <mm/frames/page.h>
#include <mm/tables/superpage.h>
#include <mm/uaccess.h>
#include <mm/vm_internal.h>

/* True if the frame behind e may be written in place, without a copy. */
static bool access_may_write(const struct vma *v, pte_t e)
{
	struct page *p = pfn_page(pte_pfn(e));

	if (pte_soft(e) & PTE_SPECIAL)
		return false;
	if (pte_writable(e))
		return true;
	return vma_private(v) && p->kind == PAGE_ANON &&
		ref_read(&p->refs) == 1;
}

/*
 * Context: [s->lock], shared is enough.
 * Return: the frame mapped at that address, referenced; NULL: it must be
 * faulted in.
 */
static struct page *access_grab_page(struct vm_space *s, struct vma *v,
				     uaddr_t at, bool write)
{
	unsigned level = 0;
	struct page *p = NULL;
	pte_t *slot, e;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, write ? PT_CHANGE : PT_READ);
	if (slot && level && pte_shared(pte_read(slot))) {
		slot = NULL;
	} else if (slot && level) {
		/* single frames of a superpage cannot have references */
		superpage->split(s, slot, at);
		level = 0;
		slot = pt_walk(s->root, at, &level, PT_READ);
	}
	if (slot) {
		e = pte_read(slot);
		if (pte_present(e) && (!write || access_may_write(v, e))) {
			p = pfn_page(pte_pfn(e));
			page_get(p);
		}
	}
	spin_unlock(&s->pt_lock);
	return p;
}

/*
 * Loops, because another thread or reclaim may unmap the page after the fault,
 * before access_grab_page() finds it.  A debugger may write to a private page
 * that the program may only read (ptrace(2)): then the page is copied first.
 */
int vm_get_page(struct vm_space *s, uaddr_t at, bool write, struct page **out)
{
	at = ALIGN_DOWN(at, PAGE_SIZE);
	if (at >= USER_TOP)
		return -EFAULT;
	for (;;) {
		enum vm_fault r;
		struct vma *v;

		rw_read_lock(&s->lock);
		v = vm_find(s, at);
		if (!v || at < v->start) {
			bool stack = v && v->flags & VM_GROWSDOWN;

			rw_read_unlock(&s->lock);
			if (stack && vm_grow_stack(s, at))
				continue;
			return -EFAULT;
		}
		if (v->ops && v->ops->access) {
			int err = v->ops->access(v, vma_index(v, at), write,
						 out);

			rw_read_unlock(&s->lock);
			return err;
		}
		if (write && !(v->prot & MAP_W) && !vma_private(v)) {
			rw_read_unlock(&s->lock);
			return -EFAULT;
		}
		*out = access_grab_page(s, v, at, write);
		r = VM_FAULT_OK;
		if (!*out)
			r = vm_fault_page(s, v, at, write);
		rw_read_unlock(&s->lock);
		if (*out)
			return 0;
		if (r != VM_FAULT_OK)
			return r == VM_FAULT_OOM ? -ENOMEM : -EFAULT;
	}
}

static pte_t entry_at(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	pte_t *slot, e = { 0 };

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_READ);
	if (slot)
		e = pte_read(slot);
	spin_unlock(&s->pt_lock);
	return e;
}

bool vm_page_is_there(struct vm_space *s, uaddr_t at)
{
	return pte_present(entry_at(s, at));
}

bool vm_page_is_private(struct vm_space *s, uaddr_t at)
{
	pte_t e = entry_at(s, at);

	if (!pte_present(e))
		return !pte_none(e);
	return !(pte_soft(e) & PTE_SPECIAL) &&
		pfn_page(pte_pfn(e))->kind == PAGE_ANON;
}

bool vm_may_access(struct vm_space *s, uaddr_t at, unsigned right)
{
	struct vma *v;
	bool may;

	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	may = !v || at < v->start || v->prot & right;
	rw_read_unlock(&s->lock);
	return may;
}

/* Copies page by page through the direct map, as s may not be loaded. */
unsigned long vm_copy_from(struct vm_space *s, void *to, uaddr_t from,
			   unsigned long n)
{
	unsigned long done = 0;

	while (done < n) {
		unsigned long off = (from + done) & ~PAGE_MASK;
		unsigned long part = min(n - done, PAGE_SIZE - off);
		struct page *p;

		if (vm_get_page(s, from + done, false, &p))
			break;
		memcpy((char *)to + done, (char *)page_virt(p) + off, part);
		page_put(p);
		done += part;
	}
	return done;
}

/*
 * Mark p dirty after a store that was made through the direct map, not through
 * an entry of s.  Since p was looked up, its old contents may have been written
 * to the disk.  The mapping lives as long as the VMA; if the VMA is gone, the
 * store came too late for the file.
 */
static void note_store(struct vm_space *s, uaddr_t at, struct page *p)
{
	struct vma *v;

	if (p->kind != PAGE_CACHE)
		return;
	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	if (v && at >= v->start && v->mapping && p->mapping == v->mapping)
		mapping_dirty(v->mapping, p);
	rw_read_unlock(&s->lock);
}

unsigned long vm_copy_to(struct vm_space *s, uaddr_t to, const void *from,
			 unsigned long n)
{
	unsigned long done = 0;
	u32 stored = 0;

	if (from)
		leak_check(from, n);
	while (done < n) {
		unsigned long off = (to + done) & ~PAGE_MASK;
		unsigned long part = min(n - done, PAGE_SIZE - off);
		struct page *p;
		char *at;

		if (vm_get_page(s, to + done, true, &p))
			break;
		at = (char *)page_virt(p) + off;
		if (from)
			memcpy(at, (const char *)from + done, part);
		else
			memset(at, 0, part);
		stored = tlbcheck_written(p);
		code_stored(at, part);
		note_store(s, to + done, p);
		page_put(p);
		done += part;
	}
	/*
	 * the store may be a breakpoint, which the next instruction fetch must
	 * see
	 */
	if (done)
		vm_icache_sync(s);
	tlbcheck_fetch(s->root, stored);
	return done;
}

/*
 * Check that user memory is zero.  No step crosses a page, so that -E2BIG comes
 * before the -EFAULT of a later page.
 */
static int zeros_from_user(uaddr_t from, unsigned long n)
{
	u8 part[64];

	if (!user_range_ok(from, n))
		return -EFAULT;
	while (n) {
		unsigned long step = min(n, (unsigned long)sizeof(part));

		step = min(step, PAGE_SIZE - (from & (PAGE_SIZE - 1)));
		if (copy_from_user(part, from, step))
			return -EFAULT;
		for (unsigned long i = 0; i < step; i++)
			if (part[i])
				return -E2BIG;
		from += step;
		n -= step;
	}
	return 0;
}

int struct_from_user(void *to, unsigned long size, uaddr_t from,
		     unsigned long given)
{
	unsigned long known = min(size, given);
	int err = zeros_from_user(from + known, given - known);

	if (err)
		return err;
	memset((char *)to + known, 0, size - known);
	return copy_from_user(to, from, known);
}

/* If there is no NUL up to the end of user memory, the result is -EFAULT. */
long string_from_user(char *to, uaddr_t from, long size)
{
	long room = size, len;

	if (from >= USER_TOP)
		return -EFAULT;
	if ((unsigned long)room > USER_TOP - from)
		room = USER_TOP - from;
	len = arch_strncpy_in(to, from, room);
	address_check(to, len >= 0 && len < room ? (size_t)len + 1 : 0, true);
	if (len < room)
		return len;
	return room < size ? -EFAULT : -ENAMETOOLONG;
}
