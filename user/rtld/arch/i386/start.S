/* SPDX-License-Identifier: MIT */
/*
 * i386: where the kernel enters, and where a PLT goes for a function that is
 * called for the first time.
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
	call	rtld_boot		/* => where the program begins */
	movl	%esi, %esp
	call	1f
1:	popl	%edx
	leal	run_destructors - 1b(%edx), %edx	/* for crt0, at the end */
	jmp	*%eax

/*
 * From the head of a PLT: the object and the offset of the relocation were
 * pushed, above them is where to return.  Functions may have arguments in
 * eax, edx and ecx, which must survive.
 */
	.globl	plt_trampoline
	.hidden	plt_trampoline
plt_trampoline:
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
	movl	%eax, (%esp)		/* goes where ecx was, to return to */
	movl	4(%esp), %eax
	ret	$12			/* over eax and the two pushed */

/* ___tls_get_addr: as __tls_get_addr, with its argument in eax. */
	.globl	___tls_get_addr
___tls_get_addr:
	subl	$8, %esp
	pushl	%eax
	call	tls_address
	addl	$12, %esp
	ret

/*
 * What code calls by a descriptor, whose address is in eax, for how far a
 * variable lies from the thread pointer; of all registers only eax changes.
 * The second word of the descriptor is that, or leads to what
 * __tls_get_addr() is asked.
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

/* A weak one that is nowhere: no address, and what is added to it. */
	.globl	tls_desc_nowhere
	.hidden	tls_desc_nowhere
tls_desc_nowhere:
	movl	4(%eax), %eax
	subl	%gs:0, %eax
	ret

	.section .note.GNU-stack, "", @progbits
