/* SPDX-License-Identifier: MIT */
/* setjmp and longjmp save only the registers that a call preserves. */
	.macro	all pair
	\pair	x19, x20, [x0]
	\pair	x21, x22, [x0, #16]
	\pair	x23, x24, [x0, #32]
	\pair	x25, x26, [x0, #48]
	\pair	x27, x28, [x0, #64]
	\pair	x29, x30, [x0, #80]
	\pair	d8, d9, [x0, #104]
	\pair	d10, d11, [x0, #120]
	\pair	d12, d13, [x0, #136]
	\pair	d14, d15, [x0, #152]
	.endm

	.text
	.globl	setjmp
	.type	setjmp, @function
setjmp:
	all	stp
	mov	x9, sp
	str	x9, [x0, #96]
	mov	w0, #0
	ret
	.size	setjmp, . - setjmp

	.globl	longjmp
	.type	longjmp, @function
longjmp:
	all	ldp
	ldr	x9, [x0, #96]
	mov	sp, x9
	cmp	w1, #0
	csinc	w0, w1, wzr, ne		/* longjmp(env, 0) returns 1 */
	ret
	.size	longjmp, . - longjmp

	.section .note.GNU-stack, "", @progbits
