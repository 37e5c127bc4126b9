/* SPDX-License-Identifier: MIT */
/*
 * Linux's signal frame on arm64 (row B8): siginfo and ucontext on the user
 * stack, 16-byte aligned, below a frame record for debuggers; the handler gets
 * (signo, info, ucontext) and returns to the vDSO or to the action's restorer.
 * Everything read back is hostile: only user registers and the flags of pstate
 * are restored.
 */
#include <arch/machine.h>
#include <arch/uabi.h>
#include <kernel/current.h>
#include <kernel/signal/siginfo.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <uapi/signal.h>

/* The machine's context, as far as it is written. */
struct frame_context {
	u64 fault_address;
	u64 regs[REG_COUNT], sp, pc, pstate;
	u64 pad;
	struct uabi_fpsimd fp;
	struct uabi_esr esr;		/* without a fault: the last record */
	struct uabi_record end;
};

#define FRAME(member) offsetof(struct uabi_sigframe, member)

_Static_assert(offsetof(struct frame_context, fp) ==
	       offsetof(struct uabi_sigcontext, records),
	       "as in the signal frame");
_Static_assert(offsetof(struct trapframe, orig_x0) == 34 * 8,
	       "the frame begins as the context does after its first word");

/*
 * Tell the address and the syndrome of a fault that is the signal's cause, but
 * nothing of what the kernel has at an address of its own.
 */
static void describe_fault(struct frame_context *c, const struct trapframe *tf,
			   const struct siginfo *info)
{
	if (info->code <= 0 ||
	    (tf->cause != EC_DATA_USER && tf->cause != EC_FETCH_USER))
		return;
	c->fault_address = tf->far;
	c->esr.head = (struct uabi_record){ UABI_ESR_MAGIC, sizeof(c->esr) };
	c->esr.esr = tf->far < KERNEL_OFFSET ? tf->esr :
		(tf->esr & ESR_NO_SECRET) | FSC_TRANSLATION;
}

int arch_signal_push(struct trapframe *tf, const struct signal_frame *f)
{
	uaddr_t record = (f->sp - 16) & ~15ul;
	uaddr_t sp = record - sizeof(struct uabi_sigframe);
	const struct fpu_state *fpu = &current->arch.fpu;
	u64 chain[2] = { tf->regs[REG_FP], tf->regs[REG_LR] };
	struct uabi_sigframe_head head = { .uc.uc_sigmask = f->mask };
	struct frame_context context = { 0 };

	if (sp <= f->floor)
		return -EFAULT;
	siginfo_encode(head.info, f->info);
	head.uc.uc_stack = (struct uabi_stack){ .ss_sp = f->altstack.sp,
		.ss_flags = f->altstack.flags, .ss_size = f->altstack.size };
	memcpy(context.regs, tf, 34 * 8);
	context.fp.head = (struct uabi_record){ UABI_FPSIMD_MAGIC,
		sizeof(context.fp) };
	fpu_sync();
	context.fp.fpsr = fpu->fpsr;
	context.fp.fpcr = fpu->fpcr;
	memcpy(context.fp.v, fpu->v, sizeof(fpu->v));
	describe_fault(&context, tf, f->info);
	if (copy_to_user(record, chain, sizeof(chain)) ||
	    copy_to_user(sp, &head, sizeof(head)) ||
	    copy_to_user(sp + FRAME(uc.uc_mcontext), &context, sizeof(context)))
		return -EFAULT;

	tf->pc = f->action->handler;
	tf->pstate &= ~(unsigned long)PSTATE_BTYPE;
	tf->sp = sp;
	tf->regs[REG_FP] = record;
	tf->regs[REG_LR] = f->action->flags & SA_RESTORER ?
		f->action->restorer : f->vdso + arch_vdso_sigreturn;
	tf->regs[0] = f->info->signo;
	tf->regs[1] = sp;
	tf->regs[2] = sp + FRAME(uc);
	tf_end_syscall(tf);
	return 0;
}

/*
 * Read the records after the registers.  The float registers must be among
 * them, and a syndrome may be.
 * Return: 0 or -EFAULT.
 */
static int pop_records(uaddr_t sp)
{
	uaddr_t at = sp + FRAME(uc.uc_mcontext.records);
	uaddr_t end = at + sizeof(((struct uabi_sigcontext *)0)->records);
	struct fpu_state fpu;
	struct uabi_record head;
	struct uabi_fpsimd fp;
	bool found = false;

	for (;; at += head.size) {
		if (end - at < sizeof(head) || get_user(&head, at))
			return -EFAULT;
		if (!head.magic && !head.size)
			break;
		if (head.size < sizeof(head) || head.size > end - at ||
		    head.size % 16)
			return -EFAULT;
		if (head.magic == UABI_ESR_MAGIC)
			continue;
		if (head.magic != UABI_FPSIMD_MAGIC || found ||
		    head.size != sizeof(fp) || get_user(&fp, at))
			return -EFAULT;
		found = true;
	}
	if (!found)
		return -EFAULT;
	fpu.fpsr = fp.fpsr;
	fpu.fpcr = fp.fpcr;
	memcpy(fpu.v, fp.v, sizeof(fpu.v));
	fpu_replace(&fpu);
	return 0;
}

int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt)
{
	uaddr_t sp = tf_sp(tf);
	struct uabi_ucontext_head uc;
	u64 regs[34];

	if (sp & 15 || get_user(&uc, sp + FRAME(uc)) ||
	    get_user(&regs, sp + FRAME(uc.uc_mcontext.regs)) ||
	    !pstate_is_user(regs[33]) || pop_records(sp))
		return -EFAULT;
	memcpy(tf, regs, sizeof(regs));
	tf->pstate &= PSTATE_USER;
	tf_end_syscall(tf);
	f->mask = uc.uc_sigmask;
	f->altstack.sp = uc.uc_stack.ss_sp;
	f->altstack.flags = uc.uc_stack.ss_flags;
	f->altstack.size = uc.uc_stack.ss_size;
	return 0;
}
