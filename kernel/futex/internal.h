/* SPDX-License-Identifier: MIT */
/* Functions shared by the files of kernel/futex/. */
#ifndef KERNEL_FUTEX_INTERNAL_H
#define KERNEL_FUTEX_INTERNAL_H

#include "waiter.h"

/* ---- wait.c -------------------------------------------------------------- */

/*
 * Serve FUTEX_WAIT and FUTEX_WAIT_BITSET.  word: the timeout has 32-bit fields.
 */
long futex_wait_timed(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
		      unsigned bitset, bool word);

/* ---- wake.c -------------------------------------------------------------- */

/* Serve FUTEX_WAKE.  Return: the number of tasks woken, or -errno. */
long futex_wake(uaddr_t at, bool private, int max, u32 bitset);

#endif
