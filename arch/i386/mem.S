/* SPDX-License-Identifier: MIT */
/* Functions of <lib/mem.h> for which string instructions are fastest. */
	.text
/* void *memcpy(void *to: eax, const void *from: edx, size_t n: ecx) */
	.globl memcpy
	.balign 16
memcpy:
	pushl %esi
	pushl %edi
	movl %eax, %edi
	movl %edx, %esi
	movl %ecx, %edx
	shrl $2, %ecx
	rep movsl
	movl %edx, %ecx
	andl $3, %ecx
	rep movsb
	popl %edi
	popl %esi
	ret

/* void *memset(void *p: eax, int c: edx, size_t n: ecx) */
	.globl memset
	.balign 16
memset:
	pushl %edi
	pushl %eax
	movl %eax, %edi
	movzbl %dl, %eax
	imull $0x01010101, %eax
	movl %ecx, %edx
	shrl $2, %ecx
	rep stosl
	movl %edx, %ecx
	andl $3, %ecx
	rep stosb
	popl %eax
	popl %edi
	ret
