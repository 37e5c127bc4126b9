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

	.section .note.GNU-stack, "", @progbits
