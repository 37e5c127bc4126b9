/* SPDX-License-Identifier: MIT */
/*
 * The page of kernel code that every program has (rows B8, D16): an ELF shared
 * object, laid out by tools/vdso.py from vdso.tbl.  It holds the return code of
 * signal handlers and the clock reads, which need no trap.  The page lies in
 * writable kernel memory only for the words of vdso_clock; programs see it
 * read-only.
 */
#include "asm-offsets.h"

#define SYS_CLOCK_GETTIME	113
#define SYS_CLOCK_GETRES	114
#define SYS_RT_SIGRETURN	139
#define SYS_GETTIMEOFDAY	169

	.section .data.page, "aw"
	.balign	4096
	.globl	vdso_image
vdso_image:
#include "vdso-image.h"

	.macro	function name
	.balign	16
\name:
	.endm

	.macro	system_call number
	mov	x8, #\number
	svc	#0
	ret
	.endm

	/* debuggers and unwinders recognize these two instructions */
	function rt_sigreturn
	mov	x8, #SYS_RT_SIGRETURN
	svc	#0
end_rt_sigreturn:

	/*
	 * Set x9 to arch_clock() in ns, x10 to vdso_clock, x11 to the number of
	 * clocks for which the vDSO may use it, and x14 to the ns of a second.
	 * Changes x12 and x13.
	 */
	.macro	read_clock
	adr	x10, vdso_clock
	isb
	mrs	x9, cntvct_el0
	ldp	x12, x13, [x10]
	dmb	ishld
	ldp	x11, x14, [x10, #24]
	umulh	x13, x9, x13
	madd	x9, x9, x12, x13
	.endm

	/* Split x9 ns into x12 s and the rest in x9. */
	.macro	split
	udiv	x12, x9, x14
	msub	x9, x12, x14, x9
	.endm

	/* int clock_gettime(int clock, struct timespec *to) */
	function clock_gettime
	read_clock
	cmp	w0, w11
	b.hs	2f			/* neither REALTIME (0) nor MONOTONIC
					   (1), or not to be read any more */
	cbnz	w0, 1f
	ldr	x12, [x10, #16]
	add	x9, x9, x12
1:	split
	stp	x12, x9, [x1]
	mov	x0, #0
	ret
2:	system_call SYS_CLOCK_GETTIME
end_clock_gettime:

	/* int gettimeofday(struct timeval *to, struct timezone *tz) */
	function gettimeofday
	cbz	x0, 1f
	cbnz	x1, 1f
	read_clock
	cbz	x11, 1f
	ldr	x12, [x10, #16]
	add	x9, x9, x12
	split
	mov	x13, #1000
	udiv	x9, x9, x13
	stp	x12, x9, [x0]
	mov	x0, #0
	ret
1:	system_call SYS_GETTIMEOFDAY
end_gettimeofday:

	function clock_getres
	system_call SYS_CLOCK_GETRES
end_clock_getres:

	/* struct vdso_clock of <arch/machine.h> */
	.balign	64
	.globl	vdso_clock
vdso_clock:
	.quad	0, 0, 0, 2, 1000000000
	.balign	4096

	.section .rodata
	.balign	8
	.globl	arch_vdso_sigreturn
arch_vdso_sigreturn:
	.quad	rt_sigreturn - vdso_image
