/* SPDX-License-Identifier: MIT */
/*
 * What is below the kernel: the firmware, by Arm's "Power State Coordination
 * Interface" (DEN 0022), the emulator, by "Semihosting for AArch32 and AArch64",
 * and a serial chip at its usual place on this board.
 */
#ifndef ARCH_FIRMWARE_H
#define ARCH_FIRMWARE_H

#define PSCI_SYSTEM_OFF		0x84000008
#define PSCI_SYSTEM_RESET	0x84000009
#define PSCI_CPU_ON		0xc4000003
#define PSCI_ALREADY_ON		(-4)

#define SEMIHOSTING_EXIT	0x20	/* SYS_EXIT_EXTENDED, with two words: */
#define SEMIHOSTING_REASON	0x20026	/* the application ends; the status */

#define EARLY_UART		0x09000000 /* a PL011, which takes a character
					      in its first register */

#ifndef __ASSEMBLER__
long psci_call(unsigned long function, unsigned long a, unsigned long b,
	       unsigned long c);
/* Ask whoever emulates the machine to end it; returns if nobody does. */
void semihosting_exit(unsigned long status);
extern const char semihosting_call[];	/* the instruction that asks */
#endif

#endif
