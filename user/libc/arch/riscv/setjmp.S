/* SPDX-License-Identifier: MIT */
/* setjmp and longjmp: the callee-saved registers of the psABI, no more. */
	.text
	.globl	setjmp
	.type	setjmp, @function
setjmp:
	sd	ra, 0(a0)
	sd	sp, 8(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 16 + 8 * \n(a0)
	fsd	fs\n, 112 + 8 * \n(a0)
	.endr
	li	a0, 0
	ret
	.size	setjmp, . - setjmp

	.globl	longjmp
	.type	longjmp, @function
longjmp:
	ld	ra, 0(a0)
	ld	sp, 8(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	ld	s\n, 16 + 8 * \n(a0)
	fld	fs\n, 112 + 8 * \n(a0)
	.endr
	seqz	a0, a1
	add	a0, a0, a1		/* setjmp never returns 0 twice */
	ret
	.size	longjmp, . - longjmp

	.section .note.GNU-stack, "", @progbits
