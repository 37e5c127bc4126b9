/* SPDX-License-Identifier: MIT */
/*
 * Reading a swap area's header:
 *
 *      0      1024      1028       1032      1036   1052    1068   1536    4086
 *   +-------+---------+-----------+---------+------+-------+------+-------+-----
 *   | boot  | version | last page | nr. bad | uuid | label |  -   | bad   | magic
 *   +-------+---------+-----------+---------+------+-------+------+-------+-----
 *
 * Numbers are in the byte order of the machine that wrote the header.  The
 * version field shows the order; the other order is accepted, too (swapon(8)).
 */
#include <lib/mem.h>
#include <mm/frames/slab.h>
#include "layout.h"

#define AT_VERSION	1024
#define AT_LAST		1028
#define AT_NR_BAD	1032
#define AT_UUID		1036
#define AT_LABEL	1052

static u32 layout_word_at(const u8 *page, unsigned at)
{
	u32 v;

	memcpy(&v, page + at, sizeof(v));
	return v;
}

static bool swapped_order(const u8 *page)
{
	return layout_word_at(page, AT_VERSION) == __builtin_bswap32(1);
}

static u32 layout_number_at(const u8 *page, unsigned at)
{
	u32 v = layout_word_at(page, at);

	return swapped_order(page) ? __builtin_bswap32(v) : v;
}

static bool layout_fail(const char **why, const char *what)
{
	*why = what;
	return false;
}

u32 swap_header_bad(const u8 page[SWAP_PAGE], u32 i)
{
	u32 n = layout_number_at(page, SWAP_BAD_AT + 4 * i);

	return n > layout_number_at(page, AT_LAST) ? 0 : n;
}

bool swap_header_parse(const u8 page[SWAP_PAGE], u64 size, bool regular,
		       struct swap_header *h, const char **why)
{
	u32 last = layout_number_at(page, AT_LAST);

	if (memcmp(page + SWAP_MAGIC_AT, "SWAPSPACE2", 10))
		return layout_fail(why, "no signature");
	if (layout_number_at(page, AT_VERSION) != 1)
		return layout_fail(why, "unknown version");
	if (!last || last == ~0u)
		return layout_fail(why, "empty");
	if (last >= size)
		return layout_fail(why, "shorter than its signature says");
	h->pages = last + 1;
	h->nr_bad = layout_number_at(page, AT_NR_BAD);
	if (h->nr_bad && regular)
		return layout_fail(why, "bad pages in a file");
	if (h->nr_bad > SWAP_BAD_MAX)
		return layout_fail(why, "too many bad pages");
	for (u32 i = 0; i < h->nr_bad; i++)
		if (!swap_header_bad(page, i))
			return layout_fail(why, "bad pages outside");
	memcpy(h->uuid, page + AT_UUID, sizeof(h->uuid));
	memcpy(h->label, page + AT_LABEL, 16);
	h->label[16] = 0;
	return true;
}

/* ---- the map of slots: no locks, no devices ------------------------------ */

#define SLOTS_A_CHUNK	512

static unsigned layout_chunks(unsigned size)
{
	return (size + SLOTS_A_CHUNK - 1) / SLOTS_A_CHUNK;
}

struct slot *slots_at(const struct slots *s, unsigned i)
{
	return &s->chunk[i / SLOTS_A_CHUNK][i % SLOTS_A_CHUNK];
}

void slots_free(struct slots *s)
{
	for (unsigned i = 0; i < layout_chunks(s->size); i++)
		kfree(s->chunk[i]);
	kfree(s);
}

struct slots *slots_create(unsigned size)
{
	unsigned n = layout_chunks(size);
	struct slots *s = kzalloc(sizeof(*s) + n * sizeof(s->chunk[0]));

	if (!s)
		return NULL;
	s->size = s->good = size;
	for (unsigned i = 0; i < n; i++) {
		s->chunk[i] = kmalloc(SLOTS_A_CHUNK * sizeof(struct slot));
		if (!s->chunk[i]) {
			slots_free(s);
			return NULL;
		}
		for (unsigned k = 0; k < SLOTS_A_CHUNK; k++)
			s->chunk[i][k] = (struct slot){ .pfn = NO_FRAME };
	}
	return s;
}

void slots_mark_bad(struct slots *s, unsigned i)
{
	struct slot *sl = slots_at(s, i);

	if (sl->users == SLOT_BAD)
		return;
	sl->users = SLOT_BAD;
	s->good--;
}

unsigned slots_take(struct slots *s)
{
	if (s->used == s->good)
		return SLOT_NONE;
	for (unsigned k = 0; k < s->size; k++) {
		unsigned i = s->next;

		s->next = i + 1 < s->size ? i + 1 : 0;
		if (!slots_at(s, i)->users) {
			s->used++;
			return i;
		}
	}
	return SLOT_NONE;
}

void slots_give(struct slots *s, unsigned i)
{
	*slots_at(s, i) = (struct slot){ .pfn = NO_FRAME };
	s->used--;
}
