/* SPDX-License-Identifier: MIT */
/* Between the files of kernel/futex/: buckets and those who wait in them. */
#ifndef KERNEL_FUTEX_INTERNAL_H
#define KERNEL_FUTEX_INTERNAL_H

#include "waiter.h"

/* ---- wait.c -------------------------------------------------------------- */

/* FUTEX_WAIT and FUTEX_WAIT_BITSET. */
long futex_wait_timed(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
		      unsigned bitset, bool word);

/* ---- wake.c: each returns how many were woken, or -errno ----------------- */

long futex_wake(uaddr_t at, bool private, int max, u32 bitset);

#endif
