/* SPDX-License-Identifier: MIT */
/*
 * For assembler: instructions of the kernel that may fault on a user address
 * (row B4).  Each has a pair in a table: its address and the address at which
 * to continue after a fault; exception_fixup() finds it.
 */
#ifndef LT_EXTABLE_H
#define LT_EXTABLE_H

	/*
	 * One instruction that may fault, and the address at which to continue
	 * then.
	 */
	.macro	may_fault fixup, insn:vararg
100:	\insn
	.pushsection __ex_table, "a"
	.balign	__SIZEOF_POINTER__
	.dc.a	100b, \fixup		/* addresses */
	.popsection
	.endm

#endif
