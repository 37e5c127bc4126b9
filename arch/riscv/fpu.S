/* SPDX-License-Identifier: MIT */
/*
 * The float registers.  FS of the user frame's sstatus says where the task's
 * values are.  Dirty: only in the registers.  Clean: in the registers and in
 * struct arch_task.  Off: only in struct arch_task; the next use traps, and the
 * trap loads the registers.  If a task did not write the registers between two
 * switches, the second switch turns them off, so that a task that seldom
 * computes does not pay for each switch.
 *
 * A CPU's registers hold a task's values if the CPU names the task as its
 * fpu_owner and the task names the CPU as its fpu_cpu, the CPU that loaded the
 * values last.
 */
#include <arch/csr.h>
#include <lt/extable.h>
#include <uapi/errno.h>
#include "asm-offsets.h"

	.option	arch, +d

	/*
	 * apply op to each register and its place in a struct fpu_state at `at`
	 */
	.macro	all base, at, op:vararg
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	f\n, \at + 8 * \n(\base)
	.endr
	.endm

	.text
	/*
	 * void fpu_save(struct task *t): save the registers, which hold t's
	 * values, in t's arch_task.  The frame of t is clean afterwards.
	 */
	.globl	fpu_save
fpu_save:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	all	a0, TASK_FPU, fsd
	frcsr	t1
	sw	t1, TASK_FCSR(a0)
	ld	t2, TASK_FRAME(a0)
	ld	t1, TF_STATUS(t2)
	or	t1, t1, t0		/* dirty is 3, clean is 2 */
	li	t0, SSTATUS_FS - SSTATUS_FS_CLEAN
	xor	t1, t1, t0
	slli	t1, t1, 1		/* bit 63 mirrors dirty */
	srli	t1, t1, 1
	sd	t1, TF_STATUS(t2)
	ret

	/*
	 * void fpu_load(struct task *t): load t's registers; t is the CPU's
	 * fpu_owner afterwards.
	 */
	.globl	fpu_load
fpu_load:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	all	a0, TASK_FPU, fld
	lw	t1, TASK_FCSR(a0)
	fscsr	t1
	ld	t0, TASK_CPU(a0)
	sd	a0, CPU_FPU_OWNER(t0)
	sd	t0, TASK_FPU_CPU(a0)
	ret

	/*
	 * int fpu_save_user(uaddr_t to), int fpu_load_user(uaddr_t from): save
	 * or load the registers to or from a struct fpu_state in user memory.
	 */
	.globl	fpu_save_user
fpu_save_user:
	li	t0, SSTATUS_FS | SSTATUS_SUM
	csrs	sstatus, t0
	all	a0, 0, may_fault .Lrefused, fsd
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
	all	a0, 0, may_fault .Lrefused, fld
	may_fault .Lrefused, lw t1, 256(a0)
	fscsr	t1
	li	a0, 0
	j	.Lclose
.Lrefused:
	li	a0, -EFAULT
	j	.Lclose
