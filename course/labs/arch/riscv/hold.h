/* SPDX-License-Identifier: MIT */
/* RISC-V: the registers that lab 7 holds. */
#ifndef LABS_HOLD_H
#define LABS_HOLD_H

#define HOLD_X	23			/* s0 to s11, t0 to t6, a2 to a5 */
#define HOLD_F	32
#define HOLD_NEW	0			/* the first one that a new program has */
#define HOLD_CONTROL 0x60		/* fcsr: round to minus infinity .. */
#define HOLD_CHANGES 0x4e0u		/* what only odd seeds have */
#define HOLD_MORE(seed)	0
#define FLOAT_NAME	"f%d"
#define FLOAT_NUMBER(i)	(i)

static const char *const hold_names[HOLD_X] = {
	"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10",
	"s11", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4", "a5",
};

__asm__(
	".macro	hold_each op, at\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n"
	"	\\op	s\\n, 8 * \\n(\\at)\n"
	"	.endr\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6\n"
	"	\\op	t\\n, 96 + 8 * \\n(\\at)\n"
	"	.endr\n"
	"	.irp n, 2, 3, 4, 5\n"
	"	\\op	a\\n, 136 + 8 * \\n(\\at)\n"
	"	.endr\n"
	".endm\n"
	".macro	hold_floats op, at\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	\\op	f\\n, 184 + 8 * \\n(\\at)\n"
	"	.endr\n"
	"	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28\n"
	"	\\op	f\\n, 184 + 8 * \\n(\\at)\n"
	"	.endr\n"
	"	.irp n, 29, 30, 31\n"
	"	\\op	f\\n, 184 + 8 * \\n(\\at)\n"
	"	.endr\n"
	".endm\n"
	".macro	hold_begin\n"
	"	addi	sp, sp, -128\n"
	"	sd	ra, 96(sp)\n"
	"	sd	a1, 104(sp)\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n"
	"	sd	s\\n, 8 * \\n(sp)\n"
	"	.endr\n"
	"	mv	a6, a2\n"
	"	ld	t0, 440(a0)\n"
	"	fscsr	t0\n"
	"	hold_floats fld, a0\n"
	"	hold_each ld, a0\n"
	".endm\n"
	".macro	hold_end\n"
	"	ld	a0, 104(sp)\n"
	"	hold_each sd, a0\n"
	"	hold_floats fsd, a0\n"
	"	frcsr	t0\n"
	"	sd	t0, 440(a0)\n"
	"	fscsr	zero\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n"
	"	ld	s\\n, 8 * \\n(sp)\n"
	"	.endr\n"
	"	ld	ra, 96(sp)\n"
	"	addi	sp, sp, 128\n"
	"	ret\n"
	".endm\n"
	"	.text\n"
	"hold_yield:\n"
	"	hold_begin\n"
	"	li	a7, 124\n"
	"	ecall\n"
	"	hold_end\n"
	"hold_spin:\n"
	"	hold_begin\n"
	"1:	lw	a0, 0(a6)\n"
	"	beqz	a0, 1b\n"
	"	hold_end\n"
	".macro	float_copy fn, op\n"
	"\\fn:	hold_floats \\op, a0\n"
	"	ret\n"
	".endm\n"
	"	float_copy float_set, fld\n"
	"	float_copy float_get, fsd\n");

#endif
