/* SPDX-License-Identifier: MIT */
/* xv6 itself begins with main(), which never returns; so does this. */
	.section .text.start, "ax"
	.globl	start
start:
	jmp	main

#define CALL(name, number)	stub name, number
	.macro	stub name, number
	.globl	\name
\name:
	movl	$\number, %eax
	int	$64
	ret
	.endm

	.text
#include "../../calls.h"
