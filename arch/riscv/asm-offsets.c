/* SPDX-License-Identifier: MIT */
/* Numbers for assembler files: see <lt/asm_offsets.h>. */
#include <kernel/current.h>
#include <lt/asm_offsets.h>

void asm_offsets(void)
{
	TASK(AST, ast);
	TASK(CPU, cpu);
	CPU(FPU_OWNER, fpu_owner);
	CPU(EMERGENCY, emergency);
	CPU(IDLE, idle);
	TASK(RA, arch.ra);
	TASK(SP, arch.sp);
	TASK(S, arch.s);
	TASK(FRAME, arch.frame);
	TASK(STACK, arch.stack);
	TASK(SCRATCH, arch.scratch);
	TASK(FPU_CPU, arch.fpu_cpu);
	TASK(FPU, arch.fpu);
	TASK(FCSR, arch.fpu.fcsr);

	FRAME(PC, regs[REG_PC]);
	FRAME(SP, regs[REG_SP]);
	FRAME(TP, regs[REG_TP]);
	FRAME(STATUS, status);
	FRAME(CAUSE, cause);
	FRAME(TVAL, tval);
	FRAME(ORIG_A0, orig_a0);
	EMIT(TF_SIZE, sizeof(struct trapframe));
}
