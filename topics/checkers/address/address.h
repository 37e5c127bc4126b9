/* SPDX-License-Identifier: MIT */
/* Shared by the files of the checker `address`. */
#ifndef TOPICS_CHECKERS_ADDRESS_H
#define TOPICS_CHECKERS_ADDRESS_H

#include <topics/checkers/origin.h>

#include <lt/arch.h>
#include <lt/types.h>

/*
 * A shadow byte tells which bytes of a granule of 8 bytes may be accessed.  0:
 * all of them; 1 to 7: only that many, from the first on.  A negative value:
 * none, and the value is one of the reasons WHY_.  The compiler defines the
 * reasons for stacks and globals.
 */
#define SHADOW_SHIFT	3
#define GRANULE		8
#define WHY_PAGE	0xff	/* a free page */
#define WHY_TAIL	0xfe	/* end of a block of pages, not requested */
#define WHY_BEHIND	0xfc	/* between objects, or not requested */
#define WHY_FREED	0xfb
#define WHY_GLOBAL	0xf9
#define WHY_STACK	0xf1	/* before a variable on the stack */
#define WHY_STACK_END	0xf3

static inline u8 *address_shadow(unsigned long at)
{
	return (u8 *)((at >> SHADOW_SHIFT) + SHADOW_OFFSET);
}

void address_poison(const volatile void *p, size_t n, u8 why);
void address_allow(const volatile void *p, size_t n);
/* Return: the first byte of [at, at + n) that may not be accessed, or 0. */
unsigned long address_find(unsigned long at, size_t n);
void address_report(unsigned long at, size_t n, bool write, unsigned long bad);
void address_bad_free(const char *what, const void *obj,
		      const struct check_note *note);

struct address_pages {
	u32 allocated, freed;
};
/*
 * The code that allocated and freed each page.  Index: page_pfn() - page_first.
 */
extern struct address_pages *address_pages;
extern bool address_on;

#endif
