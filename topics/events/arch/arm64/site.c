/* SPDX-License-Identifier: MIT */
/* The two instructions of a site: nop, and b (reaches 128 MiB). */
#include <topics/events/sites.h>
#include <lib/mem.h>

#define NOP	0xd503201f
#define B	0x14000000		/* with words to go in the low 26 bits */

unsigned site_code(u8 code[SITE_BYTES], unsigned long at, unsigned long to)
{
	long way = to ? (long)(to - at) : 0;
	u32 insn = to ? B | ((u32)way >> 2 & 0x3ffffff) : NOP;

	if (way < -(1l << 27) || way >= 1l << 27)
		return 0;
	memcpy(code, &insn, sizeof(insn));
	return sizeof(insn);
}
