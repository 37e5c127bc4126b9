/* SPDX-License-Identifier: MIT */
/* The page of kernel code that every program has: the end of a signal. */
#define SYS_RT_SIGRETURN	139

	.section .data.page, "aw"
	.balign	4096
	.globl	vdso_image
vdso_image:
	li	a7, SYS_RT_SIGRETURN
	ecall
	.balign	4096
