/* SPDX-License-Identifier: MIT */
/*
 * RISC-V, both widths: where the kernel enters, and where a PLT goes for a function that
 * is called for the first time.
 */
#include "../../../libc/arch/riscv/words.h"
	.text
	.globl	_start
	.hidden	_start
_start:
	mv	fp, zero
	mv	ra, zero
	mv	a0, sp
	call	rtld_boot		/* => where the program begins */
	mv	t0, a0
	lla	a0, run_destructors	/* what crt0 is to call at the end */
	jr	t0

/*
 * From the head of a PLT: t0 is the object, t1 the offset of its GOT entry
 * behind the two of the linker's.  Arguments of the function must survive;
 * t0 to t6 need not.
 */
	.globl	plt_trampoline
	.hidden	plt_trampoline
plt_trampoline:
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

	.section .note.GNU-stack, "", @progbits
