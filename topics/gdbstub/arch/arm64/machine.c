/* SPDX-License-Identifier: MIT */
/*
 * arm64 for the kernel's GDB stub: x0 to x30, sp and the pc, as GDB numbers
 * them.  GDB's next register, pstate, would have only half a word.
 *
 * Steps are made by breakpoints.  The machine's own step returns from a trap
 * after each instruction, which ends an exclusive access: a loop around one
 * would never end.
 */
#include <topics/gdbstub/by_break.h>
#include <topics/events/arch/arm64/insn.h>
#include <lib/mem.h>

enum { NR_SP = REG_COUNT, NR_PC };

const unsigned stub_registers = 33;

static unsigned long *slot(struct trapframe *tf, unsigned nr)
{
	return nr == NR_PC ? &tf->pc : nr == NR_SP ? &tf->sp : &tf->regs[nr];
}

bool stub_get(const struct stub_thread *t, unsigned nr, unsigned long *v)
{
	const struct arch_task *a = &t->task->arch;

	if (t->frame) {
		*v = *slot(t->frame, nr);
		return true;
	}
	if (t->pc) {
		*v = nr == NR_PC ? t->pc : nr == REG_FP ? t->fp : 0;
		return nr == NR_PC || (nr == REG_FP && t->fp);
	}
	switch (nr) {
	case NR_PC:
		*v = a->x[REG_LR - 19];
		return true;
	case NR_SP:
		*v = a->sp;
		return true;
	case 18:
		*v = (unsigned long)t->task;
		return true;
	case 19 ... REG_LR:
		*v = a->x[nr - 19];
		return true;
	}
	return false;
}

bool stub_set(struct trapframe *tf, unsigned nr, unsigned long v)
{
	*slot(tf, nr) = v;
	return true;
}

bool stub_trap_fits(unsigned long at, unsigned long len)
{
	return !(at & 3) && len == 4;
}

__noinline void stub_trap(void)
{
	__asm__ volatile(".globl stub_trap_here\n"
			 "stub_trap_here:\n\t"
			 "brk #0" ::: "memory");
}

/* ---- the next instruction ------------------------------------------------ */

static unsigned step_length(u32 i)
{
	return 4;
}

static bool step_fetch(unsigned long pc, u32 *i)
{
	u8 code[TEXT_INSN_MAX];

	if (pc < USER_TOP || !text_probe || !text_probe(pc, code))
		return stub_read(current, pc, i, 4) == 4;
	memcpy(i, code, 4);
	return true;
}

static unsigned long step_after(const struct trapframe *tf, u32 i)
{
	return insn_after(tf, i);
}

static u32 step_opposite(u32 i)
{
	if (INSN_IS(i, INSN_B_COND))
		return i ^ 1;
	return INSN_IS(i, INSN_CBZ) || INSN_IS(i, INSN_TBZ) ? i ^ 1u << 24 : 0;
}

static int step_reserves(u32 i)
{
	return insn_exclusive(i);
}

static bool step_is_pair(u32 i, u32 j)
{
	return !((i ^ j) & 0xc02003e0);
}

/* A frame's mask holds for programs, too. */
static void step_user_irqs(const struct trapframe *tf, bool on)
{
}

unsigned stub_call_len(const struct trapframe *tf)
{
	u32 i;

	return tf_user(tf) && step_fetch(tf_pc(tf), &i) &&
		INSN_IS(i, INSN_SVC) ? 4 : 0;
}
