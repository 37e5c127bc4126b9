/* SPDX-License-Identifier: MIT */
/* Segments of shared memory, for those who ask about memory. */
#ifndef COMPAT_IPC_SHM_H
#define COMPAT_IPC_SHM_H

struct mapping;

/*
 * Call fn() for each segment that SHM_LOCK keeps in memory.
 * Context: no lock; fn() does not sleep for long.
 */
void shm_each_locked(void (*fn)(void *arg, struct mapping *m), void *arg);

#endif
