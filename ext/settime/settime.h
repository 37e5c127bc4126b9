/* SPDX-License-Identifier: MIT */
/* The clock jumps. */
#ifndef EXT_SETTIME_H
#define EXT_SETTIME_H

#include <lt/types.h>

/*
 * Set CLOCK_REALTIME to so many ns more than CLOCK_MONOTONIC, CLOCK_TAI with it,
 * and tell those of the table clock_watch.  Context: no lock.
 */
void clock_jump(s64 offset);

#endif
