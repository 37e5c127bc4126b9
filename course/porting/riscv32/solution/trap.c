/* SPDX-License-Identifier: MIT */
/* Decode traps and interrupts, and hand them to portable code. */
#include <arch/machine.h>
#include <kernel/current.h>
#include <lt/arch.h>
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

/* Return addresses that mark special frames. */
extern const char trap_return[], on_stack_return[];
extern const char trap_vector[], trap_vector_end[];

static unsigned long stack_of(unsigned long fp)
{
	return ALIGN_DOWN(fp - 1, KSTACK_SIZE);
}

static bool is_frame(unsigned long fp)
{
	return IS_ALIGNED(fp, 4) && fp > USER_TOP && fp - 8 >= stack_of(fp);
}

/*
 * With frame pointers, s0 - 4 holds the return address and s0 - 8 the caller's
 * s0, which rises within a stack.  Where trap.S called C, fp is sp at that call:
 * the trapframe.
 */
void arch_backtrace(unsigned long fp, const struct trapframe *tf,
		    backtrace_fn fn)
{
	if (tf) {
		fn(tf_pc(tf), true);
		fp = tf_fp(tf);
	}
	while (is_frame(fp)) {
		const unsigned long *frame = (const unsigned long *)fp;
		unsigned long pc = frame[-1], next = frame[-2];

		if (!pc)
			break;
		fn(pc, false);
		if (pc == (unsigned long)trap_return) {
			tf = (const struct trapframe *)fp;
			fn(tf_pc(tf), true);
			next = tf_fp(tf);
		} else if ((pc >= (unsigned long)trap_vector &&
			    pc < (unsigned long)trap_vector_end) ||
			   (pc != (unsigned long)on_stack_return &&
			    (next <= fp || stack_of(next) != stack_of(fp)))) {
			break;
		}
		fp = next;
	}
}

unsigned long arch_task_fp(const struct task *t)
{
	return t->arch.s[0];
}
