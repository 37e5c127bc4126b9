/* SPDX-License-Identifier: MIT */
/* Deliberate bugs, selected by `trip=NAME` on the command line. */
#ifndef TOPICS_INSPECTION_TRIP_H
#define TOPICS_INSPECTION_TRIP_H

/* Trigger bugs for the checkers: a use after free, an overflow, a leak. */
void trip_freed(void);
void trip_overflow(void);
void trip_leak(void);
/* Trigger the selected bug; returns if there is none, or if it is not fatal. */
void trip_asked(void);

#endif
