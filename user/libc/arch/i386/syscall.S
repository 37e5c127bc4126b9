/* SPDX-License-Identifier: MIT */
/*
 * There is no frame pointer here, because ebp holds an argument.  So the CFI
 * directives tell a debugger where the caller's registers are (DWARF 5, 6.4),
 * in a section that is not loaded.
 */
	.cfi_sections .debug_frame

	.macro	save reg
	pushl	%\reg
	.cfi_adjust_cfa_offset 4
	.cfi_rel_offset \reg, 0
	.endm

	.macro	restore reg
	popl	%\reg
	.cfi_adjust_cfa_offset -4
	.cfi_restore \reg
	.endm

/*
 * long __syscall(long nr, long a, long b, long c, long d, long e, long f)
 *
 * The number goes to eax, the arguments to ebx ecx edx esi edi ebp; the
 * result, or a negative errno, comes back in eax.
 */
	.text
	.globl	__syscall
	.type	__syscall, @function
__syscall:
	.cfi_startproc
	save	ebp
	save	edi
	save	esi
	save	ebx
	movl	20(%esp), %eax
	movl	24(%esp), %ebx
	movl	28(%esp), %ecx
	movl	32(%esp), %edx
	movl	36(%esp), %esi
	movl	40(%esp), %edi
	movl	44(%esp), %ebp
	int	$0x80
	restore	ebx
	restore	esi
	restore	edi
	restore	ebp
	ret
	.cfi_endproc
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
	.cfi_startproc
	save	edi
	save	esi
	save	ebx
	movl	20(%esp), %ecx
	andl	$-16, %ecx
	subl	$16, %ecx
	movl	28(%esp), %eax
	movl	%eax, (%ecx)		/* arg: the first argument of fn */
	movl	16(%esp), %eax
	movl	%eax, 4(%ecx)		/* fn */
	movl	24(%esp), %ebx		/* flags */
	movl	32(%esp), %edx		/* where the parent finds the tid */
	movl	36(%esp), %esi		/* tls */
	movl	40(%esp), %edi		/* where the child's tid is cleared */
	movl	$120, %eax
	int	$0x80
	testl	%eax, %eax
	jz	1f
	.cfi_remember_state
	restore	ebx
	restore	esi
	restore	edi
	ret
1:
	.cfi_restore_state
	.cfi_undefined eip		/* the first frame of a thread */
	xorl	%ebp, %ebp
	call	*4(%esp)
	movl	%eax, %ebx
	movl	$1, %eax		/* exit of this thread only */
	int	$0x80
	ud2
	.cfi_endproc
	.size	__clone, . - __clone

/*
 * Signal handlers return to this code.  Linux's i386 kernel leaves it to the
 * program (SA_RESTORER) unless a vDSO is present.  Debuggers recognise the two
 * functions by their bytes, so they must be exactly these instructions.
 */
	.globl	__sigreturn
	.type	__sigreturn, @function
__sigreturn:
	popl	%eax			/* the signal number */
	movl	$119, %eax
	int	$0x80
	.size	__sigreturn, . - __sigreturn

	.globl	__rt_sigreturn
	.type	__rt_sigreturn, @function
__rt_sigreturn:
	movl	$173, %eax
	int	$0x80
	.size	__rt_sigreturn, . - __rt_sigreturn

	.section .note.GNU-stack, "", @progbits
