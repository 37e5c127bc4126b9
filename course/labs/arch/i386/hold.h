/* SPDX-License-Identifier: MIT */
/* i386: the registers that lab 7 holds. */
#ifndef LABS_HOLD_H
#define LABS_HOLD_H

#define HOLD_X	6			/* ebx, ecx, edx, esi, edi, ebp */
#define HOLD_F	24			/* st(7) to st(0), xmm0 to xmm7 */
#define HOLD_NEW	8		/* a new program's st(0) to st(7) are empty */
#define HOLD_CONTROL 0x077f		/* fcw: round to minus infinity */
#define HOLD_CHANGES 0x4e0u		/* what only odd seeds have */
#define HOLD_MORE(seed)	((seed) & 1 ? 0x3f80 : 0x1f80)	/* mxcsr */
#define FLOAT_NAME	"%s%d%s"
#define FLOAT_NUMBER(i) \
	(i) < 8 ? "st(" : "xmm", (i) < 8 ? 7 - (i) : ((i) - 8) / 2, \
	(i) < 8 ? ")" : (i) % 2 ? ", upper half" : ", lower half"

static const char *const hold_names[HOLD_X] = {
	"ebx", "ecx", "edx", "esi", "edi", "ebp",
};

__asm__(
	".macro	hold_floats\n"
	"	fninit\n"
	"	.irp n, 0, 1, 2, 3, 4, 5, 6, 7\n"
	"	fldl	24 + 8 * \\n(%eax)\n"
	"	movups	88 + 16 * \\n(%eax), %xmm\\n\n"
	"	.endr\n"
	".endm\n"
	".macro	take_floats\n"
	"	.irp n, 7, 6, 5, 4, 3, 2, 1, 0\n"
	"	fstpl	24 + 8 * \\n(%eax)\n"
	"	movups	%xmm\\n, 88 + 16 * \\n(%eax)\n"
	"	.endr\n"
	".endm\n"
	".macro	hold_begin\n"
	"	pushl	%ebp\n"
	"	pushl	%ebx\n"
	"	pushl	%esi\n"
	"	pushl	%edi\n"
	"	movl	20(%esp), %eax\n"
	"	hold_floats\n"
	"	fldcw	216(%eax)\n"
	"	ldmxcsr	220(%eax)\n"
	"	movl	0(%eax), %ebx\n"
	"	movl	4(%eax), %ecx\n"
	"	movl	8(%eax), %edx\n"
	"	movl	12(%eax), %esi\n"
	"	movl	16(%eax), %edi\n"
	"	movl	20(%eax), %ebp\n"
	".endm\n"
	".macro	hold_end\n"
	"	movl	24(%esp), %eax\n"
	"	movl	%ebx, 0(%eax)\n"
	"	movl	%ecx, 4(%eax)\n"
	"	movl	%edx, 8(%eax)\n"
	"	movl	%esi, 12(%eax)\n"
	"	movl	%edi, 16(%eax)\n"
	"	movl	%ebp, 20(%eax)\n"
	"	movl	$0, 216(%eax)\n"
	"	fnstcw	216(%eax)\n"
	"	stmxcsr	220(%eax)\n"
	"	take_floats\n"
	"	fninit\n"
	"	pushl	$0x1f80\n"
	"	ldmxcsr	(%esp)\n"
	"	popl	%eax\n"
	"	popl	%edi\n"
	"	popl	%esi\n"
	"	popl	%ebx\n"
	"	popl	%ebp\n"
	"	ret\n"
	".endm\n"
	"	.text\n"
	"hold_yield:\n"
	"	hold_begin\n"
	"	movl	$158, %eax\n"
	"	int	$0x80\n"
	"	hold_end\n"
	"hold_spin:\n"
	"	hold_begin\n"
	"1:	movl	28(%esp), %eax\n"
	"	cmpl	$0, (%eax)\n"
	"	je	1b\n"
	"	hold_end\n"
	"float_set:\n"
	"	movl	4(%esp), %eax\n"
	"	hold_floats\n"
	"	ret\n"
	"float_get:\n"
	"	movl	4(%esp), %eax\n"
	"	take_floats\n"
	"	ret\n");

#endif
