/* SPDX-License-Identifier: MIT */
/*
 * The time for which a CPU holds spin locks.  Context of all functions:
 * interrupts off, on this CPU.
 */
#ifndef TOPICS_CHECKERS_LOCK_HELD_H
#define TOPICS_CHECKERS_LOCK_HELD_H

/* The CPU, which held no spin lock, has taken one at this code address. */
void lock_held_begin(unsigned cpu, unsigned long at);
/* The CPU gives its last spin lock. */
void lock_held_end(unsigned cpu);
/* The checker itself takes long: do not count this stretch. */
void lock_held_spoil(unsigned cpu);

#endif
