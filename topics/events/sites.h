/* SPDX-License-Identifier: MIT */
/*
 * Sites of <kernel/events.h>: instructions that do nothing, and become jumps
 * while somebody wants to know (row C11).
 */
#ifndef TOPICS_EVENTS_SITES_H
#define TOPICS_EVENTS_SITES_H

#include <kernel/events.h>

/*
 * So many more (fewer) want events of that kind.  With the first, all its sites
 * are changed on all CPUs; with the last one, changed back.
 * Context: may sleep.
 */
void events_want(enum event what, int more);

/* Who is told of events besides the ring of /proc/lectern/trace. */
extern void (*events_told)(enum event what, const unsigned long *a);

/* Sites there are of a kind. */
unsigned events_sites(enum event what);

/* Is a byte of these n a site's? */
bool events_site_within(unsigned long at, unsigned n);

/* ---- the machine's ------------------------------------------------------- */

#define SITE_BYTES	8		/* most of a site's instruction */

/*
 * The instruction at `at`: to == 0: ARCH_NOP; else a jump there.
 * Return: its bytes; 0: it does not reach.
 */
unsigned site_code(u8 code[SITE_BYTES], unsigned long at, unsigned long to);

#endif
