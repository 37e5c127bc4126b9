/* SPDX-License-Identifier: MIT */
/*
 * Report events through a function pointer, as the listener is not in the core.
 */
#include <kernel/events.h>

void (*event_listener)(enum event what, unsigned long a, unsigned long b,
		       unsigned long c);	/* const after init */

void event_record(enum event what, unsigned long a, unsigned long b,
		  unsigned long c)
{
	event_listener(what, a, b, c);
}
