/* SPDX-License-Identifier: MIT */
/* The map of a swap area: no locks, no devices. */
#include <ext/swap/slots.h>
#include <mm/slab.h>

#define SLOTS_A_CHUNK	512

static unsigned chunks(unsigned size)
{
	return (size + SLOTS_A_CHUNK - 1) / SLOTS_A_CHUNK;
}

struct slot *slots_at(const struct slots *s, unsigned i)
{
	return &s->chunk[i / SLOTS_A_CHUNK][i % SLOTS_A_CHUNK];
}

void slots_free(struct slots *s)
{
	for (unsigned i = 0; i < chunks(s->size); i++)
		kfree(s->chunk[i]);
	kfree(s);
}

struct slots *slots_create(unsigned size)
{
	unsigned n = chunks(size);
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
