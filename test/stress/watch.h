/* SPDX-License-Identifier: MIT */
/* The watchdog of the stress program. */
#ifndef WATCH_H
#define WATCH_H

/*
 * Let n workers run for `seconds`, then stop them and wait for them.
 * => how many ended badly or hung
 */
int watch(int n, const char *const *name, long seconds);

#endif
