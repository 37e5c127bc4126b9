/* SPDX-License-Identifier: MIT */
/* A library whose segments are aligned to more than a page. */
long aligned_at(void);

static char room[2 * ALIGN] __attribute__((aligned(ALIGN)));
static char *volatile inside = room;

/* => how far it is from where it should be, or -1: it cannot be written */
long aligned_at(void)
{
	inside[0] = inside[sizeof(room) - 1] = 1;
	return room[sizeof(room) - 1] == 1 ?
		(long)((unsigned long)inside % ALIGN) : -1;
}
