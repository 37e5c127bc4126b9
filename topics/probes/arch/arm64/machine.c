/* SPDX-License-Identifier: MIT */
/*
 * arm64 for probes: instructions that depend on the pc are emulated instead of
 * being stepped (Arm Architecture Reference Manual, C4.1 and C6.2).
 */
#include <arch/trap.h>
#include <topics/probes/kprobe.h>
#include <topics/events/arch/arm64/insn.h>
#include <lib/mem.h>

#define ARGUMENTS	8		/* passed in registers */

__asm__(".pushsection .text\n"
	".globl kprobe_trampoline\n"
	".balign 4\n"
	"kprobe_returns:\n\t"
	"nop\n"			/* a backtrace looks at pc - 1 */
	"kprobe_trampoline:\n\t"
	"brk #0\n"
	".popsection");

const char *const kprobe_machine_names[] = {
	"trap_vectors", "trap_dispatch", "user_sync", "user_fault",
	"user_interrupt", "user_unexpected", "exit_*", "restore_*",
	"serve_asts", "kernel_sync", "kernel_interrupt", "trap_return",
	"stack_overflow", "unexpected", NULL,
};

/*
 * Refuse instructions that depend on interrupts or change them, that trap, and
 * loads from near the pc.
 */
bool kprobe_can_move(const u8 *code)
{
	u32 i = kprobe_word(code);

	return (!INSN_IS(i, INSN_SYSTEM) || i == INSN_NOP) && i != INSN_ERET &&
		!INSN_IS(i, INSN_LITERAL) && i;
}

int kprobe_pairs(const u8 *code)
{
	return insn_exclusive(kprobe_word(code));
}

bool kprobe_simulate(struct trapframe *tf, const u8 *code, unsigned len)
{
	u32 i = kprobe_word(code);
	unsigned long pc = tf_pc(tf), next = insn_after(tf, i);
	bool jump = INSN_IS(i, INSN_B) || INSN_IS(i, INSN_BR);
	long way = insn_signed(i, 5, 19) * 4 + insn_bits(i, 29, 2);

	if (INSN_IS(i, INSN_ADR)) {
		if (i >> 31)		/* adrp counts pages */
			pc = (pc & PAGE_MASK) - (unsigned long)way +
				(unsigned long)way * PAGE_SIZE;
		if ((i & 31) < REG_COUNT)
			tf->regs[i & 31] = pc + (unsigned long)way;
	} else if (!jump && !INSN_IS(i, INSN_B_COND) && !INSN_IS(i, INSN_CBZ) &&
		   !INSN_IS(i, INSN_TBZ)) {
		return false;
	}
	/* bl, blr */
	if (jump && (INSN_IS(i, INSN_B) ? i >> 31 : i >> 21 & 1))
		tf->regs[REG_LR] = pc + len;
	tf_set_pc(tf, next);
	return true;
}

/*
 * Return false: a debugger steps the kernel by a breakpoint on the next
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

enum { SP = REG_COUNT, PC, PSTATE };

int kprobe_register(const char *name)
{
	static const char others[][7] = { "sp", "pc", "pstate" };
	unsigned long n;

	for (int i = 0; i < (int)ARRAY_SIZE(others); i++)
		if (!strcmp(others[i], name))
			return SP + i;
	if (name[0] != 'x' || (name[1] == '0' && name[2]) ||
	    fetch_number(name + 1, &n) || n >= REG_COUNT)
		return -1;
	return (int)n;
}

unsigned long kprobe_get(const struct trapframe *tf, unsigned nr)
{
	return nr == SP ? tf->sp : nr == PC ? tf->pc :
		nr == PSTATE ? tf->pstate : tf->regs[nr];
}

unsigned long kprobe_argument(const struct trapframe *tf, unsigned n)
{
	unsigned long v = 0;

	if (n < ARGUMENTS)
		return tf->regs[n];
	place_read(tf_sp(tf) + (n - ARGUMENTS) * sizeof(v), &v, sizeof(v),
		   false);
	return v;
}

unsigned long kprobe_result(const struct trapframe *tf)
{
	return tf->regs[0];
}

unsigned long kprobe_exchange(struct trapframe *tf, unsigned long to)
{
	unsigned long old = tf->regs[REG_LR];

	tf->regs[REG_LR] = to;
	return old;
}

void kprobe_return_to(struct trapframe *tf, unsigned long to)
{
	tf->regs[REG_LR] = to;
	tf_set_pc(tf, to);
}

unsigned long kprobe_call_sp(const struct trapframe *tf, bool returned)
{
	return tf_sp(tf);
}
