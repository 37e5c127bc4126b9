/* SPDX-License-Identifier: MIT */
/*
 * Sites of <kernel/events.h>: no-op instructions that become jumps while there
 * is a listener (row C11).
 */
#ifndef TOPICS_EVENTS_SITES_H
#define TOPICS_EVENTS_SITES_H

#include <kernel/events.h>

/*
 * Add `more` (may be negative) to the number of listeners of that kind of
 * event.  When the first listener comes, all sites of the kind are switched on,
 * on all CPUs.  When the last one goes, they are switched off.
 * Context: may sleep.
 */
void events_want(enum event what, int more);

/* The listener besides the ring of /proc/lectern/trace; or NULL. */
extern void (*events_told)(enum event what, const unsigned long *a);

/* Return: the number of sites of a kind. */
unsigned events_sites(enum event what);

/* True if one of the n bytes at `at` belongs to a site. */
bool events_site_within(unsigned long at, unsigned n);

/* ---- arch/ --------------------------------------------------------------- */

#define SITE_BYTES	8	/* bytes of the longest instruction at a site */

/*
 * Encode the instruction at `at`: ARCH_NOP if to is 0, else a jump to `to`.
 * Return: its length in bytes; 0: the jump does not reach.
 */
unsigned site_code(u8 code[SITE_BYTES], unsigned long at, unsigned long to);

#endif
