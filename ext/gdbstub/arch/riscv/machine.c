/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for the kernel's GDB stub: x0 to x31 and the pc, as GDB numbers them.
 *
 * S-mode cannot ask for a trap after one instruction.  So the next one is told
 * from the frame, as all that a jump depends on is there, and a breakpoint is
 * put on it (The RISC-V Instruction Set Manual, volume I, chapters 2 and 16).
 */
#include <arch/csr.h>
#include <ext/gdbstub/gdbstub.h>
#include <kernel/task.h>

#define NR_PC	32

const unsigned stub_registers = 33;

const u8 stub_trap_code[] = { 0x02, 0x90 };	/* c.ebreak */
const unsigned stub_trap_len = 2;

static unsigned long step_at;		/* [owner of the session] or 0 */
static bool step_irqs;			/* [owner] the frame let them in */

/* In the frame the pc comes first, in place of x0. */
static bool get_frame(const struct trapframe *tf, unsigned nr, unsigned long *v)
{
	*v = nr == NR_PC ? tf->regs[REG_PC] : nr ? tf->regs[nr] : 0;
	return true;
}

bool stub_get(const struct stub_thread *t, unsigned nr, unsigned long *v)
{
	const struct arch_task *a = &t->task->arch;

	if (t->frame)
		return get_frame(t->frame, nr, v);
	if (t->pc) {
		*v = nr == NR_PC ? t->pc : nr == REG_S0 ? t->fp : 0;
		return nr == NR_PC || (nr == REG_S0 && t->fp);
	}
	switch (nr) {
	case NR_PC:
	case REG_RA:
		*v = a->ra;
		return true;
	case REG_SP:
		*v = a->sp;
		return true;
	case REG_TP:
		*v = (unsigned long)t->task;
		return true;
	case REG_S0:
	case REG_S1:
		*v = a->s[nr - REG_S0];
		return true;
	case REG_S2 ... REG_S11:
		*v = a->s[nr - REG_S2 + 2];
		return true;
	}
	return false;
}

bool stub_set(struct trapframe *tf, unsigned nr, unsigned long v)
{
	if (nr)
		tf->regs[nr == NR_PC ? REG_PC : nr] = v;
	return true;
}

bool stub_trap_fits(unsigned long at, unsigned long len)
{
	return !(at & 1) && (len == 2 || len == 4);
}

unsigned long stub_trapped_at(const struct trapframe *tf)
{
	return tf_pc(tf);
}

extern const char stub_trap_here[];

__noinline void stub_trap(void)
{
	__asm__ volatile(".globl stub_trap_here\n"
			 "stub_trap_here:\n\t"
			 "c.ebreak" ::: "memory");
}

/* ---- the next instruction ------------------------------------------------ */

/* Bits high to low of v, at place `to`. */
static unsigned long bits(unsigned long v, unsigned high, unsigned low,
			  unsigned to)
{
	return (v >> low & ((2ul << (high - low)) - 1)) << to;
}

static unsigned long sign(unsigned long v, unsigned width)
{
	unsigned shift = 8 * sizeof(v) - width;

	return (unsigned long)((long)(v << shift) >> shift);
}

static unsigned long reg(const struct trapframe *tf, unsigned long nr)
{
	return nr ? tf->regs[nr] : 0;
}

static bool taken(unsigned kind, unsigned long a, unsigned long b)
{
	switch (kind >> 1) {
	case 0:
		return (a == b) != (kind & 1);
	case 2:
		return ((long)a < (long)b) != (kind & 1);
	default:
		return (a < b) != (kind & 1);
	}
}

static unsigned long after_full(const struct trapframe *tf, u32 i)
{
	unsigned long pc = tf_pc(tf), a = reg(tf, i >> 15 & 31);

	switch (i & 0x7f) {
	case 0x6f:			/* jal */
		return pc + sign(bits(i, 31, 31, 20) | bits(i, 19, 12, 12) |
				 bits(i, 20, 20, 11) | bits(i, 30, 21, 1), 21);
	case 0x67:			/* jalr */
		return (a + sign(i >> 20, 12)) & ~1ul;
	case 0x63:
		if (!taken(i >> 12 & 7, a, reg(tf, i >> 20 & 31)))
			return pc + 4;
		return pc + sign(bits(i, 31, 31, 12) | bits(i, 7, 7, 11) |
				 bits(i, 30, 25, 5) | bits(i, 11, 8, 1), 13);
	case 0x73:
		if (i == 0x10200073)	/* sret */
			return csr_read(sepc);
	}
	return pc + 4;
}

static unsigned long after_short(const struct trapframe *tf, u32 i)
{
	unsigned long pc = tf_pc(tf), a = reg(tf, i >> 7 & 31);

	switch (i & 0xe003) {
	case 0xa001:			/* c.j */
		return pc + sign(bits(i, 12, 12, 11) | bits(i, 11, 11, 4) |
				 bits(i, 10, 9, 8) | bits(i, 8, 8, 10) |
				 bits(i, 7, 7, 6) | bits(i, 6, 6, 7) |
				 bits(i, 5, 3, 1) | bits(i, 2, 2, 5), 12);
	case 0xc001:			/* c.beqz, c.bnez */
	case 0xe001:
		if ((reg(tf, 8 + (i >> 7 & 7)) == 0) == (i >> 13 & 1))
			return pc + 2;
		return pc + sign(bits(i, 12, 12, 8) | bits(i, 11, 10, 3) |
				 bits(i, 6, 5, 6) | bits(i, 4, 3, 1) |
				 bits(i, 2, 2, 5), 9);
	case 0x8002:			/* c.jr, c.jalr: no second register */
		if (!(i >> 2 & 31) && (i >> 7 & 31))
			return a & ~1ul;
	}
	return pc + 2;
}

static unsigned length(u16 first)
{
	return (first & 3) == 3 ? 4 : 2;
}

bool stub_step(struct trapframe *tf)
{
	unsigned long next;
	u16 half[2];

	if (stub_read(NULL, tf_pc(tf), half, 2) < 2)
		return false;
	if (length(half[0]) == 4 &&
	    stub_read(NULL, tf_pc(tf) + 2, half + 1, 2) < 2)
		return false;
	next = length(half[0]) == 4 ?
		after_full(tf, half[0] | (u32)half[1] << 16) :
		after_short(tf, half[0]);
	if (stub_read(NULL, next, half, 2) < 2 || next < USER_TOP)
		return false;
	if (!stub_has_break(next)) {
		if (!stub_set_break(next, length(half[0])))
			return false;
		step_at = next;
	}
	step_irqs = tf_irqs_on(tf);
	tf_mask_irqs(tf);
	return true;
}

void stub_arrived(struct trapframe *tf, bool stepped)
{
	if (step_at)
		stub_clear_break(step_at);
	if (stepped && step_irqs)
		tf_unmask_irqs(tf);
	step_at = 0;
	step_irqs = false;
	if (tf_pc(tf) == (unsigned long)stub_trap_here)
		tf_set_pc(tf, tf_pc(tf) + stub_trap_len);
}
