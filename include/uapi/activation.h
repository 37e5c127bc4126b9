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

/* The four upcalls of the lecture. */
enum {
	ACTIVATION_ADDED = 1,	/* a processor is available */
	ACTIVATION_BLOCKED,	/* the thread of activation `id` sleeps in the
				   kernel */
	ACTIVATION_UNBLOCKED,	/* the thread of activation `id` is ready again,
				   at `context` */
	ACTIVATION_PREEMPTED,	/* the thread of activation `id` was stopped, at
				   `context` */
};

struct activation_event {
	uint32_t what, id;	/* event; number of an activation */
	uint64_t context;	/* a signal frame, for rt_sigreturn */
};

/*
 * The memory that an activation shares with the kernel.  The kernel writes all
 * members but `critical` at an upcall, before it calls the entry.
 */
struct activation_area {
	/*
	 * The program stores the address of its critical word (below) here, or
	 * 0.
	 */
	uint64_t critical;
	uint32_t id;
	uint32_t nr;		/* events; 0: a signal was handled */
	uint32_t pending;	/* set by the kernel if an event came while the
				   entry ran */
	uint32_t zero;
	struct activation_event event[ACTIVATION_EVENTS];
};

/*
 * Bits of the word at `critical`, which belongs to the thread that is running.
 */
#define CRITICAL_ON	 1u	/* set by the program: make no upcall now */
#define CRITICAL_PENDING 2u	/* set by the kernel: an event waits, so poll
				   later */

#define ACTIVATION_MORE	 1u	/* poll: there is work for another processor */

#endif
