/* SPDX-License-Identifier: MIT */
/*
 * A ticket queue in one word (row B13): how many CPUs are in it (11 bits) and
 * the turn that is served (21 bits).  Who comes adds itself to the number; its
 * turn is the one it found served, and as many later as CPUs were before it.
 * Who leaves takes itself off and serves the next turn, in one addition too.
 * kernel/lock/spin.c is the user; test/model/ticket.pml models it.
 */
#ifndef KERNEL_LOCK_TICKET_H
#define KERNEL_LOCK_TICKET_H

#include <lt/types.h>

#define TICKET_BITS	11u
#define TICKET_COUNT	((1u << TICKET_BITS) - 1)

/* Queue up.  Return: what was found, for the functions below. */
static inline int ticket_come(int *queue)
{
	return __atomic_fetch_add(queue, 1, __ATOMIC_ACQUIRE);
}

/* How many were in it. */
static inline unsigned ticket_count(int found)
{
	return (u32)found & TICKET_COUNT;
}

/* The turn of the CPU that found this, in the bits of the served one. */
static inline u32 ticket_turn(int found)
{
	return (u32)found + (ticket_count(found) << TICKET_BITS);
}

/* Acquire: ordered after the ticket_leave() that made it so. */
static inline bool ticket_served(int *queue, u32 turn)
{
	u32 now = __atomic_load_n(queue, __ATOMIC_ACQUIRE);

	return !((now ^ turn) >> TICKET_BITS);
}

/* Called by the one that is served. */
static inline void ticket_leave(int *queue)
{
	__atomic_fetch_add(queue, (1u << TICKET_BITS) - 1, __ATOMIC_RELEASE);
}

#endif
