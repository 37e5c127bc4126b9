/* SPDX-License-Identifier: MIT */
/*
 * The time for which a CPU holds spin locks, keeps its level raised or serves
 * an interrupt.  Context of all functions: interrupts off, on this CPU.
 */
#ifndef TOPICS_CHECKERS_LOCK_HELD_H
#define TOPICS_CHECKERS_LOCK_HELD_H

/* Why a CPU serves no other task; there may be several reasons at once. */
enum held_reason {
	HELD_LOCK = 1,		/* it holds a spin lock */
	HELD_LEVEL = 2,		/* its level is raised */
	HELD_INTERRUPT = 4,	/* it serves an interrupt */
};

/* A reason begins at this code address. */
void lock_held_begin(unsigned cpu, enum held_reason why, unsigned long at);
/* The reason ends, if it was there. */
void lock_held_end(unsigned cpu, enum held_reason why);
/* The checker itself takes long: do not count this stretch. */
void lock_held_spoil(unsigned cpu);

#endif
