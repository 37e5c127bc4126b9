/* SPDX-License-Identifier: MIT */
/* Decode the instruction that a trapframe is about to execute. */
#ifndef TOPICS_EVENTS_ARCH_RISCV_INSN_H
#define TOPICS_EVENTS_ARCH_RISCV_INSN_H

#include <lt/types.h>

struct trapframe;

/* Extract bits high to low of v and shift them to bit `to`. */
static inline unsigned long bits(unsigned long v, unsigned high, unsigned low,
				 unsigned to)
{
	return (v >> low & ((2ul << (high - low)) - 1)) << to;
}

static inline unsigned long sign(unsigned long v, unsigned width)
{
	unsigned shift = 8 * sizeof(v) - width;

	return (unsigned long)((long)(v << shift) >> shift);
}

static inline unsigned insn_length(u16 first)
{
	return (first & 3) == 3 ? 4 : 2;
}

/*
 * Return: the pc after tf has executed instruction i, which is at its pc.  The
 * instruction has four bytes for insn_after_full(), two for insn_after_short().
 */
unsigned long insn_after_full(const struct trapframe *tf, u32 i);
unsigned long insn_after_short(const struct trapframe *tf, u32 i);

#endif
