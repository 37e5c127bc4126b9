/* SPDX-License-Identifier: MIT */
/*
 * Signals of 32-bit programs (row E15): riscv32's signal frame and structures.
 * A handler returns to the vDSO, whose two instructions for sigreturn are the
 * same in both widths.
 */
#include <arch/machine.h>
#include "narrowinfo.h"
#include "rv32.h"
#include <kernel/current.h>
#include <kernel/signal/pending.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <lt/signal.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

struct stack32 {
	u32 sp;
	s32 flags;
	u32 size;
};

struct sigaction32 {
	u32 handler, flags, mask[2];
};

/*
 * The first part of the frame, up to the signal mask.  The gap from there to
 * the registers is not written.
 */
struct head32 {
	u32 info[SIGINFO_SIZE / 4];
	u32 uc_flags, uc_link;
	struct stack32 uc_stack;
	u32 uc_sigmask[2];
};

/* The registers and the float area are aligned to 16 bytes. */
enum {
	UC_AT = SIGINFO_SIZE,
	REGS_AT = UC_AT + 160,
	FP_AT = REGS_AT + REG_COUNT * 4,
	SIZE = FP_AT + 528,
	END_AT = SIZE - 12,	/* end marker: zeros */
};

static sigmask_t signal_join(const u32 w[2])
{
	return (sigmask_t)w[1] << 32 | w[0];
}

/* ---- the frame ----------------------------------------------------------- */

static int riscv_push(struct trapframe *tf, const struct signal_frame *f)
{
	uaddr_t sp = ((u32)f->sp - SIZE) & ~15ul;
	struct head32 head;
	u32 regs[REG_COUNT];

	if (sp <= f->floor)
		return -EFAULT;
	narrow_siginfo(head.info, f->info);
	head.uc_flags = head.uc_link = 0;
	head.uc_stack = (struct stack32){ (u32)f->altstack.sp,
		f->altstack.flags, (u32)f->altstack.size };
	head.uc_sigmask[0] = (u32)f->mask;
	head.uc_sigmask[1] = (u32)(f->mask >> 32);
	for (unsigned i = 0; i < REG_COUNT; i++)
		regs[i] = (u32)tf->regs[i];
	if (copy_to_user(sp, &head, sizeof(head)) ||
	    copy_to_user(sp + REGS_AT, regs, sizeof(regs)) ||
	    signal_push_fpu(tf, sp + FP_AT) ||
	    clear_user(sp + END_AT, SIZE - END_AT))
		return -EFAULT;
	tf->regs[REG_SP] = sp;
	tf->regs[REG_A0] = (unsigned long)f->info->signo;
	tf->regs[REG_A1] = sp;
	tf->regs[REG_A2] = sp + UC_AT;
	tf->regs[REG_RA] = f->vdso + arch_vdso_sigreturn;
	tf->regs[REG_PC] = f->action->handler;
	tf_end_syscall(tf);
	return 0;
}

static int signal_pop(struct trapframe *tf, struct signal_frame *f)
{
	uaddr_t sp = (u32)tf_sp(tf);
	struct head32 head;
	u32 regs[REG_COUNT], end[3];

	if (get_user(&head, sp) ||
	    copy_from_user(end, sp + END_AT, sizeof(end)) ||
	    end[0] || end[1] || end[2] ||
	    copy_from_user(regs, sp + REGS_AT, sizeof(regs)) ||
	    signal_pop_fpu(tf, sp + FP_AT))
		return -EFAULT;
	for (unsigned i = 0; i < REG_COUNT; i++)
		tf->regs[i] = regs[i];
	tf_end_syscall(tf);
	f->mask = signal_join(head.uc_sigmask);
	f->altstack.sp = head.uc_stack.sp;
	f->altstack.flags = head.uc_stack.flags;
	f->altstack.size = head.uc_stack.size;
	return 0;
}

static bool signal_is_space(const struct vm_space *s)
{
	return vm_is_narrow(s);
}

static const struct narrow ours = {
	.is_space = signal_is_space,
	.push = riscv_push,
	.pop = signal_pop,
	.siginfo = narrow_siginfo,
};

static void narrow_init(void)
{
	narrow = &ours;
}
INIT(fs, narrow_init);

/* ---- calls --------------------------------------------------------------- */

long rv32_sigaction(const unsigned long *a)
{
	struct sigaction new, was;
	struct sigaction32 u;
	int err;

	if (a[3] != sizeof(sigmask_t))
		return -EINVAL;
	if (a[1]) {
		if (get_user(&u, a[1]))
			return -EFAULT;
		new = (struct sigaction){ .handler = u.handler,
			.flags = u.flags, .mask = signal_join(u.mask) };
	}
	err = action_change((int)a[0], a[1] ? &new : NULL, &was);
	if (err || !a[2])
		return err;
	u = (struct sigaction32){ (u32)was.handler, (u32)was.flags,
		{ (u32)was.mask, (u32)(was.mask >> 32) } };
	return put_user(u, a[2]);
}

long rv32_sigaltstack(const unsigned long *a)
{
	const struct sigaltstack *s = &current->altstack;
	uaddr_t sp = (u32)tf_sp(current_trapframe(current->kstack));
	struct stack32 u, was = { (u32)s->sp, s->flags, (u32)s->size };
	int err;

	if (!s->size)
		was.flags |= SS_DISABLE;
	else if (altstack_contains(s, sp))
		was.flags |= SS_ONSTACK;
	if (a[0]) {
		struct uabi_altstack new;

		if (get_user(&u, a[0]))
			return -EFAULT;
		new = (struct uabi_altstack){ u.sp, u.flags, u.size };
		err = altstack_set(&new, sp);
		if (err)
			return err;
	}
	return a[1] ? put_user(was, a[1]) : 0;
}
