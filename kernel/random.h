/* SPDX-License-Identifier: MIT */
/* Random bytes (getrandom(2), addresses, AT_RANDOM). */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <lt/types.h>

/* The firmware's seed, or the command line's.  Context: boot. */
void random_init(void);
/*
 * n bytes from the pool that the boot seed (or `seed=N`) filled.
 * Context: any.
 */
void random_bytes(void *to, size_t n);

#define CHACHA_KEY	8		/* words */
#define CHACHA_BLOCK	16

/* Block n of what a key stands for, without any nonce. */
void chacha_block(u32 out[CHACHA_BLOCK], const u32 k[CHACHA_KEY], u64 n);

#endif
