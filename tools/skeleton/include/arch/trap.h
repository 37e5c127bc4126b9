/* SPDX-License-Identifier: MIT */
/*
 * What the vectors save: only what portable code asks for, until there are
 * vectors.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <lt/types.h>

struct trapframe {
	unsigned long pc, sp, fp, result;
	unsigned long nr, args[6];	/* of a system call, as at entry */
	bool user;			/* came from user mode */
	bool irqs;			/* goes back with interrupts on */
	bool syscall;			/* one that is not finished */
};

static inline bool tf_user(const struct trapframe *tf)
{
	return tf->user;
}

static inline unsigned long tf_pc(const struct trapframe *tf)
{
	return tf->pc;
}

static inline unsigned long tf_sp(const struct trapframe *tf)
{
	return tf->sp;
}

static inline unsigned long tf_fp(const struct trapframe *tf)
{
	return tf->fp;
}

static inline void tf_set_pc(struct trapframe *tf, unsigned long pc)
{
	tf->pc = pc;
}

static inline void tf_set_sp(struct trapframe *tf, unsigned long sp)
{
	tf->sp = sp;
}

static inline unsigned long tf_nr(const struct trapframe *tf)
{
	return tf->nr;
}

static inline unsigned long tf_arg(const struct trapframe *tf, unsigned i)
{
	return tf->args[i];
}

static inline unsigned long tf_result(const struct trapframe *tf)
{
	return tf->result;
}

static inline void tf_set_result(struct trapframe *tf, unsigned long v)
{
	tf->result = v;
}

static inline bool tf_is_syscall(const struct trapframe *tf)
{
	return tf->syscall;
}

static inline void tf_end_syscall(struct trapframe *tf)
{
	tf->syscall = false;
}

static inline void tf_set_nr(struct trapframe *tf, unsigned long nr)
{
	tf->nr = nr;
}

void tf_restart(struct trapframe *tf);

static inline bool tf_irqs_on(const struct trapframe *tf)
{
	return tf->irqs;
}

static inline void tf_mask_irqs(struct trapframe *tf)
{
	tf->irqs = false;
}

static inline void tf_unmask_irqs(struct trapframe *tf)
{
	tf->irqs = true;
}

#endif
