/* SPDX-License-Identifier: MIT */
/*
 * Lab 7: hold known values in the program's registers while other tasks run.
 * hold_yield() calls sched_yield() once, hold_spin() runs in a loop until
 * *until is not 0.  Both load all registers from `in`, and store into `out`
 * what they hold afterwards.
 */
#ifndef LAB_REGS_H
#define LAB_REGS_H

#include "check.h"

#if defined(__riscv)

#define HOLD_X	23			/* s0 to s11, t0 to t6, a2 to a5 */
#define HOLD_F	32
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

#elif defined(__aarch64__)

#define HOLD_X	28			/* x19 to x30, x2 to x7, x9 to x18 */
#define HOLD_F	64			/* the halves of q0 to q31 */
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

#elif defined(__i386__)

#define HOLD_X	6			/* ebx, ecx, edx, esi, edi, ebp */
#define HOLD_F	24			/* st(7) to st(0), xmm0 to xmm7 */
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

#else
#error "lab 7 does not know the registers of this machine"
#endif

struct values {
	unsigned long x[HOLD_X];
	uint64_t f[HOLD_F];
	uint32_t control, more;		/* rounding and exceptions */
};

/* The routines above find their arguments on the stack on i386. */
#ifdef __i386__
#define ON_STACK	__attribute__((cdecl))
#else
#define ON_STACK
#endif

ON_STACK void hold_yield(const struct values *in, struct values *out,
			 volatile int *unused);
ON_STACK void hold_spin(const struct values *in, struct values *out,
			volatile int *until);
/* Load the float registers, or store them (and empty i386's stack of them). */
ON_STACK void float_set(const struct values *in);
ON_STACK void float_get(struct values *out);

/* Values that no other seed has in the same register. */
static inline void values_fill(struct values *v, unsigned seed)
{
	memset(v, 0, sizeof(*v));
	for (int i = 0; i < HOLD_X; i++)
		v->x[i] = 0x1000UL * (seed + 1) + (unsigned long)i;
	for (int i = 0; i < HOLD_F; i++) {
		double d = (double)(1000 * (seed + 1) + (unsigned)i);

		memcpy(&v->f[i], &d, sizeof(d));
	}
	v->control = seed & 1 ? HOLD_CONTROL : HOLD_CONTROL & ~HOLD_CHANGES;
	v->more = HOLD_MORE(seed);
}

static inline void integers_must_be(const struct values *found,
				    const struct values *expected)
{
	for (int i = 0; i < HOLD_X; i++)
		lab_check(found->x[i] == expected->x[i],
			  "register %s: expected %lx, found %lx",
			  hold_names[i], expected->x[i], found->x[i]);
}

static inline void floats_must_be(const struct values *found,
				  const struct values *expected)
{
	for (int i = 0; i < HOLD_F; i++)
		lab_check(found->f[i] == expected->f[i],
			  "register " FLOAT_NAME ": expected bits %llx, found "
			  "%llx", FLOAT_NUMBER(i),
			  (unsigned long long)expected->f[i],
			  (unsigned long long)found->f[i]);
}

static inline void control_must_be(const struct values *found,
				   const struct values *expected)
{
	lab_check(found->control == expected->control &&
		  found->more == expected->more,
		  "the float control word: expected %x %x, found %x %x",
		  expected->control, expected->more, found->control,
		  found->more);
}

/* Memory that all children of fork() share. */
static inline volatile int *shared_words(void)
{
	void *at = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

#endif
