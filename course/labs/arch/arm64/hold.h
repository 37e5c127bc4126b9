/* SPDX-License-Identifier: MIT */
/* arm64: the registers that lab 7 holds. */
#ifndef LABS_HOLD_H
#define LABS_HOLD_H

#define HOLD_X	28			/* x19 to x30, x2 to x7, x9 to x18 */
#define HOLD_F	64			/* the halves of q0 to q31 */
#define HOLD_NEW	0			/* the first one that a new program has */
#define HOLD_CONTROL 0x800000		/* fpcr: round to minus infinity */
#define HOLD_CHANGES 0x800000u		/* what only odd seeds have */
#define HOLD_MORE(seed)	((seed) & 1 ? 0x8000000 : 0)	/* fpsr: QC */
#define FLOAT_NAME	"q%d, %s half"
#define FLOAT_NUMBER(i)	(i) / 2, (i) % 2 ? "upper" : "lower"

static const char *const hold_names[HOLD_X] = {
	"x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28",
	"x29", "x30", "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11",
	"x12", "x13", "x14", "x15", "x16", "x17", "x18",
};

__asm__(
	".macro	hold_kept op, at\n"
	"	\\op	x19, x20, [\\at]\n"
	"	\\op	x21, x22, [\\at, #16]\n"
	"	\\op	x23, x24, [\\at, #32]\n"
	"	\\op	x25, x26, [\\at, #48]\n"
	"	\\op	x27, x28, [\\at, #64]\n"
	"	\\op	x29, x30, [\\at, #80]\n"
	".endm\n"
	".macro	hold_each op, at\n"
	"	hold_kept \\op, \\at\n"
	"	\\op	x2, x3, [\\at, #96]\n"
	"	\\op	x4, x5, [\\at, #112]\n"
	"	\\op	x6, x7, [\\at, #128]\n"
	"	\\op	x9, x10, [\\at, #144]\n"
	"	\\op	x11, x12, [\\at, #160]\n"
	"	\\op	x13, x14, [\\at, #176]\n"
	"	\\op	x15, x16, [\\at, #192]\n"
	"	\\op	x17, x18, [\\at, #208]\n"
	".endm\n"
	".macro	hold_floats op, at\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
	"	\\op	q\\n, [\\at, #224 + 16 * \\n]\n"
	"	.endr\n"
	"	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28\n"
	"	\\op	q\\n, [\\at, #224 + 16 * \\n]\n"
	"	.endr\n"
	"	.irp n, 29, 30, 31\n"
	"	\\op	q\\n, [\\at, #224 + 16 * \\n]\n"
	"	.endr\n"
	".endm\n"
	".macro	hold_begin\n"
	"	sub	sp, sp, #112\n"
	"	hold_kept stp, sp\n"
	"	str	x1, [sp, #96]\n"
	"	mov	x1, x2\n"
	"	ldr	w9, [x0, #736]\n"
	"	msr	fpcr, x9\n"
	"	ldr	w9, [x0, #740]\n"
	"	msr	fpsr, x9\n"
	"	hold_floats ldr, x0\n"
	"	hold_each ldp, x0\n"
	".endm\n"
	".macro	hold_end\n"
	"	ldr	x0, [sp, #96]\n"
	"	hold_each stp, x0\n"
	"	hold_floats str, x0\n"
	"	mrs	x9, fpcr\n"
	"	str	w9, [x0, #736]\n"
	"	mrs	x9, fpsr\n"
	"	str	w9, [x0, #740]\n"
	"	msr	fpcr, xzr\n"
	"	msr	fpsr, xzr\n"
	"	hold_kept ldp, sp\n"
	"	add	sp, sp, #112\n"
	"	ret\n"
	".endm\n"
	"	.text\n"
	"hold_yield:\n"
	"	hold_begin\n"
	"	mov	x8, #124\n"
	"	svc	#0\n"
	"	hold_end\n"
	"hold_spin:\n"
	"	hold_begin\n"
	"1:	ldr	w0, [x1]\n"
	"	cbz	w0, 1b\n"
	"	hold_end\n"
	"float_set:\n"
	"	hold_floats ldr, x0\n"
	"	ret\n"
	"float_get:\n"
	"	hold_floats str, x0\n"
	"	ret\n");

#endif
