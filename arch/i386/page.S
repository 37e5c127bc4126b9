/* SPDX-License-Identifier: MIT */
/*
 * Whole pages, 16 bytes at a time.  The borrowed xmm register is restored, so
 * these functions may be called in any context: see <arch/task.h>.
 */
	.text
/* void arch_clear_page(void *page: eax) */
	.globl arch_clear_page
	.balign 16
arch_clear_page:
	subl $16, %esp
	movups %xmm0, (%esp)
	xorps %xmm0, %xmm0
	movl $4096 / 1024, %ecx
1:
	.set at, 0
	.rept 64
	movaps %xmm0, at(%eax)
	.set at, at + 16
	.endr
	addl $1024, %eax
	decl %ecx
	jnz 1b
	movups (%esp), %xmm0
	addl $16, %esp
	ret

/* void arch_copy_page(void *to: eax, const void *from: edx) */
	.globl arch_copy_page
	.balign 16
arch_copy_page:
	subl $16, %esp
	movups %xmm0, (%esp)
	movl $4096 / 1024, %ecx
1:
	.set at, 0
	.rept 64
	movaps at(%edx), %xmm0
	movaps %xmm0, at(%eax)
	.set at, at + 16
	.endr
	addl $1024, %eax
	addl $1024, %edx
	decl %ecx
	jnz 1b
	movups (%esp), %xmm0
	addl $16, %esp
	ret
