/* SPDX-License-Identifier: MIT */
/*
 * RISC-V, both widths: the entry point from the kernel, and the code to which a
 * PLT jumps when a function is called for the first time.
 */
#include "../../../libc/arch/riscv/words.h"
	.text
	.globl	_start
	.hidden	_start
_start:
	mv	fp, zero
	mv	ra, zero
	mv	a0, sp
	call	rtld_boot		/* returns the program's entry */
	mv	t0, a0
	lla	a0, run_destructors	/* crt0 calls it at the end */
	jr	t0

/*
 * Entered from the head of a PLT: t0 is the object, t1 the offset of the
 * function's GOT entry, counted from behind the linker's two entries.  The
 * function's arguments must be preserved; t0 to t6 need not.
 */
	.globl	plt_trampoline
	.hidden	plt_trampoline
plt_trampoline:
	/* lab plt: begin */
	addi	sp, sp, -144
	STORE	ra, 64(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	STORE	a\n, 64 + (1 + \n) * WORD(sp)
	fsd	fa\n, 8 * \n(sp)
	.endr
	mv	a0, t0
	srli	a1, t1, SHIFT		/* number of the relocation */
	call	plt_bind
	mv	t0, a0
	LOAD	ra, 64(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	LOAD	a\n, 64 + (1 + \n) * WORD(sp)
	fld	fa\n, 8 * \n(sp)
	.endr
	addi	sp, sp, 144
	jr	t0
	/* lab plt: end, else unimp */

/*
 * Functions that code calls through a TLS descriptor, whose address is in a0;
 * the return address is in t0.  They return in a0 the offset of a variable from
 * the thread pointer, and change no other register (psABI, "TLS Descriptors").
 * The second word of the descriptor is that offset, or the address of an
 * argument for __tls_get_addr().
 */
	.globl	tls_desc_fixed
	.hidden	tls_desc_fixed
tls_desc_fixed:
	LOAD	a0, WORD(a0)
	jr	t0

/*
 * `access` all registers that tls_address() may change, but a0: integers by
 * `access`, floats by `float`.
 */
	.macro	changed access, float
	.irp	n, 0, 1, 2, 3, 4, 5, 6
	\access	t\n, \n * WORD(sp)
	.endr
	.irp	n, 1, 2, 3, 4, 5, 6, 7
	\access	a\n, (6 + \n) * WORD(sp)
	.endr
	\access	ra, 14 * WORD(sp)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7
	\float	ft\n, 128 + 8 * \n(sp)
	\float	fa\n, 192 + 8 * \n(sp)
	.endr
	.irp	n, 8, 9, 10, 11
	\float	ft\n, 192 + 8 * \n(sp)
	.endr
	.endm

	.globl	tls_desc_late
	.hidden	tls_desc_late
tls_desc_late:
	addi	sp, sp, -288
	changed	STORE, fsd
	LOAD	a0, WORD(a0)
	call	tls_address
	sub	a0, a0, tp
	changed	LOAD, fld
	addi	sp, sp, 288
	jr	t0

/* For an undefined weak variable: the result is address 0 plus the addend. */
	.globl	tls_desc_nowhere
	.hidden	tls_desc_nowhere
tls_desc_nowhere:
	LOAD	a0, WORD(a0)
	sub	a0, a0, tp
	jr	t0

	.section .note.GNU-stack, "", @progbits
