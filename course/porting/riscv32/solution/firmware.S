/* SPDX-License-Identifier: MIT */
/*
 * The first instructions, and what other machines have firmware for.  Harts
 * begin in machine mode at the image's first byte, a0 = hart id, a1 = device
 * tree.  Each gives supervisor mode all memory, the timer and most traps, and
 * enters it with translation on: kernel addresses are physical addresses, so
 * nothing has to be relocated.  Three things stay here: the console until its
 * chip is mapped, and a store at a physical address, which the kernel asks for
 * by ecall; and the interrupt by which harts interrupt each other.
 */
#include <arch/csr.h>
#include <arch/machine.h>
#include <arch/page.h>
#include "asm-offsets.h"

#define MSTATUS_MPP_S	0x800
#define MIE_SOFT	0x8
#define DELEGATED_TRAPS	0xb1ff		/* all of user mode, page faults */
#define DELEGATED_IRQS	0x222
#define COUNTERS	7		/* cycle, time, instret */
#define PMP_ALL		0x1f		/* one range, to be read, written, run */
#define MENVCFGH	0x31a
#define MENVCFGH_STCE	0x80000000	/* supervisor mode has stimecmp */
#define MAX_HARTS	8
#define UART_STATUS	5
#define UART_ROOM	0x20
#define UART_PATIENCE	0x100000
#define LEAF		0xef		/* D A G X W R V */
#define SUPERPAGE	(1 << 20)	/* 4 MiB, as the PPN field of an entry */

	.section .text.boot, "ax"
	.globl	_start
_start:
	csrw	mie, zero
	la	t0, firmware_vector
	csrw	mtvec, t0
	li	t0, MAX_HARTS
	bgeu	a0, t0, park
	slli	t1, a0, 4
	la	t0, firmware_scratch
	add	t0, t0, t1
	csrw	mscratch, t0
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, PMP_ALL
	csrw	pmpcfg0, t0
	li	t0, DELEGATED_TRAPS
	csrw	medeleg, t0
	li	t0, DELEGATED_IRQS
	csrw	mideleg, t0
	li	t0, COUNTERS
	csrw	mcounteren, t0
	csrw	scounteren, t0
	li	t0, MENVCFGH_STCE
	csrw	MENVCFGH, t0
	li	t0, MSTATUS_MPP_S
	csrw	mstatus, t0
	li	t0, MIE_SOFT
	csrw	mie, t0
	la	t0, trap_vector
	csrw	stvec, t0
	csrw	sscratch, zero
	li	s0, 0			/* ends a backtrace */
	bnez	a0, wait_for_start

	la	t0, __bss_start
	la	t1, __bss_end
1:	sw	zero, 0(t0)
	addi	t0, t0, 4
	bltu	t0, t1, 1b
	/* superpages map the direct map until mm/tables/kmap.c takes over */
	la	t0, boot_root
	li	t1, KERNEL_PHYS >> 22
	li	t3, DIRECT_MAX >> 22
1:	slli	t2, t1, 20
	addi	t2, t2, LEAF
	slli	t4, t1, 2
	add	t4, t4, t0
	sw	t2, 0(t4)
	addi	t1, t1, 1
	bltu	t1, t3, 1b
	la	sp, boot_stack + (1 << KSTACK_SHIFT) - TF_SIZE
	la	tp, boot_task
	la	t1, start
	j	enter

wait_for_start:
	la	t1, started_cpu
	slli	t0, a0, 2
	add	t0, t0, t1
1:	wfi				/* until the kernel interrupts */
	lw	a0, 0(t0)
	beqz	a0, 1b
	fence	r, rw
	lw	tp, CPU_IDLE(a0)
	lw	sp, TASK_FRAME(tp)
	la	t0, kernel_root
	lw	t0, 0(t0)
	la	t1, cpu_main

	/* enter t1 in supervisor mode, t0 = the root of its table */
enter:
	csrw	mepc, t1
	srli	t0, t0, PAGE_SHIFT
	li	t1, SATP_SV32
	or	t0, t0, t1
	csrw	satp, t0
	sfence.vma
	fence.i
	mret

park:
	wfi				/* a hart too many */
	j	park

	.balign	4
firmware_vector:
	csrrw	sp, mscratch, sp
	sw	t0, 0(sp)
	sw	t1, 4(sp)
	sw	t2, 8(sp)
	csrr	t0, mcause
	bltz	t0, 5f
	/* an ecall of firmware_putc (a7 = 0) or poke_word */
	bnez	a7, 3f
	li	t0, BOARD_UART
	li	t2, UART_PATIENCE
1:	lbu	t1, UART_STATUS(t0)
	andi	t1, t1, UART_ROOM
	bnez	t1, 2f
	addi	t2, t2, -1
	bnez	t2, 1b
2:	sb	a0, 0(t0)
	j	4f
3:	sw	a1, 0(a0)
4:	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	j	6f
5:	/* pass on the interrupt */
	csrr	t0, mhartid
	slli	t0, t0, 2
	li	t1, BOARD_CLINT
	add	t0, t0, t1
	sw	zero, 0(t0)
	csrsi	mip, SIE_SOFT
6:	lw	t0, 0(sp)
	lw	t1, 4(sp)
	lw	t2, 8(sp)
	csrrw	sp, mscratch, sp
	mret

	.globl	firmware_putc
firmware_putc:
	li	a7, 0
	ecall
	ret

	.globl	poke_word
poke_word:
	li	a7, 1
	ecall
	ret

	.data
	.balign	8
firmware_scratch:
	.space	16 * MAX_HARTS
	.globl	started_cpu
started_cpu:
	.space	4 * MAX_HARTS

	.section .bss.page, "aw", @nobits
	.balign	1 << KSTACK_SHIFT
	.globl	boot_stack
boot_stack:
	.space	1 << KSTACK_SHIFT
	.balign	4096
boot_root:
	.space	4096
