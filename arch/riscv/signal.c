/* SPDX-License-Identifier: MIT */
/*
 * Linux's signal frame on riscv64 (row B8): siginfo and ucontext on the user
 * stack, 16-byte aligned; the handler gets (signo, info, ucontext) and
 * returns to the vDSO.  Everything read back is hostile: only user registers
 * are restored, never sstatus.
 */
#include <arch/machine.h>
#include <arch/uabi.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <kernel/signal/siginfo.h>
#include <mm/uaccess.h>

_Static_assert(sizeof(struct fpu_state) == 264, "as in the signal frame");

#define FRAME(member) offsetof(struct uabi_sigframe, member)

/* The last words of the float area, zero: no further state follows. */
#define FP_END (FRAME(uc.uc_mcontext.fp.end.reserved) - 4)
static const u32 fp_end[4];

static bool is_narrow(const struct trapframe *tf)
{
	return tf->status & SSTATUS_UXL_32;
}

static bool fpu_is_dirty(const struct trapframe *tf)
{
	return (READ_ONCE(tf->status) & SSTATUS_FS) == SSTATUS_FS;
}

/*
 * Write the float registers to user memory, directly from the registers if only
 * they hold the values.  The store may fault and sleep; if the task was
 * switched out meanwhile, the switch has saved the registers.
 */
static __inlined int push_fpu(const struct trapframe *tf, uaddr_t at)
{
	if (!current->arch.fpu_used)		/* never used: all registers are
						   zero */
		return clear_user(at, sizeof(struct fpu_state));
	if (fpu_is_dirty(tf)) {
		if (!user_range_ok(at, sizeof(struct fpu_state)) ||
		    fpu_save_user(at))
			return -EFAULT;
		if (fpu_is_dirty(tf))
			return 0;
	}
	return copy_to_user(at, &current->arch.fpu, sizeof(struct fpu_state));
}

int signal_push_fpu(const struct trapframe *tf, uaddr_t at)
{
	return push_fpu(tf, at);
}

int arch_signal_push(struct trapframe *tf, const struct signal_frame *f)
{
	struct uabi_sigframe_head head;
	uaddr_t sp;

	if (is_narrow(tf))
		return narrow->push(tf, f);
	/* lab port: begin */
	sp = (f->sp - sizeof(struct uabi_sigframe)) & ~15ul;
	if (sp <= f->floor)
		return -EFAULT;
	siginfo_encode(head.info, f->info);
	head.uc.uc_flags = head.uc.uc_link = 0;
	head.uc.uc_stack = (struct uabi_stack){ .ss_sp = f->altstack.sp,
		.ss_flags = f->altstack.flags, .ss_size = f->altstack.size };
	head.uc.uc_sigmask = f->mask;
	if (copy_to_user(sp, &head, sizeof(head)) ||
	    copy_to_user(sp + FRAME(uc.uc_mcontext.regs), tf->regs,
			 sizeof(tf->regs)) ||
	    push_fpu(tf, sp + FRAME(uc.uc_mcontext.fp)) ||
	    copy_to_user(sp + FP_END, fp_end, sizeof(fp_end)))
		return -EFAULT;

	tf->regs[REG_PC] = f->action->handler;
	tf->regs[REG_SP] = sp;
	tf->regs[REG_RA] = f->vdso + arch_vdso_sigreturn;
	tf->regs[REG_A0] = f->info->signo;
	tf->regs[REG_A1] = sp;
	tf->regs[REG_A2] = sp + FRAME(uc);
	tf_end_syscall(tf);
	return 0;
	/* lab port: end, else return -EFAULT; */
}

static bool all_zero(const struct fpu_state *s)
{
	u64 any = s->fcsr;

	for (unsigned i = 0; i < 32; i++)
		any |= s->f[i];
	return any == 0;
}

static __inlined int pop_fpu(struct trapframe *tf, uaddr_t at)
{
	struct fpu_state *to = &current->arch.fpu;
	enum ipl level;

	if (tf->status & SSTATUS_FS) {
		if (!user_range_ok(at, sizeof(*to)))
			return -EFAULT;
		/*
		 * the load may fault and sleep, and a switch then loses the
		 * values loaded so far
		 */
		do {
			WRITE_ONCE(tf->status,
				   tf->status | SSTATUS_FS | 1ul << 63);
			if (fpu_load_user(at))
				return -EFAULT;
		} while (!fpu_is_dirty(tf));
		return 0;
	}
	if (copy_from_user(to, at, sizeof(*to)))
		return -EFAULT;
	/* the FPU was not used before the handler, nor by it: leave it off */
	if (!current->arch.fpu_used && all_zero(to))
		return 0;
	level = preempt_disable();	/* the FPU's owner is recorded per
					   CPU */
	fpu_first_use(tf);
	ipl_restore(level);
	return 0;
}

int signal_pop_fpu(struct trapframe *tf, uaddr_t at)
{
	return pop_fpu(tf, at);
}

int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt)
{
	uaddr_t sp = tf_sp(tf);
	struct uabi_ucontext_head uc;
	u32 end[4];

	if (is_narrow(tf))
		return narrow->pop(tf, f);
	/* lab port: begin */
	if (get_user(&uc, sp + FRAME(uc)) || get_user(&end, sp + FP_END) ||
	    end[1] || end[2] || end[3] ||
	    get_user(&tf->regs, sp + FRAME(uc.uc_mcontext.regs)) ||
	    pop_fpu(tf, sp + FRAME(uc.uc_mcontext.fp)))
		return -EFAULT;
	tf_end_syscall(tf);
	f->mask = uc.uc_sigmask;
	f->altstack.sp = uc.uc_stack.ss_sp;
	f->altstack.flags = uc.uc_stack.ss_flags;
	f->altstack.size = uc.uc_stack.ss_size;
	return 0;
	/* lab port: end, else return -EFAULT; */
}
