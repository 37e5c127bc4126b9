/* SPDX-License-Identifier: MIT */
/* What is on the stack goes to begin(); the system calls of a word each. */
	.text
	.globl	start
start:
	.option	push
	.option	norelax
	lla	gp, __global_pointer$
	.option	pop
	mv	a0, sp
	andi	sp, sp, -16
	call	begin
	ebreak

/* long call(long nr, long a, long b, long c, long d, long e, long f) */
	.globl	call
call:
	mv	a7, a0
	mv	a0, a1
	mv	a1, a2
	mv	a2, a3
	mv	a3, a4
	mv	a4, a5
	mv	a5, a6
	ecall
	ret
