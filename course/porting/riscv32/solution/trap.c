/* SPDX-License-Identifier: MIT */
/* Decode traps and interrupts, and hand them to portable code. */
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
		trap_fault(tf, SIGILL, ILL_ILLOPC, tf_pc(tf),
			   "illegal instruction");
		break;
	case CAUSE_BREAKPOINT:
		trap_fault(tf, SIGTRAP, TRAP_BRKPT, tf_pc(tf), "breakpoint");
		break;
	case CAUSE_FETCH_MISALIGNED:
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
		trap_fault(tf, SIGBUS, BUS_ADRALN, tf_pc(tf),
			   "misaligned access");
		break;
	default:		/* an access that no device answers */
		trap_fault(tf, SIGSEGV, SEGV_ACCERR, tf_pc(tf),
			   "access fault");
	}
}

void arch_dump_regs(const struct trapframe *tf)
{
	for (unsigned i = 0; i < REG_COUNT; i += 4)
		log_print(LOG_EMERG, "regs",
			  "%3s%-2u %08lx %08lx %08lx %08lx", i ? "x" : "pc",
			  i, tf->regs[i], tf->regs[i + 1], tf->regs[i + 2],
			  tf->regs[i + 3]);
	log_print(LOG_EMERG, "regs", "status %08lx cause %lx tval %08lx",
		  tf->status, tf->cause, tf->tval);
}

/* ---- backtraces ---------------------------------------------------------- */

/* s0 is sp at the call of C from trap.S, and there lies the trapframe. */
const struct trapframe *arch_trap_of(const unsigned long *record)
{
	return record[1] == (unsigned long)trap_return ?
		(const struct trapframe *)(record + 2) : NULL;
}

/* A leaf function's caller is left out. */
unsigned long arch_report_interrupted(const struct trapframe *tf,
				      backtrace_fn fn)
{
	fn(tf_pc(tf), true);
	return tf_fp(tf);
}

unsigned long arch_task_fp(const struct task *t)
{
	return t->arch.s[0];
}
