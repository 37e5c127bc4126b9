/* SPDX-License-Identifier: MIT */
/*
 * Kernel stacks (row D6) in the vmap window.  A slot is as long as two stacks,
 * and aligned to its length.  The stack is the upper half of the slot.  Of that
 * half, the lowest KSTACK_HOLE bytes, which the port does not need, stay
 * unmapped.  The lower half is never mapped, so an overflow faults.  This file
 * identifies a stack by its lowest mapped byte; other files use the lowest byte
 * of the upper half.
 *
 * Freed stacks stay mapped, so that a new task costs no change of page tables
 * and no flush.  A few of them are in a magazine of the CPU that freed them,
 * more on a list for all CPUs.
 *
 * Invariant: a free stack is mapped, and is in one magazine or on the list.
 */
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/check.h>
#include <lt/list.h>
#include "kmap.h"
#include <mm/frames/magazine.h>
#include <mm/frames/page.h>
#include "pt.h"
#include "tlb.h"

#define SLOT_SIZE	(2 * KSTACK_SIZE)
#define MAX_SLOTS	((VMAP_END - VMAP_BASE) / SLOT_SIZE)
#define OWN_MAX		4	/* most free stacks that a CPU keeps */
#define CACHE_MAX	64	/* most free stacks on the shared list */
#define BATCH		16	/* stacks unmapped with one flush */

static struct spinlock kstack_lock = SPIN_INIT("kstack", IPL_SOFT);
static struct list cache = LIST_INIT(cache);	/* [lock] shared list of free
						 * stacks */
static unsigned cached;				/* [lock] number on that list */
static struct cpu_magazine own[MAX_CPUS];	/* free stacks of each CPU */
static unsigned own_max = OWN_MAX, cache_max = CACHE_MAX; /* const: option */
static atomic_t in_use;
static unsigned long fresh;			/* [lock] first unused slot */
static u8 slot_used[(MAX_SLOTS + 7) / 8];	/* [lock] one bit per slot */
static unsigned long free_hint;			/* [lock] no slot below it is
						 * free */

vaddr_t kstack_area_end(void)
{
	return VMAP_BASE + fresh * SLOT_SIZE;
}

/* Return: the lowest mapped address of a slot; an access below it faults. */
static vaddr_t slot_stack(unsigned long slot)
{
	return VMAP_BASE + slot * SLOT_SIZE + KSTACK_SIZE + KSTACK_HOLE;
}

/*
 * Take a free slot.
 * Context: [lock].
 * Return: its number; MAX_SLOTS: there is none.
 */
static unsigned long kstack_slot_take(void)
{
	unsigned long s = free_hint;

	while (s < fresh && slot_used[s / 8] & 1u << s % 8)
		s = slot_used[s / 8] == 0xff ? (s | 7) + 1 : s + 1;
	if (s >= MAX_SLOTS || VMAP_BASE + (s + 1) * SLOT_SIZE > kmap_device_low)
		return MAX_SLOTS;
	slot_used[s / 8] |= 1u << s % 8;
	free_hint = s + 1;
	if (s >= fresh)
		fresh = s + 1;
	return s;
}

/*
 * Free the slot of a stack.
 * Context: [lock]; no TLB has an entry of the stack any more.
 */
static void slot_give(vaddr_t stack)
{
	unsigned long s = (stack - VMAP_BASE) / SLOT_SIZE;

	spin_must_hold(&kstack_lock);
	slot_used[s / 8] &= ~(1u << s % 8);
	if (s < free_hint)
		free_hint = s;
}

/*
 * MAP_GLOBAL: the stack is in the half of the root that all spaces share.  If
 * memory runs out, kstack_unmap_free() unmaps the part mapped so far.
 */
static bool map_stack(vaddr_t stack)
{
	if (address_map_stack(ALIGN_DOWN(stack, SLOT_SIZE), SLOT_SIZE))
		return false;
	for (unsigned i = 0; i < KSTACK_PAGES; i++) {
		struct page *p = page_alloc(0, PAGE_KERNEL);

		if (!p)
			return false;
		if (pt_map(kernel_root, stack + i * PAGE_SIZE, page_phys(p),
			   PAGE_SIZE, MAP_R | MAP_W | MAP_GLOBAL)) {
			page_put(p);
			return false;
		}
	}
	return true;
}

/*
 * Unmap a stack and append its frames to the array `frames`, which has n
 * already.
 * Return: the new n.
 */
static unsigned unmap_stack(vaddr_t stack, struct page **frames, unsigned n)
{
	for (unsigned i = 0; i < KSTACK_PAGES; i++) {
		unsigned level = 0;
		pte_t *slot = pt_walk(kernel_root, stack + i * PAGE_SIZE,
				      &level, PT_READ);
		pte_t old;

		if (!slot)
			continue;
		old = pte_xchg(slot, (pte_t){ 0 });
		if (pte_present(old))
			frames[n++] = pfn_page(pte_pfn(old));
	}
	return n;
}

/*
 * Unmap unused stacks, and free their frames and slots once no TLB has an entry
 * for them.
 * Context: no lock held; interrupts on.
 */
static void kstack_unmap_free(vaddr_t *stacks, unsigned count)
{
	struct page *frames[BATCH * KSTACK_PAGES];
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++)
		n = unmap_stack(stacks[i], frames, n);
	tlb_flush_kernel();
	page_put_many(frames, n);
	spin_lock(&kstack_lock);
	for (unsigned i = 0; i < count; i++)
		slot_give(stacks[i]);
	spin_unlock(&kstack_lock);
}

/*
 * Unmap free stacks until `keep` are left on the list, but at most BATCH.
 * Return: the number unmapped.
 */
static unsigned kstack_trim(unsigned keep)
{
	vaddr_t stacks[BATCH];
	unsigned n = 0;

	spin_lock(&kstack_lock);
	while (cached > keep && n < BATCH) {
		struct list *l = cache.prev;

		list_remove(l);
		cached--;
		stacks[n++] = (vaddr_t)l;
	}
	spin_unlock(&kstack_lock);
	if (n)
		kstack_unmap_free(stacks, n);
	return n;
}

/*
 * Map a new stack.  Once the slot is taken nobody else touches it, so mapping
 * needs no lock.
 */
static void *new_stack(void)
{
	unsigned long slot;
	vaddr_t stack;

	spin_lock(&kstack_lock);
	slot = kstack_slot_take();
	spin_unlock(&kstack_lock);
	if (slot >= MAX_SLOTS)
		return NULL;
	stack = slot_stack(slot);
	if (map_stack(stack))
		return (void *)stack;
	kstack_unmap_free(&stack, 1);
	return NULL;
}

/* Take a stack that this CPU keeps.  Return: NULL: there is none. */
static void *take_own(void)
{
	enum ipl level = magazine_enter();
	struct magazine *m = &own[cpu_self()->id].mag;
	void *stack;

	magazine_lock(m);
	stack = magazine_pop(m);
	magazine_unlock(m);
	magazine_exit(level);
	return stack;
}

/* Keep a stack on this CPU.  Return: false: the CPU has enough already. */
static bool give_own(void *stack)
{
	enum ipl level = magazine_enter();
	struct magazine *m = &own[cpu_self()->id].mag;
	bool room;

	magazine_lock(m);
	room = m->count < own_max;
	if (likely(room))
		magazine_push(m, stack);
	magazine_unlock(m);
	magazine_exit(level);
	return room;
}

/* Return: a stack from the list, or a new one; NULL: no memory. */
static __noinline void *take_shared(void)
{
	void *stack = NULL;

	if (unlikely(!cache_max))
		while (kstack_trim(0))
			;
	spin_lock(&kstack_lock);
	if (cached) {
		stack = cache.next;
		list_remove(stack);
		cached--;
	}
	spin_unlock(&kstack_lock);
	if (!stack)
		stack = new_stack();
	else if (unlikely(cached > cache_max))
		kstack_trim(cache_max / 4 * 3);
	return stack;
}

/* Tries the cheapest source first: this CPU's own, the list, a new stack. */
void *kstack_alloc(void)
{
	void *stack = take_own();

	if (unlikely(!stack))
		stack = take_shared();
	if (stack)
		atomic_add(&in_use, 1);
	return stack ? stack - KSTACK_HOLE : NULL;
}

/* Called with interrupts off at the end of a task, so it never unmaps. */
void kstack_free(void *stack)
{
	atomic_add(&in_use, -1);
	address_stack_reset(stack);
	if (likely(give_own(stack + KSTACK_HOLE)))
		return;
	spin_lock(&kstack_lock);
	list_push(&cache, stack + KSTACK_HOLE);
	cached++;
	spin_unlock(&kstack_lock);
}

/* Move the stacks that CPUs keep to the shared list. */
static void share_all(void)
{
	spin_lock(&kstack_lock);
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		enum ipl level = magazine_enter();
		void *chain, *stack;

		magazine_lock(&own[i].mag);
		chain = magazine_split(&own[i].mag, 0);
		magazine_unlock(&own[i].mag);
		magazine_exit(level);
		while ((stack = magazine_next(&chain)) != NULL) {
			list_push(&cache, stack);
			cached++;
		}
	}
	spin_unlock(&kstack_lock);
}

unsigned long kstack_shrink(void)
{
	unsigned long n = 0;
	unsigned batch;

	share_all();
	while ((batch = kstack_trim(0)))
		n += batch;
	return n * KSTACK_PAGES;
}

void kstack_init(void)
{
	if (!boot_option_number("kstack_cache", 1))
		own_max = cache_max = 0;
}

unsigned long kstack_room(void)
{
	return (kmap_device_low - VMAP_BASE) / SLOT_SIZE;
}

unsigned long kstack_count(void)
{
	return atomic_read(&in_use);
}

unsigned long kstack_cached(void)
{
	unsigned long n;

	spin_lock(&kstack_lock);
	n = cached;
	for (unsigned i = 0; i < MAX_CPUS; i++)
		n += HINT(own[i].mag.count);
	spin_unlock(&kstack_lock);
	return n;
}

/* Used in the report of a stack overflow. */
bool kstack_is_guard(vaddr_t va)
{
	return va >= VMAP_BASE && va < kstack_area_end() &&
	       (va - VMAP_BASE) % SLOT_SIZE < KSTACK_SIZE + KSTACK_HOLE;
}
