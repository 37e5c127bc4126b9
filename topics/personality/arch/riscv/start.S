/* SPDX-License-Identifier: MIT */
/*
 * The first instructions of an xv6 program, on a page that is mapped into the
 * program (machine.c).
 */
	.section .data.page, "aw"
	.balign	4096
	.globl	xv6_start
xv6_start:
	ld	a0, -16(sp)
	mv	a1, sp
	ld	t0, -8(sp)
	jr	t0
	.balign	4096
