/* SPDX-License-Identifier: MIT */
/*
 * i386 for the kernel's GDB stub: eax, ecx, edx, ebx, esp, ebp, esi, edi, eip,
 * eflags, cs, ss, ds, es, fs, gs, as GDB numbers them (Intel's manual, volume
 * 3, 17.3.1.4 on the trap flag).
 */
#include <arch/i386.h>
#include <arch/x86.h>
#include <ext/gdbstub/gdbstub.h>
#include <kernel/current.h>
#include <kernel/sched.h>

enum { EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, EIP, EFLAGS, CS, SS, DS, ES, FS,
	GS };

const unsigned stub_registers = 16;

static bool step_irqs[MAX_CPUS];	/* [that CPU] the frame let them in */

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

/* What the processor pushed ends below the stack that was interrupted. */
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

/* arch_switch has pushed edi, esi, ebx, ebp onto the stack. */
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

/* int 0x80; behind sysenter its caller does not go on. */
unsigned stub_call_len(const struct trapframe *tf)
{
	u8 code[2];

	return tf_user(tf) && stub_read(current, tf->eip, code, 2) == 2 &&
		code[0] == 0xcd && code[1] == 0x80 ? 2 : 0;
}

bool stub_step(struct trapframe *tf, bool alone __unused)
{
	step_irqs[cpu_self()->id] = tf_irqs_on(tf);
	tf_mask_irqs(tf);
	tf->eflags |= EFLAGS_TF;
	return true;
}

void stub_let_in(struct trapframe *tf)
{
	bool *irqs = &step_irqs[cpu_self()->id];

	if (*irqs)
		tf_unmask_irqs(tf);
	*irqs = false;
}

void stub_arrived(struct trapframe *tf, bool stepped)
{
	tf->eflags &= ~(u32)EFLAGS_TF;
	if (stepped)
		stub_let_in(tf);
	step_irqs[cpu_self()->id] = false;
}

/* ---- accesses ------------------------------------------------------------ */

#define WIDE	128		/* what the x87 unit and its like store, or more */

/* Operation codes behind 0x0f. */
static struct stub_access second(u8 op, unsigned word)
{
	switch (op) {
	case 0x90 ... 0x9f:			/* setcc */
		return (struct stub_access){ .size = 1 };
	case 0xa3: case 0xab: case 0xb3: case 0xbb: case 0xba: /* bit tests */
	case 0xa4: case 0xa5: case 0xac: case 0xad:	/* shld, shrd */
	case 0xb1: case 0xc1:			/* cmpxchg, xadd */
		return (struct stub_access){ .size = word, .reads = true };
	case 0xb0: case 0xc0: case 0xb6: case 0xbe:
		return (struct stub_access){ .size = 1, .reads = true };
	case 0xb7: case 0xbf:
		return (struct stub_access){ .size = 2, .reads = true };
	case 0xc7:				/* cmpxchg8b */
		return (struct stub_access){ .size = 8, .reads = true };
	case 0x40 ... 0x4f: case 0xaf:
		return (struct stub_access){ .size = word, .reads = true };
	}
	return (struct stub_access){ .size = 4 * WIDE };
}

/* Those of one byte; bit 0 of most says whether they are of words. */
static struct stub_access first(u8 op, u8 modrm, unsigned word)
{
	bool moves = false;

	switch (op) {
	case 0x50 ... 0x5f: case 0x68: case 0x6a: case 0xe8: case 0x8f:
	case 0x9c: case 0x9d: case 0xc2: case 0xc3:
		return (struct stub_access){ .size = word };
	case 0x60: case 0x61:			/* pusha, popa */
		return (struct stub_access){ .size = 8 * word };
	case 0xd8 ... 0xdf:
		return (struct stub_access){ .size = WIDE };
	case 0x8c:
		return (struct stub_access){ .size = 2 };
	case 0x88: case 0x89: case 0xa2 ... 0xa5: case 0xaa: case 0xab:
	case 0xc6: case 0xc7: case 0x6c: case 0x6d:
		moves = true;
		break;
	case 0xff:
		moves = (modrm >> 3 & 7) == 6 || (modrm >> 3 & 7) == 2;
	}
	return (struct stub_access){ .size = op & 1 ? word : 1,
				     .reads = !moves };
}

struct stub_access stub_access(const struct trapframe *tf)
{
	unsigned word = 4;
	u8 code[15] = { 0 };
	size_t i = 0, n = stub_read(current, tf->eip, code, sizeof(code));

	if (text_probe && n == sizeof(code))
		text_probe(tf->eip, code);
	for (; i < n; i++) {
		switch (code[i]) {
		case 0x66:
			word = 2;
			continue;
		case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64:
		case 0x65: case 0x67: case 0xf0: case 0xf2: case 0xf3:
			continue;
		}
		break;
	}
	if (i + 1 >= n)
		return (struct stub_access){ .size = WIDE };
	return code[i] == 0x0f ? second(code[i + 1], word) :
		first(code[i], code[i + 1], word);
}

struct table {
	u16 limit;
	u32 base;
} __attribute__((packed));

bool stub_keeps_machine(unsigned long at, unsigned long n)
{
	struct table idt;

	__asm__ volatile("sidt %0" : "=m"(idt));
	return stub_overlap(at, n, (void *)idt.base, idt.limit + 1u) ||
		stub_overlap(at, n, i386_cpus, sizeof(i386_cpus));
}
