/* SPDX-License-Identifier: MIT */
/* A machine without a clock chip, or a kernel that does not know it. */
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
