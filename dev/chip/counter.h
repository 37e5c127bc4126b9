/* SPDX-License-Identifier: MIT */
/*
 * A clock that is a counter of constant rate, which programs can read, too.
 * Conversions multiply by 64-bit fractions computed once at boot, so no clock
 * read divides.  The port's vdso.S has the vDSO with vdso_clock.
 */
#ifndef DEV_CHIP_COUNTER_H
#define DEV_CHIP_COUNTER_H

#include <lt/types.h>

/*
 * Data for the clock reads of vdso.S: ns = ticks * whole + ticks * part / 2^64.
 */
struct vdso_clock {
	u64 whole, part;
	s64 realtime_offset;		/* ns */
	u64 clocks;			/* the vDSO reads clocks with numbers
					   below this; 0: none */
	u64 second;			/* const: 1 s in ns */
};
extern struct vdso_clock vdso_clock;
extern const char vdso_image[];

/* Const after counter_init(): ticks per ns, in units of 2^-62, and per hour. */
extern u64 counter_fraction, counter_hour;

/* Context: before kernel_main(); ticks per second, below 4 * 10^9. */
void counter_init(u32 rate);

static inline u64 mul_high(u64 a, u64 b)
{
	return (unsigned __int128)a * b >> 64;
}

static inline ktime_t counter_ns(u64 ticks)
{
	return ticks * vdso_clock.whole + mul_high(ticks, vdso_clock.part);
}

/*
 * Return: when the timer must fire, rounded up so that the deadline has passed
 * then, and an hour from now at most: a spurious interrupt is harmless, while a
 * machine without any armed timer may sleep too deeply.
 */
static inline u64 counter_deadline(u64 now, ktime_t deadline)
{
	u64 far = now + counter_hour;
	unsigned __int128 ticks =
		((unsigned __int128)deadline * counter_fraction >> 62) + 1;

	return ticks < far ? (u64)ticks : far;
}

#endif
