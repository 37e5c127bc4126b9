/* SPDX-License-Identifier: MIT */
/* Stubs for a machine without a clock chip, or a kernel without its driver. */
#include <dev/chip/clock.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

__weak u64 clock_chip_seconds(void)
{
	return 0;
}

__weak int clock_chip_set(u64 seconds)
{
	return -EINVAL;
}
