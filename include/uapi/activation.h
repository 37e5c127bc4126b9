/* SPDX-License-Identifier: MIT */
/*
 * Scheduler activations: what the kernel tells a process of its processors
 * (docs/activations.md).
 */
#ifndef UAPI_ACTIVATION_H
#define UAPI_ACTIVATION_H

#include <stdint.h>

#define ACTIVATIONS_MAX	31		/* of a process */
#define ACTIVATION_EVENTS (2 * ACTIVATIONS_MAX + 1)
#define ACTIVATION_STACK_MIN 8192	/* bytes */

/* The lecture's four upcalls. */
enum {
	ACTIVATION_ADDED = 1,	/* here is a processor */
	ACTIVATION_BLOCKED,	/* what `id` ran sleeps in the kernel */
	ACTIVATION_UNBLOCKED,	/* it is ready again, at `context` */
	ACTIVATION_PREEMPTED,	/* what `id` ran was stopped, at `context` */
};

struct activation_event {
	uint32_t what, id;	/* id: of an activation */
	uint64_t context;	/* a signal frame: rt_sigreturn goes on there */
};

/*
 * What an activation shares with the kernel.  All but `critical` is written at
 * an upcall, before the entry is called.
 */
struct activation_area {
	/* The program's: address of the word below, or 0. */
	uint64_t critical;
	uint32_t id;
	uint32_t nr;		/* events; 0: a signal was handled */
	uint32_t pending;	/* set when one came while the entry ran */
	uint32_t zero;
	struct activation_event event[ACTIVATION_EVENTS];
};

/* Of the word at `critical`, which belongs to what the activation runs. */
#define CRITICAL_ON	 1u	/* the program's: no upcall now */
#define CRITICAL_PENDING 2u	/* the kernel's: one waited; poll afterwards */

#define ACTIVATION_MORE	 1u	/* poll: there is work for another processor */

#endif
