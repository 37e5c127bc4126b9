/* SPDX-License-Identifier: MIT */
/*
 * Registers as debuggers see them (rows B6, B7): the first 34 words of the
 * frame are Linux's user_pt_regs; the float registers are user_fpsimd_state.
 * A step is made by the machine (Arm Architecture Reference Manual, D2.12):
 * PSTATE.SS of a frame asks for one instruction, and MDSCR_EL1.SS, which belongs
 * to the task, for a trap before the next.
 */
#include <arch/machine.h>
#include <arch/uabi.h>
#include <topics/debugger/uapi.h>
#include <topics/debugger/regset.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <uapi/errno.h>

#define NT_ARM_TLS		0x401
#define NT_ARM_HW_BREAK		0x402
#define NT_ARM_HW_WATCH		0x403
#define NT_ARM_SYSTEM_CALL	0x404	/* the number; -1: in no call */
#define WORDS		34		/* x0 to x30, sp, pc, pstate */
#define FLOAT_SIZE	(32 * 16 + 16)	/* v0 to v31, fpsr, fpcr, padding */

#define DEBUG_SLOTS	16
#define DEBUG_SIZE	(8 + DEBUG_SLOTS * 16)

/* Linux's user_hwdebug_state. */
struct user_debug {
	u8 slots, version;
	u16 pad[3];
	struct user_point {
		u64 at;
		u32 control, pad;
	} point[DEBUG_SLOTS];
};

struct user_float {
	u64 v[32][2];
	u32 fpsr, fpcr, pad[2];
};

static const struct arch_regset sets[] = {
	{ NT_PRSTATUS, WORDS * 8, 8 },
	{ NT_PRFPREG, FLOAT_SIZE, 4 },
	{ NT_ARM_TLS, 8, 8 },
	{ NT_ARM_HW_BREAK, DEBUG_SIZE, 4 },
	{ NT_ARM_HW_WATCH, DEBUG_SIZE, 4 },
	{ NT_ARM_SYSTEM_CALL, 4, 4 },
	{ 0, 0, 0 },
};

_Static_assert(sizeof(struct user_float) == FLOAT_SIZE &&
	       FLOAT_SIZE <= ARCH_REGSET_MAX &&
	       sizeof(struct user_debug) == DEBUG_SIZE, "sizes of the ABI");

const struct arch_regset *arch_regsets(const struct task *t)
{
	return sets;
}

/* ---- breakpoints and watchpoints ----------------------------------------- */

static enum debug_kind debug_kind_of(const struct arch_regset *r)
{
	return r->note == NT_ARM_HW_BREAK ? DEBUG_BREAK : DEBUG_WATCH;
}

static void get_debug(const struct task *t, enum debug_kind kind,
		      struct user_debug *d)
{
	d->slots = (u8)debug_count(kind);
	d->version = (u8)(read_sysreg(id_aa64dfr0_el1) & 0xf);
	for (unsigned i = 0; i < d->slots; i++)
		d->point[i] = (struct user_point){
			.at = t->arch.debug[kind][i].at,
			.control = t->arch.debug[kind][i].control };
}

/*
 * Check what a debugger asks for.  The bytes that are watched may begin behind
 * the address; *p begins with them, as on Linux.
 * Return: 0, -EINVAL.
 */
static int debug_parse(enum debug_kind kind, const struct user_point *from,
		       struct debug_point *p)
{
	u32 how = from->control >> DEBUG_HOW_SHIFT & 3;
	u32 bytes = from->control >> DEBUG_BYTES_SHIFT & 0xff, first;

	*p = (struct debug_point){ from->at, from->control &
				   ~(u32)DEBUG_ON };
	if (!(from->control & DEBUG_ON))
		return 0;
	if (!bytes || (kind == DEBUG_BREAK) != !how)
		return -EINVAL;
	first = (u32)__builtin_ctz(bytes);
	bytes >>= first;
	/* from 1 to 8 bytes in a row; an instruction has 4 */
	if (bytes & (bytes + 1) || (kind == DEBUG_BREAK && bytes != 0xf))
		return -EINVAL;
	p->at += first;
	if (p->at >= USER_TOP - 8)
		return -EINVAL;
	bytes <<= p->at & (kind == DEBUG_BREAK ? 3 : 7);
	p->control = DEBUG_ON | DEBUG_EL0 | how << DEBUG_HOW_SHIFT |
		(bytes & 0xff) << DEBUG_BYTES_SHIFT;
	return 0;
}

static bool debug_is_on(const struct task *t)
{
	for (unsigned kind = 0; kind < DEBUG_KINDS; kind++)
		for (unsigned i = 0; i < DEBUG_MAX; i++)
			if (t->arch.debug[kind][i].control & DEBUG_ON)
				return true;
	return false;
}

/* What has not changed stays as it is.  Slots that the CPU lacks must be 0. */
static int set_debug(struct task *t, enum debug_kind kind,
		     const struct user_debug *d)
{
	struct debug_point new[DEBUG_MAX];
	unsigned n = debug_count(kind);

	for (unsigned i = 0; i < DEBUG_SLOTS; i++) {
		const struct user_point *u = &d->point[i];

		if (i >= n) {
			if (u->at || u->control)
				return -ENOSPC;
			continue;
		}
		new[i] = t->arch.debug[kind][i];
		if ((u->at != new[i].at || u->control != new[i].control) &&
		    debug_parse(kind, u, &new[i]))
			return -EINVAL;
	}
	memcpy(t->arch.debug[kind], new, n * sizeof(new[0]));
	t->arch.mdscr &= ~(u32)MDSCR_MDE;
	if (debug_is_on(t))
		t->arch.mdscr |= MDSCR_MDE;
	return 0;
}

/* ---- sets ---------------------------------------------------------------- */

/*
 * Read a set.  The task is off every CPU, so its float registers and its thread
 * pointer have been saved.
 */
void arch_regset_get(struct task *t, const struct arch_regset *r, void *buf)
{
	const struct trapframe *tf = current_trapframe(t->kstack);
	struct user_float *floats = buf;
	u64 *words = buf;

	memset(buf, 0, r->size);
	switch (r->note) {
	case NT_PRSTATUS:
		memcpy(buf, tf, r->size);
		words[WORDS - 1] &= ~(u64)PSTATE_SS;
		break;
	case NT_ARM_TLS:
		*words = t->arch.tls;
		break;
	case NT_ARM_HW_BREAK:
	case NT_ARM_HW_WATCH:
		get_debug(t, debug_kind_of(r), buf);
		break;
	case NT_ARM_SYSTEM_CALL:
		*(u32 *)buf = tf_is_syscall(tf) ? (u32)tf_nr(tf) : ~0u;
		break;
	default:
		if (!t->arch.fpu_used)
			break;
		memcpy(floats->v, t->arch.fpu.v, sizeof(floats->v));
		floats->fpsr = t->arch.fpu.fpsr;
		floats->fpcr = t->arch.fpu.fpcr;
	}
}

static int set_words(struct task *t, const u64 *words)
{
	struct trapframe *tf = current_trapframe(t->kstack);

	if (!pstate_is_user(words[WORDS - 1]))
		return -EINVAL;
	memcpy(tf, words, WORDS * 8);
	tf->pstate &= PSTATE_USER;
	/* reload all registers on return to user mode */
	task_set_ast(t, AST_WORK);
	return 0;
}

int arch_regset_set(struct task *t, const struct arch_regset *r,
		    const void *buf)
{
	struct trapframe *tf = current_trapframe(t->kstack);
	const struct user_float *floats = buf;

	switch (r->note) {
	case NT_PRSTATUS:
		return set_words(t, buf);
	case NT_ARM_TLS:
		memcpy(&t->arch.tls, buf, r->size);
		break;
	case NT_ARM_HW_BREAK:
	case NT_ARM_HW_WATCH:
		return set_debug(t, debug_kind_of(r), buf);
	case NT_ARM_SYSTEM_CALL:
		if (tf_is_syscall(tf))
			tf->esr = (unsigned long)*(const s32 *)buf;
		break;
	default:
		memcpy(t->arch.fpu.v, floats->v, sizeof(floats->v));
		t->arch.fpu.fpsr = floats->fpsr;
		t->arch.fpu.fpcr = floats->fpcr;
		/* no CPU holds this state: the next switch or use loads it */
		t->arch.fpu_cpu = NULL;
		t->arch.fpu_used = true;
	}
	return 0;
}

void arch_regs_sync(void)
{
	fpu_sync();
	current->arch.tls = read_sysreg(tpidr_el0);
}

bool arch_single_step(struct task *t, bool on)
{
	struct trapframe *tf = current_trapframe(t->kstack);
	enum ipl level = preempt_disable();

	tf->pstate = on ? tf->pstate | PSTATE_SS :
		tf->pstate & ~(unsigned long)PSTATE_SS;
	t->arch.mdscr = (t->arch.mdscr & MDSCR_MDE) | (on ? MDSCR_SS : 0);
	if (t == current)
		write_sysreg(mdscr_el1, t->arch.mdscr);
	preempt_enable(level);
	return true;
}
