/* SPDX-License-Identifier: MIT */
/*
 * Copies between kernel and user memory.  Between `window` and `close`
 * sstatus.SUM lets supervisor mode access user pages; a fault there that mm
 * cannot resolve continues at the fix-up named in __ex_table.  Words are
 * aligned and fault as a whole, so the returned count is exact.
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

	.text
	/*
	 * unsigned long arch_copy_in(void *to, uaddr_t from, n)
	 * unsigned long arch_copy_out(uaddr_t to, const void *from, n)
	 * One routine for both, since either address may be the user's.
	 */
	.globl	arch_copy_in
	.globl	arch_copy_out
arch_copy_in:
arch_copy_out:
	window
	li	t1, 4
	or	t0, a0, a1
	andi	t0, t0, 3
	bnez	t0, 2f
1:	bltu	a2, t1, 2f
	may_fault 3f, lw t0, 0(a1)
	may_fault 3f, sw t0, 0(a0)
	addi	a2, a2, -4
	addi	a1, a1, 4
	addi	a0, a0, 4
	j	1b
2:	beqz	a2, 3f
	may_fault 3f, lbu t0, 0(a1)
	may_fault 3f, sb t0, 0(a0)
	addi	a2, a2, -1
	addi	a1, a1, 1
	addi	a0, a0, 1
	j	2b
3:	close
	mv	a0, a2
	ret

	/* unsigned long arch_clear_user(uaddr_t to, unsigned long n) */
	.globl	arch_clear_user
arch_clear_user:
	window
	li	t1, 4
	andi	t0, a0, 3
	bnez	t0, 2f
1:	bltu	a1, t1, 2f
	may_fault 3f, sw zero, 0(a0)
	addi	a1, a1, -4
	addi	a0, a0, 4
	j	1b
2:	beqz	a1, 3f
	may_fault 3f, sb zero, 0(a0)
	addi	a1, a1, -1
	addi	a0, a0, 1
	j	2b
3:	close
	mv	a0, a1
	ret

	/* long arch_strncpy_in(char *to, uaddr_t from, long n) */
	.globl	arch_strncpy_in
arch_strncpy_in:
	window
	li	a3, 0			/* the length so far */
1:	beq	a3, a2, 2f
	may_fault .Lfault, lbu t0, 0(a1)
	sb	t0, 0(a0)
	beqz	t0, 2f
	addi	a0, a0, 1
	addi	a1, a1, 1
	addi	a3, a3, 1
	j	1b
2:	close
	mv	a0, a3
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
1:	may_fault .Lfault, lr.w.aqrl t0, (a0)
	bne	t0, a1, 2f
	may_fault .Lfault, sc.w.rl t1, a2, (a0)
	bnez	t1, 1b
2:	close
	sw	t0, 0(a3)
	li	a0, 0
	ret
