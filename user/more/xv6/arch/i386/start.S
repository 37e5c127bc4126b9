/* SPDX-License-Identifier: MIT */
/* As on xv6, execution starts at main(), which never returns. */
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
