/* SPDX-License-Identifier: MIT */
/*
 * Classifies what the vector caught (rows B1, B2, B6) and hands it to
 * portable code.  System calls do not come here: trap.S calls trap_syscall
 * itself.  Signals and codes are those of Linux on this machine.
 */
#include <arch/machine.h>
#include <kernel/task.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/log.h>

static void interrupt(struct trapframe *tf)
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

static void illegal(struct trapframe *tf)
{
	if (tf_user(tf) && !(tf->status & SSTATUS_FS))
		fpu_first_use(tf);	/* if it was no float: traps again */
	else
		trap_fault(tf, SIGILL, ILL_ILLOPC, tf_pc(tf),
			   "illegal instruction");
}

/* Linux reports the instruction, not the address it touched. */
void trap_dispatch(struct trapframe *tf)
{
	unsigned long pc = tf_pc(tf);

	if (tf->cause & CAUSE_INTERRUPT) {
		interrupt(tf);
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
		illegal(tf);
		break;
	case CAUSE_BREAKPOINT:
		trap_fault(tf, SIGTRAP, TRAP_BRKPT, pc, "breakpoint");
		break;
	case CAUSE_FETCH_MISALIGNED:
		trap_fault(tf, SIGBUS, BUS_ADRALN, pc, "misaligned jump");
		break;
	case CAUSE_LOAD_MISALIGNED:
		trap_fault(tf, SIGBUS, BUS_ADRALN, pc, "misaligned load");
		break;
	case CAUSE_STORE_MISALIGNED:
		trap_fault(tf, SIGBUS, BUS_ADRALN, pc, "misaligned store");
		break;
	case CAUSE_FETCH_ACCESS:
		trap_fault(tf, SIGSEGV, SEGV_ACCERR, pc, "fetch access fault");
		break;
	case CAUSE_LOAD_ACCESS:
		trap_fault(tf, SIGSEGV, SEGV_ACCERR, pc, "load access fault");
		break;
	case CAUSE_STORE_ACCESS:
		trap_fault(tf, SIGSEGV, SEGV_ACCERR, pc, "store access fault");
		break;
	default:
		trap_fault(tf, SIGILL, ILL_ILLTRP, pc, "unknown trap");
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

/*
 * With frame pointers, s0 - 8 holds the return address and s0 - 16 the
 * caller's s0.  A chain stays on one stack and only rises.
 */
void arch_backtrace(unsigned long fp, void (*fn)(unsigned long pc))
{
	unsigned long stack = ALIGN_DOWN(fp - 1, KSTACK_SIZE);

	while (IS_ALIGNED(fp, 8) && fp >= KERNEL_OFFSET &&
	       fp - 16 >= stack && fp <= stack + KSTACK_SIZE) {
		const unsigned long *frame = (const unsigned long *)fp;
		unsigned long next = frame[-2];

		if (!frame[-1])
			break;
		fn(frame[-1]);
		if (next <= fp)
			break;
		fp = next;
	}
}

unsigned long arch_task_fp(const struct task *t)
{
	return t->arch.s[0];
}
