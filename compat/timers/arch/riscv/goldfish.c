/* SPDX-License-Identifier: MIT */
/* The clock chip of QEMU's goldfish platform: ns in two 32-bit words. */
#include <arch/machine.h>
#include <dev/chip/clock.h>
#include <lt/boot.h>
#include <uapi/errno.h>

#define NS	1000000000ull

static volatile u32 *rtc;		/* const once the kernel starts */

/* Reading the low word latches the high word. */
u64 clock_chip_seconds(void)
{
	u64 ns;

	if (!rtc && machine.rtc_size)
		rtc = kmap_device(machine.rtc, machine.rtc_size);
	if (!rtc)
		return 0;
	ns = rtc[0];
	ns |= (u64)rtc[1] << 32;
	return ns / NS;
}

/*
 * The low word is written last: this order is Linux's, and required by the
 * chip.
 */
int clock_chip_set(u64 seconds)
{
	u64 ns = seconds * NS;

	if (seconds > ~0ull / NS)
		return -EINVAL;
	rtc[1] = (u32)(ns >> 32);
	rtc[0] = (u32)ns;
	return 0;
}
