/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a program: sp points to argc, and x0 is a function to
 * call at exit if a runtime linker ran before.  The ABI defines no other
 * registers.
 */
	.text
	.globl	_start
_start:
	mov	x29, #0		/* ends the chain of frames for debuggers */
	mov	x30, #0
	mov	x2, x0
	adrp	x1, main
	add	x1, x1, :lo12:main
	mov	x0, sp
	and	sp, x0, #-16
	bl	__libc_start
	udf	#0

	.section .note.GNU-stack, "", @progbits
