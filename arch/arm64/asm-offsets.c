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
	TASK(X, arch.x);
	TASK(SP, arch.sp);
	TASK(TLS, arch.tls);
	TASK(FRAME, arch.frame);
	TASK(STACK, arch.stack);
	TASK(SCRATCH, arch.scratch);
	TASK(FPU_CPU, arch.fpu_cpu);
	TASK(FPU_ON, arch.fpu_on);
	TASK(FPU, arch.fpu);

	FRAME(SP, sp);
	FRAME(PC, pc);
	FRAME(ORIG_X0, orig_x0);
	FRAME(CAUSE, cause);
	FRAME(ESR, esr);
	EMIT(TF_SIZE, sizeof(struct trapframe));
}
