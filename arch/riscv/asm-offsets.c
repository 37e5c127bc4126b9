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
	TASK(RA, ra);
	TASK(SP, sp);
	TASK(S, s);
	TASK(FRAME, frame);
	TASK(STACK, stack);
	TASK(SCRATCH, scratch);
	TASK(FPU_CPU, fpu_cpu);
	TASK(FPU, fpu);
	TASK(FCSR, fpu.fcsr);

	FRAME(PC, regs[REG_PC]);
	FRAME(RA, regs[REG_RA]);
	FRAME(SP, regs[REG_SP]);
	FRAME(GP, regs[REG_GP]);
	FRAME(TP, regs[REG_TP]);
	FRAME(T0, regs[REG_T0]);
	FRAME(T1, regs[REG_T1]);
	FRAME(T2, regs[REG_T2]);
	FRAME(S0, regs[REG_S0]);
	FRAME(S1, regs[REG_S1]);
	FRAME(A0, regs[REG_A0]);
	FRAME(A1, regs[REG_A1]);
	FRAME(A2, regs[REG_A2]);
	FRAME(A3, regs[REG_A3]);
	FRAME(A4, regs[REG_A4]);
	FRAME(A5, regs[REG_A5]);
	FRAME(A6, regs[REG_A6]);
	FRAME(A7, regs[REG_A7]);
	FRAME(S2, regs[REG_S2]);
	FRAME(S3, regs[REG_S3]);
	FRAME(S4, regs[REG_S4]);
	FRAME(S5, regs[REG_S5]);
	FRAME(S6, regs[REG_S6]);
	FRAME(S7, regs[REG_S7]);
	FRAME(S8, regs[REG_S8]);
	FRAME(S9, regs[REG_S9]);
	FRAME(S10, regs[REG_S10]);
	FRAME(S11, regs[REG_S11]);
	FRAME(T3, regs[REG_T3]);
	FRAME(T4, regs[REG_T4]);
	FRAME(T5, regs[REG_T5]);
	FRAME(T6, regs[REG_T6]);
	FRAME(STATUS, status);
	FRAME(CAUSE, cause);
	FRAME(TVAL, tval);
	FRAME(ORIG_A0, orig_a0);
	EMIT(TF_SIZE, sizeof(struct trapframe));
}
