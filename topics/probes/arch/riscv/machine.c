/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for probes: most functions begin by moving sp.  Such instructions and
 * pc-relative ones are emulated instead of being stepped (The RISC-V
 * Instruction Set Manual, volume I, chapters 2, 8 and 16).
 */
#include <arch/trap.h>
#include <topics/probes/kprobe.h>
#include <topics/events/arch/riscv/insn.h>
#include <lib/mem.h>

#define ARGUMENTS	8		/* passed in registers */

__asm__(".pushsection .text\n"
	".globl kprobe_trampoline\n"
	".balign 4\n"
	"kprobe_returns:\n\t"
	"c.nop\n"		/* a backtrace looks at pc - 1 */
	"kprobe_trampoline:\n\t"
	"c.ebreak\n"
	".popsection");

const char *const kprobe_machine_names[] = {
	"trap_vector", "trap_dispatch", "other_fault", "from_kernel",
	"stack_overflow", "trap_return", "exit_*", "serve_asts", "restore_*",
	"user_fault", NULL,
};

static u32 kprobe_insn(const u8 *code)
{
	u32 i = kprobe_word(code);

	return insn_length((u16)i) == 4 ? i : (u16)i;
}

/* Refuse supervisor instructions, which depend on interrupts or change them. */
bool kprobe_can_move(const u8 *code)
{
	u32 i = kprobe_insn(code);

	return (i & 0x7f) != 0x73 && i != 0x9002 && i;
}

/* Recognize lr, which begins a sequence, and sc, which ends it. */
int kprobe_pairs(const u8 *code)
{
	u32 i = kprobe_insn(code);

	if ((i & 0x7f) != 0x2f)
		return 0;
	return i >> 27 == 2 ? 1 : i >> 27 == 3 ? -1 : 0;
}

static void kprobe_set(struct trapframe *tf, unsigned nr, unsigned long v)
{
	if (nr)
		tf->regs[nr] = v;
}

static unsigned long kprobe_old(const struct trapframe *tf, unsigned nr)
{
	return nr ? tf->regs[nr] : 0;
}

static bool kprobe_simulate_full(struct trapframe *tf, u32 i)
{
	unsigned long pc = tf_pc(tf), next = pc + 4, to = i >> 7 & 31;

	switch (i & 0x7f) {
	case 0x13:			/* addi */
		if (i >> 12 & 7)
			return false;
		kprobe_set(tf, to, kprobe_old(tf, i >> 15 & 31) +
			   sign(i >> 20, 12));
		break;
	case 0x17:			/* auipc */
		kprobe_set(tf, to, pc + sign(i & 0xfffff000, 32));
		break;
	case 0x6f:			/* jal, jalr */
	case 0x67:
		next = insn_after_full(tf, i);
		kprobe_set(tf, to, pc + 4);
		break;
	case 0x63:			/* branches */
		next = insn_after_full(tf, i);
		break;
	default:
		return false;
	}
	tf_set_pc(tf, next);
	return true;
}

static bool kprobe_simulate_short(struct trapframe *tf, u32 i)
{
	unsigned long pc = tf_pc(tf), next = pc + 2, to = i >> 7 & 31;

	switch (i & 0xe003) {
	case 0x0001:			/* c.addi */
		kprobe_set(tf, to, kprobe_old(tf, to) + sign(
			bits(i, 12, 12, 5) | bits(i, 6, 2, 0), 6));
		break;
	case 0x6001:			/* c.addi16sp, c.lui */
		if (to != REG_SP)
			return false;
		tf->regs[REG_SP] += sign(
			bits(i, 12, 12, 9) | bits(i, 6, 6, 4) |
			bits(i, 5, 5, 6) | bits(i, 4, 3, 7) |
			bits(i, 2, 2, 5), 10);
		break;
	case 0xa001:			/* c.j, c.beqz, c.bnez */
	case 0xc001:
	case 0xe001:
		next = insn_after_short(tf, i);
		break;
	case 0x8002:			/* c.jr, c.jalr; c.mv, c.add */
		if (i >> 2 & 31)
			return false;
		next = insn_after_short(tf, i);
		if (i & 0x1000)
			kprobe_set(tf, REG_RA, pc + 2);
		break;
	default:
		return false;
	}
	tf_set_pc(tf, next);
	return true;
}

bool kprobe_simulate(struct trapframe *tf, const u8 *code, unsigned len)
{
	return len == 4 ? kprobe_simulate_full(tf, kprobe_insn(code)) :
		kprobe_simulate_short(tf, kprobe_insn(code));
}

/*
 * Return false: on this machine a debugger steps by a breakpoint on the next
 * instruction, not by a trap after each one.
 */
bool kprobe_is_stepped(const struct trapframe *tf)
{
	return false;
}

void kprobe_end_step(struct trapframe *tf)
{
}

void kprobe_step(struct trapframe *tf, unsigned long copy)
{
	tf_set_pc(tf, copy);
}

bool kprobe_stepped(struct trapframe *tf, unsigned long copy, unsigned long at,
		    const u8 *code, unsigned len, bool *more)
{
	if (tf_pc(tf) != copy + len)
		return false;
	tf_set_pc(tf, at + len);
	return true;
}

/* ---- registers ----------------------------------------------------------- */

int kprobe_register(const char *name)
{
	static const char names[REG_COUNT][4] = {
		"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2",
		"s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
		"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7",
		"s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
	};

	for (int i = 0; i < REG_COUNT; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

unsigned long kprobe_get(const struct trapframe *tf, unsigned nr)
{
	return tf->regs[nr];
}

unsigned long kprobe_argument(const struct trapframe *tf, unsigned n)
{
	unsigned long v = 0;

	if (n < ARGUMENTS)
		return tf->regs[REG_A0 + n];
	place_read(tf_sp(tf) + (n - ARGUMENTS) * sizeof(v), &v, sizeof(v),
		   false);
	return v;
}

unsigned long kprobe_result(const struct trapframe *tf)
{
	return tf->regs[REG_A0];
}

unsigned long kprobe_exchange(struct trapframe *tf, unsigned long to)
{
	unsigned long old = tf->regs[REG_RA];

	tf->regs[REG_RA] = to;
	return old;
}

void kprobe_return_to(struct trapframe *tf, unsigned long to)
{
	tf->regs[REG_RA] = to;
	tf_set_pc(tf, to);
}

unsigned long kprobe_call_sp(const struct trapframe *tf, bool returned)
{
	return tf_sp(tf);
}
