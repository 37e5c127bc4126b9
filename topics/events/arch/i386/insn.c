/* SPDX-License-Identifier: MIT */
/*
 * i386 instructions, as needed for text changes: int3, and instruction lengths
 * (Intel's manual, volume 2, chapter 2 and appendix A).
 */
#include <topics/events/textpatch.h>

const u8 text_trap[] = { 0xcc };	/* int3 */
const unsigned text_trap_len = 1;

/* Return the address of the int3: it traps with eip behind the instruction. */
unsigned long text_trapped_at(const struct trapframe *tf)
{
	return tf->vector == 3 ? tf->eip - 1 : 0;
}

/*
 * For each opcode, a letter that says which bytes follow the opcode:
 *
 *	m	a ModRM byte
 *	b, w	one byte; two bytes
 *	z	two or four bytes, by the operand size
 *	B	a ModRM byte, then as for b
 *	Z	a ModRM byte, then as for z
 *	o	an address
 *	p	the opcode is a prefix
 *	g	as B for operations 0 and 1 in the ModRM byte, else as m
 *	G	as Z for operations 0 and 1 in the ModRM byte, else as m
 *	.	nothing
 *	x	not supported
 */
static const char one_byte[256 + 1] =
	"mmmmbz..mmmmbz.x" "mmmmbz..mmmmbz.." "mmmmbzp.mmmmbzp."
	"mmmmbzp.mmmmbzp." "................" "................"
	"..mmpppxzZbB...." "bbbbbbbbbbbbbbbb" "BZxBmmmmmmmmmmmm"
	"..........x....." "oooo....bz......" "bbbbbbbbzzzzzzzz"
	"BBw.mmBZx.w..b.." "mmmmbb..mmmmmmmm" "bbbbbbbbzzxb...."
	"p.pp..gG......mm";
/* The letters for opcodes after the byte 0f. */
static const char two_bytes[256 + 1] =
	"mmmmx.....x.xmxx" "mmmmmmmmmmmmmmmm" "mmmmxxxxmmmmmmmm"
	"........xxxxxxxx" "mmmmmmmmmmmmmmmm" "mmmmmmmmmmmmmmmm"
	"mmmmmmmmmmmmmmmm" "BBBBmmm.mmxxmmmm" "zzzzzzzzzzzzzzzz"
	"mmmmmmmmmmmmmmmm" "...mBmxx...mBmmm" "mmmmmmmmmmBmmmmm"
	"mmBmBBBm........" "mmmmmmmmmmmmmmmm" "mmmmmmmmmmmmmmmm"
	"mmmmmmmmmmmmmmmm";

/* Return: the length of a ModRM byte with its SIB byte and displacement. */
static unsigned modrm(const u8 *at)
{
	unsigned mod = at[0] >> 6, rm = at[0] & 7, n = 1;

	if (mod == 3)
		return n;
	if (rm == 4) {
		n++;
		rm = !mod && (at[1] & 7) == 5 ? 5 : 4;
	}
	if (mod == 1)
		return n + 1;
	return mod == 2 || (!mod && rm == 5) ? n + 4 : n;
}

unsigned text_insn_len(const u8 *code)
{
	const u8 *at = code;
	unsigned word = 4;
	char kind;

	for (; one_byte[*at] == 'p'; at++) {
		word = *at == 0x66 ? 2 : word;
		if (at - code == 4)
			return 0;
	}
	kind = one_byte[*at];
	if (*at++ == 0x0f)
		kind = two_bytes[*at++];
	if (kind == 'g' || kind == 'G')
		kind = *at & 0x30 ? 'm' : kind == 'g' ? 'B' : 'Z';
	if (kind == 'x')
		return 0;
	if (kind == 'm' || kind == 'B' || kind == 'Z')
		at += modrm(at);
	if (kind == 'b' || kind == 'B')
		at += 1;
	else if (kind == 'z' || kind == 'Z')
		at += word;
	else if (kind == 'w')
		at += 2;
	else if (kind == 'o')
		at += 4;
	return (unsigned)(at - code);
}
