/* SPDX-License-Identifier: MIT */
/*
 * For a port's asm-offsets.c, which gives offsets and constants to assembler
 * files.  It is never linked: tools/asm-offsets.py reads the compiler's output.
 * Before this header it includes <kernel/current.h>.
 */
#ifndef LT_ASM_OFFSETS_H
#define LT_ASM_OFFSETS_H

#define EMIT(name, value) \
	__asm__ volatile("\n->" #name " %0" :: "i"(value))
#define OFFSET(name, type, member) \
	EMIT(name, __builtin_offsetof(type, member))
#define TASK(name, member) OFFSET(TASK_##name, struct task, member)
#define CPU(name, member) OFFSET(CPU_##name, struct cpu, member)
#define FRAME(name, member) OFFSET(TF_##name, struct trapframe, member)

void asm_offsets(void);

#endif
