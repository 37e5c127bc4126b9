/* SPDX-License-Identifier: MIT */
/* What the clock of counter.h needs at boot, and its part of the vDSO. */
#include <dev/chip/counter.h>
#include <lt/arch.h>
#include <lt/compiler.h>

#define NS	1000000000ull

u64 counter_fraction, counter_hour;

/* Return a / b as a fraction of 2^64, for a < b < 2^32. */
static u64 fraction(u64 a, u64 b)
{
	u64 high = (a << 32) / b, rest = (a << 32) % b;

	return high << 32 | (rest << 32) / b;
}

void counter_init(u32 rate)
{
	vdso_clock.whole = NS / rate;
	vdso_clock.part = fraction(NS % rate, rate);
	/* a counter of 1 GHz (Armv8.6, QEMU's `max`) has a whole tick per ns */
	counter_fraction = fraction(rate, 4 * NS);
	counter_hour = 3600ull * rate;
}

static void counter_set_offset(s64 offset)
{
	WRITE_ONCE(vdso_clock.realtime_offset, offset);
}

/* Return the clock data of an image, which may be a copy of the vDSO. */
static struct vdso_clock *vdso_clock_of(const void *image)
{
	return (void *)((unsigned long)image + (unsigned long)&vdso_clock -
			(unsigned long)vdso_image);
}

static void leave_clock(const void *image)
{
	WRITE_ONCE(vdso_clock_of(image)->clocks, 0);
}

const struct arch_vdso arch_vdso = {
	.image = vdso_image,
	.size = PAGE_SIZE,
	.elf = true,
	.set_realtime = counter_set_offset,
	.leave_clock = leave_clock,
};
