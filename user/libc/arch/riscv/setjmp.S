/* SPDX-License-Identifier: MIT */
/* setjmp and longjmp save only the callee-saved registers of the psABI. */
#include "words.h"
	.text
	.globl	setjmp
	.type	setjmp, @function
setjmp:
	STORE	ra, 0(a0)
	STORE	sp, WORD(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	STORE	s\n, (2 + \n) * WORD(a0)
	fsd	fs\n, 14 * WORD + 8 * \n(a0)
	.endr
	li	a0, 0
	ret
	.size	setjmp, . - setjmp

	.globl	longjmp
	.type	longjmp, @function
longjmp:
	LOAD	ra, 0(a0)
	LOAD	sp, WORD(a0)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	LOAD	s\n, (2 + \n) * WORD(a0)
	fld	fs\n, 14 * WORD + 8 * \n(a0)
	.endr
	seqz	a0, a1
	add	a0, a0, a1		/* longjmp(env, 0) returns 1 */
	ret
	.size	longjmp, . - longjmp

	.section .note.GNU-stack, "", @progbits
