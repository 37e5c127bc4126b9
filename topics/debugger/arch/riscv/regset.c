/* SPDX-License-Identifier: MIT */
/*
 * Registers as debuggers see them (rows B6, B7): the first 32 words of the
 * frame are Linux's user_regs_struct; for a 32-bit program (row E15), their
 * lower halves.  sstatus, and thus the width, cannot be changed.  The machine
 * has no single step for user mode, so debuggers set breakpoints instead.
 */
#include <arch/machine.h>
#include <arch/uabi.h>
#include <topics/debugger/uapi.h>
#include <topics/debugger/regset.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <uapi/errno.h>

/* f0 to f31, then fcsr in a slot of its own. */
#define FLOAT_SIZE (33 * 8)

static const struct arch_regset sets[] = {
	{ NT_PRSTATUS, REG_COUNT * 8, 8 },
	{ NT_PRFPREG, FLOAT_SIZE, 8 },
	{ 0, 0, 0 },
};

/* The float set is the same in both widths. */
static const struct arch_regset narrow_sets[] = {
	{ NT_PRSTATUS, REG_COUNT * 4, 4 },
	{ NT_PRFPREG, FLOAT_SIZE, 8 },
	{ 0, 0, 0 },
};

const struct arch_regset *arch_regsets(const struct task *t)
{
	return current_trapframe(t->kstack)->status & SSTATUS_UXL_32 ?
		narrow_sets : sets;
}

static void regset_get_words(const struct trapframe *tf, u32 *words)
{
	for (unsigned i = 0; i < REG_COUNT; i++)
		words[i] = (u32)tf->regs[i];
}

/*
 * Set the registers from 32-bit words.  Sign-extend the words as a trap does: a
 * restart is recognized by -errno in the result.
 */
static void set_words(struct trapframe *tf, const u32 *words)
{
	for (unsigned i = 0; i < REG_COUNT; i++)
		tf->regs[i] = (unsigned long)(s32)words[i];
}

/*
 * Read a set.  The task is off every CPU, so its float registers have been
 * saved to fpu.
 */
void arch_regset_get(struct task *t, const struct arch_regset *r, void *buf)
{
	const struct trapframe *tf = current_trapframe(t->kstack);

	memset(buf, 0, r->size);
	if (r == narrow_sets)
		regset_get_words(tf, buf);
	else if (r == sets)
		memcpy(buf, tf->regs, r->size);
	else if (t->arch.fpu_used)
		memcpy(buf, &t->arch.fpu, offsetof(struct fpu_state, fcsr) +
		       sizeof(u32));
}

int arch_regset_set(struct task *t, const struct arch_regset *r,
		    const void *buf)
{
	struct trapframe *tf = current_trapframe(t->kstack);

	if (r->note == NT_PRSTATUS) {
		if (r == sets)
			memcpy(tf->regs, buf, r->size);
		else
			set_words(tf, buf);
		/* reload all registers on return to user mode */
		task_set_ast(t, AST_WORK);
		return 0;
	}
	memcpy(&t->arch.fpu, buf, offsetof(struct fpu_state, fcsr) +
	       sizeof(u32));
	/* no CPU holds this state: the next use loads it */
	tf->status &= ~(unsigned long)SSTATUS_FS;
	t->arch.fpu_used = true;
	return 0;
}

void arch_regs_sync(void)
{
	const struct trapframe *tf = current_trapframe(current->kstack);
	enum ipl level = preempt_disable();

	if ((READ_ONCE(tf->status) & SSTATUS_FS) == SSTATUS_FS)
		fpu_save(current);
	preempt_enable(level);
}

bool arch_single_step(struct task *t, bool on)
{
	return false;
}
