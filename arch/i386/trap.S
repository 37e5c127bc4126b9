/* SPDX-License-Identifier: MIT */
/*
 * Trap vectors (rows B1, B2).  Each leaves a struct trapframe on the kernel
 * stack, loads the flat data segments and calls C with interrupts still off.
 * A trap from user mode ends in return_user, which may switch tasks and
 * deliver signals before the frame is restored.
 */
#include <arch/page.h>
#include <arch/x86.h>
#include <lt/extable.h>
#include "asm-offsets.h"

/*
 * Save the rest of the frame, below vector and err.  Afterwards fs refers to
 * the CPU's data; gs is still the user's.
 */
.macro enter
	pushal
	pushl %ds
	pushl %es
	pushl %fs
	movl $USER_DS, %ecx
	movl %ecx, %ds
	movl %ecx, %es
	movl $KERNEL_FS, %ecx
	movl %ecx, %fs
	testl $EFLAGS_DF | EFLAGS_VM, TF_EFLAGS(%esp)
	jz 1f				/* this test costs one instruction more
					   than an unconditional cld */
	call tidy
1:
.endm

	.section .text.trap, "ax"
	.globl vector_syscall
	.balign 16
vector_syscall:
	pushl %eax
	pushl $VECTOR_SYSCALL
	enter
	movl %esp, %eax
	call trap_syscall

	.globl return_user
return_user:
	movl %fs:I386_CURRENT, %eax
	cmpl $0, TASK_AST(%eax)
	jne serve_asts			/* a jump out of line, because ASTs are
					   rare; a call here would double the
					   cost of the test */
restore:
1:	may_fault null_fs, popl %fs
2:	may_fault null_es, popl %es
3:	may_fault null_ds, popl %ds
	popal
	addl $8, %esp			/* vector, err */
	may_fault bad_return, iret

serve_asts:
	movl %esp, %eax
	call trap_exit_user
	jmp restore

	.globl vector_page_fault
	.balign 16
vector_page_fault:
	pushl $VECTOR_PF
	enter
	movl %cr2, %edx
	movl %esp, %eax
	call i386_page_fault
	.globl fault_return
fault_return:
	testb $3, TF_CS(%esp)
	jnz return_user
	jmp restore

common:
	enter
	movl %esp, %eax
	call i386_trap
	.globl trap_return
trap_return:
	testb $3, TF_CS(%esp)
	jnz return_user
	jmp restore

/*
 * Rare case after `enter`: set the direction flag as C needs it.  A program may
 * also be in virtual-8086 mode: entering it needs privilege, but the iret of
 * QEMU before 10 lets every program do so.  The processor then pushed four
 * segment registers before everything else.  The frame moves up over them, to
 * the usual place of a user frame, and the program continues in its proper
 * mode, at an invalid address.
 */
tidy:
	cld
	popl %eax
	testl $EFLAGS_VM, TF_EFLAGS(%esp)
	jz 1f
	leal 4 * TF_WORDS - 4(%esp), %esi
	leal 16(%esi), %edi
	movl $TF_WORDS, %ecx
	std
	rep movsl
	cld
	addl $16, %esp
	movl $USER_CS, TF_CS(%esp)
	movl $USER_DS, TF_SS(%esp)
	andl $EFLAGS_USER, TF_EFLAGS(%esp)
	orl $EFLAGS_IF | EFLAGS_FIXED, TF_EFLAGS(%esp)
1:	jmp *%eax

/*
 * The descriptor of a loaded selector was removed: the register becomes null,
 * and user mode faults when it uses the register.
 */
null_fs:
	movl $0, (%esp)
	jmp 1b
null_es:
	movl $0, (%esp)
	jmp 2b
null_ds:
	movl $0, (%esp)
	jmp 3b

/* iret refused the user's selectors: handle this as a fault in user mode. */
bad_return:
	pushl $0
	pushl $VECTOR_IRET
	jmp common

/*
 * vector_stubs + 16 * n serves vector n.  Vectors 8, 10-14 and 17 come with
 * an error code.
 */
	.globl vector_stubs
	.balign 16
vector_stubs:
	.set n, 0
	.rept 256
	.balign 16
	.if !(n == 8 || (n >= 10 && n <= 14) || n == 17)
	pushl $0
	.endif
	pushl $n
	jmp common
	.set n, n + 1
	.endr

	.globl vector_end
vector_end:

/*
 * The task gate of double faults: the stack is fresh, and all registers are
 * lost.
 */
	.globl double_fault_entry
double_fault_entry:
	clts
	xorl %ebp, %ebp
	call i386_double_fault

	.section .bss.page, "aw", @nobits
	.balign 1 << KSTACK_SHIFT
	.skip 1 << KSTACK_SHIFT
	.globl emergency_stack_top
emergency_stack_top:
