/* SPDX-License-Identifier: MIT */
/*
 * arm64 instructions, as needed for text changes: all have four bytes; and the
 * address of the next instruction (Arm Architecture Reference Manual, C4.1).
 */
#include <arch/trap.h>
#include "insn.h"
#include <topics/events/textpatch.h>

const u8 text_trap[] = { 0x00, 0x00, 0x20, 0xd4 };	/* brk #0 */
const unsigned text_trap_len = sizeof(text_trap);

/* Return the address of the brk: it traps with the pc at the instruction. */
unsigned long text_trapped_at(const struct trapframe *tf)
{
	return tf->cause == EC_BRK ? tf_pc(tf) : 0;
}

unsigned text_insn_len(const u8 *code)
{
	(void)code;
	return 4;
}

static unsigned long insn_reg(const struct trapframe *tf, u32 nr)
{
	return nr < REG_COUNT ? tf->regs[nr] : 0;
}

/* True if the flags in pstate meet a condition (C1.2.4). */
static bool insn_condition(unsigned long pstate, u32 cond)
{
	bool n = pstate >> 31 & 1, z = pstate >> 30 & 1, c = pstate >> 29 & 1;
	bool v = pstate >> 28 & 1;
	const bool met[] = { z, c, n, v, c && !z, n == v, n == v && !z, true };

	return met[cond >> 1] != (cond & 1 && cond != 15);
}

unsigned long insn_after(const struct trapframe *tf, u32 i)
{
	unsigned long pc = tf_pc(tf), reg = insn_reg(tf, i & 31);
	u32 odd = i >> 24 & 1, width = i >> 31;

	if (INSN_IS(i, INSN_B))
		return pc + 4 * (unsigned long)insn_signed(i, 0, 26);
	if (INSN_IS(i, INSN_BR))
		return insn_reg(tf, insn_bits(i, 5, 5));
	if (i == INSN_ERET)
		return read_sysreg(elr_el1);
	if (INSN_IS(i, INSN_TBZ)) {
		u32 bit = width << 5 | insn_bits(i, 19, 5);

		return (reg >> bit & 1) == odd ?
			pc + 4 * (unsigned long)insn_signed(i, 5, 14) : pc + 4;
	}
	if (INSN_IS(i, INSN_B_COND) ? insn_condition(tf->pstate, i & 15) :
	    INSN_IS(i, INSN_CBZ) && (width ? !reg : !(u32)reg) != odd)
		return pc + 4 * (unsigned long)insn_signed(i, 5, 19);
	return pc + 4;
}

/* Those of pairs have bit 21 set and are as wide as a word or two. */
int insn_exclusive(u32 i)
{
	if (!INSN_IS(i, INSN_EXCLUSIVE) || (!(i >> 31) && i >> 21 & 1))
		return 0;
	return i >> 22 & 1 ? 1 : -1;
}
