/* SPDX-License-Identifier: MIT */
/*
 * long __syscall(long nr, long a, long b, long c, long d, long e, long f)
 *
 * The number goes to a7, the arguments to a0-a5; the result, or a negative
 * errno, comes back in a0.  The kernel keeps every other register.
 */
#include "words.h"
	.text
	.globl	__syscall
	.type	__syscall, @function
__syscall:
	mv	a7, a0
	mv	a0, a1
	mv	a1, a2
	mv	a2, a3
	mv	a3, a4
	mv	a4, a5
	mv	a5, a6
	ecall
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
	andi	a1, a1, -16
	addi	a1, a1, -16
	STORE	a0, 0(a1)
	STORE	a3, WORD(a1)
	mv	a0, a2			/* flags; a1 is the stack */
	mv	a2, a4			/* where the parent finds the tid */
	mv	a3, a5			/* tls */
	mv	a4, a6			/* where the child's tid is cleared */
	li	a7, 220
	ecall
	beqz	a0, 1f
	ret
1:
	mv	fp, zero
	LOAD	t0, 0(sp)
	LOAD	a0, WORD(sp)
	jalr	t0
	li	a7, 93			/* exit of this thread only */
	ecall
	unimp
	.size	__clone, . - __clone

	.section .note.GNU-stack, "", @progbits
