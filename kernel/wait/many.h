/* SPDX-License-Identifier: MIT */
/* Wake-ups of as many sleepers as users like to have. */
#ifndef KERNEL_WAIT_MANY_H
#define KERNEL_WAIT_MANY_H

#include <kernel/wait/wait.h>

/*
 * Do what wake_up() does, but release the lock of the queue now and then.
 * Context: no spin lock; the caller keeps q alive.
 */
void wake_up_many(struct wait_queue *q);

#endif
