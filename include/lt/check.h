/* SPDX-License-Identifier: MIT */
/*
 * What the kernel tells the checkers that watch memory (docs/checkers.md):
 * address (who may touch it now), leak (what nobody has written yet) and what
 * both note, who allocated and freed it.  Without them all of it is nothing.
 * Of objects: <mm/frames/slab_layout.h>.
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
/* Boot, in this order: find room for the shadow of all frames, map it, go. */
void address_place(void);
void address_map(void);
void address_init(void);
/*
 * Kernel stacks: a slot of the vmap window gets a shadow.
 * Return: 0 or -ENOMEM.
 */
int address_map_stack(vaddr_t slot, unsigned long size);
/* Pages of it, which grow with the most stacks ever in use. */
unsigned long address_stack_pages(void);
/* A stack is nobody's, or begun anew. */
void address_stack_reset(const void *stack);
/* [p, p + n) may be read, or written. */
void address_check(const volatile void *p, size_t n, bool write);
/*
 * Until the next call count reports instead of making them.
 * Return: how many there were since the last.
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
/* [p, p + n) goes to user memory. */
void leak_check(const void *p, size_t n);
unsigned leak_expect(bool expect);
#else
static inline void leak_check(const void *p, size_t n)
{
}
#endif

#ifdef CHECK_SLAB
/* Log the live objects of all slabs, and who has them. */
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
