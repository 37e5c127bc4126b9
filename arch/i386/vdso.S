/* SPDX-License-Identifier: MIT */
/*
 * The page of kernel code that every program has (rows B8, D16): an ELF shared
 * object, laid out by tools/vdso.py from vdso.tbl.  It holds the entry into the
 * kernel, the return code of signal handlers, and the clock reads that need no
 * trap.  The page lies in writable kernel memory only for the words of
 * vdso_clock; programs see it read-only.
 */
#define SYS_SIGRETURN		119
#define SYS_RT_SIGRETURN	173
#define SYS_TIME		13
#define SYS_GETTIMEOFDAY	78
#define SYS_CLOCK_GETTIME	265
#define SYS_CLOCK_GETRES	266
#define SYS_CLOCK_GETTIME64	403

	.section .data.page, "aw"
	.balign 4096
	.globl vdso_image
vdso_image:
#include "vdso-image.h"

	/*
	 * Unwind rules (DWARF 3, 6.4), since a thread may be canceled in
	 * vsyscall: by default the return address is on top of the stack, and
	 * read_clock describes where its pushes put the registers.  Unwinders
	 * recognize the signal returns by their bytes.
	 */
	.balign 4
unwind_header:
	.byte 1, 0x1b, 0xff, 0xff	/* version 1, no search table */
	.long unwind - .
unwind:
	.long 2f - 1f			/* the common part */
1:	.long 0
	.byte 1, 'z', 'R', 0		/* version 1 */
	.byte 1, 0x7c, 8		/* alignments 1 and -4, address 8 */
	.byte 1, 0x1b			/* addresses relative, 4 bytes */
	.byte 0x0c, 4, 4, 0x88, 1	/* CFA is esp + 4, address below it */
	.balign 4
2:
.macro unwind_entry from, to, rules:vararg
	.long 4f - 3f
3:	.long 3b - unwind
	.long \from - ., \to - \from
	.byte 0
	.ifnb \rules
	.byte \rules
	.endif
	.balign 4
4:
.endm
	unwind_entry vsyscall, end_vsyscall
	unwind_entry clock_gettime, read_clock
	/*
	 * for each push, three rules: they hold from one byte later on, the CFA
	 * is 4 bytes further away, and the register is saved
	 */
	unwind_entry read_clock, pops_clock, \
		0x41, 0x0e, 8, 0x83, 2, 0x41, 0x0e, 12, 0x86, 3, \
		0x41, 0x0e, 16, 0x87, 4, 0x41, 0x0e, 20, 0x85, 5
	.long 0
unwind_end:

.macro function name
	.balign 16
\name:
.endm

	function vsyscall
	int $0x80
	ret
end_vsyscall:
	nop

	function sigreturn
	popl %eax
	movl $SYS_SIGRETURN, %eax
	int $0x80
end_sigreturn:
	nop

	function rt_sigreturn
	movl $SYS_RT_SIGRETURN, %eax
	int $0x80
end_rt_sigreturn:
	nop

	/* save ebx in edx and make system call `number` with two arguments */
.macro system_call number
	movl %ebx, %edx
	movl 4(%esp), %ebx
	movl 8(%esp), %ecx
	movl $\number, %eax
	int $0x80
	movl %edx, %ebx
	ret
.endm

	/*
	 * eax = seconds, edx = nanoseconds of the clock whose number is the
	 * first argument on the stack: REALTIME 0, MONOTONIC 1 and their
	 * variants RAW 4, COARSE 5 and 6, BOOTTIME 7.  Jump to `other` for any
	 * other clock, a time after 2106, or if the vDSO may no longer read the
	 * clock.
	 */
.macro get_clock other
	movl 4(%esp), %ecx
	cmpl $7, %ecx
	ja \other
	movl $0xf3, %eax
	btl %ecx, %eax
	jnc \other
	movl $0x21, %eax
	btl %ecx, %eax
	sbbl %ecx, %ecx
	call read_clock
	jc \other
.endm

	/* int clock_gettime(int clock, struct timespec32 *to) */
	function clock_gettime
	get_clock 1f
	movl 8(%esp), %ecx
	movl %eax, (%ecx)
	movl %edx, 4(%ecx)
	xorl %eax, %eax
	ret
1:	system_call SYS_CLOCK_GETTIME
end_clock_gettime:

	/* int clock_gettime64(int clock, struct timespec64 *to) */
	function clock_gettime64
	get_clock 1f
	movl 8(%esp), %ecx
	movl %eax, (%ecx)
	movl $0, 4(%ecx)
	movl %edx, 8(%ecx)
	movl $0, 12(%ecx)
	xorl %eax, %eax
	ret
1:	system_call SYS_CLOCK_GETTIME64
end_clock_gettime64:

	/* int gettimeofday(struct timeval *to, struct timezone *tz) */
	function gettimeofday
	cmpl $0, 8(%esp)
	jne 1f
	cmpl $0, 4(%esp)
	je 1f
	movl $-1, %ecx
	call read_clock
	jc 1f
	movl 4(%esp), %ecx
	movl %eax, (%ecx)
	movl $274877907, %eax		/* 2^38 / 1000 */
	mull %edx
	shrl $6, %edx
	movl %edx, 4(%ecx)
	xorl %eax, %eax
	ret
1:	system_call SYS_GETTIMEOFDAY
end_gettimeofday:

	/* time_t time(time_t *to) */
	function time
	movl $-1, %ecx
	call read_clock
	jc 2f
	movl 4(%esp), %ecx
	testl %ecx, %ecx
	jz 1f
	movl %eax, (%ecx)
1:	ret
2:	system_call SYS_TIME
end_time:

	function clock_getres
	system_call SYS_CLOCK_GETRES
end_clock_getres:

	/*
	 * Set eax to the seconds and edx to the nanoseconds of arch_clock() if
	 * ecx = 0, or of CLOCK_REALTIME if ecx = -1.  Carry set: the value does
	 * not fit, or the vDSO may no longer read the clock.  Changes ecx.
	 */
	function read_clock
	pushl %ebx
	pushl %esi
	pushl %edi
	pushl %ebp
	call get_pc
1:	addl $vdso_clock - 1b, %ebx
	rdtsc
	movl %eax, %esi
	movl %edx, %edi
	mull 4(%ebx)			/* low * part / 2^32 */
	movl %edx, %ebp
	movl %edi, %eax
	mull 4(%ebx)			/* + high * part */
	addl %eax, %ebp
	adcl $0, %edx
	movl (%ebx), %eax
	imull %eax, %edi		/* + all * whole */
	addl %edx, %edi
	mull %esi
	addl %ebp, %eax
	adcl %edi, %edx
	/*
	 * add the 64-bit offset of 16(%ebx), or for ecx = -1 the one of
	 * 8(%ebx); retry if it changes meanwhile
	 */
2:	movl 24(%ebx), %ebp
	movl 20(%ebx,%ecx,8), %edi
	movl 16(%ebx,%ecx,8), %esi
	testl $1, %ebp
	jnz 2b
	cmpl 24(%ebx), %ebp
	jne 2b
	addl %esi, %eax
	adcl %edi, %edx
	movl $1000000000, %ecx
	cmpl %edx, %ecx
	jbe 3f
	divl %ecx
	clc
pops_clock:
	popl %ebp
	popl %edi
	popl %esi
	popl %ebx
	ret
3:	stc
	jmp pops_clock
get_pc:
	movl (%esp), %ebx
	ret

	/* struct vdso_clock of <arch/i386.h> */
	.balign 64
	.globl vdso_clock
vdso_clock:
	.long 0, 0, 0, 0, 0, 0, 0
	.balign 4096

	.section .rodata
	.balign 4
	.globl arch_vdso
arch_vdso:
	.long vdso_image, 4096
	.byte 1				/* 1: an ELF image */
	.balign 4
	.long vsyscall - vdso_image
	.long vdso_set_realtime
	.long vdso_leave_clock
	/* return code of handlers; struct vdso_entries has the offsets */
	.globl vdso_entries
vdso_entries:
	.long sigreturn - vdso_image
	.long rt_sigreturn - vdso_image
