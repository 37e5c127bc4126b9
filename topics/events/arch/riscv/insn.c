/* SPDX-License-Identifier: MIT */
/*
 * RISC-V instructions, as needed for text changes: c.ebreak, instruction
 * lengths, and the address of the next instruction (The RISC-V Instruction Set
 * Manual, volume I, chapters 2 and 16).
 */
#include <arch/csr.h>
#include "insn.h"
#include <topics/events/textpatch.h>

const u8 text_trap[] = { 0x02, 0x90 };	/* c.ebreak */
const unsigned text_trap_len = 2;

unsigned long text_trapped_at(const struct trapframe *tf)
{
	return tf_pc(tf);
}

unsigned text_insn_len(const u8 *code)
{
	return insn_length(code[0]);
}

static unsigned long insn_reg(const struct trapframe *tf, unsigned long nr)
{
	return nr ? tf->regs[nr] : 0;
}

static bool insn_taken(unsigned kind, unsigned long a, unsigned long b)
{
	switch (kind >> 1) {
	case 0:
		return (a == b) != (kind & 1);
	case 2:
		return ((long)a < (long)b) != (kind & 1);
	default:
		return (a < b) != (kind & 1);
	}
}

unsigned long insn_after_full(const struct trapframe *tf, u32 i)
{
	unsigned long pc = tf_pc(tf), a = insn_reg(tf, i >> 15 & 31);

	switch (i & 0x7f) {
	case 0x6f:			/* jal */
		return pc + sign(bits(i, 31, 31, 20) | bits(i, 19, 12, 12) |
				 bits(i, 20, 20, 11) | bits(i, 30, 21, 1), 21);
	case 0x67:			/* jalr */
		return (a + sign(i >> 20, 12)) & ~1ul;
	case 0x63:
		if (!insn_taken(i >> 12 & 7, a, insn_reg(tf, i >> 20 & 31)))
			return pc + 4;
		return pc + sign(bits(i, 31, 31, 12) | bits(i, 7, 7, 11) |
				 bits(i, 30, 25, 5) | bits(i, 11, 8, 1), 13);
	case 0x73:
		if (i == 0x10200073)	/* sret */
			return csr_read(sepc);
	}
	return pc + 4;
}

unsigned long insn_after_short(const struct trapframe *tf, u32 i)
{
	unsigned long pc = tf_pc(tf), a = insn_reg(tf, i >> 7 & 31);

	switch (i & 0xe003) {
	case 0xa001:			/* c.j */
		return pc + sign(bits(i, 12, 12, 11) | bits(i, 11, 11, 4) |
				 bits(i, 10, 9, 8) | bits(i, 8, 8, 10) |
				 bits(i, 7, 7, 6) | bits(i, 6, 6, 7) |
				 bits(i, 5, 3, 1) | bits(i, 2, 2, 5), 12);
	case 0xc001:			/* c.beqz, c.bnez */
	case 0xe001:
		if ((insn_reg(tf, 8 + (i >> 7 & 7)) == 0) == (i >> 13 & 1))
			return pc + 2;
		return pc + sign(bits(i, 12, 12, 8) | bits(i, 11, 10, 3) |
				 bits(i, 6, 5, 6) | bits(i, 4, 3, 1) |
				 bits(i, 2, 2, 5), 9);
	case 0x8002:			/* without rs2: c.jr, c.jalr */
		if (!(i >> 2 & 31) && (i >> 7 & 31))
			return a & ~1ul;
	}
	return pc + 2;
}
