/* SPDX-License-Identifier: MIT */
/* Decode the instruction that a trapframe is about to execute. */
#ifndef TOPICS_EVENTS_ARCH_ARM64_INSN_H
#define TOPICS_EVENTS_ARCH_ARM64_INSN_H

#include <lt/types.h>

struct trapframe;

/* Kinds of instructions: i is of kind K if (i & K_MASK) == K. */
#define INSN_IS(i, kind) (((i) & kind##_MASK) == (kind))
#define INSN_B		0x14000000u	/* b, bl */
#define INSN_B_MASK	0x7c000000u
#define INSN_B_COND	0x54000000u
#define INSN_B_COND_MASK 0xff000010u
#define INSN_CBZ	0x34000000u	/* cbz, cbnz */
#define INSN_CBZ_MASK	0x7e000000u
#define INSN_TBZ	0x36000000u	/* tbz, tbnz */
#define INSN_TBZ_MASK	0x7e000000u
#define INSN_BR		0xd61f0000u	/* br, blr, ret */
#define INSN_BR_MASK	0xff9ffc1fu
#define INSN_ADR	0x10000000u	/* adr, adrp */
#define INSN_ADR_MASK	0x1f000000u
#define INSN_LITERAL	0x18000000u	/* loads of and near the pc */
#define INSN_LITERAL_MASK 0x3b000000u
#define INSN_EXCLUSIVE	0x08000000u	/* ldxr, stxr and the like */
#define INSN_EXCLUSIVE_MASK 0x3f800000u
#define INSN_SYSTEM	0xd4000000u	/* svc, brk, msr, mrs, barriers, nop */
#define INSN_SYSTEM_MASK 0xfe000000u
#define INSN_ERET	0xd69f03e0u
#define INSN_NOP	0xd503201fu
#define INSN_SVC	0xd4000001u
#define INSN_SVC_MASK	0xffe0001fu

/* Extract n bits from `low` on; insn_signed() extends their sign. */
static inline u32 insn_bits(u32 i, unsigned low, unsigned n)
{
	return i >> low & ((1u << n) - 1);
}

static inline long insn_signed(u32 i, unsigned low, unsigned n)
{
	return (long)((u64)i << (64 - low - n)) >> (64 - n);
}

/* Return: the pc after tf has executed instruction i, which is at its pc. */
unsigned long insn_after(const struct trapframe *tf, u32 i);
/*
 * Return: 1 or -1: a load that begins an exclusive access, or a store that ends
 * it; 0: neither.
 */
int insn_exclusive(u32 i);

#endif
