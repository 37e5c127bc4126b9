/* SPDX-License-Identifier: MIT */
/* i386: the first code of lab 6's files, and how it calls the kernel. */
#ifndef LABS_BLOB_H
#define LABS_BLOB_H

__asm__(".pushsection blob, \"ax\", @progbits\n"
	".globl blob_entry\n"
	".balign 4\n"
	"blob_entry:\n"
	"	mov	%esp, %eax\n"
	"	call	1f\n"
	"1:	pop	%edx\n"
	"	sub	$(1b - blob_entry), %edx\n"
	"	push	%edx\n"
	"	push	%eax\n"
	"	call	blob_main\n"
	".popsection\n");

WITHIN long blob_call(long nr, long a, long b, long c)
{
	long result;

	__asm__ volatile("int $0x80" : "=a" (result)
			 : "0" (nr), "b" (a), "c" (b), "d" (c), "S" (0)
			 : "memory");
	return result;
}

#endif
