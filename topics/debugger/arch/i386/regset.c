/* SPDX-License-Identifier: MIT */
/*
 * Registers as debuggers see them (rows B6, B7): Linux's user_regs_struct, both
 * layouts of the FPU state, TLS slots, and single steps by the trap flag.
 * Values written are not trusted: only flags and selectors allowed in user mode
 * are accepted.
 */
#include <arch/fpu.h>
#include <arch/i386.h>
#include <arch/uabi.h>
#include <topics/debugger/uapi.h>
#include <topics/debugger/regset.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <uapi/errno.h>

struct user_regs {
	u32 ebx, ecx, edx, esi, edi, ebp, eax, ds, es, fs, gs, orig_eax, eip,
	    cs, eflags, esp, ss;
};

#define FSAVE_SIZE	108

static const struct arch_regset sets[] = {
	{ NT_PRSTATUS, sizeof(struct user_regs), 4 },
	{ NT_PRFPREG, FSAVE_SIZE, 4 },
	{ NT_PRXFPREG, sizeof(struct fxsave), 4 },
	{ NT_386_TLS, GDT_TLS_SLOTS * sizeof(struct uabi_user_desc),
	  sizeof(struct uabi_user_desc) },
	{ 0, 0, 0 },
};

/* ---- general registers --------------------------------------------------- */

static void get_regs(const struct task *t, struct user_regs *r)
{
	const struct trapframe *tf = current_trapframe(t->kstack);

	*r = (struct user_regs){
		.ebx = tf->ebx, .ecx = tf->ecx, .edx = tf->edx,
		.esi = tf->esi, .edi = tf->edi, .ebp = tf->ebp,
		.eax = tf->eax, .ds = tf->ds & 0xffff, .es = tf->es & 0xffff,
		.fs = tf->fs & 0xffff, .gs = t->arch.gs,
		.orig_eax = tf_is_syscall(tf) ? tf->err : ~0u,
		.eip = tf->eip, .cs = tf->cs & 0xffff, .eflags = tf->eflags,
		.esp = tf->esp, .ss = tf->ss & 0xffff,
	};
	if (t->arch.stepped)
		r->eflags &= ~(u32)EFLAGS_TF;
}

/*
 * True for a user-mode or null selector.  Other errors are found when the
 * selector is loaded.
 */
static bool selector_ok(u32 sel)
{
	sel &= 0xffff;
	return !sel || (sel & 3) == 3;
}

/*
 * Set orig_eax.  An unfinished system call can only be restarted if orig_eax is
 * not negative.
 */
static void set_orig(struct trapframe *tf, u32 orig)
{
	tf->err = orig;
	if ((s32)orig < 0)
		tf_end_syscall(tf);
	else
		tf->vector = VECTOR_SYSCALL;
}

static int set_regs(struct task *t, const struct user_regs *r)
{
	struct trapframe *tf = current_trapframe(t->kstack);
	u32 flags = r->eflags & EFLAGS_USER;

	if (!selector_ok(r->ds) || !selector_ok(r->es) ||
	    !selector_ok(r->fs) || !selector_ok(r->gs) ||
	    !selector_ok(r->cs) || !selector_ok(r->ss) ||
	    !(r->cs & 0xffff) || !(r->ss & 0xffff))
		return -EIO;
	if (flags & EFLAGS_TF)
		/* now the flag is the program's own */
		t->arch.stepped = false;
	else if (t->arch.stepped)
		flags |= EFLAGS_TF;
	tf->ebx = r->ebx;
	tf->ecx = r->ecx;
	tf->edx = r->edx;
	tf->esi = r->esi;
	tf->edi = r->edi;
	tf->ebp = r->ebp;
	tf->eax = r->eax;
	tf->ds = r->ds & 0xffff;
	tf->es = r->es & 0xffff;
	tf->fs = r->fs & 0xffff;
	t->arch.gs = (u16)r->gs;
	tf->eip = r->eip;
	tf->cs = r->cs & 0xffff;
	tf->eflags = flags | EFLAGS_IF | EFLAGS_FIXED;
	tf->esp = r->esp;
	tf->ss = r->ss & 0xffff;
	set_orig(tf, r->orig_eax);
	return 0;
}

/* ---- the float unit, TLS ------------------------------------------------- */

static void get_fsave(const struct task *t, void *buf)
{
	struct uabi_fpstate fp;

	memset(&fp, 0, sizeof(fp));
	fpu_to_fsave(&fp, &t->arch.fpu);
	memcpy(buf, &fp, FSAVE_SIZE);
}

static void set_fsave(struct task *t, const void *buf)
{
	struct uabi_fpstate fp;

	memset(&fp, 0, sizeof(fp));
	fp.fx = t->arch.fpu;
	memcpy(&fp, buf, FSAVE_SIZE);
	fpu_from_fsave(&fp);
	t->arch.fpu = fp.fx;
}

static void get_tls(const struct task *t, struct uabi_user_desc *u)
{
	for (int i = 0; i < GDT_TLS_SLOTS; i++)
		tls_get(t, i, &u[i]);
}

static int set_tls(struct task *t, const struct uabi_user_desc *u)
{
	int err = 0;

	for (int i = 0; i < GDT_TLS_SLOTS && !err; i++)
		err = tls_set(t, i, &u[i]);
	return err;
}

/* ---- the contract -------------------------------------------------------- */

const struct arch_regset *arch_regsets(const struct task *t __unused)
{
	return sets;
}

void arch_regset_get(struct task *t, const struct arch_regset *r, void *buf)
{
	switch (r->note) {
	case NT_PRSTATUS:
		get_regs(t, buf);
		break;
	case NT_PRFPREG:
		get_fsave(t, buf);
		break;
	case NT_PRXFPREG:
		memcpy(buf, &t->arch.fpu, sizeof(t->arch.fpu));
		break;
	default:
		get_tls(t, buf);
	}
}

int arch_regset_set(struct task *t, const struct arch_regset *r,
		    const void *buf)
{
	switch (r->note) {
	case NT_PRSTATUS:
		return set_regs(t, buf);
	case NT_PRFPREG:
		set_fsave(t, buf);
		return 0;
	case NT_PRXFPREG:
		memcpy(&t->arch.fpu, buf, sizeof(t->arch.fpu));
		t->arch.fpu.mxcsr &= fpu_mxcsr_mask;
		return 0;
	}
	return set_tls(t, buf);
}

void arch_regs_sync(void)
{
	struct task *t = current;
	enum ipl level = preempt_disable();

	fpu_save(&t->arch.fpu);
	t->arch.gs = (u16)read_segment(gs);
	preempt_enable(level);
}

/*
 * Set or clear the trap flag.  If the program has set it itself, leave it
 * alone.
 */
bool arch_single_step(struct task *t, bool on)
{
	struct trapframe *tf = current_trapframe(t->kstack);

	if (on && !(tf->eflags & EFLAGS_TF)) {
		tf->eflags |= EFLAGS_TF;
		t->arch.stepped = true;
	} else if (!on && t->arch.stepped) {
		tf->eflags &= ~(u32)EFLAGS_TF;
		t->arch.stepped = false;
	}
	return true;
}
