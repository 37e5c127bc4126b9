/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for the kernel's GDB stub: x0 to x31 and the pc, as GDB numbers them.
 *
 * S-mode has no trap after one instruction, so steps are made by breakpoints
 * (The RISC-V Instruction Set Manual, volume I, chapters 2 and 16).
 */
#include <arch/csr.h>
#include <topics/gdbstub/by_break.h>
#include <topics/events/arch/riscv/insn.h>
#include <lib/mem.h>

#define NR_PC	32

const unsigned stub_registers = 33;

/* Read a register from a frame, which stores the pc first, in place of x0. */
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

__noinline void stub_trap(void)
{
	__asm__ volatile(".globl stub_trap_here\n"
			 "stub_trap_here:\n\t"
			 "c.ebreak" ::: "memory");
}

/* ---- the next instruction ------------------------------------------------ */

static unsigned step_length(u32 i)
{
	return insn_length((u16)i);
}

static bool step_fetch(unsigned long pc, u32 *i)
{
	u16 half[2] = { 0 };
	u8 code[TEXT_INSN_MAX];

	if (pc >= USER_TOP && text_probe && text_probe(pc, code)) {
		memcpy(half, code, step_length(code[0]));
		*i = half[0] | (u32)half[1] << 16;
		return true;
	}
	if (stub_read(current, pc, half, 2) < 2 ||
	    (step_length(half[0]) == 4 &&
	     stub_read(current, pc + 2, half + 1, 2) < 2))
		return false;
	*i = half[0] | (u32)half[1] << 16;
	return true;
}

static unsigned long step_after(const struct trapframe *tf, u32 i)
{
	return step_length(i) == 4 ? insn_after_full(tf, i) :
		insn_after_short(tf, i);
}

static u32 step_opposite(u32 i)
{
	if ((i & 0x7f) == 0x63)		/* beq and the like */
		return i ^ 0x1000;
	return (i & 0xc003) == 0xc001 && step_length(i) == 2 ? i ^ 0x2000 : 0;
}

/* lr and sc (volume I, 13.3) */
static int step_reserves(u32 i)
{
	u32 kind = i & 0xf800007f;

	return kind == 0x1000002f ? 1 : kind == 0x1800002f ? -1 : 0;
}

static bool step_is_pair(u32 i, u32 j)
{
	return !((i ^ j) & 0x000ff000);
}

static void step_user_irqs(const struct trapframe *tf, bool on)
{
	static unsigned long saved;	/* [owner] sie, in a user step */

	if (!on)
		saved = tf_user(tf) ? csr_read(sie) : 0;
	if (saved)
		csr_write(sie, on ? saved : 0);
	if (on)
		saved = 0;
}

unsigned stub_call_len(const struct trapframe *tf)
{
	u32 i;

	return tf_user(tf) && step_fetch(tf_pc(tf), &i) && i == 0x73 ? 4 : 0;
}
