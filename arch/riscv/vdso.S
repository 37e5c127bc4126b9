/* SPDX-License-Identifier: MIT */
/*
 * The page of kernel code that every program has: where a signal handler
 * returns to (row B8).
 */
#include "asm-offsets.h"

	.section .data.page, "aw"
	.balign	4096
	.globl	vdso_image
vdso_image:
	/* debuggers and unwinders know the pair of instructions */
vdso_sigreturn:
	li	a7, 139			/* rt_sigreturn */
	ecall
	.balign	4096

	.section .rodata
	.balign	8
	.globl	arch_vdso
arch_vdso:
	.dword	vdso_image
	.dword	4096
	.dword	0			/* no ELF image yet */
	.dword	0
	.globl	arch_vdso_sigreturn
arch_vdso_sigreturn:
	.dword	vdso_sigreturn - vdso_image
