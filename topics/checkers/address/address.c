/* SPDX-License-Identifier: MIT */
/*
 * The checker `address`: one shadow byte for each 8 bytes of kernel memory says
 * how many of them may be accessed.  The compiler inserts a call to this file
 * before each access; the allocators say which memory is allocated.
 *
 *   direct map            VMAP_BASE                  SHADOW_START
 *   | frames ............ | stacks .... devices |    | shadow of both |
 *        one block, taken at boot ------------------>^
 *                          a page or two per stack, mapped with it ------>^
 *
 * Invariant: the shadow of every frame, and of every kernel stack's slot, is
 * mapped before it is read.  Other addresses are not checked: a wrong one
 * faults by itself.  Before address_init() one page stands for the whole
 * shadow: code that the compiler generates for stacks writes to it, and nothing
 * reads it.
 */
#include "address.h"

#include <lib/mem.h>
#include <lt/atomic.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/log.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/prot.h>
#include <mm/tables/pt.h>
#include <uapi/errno.h>

bool address_on;
struct address_pages *address_pages;
/*
 * Only [frames_low, frames_low + frames_size) and [VMAP_BASE, VMAP_BASE +
 * stacks_size) have a mapped shadow.  So two comparisons tell whether an
 * address has one (has_shadow()).
 */
static unsigned long frames_low, frames_size;	/* const after address_init() */
static unsigned long stacks_size;		/* atomic; never shrinks */
static atomic_t stack_pages;			/* shadow pages of stacks, never
						 * freed */
static paddr_t shadow_frames;		/* const after address_place() */
static unsigned long shadow_size;

/* ---- the shadow ---------------------------------------------------------- */

static inline bool has_shadow(unsigned long at)
{
	return at - frames_low < frames_size ||
		at - VMAP_BASE < READ_ONCE(stacks_size);
}

static void address_fill(u8 *s, size_t n, u8 value)
{
	unsigned long word = value * (~0ul / 0xff);

	for (; n && (unsigned long)s % sizeof(long); n--)
		*s++ = value;
	for (; n >= sizeof(long); n -= sizeof(long), s += sizeof(long))
		*(volatile unsigned long *)s = word;
	while (n--)
		*(volatile u8 *)s++ = value;
}

/* Poison each whole granule whose first byte lies in [p, p + n). */
void address_poison(const volatile void *p, size_t n, u8 why)
{
	unsigned long from = ALIGN_UP((unsigned long)p, GRANULE);
	unsigned long to = (unsigned long)p + n;

	if (to > from && has_shadow(from))
		address_fill(address_shadow(from),
			     (to - from + GRANULE - 1) >> SHADOW_SHIFT, why);
}

/* Allow access to the n bytes at p, which is aligned to a granule. */
void address_allow(const volatile void *p, size_t n)
{
	unsigned long at = (unsigned long)p;

	if (!has_shadow(at))
		return;
	address_fill(address_shadow(at), n >> SHADOW_SHIFT, 0);
	if (n % GRANULE)
		*address_shadow(at + n) = n % GRANULE;
}

static bool may_touch(unsigned long at)
{
	signed char s = (signed char)*address_shadow(at);

	return s == 0 || (long)(at % GRANULE) < s;
}

#define STRIDE	(GRANULE * sizeof(long))	/* covered by a shadow word */

/*
 * Check the next part of [at, end), which ends at *next.
 * Return: true if all of the part may be accessed.
 */
static bool address_check_part(unsigned long at, unsigned long end,
			       unsigned long *next)
{
	if (IS_ALIGNED(at, STRIDE) && end - at >= STRIDE &&
	    !*(const unsigned long *)address_shadow(at)) {
		*next = at + STRIDE;
		return true;
	}
	*next = min(end, ALIGN_DOWN(at, GRANULE) + GRANULE);
	return may_touch(*next - 1);
}

unsigned long address_find(unsigned long at, size_t n)
{
	unsigned long end = at + n, next;

	if (!address_on || !n || !has_shadow(at))
		return 0;
	for (; at < end; at = next) {
		if (address_check_part(at, end, &next))
			continue;
		while (may_touch(at))
			at++;
		return at;
	}
	return 0;
}

static __noinline void address_look(unsigned long at, size_t n, bool write)
{
	unsigned long bad = address_find(at, n);

	if (bad)
		address_report(at, n, write, bad);
}

/*
 * Check an access.  This is the fast path: nearly every access is allowed and
 * lies within one granule.
 */
static inline void address_check_fast(unsigned long at, size_t n, bool write)
{
	if (has_shadow(at) && (*address_shadow(at) ||
			       at % GRANULE + n > GRANULE))
		address_look(at, n, write);
}

void address_check(const volatile void *p, size_t n, bool write)
{
	address_look((unsigned long)p, n, write);
}

/* ---- functions that the compiler calls ----------------------------------- */

#define ACCESS(n) \
	void __asan_load##n##_noabort(unsigned long at); \
	void __asan_load##n##_noabort(unsigned long at) \
	{ \
		address_check_fast(at, n, false); \
	} \
	void __asan_store##n##_noabort(unsigned long at); \
	void __asan_store##n##_noabort(unsigned long at) \
	{ \
		address_check_fast(at, n, true); \
	}

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void __asan_loadN_noabort(unsigned long at, size_t n);
void __asan_loadN_noabort(unsigned long at, size_t n)
{
	address_look(at, n, false);
}

void __asan_storeN_noabort(unsigned long at, size_t n);
void __asan_storeN_noabort(unsigned long at, size_t n)
{
	address_look(at, n, true);
}

/*
 * Called before a call that never returns.  Nothing to do: the stack frames
 * that stay poisoned are freed with their stack.
 */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

/* Describes a global variable, in the layout that the compiler generates. */
struct global {
	const void *start;
	size_t size, size_with_zone;
	const char *name, *file;
	unsigned long unused[3];
};

void __asan_register_globals(const struct global *g, size_t n);
void __asan_register_globals(const struct global *g, size_t n)
{
	for (; n--; g++) {
		address_poison(g->start, g->size_with_zone, WHY_GLOBAL);
		address_allow(g->start, g->size);
	}
}

void __asan_unregister_globals(const struct global *g, size_t n);
void __asan_unregister_globals(const struct global *g, size_t n)
{
}

/* ---- boot ---------------------------------------------------------------- */

static vaddr_t shadow_start(void)
{
	return (vaddr_t)address_shadow(
		(unsigned long)phys_to_virt(page_first << PAGE_SHIFT));
}

/*
 * Take memory for address_pages, then for the shadow, aligned like its mapping.
 */
void address_place(void)
{
	unsigned long frames = page_end - page_first;
	unsigned long notes = ALIGN_UP(frames * sizeof(*address_pages),
				       PAGE_SIZE);
	unsigned long align = 1ul << PT_SHIFT(1);
	vaddr_t low = ALIGN_DOWN(shadow_start(), PAGE_SIZE);
	paddr_t at;

	shadow_size = ALIGN_UP(shadow_start() +
			       (frames << (PAGE_SHIFT - SHADOW_SHIFT)),
			       PAGE_SIZE) - low;
	at = page_take(notes + shadow_size + align);
	if (!at)
		boot_refuse("mm: --check address needs %lu KiB of memory in "
			    "one piece for its shadow",
			    (notes + shadow_size + align) >> 10);
	address_pages = phys_to_virt(at);
	shadow_frames = ALIGN_UP(at + notes, align) + (low & (align - 1));
	if (shadow_frames - align >= at + notes)
		shadow_frames -= align;
	address_fill(phys_to_virt(at), notes, 0);
	address_fill(phys_to_virt(shadow_frames), shadow_size, 0);
}

/*
 * Map the shadow of frames, and create the upper page tables for that of
 * stacks.
 */
void address_map(void)
{
	vaddr_t va = ALIGN_DOWN(shadow_start(), PAGE_SIZE);
	vaddr_t end = (vaddr_t)address_shadow(VMAP_END - 1);

	if (pt_map(kernel_root, va, shadow_frames, shadow_size,
		   MAP_R | MAP_W | MAP_GLOBAL))
		panic("address: no memory to map the shadow");
	for (va = (vaddr_t)address_shadow(VMAP_BASE); va <= end;
	     va += 1ul << PT_SHIFT(PT_LEVELS - 1)) {
		unsigned level = PT_LEVELS - 2;

		if (!pt_walk(kernel_root, va, &level, PT_MAKE))
			panic("address: no memory for tables");
		if (end - va < 1ul << PT_SHIFT(PT_LEVELS - 1))
			break;
	}
}

typedef void (*constructor_t)(void);
extern const constructor_t __init_array_start[], __init_array_end[];

void address_init(void)
{
	frames_low = (unsigned long)phys_to_virt(page_first << PAGE_SHIFT);
	frames_size = (page_end - page_first) << PAGE_SHIFT;
	address_on = true;
	for (const constructor_t *c = __init_array_start;
	     c < __init_array_end; c++)
		(*c)();
	log_info("address: %lu KiB of shadow", shadow_size >> 10);
}

/* ---- kernel stacks ------------------------------------------------------- */

static int map_page(vaddr_t va)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(kernel_root, va, &level, PT_READ);
	struct page *p;

	if (slot && pte_present(pte_read(slot)))
		return 0;
	p = page_alloc_zero(PAGE_KERNEL);
	if (!p)
		return -ENOMEM;
	if (!pt_map(kernel_root, va, page_phys(p), PAGE_SIZE,
		    MAP_R | MAP_W | MAP_GLOBAL)) {
		atomic_add(&stack_pages, 1);
		return 0;
	}
	page_put(p);
	return -ENOMEM;
}

/*
 * Extend the checked range of stacks to size.  Nothing but stacks is mapped in
 * the part that is added.
 */
static void grow_stacks(unsigned long size)
{
	unsigned long old = READ_ONCE(stacks_size);

	while (old < size && !atomic_publish(&stacks_size, &old, size))
		;
}

/*
 * Map the shadow of a stack.  It stays mapped when the stack is freed.
 * Return: 0 or -errno.
 */
int address_map_stack(vaddr_t slot, unsigned long size)
{
	vaddr_t va = ALIGN_DOWN((vaddr_t)address_shadow(slot), PAGE_SIZE);
	vaddr_t end = (vaddr_t)address_shadow(slot + size);
	int err = 0;

	for (; va < end && !err; va += PAGE_SIZE)
		err = map_page(va);
	if (!err)
		grow_stacks(slot + size - VMAP_BASE);
	return err;
}

unsigned long address_stack_pages(void)
{
	return (unsigned long)atomic_read(&stack_pages);
}

void address_stack_reset(const void *stack)
{
	address_allow(stack, KSTACK_SIZE);
}
