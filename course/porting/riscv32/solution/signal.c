/* SPDX-License-Identifier: MIT */
/*
 * Linux's signal frame on riscv32: siginfo and ucontext on the user stack,
 * 16-byte aligned; the handler gets (signo, info, ucontext) and returns to the
 * page of vdso.S.  Everything read back is hostile: only user registers are
 * restored, never sstatus.
 */
#include <arch/machine.h>
#include <arch/uabi.h>
#include <kernel/signal/siginfo.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <mm/uaccess.h>

extern const char vdso_image[];

const struct arch_vdso arch_vdso = {
	.image = vdso_image,
	.size = PAGE_SIZE,
};

int arch_signal_push(struct trapframe *tf, const struct signal_frame *f)
{
	uaddr_t sp = (f->sp - sizeof(struct uabi_sigframe)) & ~15ul;
	struct uabi_sigframe frame;

	if (sp <= f->floor)
		return -EFAULT;
	memset(&frame, 0, sizeof(frame));
	siginfo_encode(frame.info, f->info);
	frame.uc.uc_stack = (struct uabi_stack){ .ss_sp = f->altstack.sp,
		.ss_flags = f->altstack.flags, .ss_size = f->altstack.size };
	frame.uc.uc_sigmask = f->mask;
	memcpy(frame.uc.uc_mcontext.regs, tf->regs, sizeof(tf->regs));
	if (copy_to_user(sp, &frame, sizeof(frame)))
		return -EFAULT;
	tf->regs[REG_PC] = f->action->handler;
	tf->regs[REG_SP] = sp;
	tf->regs[REG_RA] = f->vdso;
	tf->regs[REG_A0] = (unsigned long)f->info->signo;
	tf->regs[REG_A1] = sp;
	tf->regs[REG_A2] = sp + offsetof(struct uabi_sigframe, uc);
	tf_end_syscall(tf);
	return 0;
}

int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt)
{
	struct uabi_sigframe frame;

	(void)rt;
	if (get_user(&frame, tf_sp(tf)) || frame.uc.uc_mcontext.reserved ||
	    frame.uc.uc_mcontext.magic || frame.uc.uc_mcontext.size)
		return -EFAULT;
	memcpy(tf->regs, frame.uc.uc_mcontext.regs, sizeof(tf->regs));
	tf_end_syscall(tf);
	f->mask = frame.uc.uc_sigmask;
	f->altstack.sp = frame.uc.uc_stack.ss_sp;
	f->altstack.flags = frame.uc.uc_stack.ss_flags;
	f->altstack.size = frame.uc.uc_stack.ss_size;
	return 0;
}
