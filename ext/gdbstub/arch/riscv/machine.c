/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for the kernel's GDB stub: x0 to x31 and the pc, as GDB numbers them.
 *
 * S-mode cannot ask for a trap after one instruction.  So the next one is told
 * from the frame, as all that a jump depends on is there, and a breakpoint is
 * put on it (The RISC-V Instruction Set Manual, volume I, chapters 2 and 16).
 */
#include <arch/csr.h>
#include <ext/gdbstub/gdbstub.h>
#include <ext/textpatch/arch/riscv/insn.h>
#include <kernel/task.h>

#define NR_PC	32

const unsigned stub_registers = 33;

static unsigned long step_at;		/* [owner of the session] or 0 */
static bool step_irqs;			/* [owner] the frame let them in */

/* In the frame the pc comes first, in place of x0. */
static bool get_frame(const struct trapframe *tf, unsigned nr, unsigned long *v)
{
	*v = nr == NR_PC ? tf->regs[REG_PC] : nr ? tf->regs[nr] : 0;
	return true;
}

bool stub_get(const struct stub_thread *t, unsigned nr, unsigned long *v)
{
	const struct arch_task *a = &t->task->arch;

	if (t->frame)
		return get_frame(t->frame, nr, v);
	if (t->pc) {
		*v = nr == NR_PC ? t->pc : nr == REG_S0 ? t->fp : 0;
		return nr == NR_PC || (nr == REG_S0 && t->fp);
	}
	switch (nr) {
	case NR_PC:
	case REG_RA:
		*v = a->ra;
		return true;
	case REG_SP:
		*v = a->sp;
		return true;
	case REG_TP:
		*v = (unsigned long)t->task;
		return true;
	case REG_S0:
	case REG_S1:
		*v = a->s[nr - REG_S0];
		return true;
	case REG_S2 ... REG_S11:
		*v = a->s[nr - REG_S2 + 2];
		return true;
	}
	return false;
}

bool stub_set(struct trapframe *tf, unsigned nr, unsigned long v)
{
	if (nr)
		tf->regs[nr == NR_PC ? REG_PC : nr] = v;
	return true;
}

bool stub_trap_fits(unsigned long at, unsigned long len)
{
	return !(at & 1) && (len == 2 || len == 4);
}

extern const char stub_trap_here[];

__noinline void stub_trap(void)
{
	__asm__ volatile(".globl stub_trap_here\n"
			 "stub_trap_here:\n\t"
			 "c.ebreak" ::: "memory");
}

/* ---- the next instruction ------------------------------------------------ */

bool stub_step(struct trapframe *tf)
{
	unsigned long next;
	u16 half[2];

	if (stub_read(NULL, tf_pc(tf), half, 2) < 2)
		return false;
	if (insn_length(half[0]) == 4 &&
	    stub_read(NULL, tf_pc(tf) + 2, half + 1, 2) < 2)
		return false;
	next = insn_length(half[0]) == 4 ?
		insn_after_full(tf, half[0] | (u32)half[1] << 16) :
		insn_after_short(tf, half[0]);
	if (stub_read(NULL, next, half, 2) < 2 || next < USER_TOP)
		return false;
	if (!stub_has_break(next)) {
		if (!stub_set_break(next, insn_length(half[0])))
			return false;
		step_at = next;
	}
	step_irqs = tf_irqs_on(tf);
	tf_mask_irqs(tf);
	return true;
}

void stub_arrived(struct trapframe *tf, bool stepped)
{
	if (step_at)
		stub_clear_break(step_at);
	if (stepped && step_irqs)
		tf_unmask_irqs(tf);
	step_at = 0;
	step_irqs = false;
	if (tf_pc(tf) == (unsigned long)stub_trap_here)
		tf_set_pc(tf, tf_pc(tf) + text_trap_len);
}
