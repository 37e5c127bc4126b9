/* SPDX-License-Identifier: MIT */
/* The clock chip PL031, by Arm's DDI 0224, chapter 3: seconds in 32 bits. */
#include <arch/machine.h>
#include <dev/chip/clock.h>
#include <lt/boot.h>
#include <uapi/errno.h>

#define DATA	0			/* words: the time, and what sets it */
#define LOAD	2

static volatile u32 *rtc;		/* const once the kernel starts */

u64 clock_chip_seconds(void)
{
	if (!rtc && machine.rtc_size)
		rtc = kmap_device(machine.rtc, machine.rtc_size);
	return rtc ? rtc[DATA] : 0;
}

int clock_chip_set(u64 seconds)
{
	if (seconds > ~0u)
		return -EINVAL;
	rtc[LOAD] = (u32)seconds;
	return 0;
}
