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
#include <kernel/sched/preempt.h>
#include <kernel/signal/siginfo.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <uapi/signal.h>

/* The records behind the float registers. */
struct frame_end {
	struct uabi_esr esr;		/* without a fault: the last record */
	struct uabi_record end;
};

#define FRAME(member) offsetof(struct uabi_sigframe, member)
#define REGS_SIZE (34 * 8)	/* x0 to x30, sp, pc and pstate */

/* The record of the float registers: behind its head, a struct fpu_state. */
#define FLOATS_RECORD (sizeof(struct uabi_record) + sizeof(struct fpu_state))

_Static_assert(FLOATS_RECORD == 528, "fpsimd_context of the ABI");
_Static_assert(offsetof(struct trapframe, orig_x0) == REGS_SIZE,
	       "the frame begins as the context does after its first word");

/*
 * Tell the address and the syndrome of a fault that is the signal's cause, but
 * nothing of what the kernel has at an address of its own.
 * Return: the address, or 0.
 */
static u64 describe_fault(struct uabi_esr *esr, const struct trapframe *tf,
			  const struct siginfo *info)
{
	if (info->code <= 0 ||
	    (tf->cause != EC_DATA_USER && tf->cause != EC_FETCH_USER))
		return 0;
	esr->head = (struct uabi_record){ UABI_ESR_MAGIC, sizeof(*esr) };
	esr->esr = tf->far < KERNEL_OFFSET ? tf->esr :
		(tf->esr & ESR_NO_SECRET) | FSC_TRANSLATION;
	return tf->far;
}

int arch_signal_push(struct trapframe *tf, const struct signal_frame *f)
{
	uaddr_t record = (f->sp - 16) & ~15ul;
	uaddr_t sp = record - sizeof(struct uabi_sigframe);
	uaddr_t at = sp + FRAME(uc.uc_mcontext.records);
	u64 chain[2] = { tf->regs[REG_FP], tf->regs[REG_LR] };
	struct uabi_sigframe_head head;
	struct uabi_record floats = { UABI_FPSIMD_MAGIC, FLOATS_RECORD };
	struct frame_end end = { 0 };
	u64 address;

	if (sp <= f->floor)
		return -EFAULT;
	siginfo_encode(head.info, f->info);
	head.uc = (struct uabi_ucontext_head){
		.uc_stack = { .ss_sp = f->altstack.sp,
			.ss_flags = f->altstack.flags,
			.ss_size = f->altstack.size },
		.uc_sigmask = f->mask };
	address = describe_fault(&end.esr, tf, f->info);
	fpu_sync();
	if (copy_to_user(record, chain, sizeof(chain)) ||
	    copy_to_user(sp, &head, sizeof(head)) ||
	    put_user(address, sp + FRAME(uc.uc_mcontext.fault_address)) ||
	    copy_to_user(sp + FRAME(uc.uc_mcontext.regs), tf, REGS_SIZE) ||
	    copy_to_user(at, &floats, sizeof(floats)) ||
	    copy_to_user(at + sizeof(floats), &current->arch.fpu,
			 sizeof(struct fpu_state)) ||
	    copy_to_user(at + FLOATS_RECORD, &end, sizeof(end)))
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
 * Load the float registers from their record.  The copy may fault and sleep, and
 * a switch meanwhile must not save the registers over the new values.
 * Return: 0, or -EFAULT and the registers have any of the program's values.
 */
static int pop_floats(uaddr_t record)
{
	enum ipl level;

	fpu_drop();
	if (get_user(&current->arch.fpu, record + sizeof(struct uabi_record)))
		return -EFAULT;
	level = preempt_disable();	/* the registers' owner is recorded per
					   CPU */
	fpu_first_use();
	ipl_restore(level);
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
	struct uabi_record head;
	uaddr_t floats = 0;

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
		if (head.magic != UABI_FPSIMD_MAGIC || floats ||
		    head.size != FLOATS_RECORD)
			return -EFAULT;
		floats = at;
	}
	return floats ? pop_floats(floats) : -EFAULT;
}

int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt)
{
	uaddr_t sp = tf_sp(tf);
	struct uabi_ucontext_head uc;
	u64 regs[REGS_SIZE / 8];

	if (sp & 15 || !user_range_ok(sp, sizeof(struct uabi_sigframe)))
		return -EFAULT;
	if (get_user(&uc, sp + FRAME(uc)) ||
	    get_user(&regs, sp + FRAME(uc.uc_mcontext.regs))) {
		/* as on Linux, what cannot be read is 0 */
		memset(tf, 0, REGS_SIZE);
		return -EFAULT;
	}
	/* as on Linux, registers stay set when what is behind them is bad */
	memcpy(tf, regs, sizeof(regs));
	tf->pstate &= PSTATE_USER;
	if (!pstate_is_user(regs[33]) || pop_records(sp))
		return -EFAULT;
	tf_end_syscall(tf);
	f->mask = uc.uc_sigmask;
	f->altstack.sp = uc.uc_stack.ss_sp;
	f->altstack.flags = uc.uc_stack.ss_flags;
	f->altstack.size = uc.uc_stack.ss_size;
	return 0;
}
