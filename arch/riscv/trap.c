/* SPDX-License-Identifier: MIT */
/*
 * Classify the traps that the vector caught (rows B1, B2, B6) and hand them to
 * portable code.  System calls do not come here: trap.S calls trap_syscall()
 * itself.  Signals and codes are those of Linux on this machine.
 */
#include <arch/machine.h>
#include <kernel/current.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/bug.h>
#include <lt/log.h>

/* Enable the interrupt sources; the PLIC decides about device lines. */
void irq_init_cpu(void)
{
	csr_write(sie, SIE_TIMER | SIE_EXTERNAL | SIE_SOFT);
}

void arch_cpu_idle(void)
{
	/* wfi returns on a pending interrupt even while interrupts are off */
	__asm__ volatile("wfi" ::: "memory");
}

static void riscv_interrupt(struct trapframe *tf)
{
	switch (tf->cause & ~CAUSE_INTERRUPT) {
	case IRQ_S_TIMER:
		trap_interrupt(tf, IRQ_TIMER);
		break;
	case IRQ_S_EXTERNAL:
		trap_interrupt(tf, IRQ_DEVICE);
		break;
	case IRQ_S_SOFT:
		csr_clear(sip, SIE_SOFT);
		trap_interrupt(tf, IRQ_IPI);
		break;
	default:
		panic_trap(tf, "unknown interrupt %#lx", tf->cause);
	}
}

static void illegal_instruction(struct trapframe *tf)
{
	if (tf_user(tf) && !(tf->status & SSTATUS_FS))
		fpu_first_use(tf);	/* if the instruction was no float
					   instruction, it traps again */
	else
		trap_fault(tf, SIGILL, ILL_ILLOPC, tf_pc(tf),
			   "illegal instruction");
}

/* As on Linux, si_addr is the instruction, not the address it accessed. */
static void other_fault(struct trapframe *tf)
{
	static const struct {
		int signo, code;
		const char *what;
	} fault[] = {
		[CAUSE_BREAKPOINT] = { SIGTRAP, TRAP_BRKPT, "breakpoint" },
		[CAUSE_FETCH_MISALIGNED] = { SIGBUS, BUS_ADRALN,
			"misaligned jump" },
		[CAUSE_LOAD_MISALIGNED] = { SIGBUS, BUS_ADRALN,
			"misaligned load" },
		[CAUSE_STORE_MISALIGNED] = { SIGBUS, BUS_ADRALN,
			"misaligned store" },
		[CAUSE_FETCH_ACCESS] = { SIGSEGV, SEGV_ACCERR,
			"fetch access fault" },
		[CAUSE_LOAD_ACCESS] = { SIGSEGV, SEGV_ACCERR,
			"load access fault" },
		[CAUSE_STORE_ACCESS] = { SIGSEGV, SEGV_ACCERR,
			"store access fault" },
	};

	if (tf->cause < ARRAY_SIZE(fault) && fault[tf->cause].what)
		trap_fault(tf, fault[tf->cause].signo, fault[tf->cause].code,
			   tf_pc(tf), fault[tf->cause].what);
	else
		trap_fault(tf, SIGILL, ILL_ILLTRP, tf_pc(tf), "unknown trap");
}

void trap_dispatch(struct trapframe *tf)
{
	if (tf->cause & CAUSE_INTERRUPT) {
		riscv_interrupt(tf);
		return;
	}
	tf->tval = csr_read(stval);
	switch (tf->cause) {
	case CAUSE_LOAD_PAGE:
		trap_page_fault(tf, tf->tval, FAULT_READ);
		break;
	case CAUSE_STORE_PAGE:
		trap_page_fault(tf, tf->tval, FAULT_WRITE);
		break;
	case CAUSE_FETCH_PAGE:
		trap_page_fault(tf, tf->tval, FAULT_EXEC);
		break;
	case CAUSE_ILLEGAL:
		illegal_instruction(tf);
		break;
	default:
		other_fault(tf);
	}
}

static const char register_name[REG_COUNT][4] = {
	"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2",
	"s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
	"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7",
	"s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

void arch_dump_regs(const struct trapframe *tf)
{
	for (unsigned i = 0; i < REG_COUNT; i += 4)
		log_print(LOG_EMERG, "regs",
			  "%3s %016lx %3s %016lx %3s %016lx %3s %016lx",
			  register_name[i], tf->regs[i],
			  register_name[i + 1], tf->regs[i + 1],
			  register_name[i + 2], tf->regs[i + 2],
			  register_name[i + 3], tf->regs[i + 3]);
	log_print(LOG_EMERG, "regs",
		  "status %016lx cause %lx tval %016lx satp %016lx",
		  tf->status, tf->cause, tf->tval, csr_read(satp));
}

/* ---- backtraces ---------------------------------------------------------- */

/* s0 is sp at the call of trap_dispatch(), and there lies the trapframe. */
__unwatched const struct trapframe *arch_trap_of(const unsigned long *record)
{
	return record[1] == (unsigned long)trap_return ?
		(const struct trapframe *)(record + 2) : NULL;
}

/*
 * A leaf function stores no return address: ra holds it, and s0 - 8 the
 * caller's s0.  A function that has made no frame (yet) leaves the caller's s0
 * in s0; then ra points outside of the function.
 */
__unwatched unsigned long arch_report_interrupted(const struct trapframe *tf,
						  backtrace_fn fn)
{
	unsigned long fp = tf_fp(tf), pc = tf_pc(tf), saved = 0;
	unsigned long ra = tf->regs[REG_RA];
	const unsigned long *record = backtrace_record(fp);

	fn(pc, true);
	if (record)
		saved = record[1];
	if (backtrace_record(saved) &&
	    backtrace_on_one_stack(saved - 1, fp - 1)) {
		fn(ra, false);
		return saved;
	}
	if (ra != saved && backtrace_function(ra - 1) &&
	    backtrace_function(ra - 1) != backtrace_function(pc))
		fn(ra, false);
	return fp;
}

unsigned long arch_task_fp(const struct task *t)
{
	return t->arch.s[0];
}
