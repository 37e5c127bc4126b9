/* SPDX-License-Identifier: MIT */
/*
 * The chip that keeps the date while the machine is off.  The extension rtc has
 * the drivers of the ports' chips; dev/chip/none.c is used without it.
 */
#ifndef DEV_CHIP_CLOCK_H
#define DEV_CHIP_CLOCK_H

#include <lt/types.h>

/* Return: the seconds since 1970, or 0: there is no such chip. */
u64 clock_chip_seconds(void);
/*
 * Set the chip, which must exist.
 * Return: 0, or -EINVAL: the chip cannot store such a time.
 */
int clock_chip_set(u64 seconds);

#endif
