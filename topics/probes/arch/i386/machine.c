/* SPDX-License-Identifier: MIT */
/*
 * i386 for probes: the trap flag makes the processor trap after the copy.
 * Results that depend on the copy's address are corrected (Intel's manual,
 * volume 3, 17.3.1.4).
 */
#include <arch/x86.h>
#include <topics/probes/kprobe.h>
#include <kernel/current.h>
#include <lib/mem.h>

#define ARGUMENTS	3		/* passed in registers: -mregparm=3 */

/*
 * The bytes before the trampoline look like a call, because a backtrace expects
 * one before a return address.
 */
__asm__(".pushsection .text\n"
	".globl kprobe_trampoline\n"
	"kprobe_returns:\n\t"
	".byte 0xe8, 0, 0, 0, 0\n"
	"kprobe_trampoline:\n\t"
	"int3\n"
	".popsection");

const char *const kprobe_machine_names[] = {
	"vector_*", "return_user", "restore", "serve_asts", "fault_return",
	"common", "trap_return", "tidy", "null_*", "bad_return", "i386_trap",
	"exception", "debug_*", "double_fault_entry", "i386_double_fault", NULL,
};

/* Skip prefixes: segments, sizes, lock, rep. */
static const u8 *kprobe_opcode(const u8 *code)
{
	while (*code == 0x26 || *code == 0x2e || *code == 0x36 ||
	       *code == 0x3e || (*code >= 0x64 && *code <= 0x67) ||
	       *code == 0xf0 || *code == 0xf2 || *code == 0xf3)
		code++;
	return code;
}

/* Return the operation field of an opcode that has several. */
static unsigned kprobe_operation(const u8 *op)
{
	return op[1] >> 3 & 7;
}

/*
 * Refuse pop to ss, pushf, popf, far transfers, interrupts, hlt, cli and sti;
 * after 0f, ud2 and instructions that load descriptor tables or control
 * registers.
 */
bool kprobe_can_move(const u8 *code)
{
	static const u8 no[] = {
		0x17, 0x9a, 0x9c, 0x9d, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
		0xea, 0xf1, 0xf4, 0xfa, 0xfb, 0x8e,
	};
	static const u8 no_long[] = {
		0x00, 0x01, 0x0b, 0x22, 0x23, 0x34, 0x35,
	};
	const u8 *op = kprobe_opcode(code);

	if (*op == 0x0f)
		return !memchr(no_long, op[1], sizeof(no_long));
	if (*op == 0xff && (kprobe_operation(op) | 2) == 7)
		return false;	/* far transfers */
	return !memchr(no, *op, sizeof(no));
}

int kprobe_pairs(const u8 *code)
{
	return 0;
}

/* Emulate relative jumps only. */
bool kprobe_simulate(struct trapframe *tf, const u8 *code, unsigned len)
{
	s32 way;

	if (*code == 0xe9)
		way = (s32)kprobe_word(code + 1);
	else if (*code == 0xeb)
		way = (signed char)code[1];
	else
		return false;
	tf_set_pc(tf, tf_pc(tf) + len + (unsigned long)way);
	return true;
}

bool kprobe_is_stepped(const struct trapframe *tf)
{
	return tf->eflags & EFLAGS_TF;
}

void kprobe_end_step(struct trapframe *tf)
{
	tf->vector = 1;
}

void kprobe_step(struct trapframe *tf, unsigned long copy)
{
	tf_set_pc(tf, copy);
	tf->eflags |= EFLAGS_TF;
}

/*
 * Check whether the copy has run.  An instruction with a rep prefix traps after
 * each iteration.
 */
bool kprobe_stepped(struct trapframe *tf, unsigned long copy, unsigned long at,
		    const u8 *code, unsigned len, bool *more)
{
	const u8 *op = kprobe_opcode(code);
	unsigned how = *op == 0xff ? kprobe_operation(op) : 0;
	bool call = *op == 0xe8 || how == 2;
	bool absolute = *op == 0xc2 || *op == 0xc3 || how == 2 || how == 4;

	if (tf->vector != 1)
		return false;
	if (tf_pc(tf) == copy && op != code) {
		kprobe_step(tf, copy);
		*more = true;
		return true;
	}
	tf->eflags &= ~(u32)EFLAGS_TF;
	if (call)
		*(u32 *)tf_sp(tf) += at - copy;
	if (!absolute)
		tf_set_pc(tf, tf_pc(tf) + at - copy);
	return true;
}

/* ---- registers ----------------------------------------------------------- */

enum { AX, BX, CX, DX, SI, DI, BP, SP, IP, FLAGS, CS, DS, ES, FS };

int kprobe_register(const char *name)
{
	static const char names[][6] = {
		"ax", "bx", "cx", "dx", "si", "di", "bp", "sp", "ip", "flags",
		"cs", "ds", "es", "fs",
	};

	for (int i = 0; i < (int)ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

unsigned long kprobe_get(const struct trapframe *tf, unsigned nr)
{
	switch (nr) {
	case AX: return tf->eax;
	case BX: return tf->ebx;
	case CX: return tf->ecx;
	case DX: return tf->edx;
	case SI: return tf->esi;
	case DI: return tf->edi;
	case BP: return tf->ebp;
	case SP: return tf_sp(tf);
	case IP: return tf->eip;
	case FLAGS: return tf->eflags;
	case CS: return tf->cs & 0xffff;
	case DS: return tf->ds & 0xffff;
	case ES: return tf->es & 0xffff;
	default: return tf->fs & 0xffff;
	}
}

unsigned long kprobe_argument(const struct trapframe *tf, unsigned n)
{
	static const u8 registers[ARGUMENTS] = { AX, DX, CX };
	unsigned long v = 0;

	if (n < ARGUMENTS)
		return kprobe_get(tf, registers[n]);
	place_read(tf_sp(tf) + (n - ARGUMENTS + 1) * sizeof(v), &v, sizeof(v),
		   false);
	return v;
}

unsigned long kprobe_result(const struct trapframe *tf)
{
	return tf->eax;
}

unsigned long kprobe_exchange(struct trapframe *tf, unsigned long to)
{
	u32 *slot = (u32 *)tf_sp(tf);
	u32 old = *slot;

	*slot = (u32)to;
	return old;
}

void kprobe_return_to(struct trapframe *tf, unsigned long to)
{
	tf_set_pc(tf, to);
}

/* Return the address of the slot of the return address. */
unsigned long kprobe_call_sp(const struct trapframe *tf, bool returned)
{
	return tf_sp(tf) - (returned ? sizeof(u32) : 0);
}
