/* SPDX-License-Identifier: MIT */
/*
 * Descriptor tables and the processor's exceptions (rows B1, B2, B7): the
 * meaning of each for portable code, with the signal that Linux sends.  A fault
 * of the kernel at an instruction with an exception-table entry continues at
 * its fixup; double faults run on their own stack through a task gate.
 */
#define LOG_PREFIX "cpu"
#include <arch/i386.h>
#include <kernel/current.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/check.h>
#include <lt/ksym.h>
#include <lt/log.h>
#include <uapi/signal.h>

struct table_register {
	u16 limit;
	u32 base;
} __attribute__((packed));

#define TSS_LIMIT	(sizeof(struct tss) - 1)
#define GATE_INTERRUPT	0x8e00
#define GATE_TASK	0x8500
#define GATE_USER	0x6000		/* DPL 3: user mode may use it */
#define DESC_TSS(p)	(0x0000890000000000ull | TSS_LIMIT | \
			 ((u64)((u32)(p) & 0xffffff) << 16) | \
			 ((u64)((u32)(p) >> 24) << 56))

/* The segment that fs selects in the kernel: exactly struct i386_cpu. */
#define DESC_PERCPU(p)	(0x0040930000000000ull | (sizeof(*(p)) - 1) | \
			 ((u64)((u32)(p) & 0xffffff) << 16) | \
			 ((u64)((u32)(p) >> 24) << 56))

/* Flat, 4 GiB. */
#define DESC_KERNEL_CODE 0x00cf9b000000ffffull
#define DESC_KERNEL_DATA 0x00cf93000000ffffull
#define DESC_USER_CODE	0x00cffb000000ffffull
#define DESC_USER_DATA	0x00cff3000000ffffull

bool (*i386_other_int)(struct trapframe *tf);
static u64 idt[256] __aligned(16);	/* const after trap_init; shared by
					   all CPUs */

/* The signal for each exception in user mode; code as in siginfo_t. */
static const struct {
	const char *name;
	u8 signo;
	u8 code;
} exceptions[32] = {
	[0] = { "divide error", SIGFPE, FPE_INTDIV },
	[1] = { "debug exception", SIGTRAP, TRAP_TRACE },
	[2] = { "non-maskable interrupt", 0, 0 },
	[3] = { "breakpoint", SIGTRAP, SI_KERNEL },
	[4] = { "overflow", SIGSEGV, SI_KERNEL },
	[5] = { "bound range exceeded", SIGSEGV, SI_KERNEL },
	[6] = { "invalid opcode", SIGILL, ILL_ILLOPN },
	[7] = { "device not available", SIGSEGV, SI_KERNEL },
	[9] = { "coprocessor segment overrun", SIGFPE, SI_KERNEL },
	[10] = { "invalid TSS", SIGSEGV, SI_KERNEL },
	[11] = { "segment not present", SIGBUS, SI_KERNEL },
	[12] = { "stack segment fault", SIGBUS, SI_KERNEL },
	[13] = { "general protection fault", SIGSEGV, SI_KERNEL },
	[VECTOR_IRET] = { "refused return to user mode", SIGILL, ILL_BADSTK },
	[16] = { "x87 floating-point exception", SIGFPE, 0 },
	[17] = { "alignment check", SIGBUS, BUS_ADRALN },
	[18] = { "machine check", 0, 0 },
	[19] = { "SIMD floating-point exception", SIGFPE, 0 },
};

static u64 make_gate(const void *entry, unsigned selector, unsigned flags)
{
	u32 at = (u32)entry;

	return (u64)(at & 0xffff0000) << 32 | (u64)flags << 32 |
		selector << 16 | (at & 0xffff);
}

/*
 * The TSS has no I/O bitmap: the bitmap's offset lies past the segment's limit,
 * so every access to a port by user mode faults.
 */
static __may_race void fill_tables(struct i386_cpu *c, unsigned id,
				   void *emergency_top)
{
	c->tss = (struct tss){
		.ss0 = KERNEL_DS, .iomap = sizeof(struct tss),
	};
	c->df_tss = (struct tss){
		.cr3 = read_cr(3), .eip = (u32)double_fault_entry,
		.eflags = EFLAGS_FIXED, .esp = (u32)emergency_top,
		.eax = id, .es = USER_DS, .ds = USER_DS, .cs = KERNEL_CS,
		.fs = KERNEL_FS, .ss = KERNEL_DS, .iomap = sizeof(struct tss),
	};
	c->gdt[KERNEL_FS / 8] = DESC_PERCPU(c);
	c->gdt[KERNEL_CS / 8] = DESC_KERNEL_CODE;
	c->gdt[KERNEL_DS / 8] = DESC_KERNEL_DATA;
	c->gdt[USER_CS / 8] = DESC_USER_CODE;
	c->gdt[USER_DS / 8] = DESC_USER_DATA;
	c->gdt[GDT_TSS] = DESC_TSS(&c->tss);
	c->gdt[GDT_DF_TSS] = DESC_TSS(&c->df_tss);
}

__may_race void trap_init_cpu(unsigned id, void *emergency_top)
{
	struct i386_cpu *c = &i386_cpus[id];
	struct table_register gdtr = { sizeof(c->gdt) - 1, (u32)c->gdt };
	struct table_register idtr = { sizeof(idt) - 1, (u32)idt };

	fill_tables(c, id, emergency_top);
	__asm__ volatile("lgdt %0\n\t"
			 "ljmp %2, $1f\n"
			 "1:\tmovl %3, %%ss\n\t"
			 "movl %4, %%ds\n\t"
			 "movl %4, %%es\n\t"
			 "movl %5, %%fs\n\t"
			 "movl %6, %%gs\n\t"
			 "lidt %1\n\t"
			 "lldt %w6\n\t"
			 "ltr %w7"
			 :: "m"(gdtr), "m"(idtr), "i"(KERNEL_CS),
			 "r"(KERNEL_DS), "r"(USER_DS), "r"(KERNEL_FS), "r"(0),
			 "r"(GDT_TSS * 8) : "memory");
}

void trap_init(void)
{
	for (unsigned i = 0; i < 256; i++)
		idt[i] = make_gate(vector_stubs + 16 * i, KERNEL_CS,
				   GATE_INTERRUPT);
	idt[3] |= (u64)GATE_USER << 32;
	idt[4] |= (u64)GATE_USER << 32;
	idt[VECTOR_DF] = make_gate(NULL, GDT_DF_TSS * 8, GATE_TASK);
	idt[VECTOR_PF] = make_gate(vector_page_fault, KERNEL_CS,
				   GATE_INTERRUPT);
	idt[VECTOR_SYSCALL] = make_gate(vector_syscall, KERNEL_CS,
					GATE_INTERRUPT | GATE_USER);
	trap_init_cpu(0, emergency_stack_top);
}

void trap_set_root(paddr_t root)
{
	i386_cpus[0].df_tss.cr3 = root;
}

/*
 * Return the si_code of an x87 exception that is flagged and not masked (volume
 * 1, 8.1.3).
 */
static int fpe_code(unsigned flags)
{
	if (flags & 0x01)
		return FPE_FLTINV;
	if (flags & 0x04)
		return FPE_FLTDIV;
	if (flags & 0x08)
		return FPE_FLTOVF;
	if (flags & 0x12)
		return FPE_FLTUND;
	if (flags & 0x20)
		return FPE_FLTRES;
	return 0;
}

static int x87_code(void)
{
	u16 status, control;

	__asm__ volatile("fnstsw %0" : "=m"(status));
	__asm__ volatile("fnstcw %0" : "=m"(control));
	return fpe_code(status & ~control & 0x3f);
}

static int simd_code(void)
{
	u32 mxcsr;

	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	return fpe_code(mxcsr & ~(mxcsr >> 7) & 0x3f);
}

/* Return the reasons for the debug exception, and clear them. */
static u32 debug_reasons(void)
{
	u32 dr6;

	__asm__ volatile("movl %%db6, %0" : "=r"(dr6));
	__asm__ volatile("movl %0, %%db6" :: "r"(DR6_CLEAR));
	return dr6 ^ DR6_CLEAR;
}

/*
 * Return which of current's debug registers were hit.  A disabled register may
 * report a hit, too.  A breakpoint reports its instruction before it is
 * executed, so RF lets it execute when the program continues; if a single step
 * has led to the breakpoint, the step is reported first.
 */
static u32 debug_hits(struct trapframe *tf, u32 why)
{
	u32 control = current->arch.debug.control, hits = 0;

	for (unsigned n = 0; n < 4; n++) {
		bool fetch = !(control >> DR7_KIND_SHIFT(n) & 3);

		if (!(why & 1u << n) || !(control & DR7_ON_OF(n)) ||
		    (fetch && why & DR6_STEP))
			continue;
		hits |= 1u << n;
		if (fetch)
			tf->eflags |= EFLAGS_RF;
	}
	return hits;
}

/*
 * Handle a debug exception in the kernel.  Kernel accesses to watched memory
 * are not reported, as on Linux.  If a step is also a hit, QEMU raises the
 * exception twice, the second time before the first handler has read the
 * reasons.  The second handler puts the reasons back, so that the first handler
 * finds all of them.
 * Return: the code of the signal, or 0: none.
 */
static int debug_kernel(struct trapframe *tf, u32 why)
{
	bool step = tf->eflags & EFLAGS_TF;

	if (why & DR6_HITS && !step) {
		if (tf->eip == (u32)vector_stubs + 16)
			__asm__ volatile("movl %0, %%db6"
					 :: "r"(why ^ DR6_CLEAR));
		return 0;
	}
	tf->eflags &= ~(u32)EFLAGS_TF;
	return why & DR6_STEP ? TRAP_TRACE : TRAP_BRKPT;
}

/*
 * Handle a debug exception in user mode.  A trap flag that the program set
 * itself stays set.
 * Return: the code of the signal, or 0: none.
 */
static int debug_user(struct trapframe *tf, u32 why)
{
	struct arch_task *a = &current->arch;

	a->debug.why = (why & DR6_STEP) | debug_hits(tf, why);
	if (why & DR6_STEP) {
		if (a->stepped)
			tf->eflags &= ~(u32)EFLAGS_TF;
		a->stepped = false;
		return TRAP_TRACE;
	}
	if (a->debug.why)
		return TRAP_HWBKPT;
	return why ? 0 : TRAP_BRKPT;
}

static void exception(struct trapframe *tf)
{
	unsigned v = tf->vector;
	const char *name = exceptions[v].name;
	int code = exceptions[v].code;
	uaddr_t at = tf->eip;

	if (v == 13 && i386_other_int && i386_other_int(tf))
		return;
	if (!name || !exceptions[v].signo)
		panic_trap(tf, "%s (vector %u)", name ? name : "exception", v);
	if (v == 1) {
		code = tf_user(tf) ? debug_user(tf, debug_reasons()) :
			debug_kernel(tf, debug_reasons());
		if (!code)
			return;
	}
	if (v == 16)
		code = x87_code();
	else if (v == 19)
		code = simd_code();
	if (code == SI_KERNEL || v == 17)
		at = 0;
	trap_fault(tf, exceptions[v].signo, code, at, name);
}

/* Handle every vector except the system call and the page fault. */
void i386_trap(struct trapframe *tf)
{
	unsigned long fixup;

	if (tf->vector >= 32) {
		irq_dispatch(tf);
		return;
	}
	if (!tf_user(tf)) {
		fixup = tf->vector == 1 ? 0 : exception_fixup(tf->eip);
		if (fixup) {
			tf->eip = fixup;
			return;
		}
	}
	exception(tf);
}

/*
 * Handle a page fault.  Bits of the error code: 1 write, 4 instruction fetch
 * (NX).
 */
void i386_page_fault(struct trapframe *tf, vaddr_t va)
{
	if (tf->err & 2)
		trap_page_fault(tf, va, FAULT_WRITE);
	else
		trap_page_fault(tf, va, tf->err >> 3 & FAULT_EXEC);
}

/*
 * Handle a fault during the push of an exception frame: the kernel stack has
 * run into its guard page.  The processor has stored the registers in the main
 * TSS.
 */
void i386_double_fault(unsigned id)
{
	const struct tss *t = &i386_cpus[id].tss;
	struct trapframe tf;

	tf = (struct trapframe){
		.fs = t->fs, .es = t->es, .ds = t->ds, .edi = t->edi, .esi = t->esi,
		.ebp = t->ebp, .ebx = t->ebx, .edx = t->edx, .ecx = t->ecx,
		.eax = t->eax, .vector = VECTOR_DF, .eip = t->eip,
		.cs = t->cs, .eflags = t->eflags, .esp = t->esp, .ss = t->ss,
	};
	trap_stack_overflow(&tf);
}

/*
 * Restart on the task's stack.  The processor is still in the double-fault
 * task, nested in the main task.
 */
void arch_stack_restart(void (*fn)(void))
{
	struct task *t = current;
	struct i386_cpu *c = i386_self();
	char *top = (char *)current_trapframe(t->kstack);

	write_cr(3, c->root);
	address_stack_reset(t->kstack);
	c->gdt[GDT_TSS] = DESC_TSS(&c->tss);	/* not busy */
	c->gdt[GDT_DF_TSS] = DESC_TSS(&c->df_tss);
	__asm__ volatile("ltr %w0" :: "r"(GDT_TSS * 8));
	__asm__ volatile("pushl %2\n\tpopfl\n\tmovl %0, %%esp\n\t"
			 "xorl %%ebp, %%ebp\n\tpushl $0\n\tjmp *%1"
			 :: "r"(top), "r"(fn), "i"(EFLAGS_FIXED) : "memory");
	__builtin_unreachable();
}

/* ---- for a panic --------------------------------------------------------- */

#define show(...) log_print(LOG_EMERG, LOG_PREFIX, __VA_ARGS__)

void arch_dump_regs(const struct trapframe *tf)
{
	/*
	 * a double fault's frame stores esp; any other frame of the kernel ends
	 * at the interrupted esp
	 */
	u32 esp = tf->vector == VECTOR_DF ? tf->esp : tf_sp(tf);

	show("eip %08x cs %02x eflags %08x vector %u error %x",
	     (unsigned)tf->eip, (unsigned)tf->cs & 0xffff,
	     (unsigned)tf->eflags, (unsigned)tf->vector, (unsigned)tf->err);
	show("eax %08x ebx %08x ecx %08x edx %08x", (unsigned)tf->eax,
	     (unsigned)tf->ebx, (unsigned)tf->ecx, (unsigned)tf->edx);
	show("esi %08x edi %08x ebp %08x esp %08x", (unsigned)tf->esi,
	     (unsigned)tf->edi, (unsigned)tf->ebp, (unsigned)esp);
	show("cr0 %08lx cr2 %08lx cr3 %08lx cr4 %08lx", read_cr(0),
	     read_cr(2), read_cr(3), read_cr(4));
	show("ds %02x es %02x fs %02x gs %02x ss %02x",
	     (unsigned)tf->ds & 0xffff, (unsigned)tf->es & 0xffff,
	     (unsigned)tf->fs & 0xffff, read_segment(gs),
	     tf_user(tf) ? (unsigned)tf->ss & 0xffff : KERNEL_DS);
}

/* ---- backtraces ---------------------------------------------------------- */

extern const char fault_return[];	/* like trap_return */

/* A trap's first C frame lies below the trapframe. */
__unwatched const struct trapframe *arch_trap_of(const unsigned long *record)
{
	const struct trapframe *tf = (const struct trapframe *)(record + 2);
	unsigned long pc = record[1];

	return (pc == (unsigned long)trap_return ||
		pc == (unsigned long)fault_return) && !tf_user(tf) ? tf : NULL;
}

static bool in_text(unsigned long at)
{
	return at >= (unsigned long)__text_start &&
		at < (unsigned long)__text_end;
}

/*
 * Return: true if the function has made its frame, by push %ebp; mov %esp,
 * %ebp, before pc.  The compiler may put other instructions between the two.
 */
static bool has_frame(unsigned long pc)
{
	uintptr_t offset = 0;
	bool pushed = false;
	const u8 *at;

	ksym_lookup(pc, &offset);
	for (at = (const u8 *)(pc - offset); at + 2 <= (const u8 *)pc; at++) {
		if (pushed && at[0] == 0x89 && at[1] == 0xe5)
			return true;
		pushed |= at[0] == 0x55;
	}
	return false;
}

/*
 * Return: true if a call instruction ends at pc: a call by offset, or one
 * through a register or memory.
 */
static bool follows_call(unsigned long pc)
{
	const u8 *p = (const u8 *)pc;

	if (!in_text(pc - 7) || !in_text(pc))
		return false;
	if (p[-5] == 0xe8)
		return true;
	for (int n = 2; n <= 7; n++)
		if (p[-n] == 0xff && (p[1 - n] & 0x38) == 0x10)
			return true;
	return false;
}

/*
 * If the function has no frame yet, or never makes one, ebp is the caller's, and
 * the first return address on the stack is the function's own.
 */
__unwatched unsigned long arch_report_interrupted(const struct trapframe *tf,
						  backtrace_fn fn)
{
	const unsigned long *sp = (const unsigned long *)tf_sp(tf);
	unsigned long fp = tf_fp(tf);

	fn(tf->eip, true);
	if (!in_text(tf->eip) || has_frame(tf->eip) ||
	    !backtrace_on_one_stack((unsigned long)sp, fp))
		return fp;
	for (; (unsigned long)sp < fp; sp++)
		if (follows_call(*sp)) {
			fn(*sp, false);
			break;
		}
	return fp;
}

/* arch_switch has pushed edi, esi and ebx below the saved ebp. */
unsigned long arch_task_fp(const struct task *t)
{
	const u32 *sp = (const u32 *)(unsigned long)t->arch.sp;

	if ((unsigned long)sp - (unsigned long)t->kstack >= KSTACK_SIZE - 16)
		return 0;
	return sp[3];
}
