/* SPDX-License-Identifier: MIT */
/*
 * i386 for the kernel's GDB stub: eax, ecx, edx, ebx, esp, ebp, esi, edi, eip,
 * eflags, cs, ss, ds, es, fs, gs, as GDB numbers them (Intel's manual, volume
 * 3, 17.3.1.4 on the trap flag).
 */
#include <arch/i386.h>
#include <arch/x86.h>
#include <topics/gdbstub/gdbstub.h>
#include <kernel/current.h>
#include <kernel/sched/sched.h>

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, EIP, EFLAGS, CS, SS, DS, ES, FS,
	GS };

const unsigned stub_registers = 16;

static bool step_irqs[MAX_CPUS];	/* [that CPU] saved interrupt flag */

static u32 *slot(struct trapframe *tf, unsigned nr)
{
	switch (nr) {
	case EAX: return &tf->eax;
	case ECX: return &tf->ecx;
	case EDX: return &tf->edx;
	case EBX: return &tf->ebx;
	case EBP: return &tf->ebp;
	case ESI: return &tf->esi;
	case EDI: return &tf->edi;
	case EIP: return &tf->eip;
	case EFLAGS: return &tf->eflags;
	case CS: return &tf->cs;
	case DS: return &tf->ds;
	case ES: return &tf->es;
	case FS: return &tf->fs;
	}
	return NULL;
}

/*
 * Read a register from a frame.  After a trap in the kernel, esp and ss are not
 * in the frame: the interrupted stack ends above the frame.
 */
static bool get_frame(struct trapframe *tf, unsigned nr, unsigned long *v)
{
	const u32 *s = slot(tf, nr);

	if (nr == ESP)
		*v = tf_sp(tf);
	else if (nr == SS)
		*v = tf_user(tf) ? tf->ss & 0xffff : KERNEL_DS;
	else if (s)
		*v = nr >= CS ? *s & 0xffff : *s;
	return nr == ESP || nr == SS || s;
}

/*
 * Read a register of a task that does not run: arch_switch has pushed edi, esi,
 * ebx, ebp onto its stack.
 */
static bool get_switched(const struct task *t, unsigned nr, unsigned long *v)
{
	static const u8 at[] = { [EDI] = 0, [ESI] = 1, [EBX] = 2, [EBP] = 3,
				 [EIP] = 4 };
	const u32 *sp = (const u32 *)(unsigned long)t->arch.sp;

	if (nr == ESP)
		*v = (unsigned long)(sp + 5);
	else if (nr == EDI || (nr < ARRAY_SIZE(at) && at[nr]))
		*v = sp[at[nr]];
	else
		return false;
	return true;
}

bool stub_get(const struct stub_thread *t, unsigned nr, unsigned long *v)
{
	if (t->frame)
		return get_frame(t->frame, nr, v);
	if (!t->pc)
		return get_switched(t->task, nr, v);
	*v = nr == EIP ? t->pc : t->fp;
	return nr == EIP || (nr == EBP && t->fp);
}

bool stub_set(struct trapframe *tf, unsigned nr, unsigned long v)
{
	u32 *s = slot(tf, nr);
	unsigned long old;

	if (s && nr < CS) {
		*s = (u32)v;
		return true;
	}
	return get_frame(tf, nr, &old) ? old == v : true;
}

bool stub_trap_fits(unsigned long at __unused, unsigned long len)
{
	return len == 1;
}

__noinline void stub_trap(void)
{
	__asm__ volatile("int3" ::: "memory");
}

/*
 * Return the length of int 0x80 at eip, or 0.  sysenter does not count: it does
 * not return to the instruction after it.
 */
unsigned stub_call_len(const struct trapframe *tf)
{
	u8 code[2];

	return tf_user(tf) && stub_read(current, tf->eip, code, 2) == 2 &&
		code[0] == 0xcd && code[1] == 0x80 ? 2 : 0;
}

bool stub_step(struct trapframe *tf)
{
	step_irqs[cpu_self()->id] = tf_irqs_on(tf);
	tf_mask_irqs(tf);
	tf->eflags |= EFLAGS_TF;
	return true;
}

void stub_restore_irqs(struct trapframe *tf)
{
	bool *irqs = &step_irqs[cpu_self()->id];

	if (*irqs)
		tf_unmask_irqs(tf);
	*irqs = false;
}

void stub_end_step(struct trapframe *tf, bool stepped)
{
	tf->eflags &= ~(u32)EFLAGS_TF;
	if (stepped)
		stub_restore_irqs(tf);
	step_irqs[cpu_self()->id] = false;
}
