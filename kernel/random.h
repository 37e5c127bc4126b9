/* SPDX-License-Identifier: MIT */
/* Random bytes (getrandom(2), addresses, AT_RANDOM). */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <lt/types.h>

/* Set the key from the firmware's seed or `seed=N`.  Context: boot. */
void random_init(void);
/*
 * Store n random bytes at `to`.
 * Context: any.
 */
void random_bytes(void *to, size_t n);

#define CHACHA_KEY	8		/* words */
#define CHACHA_BLOCK	16

/* Compute block n of the key stream of k, with a nonce of 0. */
void chacha_block(u32 out[CHACHA_BLOCK], const u32 k[CHACHA_KEY], u64 n);

#endif
