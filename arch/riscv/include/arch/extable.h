/* SPDX-License-Identifier: MIT */
/*
 * Instructions of the kernel that may fault on a user address (row B4): a
 * table of pairs, the instruction's address and where to go on instead.
 */
#ifndef ARCH_EXTABLE_H
#define ARCH_EXTABLE_H
#ifdef __ASSEMBLER__

	/* one instruction that may fault, and where to go on then */
	.macro	may_fault fixup, insn:vararg
100:	\insn
	.pushsection __ex_table, "a"
	.balign	8
	.dword	100b, \fixup
	.popsection
	.endm

#endif
#endif
