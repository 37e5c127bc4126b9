/* SPDX-License-Identifier: MIT */
/*
 * i386: the entry point from the kernel, and the code to which a PLT jumps when
 * a function is called for the first time.
 */
	.text
	.globl	_start
	.hidden	_start
_start:
	xorl	%ebp, %ebp
	movl	%esp, %esi
	andl	$-16, %esp
	subl	$12, %esp
	pushl	%esi
	call	rtld_boot		/* returns the program's entry */
	movl	%esi, %esp
	call	1f
1:	popl	%edx
	leal	run_destructors - 1b(%edx), %edx	/* for crt0 */
	jmp	*%eax

/*
 * Entered from the head of a PLT, which has pushed the object and the offset of
 * the relocation onto the return address.  Functions may have arguments in eax,
 * edx and ecx, which must be preserved.
 */
	.globl	plt_trampoline
	.hidden	plt_trampoline
plt_trampoline:
	/* lab plt: begin */
	pushl	%eax
	pushl	%ecx
	pushl	%edx
	movl	16(%esp), %ecx
	shrl	$3, %ecx		/* number of the relocation */
	pushl	%ecx
	pushl	16(%esp)		/* the object */
	call	plt_bind
	addl	$8, %esp
	popl	%edx
	movl	(%esp), %ecx
	movl	%eax, (%esp)		/* in place of ecx, for ret */
	movl	4(%esp), %eax
	ret	$12			/* skip eax and the PLT's two words */
	/* lab plt: end, else ud2 */

/* Like __tls_get_addr, but with the argument in eax. */
	.globl	___tls_get_addr
___tls_get_addr:
	subl	$8, %esp
	pushl	%eax
	call	tls_address
	addl	$12, %esp
	ret

/*
 * Functions that code calls through a TLS descriptor, whose address is in eax.
 * They return in eax the offset of a variable from the thread pointer, and
 * change no other register.  The second word of the descriptor is that offset,
 * or the address of an argument for __tls_get_addr().  The linker uses no float
 * registers (rtld_arch_args).
 */
	.globl	tls_desc_fixed
	.hidden	tls_desc_fixed
tls_desc_fixed:
	movl	4(%eax), %eax
	ret

	.globl	tls_desc_late
	.hidden	tls_desc_late
tls_desc_late:
	pushl	%ecx
	pushl	%edx
	subl	$12, %esp
	pushl	4(%eax)
	call	tls_address
	addl	$16, %esp
	subl	%gs:0, %eax
	popl	%edx
	popl	%ecx
	ret

/* For an undefined weak variable: the result is address 0 plus the addend. */
	.globl	tls_desc_nowhere
	.hidden	tls_desc_nowhere
tls_desc_nowhere:
	movl	4(%eax), %eax
	subl	%gs:0, %eax
	ret

	.section .note.GNU-stack, "", @progbits
