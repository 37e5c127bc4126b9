/* SPDX-License-Identifier: MIT */
/*
 * Registers as debuggers see them (rows B6, B7): the first 34 words of the
 * frame are Linux's user_pt_regs; the float registers are user_fpsimd_state.
 * A step is made by the machine (Arm Architecture Reference Manual, D2.12):
 * PSTATE.SS of a frame asks for one instruction, and MDSCR_EL1.SS, which belongs
 * to the task, for a trap before the next.
 */
#include <arch/machine.h>
#include <arch/uabi.h>
#include <topics/debugger/uapi.h>
#include <topics/debugger/regset.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <uapi/errno.h>

#define NT_ARM_TLS		0x401
#define NT_ARM_SYSTEM_CALL	0x404	/* the number; -1: in no call */
#define WORDS		34		/* x0 to x30, sp, pc, pstate */
#define FLOAT_SIZE	(32 * 16 + 16)	/* v0 to v31, fpsr, fpcr, padding */

struct user_float {
	u64 v[32][2];
	u32 fpsr, fpcr, pad[2];
};

static const struct arch_regset sets[] = {
	{ NT_PRSTATUS, WORDS * 8, 8 },
	{ NT_PRFPREG, FLOAT_SIZE, 4 },
	{ NT_ARM_TLS, 8, 8 },
	{ NT_ARM_SYSTEM_CALL, 4, 4 },
	{ 0, 0, 0 },
};

_Static_assert(sizeof(struct user_float) == FLOAT_SIZE &&
	       FLOAT_SIZE <= ARCH_REGSET_MAX, "sizes of the ABI");

const struct arch_regset *arch_regsets(const struct task *t)
{
	return sets;
}

/*
 * Read a set.  The task is off every CPU, so its float registers and its thread
 * pointer have been saved.
 */
void arch_regset_get(struct task *t, const struct arch_regset *r, void *buf)
{
	const struct trapframe *tf = current_trapframe(t->kstack);
	struct user_float *floats = buf;
	u64 *words = buf;

	memset(buf, 0, r->size);
	switch (r->note) {
	case NT_PRSTATUS:
		memcpy(buf, tf, r->size);
		words[WORDS - 1] &= ~(u64)PSTATE_SS;
		break;
	case NT_ARM_TLS:
		*words = t->arch.tls;
		break;
	case NT_ARM_SYSTEM_CALL:
		*(u32 *)buf = tf_is_syscall(tf) ? (u32)tf_nr(tf) : ~0u;
		break;
	default:
		if (!t->arch.fpu_used)
			break;
		memcpy(floats->v, t->arch.fpu.v, sizeof(floats->v));
		floats->fpsr = t->arch.fpu.fpsr;
		floats->fpcr = t->arch.fpu.fpcr;
	}
}

static int set_words(struct task *t, const u64 *words)
{
	struct trapframe *tf = current_trapframe(t->kstack);

	if (!pstate_is_user(words[WORDS - 1]))
		return -EINVAL;
	memcpy(tf, words, WORDS * 8);
	tf->pstate &= PSTATE_USER;
	/* reload all registers on return to user mode */
	task_set_ast(t, AST_WORK);
	return 0;
}

int arch_regset_set(struct task *t, const struct arch_regset *r,
		    const void *buf)
{
	struct trapframe *tf = current_trapframe(t->kstack);
	const struct user_float *floats = buf;

	switch (r->note) {
	case NT_PRSTATUS:
		return set_words(t, buf);
	case NT_ARM_TLS:
		memcpy(&t->arch.tls, buf, r->size);
		break;
	case NT_ARM_SYSTEM_CALL:
		if (tf_is_syscall(tf))
			tf->esr = (unsigned long)*(const s32 *)buf;
		break;
	default:
		memcpy(t->arch.fpu.v, floats->v, sizeof(floats->v));
		t->arch.fpu.fpsr = floats->fpsr;
		t->arch.fpu.fpcr = floats->fpcr;
		/* no CPU holds this state: the next switch or use loads it */
		t->arch.fpu_cpu = NULL;
		t->arch.fpu_used = true;
	}
	return 0;
}

void arch_regs_sync(void)
{
	fpu_sync();
	current->arch.tls = read_sysreg(tpidr_el0);
}

bool arch_single_step(struct task *t, bool on)
{
	struct trapframe *tf = current_trapframe(t->kstack);
	enum ipl level = preempt_disable();

	tf->pstate = on ? tf->pstate | PSTATE_SS :
		tf->pstate & ~(unsigned long)PSTATE_SS;
	t->arch.mdscr = on ? MDSCR_SS : 0;
	if (t == current)
		write_sysreg(mdscr_el1, t->arch.mdscr);
	preempt_enable(level);
	return true;
}
