/* SPDX-License-Identifier: MIT */
/*
 * The slots of a swap area, one a page: who uses each, and the frame that has
 * the same page in memory.
 */
#ifndef EXT_SWAP_SLOTS_H
#define EXT_SWAP_SLOTS_H

#include <lt/types.h>

#define SLOT_NONE	(~0u)
#define NO_FRAME	(~0u)

struct slot {
	u32 users : 20;		/* entries, and who writes it; 0: free */
	u32 owner : 12;		/* who pays for it; 0: nobody */
	u32 pfn;		/* in the swap cache, or NO_FRAME */
};

#define SLOT_BAD	0xfffffu	/* its users: it is never taken */

/* Does it hold a page of somebody's? */
static inline bool slot_in_use(const struct slot *s)
{
	return s->users && s->users != SLOT_BAD;
}

struct slots {			/* Context of all: the caller's lock */
	unsigned size;		/* const */
	unsigned good;		/* that can be used */
	unsigned used;
	unsigned next;		/* where the search goes on */
	struct slot *chunk[];	/* SLOTS_A_CHUNK each; const */
};

/* Return: size free slots; NULL: no memory. */
struct slots *slots_create(unsigned size);
void slots_free(struct slots *s);
struct slot *slots_at(const struct slots *s, unsigned i);
/* Slot i is never to be taken. */
void slots_mark_bad(struct slots *s, unsigned i);
/*
 * The next free one, so that pages that go out together lie together.  It has
 * no user yet, and is the caller's as soon as it gives it one.
 * Return: its number; SLOT_NONE: all are used.
 */
unsigned slots_take(struct slots *s);
/* Its last user is gone. */
void slots_give(struct slots *s, unsigned i);

#endif
