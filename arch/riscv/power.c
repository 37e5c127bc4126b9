/* SPDX-License-Identifier: MIT */
/*
 * End the machine.  The test device of the virtual machine takes an exit
 * status; the firmware can only switch off.  Both work whatever state the page
 * tables are in.
 */
#include <arch/machine.h>
#include <arch/sbi.h>
#include <lt/arch.h>

#define TEST_PASS	0x5555
#define TEST_FAIL	0x3333		/* status in the upper half */

void arch_end(int status)
{
	arch_irq_disable();
	if (status == ARCH_RESET) {
		sbi_call(SBI_SRST, 0, SBI_SRST_WARM_REBOOT, 0);
		status = 0;
	}
	if (machine.test)
		power_word(machine.test, status == 0 ? TEST_PASS :
			   (u32)(status & 0xff) << 16 | TEST_FAIL);
	sbi_call(SBI_SRST, 0, SBI_SRST_SHUTDOWN, status != 0);
	for (;;)
		arch_cpu_idle();
}
