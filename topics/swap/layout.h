/* SPDX-License-Identifier: MIT */
/*
 * The layout of a swap area: its first page, as mkswap(8) writes it (version 1
 * of "SWAPSPACE2"), and the map of its slots.  Pure code: tested and fuzzed on
 * the host.
 */
#ifndef TOPICS_SWAP_LAYOUT_H
#define TOPICS_SWAP_LAYOUT_H

#include <lt/types.h>

#define SWAP_PAGE	4096u
#define SWAP_BAD_AT	1536u		/* offset of the list of bad pages */
#define SWAP_MAGIC_AT	(SWAP_PAGE - 10)
#define SWAP_BAD_MAX	((SWAP_MAGIC_AT - SWAP_BAD_AT) / 4)

struct swap_header {
	u32 pages;			/* including page 0, the header */
	u32 nr_bad;
	char label[17];
	u8 uuid[16];
};

/*
 * Parse the header.  page: the first page of the area; size: number of pages of
 * the file or device; regular: the area is a regular file, which can have no
 * bad pages.
 * Return: true with *h set; false with the reason in *why.
 */
bool swap_header_parse(const u8 page[SWAP_PAGE], u64 size, bool regular,
		       struct swap_header *h, const char **why);
/*
 * Context: i < nr_bad.
 * Return: the i-th bad page, 0 if that entry is no page of the area.
 */
u32 swap_header_bad(const u8 page[SWAP_PAGE], u32 i);

/* ---- slots --------------------------------------------------------------- */

/*
 * The slots of a swap area, one per page: each records its number of users and
 * the frame that holds the same page in memory.
 */

#define SLOT_NONE	(~0u)
#define NO_FRAME	(~0u)

struct slot {
	u32 users : 20;		/* page table entries, and a write; 0: free */
	u32 owner : 12;		/* owner charged for it; 0: none */
	u32 pfn;		/* frame in the swap cache, or NO_FRAME */
};

#define SLOT_BAD	0xfffffu	/* value of `users`: never allocated */

/* True if the slot holds a page. */
static inline bool slot_in_use(const struct slot *s)
{
	return s->users && s->users != SLOT_BAD;
}

struct slots {			/* [the caller's lock] all fields */
	unsigned size;		/* const */
	unsigned good;		/* usable slots */
	unsigned used;
	unsigned next;		/* where the next search begins */
	struct slot *chunk[];	/* SLOTS_A_CHUNK each; const */
};

/* Return: a map of size free slots, or NULL without memory. */
struct slots *slots_create(unsigned size);
void slots_free(struct slots *s);
struct slot *slots_at(const struct slots *s, unsigned i);
/* Mark slot i as bad, so that it is never allocated. */
void slots_mark_bad(struct slots *s, unsigned i);
/*
 * Find the next free slot, so that pages swapped out together lie together.
 * The slot has no user yet; it is allocated once the caller gives it one.
 * Return: its number, or SLOT_NONE if all are in use.
 */
unsigned slots_take(struct slots *s);
/* Free slot i, which has lost its last user. */
void slots_give(struct slots *s, unsigned i);

#endif
