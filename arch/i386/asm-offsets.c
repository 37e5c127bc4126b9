/* SPDX-License-Identifier: MIT */
/* Numbers for assembler files: see tools/asm-offsets.py. */
#include <arch/i386.h>
#include <arch/page.h>
#include <arch/task.h>
#include <kernel/current.h>

#define DEFINE(name, value) \
	__asm__ volatile("\n->" #name " %0" :: "i"(value))
#define OFFSET(name, type, member) \
	DEFINE(name, __builtin_offsetof(type, member))

void asm_offsets(void);

void asm_offsets(void)
{
	OFFSET(I386_GDT_TLS, struct i386_cpu, gdt[GDT_TLS_FIRST]);
	OFFSET(I386_ESP0, struct i386_cpu, tss.esp0);
	OFFSET(I386_DEBUG, struct i386_cpu, debug);
	OFFSET(TF_CS, struct trapframe, cs);
	OFFSET(TF_EFLAGS, struct trapframe, eflags);
	OFFSET(TF_EIP, struct trapframe, eip);
	OFFSET(TF_SS, struct trapframe, ss);
	DEFINE(TF_WORDS, sizeof(struct trapframe) / 4);
	OFFSET(TASK_AST, struct task, ast);
	OFFSET(TASK_FPU, struct task, arch.fpu);
	OFFSET(TASK_SP, struct task, arch.sp);
	OFFSET(TASK_STACK_TOP, struct task, arch.stack_top);
	OFFSET(TASK_TLS, struct task, arch.tls);
	OFFSET(TASK_GS, struct task, arch.gs);
	OFFSET(TASK_DR7, struct task, arch.debug.control);
	OFFSET(TASK_DR0, struct task, arch.debug.at);
}
