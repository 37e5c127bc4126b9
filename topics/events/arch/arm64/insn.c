/* SPDX-License-Identifier: MIT */
/* arm64 instructions, as needed for text changes: all have four bytes. */
#include <topics/events/textpatch.h>

const u8 text_trap[] = { 0x00, 0x00, 0x20, 0xd4 };	/* brk #0 */
const unsigned text_trap_len = sizeof(text_trap);

/* Return the address of the brk: it traps with the pc at the instruction. */
unsigned long text_trapped_at(const struct trapframe *tf)
{
	return tf->cause == EC_BRK ? tf_pc(tf) : 0;
}

unsigned text_insn_len(const u8 *code)
{
	(void)code;
	return 4;
}
