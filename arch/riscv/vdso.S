/* SPDX-License-Identifier: MIT */
/*
 * The page of kernel code that every program has (rows B8, D16): an ELF shared
 * object, laid out by tools/vdso.py from vdso.tbl.  It holds the return code of
 * signal handlers and the calls that need no trap: clock reads, and queries of
 * the processors' features, which a dynamic program makes four times before
 * main().  The page lies in writable kernel memory only for the words of
 * vdso_clock and vdso_hwprobe; programs see it read-only.
 */
#include <arch/hwprobe.h>
#include "asm-offsets.h"

#define SYS_CLOCK_GETRES	114
#define SYS_CLOCK_GETTIME	113
#define SYS_RT_SIGRETURN	139
#define SYS_GETCPU		168
#define SYS_GETTIMEOFDAY	169
#define SYS_HWPROBE		258
#define SYS_FLUSH_ICACHE	259

	.option	norelax

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
	li	a7, \number
	ecall
	ret
	.endm

	/* debuggers and unwinders recognize these two instructions */
	function rt_sigreturn
	li	a7, SYS_RT_SIGRETURN
	ecall
end_rt_sigreturn:

	/*
	 * Set t0 to arch_clock() in ns, and t4 to the number of clocks for
	 * which the vDSO may use it.  Changes t1 - t3.
	 */
	.macro	read_clock
	lla	t1, vdso_clock
	rdtime	t0
	ld	t2, 0(t1)
	ld	t3, 8(t1)
	fence	i, r
	ld	t4, 24(t1)
	mul	t2, t0, t2
	mulhu	t0, t0, t3
	add	t0, t0, t2
	.endm

	/* int clock_gettime(int clock, struct timespec *to) */
	function clock_gettime
	read_clock
	bgeu	a0, t4, 2f		/* neither REALTIME (0) nor MONOTONIC
					   (1), or not to be read any more */
	bnez	a0, 1f
	ld	t2, 16(t1)
	add	t0, t0, t2
1:	ld	t1, 32(t1)
	divu	t2, t0, t1
	mul	t3, t2, t1
	sub	t0, t0, t3
	sd	t2, 0(a1)
	sd	t0, 8(a1)
	li	a0, 0
	ret
2:	system_call SYS_CLOCK_GETTIME
end_clock_gettime:

	/* int gettimeofday(struct timeval *to, struct timezone *tz) */
	function gettimeofday
	beqz	a0, 1f
	bnez	a1, 1f
	read_clock
	beqz	t4, 1f
	ld	t2, 16(t1)
	add	t0, t0, t2
	ld	t1, 32(t1)
	divu	t2, t0, t1
	mul	t3, t2, t1
	sub	t0, t0, t3
	li	t1, 1000
	divu	t0, t0, t1
	sd	t2, 0(a0)
	sd	t0, 8(a0)
	li	a0, 0
	ret
1:	system_call SYS_GETTIMEOFDAY
end_gettimeofday:

	function clock_getres
	system_call SYS_CLOCK_GETRES
end_clock_getres:

	function getcpu
	system_call SYS_GETCPU
end_getcpu:

	function flush_icache
	system_call SYS_FLUSH_ICACHE
end_flush_icache:

	/*
	 * int riscv_hwprobe(pairs, n, size, cpus, flags): answer here if the
	 * query is for all CPUs and without flags, otherwise make the system
	 * call.  A pair is key and value.
	 */
	function riscv_hwprobe
	or	t0, a2, a3
	or	t0, t0, a4
	bnez	t0, 5f
	lla	t1, vdso_hwprobe
	li	t2, HWPROBE_KEYS
	slli	a1, a1, 4
	add	a1, a1, a0		/* the end of the last pair */
1:	beq	a0, a1, 4f
	ld	t3, 0(a0)
	li	t0, 0
	bgeu	t3, t2, 2f
	slli	t3, t3, 3
	add	t3, t3, t1
	ld	t0, 0(t3)
	j	3f
2:	li	t3, -1			/* the key is unknown */
	sd	t3, 0(a0)
3:	sd	t0, 8(a0)
	addi	a0, a0, 16
	j	1b
4:	li	a0, 0
	ret
5:	system_call SYS_HWPROBE
end_riscv_hwprobe:

	/* struct vdso_clock of <arch/machine.h> */
	.balign	64
	.globl	vdso_clock
vdso_clock:
	.dword	0, 0, 0, 2, 1000000000
	/* the processors' features, by key */
	.globl	vdso_hwprobe
vdso_hwprobe:
	.dword	0, 0, 0, HWPROBE_IMA, HWPROBE_FD_C, 0	/* 0: unknown */
	.balign	4096

	.section .rodata
	.balign	8
	.globl	arch_vdso_sigreturn
arch_vdso_sigreturn:
	.dword	rt_sigreturn - vdso_image
