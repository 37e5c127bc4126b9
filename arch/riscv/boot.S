/* SPDX-License-Identifier: MIT */
/*
 * First instructions.  The firmware enters at the load address in supervisor
 * mode with a0 = hart id, a1 = device tree and translation off.  A table of 1
 * GiB leaves maps physical memory at KERNEL_OFFSET until mm/tables/kmap.c
 * builds the real one.  The jump to high addresses is a fetch fault, with the
 * vector set to the next instruction's high address, so no identity map is
 * needed.
 */
#include <arch/csr.h>
#include <arch/page.h>
#include "asm-offsets.h"

#define LEAF	0xef			/* D A G X W R V */
#define GIB_PPN	(1 << 28)		/* 1 GiB, as the PPN field of a PTE */

#ifdef CHECK_ADDRESS
#define LEAF_DATA	0xe7		/* the same without X */
#define TABLE		0x01		/* V */
#define SHADOW_INDEX	(SHADOW_START >> 30 & 511)

	/* write t3 entries at t1, all of which map the page at t2 */
	.macro	fill_table bits
	srli	t2, t2, 2
	ori	t2, t2, \bits
1:	sd	t2, 0(t1)
	addi	t1, t1, 8
	addi	t3, t3, -1
	bnez	t3, 1b
	.endm
#endif

	.section .text.boot, "ax"
	.globl	_start
_start:
	csrw	sie, zero
	csrw	sscratch, zero
	/*
	 * The first hart boots.  OpenSBI 1.1 also lets further harts in: it
	 * marks a hart as started before it stores the hart's argument and
	 * entry address, and a hart that sees the mark too early jumps here, or
	 * to the right address with an old argument.  The word
	 * boot_taken lies in .data, because the kernel clears .bss.
	 */
	la	t0, boot_taken
	li	t1, 1
	amoswap.w.aq t1, t1, (t0)
	bnez	t1, secondary_start
	la	t0, __bss_start
	la	t1, __bss_end
1:	sd	zero, 0(t0)
	sd	zero, 8(t0)
	sd	zero, 16(t0)
	sd	zero, 24(t0)
	addi	t0, t0, 32
	bltu	t0, t1, 1b

	/*
	 * Set t0 to the place of root[256 + i], the leaf of gigabyte i, for the
	 * 128 GiB of the direct map.
	 */
	la	t0, boot_root
	li	t1, 8 * 256
	add	t1, t0, t1
	li	t2, LEAF
	li	t3, GIB_PPN
	li	t4, 128
1:	sd	t2, 0(t1)
	addi	t1, t1, 8
	add	t2, t2, t3
	addi	t4, t4, -1
	bnez	t4, 1b
#ifdef CHECK_ADDRESS
	/*
	 * one page is the shadow of all memory until mm/tables/kmap.c maps the
	 * real shadow
	 */
	la	t1, early_table
	la	t2, early_page
	li	t3, 512
	fill_table LEAF_DATA
	la	t1, early_directory
	la	t2, early_table
	li	t3, 512
	fill_table TABLE
	li	t1, 8 * SHADOW_INDEX
	add	t1, t1, t0
	la	t2, early_directory
	li	t3, 32
	fill_table TABLE
#endif

	li	t2, KERNEL_OFFSET
	la	t1, 2f
	add	t1, t1, t2
	csrw	stvec, t1
	srli	t0, t0, PAGE_SHIFT
	li	t1, SATP_SV39
	or	t0, t0, t1
	sfence.vma			/* orders the stores above */
	csrw	satp, t0
	.balign	4
2:	/* running at the high address, after the fault */
	la	t0, trap_vector
	csrw	stvec, t0
	la	sp, boot_stack + (1 << KSTACK_SHIFT) - TF_SIZE
	la	tp, boot_task
	li	s0, 0
	call	start
	j	.

	/*
	 * Entry of a further hart: a0 = hart id, translation off.  It waits
	 * until arch_cpu_start() stores its id in started_hart, after it has
	 * stored the hart's struct cpu.  The hart must not stop itself while it
	 * waits: the firmware, which is in the middle of starting it, would not
	 * wake it again.  It uses the kernel's own page table.
	 */
	.globl	secondary_start
secondary_start:
	csrw	sie, zero
	csrw	sscratch, zero
	la	t0, started_hart
1:	ld	t1, 0(t0)
	bne	t1, a0, 1b
	fence	r, rw
	la	t0, started_cpu
	ld	a1, 0(t0)
	la	t0, kernel_root
	ld	t0, 0(t0)
	li	t2, KERNEL_OFFSET
	la	t1, 1f
	add	t1, t1, t2
	csrw	stvec, t1
	srli	t0, t0, PAGE_SHIFT
	li	t1, SATP_SV39
	or	t0, t0, t1
	sfence.vma
	csrw	satp, t0
	.balign	4
1:	la	t0, trap_vector
	csrw	stvec, t0
	sfence.vma
	fence.i
	ld	tp, CPU_IDLE(a1)
	ld	sp, TASK_FRAME(tp)
	li	s0, 0
	mv	a0, a1
	call	cpu_main
	j	.

	/*
	 * power_word(a0 = physical address, a1 = value): store a 32-bit word
	 * with translation off, so that it works whatever the page tables are.
	 * The store does not return on the known machines.
	 */
	.globl	power_word
	.balign	4
power_word:
	csrw	sie, zero
	li	t0, KERNEL_OFFSET
	la	t1, 1f
	sub	t1, t1, t0
	csrw	stvec, t1
	sfence.vma
	csrw	satp, zero
	.balign	4
1:	sw	a1, 0(a0)
2:	wfi
	j	2b

	.data
	.balign	8
	.globl	started_hart, started_cpu
started_hart:
	.dword	-1
started_cpu:
	.dword	0
boot_taken:
	.word	0

	.section .bss.page, "aw", @nobits
	.balign	1 << KSTACK_SHIFT
	.globl	boot_stack
boot_stack:
	.space	1 << KSTACK_SHIFT
	.balign	4096
boot_root:
	.space	4096
#ifdef CHECK_ADDRESS
early_directory:
	.space	4096
early_table:
	.space	4096
early_page:
	.space	4096
#endif
