/* SPDX-License-Identifier: MIT */
/*
 * long __syscall(long nr, long a, long b, long c, long d, long e, long f)
 *
 * The number goes to x8, the arguments to x0 - x5; the result, or a negative
 * errno, comes back in x0.  The kernel keeps every other register.
 */
	.text
	.globl	__syscall
	.type	__syscall, @function
__syscall:
	mov	x8, x0
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	mov	x3, x4
	mov	x4, x5
	mov	x5, x6
	svc	#0
	ret
	.size	__syscall, . - __syscall

/*
 * long __clone(int (*fn)(void *), void *stack, long flags, void *arg,
 *              int *ptid, void *tls, int *ctid)
 *
 * The child starts with the parent's registers and another stack.  Its data is
 * stored on that stack first, since the parent may change all other memory.
 */
	.globl	__clone
	.type	__clone, @function
__clone:
	and	x1, x1, #-16
	stp	x0, x3, [x1, #-16]!
	mov	x0, x2			/* flags; x1 is the stack */
	mov	x2, x4			/* where the parent finds the tid */
	mov	x3, x5			/* tls */
	mov	x4, x6			/* where the child's tid is cleared */
	mov	x8, #220
	svc	#0
	cbz	x0, 1f
	ret
1:
	mov	x29, #0
	mov	x30, #0
	ldp	x9, x0, [sp]
	blr	x9
	mov	x8, #93			/* exit of this thread only */
	svc	#0
	udf	#0
	.size	__clone, . - __clone

	.section .note.GNU-stack, "", @progbits
