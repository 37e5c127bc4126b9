/* SPDX-License-Identifier: MIT */
/* argc is in a0, argv in a1; main() may return. */
	.section .text.start, "ax"
	.globl	start
start:
	call	main
	call	exit

#define CALL(name, number)	stub name, number
	.macro	stub name, number
	.globl	\name
\name:
	li	a7, \number
	ecall
	ret
	.endm

	.text
#include "../../calls.h"
