/* SPDX-License-Identifier: MIT */
/*
 * The parts of trapframes that are the same on every machine.  A port's
 * <arch/trap.h> includes this header once it has defined: struct trapframe; the
 * names of its members, FRAME_PC, _SP, _FP, _RESULT, _CAUSE and _STATUS; the
 * cause of a system call, FRAME_SYSCALL, and the cause TF_DONE, when there is
 * no call to restart; and FRAME_IRQS, the status bits that enable interrupts, or
 * FRAME_MASKED, those that mask them.
 */
#ifndef LT_TRAP_OPS_H
#define LT_TRAP_OPS_H

#include <arch/page.h>
#include <uapi/errno.h>

static inline unsigned long tf_pc(const struct trapframe *tf)
{
	return tf->FRAME_PC;
}

static inline unsigned long tf_fp(const struct trapframe *tf)
{
	return tf->FRAME_FP;
}

static inline void tf_set_pc(struct trapframe *tf, unsigned long pc)
{
	tf->FRAME_PC = pc;
}

/* Context: tf is a frame of user mode. */
static inline void tf_set_sp(struct trapframe *tf, unsigned long sp)
{
	tf->FRAME_SP = sp;
}

static inline unsigned long tf_result(const struct trapframe *tf)
{
	return tf->FRAME_RESULT;
}

static inline void tf_set_result(struct trapframe *tf, unsigned long v)
{
	tf->FRAME_RESULT = v;
}

/*
 * A tracer that stops at the entry of a call finds -ENOSYS as its result or, if
 * the port defines FRAME_FIRST_ARG, the member that the call gets its first
 * argument from, this argument, which it may change there.
 */
static inline void tf_show_entry(struct trapframe *tf)
{
#ifdef FRAME_FIRST_ARG
	tf_set_result(tf, tf->FRAME_FIRST_ARG);
#else
	tf_set_result(tf, -ENOSYS);
#endif
}

/* The tracer lets it go on. */
static inline void tf_leave_entry(struct trapframe *tf)
{
#ifdef FRAME_FIRST_ARG
	tf->FRAME_FIRST_ARG = tf_result(tf);
#endif
	(void)tf;
}

static inline bool tf_is_syscall(const struct trapframe *tf)
{
	return tf->FRAME_CAUSE == FRAME_SYSCALL;
}

static inline void tf_end_syscall(struct trapframe *tf)
{
	tf->FRAME_CAUSE = TF_DONE;
}

/*
 * Make tf the frame of a child, which returns 0 from the call that its parent is
 * in, with its stack pointer at sp; 0: at the same address as the parent's.
 */
static inline void tf_fork(struct trapframe *tf, const struct trapframe *parent,
			   unsigned long sp)
{
	*tf = *parent;
	tf_set_result(tf, 0);
	tf_end_syscall(tf);
	if (sp)
		tf_set_sp(tf, sp);
}

/*
 * The status with bits set and cleared that let interrupts in: one of the two
 * sets is empty.
 */
#ifndef FRAME_IRQS
#define FRAME_IRQS	0
#endif
#ifndef FRAME_MASKED
#define FRAME_MASKED	0
#endif

static inline bool tf_irqs_on(const struct trapframe *tf)
{
	return (tf->FRAME_STATUS & (FRAME_IRQS | FRAME_MASKED)) == FRAME_IRQS;
}

static inline void tf_mask_irqs(struct trapframe *tf)
{
	tf->FRAME_STATUS &= ~(__typeof__(tf->FRAME_STATUS))FRAME_IRQS;
	tf->FRAME_STATUS |= FRAME_MASKED;
}

static inline void tf_unmask_irqs(struct trapframe *tf)
{
	tf->FRAME_STATUS &= ~(__typeof__(tf->FRAME_STATUS))FRAME_MASKED;
	tf->FRAME_STATUS |= FRAME_IRQS;
}

/* Return the frame of a task's user mode, at the top of its kernel stack. */
static inline struct trapframe *current_trapframe(void *kstack)
{
	return (struct trapframe *)((char *)kstack + KSTACK_SIZE) - 1;
}

#endif
