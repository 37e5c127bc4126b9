/* SPDX-License-Identifier: MIT */
/*
 * The chip that knows the date while the machine is off.  Extension
 * rtc has the ports' chips; dev/chip/none.c stands in where there is none.
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

#endif
