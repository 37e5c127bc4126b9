/* SPDX-License-Identifier: MIT */
/* Offsets for assembler files; tools/asm-offsets.py reads them. */
#include <kernel/current.h>

#define EMIT(name, value) \
	__asm__ volatile("->" #name " %0" :: "i"((unsigned long)(value)))
#define TASK(name, member) \
	EMIT(TASK_##name, __builtin_offsetof(struct task, member))
#define FRAME(name, member) \
	EMIT(TF_##name, __builtin_offsetof(struct trapframe, member))

void asm_offsets(void);

void asm_offsets(void)
{
	TASK(AST, ast);
	TASK(CPU, cpu);
	TASK(RA, arch.ra);
	TASK(SP, arch.sp);
	TASK(S, arch.s);
	TASK(FRAME, arch.frame);
	TASK(STACK, arch.stack);
	TASK(SCRATCH, arch.scratch);
	EMIT(CPU_EMERGENCY, __builtin_offsetof(struct cpu, emergency));
	EMIT(CPU_IDLE, __builtin_offsetof(struct cpu, idle));

	FRAME(STATUS, status);
	FRAME(CAUSE, cause);
	FRAME(TVAL, tval);
	FRAME(ORIG_A0, orig_a0);
	EMIT(TF_SIZE, sizeof(struct trapframe));
}
