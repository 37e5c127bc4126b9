/* SPDX-License-Identifier: MIT */
/*
 * The layout of a swap area: its first page, as mkswap(8) writes it (version 1
 * of "SWAPSPACE2"), and the map of its slots.  Pure: tested and fuzzed on the
 * host.
 */
#ifndef TOPICS_SWAP_LAYOUT_H
#define TOPICS_SWAP_LAYOUT_H

#include <lt/types.h>

#define SWAP_PAGE	4096u
#define SWAP_BAD_AT	1536u		/* where the bad pages are listed */
#define SWAP_MAGIC_AT	(SWAP_PAGE - 10)
#define SWAP_BAD_MAX	((SWAP_MAGIC_AT - SWAP_BAD_AT) / 4)

struct swap_header {
	u32 pages;			/* page 0, the header, included */
	u32 nr_bad;
	char label[17];
	u8 uuid[16];
};

/*
 * page: the first page; size: pages that the file or device has; regular: it
 * is a file, whose bad pages nobody could have found.
 * Return: true with *h; false with what is wrong in *why.
 */
bool swap_header_parse(const u8 page[SWAP_PAGE], u64 size, bool regular,
		       struct swap_header *h, const char **why);
/*
 * The i-th bad page.  Context: i < nr_bad.
 * Return: 0: what stands there is no page of the area's.
 */
u32 swap_header_bad(const u8 page[SWAP_PAGE], u32 i);

/* ---- slots --------------------------------------------------------------- */

/*
 * The slots of a swap area, one a page: who uses each, and the frame that has
 * the same page in memory.
 */

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
