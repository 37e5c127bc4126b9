/* SPDX-License-Identifier: MIT */
/*
 * The registers that the vectors in trap.S save: pushal's eight registers below
 * those that the processor pushes.  The frame of a task's user mode lies at the
 * top of its kernel stack.
 */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

#include <arch/x86.h>
#include <lt/types.h>

struct trapframe {
	u32 fs, es, ds;		/* upper halves undefined */
	u32 edi, esi, ebp, unused_esp, ebx, edx, ecx, eax;
	u32 vector;		/* a VECTOR_ number, or TF_DONE: no system call
				   to restart */
	u32 err;		/* error code, or the system-call number */
	u32 eip, cs, eflags;
	u32 esp, ss;		/* only in frames from user mode */
};

/* For <lt/trap_ops.h>. */
#define FRAME_PC	eip
#define FRAME_SP	esp
#define FRAME_FP	ebp
#define FRAME_RESULT	eax
#define FRAME_CAUSE	vector
#define FRAME_SYSCALL	VECTOR_SYSCALL
#define FRAME_STATUS	eflags
#define FRAME_IRQS	EFLAGS_IF
#define TF_DONE		0x100
#include <lt/trap_ops.h>

/* For <lt/backtrace.h>. */
#define FRAME_RECORD	0		/* ebp points to the caller's ebp and
					   the return address */
#define TRAP_CODE	vector_syscall
#define TRAP_CODE_END	vector_end

static inline bool tf_user(const struct trapframe *tf)
{
	return tf->cs & 3;
}

static inline unsigned long tf_sp(const struct trapframe *tf)
{
	return tf_user(tf) ? tf->esp : (unsigned long)&tf->esp;
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

#endif
