/* SPDX-License-Identifier: MIT */
/*
 * The clock is the `time` register; its timer is stimecmp (Sstc) or the
 * firmware's.
 */
#include <arch/machine.h>
#include <arch/sbi.h>
#include <dev/chip/counter.h>
#include <lt/arch.h>

static void set_timer(u64 ticks)
{
	if (machine.sstc)
		csr_write(0x14d, ticks);	/* stimecmp */
	else
		sbi_call(SBI_TIME, 0, ticks, 0);
}

void time_init(void)
{
	counter_init(machine.timebase);
	time_init_cpu();
}

void time_init_cpu(void)
{
	set_timer(~0ull);
}

ktime_t arch_clock(void)
{
	return counter_ns(csr_read(time));
}

void arch_timer(ktime_t deadline)
{
	set_timer(counter_deadline(csr_read(time), deadline));
}
