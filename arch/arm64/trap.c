/* SPDX-License-Identifier: MIT */
/*
 * Classify the traps that the vectors caught (rows B1, B2, B6) and hand them to
 * portable code.  System calls do not come here: trap.S calls trap_syscall()
 * itself.  Signals and codes are those of Linux on this machine.
 */
#include <arch/firmware.h>
#include <arch/machine.h>
#include <dev/chip/gic.h>
#include <kernel/current.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/bug.h>
#include <lt/log.h>

void arch_cpu_idle(void)
{
	/* wfi returns on a pending interrupt even while interrupts are off */
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static void arm64_interrupt(struct trapframe *tf)
{
	switch (gic_take()) {
	case GIC_TIMER:
		trap_interrupt(tf, IRQ_TIMER);
		break;
	case GIC_IPI:
		trap_interrupt(tf, IRQ_IPI);
		break;
	case GIC_DEVICE:
		trap_interrupt(tf, IRQ_DEVICE);
		break;
	case GIC_NOTHING:
		break;
	}
}

/* The signals of fault statuses that are no page faults; else SIGBUS. */
static void abort_fault(struct trapframe *tf, uaddr_t va)
{
	if ((tf->esr & ESR_FSC) == FSC_ALIGNMENT)
		trap_fault(tf, SIGBUS, BUS_ADRALN, va, "misaligned access");
	else if ((tf->esr & FSC_KIND) == 0)
		/* the address is wider than the tables */
		trap_fault(tf, SIGSEGV, SEGV_MAPERR, va, "address too large");
	else
		trap_fault(tf, SIGBUS, BUS_ADRERR, va, "bus error");
}

static void page_fault(struct trapframe *tf, bool fetch)
{
	vaddr_t va = tf->far = ARCH_UNTAGGED(tf->far);
	unsigned long kind = tf->esr & FSC_KIND;

	if (kind != FSC_TRANSLATION && kind != FSC_ACCESS_FLAG &&
	    kind != FSC_PERMISSION)
		abort_fault(tf, va);
	else if (fetch)
		trap_page_fault(tf, va, FAULT_EXEC);
	else	/* cache maintenance counts as a store, but only loads */
		trap_page_fault(tf, va, (tf->esr & (ESR_WRITE | ESR_CM)) ==
				ESR_WRITE ? FAULT_WRITE : FAULT_READ);
}

static void float_access(struct trapframe *tf)
{
	if (tf_user(tf))
		fpu_first_use();
	else
		panic_trap(tf, "the kernel uses float registers");
}

void arm64_skip_instruction(struct trapframe *tf)
{
	tf_set_pc(tf, tf_pc(tf) + 4);
	tf->pstate &= ~(unsigned long)PSTATE_SS;
}

static void unknown_instruction(struct trapframe *tf)
{
	if (!tf_user(tf) && tf_pc(tf) == (unsigned long)semihosting_call)
		arm64_skip_instruction(tf);
	else if (!tf_user(tf) || !arm64_read_id(tf))
		trap_fault(tf, SIGILL, ILL_ILLOPC, tf_pc(tf),
			   "illegal instruction");
}

void trap_dispatch(struct trapframe *tf)
{
	if (tf->cause == CAUSE_INTERRUPT) {
		arm64_interrupt(tf);
		return;
	}
	tf->esr = read_sysreg(esr_el1);
	tf->far = read_sysreg(far_el1);
	switch (tf->cause) {
	case EC_DATA_USER:
	case EC_DATA_KERNEL:
		page_fault(tf, false);
		break;
	case EC_FETCH_USER:
	case EC_FETCH_KERNEL:
		page_fault(tf, true);
		break;
	case EC_FLOAT:
		float_access(tf);
		break;
	case EC_WAIT:		/* a program keeps no CPU idle */
		arm64_skip_instruction(tf);
		break;
	case EC_BRK:
		trap_fault(tf, SIGTRAP, TRAP_BRKPT, tf_pc(tf), "breakpoint");
		break;
	case EC_BREAK_USER:
		trap_fault(tf, SIGTRAP, TRAP_HWBKPT, tf_pc(tf),
			   "hardware breakpoint");
		break;
	case EC_WATCH_USER:
		trap_fault(tf, SIGTRAP, TRAP_HWBKPT, tf->far, "watchpoint");
		break;
	case EC_STEP_USER:
		trap_fault(tf, SIGTRAP, TRAP_TRACE, tf_pc(tf), "single step");
		break;
	case EC_PC_ALIGNMENT:
		trap_fault(tf, SIGBUS, BUS_ADRALN, tf->far, "misaligned jump");
		break;
	case EC_SP_ALIGNMENT:
		trap_fault(tf, SIGBUS, BUS_ADRALN, tf_sp(tf),
			   "misaligned stack pointer");
		break;
	default:
		unknown_instruction(tf);
	}
}

void trap_unexpected(struct trapframe *tf)
{
	tf->esr = read_sysreg(esr_el1);
	tf->far = read_sysreg(far_el1);
	panic_trap(tf, "a trap that nobody can cause, syndrome %#lx", tf->esr);
}

void arch_dump_regs(const struct trapframe *tf)
{
	for (unsigned i = 0; i + 2 < REG_COUNT; i += 3)
		log_print(LOG_EMERG, "regs",
			  "x%-2u %016lx x%-2u %016lx x%-2u %016lx", i,
			  tf->regs[i], i + 1, tf->regs[i + 1], i + 2,
			  tf->regs[i + 2]);
	log_print(LOG_EMERG, "regs", "x30 %016lx sp  %016lx pc  %016lx",
		  tf->regs[REG_LR], tf->sp, tf->pc);
	log_print(LOG_EMERG, "regs",
		  "pstate %08lx cause %lx esr %08lx far %016lx ttbr0 %016lx",
		  tf->pstate, tf->cause, tf->esr, tf->far,
		  read_sysreg(ttbr0_el1));
}

/* ---- backtraces ---------------------------------------------------------- */

/* A trap of the kernel made x29 the address of its trapframe. */
__unwatched const struct trapframe *arch_trap_of(const unsigned long *record)
{
	return record[1] == (unsigned long)trap_return &&
		backtrace_record(record[0]) ?
		(const struct trapframe *)record[0] : NULL;
}

/*
 * A function that has no frame (yet) has left its return address in x30, and
 * x29 is its caller's.
 */
__unwatched unsigned long arch_report_interrupted(const struct trapframe *tf,
						  backtrace_fn fn)
{
	for (;;) {
		unsigned long fp = tf_fp(tf), pc = tf_pc(tf);
		unsigned long lr = tf->regs[REG_LR];
		const unsigned long *record = backtrace_record(fp);

		fn(pc, true);
		if (!backtrace_function(lr - 1) ||
		    backtrace_function(lr - 1) == backtrace_function(pc) ||
		    (record && record[1] == lr))
			return fp;
		fn(lr, false);
		/* a trap within the first instructions of trap_dispatch() */
		if (lr != (unsigned long)trap_return || !record)
			return fp;
		tf = (const struct trapframe *)fp;
	}
}

unsigned long arch_task_fp(const struct task *t)
{
	return t->arch.x[10];
}
