/* SPDX-License-Identifier: MIT */
/*
 * End the machine: semihosting takes an exit status, the firmware can only
 * switch off.  The firmware works whatever state the page tables are in.
 */
#include <arch/firmware.h>
#include <arch/machine.h>
#include <lt/arch.h>

void arch_end(int status)
{
	arch_irq_disable();
	if (status == ARCH_RESET) {
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
		status = 0;
	}
	semihosting_exit((unsigned long)status & 0xff);
	psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		arch_cpu_idle();
}
