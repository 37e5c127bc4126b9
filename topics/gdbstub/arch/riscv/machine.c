/* SPDX-License-Identifier: MIT */
/*
 * RISC-V for the kernel's GDB stub: x0 to x31 and the pc, as GDB numbers them.
 *
 * S-mode has no trap after one instruction.  So the address of the next
 * instruction is computed from the frame, which contains all registers that a
 * jump depends on, and a breakpoint is put there (The RISC-V Instruction Set
 * Manual, volume I, chapters 2 and 16).
 */
#include <arch/csr.h>
#include <topics/gdbstub/gdbstub.h>
#include <topics/events/arch/riscv/insn.h>
#include <kernel/current.h>
#include <kernel/sched/sched.h>
#include <lib/mem.h>

#define NR_PC	32

const unsigned stub_registers = 33;

static bool step_irqs[MAX_CPUS];	/* [that CPU] saved interrupt flag */
static unsigned long step_sie;		/* [owner] saved sie, in a user step */

/* Read a register from a frame, which stores the pc first, in place of x0. */
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

extern const char stub_trap_here[];
extern const char trap_vector[], trap_vector_end[];	/* trap.S */

__noinline void stub_trap(void)
{
	__asm__ volatile(".globl stub_trap_here\n"
			 "stub_trap_here:\n\t"
			 "c.ebreak" ::: "memory");
}

/* ---- the next instruction ------------------------------------------------ */

static unsigned length(u32 i)
{
	return insn_length((u16)i);
}

/* Fetch an instruction of the kernel or of the current task's program. */
static bool gdb_fetch(unsigned long pc, u32 *i)
{
	u16 half[2] = { 0 };
	u8 code[TEXT_INSN_MAX];

	if (pc >= USER_TOP && text_probe && text_probe(pc, code)) {
		memcpy(half, code, length(code[0]));
		*i = half[0] | (u32)half[1] << 16;
		return true;
	}
	if (stub_read(current, pc, half, 2) < 2 ||
	    (length(half[0]) == 4 &&
	     stub_read(current, pc + 2, half + 1, 2) < 2))
		return false;
	*i = half[0] | (u32)half[1] << 16;
	return true;
}

static unsigned long after(const struct trapframe *tf, u32 i)
{
	return length(i) == 4 ? insn_after_full(tf, i) :
		insn_after_short(tf, i);
}

/* ---- lr and sc ----------------------------------------------------------- */

#define ATOMIC_KIND(i)	((i) & 0xf800007f)
#define LR		0x1000002f
#define SC		0x1800002f
#define SEQUENCE_MAX	64		/* bytes, as volume I, 13.3 says */

/* True if the instructions i and j have the same address register and width. */
static bool gdb_is_lr_sc_pair(u32 i, u32 j)
{
	return !((i ^ j) & 0x000ff000);
}

/* Find the lr that belongs to the sc at pc.  Return: its address; 0: none. */
static unsigned long lr_before(unsigned long pc, u32 sc)
{
	u32 i;

	for (unsigned long at = pc - 4; pc - at <= SEQUENCE_MAX; at -= 2)
		if (gdb_fetch(at, &i) && ATOMIC_KIND(i) == LR &&
		    gdb_is_lr_sc_pair(i, sc))
			return at;
	return 0;
}

/*
 * Step over a sequence from lr to sc, in one step, because a trap between the
 * two breaks the reservation.  The step leads from the lr to the instruction
 * after the sc, or to the target of a branch out of the sequence.
 */
static bool step_sequence(struct trapframe *tf, u32 i)
{
	unsigned long lr = tf_pc(tf), at;
	u32 first = i;

	if (ATOMIC_KIND(i) == SC)
		lr = lr_before(lr, i);
	else if (ATOMIC_KIND(i) != LR)
		return false;
	for (at = lr; lr && at - lr < SEQUENCE_MAX; at += length(i)) {
		if (!gdb_fetch(at, &i))
			return false;
		if (ATOMIC_KIND(i) == SC && gdb_is_lr_sc_pair(i, first))
			break;
	}
	if (!lr || at - lr >= SEQUENCE_MAX || !stub_set_step(at + 4))
		return false;
	for (unsigned long b = lr; b < at && gdb_fetch(b, &i); b += length(i)) {
		struct trapframe taken = *tf, not = *tf;
		unsigned long to;

		tf_set_pc(&taken, b);
		tf_set_pc(&not, b);
		if ((i & 0x7f) == 0x63)	/* beq, bne: both ways */
			to = after(&taken, i ^ 0x1000) == b + 4 ?
				after(&not, i) : after(&taken, i ^ 0x1000);
		else if ((i & 0xc003) == 0xc001 && length(i) == 2)
			to = after(&taken, i ^ 0x2000) == b + 2 ?
				after(&not, i) : after(&taken, i ^ 0x2000);
		else
			continue;
		if (to < lr || to > at)
			stub_set_step(to);
	}
	tf_set_pc(tf, lr);
	return true;
}

/*
 * True if pc is in the trap vector, where no trap is allowed: it would
 * overwrite what the vector has just saved in scratch registers.
 */
static bool gdb_in_vector(unsigned long pc)
{
	return pc >= (unsigned long)trap_vector &&
		pc < (unsigned long)trap_vector_end;
}

unsigned stub_call_len(const struct trapframe *tf)
{
	u32 i;

	return tf_user(tf) && gdb_fetch(tf_pc(tf), &i) && i == 0x73 ? 4 : 0;
}

bool stub_step(struct trapframe *tf)
{
	bool *irqs = &step_irqs[cpu_self()->id];
	unsigned long next;
	u32 i;

	if (!gdb_fetch(tf_pc(tf), &i))
		return false;
	if (!step_sequence(tf, i)) {
		next = after(tf, i);
		if ((next < USER_TOP) != tf_user(tf) || gdb_in_vector(next) ||
		    !stub_set_step(next)) {
			stub_clear_steps();
			return false;
		}
	}
	*irqs = !tf_user(tf) && tf_irqs_on(tf);
	if (*irqs)
		tf_mask_irqs(tf);
	step_sie = tf_user(tf) ? csr_read(sie) : 0;
	if (step_sie)
		csr_write(sie, 0);
	return true;
}

void stub_restore_irqs(struct trapframe *tf)
{
	bool *irqs = &step_irqs[cpu_self()->id];

	if (*irqs)
		tf_unmask_irqs(tf);
	if (step_sie)
		csr_write(sie, step_sie);
	*irqs = false;
	step_sie = 0;
}

void stub_end_step(struct trapframe *tf, bool stepped)
{
	stub_clear_steps();
	if (stepped)
		stub_restore_irqs(tf);
	step_irqs[cpu_self()->id] = false;
	if (tf_pc(tf) == (unsigned long)stub_trap_here)
		tf_set_pc(tf, tf_pc(tf) + text_trap_len);
}
