/* SPDX-License-Identifier: MIT */
/*
 * Entry by Multiboot 1 (row A1): 32-bit protected mode, paging off, eax = magic
 * number, ebx = physical address of the loader's information.  Builds the boot
 * page table of 4 MiB pages, turns paging on and calls C.  The table maps the
 * first 4 MiB one to one, the direct map, and the chips below 4 GiB.
 */
#include <arch/page.h>
#include <arch/x86.h>

#define MB_HEADER_MAGIC	0x1badb002
#define MB_LOADER_MAGIC	0x2badb002
#define MB_FLAGS	0x3		/* page-aligned modules, memory map */
#define PHYS(x)		((x) - KERNEL_OFFSET)

#define PDE_RW		0x83		/* present, writable, 4 MiB */
#define PDE_DEVICE	0x9b		/* the same, uncached */
#define PDE_GLOBAL	0x100
#define PTE_RW		0x03		/* writable 4 KiB page or table */
#define VMAP_START	0xf8000000

	.section .text.boot, "ax"
	.balign 4
	.long MB_HEADER_MAGIC
	.long MB_FLAGS
	.long -(MB_HEADER_MAGIC + MB_FLAGS)

	.globl start
start:
	cli
	cld
	movl $PHYS(boot_stack_top), %esp
	movl %eax, %esi
	movl %ebx, %edi
	movl $PHYS(no_multiboot), %ebp
	cmpl $MB_LOADER_MAGIC, %esi
	jne refuse
	movl $1, %eax
	cpuid
	movl $PHYS(old_cpu), %ebp
	andl $CPUID_NEEDED, %edx
	cmpl $CPUID_NEEDED, %edx
	jne refuse			/* C code is compiled for CPUs that have
					   all these features */

	/*
	 * direct map: the 4 MiB page at KERNEL_OFFSET + i * 4 MiB maps physical
	 * address i * 4 MiB
	 */
	movl $PHYS(boot_directory) + (KERNEL_OFFSET >> 20), %ecx
	movl $PDE_RW, %eax
1:	movl %eax, (%ecx)
	addl $4, %ecx
	addl $1 << 22, %eax
	cmpl $PHYS(boot_directory) + (DIRECT_END >> 20), %ecx
	jb 1b
	movl $PDE_RW, PHYS(boot_directory)
	/* virtio-mmio windows; I/O and local APIC: identity-mapped */
	movl $0xfe800000 + PDE_DEVICE, PHYS(boot_directory) + (0xfe800000 >> 20)
	movl $0xfec00000 + PDE_DEVICE, PHYS(boot_directory) + (0xfec00000 >> 20)

#ifdef CHECK_ADDRESS
	/*
	 * one page is the shadow of all memory until mm/tables/kmap.c maps the
	 * real shadow
	 */
	movl $PHYS(early_table), %ecx
	movl $PHYS(early_page) + PTE_RW, %eax
1:	movl %eax, (%ecx)
	addl $4, %ecx
	cmpl $PHYS(early_table) + 4096, %ecx
	jb 1b
	movl $PHYS(boot_directory) + (SHADOW_START >> 20), %ecx
	movl $PHYS(early_table) + PTE_RW, %eax
1:	movl %eax, (%ecx)
	addl $4, %ecx
	cmpl $PHYS(boot_directory) + (VMAP_START >> 20), %ecx
	jb 1b
#endif
	movl $PHYS(boot_directory), %eax
	movl %eax, %cr3
	movl %cr4, %eax
	orl $CR4_PSE, %eax
	movl %eax, %cr4
	movl %cr0, %eax
	andl $~(CR0_EM | CR0_TS), %eax
	orl $(CR0_PG | CR0_WP | CR0_NE | CR0_MP | CR0_AM), %eax
	movl %eax, %cr0
	movl $1f, %eax
	jmp *%eax

1:	movl $boot_stack_top, %esp
	movl $0, boot_directory		/* the identity page is no longer
					   needed */
	movl $boot_directory - KERNEL_OFFSET, %eax
	movl %eax, %cr3
	xorl %ebp, %ebp
	movl %edi, %eax
	call boot_main

/*
 * Print the reason (ebp: physical address of a line), then end the machine with
 * exit status 121.
 */
refuse:
	movw $0x3fd, %dx
	inb %dx, %al
	testb $0x20, %al
	jz refuse
	movb (%ebp), %al
	incl %ebp
	testb %al, %al
	jz 1f
	movw $0x3f8, %dx
	outb %al, %dx
	jmp refuse
1:	movb $121, %al
	outb %al, $0xe9
	movb $1, %al
	outb %al, $0xf4
2:	hlt
	jmp 2b

	.section .rodata
no_multiboot:
	.asciz "lectern: boot refused: not started by a Multiboot loader\r\n"
old_cpu:
	.ascii "lectern: boot refused: the CPU lacks one of "
	.asciz "FPU PSE TSC CX8 APIC PGE CMOV FXSR SSE\r\n"

	.section .bss.page, "aw", @nobits
	.balign 1 << KSTACK_SHIFT
	.globl boot_stack
boot_stack:
	.skip 1 << KSTACK_SHIFT
boot_stack_top:
	.balign 4096
	.globl boot_directory
boot_directory:
	.skip 4096
#ifdef CHECK_ADDRESS
early_table:
	.skip 4096
early_page:
	.skip 4096
#endif
