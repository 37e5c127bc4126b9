/* SPDX-License-Identifier: MIT */
/* The clock jumps. */
#ifndef EXT_SETTIME_H
#define EXT_SETTIME_H

#include <lt/types.h>

/*
 * Set CLOCK_REALTIME to so many ns more than CLOCK_MONOTONIC, and forget what
 * the clock was to be corrected by; adjtime has its own.  Const after init.
 * Context: no lock.
 */
extern void (*clock_jump)(s64 offset);
/* Tell those of the table clock_watch.  Context: no lock. */
void clock_was_set(void);

#endif
