/* SPDX-License-Identifier: MIT */
/*
 * The clock is the virtual counter in ns, and its timer is the virtual timer
 * (Arm Architecture Reference Manual, chapter D11).  Conversions multiply by
 * 64-bit fractions computed once at boot, so no clock read divides.
 */
#include <arch/machine.h>
#include <lt/arch.h>
#include <lt/compiler.h>

#define NS	1000000000ull
#define CTL_ENABLE 1			/* CNTV_CTL_EL0, with its mask bit 0 */

static u64 ticks_fraction;		/* ticks per ns, as a fraction of
					   2^64 */

static inline u64 mul_high(u64 a, u64 b)
{
	return (unsigned __int128)a * b >> 64;
}

/* Return a / b as a fraction of 2^64, for a < b < 2^32. */
static u64 fraction(u64 a, u64 b)
{
	u64 high = (a << 32) / b, rest = (a << 32) % b;

	return high << 32 | (rest << 32) / b;
}

static u64 ticks(void)
{
	isb();			/* or the counter may be read too early */
	return read_sysreg(cntvct_el0);
}

static void vdso_set_offset(s64 offset)
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
	.set_realtime = vdso_set_offset,
	.leave_clock = leave_clock,
};

void time_init(void)
{
	vdso_clock.whole = NS / machine.timebase;
	vdso_clock.part = fraction(NS % machine.timebase, machine.timebase);
	ticks_fraction = fraction(machine.timebase, NS);
	time_init_cpu();
}

void time_init_cpu(void)
{
	write_sysreg(cntv_cval_el0, ~0ul);
	write_sysreg(cntv_ctl_el0, CTL_ENABLE);
}

ktime_t arch_clock(void)
{
	u64 t = ticks();

	return t * vdso_clock.whole + mul_high(t, vdso_clock.part);
}

/*
 * Set the timer, rounded up so that the deadline has passed when it fires.  The
 * timer is set to an hour at most: a spurious interrupt is harmless, while a
 * machine without any armed timer may sleep too deeply.  The barrier makes a
 * timer that had fired quiet before interrupts are on again.
 */
void arch_timer(ktime_t deadline)
{
	u64 far = ticks() + 3600ull * machine.timebase;
	u64 at = mul_high(deadline, ticks_fraction) + 1;

	write_sysreg(cntv_cval_el0, at < far ? at : far);
	isb();
}
