/* SPDX-License-Identifier: MIT */
/* The two instructions of a site: nopl 0(%eax,%eax), and jmp. */
#include <topics/events/sites.h>
#include <lib/mem.h>

unsigned site_code(u8 code[SITE_BYTES], unsigned long at, unsigned long to)
{
	static const u8 nop[] = { 0x0f, 0x1f, 0x44, 0, 0 };
	u32 way = (u32)(to - (at + sizeof(nop)));

	memcpy(code, nop, sizeof(nop));
	if (to) {
		code[0] = 0xe9;
		memcpy(code + 1, &way, sizeof(way));
	}
	return sizeof(nop);
}
