/* SPDX-License-Identifier: MIT */
/*
 * The chip that knows the date while the machine is off.  A port names its
 * chip in its meson.build; dev/chip/none.c stands in where there is none.
 */
#ifndef DEV_CHIP_CLOCK_H
#define DEV_CHIP_CLOCK_H

#include <lt/types.h>

/* Seconds since 1970, or 0: there is no such chip. */
u64 clock_chip_seconds(void);
/*
 * Set the chip, which is there.
 * Return: 0, or -EINVAL: it cannot hold such a time.
 */
int clock_chip_set(u64 seconds);

/* Where the chip's two words are; size 0: the machine has none. */
void goldfish_init(paddr_t base, unsigned long size);

#endif
