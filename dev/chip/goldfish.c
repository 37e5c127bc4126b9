/* SPDX-License-Identifier: MIT */
/* The clock chip of QEMU's goldfish platform: nanoseconds in two words. */
#include <dev/chip/clock.h>
#include <lt/boot.h>
#include <uapi/errno.h>

#define NS	1000000000ull

static volatile u32 *rtc;		/* const after goldfish_init */

void goldfish_init(paddr_t base, unsigned long size)
{
	if (size)
		rtc = kmap_device(base, size);
}

/* Reading the low word latches the high one. */
u64 clock_chip_seconds(void)
{
	u64 ns;

	if (!rtc)
		return 0;
	ns = rtc[0];
	ns |= (u64)rtc[1] << 32;
	return ns / NS;
}

/* The low word comes last: Linux's order, and what the chip takes. */
int clock_chip_set(u64 seconds)
{
	u64 ns = seconds * NS;

	if (seconds > ~0ull / NS)
		return -EINVAL;
	rtc[1] = (u32)(ns >> 32);
	rtc[0] = (u32)ns;
	return 0;
}
