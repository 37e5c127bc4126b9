/* SPDX-License-Identifier: MIT */
/* Mistakes that `trip=NAME` on the command line asks for. */
#ifndef KERNEL_SELFTEST_TRIP_H
#define KERNEL_SELFTEST_TRIP_H

/* Make the one that was asked for.  => returns if there is none */
void trip_asked(void);

#endif
