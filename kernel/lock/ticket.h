/* SPDX-License-Identifier: MIT */
/*
 * A ticket queue in one word (row B13): the number of CPUs in the queue (11
 * bits) and the turn that is served now (21 bits).  A CPU enters by adding 1 to
 * the number; its turn is the turn served at that moment plus the number of
 * CPUs before it.  A CPU leaves by one addition that decrements the number and
 * increments the turn.  kernel/lock/spin.c uses the queue;
 * test/model/ticket.pml is a model of it.
 */
#ifndef KERNEL_LOCK_TICKET_H
#define KERNEL_LOCK_TICKET_H

#include <lt/types.h>

#define TICKET_BITS	11u
#define TICKET_COUNT	((1u << TICKET_BITS) - 1)

/* Enter the queue.  Return: the word before that, for the functions below. */
static inline int ticket_enter(int *queue)
{
	return __atomic_fetch_add(queue, 1, __ATOMIC_ACQUIRE);
}

/* Return: the number of CPUs in the queue. */
static inline unsigned ticket_count(int found)
{
	return (u32)found & TICKET_COUNT;
}

/* Return: the turn of a CPU that entered and found this word, in bits 11-31. */
static inline u32 ticket_turn(int found)
{
	return (u32)found + (ticket_count(found) << TICKET_BITS);
}

/* True if `turn` is served now.  Acquire pairs with ticket_leave(). */
static inline bool ticket_served(int *queue, u32 turn)
{
	u32 now = __atomic_load_n(queue, __ATOMIC_ACQUIRE);

	return !((now ^ turn) >> TICKET_BITS);
}

/* Leave the queue.  Context: the caller's turn is served. */
static inline void ticket_leave(int *queue)
{
	__atomic_fetch_add(queue, (1u << TICKET_BITS) - 1, __ATOMIC_RELEASE);
}

#endif
