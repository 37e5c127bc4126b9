/* SPDX-License-Identifier: MIT */
/* arm64: the first code of lab 6's files, and how it calls the kernel. */
#ifndef LABS_BLOB_H
#define LABS_BLOB_H

__asm__(".pushsection blob, \"ax\", @progbits\n"
	".globl blob_entry\n"
	".balign 4\n"
	"blob_entry:\n"
	"	mov	x0, sp\n"
	"	adr	x1, blob_entry\n"
	"	bl	blob_main\n"
	".popsection\n");

WITHIN long blob_call(long nr, long a, long b, long c)
{
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = 0;
	register long x8 __asm__("x8") = nr;

	__asm__ volatile("svc #0" : "+r" (x0)
			 : "r" (x1), "r" (x2), "r" (x3), "r" (x8) : "memory");
	return x0;
}

#endif
