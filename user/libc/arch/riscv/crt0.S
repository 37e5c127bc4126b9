/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a program: sp points to argc, and a0 is a function to
 * call at exit if a runtime linker ran before.  The psABI defines no other
 * registers.
 */
	.text
	.globl	_start
_start:
	.option	push
	.option	norelax		/* gp is not usable while it is being set */
	lla	gp, __global_pointer$
	.option	pop
	mv	fp, zero	/* ends the chain of frames for debuggers */
	mv	ra, zero
	mv	a2, a0
	lla	a1, main
	mv	a0, sp
	andi	sp, sp, -16
	call	__libc_start
	unimp

	.section .note.GNU-stack, "", @progbits
