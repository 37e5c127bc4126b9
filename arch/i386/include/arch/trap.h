/* SPDX-License-Identifier: MIT */
/*
 * What the vectors in trap.S save: pushal's eight registers below what the
 * processor pushes.  The frame of a task's user mode lies at the top of its
 * kernel stack.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/x86.h>
#include <lt/types.h>

struct trapframe {
	u32 fs, es, ds;		/* upper halves undefined */
	u32 edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
	u32 vector;		/* VECTOR_; TF_DONE: no system call to redo */
	u32 err;		/* error code, or the system-call number */
	u32 eip, cs, eflags;
	u32 esp, ss;		/* only there when user mode was left */
};

#define TF_DONE 0x100

static inline bool tf_user(const struct trapframe *tf)
{
	return tf->cs & 3;
}

static inline unsigned long tf_pc(const struct trapframe *tf)
{
	return tf->eip;
}

static inline unsigned long tf_sp(const struct trapframe *tf)
{
	return tf_user(tf) ? tf->esp : (unsigned long)&tf->esp;
}

static inline unsigned long tf_fp(const struct trapframe *tf)
{
	return tf->ebp;
}

static inline void tf_set_pc(struct trapframe *tf, unsigned long pc)
{
	tf->eip = pc;
}

/* => a frame of user mode */
static inline void tf_set_sp(struct trapframe *tf, unsigned long sp)
{
	tf->esp = sp;
}

static inline unsigned long tf_nr(const struct trapframe *tf)
{
	return tf->err;
}

static inline unsigned long tf_arg(const struct trapframe *tf, unsigned i)
{
	switch (i) {
	case 0: return tf->ebx;
	case 1: return tf->ecx;
	case 2: return tf->edx;
	case 3: return tf->esi;
	case 4: return tf->edi;
	default: return tf->ebp;
	}
}

static inline unsigned long tf_result(const struct trapframe *tf)
{
	return tf->eax;
}

static inline void tf_set_result(struct trapframe *tf, unsigned long v)
{
	tf->eax = v;
}

static inline bool tf_is_syscall(const struct trapframe *tf)
{
	return tf->vector == VECTOR_SYSCALL;
}

static inline void tf_end_syscall(struct trapframe *tf)
{
	tf->vector = TF_DONE;
}

/* `int $0x80` is two bytes long. */
static inline void tf_restart(struct trapframe *tf)
{
	tf->eax = tf->err;
	tf->eip -= 2;
	tf_end_syscall(tf);
}

static inline void tf_set_nr(struct trapframe *tf, unsigned long nr)
{
	tf->eax = tf->err = nr;
}

static inline bool tf_irqs_on(const struct trapframe *tf)
{
	return tf->eflags & EFLAGS_IF;
}

static inline void tf_mask_irqs(struct trapframe *tf)
{
	tf->eflags &= ~(u32)EFLAGS_IF;
}

static inline void tf_unmask_irqs(struct trapframe *tf)
{
	tf->eflags |= EFLAGS_IF;
}

#endif
