/* SPDX-License-Identifier: MIT */
/*
 * Copies to and from user memory (row B4).  Every instruction that touches it
 * has an entry in __ex_table; a fault inside a block repeats the rest of the
 * copy bytewise, so that what was not done is counted exactly.  The kernel
 * may sleep in a fault: the borrowed xmm register moves with the task.
 */
#include <lt/extable.h>
#include <uapi/errno.h>

#define BLOCK	512

/* n bytes by one xmm register, esi to edi; both move on, ecx counts down. */
.macro copy_block n, fixup
	.set at, 0
	.rept \n / 16
	may_fault \fixup, movups at(%esi), %xmm0
	may_fault \fixup, movups %xmm0, at(%edi)
	.set at, at + 16
	.endr
	addl $\n, %esi
	addl $\n, %edi
	subl $\n, %ecx
.endm

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
	cmpl $4, %ecx
	jne 1f
	may_fault word_failed, movl (%edx), %edx
	may_fault word_failed, movl %edx, (%eax)
	xorl %eax, %eax
	ret
1:	pushl %esi
	pushl %edi
	movl %eax, %edi
	movl %edx, %esi
	cmpl $128, %ecx
	jae large
copy_small:
	movl %ecx, %eax
	shrl $2, %ecx
	andl $3, %eax			/* jz below: movsl keeps the flags */
	may_fault copy_words_failed, rep movsl
	jz copy_end
	movl %eax, %ecx
copy_bytes:
	may_fault copy_end, rep movsb
copy_end:
	movl %ecx, %eax
	popl %edi
	popl %esi
	ret

large:
	subl $16, %esp
	movups %xmm0, (%esp)
	subl $BLOCK, %ecx
	jb 2f
1:
	copy_block BLOCK, block_failed
	jae 1b
2:	addl $BLOCK - 64, %ecx
	jnc 4f
3:
	copy_block 64, small_block_failed
	jae 3b
4:	addl $64, %ecx
	movups (%esp), %xmm0
	addl $16, %esp
	jmp copy_small

word_failed:
	movl %ecx, %eax
	ret
copy_words_failed:
	leal (%eax, %ecx, 4), %ecx
	jmp copy_bytes
block_failed:
	addl $BLOCK, %ecx
	jmp 1f
small_block_failed:
	addl $64, %ecx
1:	movups (%esp), %xmm0
	addl $16, %esp
	jmp copy_bytes

/*
 * int fpu_save_user(uaddr_t to: eax), int fpu_load_user(uaddr_t from: eax)
 * A refused image (mxcsr) ends like a fault: -EFAULT, the unit as it was.
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
	subl $16, %esp
	movups %xmm0, (%esp)
	xorps %xmm0, %xmm0
	subl $128, %ecx
	jb 2f
1:	.set at, 0
	.rept 128 / 16
	may_fault clear_block_failed, movups %xmm0, at(%edi)
	.set at, at + 16
	.endr
	addl $128, %edi
	subl $128, %ecx
	jae 1b
2:	addl $128, %ecx
	movups (%esp), %xmm0
	addl $16, %esp
	xorl %eax, %eax
	movl %ecx, %edx
	shrl $2, %ecx
	may_fault clear_words_failed, rep stosl
	movl %edx, %ecx
	andl $3, %ecx
clear_bytes:
	may_fault clear_end, rep stosb
clear_end:
	movl %ecx, %eax
	popl %edi
	ret
clear_words_failed:
	andl $3, %edx
	leal (%edx, %ecx, 4), %ecx
	jmp clear_bytes
clear_block_failed:
	addl $128, %ecx
	movups (%esp), %xmm0
	addl $16, %esp
	xorl %eax, %eax
	jmp clear_bytes

/*
 * long arch_strncpy_in(char *to: eax, uaddr_t from: edx, long n: ecx)
 * Four bytes at a time while there is room for four; a word has a zero byte
 * if (w - 0x01010101) & ~w & 0x80808080.  A word that faults, or has one, is
 * taken bytewise.
 */
	.globl arch_strncpy_in
	.balign 16
arch_strncpy_in:
	pushl %esi
	pushl %edi
	pushl %ebx
	pushl %ecx
	movl %eax, %edi
	movl %edx, %esi
	subl $4, %ecx
	jl 2f
1:	may_fault 2f, movl (%esi), %eax
	leal -0x01010101(%eax), %edx
	movl %eax, %ebx
	notl %ebx
	andl %ebx, %edx
	testl $0x80808080, %edx
	jnz 2f
	movl %eax, (%edi)
	addl $4, %esi
	addl $4, %edi
	subl $4, %ecx
	jge 1b
2:	addl $4, %ecx
	jz 4f
3:	may_fault string_failed, lodsb
	stosb
	testb %al, %al
	jz 4f
	decl %ecx
	jnz 3b
	/* ecx bytes are left, the NUL's among them */
4:	popl %eax
	subl %ecx, %eax
5:	popl %ebx
	popl %edi
	popl %esi
	ret
string_failed:
	popl %ecx
	movl $-EFAULT, %eax
	jmp 5b

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
