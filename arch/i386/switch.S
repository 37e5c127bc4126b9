/* SPDX-License-Identifier: MIT */
/*
 * The task switch (row D7): callee-saved registers go onto the old kernel
 * stack, the rest of the port's task state into struct arch_task.  Between
 * fxsave and fxrstor the xmm registers are free: they copy the TLS slots into
 * the tables of the CPU on which next runs.
 */
#include <arch/page.h>
#include <arch/x86.h>
#include <lt/extable.h>
#include "asm-offsets.h"

	.section .text.arch_switch, "ax"
/* struct task *arch_switch(struct task *prev: eax, struct task *next: edx) */
	.globl arch_switch
	.balign 16
arch_switch:
	/* lab switch: begin */
	pushl %ebp
	pushl %ebx
	pushl %esi
	pushl %edi
	fxsave TASK_FPU(%eax)
	movw %gs, TASK_GS(%eax)
	movl %esp, TASK_SP(%eax)

	movl TASK_SP(%edx), %esp
	movl %edx, %fs:I386_CURRENT
	movups TASK_TLS(%edx), %xmm0
	movlps TASK_TLS + 16(%edx), %xmm1
	movups %xmm0, %fs:I386_GDT_TLS
	movlps %xmm1, %fs:I386_GDT_TLS + 16
	movl TASK_STACK_TOP(%edx), %ebx
	movl %ebx, %fs:I386_ESP0
	fxrstor TASK_FPU(%edx)
	/* lab switch: end */
	movb TASK_DR7(%edx), %cl
	orb %fs:I386_DEBUG, %cl
	jnz .Ldebug
	/*
	 * load gs after the TLS slots are copied, because this load reads the
	 * descriptor from a slot; the user's fs is loaded with its frame
	 */
1:	may_fault null_gs, movw TASK_GS(%edx), %gs
	/* lab switch: begin */
	popl %edi
	popl %esi
	popl %ebx
	popl %ebp
	ret
	/* lab switch: end, else ud2 */

/* A task uses debug registers: switch them as well. */
.Ldebug:
	xorl %ecx, %ecx
	movl %ecx, %db7
	movl TASK_DR7(%edx), %ecx
	movb %cl, %fs:I386_DEBUG
	testb %cl, %cl
	jz 1b
	movl TASK_DR0(%edx), %ebx
	movl %ebx, %db0
	movl TASK_DR0 + 4(%edx), %ebx
	movl %ebx, %db1
	movl TASK_DR0 + 8(%edx), %ebx
	movl %ebx, %db2
	movl TASK_DR0 + 12(%edx), %ebx
	movl %ebx, %db3
	movl %ecx, %db7
	jmp 1b

null_gs:
	movw $0, TASK_GS(%edx)
	jmp 1b

/* First run of a forked child.  eax: the task that ran before. */
	.globl fork_return
fork_return:
	call sched_tail
	jmp return_user

/*
 * First run of a kernel thread: ebx = fn, esi = arg.  When fn returns, the
 * thread has become a program, whose user frame is at the stack pointer.
 */
	.globl kthread_start
kthread_start:
	call sched_tail
	movl %esi, %eax
	call *%ebx
	cli
	jmp return_user

/* void arch_on_stack(void *stack: eax, void (*fn)(void *): edx,
 *		      void *arg: ecx) */
	.globl arch_on_stack
arch_on_stack:
	pushl %ebp
	movl %esp, %ebp
	leal (1 << KSTACK_SHIFT)(%eax), %esp
	movl %ecx, %eax
	call *%edx
	.globl on_stack_return
on_stack_return:
	movl %ebp, %esp
	popl %ebp
	ret
