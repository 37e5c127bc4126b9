/* SPDX-License-Identifier: MIT */
/* Numbers for assembler files: see <lt/asm_offsets.h>. */
#include <arch/i386.h>
#include <arch/page.h>
#include <arch/task.h>
#include <kernel/current.h>
#include <lt/asm_offsets.h>

void asm_offsets(void)
{
	OFFSET(I386_GDT_TLS, struct i386_cpu, gdt[GDT_TLS_FIRST]);
	OFFSET(I386_ESP0, struct i386_cpu, tss.esp0);
	OFFSET(I386_DEBUG, struct i386_cpu, debug);
	FRAME(CS, cs);
	FRAME(EFLAGS, eflags);
	FRAME(EIP, eip);
	FRAME(SS, ss);
	EMIT(TF_WORDS, sizeof(struct trapframe) / 4);
	TASK(AST, ast);
	TASK(FPU, arch.fpu);
	TASK(SP, arch.sp);
	TASK(STACK_TOP, arch.stack_top);
	TASK(TLS, arch.tls);
	TASK(GS, arch.gs);
	TASK(DR7, arch.debug.control);
	TASK(DR0, arch.debug.at);
}
