/* SPDX-License-Identifier: MIT */
/*
 * Start of a further CPU (row B13): in real mode at the page that its start-up
 * interrupt names.  These bytes are copied there; they switch to protected
 * mode, to the boot page table and on into the kernel.  A CPU that was not
 * called, or that comes too late, halts forever.
 */
#include <arch/page.h>
#include <arch/x86.h>

#define LOW(x)		((x) - trampoline)		/* offset in its
							   segment */
#define PHYS(x)		(LOW(x) + TRAMPOLINE)		/* physical address */
#define FLAT_CS		0x08
#define FLAT_DS		0x10

	.section .rodata
	.balign 16
	.globl trampoline
trampoline:
	.code16
	cli
	cld
	movw %cs, %ax
	movw %ax, %ds
	lgdtl LOW(flat_register)
	movl %cr0, %eax
	orb $1, %al			/* PE */
	movl %eax, %cr0
	ljmpl $FLAT_CS, $PHYS(flat)

	.code32
flat:
	movl $FLAT_DS, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	movl $1, %eax
	cpuid
	shrl $24, %ebx
	leal 1(%ebx), %eax
	xorl %edx, %edx
	lock
	cmpxchgl %edx, PHYS(trampoline_ticket)
	jne 2f
	movl $(boot_directory - KERNEL_OFFSET), %eax
	movl %eax, %cr3
	movl $CR4_PSE, %eax
	movl %eax, %cr4
	movl %cr0, %eax
	andl $~(CR0_EM | CR0_TS | CR0_CD | CR0_NW), %eax
	orl $(CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_AM), %eax
	movl %eax, %cr0
	movl $secondary_start, %eax
	jmp *%eax
2:	cli
	hlt
	jmp 2b

	.balign 8
flat_table:
	.quad 0
	.quad 0x00cf9b000000ffff
	.quad 0x00cf93000000ffff
flat_register:
	.short 3 * 8 - 1
	.long PHYS(flat_table)
	.balign 4
	/*
	 * id + 1 of the CPU that is called.  That CPU takes the ticket and
	 * leaves 0.
	 */
	.globl trampoline_ticket
trampoline_ticket:
	.long 0
	.globl trampoline_end
trampoline_end:

	.text
/*
 * Running in the kernel: load its page table, and the stack that smp.c chose.
 */
secondary_start:
	movl kernel_root, %eax
	movl %eax, %cr3
	movl secondary_stack, %esp
	xorl %ebp, %ebp
	call secondary_main
