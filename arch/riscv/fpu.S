/* SPDX-License-Identifier: MIT */
/*
 * The float registers.  FS of the user frame's sstatus tells: dirty: only the
 * registers hold the task's values; else struct arch_task does; clean: the
 * registers too; off: the next use traps and loads them.  A task that did not
 * write them between two switches has them off after the second, so that one
 * that seldom computes does not pay for each switch.
 *
 * A CPU's registers hold a task's values if the CPU names the task its
 * fpu_owner and the task names the CPU its fpu_cpu, the last that loaded them.
 */
#include <arch/csr.h>
#include <arch/extable.h>
#include <uapi/errno.h>
#include "asm-offsets.h"

	.option	arch, +d

	.macro	eight op, base, r0, r1, r2, r3, r4, r5, r6, r7
	\op	f\r0, TASK_FPU + 8 * \r0(\base)
	\op	f\r1, TASK_FPU + 8 * \r1(\base)
	\op	f\r2, TASK_FPU + 8 * \r2(\base)
	\op	f\r3, TASK_FPU + 8 * \r3(\base)
	\op	f\r4, TASK_FPU + 8 * \r4(\base)
	\op	f\r5, TASK_FPU + 8 * \r5(\base)
	\op	f\r6, TASK_FPU + 8 * \r6(\base)
	\op	f\r7, TASK_FPU + 8 * \r7(\base)
	.endm

	.macro	all op, base
	eight	\op, \base, 0, 1, 2, 3, 4, 5, 6, 7
	eight	\op, \base, 8, 9, 10, 11, 12, 13, 14, 15
	eight	\op, \base, 16, 17, 18, 19, 20, 21, 22, 23
	eight	\op, \base, 24, 25, 26, 27, 28, 29, 30, 31
	.endm

	.text
	/*
	 * void fpu_save(struct task *t): the registers, which are t's, into
	 * its arch_task; its frame is clean after.
	 */
	.globl	fpu_save
fpu_save:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	all	fsd, a0
	frcsr	t1
	sw	t1, TASK_FCSR(a0)
	ld	t2, TASK_FRAME(a0)
	ld	t1, TF_STATUS(t2)
	or	t1, t1, t0		/* 3, and 3 - 1 is clean */
	li	t0, SSTATUS_FS - SSTATUS_FS_CLEAN
	xor	t1, t1, t0
	slli	t1, t1, 1		/* bit 63 mirrors dirty */
	srli	t1, t1, 1
	sd	t1, TF_STATUS(t2)
	ret

	/* void fpu_load(struct task *t): the other way; t owns them after. */
	.globl	fpu_load
fpu_load:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	all	fld, a0
	lw	t1, TASK_FCSR(a0)
	fscsr	t1
	ld	t0, TASK_CPU(a0)
	sd	a0, CPU_FPU_OWNER(t0)
	sd	t0, TASK_FPU_CPU(a0)
	ret

	.macro	user32 op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	may_fault .Lrefused, \op f\n, 8 * \n(a0)
	.endr
	.endm

	/*
	 * int fpu_save_user(uaddr_t to), int fpu_load_user(uaddr_t from): the
	 * same between the registers and a struct fpu_state of the program.
	 */
	.globl	fpu_save_user
fpu_save_user:
	li	t0, SSTATUS_FS | SSTATUS_SUM
	csrs	sstatus, t0
	user32	fsd
	frcsr	t1
	may_fault .Lrefused, sw t1, 256(a0)
	li	a0, 0
.Lclose:
	li	t0, SSTATUS_SUM
	csrc	sstatus, t0
	ret

	.globl	fpu_load_user
fpu_load_user:
	li	t0, SSTATUS_FS | SSTATUS_SUM
	csrs	sstatus, t0
	user32	fld
	may_fault .Lrefused, lw t1, 256(a0)
	fscsr	t1
	li	a0, 0
	j	.Lclose
.Lrefused:
	li	a0, -EFAULT
	j	.Lclose
