/* SPDX-License-Identifier: MIT */
/* Mistakes that `trip=NAME` on the command line asks for. */
#ifndef EXT_SELFTEST_TRIP_H
#define EXT_SELFTEST_TRIP_H

/* In a kernel with that checker: a use after free, an overflow, a leak. */
void trip_freed(void);
void trip_overflow(void);
void trip_leak(void);
/* Make the one that was asked for.  => returns if there is none */
void trip_asked(void);

#endif
