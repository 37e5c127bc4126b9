/* SPDX-License-Identifier: MIT */
/*
 * Code mapped into every program: where handlers return to when the program
 * supplies no restorer of its own (row B6).
 */
	.section .rodata, "a"
	.balign 4096
	.globl vdso_start
vdso_start:
	.globl vdso_sigreturn
vdso_sigreturn:
	popl %eax
	movl $119, %eax
	int $0x80
	.balign 16
	.globl vdso_rt_sigreturn
vdso_rt_sigreturn:
	movl $173, %eax
	int $0x80
	.balign 4096
	.globl vdso_end
vdso_end:

	.globl arch_vdso
	.balign 4
arch_vdso:
	.long vdso_start
	.long 4096
	.long 0				/* not an ELF image */
	.long 0

	.section .note.GNU-stack, "", @progbits
