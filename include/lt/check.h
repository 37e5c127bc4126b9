/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells the checkers that watch memory (docs/checkers.md):
 * address (which memory may be accessed now), leak (which memory nobody has
 * written yet), and a common part that records which functions allocated and
 * freed an object.  Without these checkers all functions are empty.  For slab
 * objects see <mm/frames/slab_layout.h>.
 */
#ifndef LT_CHECK_H
#define LT_CHECK_H

#include <lt/types.h>

struct page;

#if defined(CHECK_ADDRESS) || defined(CHECK_LEAK)
#define CHECK_ORIGIN

void check_page_alloc(struct page *p);
void check_page_free(struct page *p, unsigned order);
#else
static inline void check_page_alloc(struct page *p)
{
}
static inline void check_page_free(struct page *p, unsigned order)
{
}
#endif

#ifdef CHECK_ADDRESS
/*
 * At boot, in this order: address_place() finds room for the shadow of all
 * frames, address_map() maps the shadow, address_init() starts the checks.
 */
void address_place(void);
void address_map(void);
void address_init(void);
/*
 * Give a slot of the vmap window, for a kernel stack, a shadow.
 * Return: 0 or -ENOMEM.
 */
int address_map_stack(vaddr_t slot, unsigned long size);
/*
 * Return the number of shadow pages of kernel stacks.  The number grows with
 * the highest number of stacks ever in use at once.
 */
unsigned long address_stack_pages(void);
/*
 * Mark all of a stack as unused, because its task has ended or restarts on it.
 */
void address_stack_reset(const void *stack);
/* Check that [p, p + n) may be read, or written. */
void address_check(const volatile void *p, size_t n, bool write);
/*
 * Until the next call, count reports instead of making them.
 * Return: the number of reports since the last call.
 */
unsigned address_expect(bool expect);
#else
static inline void address_place(void)
{
}
static inline void address_map(void)
{
}
static inline void address_init(void)
{
}
static inline int address_map_stack(vaddr_t slot,
				    unsigned long size)
{
	return 0;
}
static inline unsigned long address_stack_pages(void)
{
	return 0;
}
static inline void address_stack_reset(const void *stack)
{
}
static inline void address_check(const volatile void *p,
				 size_t n, bool write)
{
}
#endif

#ifdef CHECK_LEAK
/* Check [p, p + n), which is about to be copied to user memory. */
void leak_check(const void *p, size_t n);
unsigned leak_expect(bool expect);
#else
static inline void leak_check(const void *p, size_t n)
{
}
#endif

#ifdef CHECK_SLAB
/* Log the live objects of all slabs, and the code that allocated them. */
void objcheck_show_users(void);
#else
static inline void objcheck_show_users(void)
{
}
#endif

#ifdef CHECK_UNDEFINED
unsigned undefined_expect(bool expect);
#endif

#endif
