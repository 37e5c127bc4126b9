/* SPDX-License-Identifier: MIT */
/*
 * First instructions.  The boot loader takes the kernel for an arm64 Linux
 * Image and enters its first byte with x0 = device tree, translation and caches
 * off.  A root of 1 GiB leaves maps physical memory both at 0 and at
 * KERNEL_OFFSET, which is index 0 of the upper half, until mm/tables/kmap.c
 * builds the kernel's own root.  The lower half keeps it for the early console.
 */
#include <arch/firmware.h>
#include <arch/page.h>
#include <arch/sysreg.h>
#include "asm-offsets.h"

#define LEAF		0x701		/* accessed, inner shareable, cached */
#define LEAF_DEVICE	0x60000000000405 /* accessed, attribute 1, no code */
#define IMAGE_4K	0x2		/* flags: little endian, 4 KiB pages */
#define HCR_RW		0x80000000	/* EL1 has 64 bits */
#define STATUS_REFUSED	121		/* as boot_refuse() ends */

#ifdef CHECK_ADDRESS
#define LEAF_DATA	0x60000000000703 /* a page, no code */
#define TABLE		0x3
#define SHADOW_INDEX	(SHADOW_START >> 30 & 511)

	/* write x3 entries at x1, all of which lead to the page at x2 */
	.macro	fill_table bits
	constant x4, \bits - KERNEL_OFFSET
	add	x2, x2, x4
1:	str	x2, [x1], #8
	sub	x3, x3, #1
	cbnz	x3, 1b
	.endm
#endif

	/* load a constant of 64 bits */
	.macro	constant register, value
	movz	\register, #(\value) & 0xffff
	movk	\register, #(\value) >> 16 & 0xffff, lsl #16
	movk	\register, #(\value) >> 32 & 0xffff, lsl #32
	movk	\register, #(\value) >> 48 & 0xffff, lsl #48
	.endm

	/* load the physical address of a symbol, with translation off */
	.macro	physical register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

	/* Forget the translations by a root that has gone. */
	.macro	forget_translations
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
	.endm

	/*
	 * Turn on translation, with x1 as the root of the upper half, and go on
	 * at its address of the next instruction.
	 */
	.macro	translate
	physical x2, boot_table
	msr	ttbr0_el1, x2
	msr	ttbr1_el1, x1
	constant x2, MAIR
	msr	mair_el1, x2
	/* physical addresses and ASIDs as wide as the CPU has them */
	constant x2, (TCR_T0SZ | TCR_T1SZ | TCR_CACHED | TCR_TG1_4K | TCR_TBI0)
	mrs	x3, id_aa64mmfr0_el1
	ubfx	x4, x3, #MMFR0_PARANGE_SHIFT, #4
	mov	x5, #5			/* 48 bits are all that pages of 4 KiB reach */
	cmp	x4, x5
	csel	x4, x4, x5, lo
	bfi	x2, x4, #TCR_IPS_SHIFT, #3
	ubfx	x4, x3, #MMFR0_ASIDBITS_SHIFT, #4
	cbz	x4, 1f
	orr	x2, x2, #TCR_AS
1:	msr	tcr_el1, x2
	msr	cpacr_el1, xzr
	mov	x2, #CNTKCTL_EL0VCTEN
	msr	cntkctl_el1, x2
	ic	iallu
	forget_translations
	constant x2, SCTLR_ON
	msr	sctlr_el1, x2
	isb
	ldr	x2, =2f
	br	x2
2:	ldr	x2, =trap_vectors
	msr	vbar_el1, x2
	isb
	.endm

	.section .text.boot, "ax"
	.globl	_start
	/* the head of an Image: Documentation/arm64/booting.rst of Linux */
_start:
	b	boot
	.word	0
	.quad	KERNEL_PHYS & 0x1fffff	/* place, from a boundary of 2 MiB */
	.quad	image_size
	.quad	IMAGE_4K
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

boot:
	msr	daifset, #0xf
	mov	x20, x0
	/* entered at EL2: go to EL1, where start() can say so */
	mrs	x21, CurrentEL
	lsr	x21, x21, #2
	cmp	x21, #2
	b.ne	1f
	constant x1, HCR_RW
	msr	hcr_el2, x1
	mov	x1, #(PSTATE_D | PSTATE_A | PSTATE_I | PSTATE_F | PSTATE_EL1H)
	msr	spsr_el2, x1
	adr	x1, 1f
	msr	elr_el2, x1
	constant x1, SCTLR_OFF
	msr	sctlr_el1, x1
	eret

	/* the image is linked for one place, and for pages of 4 KiB */
1:	adr	x2, _start
	constant x3, KERNEL_PHYS
	physical x1, wrong_place
	cmp	x2, x3
	b.ne	refuse
	mrs	x2, id_aa64mmfr0_el1
	physical x1, wrong_pages
	ubfx	x2, x2, #MMFR0_TGRAN4_SHIFT, #4
	.globl	page_sizes		/* for test/run/bad_input.py */
page_sizes:
	cmp	x2, #MMFR0_NO_TGRAN4
	b.eq	refuse

	/* devices lie below the gigabyte of the kernel, memory from there on */
	physical x1, boot_table
	mov	x2, #0
	mov	x3, #256
	constant x4, LEAF_DEVICE
	constant x5, LEAF
3:	cmp	x2, #(KERNEL_PHYS >> 30)
	csel	x6, x4, x5, lo
	orr	x6, x6, x2, lsl #30
	str	x6, [x1, x2, lsl #3]
	add	x2, x2, #1
	cmp	x2, x3
	b.lo	3b
	/* a cache may have old bytes of the root, which memory now has */
	dmb	sy
	mov	x2, #4096
4:	sub	x2, x2, #16
	add	x3, x1, x2
	dc	ivac, x3
	cbnz	x2, 4b
	dsb	sy

	translate
	ldr	x0, =__bss_start
	ldr	x1, =__bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
#ifdef CHECK_ADDRESS
	/*
	 * one page is the shadow of all memory until mm/tables/kmap.c maps the
	 * real shadow
	 */
	ldr	x1, =early_table
	ldr	x2, =early_page
	mov	x3, #512
	fill_table LEAF_DATA
	ldr	x1, =early_directory
	ldr	x2, =early_table
	mov	x3, #512
	fill_table TABLE
	ldr	x1, =boot_table + 8 * SHADOW_INDEX
	ldr	x2, =early_directory
	mov	x3, #64
	fill_table TABLE
	dsb	ishst
	isb
#endif
	ldr	x0, =boot_stack + (1 << KSTACK_SHIFT) - TF_SIZE
	mov	sp, x0
	ldr	x18, =boot_task
	mov	x29, #0
	mov	x30, #0
	mov	x0, x20
	mov	x1, x21
	bl	start
	b	.

	/*
	 * Entry of a further CPU started by the firmware: x0 = its struct cpu,
	 * translation off.  It uses the kernel's own root.
	 */
	.globl	secondary_start
secondary_start:
	msr	daifset, #0xf
	physical x1, kernel_root
	ldr	x1, [x1]
	physical x6, empty_root
	translate
	/* forget the boot root, whose leaves are of all address spaces */
	msr	ttbr0_el1, x6
	forget_translations
	ldr	x18, [x0, #CPU_IDLE]
	msr	tpidr_el1, x18
	ldr	x1, [x18, #TASK_FRAME]
	mov	sp, x1
	mov	x29, #0
	bl	cpu_main
	b	.

	/*
	 * void replace_root(paddr_t root): give the upper half another root.  It
	 * maps the same addresses by entries of other sizes, so the old ones go
	 * first.  Runs in the lower half, at its physical address.
	 */
	.globl	replace_root
replace_root:
	physical x1, empty_root
	msr	ttbr1_el1, x1
	forget_translations
	msr	ttbr1_el1, x0
	isb
	ret

	/* Print the text at x1 and end, with translation off. */
refuse:
	constant x2, EARLY_UART
1:	ldrb	w3, [x1], #1
	cbz	w3, 2f
	str	w3, [x2]
	b	1b
2:	physical x1, boot_stack+4096
	mov	sp, x1
	mov	x0, #STATUS_REFUSED
	bl	semihosting_exit
3:	wfi
	b	3b
wrong_place:
	.asciz	"cannot start: loaded elsewhere than the kernel was linked for\r\n"
wrong_pages:
	.asciz	"cannot start: this CPU has no pages of 4 KiB\r\n"
	.balign	4
	.ltorg

	.section .data.page, "aw"
	.balign	4096
	.globl	boot_table
boot_table:
	.space	4096

	.section .bss.page, "aw", @nobits
	.balign	1 << KSTACK_SHIFT
	.globl	boot_stack
boot_stack:
	.space	1 << KSTACK_SHIFT
	.balign	4096
	/* the root of the lower half while no address space is loaded */
	.globl	empty_root
empty_root:
	.space	4096
#ifdef CHECK_ADDRESS
early_directory:
	.space	4096
early_table:
	.space	4096
early_page:
	.space	4096
#endif
