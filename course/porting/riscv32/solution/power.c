/* SPDX-License-Identifier: MIT */
/* End the machine: the board's test device takes an exit status. */
#include <arch/machine.h>
#include <lt/arch.h>

#define TEST_PASS	0x5555
#define TEST_FAIL	0x3333		/* status in the upper half */
#define TEST_RESET	0x7777

void arch_end(int status)
{
	arch_irq_disable();
	poke_word(BOARD_TEST, status == ARCH_RESET ? TEST_RESET :
		  status == 0 ? TEST_PASS :
		  (unsigned long)(status & 0xff) << 16 | TEST_FAIL);
	for (;;)
		arch_cpu_idle();
}
