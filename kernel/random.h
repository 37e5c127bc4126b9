/* SPDX-License-Identifier: MIT */
/* Random bytes (getrandom(2), addresses, AT_RANDOM). */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <lt/types.h>

/*
 * n bytes from the pool that the boot seed (or `seed=N`) filled.
 * => any context
 */
void random_bytes(void *to, size_t n);

#endif
