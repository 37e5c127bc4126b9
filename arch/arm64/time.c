/* SPDX-License-Identifier: MIT */
/*
 * The clock is the virtual counter, and its timer is the virtual timer (Arm
 * Architecture Reference Manual, chapter D11).
 */
#include <arch/machine.h>
#include <dev/chip/counter.h>
#include <lt/arch.h>

#define CTL_ENABLE 1			/* CNTV_CTL_EL0, with its mask bit 0 */

static u64 ticks(void)
{
	isb();			/* or the counter may be read too early */
	return read_sysreg(cntvct_el0);
}

void time_init(void)
{
	counter_init(machine.timebase);
	time_init_cpu();
}

void time_init_cpu(void)
{
	write_sysreg(cntv_cval_el0, ~0ul);
	write_sysreg(cntv_ctl_el0, CTL_ENABLE);
}

ktime_t arch_clock(void)
{
	return counter_ns(ticks());
}

/*
 * The barrier makes a timer that had fired quiet before interrupts are on
 * again.
 */
void arch_timer(ktime_t deadline)
{
	write_sysreg(cntv_cval_el0, counter_deadline(ticks(), deadline));
	isb();
}
