/* SPDX-License-Identifier: MIT */
/*
 * First instructions of a program: the kernel jumps here with sp at argc.
 * The psABI promises nothing about the other registers.
 */
	.text
	.globl	_start
_start:
	.option	push
	.option	norelax		/* gp is not usable while it is being set */
	la	gp, __global_pointer$
	.option	pop
	mv	fp, zero	/* ends the chain of frames for debuggers */
	mv	ra, zero
	mv	a0, sp
	andi	sp, sp, -16
	call	__libc_start
	unimp

	.section .note.GNU-stack, "", @progbits
