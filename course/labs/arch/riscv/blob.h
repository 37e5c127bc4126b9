/* SPDX-License-Identifier: MIT */
/* RISC-V: the first code of lab 6's files, and how it calls the kernel. */
#ifndef LABS_BLOB_H
#define LABS_BLOB_H

__asm__(".pushsection blob, \"ax\", @progbits\n"
	".option push\n"
	".option norelax\n"
	".globl blob_entry\n"
	".balign 4\n"
	"blob_entry:\n"
	"	mv	a0, sp\n"
	"	lla	a1, blob_entry\n"
	"	call	blob_main\n"
	".option pop\n"
	".popsection\n");

WITHIN long blob_call(long nr, long a, long b, long c)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = 0;
	register long a7 __asm__("a7") = nr;

	__asm__ volatile("ecall" : "+r" (a0)
			 : "r" (a1), "r" (a2), "r" (a3), "r" (a7) : "memory");
	return a0;
}

#endif
