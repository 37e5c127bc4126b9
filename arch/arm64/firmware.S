/* SPDX-License-Identifier: MIT */
/* Calls to what is below the kernel: the firmware, and the emulator. */
#include <arch/firmware.h>

	.text
	/*
	 * long psci_call(function, a, b, c): SMC Calling Convention (Arm DEN
	 * 0028), which preserves what C preserves
	 */
	.globl	psci_call
psci_call:
	hvc	#0
	ret

	/* void semihosting_exit(unsigned long status) */
	.globl	semihosting_exit
semihosting_exit:
	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	movz	x9, #SEMIHOSTING_REASON & 0xffff
	movk	x9, #SEMIHOSTING_REASON >> 16, lsl #16
	stp	x9, x0, [sp, #16]
	mov	w0, #SEMIHOSTING_EXIT
	add	x1, sp, #16
	.globl	semihosting_call
semihosting_call:
	hlt	#0xf000
	ldp	x29, x30, [sp], #32
	ret
