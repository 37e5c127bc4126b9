/* SPDX-License-Identifier: MIT */
/*
 * Copies between kernel and user memory (row B4).  The instructions ldtr and
 * sttr access memory with the rights of user mode, so there is no window to
 * open: user pages stay out of reach of all others (PAN, where the CPU has it).
 * A fault that mm cannot resolve continues at the fix-up named in __ex_table.
 * A block that faults is repeated byte by byte, so the returned count is exact.
 */
#include <lt/extable.h>
#include <uapi/errno.h>

	/* apply op to x3 and x4 and 16 bytes of user memory at \at(\base) */
	.macro	user_pair fixup, op, base, at
	may_fault \fixup, \op x3, [\base, #\at]
	may_fault \fixup, \op x4, [\base, #\at + 8]
	.endm

	/* Advance x0, x1 and the count in x2 by \n; set the flags for \n more. */
	.macro	advance n
	add	x0, x0, #\n
	add	x1, x1, #\n
	sub	x2, x2, #\n
	cmp	x2, #\n
	.endm

	.text
	/*
	 * unsigned long arch_copy_in(void *to, uaddr_t from, unsigned long n):
	 * x2 counts the bytes still to copy, and is exact when a byte faults.
	 */
	.globl	arch_copy_in
arch_copy_in:
	cmp	x2, #128
	b.lo	2f
1:	.irp	at, 0, 16, 32, 48, 64, 80, 96, 112
	user_pair .Lin_bytes, ldtr, x1, \at
	stp	x3, x4, [x0, #\at]
	.endr
	advance	128
	b.hs	1b
2:	cmp	x2, #16
	b.lo	4f
3:	user_pair .Lin_bytes, ldtr, x1, 0
	stp	x3, x4, [x0]
	advance	16
	b.hs	3b
4:	cmp	x2, #8
	b.lo	.Lin_bytes
	may_fault .Lin_bytes, ldtr x3, [x1]
	str	x3, [x0]
	advance	8
.Lin_bytes:
	cbz	x2, .Lcopied
5:	may_fault .Lcopied, ldtrb w3, [x1]
	strb	w3, [x0]
	advance	1
	b.hs	5b
.Lcopied:
	mov	x0, x2
	ret

	/* unsigned long arch_copy_out(uaddr_t to, const void *from, n) */
	.globl	arch_copy_out
arch_copy_out:
	cmp	x2, #128
	b.lo	2f
1:	.irp	at, 0, 16, 32, 48, 64, 80, 96, 112
	ldp	x3, x4, [x1, #\at]
	user_pair .Lout_bytes, sttr, x0, \at
	.endr
	advance	128
	b.hs	1b
2:	cmp	x2, #16
	b.lo	4f
3:	ldp	x3, x4, [x1]
	user_pair .Lout_bytes, sttr, x0, 0
	advance	16
	b.hs	3b
4:	cmp	x2, #8
	b.lo	.Lout_bytes
	ldr	x3, [x1]
	may_fault .Lout_bytes, sttr x3, [x0]
	advance	8
.Lout_bytes:
	cbz	x2, .Lcopied
5:	ldrb	w3, [x1]
	may_fault .Lcopied, sttrb w3, [x0]
	advance	1
	b.hs	5b
	b	.Lcopied

	/* unsigned long arch_clear_user(uaddr_t to, unsigned long n) */
	.globl	arch_clear_user
arch_clear_user:
	cmp	x1, #16
	b.lo	.Lclear_bytes
1:	may_fault .Lclear_bytes, sttr xzr, [x0]
	may_fault .Lclear_bytes, sttr xzr, [x0, #8]
	add	x0, x0, #16
	sub	x1, x1, #16
	cmp	x1, #16
	b.hs	1b
.Lclear_bytes:
	cbz	x1, .Lcleared
2:	may_fault .Lcleared, sttrb wzr, [x0]
	add	x0, x0, #1
	subs	x1, x1, #1
	b.ne	2b
.Lcleared:
	mov	x0, x1
	ret

	/*
	 * long arch_strncpy_in(char *to, uaddr_t from, long n)
	 * Copy by words once `from` is aligned: an aligned word lies in one
	 * page, so no load touches a page behind the string's end.  (x - 01..)
	 * & ~x & 80.. is nonzero exactly if a byte of x is zero.
	 */
	.globl	arch_strncpy_in
arch_strncpy_in:
	mov	x3, x0			/* where the copy starts */
	add	x4, x0, x2		/* where the copy must end */
	sub	x10, x4, #8
	mov	x9, #0x0101010101010101
	cbz	x2, .Lstr_done
1:	tst	x1, #7
	b.ne	4f
2:	cmp	x0, x10
	b.hi	3f
	may_fault .Lfault, ldtr x5, [x1]
	sub	x6, x5, x9
	bic	x6, x6, x5
	tst	x6, #0x8080808080808080
	b.ne	4f
	str	x5, [x0], #8
	add	x1, x1, #8
	b	2b
3:	cmp	x0, x4
	b.eq	.Lstr_done
4:	may_fault .Lfault, ldtrb w5, [x1]
	strb	w5, [x0]
	cbz	w5, .Lstr_done
	add	x1, x1, #1
	add	x0, x0, #1
	cmp	x0, x4
	b.lo	1b
.Lstr_done:
	sub	x0, x0, x3
	ret

	/* int arch_user_load32(u32 *value, uaddr_t from) */
	.globl	arch_user_load32
arch_user_load32:
	may_fault .Lfault, ldtr w3, [x1]
	str	w3, [x0]
	mov	x0, #0
	ret
.Lfault:
	mov	x0, #-EFAULT
	ret

	/* PSTATE.PAN, which older assemblers do not know, where the CPU has it */
	.macro	user_pages insn
	adrp	x9, arm64_has_pan
	ldrb	w9, [x9, :lo12:arm64_has_pan]
	cbz	w9, 10f
	.inst	\insn
10:
	.endm
#define IN_REACH	0xd500409f	/* msr pan, #0 */
#define OUT_OF_REACH	0xd500419f	/* msr pan, #1 */

	/*
	 * int arch_user_cmpxchg32(uaddr_t at, u32 expect, u32 new, u32 *old):
	 * exclusive accesses have no form with the rights of user mode.
	 */
	.globl	arch_user_cmpxchg32
arch_user_cmpxchg32:
	user_pages IN_REACH
	mov	x5, #-EFAULT
1:	may_fault 3f, ldaxr w6, [x0]
	cmp	w6, w1
	b.ne	2f
	may_fault 3f, stlxr w7, w2, [x0]
	cbnz	w7, 1b
	dmb	ish
2:	mov	x5, #0
	str	w6, [x3]
3:	user_pages OUT_OF_REACH
	mov	x0, x5
	ret

	/*
	 * void arch_clear_page(void *page): by blocks as large as the CPU clears
	 * at once, if it does (DCZID_EL0).
	 */
	.globl	arch_clear_page
arch_clear_page:
	add	x2, x0, #4096
	mrs	x3, dczid_el0
	tbnz	x3, #4, 2f
	mov	x4, #4
	lsl	x4, x4, x3
1:	dc	zva, x0
	add	x0, x0, x4
	cmp	x0, x2
	b.lo	1b
	ret
2:	stp	xzr, xzr, [x0], #16
	cmp	x0, x2
	b.lo	2b
	ret

	/* void arch_copy_page(void *to, const void *from) */
	.globl	arch_copy_page
arch_copy_page:
	mov	x2, #4096
1:	.irp	at, 0, 16, 32, 48, 64, 80, 96, 112
	ldp	x3, x4, [x1, #\at]
	stp	x3, x4, [x0, #\at]
	.endr
	advance	128
	b.hs	1b
	ret
