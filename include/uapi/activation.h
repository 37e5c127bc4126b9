/* SPDX-License-Identifier: MIT */
/*
 * Scheduler activations: the interface by which the kernel tells a process
 * about its processors (docs/activations.md).
 */
#ifndef UAPI_ACTIVATION_H
#define UAPI_ACTIVATION_H

#include <stdint.h>

#define ACTIVATIONS_MAX	31		/* per process */
#define ACTIVATION_EVENTS (2 * ACTIVATIONS_MAX + 1)
#define ACTIVATION_STACK_MIN 8192	/* bytes */

/* The lecture's four upcalls. */
enum {
	ACTIVATION_ADDED = 1,	/* a processor is available */
	ACTIVATION_BLOCKED,	/* the thread of `id` sleeps in the kernel */
	ACTIVATION_UNBLOCKED,	/* it is ready again, at `context` */
	ACTIVATION_PREEMPTED,	/* the thread of `id` was stopped, at
				   `context` */
};

struct activation_event {
	uint32_t what, id;	/* id: an activation */
	uint64_t context;	/* a signal frame, for rt_sigreturn */
};

/*
 * The memory that an activation shares with the kernel.  The kernel writes all
 * members but `critical` at an upcall, before it calls the entry.
 */
struct activation_area {
	/* Set by the program: the address of the critical word below, or 0. */
	uint64_t critical;
	uint32_t id;
	uint32_t nr;		/* events; 0: a signal was handled */
	uint32_t pending;	/* set if an event came while the entry ran */
	uint32_t zero;
	struct activation_event event[ACTIVATION_EVENTS];
};

/* Bits of the word at `critical`, which belongs to the thread that runs. */
#define CRITICAL_ON	 1u	/* set by the program: no upcall now */
#define CRITICAL_PENDING 2u	/* set by the kernel: one waits, poll later */

#define ACTIVATION_MORE	 1u	/* poll: there is work for another processor */

#endif
