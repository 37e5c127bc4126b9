/* SPDX-License-Identifier: MIT */
/*
 * The clock is the `time` register in ns, and its timer stimecmp.  Both have 64
 * bits in two words.  Conversions multiply by fractions of 2^32 computed once
 * at boot, so no clock read divides.
 */
#include <arch/machine.h>
#include <lt/arch.h>

#define NS	1000000000ull

/* n units are n * whole + n * part / 2^32 of the other kind. */
struct rate {
	u32 whole, part;
};
static struct rate to_ns, to_ticks;

static struct rate rate_of(u64 to, u64 from)
{
	return (struct rate){ (u32)(to / from),
		(u32)((to % from << 32) / from) };
}

static u64 convert(u64 n, struct rate r)
{
	return n * r.whole + (n >> 32) * r.part + ((u64)(u32)n * r.part >> 32);
}

/* Read both words; the upper one must not have changed meanwhile. */
static u64 ticks(void)
{
	u32 high, low;

	do {
		high = csr_read(timeh);
		low = csr_read(time);
	} while (high != csr_read(timeh));
	return (u64)high << 32 | low;
}

/* The lower word is first made too large to fire. */
static void set_timer(u64 at)
{
	csr_write(CSR_STIMECMP, ~0ul);
	csr_write(CSR_STIMECMPH, (u32)(at >> 32));
	csr_write(CSR_STIMECMP, (u32)at);
}

void time_init(void)
{
	to_ns = rate_of(NS, timebase);
	to_ticks = rate_of(timebase, NS);
	set_timer(~0ull);
}

ktime_t arch_clock(void)
{
	return convert(ticks(), to_ns);
}

/*
 * Rounded up, and by what a fraction of 32 bits loses.  At most an hour: an
 * interrupt too many is harmless, and a deadline may be as far away as ~0.
 */
void arch_timer(ktime_t deadline)
{
	u64 far = ticks() + 3600ull * timebase;
	u64 at = convert(deadline, to_ticks) + 1;

	set_timer(at < far ? at : far);
}
