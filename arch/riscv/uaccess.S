/* SPDX-License-Identifier: MIT */
/*
 * Copies between kernel and user memory (row B4).  Between `window` and `close`
 * sstatus.SUM lets supervisor mode access user pages; a fault there that mm
 * cannot resolve continues at the fix-up named in __ex_table.  A block that
 * faults is repeated byte by byte, so the returned count is exact.
 */
#include <arch/csr.h>
#include <lt/extable.h>
#include <uapi/errno.h>

	.macro	window
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
	.endm

	.macro	close
	csrc	sstatus, t6
	.endm

	/* load or store eight words at `at` from base; op is the instruction */
	.macro	eight op, base, at
	\op	t0, \at + 0(\base)
	\op	t1, \at + 8(\base)
	\op	t2, \at + 16(\base)
	\op	t3, \at + 24(\base)
	\op	t4, \at + 32(\base)
	\op	t5, \at + 40(\base)
	\op	a4, \at + 48(\base)
	\op	a5, \at + 56(\base)
	.endm

	/* copy n bytes, a multiple of 64, from a1 to a0, and advance both */
	.macro	copy_block n, load, store
	.set	at, 0
	.rept	\n / 64
	eight	\load, a1, at
	eight	\store, a0, at
	.set	at, at + 64
	.endr
	addi	a1, a1, \n
	addi	a0, a0, \n
	.endm

	.macro	user_ld register, from
	may_fault .Lcopy_bytes, ld \register, \from
	.endm

	.macro	user_sd register, to
	may_fault .Lcopy_bytes, sd \register, \to
	.endm

	.text
	/*
	 * unsigned long arch_copy_in(void *to, uaddr_t from, n)
	 * unsigned long arch_copy_out(uaddr_t to, const void *from, n)
	 * One routine for both, since either address may be the user's.  a2
	 * counts the bytes still to copy, and is exact when a byte faults.
	 */
	.globl	arch_copy_in
	.globl	arch_copy_out
arch_copy_in:
arch_copy_out:
	window
	or	t0, a0, a1
	andi	t0, t0, 7
	bnez	t0, .Lunaligned
.Lwords:
	li	a3, 256
	bltu	a2, a3, 2f
	li	a6, 1024
	bltu	a2, a6, 1f
9:	copy_block 1024, user_ld, user_sd
	addi	a2, a2, -1024
	bgeu	a2, a6, 9b
	beqz	a2, .Lcopy_done
	bltu	a2, a3, 2f
1:	copy_block 256, user_ld, user_sd
	addi	a2, a2, -256
	bgeu	a2, a3, 1b
2:	li	a3, 32
	bltu	a2, a3, 4f
3:	may_fault .Lcopy_bytes, ld t0, 0(a1)
	may_fault .Lcopy_bytes, ld t1, 8(a1)
	may_fault .Lcopy_bytes, ld t2, 16(a1)
	may_fault .Lcopy_bytes, ld t3, 24(a1)
	may_fault .Lcopy_bytes, sd t0, 0(a0)
	may_fault .Lcopy_bytes, sd t1, 8(a0)
	may_fault .Lcopy_bytes, sd t2, 16(a0)
	may_fault .Lcopy_bytes, sd t3, 24(a0)
	addi	a2, a2, -32
	addi	a1, a1, 32
	addi	a0, a0, 32
	bgeu	a2, a3, 3b
4:	li	a3, 8
	bltu	a2, a3, .Lcopy_bytes
5:	may_fault .Lcopy_bytes, ld t0, 0(a1)
	may_fault .Lcopy_bytes, sd t0, 0(a0)
	addi	a2, a2, -8
	addi	a1, a1, 8
	addi	a0, a0, 8
	bgeu	a2, a3, 5b
.Lcopy_bytes:
	beqz	a2, .Lcopy_done
6:	may_fault .Lcopy_done, lbu t0, 0(a1)
	may_fault .Lcopy_done, sb t0, 0(a0)
	addi	a2, a2, -1
	addi	a1, a1, 1
	addi	a0, a0, 1
	bnez	a2, 6b
.Lcopy_done:
	close
	mv	a0, a2
	ret

	/*
	 * Align `to` to 8 bytes and copy words even if `from` is unaligned
	 * then: if the machine cannot load such a word, the firmware emulates
	 * the load.
	 */
.Lunaligned:
	li	a3, 32
	bltu	a2, a3, .Lcopy_bytes
7:	andi	t0, a0, 7
	beqz	t0, .Lwords
	may_fault .Lcopy_done, lbu t0, 0(a1)
	may_fault .Lcopy_done, sb t0, 0(a0)
	addi	a2, a2, -1
	addi	a1, a1, 1
	addi	a0, a0, 1
	j	7b

	/* unsigned long arch_clear_user(uaddr_t to, unsigned long n) */
	.globl	arch_clear_user
arch_clear_user:
	window
	li	a3, 64
	bltu	a1, a3, .Lclear_bytes
1:	andi	t0, a0, 7
	beqz	t0, 2f
	may_fault .Lclear_done, sb zero, 0(a0)
	addi	a1, a1, -1
	addi	a0, a0, 1
	j	1b
2:	bltu	a1, a3, .Lclear_bytes
3:	.set	at, 0
	.rept	8
	may_fault .Lclear_bytes, sd zero, at(a0)
	.set	at, at + 8
	.endr
	addi	a1, a1, -64
	addi	a0, a0, 64
	bgeu	a1, a3, 3b
.Lclear_bytes:
	beqz	a1, .Lclear_done
4:	may_fault .Lclear_done, sb zero, 0(a0)
	addi	a1, a1, -1
	addi	a0, a0, 1
	bnez	a1, 4b
.Lclear_done:
	close
	mv	a0, a1
	ret

	/*
	 * long arch_strncpy_in(char *to, uaddr_t from, long n)
	 * Copy by words once `from` is aligned: an aligned word lies in one
	 * page, so no load touches a page behind the string's end.  (x - 01..)
	 * & ~x & 80.. is nonzero exactly if a byte of x is zero.
	 */
	.globl	arch_strncpy_in
arch_strncpy_in:
	window
	mv	a3, a0			/* where the copy starts */
	add	a4, a0, a2		/* where the copy must end */
	beq	a0, a4, .Lstr_done
1:	andi	t0, a1, 7
	beqz	t0, 2f
	may_fault .Lfault, lbu t0, 0(a1)
	sb	t0, 0(a0)
	beqz	t0, .Lstr_done
	addi	a1, a1, 1
	addi	a0, a0, 1
	bltu	a0, a4, 1b
	j	.Lstr_done
2:	li	t2, 0x0101010101010101
	slli	t3, t2, 7
	addi	a5, a4, -8
	bltu	a5, a0, 4f
3:	may_fault .Lfault, ld t0, 0(a1)
	sub	t1, t0, t2
	not	t4, t0
	and	t1, t1, t4
	and	t1, t1, t3
	bnez	t1, 4f
	sd	t0, 0(a0)
	addi	a1, a1, 8
	addi	a0, a0, 8
	bgeu	a5, a0, 3b
4:	beq	a0, a4, .Lstr_done
5:	may_fault .Lfault, lbu t0, 0(a1)
	sb	t0, 0(a0)
	beqz	t0, .Lstr_done
	addi	a1, a1, 1
	addi	a0, a0, 1
	bltu	a0, a4, 5b
.Lstr_done:
	close
	sub	a0, a0, a3
	ret

	/* int arch_user_load32(u32 *value, uaddr_t from) */
	.globl	arch_user_load32
arch_user_load32:
	window
	may_fault .Lfault, lw t0, 0(a1)
	close
	sw	t0, 0(a0)
	li	a0, 0
	ret
.Lfault:
	close
	li	a0, -EFAULT
	ret

	/* int arch_user_cmpxchg32(uaddr_t at, u32 expect, u32 new, u32 *old) */
	.globl	arch_user_cmpxchg32
arch_user_cmpxchg32:
	window
	sext.w	a1, a1
1:	may_fault .Lfault, lr.w.aqrl t0, (a0)
	bne	t0, a1, 2f
	may_fault .Lfault, sc.w.rl t1, a2, (a0)
	bnez	t1, 1b
2:	close
	sw	t0, 0(a3)
	li	a0, 0
	ret

	/*
	 * void arch_clear_page(void *page)
	 * void arch_copy_page(void *to, const void *from)
	 */
	.globl	arch_clear_page
arch_clear_page:
	li	t0, 4096
	add	t0, a0, t0
1:	.set	at, 0
	.rept	128
	sd	zero, at(a0)
	.set	at, at + 8
	.endr
	addi	a0, a0, 1024
	bltu	a0, t0, 1b
	ret

	.globl	arch_copy_page
arch_copy_page:
	li	t6, 4096
	add	t6, a0, t6
1:	copy_block 1024, ld, sd
	bltu	a0, t6, 1b
	ret
