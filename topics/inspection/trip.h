/* SPDX-License-Identifier: MIT */
/* Mistakes that `trip=NAME` on the command line asks for. */
#ifndef TOPICS_INSPECTION_TRIP_H
#define TOPICS_INSPECTION_TRIP_H

/* In a kernel with that checker: a use after free, an overflow, a leak. */
void trip_freed(void);
void trip_overflow(void);
void trip_leak(void);
/* Make the one that was asked for.  Return: returns if there is none. */
void trip_asked(void);

#endif
