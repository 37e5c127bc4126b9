/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from user memory (row B4).  Every instruction that accesses
 * user memory has an entry in __ex_table.  After a fault inside a block, the
 * rest of the copy is repeated bytewise, so that the count of remaining bytes
 * is exact.  The kernel may sleep in a fault: the borrowed xmm register is
 * switched with the task.
 */
#include <lt/extable.h>
#include <uapi/errno.h>

/*
 * With blocks of this size, a read of 4 KiB takes 70 % of the instructions that
 * it takes with rep movsl alone.
 */
#define BLOCK	256

	.text
/*
 * unsigned long arch_copy_in(void *to: eax, uaddr_t from: edx, n: ecx)
 * unsigned long arch_copy_out(uaddr_t to: eax, const void *from: edx, n: ecx)
 */
	.globl arch_copy_in
	.globl arch_copy_out
	.balign 16
arch_copy_in:
arch_copy_out:
	pushl %esi
	pushl %edi
	movl %eax, %edi
	movl %edx, %esi
	cmpl $BLOCK, %ecx
	jb 2f
	subl $16, %esp
	movups %xmm0, (%esp)
1:	.set at, 0
	.rept BLOCK / 16
	may_fault copy_block_failed, movups at(%esi), %xmm0
	may_fault copy_block_failed, movups %xmm0, at(%edi)
	.set at, at + 16
	.endr
	addl $BLOCK, %esi
	addl $BLOCK, %edi
	subl $BLOCK, %ecx
	cmpl $BLOCK, %ecx
	jae 1b
	movups (%esp), %xmm0
	addl $16, %esp
2:	movl %ecx, %eax
	shrl $2, %ecx
	andl $3, %eax
	may_fault copy_words_failed, rep movsl
	movl %eax, %ecx
3:	may_fault 4f, rep movsb
4:	movl %ecx, %eax
	popl %edi
	popl %esi
	ret
copy_words_failed:
	leal (%eax, %ecx, 4), %ecx
	jmp 3b
copy_block_failed:
	movups (%esp), %xmm0
	addl $16, %esp
	jmp 3b

/*
 * int fpu_save_user(uaddr_t to: eax), int fpu_load_user(uaddr_t from: eax)
 * A refused image (mxcsr) is treated like a fault: -EFAULT, the unit unchanged.
 */
	.globl fpu_save_user
	.balign 16
fpu_save_user:
	may_fault fpu_failed, fxsave (%eax)
	xorl %eax, %eax
	ret
	.globl fpu_load_user
fpu_load_user:
	may_fault fpu_failed, fxrstor (%eax)
	xorl %eax, %eax
	ret
fpu_failed:
	movl $-EFAULT, %eax
	ret

/* unsigned long arch_clear_user(uaddr_t to: eax, unsigned long n: edx) */
	.globl arch_clear_user
	.balign 16
arch_clear_user:
	pushl %edi
	movl %eax, %edi
	movl %edx, %ecx
	shrl $2, %ecx
	andl $3, %edx
	xorl %eax, %eax
	may_fault clear_words_failed, rep stosl
	movl %edx, %ecx
1:	may_fault 2f, rep stosb
2:	movl %ecx, %eax
	popl %edi
	ret
clear_words_failed:
	leal (%edx, %ecx, 4), %ecx
	jmp 1b

/* long arch_strncpy_in(char *to: eax, uaddr_t from: edx, long n: ecx) */
	.globl arch_strncpy_in
	.balign 16
arch_strncpy_in:
	pushl %esi
	pushl %edi
	pushl %ecx
	movl %eax, %edi
	movl %edx, %esi
	jecxz 2f
1:	may_fault string_failed, lodsb
	stosb
	testb %al, %al
	jz 2f
	decl %ecx
	jnz 1b
	/* ecx: the bytes that remain, including the NUL */
2:	popl %eax
	subl %ecx, %eax
3:	popl %edi
	popl %esi
	ret
string_failed:
	popl %ecx
	movl $-EFAULT, %eax
	jmp 3b

/* int arch_user_load32(u32 *value: eax, uaddr_t from: edx) */
	.globl arch_user_load32
	.balign 16
arch_user_load32:
	may_fault fault, movl (%edx), %edx
	movl %edx, (%eax)
	xorl %eax, %eax
	ret
fault:
	movl $-EFAULT, %eax
	ret

/*
 * int arch_user_cmpxchg32(uaddr_t at: eax, u32 expect: edx, u32 new: ecx,
 *			   u32 *old: on the stack)
 */
	.globl arch_user_cmpxchg32
	.balign 16
arch_user_cmpxchg32:
	pushl %ebx
	movl %eax, %ebx
	movl %edx, %eax
	may_fault cmpxchg_failed, lock cmpxchgl %ecx, (%ebx)
	movl 8(%esp), %edx
	movl %eax, (%edx)
	xorl %eax, %eax
	popl %ebx
	ret
cmpxchg_failed:
	popl %ebx
	jmp fault
