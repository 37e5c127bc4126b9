/* SPDX-License-Identifier: MIT */
/* Shared memory segments, for code that accounts memory. */
#ifndef COMPAT_IPC_SHM_H
#define COMPAT_IPC_SHM_H

struct mapping;

/*
 * Call fn() for each segment that SHM_LOCK keeps in memory.
 * Context: no lock; fn() does not sleep for long.
 */
void shm_each_locked(void (*fn)(void *arg, struct mapping *m), void *arg);

#endif
