/* SPDX-License-Identifier: MIT */
/*
 * Linux's signal frame on riscv64 (row B8): siginfo and ucontext on the user
 * stack, 16-byte aligned; the handler gets (signo, info, ucontext) and
 * returns to the vDSO.  Everything read back is hostile: only user registers
 * are restored, never sstatus.
 */
#include <arch/machine.h>
#include <arch/uabi.h>
#include <kernel/signal/siginfo.h>
#include <kernel/task.h>
#include <lib/mem.h>
#include <mm/uaccess.h>

_Static_assert(sizeof(struct fpu_state) == 264, "as in the signal frame");

static void save_fpu(struct trapframe *tf, struct uabi_sigcontext *sc)
{
	memset(&sc->fp, 0, sizeof(sc->fp));
	if (!(tf->status & SSTATUS_FS))
		return;			/* never used: all zero */
	if ((tf->status & SSTATUS_FS) == SSTATUS_FS)
		fpu_save(current);
	memcpy(&sc->fp.d, &current->arch.fpu, sizeof(sc->fp.d));
}

int arch_signal_push(struct trapframe *tf, const struct signal_frame *f)
{
	struct uabi_sigframe frame;
	struct uabi_ucontext *uc = &frame.uc;
	uaddr_t sp = (f->sp - sizeof(frame)) & ~15ul;

	siginfo_encode(frame.info, f->info);
	uc->uc_flags = 0;
	uc->uc_link = 0;
	uc->uc_stack = (struct uabi_stack){ .ss_sp = f->altstack.sp,
		.ss_flags = f->altstack.flags, .ss_size = f->altstack.size };
	uc->uc_sigmask = f->mask;
	memset(uc->unused, 0, sizeof(uc->unused) + 8);
	memcpy(uc->uc_mcontext.regs, tf->regs, sizeof(tf->regs));
	save_fpu(tf, &uc->uc_mcontext);
	if (copy_to_user(sp, &frame, sizeof(frame)))
		return -EFAULT;

	tf->regs[REG_PC] = f->action->handler;
	tf->regs[REG_SP] = sp;
	tf->regs[REG_RA] = f->vdso + arch_vdso_sigreturn;
	tf->regs[REG_A0] = f->info->signo;
	tf->regs[REG_A1] = sp;
	tf->regs[REG_A2] = sp + offsetof(struct uabi_sigframe, uc);
	tf_end_syscall(tf);
	return 0;
}

static bool all_zero(const struct fpu_state *s)
{
	u64 any = s->fcsr;

	for (unsigned i = 0; i < 32; i++)
		any |= s->f[i];
	return any == 0;
}

static void restore_fpu(struct trapframe *tf, struct uabi_sigcontext *sc)
{
	struct fpu_state *to = &current->arch.fpu;

	memcpy(to, &sc->fp.d, sizeof(*to));
	/* still unused on both sides of the handler: leave it off */
	if (!(tf->status & SSTATUS_FS) && all_zero(to))
		return;
	fpu_load(current);
	tf->status = (tf->status & ~(SSTATUS_FS | 1ul << 63)) |
		SSTATUS_FS_CLEAN;
}

int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt)
{
	struct uabi_ucontext uc;
	struct uabi_sigcontext *sc = &uc.uc_mcontext;

	if (copy_from_user(&uc, tf_sp(tf) + offsetof(struct uabi_sigframe, uc),
			   sizeof(uc)))
		return -EFAULT;
	if (sc->fp.end.reserved || sc->fp.end.magic || sc->fp.end.size)
		return -EFAULT;
	memcpy(tf->regs, sc->regs, sizeof(tf->regs));
	restore_fpu(tf, sc);
	tf_end_syscall(tf);
	f->mask = uc.uc_sigmask;
	f->altstack.sp = uc.uc_stack.ss_sp;
	f->altstack.flags = uc.uc_stack.ss_flags;
	f->altstack.size = uc.uc_stack.ss_size;
	return 0;
}
