/* SPDX-License-Identifier: MIT */
/*
 * Offsets and constants for assembler files.  Never linked:
 * tools/asm-offsets.py reads them from the compiler's output.
 */
#include <kernel/current.h>

#define EMIT(name, value) \
	__asm__ volatile("->" #name " %0" :: "i"((unsigned long)(value)))
#define TASK(name, member) \
	EMIT(TASK_##name, __builtin_offsetof(struct arch_task, member))
#define FRAME(name, member) \
	EMIT(TF_##name, __builtin_offsetof(struct trapframe, member))

void asm_offsets(void);

void asm_offsets(void)
{
	EMIT(TASK_AST, __builtin_offsetof(struct task, ast));
	EMIT(TASK_CPU, __builtin_offsetof(struct task, cpu));
	EMIT(CPU_FPU_OWNER, __builtin_offsetof(struct cpu, fpu_owner));
	EMIT(CPU_EMERGENCY, __builtin_offsetof(struct cpu, emergency));
	EMIT(CPU_IDLE, __builtin_offsetof(struct cpu, idle));
	TASK(X, x);
	TASK(SP, sp);
	TASK(TLS, tls);
	TASK(FRAME, frame);
	TASK(STACK, stack);
	TASK(SCRATCH, scratch);
	TASK(FPU_CPU, fpu_cpu);
	TASK(FPU_ON, fpu_on);
	TASK(FPU, fpu);
	TASK(FPSR, fpu.fpsr);

	FRAME(SP, sp);
	FRAME(PC, pc);
	FRAME(ORIG_X0, orig_x0);
	FRAME(CAUSE, cause);
	FRAME(ESR, esr);
	EMIT(TF_SIZE, sizeof(struct trapframe));
}
