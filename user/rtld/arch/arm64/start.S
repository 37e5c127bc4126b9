/* SPDX-License-Identifier: MIT */
/*
 * arm64: the entry point from the kernel, and the code to which a PLT jumps
 * when a function is called for the first time.
 */
	.text
	.globl	_start
	.hidden	_start
_start:
	mov	x29, #0
	mov	x30, #0
	mov	x0, sp
	bl	rtld_boot		/* returns the program's entry */
	mov	x16, x0
	adrp	x0, run_destructors	/* crt0 calls it at the end */
	add	x0, x0, :lo12:run_destructors
	br	x16

/*
 * Entered from the head of a PLT, which has pushed the address of the
 * function's GOT entry and the return address; x16 is the address of GOT[2].
 * The function's arguments, and in x8 the address of its result, must be
 * preserved; x9 to x18 need not.
 */
	.globl	plt_trampoline
	.hidden	plt_trampoline
plt_trampoline:
	/* lab plt: begin */
	sub	sp, sp, #208
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	str	x\n, [sp, #128 + 8 * \n]
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	str	q\n, [sp, #16 * \n]
	.endr
	ldr	x0, [x16, #-8]		/* the object */
	ldr	x1, [sp, #208]
	sub	x1, x1, x16
	lsr	x1, x1, #3
	sub	x1, x1, #1		/* number of the relocation */
	bl	plt_bind
	mov	x16, x0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8
	ldr	x\n, [sp, #128 + 8 * \n]
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	ldr	q\n, [sp, #16 * \n]
	.endr
	ldr	x30, [sp, #216]
	add	sp, sp, #224		/* skip the PLT's two words */
	br	x16
	/* lab plt: end, else udf #0 */

/*
 * Functions that code calls through a TLS descriptor, whose address is in x0.
 * They return in x0 the offset of a variable from the thread pointer, and
 * change no other register.  The second word of the descriptor is that offset,
 * or the address of an argument for __tls_get_addr().
 */
	.globl	tls_desc_fixed
	.hidden	tls_desc_fixed
tls_desc_fixed:
	ldr	x0, [x0, #8]
	ret

/*
 * `access` (str, ldr) all registers that tls_address() may change, but x0.
 * The linker uses no float registers (rtld_arch_args).
 */
	.macro	changed access
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18
	\access	x\n, [sp, #8 * \n]
	.endr
	\access	x30, [sp]
	.endm

	.globl	tls_desc_late
	.hidden	tls_desc_late
tls_desc_late:
	sub	sp, sp, #160
	changed	str
	ldr	x0, [x0, #8]
	bl	tls_address
	mrs	x1, tpidr_el0
	sub	x0, x0, x1
	changed	ldr
	add	sp, sp, #160
	ret

/* For an undefined weak variable: the result is address 0 plus the addend. */
	.globl	tls_desc_nowhere
	.hidden	tls_desc_nowhere
tls_desc_nowhere:
	str	x1, [sp, #-16]!
	ldr	x0, [x0, #8]
	mrs	x1, tpidr_el0
	sub	x0, x0, x1
	ldr	x1, [sp], #16
	ret

	.section .note.GNU-stack, "", @progbits
