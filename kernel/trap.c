/* SPDX-License-Identifier: MIT */
/*
 * Traps (rows B1 and B6 of docs/coverage.md), the "square" of the lectures:
 * fault, system call, interrupt and AST.
 *
 *        user mode
 *   ---------|-------------------------------------------^------------
 *            v                                           |
 *     vector: all registers into the trap frame       restore
 *            |                                           ^
 *      +-----+-------+------------+                      |  no AST left
 *      v             v            v                      |
 *   trap_syscall  trap_page_   trap_          +---> trap_exit_user()
 *      |          fault, fault  interrupt     |          |  interrupts off
 *      +-----+-------+------------+           |          v
 *            |                                |   reschedule, signals, exit,
 *            +--------------------------------+   work: with interrupts on,
 *                                                 then look again
 *
 * System calls are in kernel/syscall/, interrupts in kernel/irq/; this file has
 * the faults and the return to user mode.  A fault of user mode is resolved or
 * becomes a signal.  A fault of the kernel makes a user copy fail, or ends in a
 * panic.
 *
 * Invariant: interrupts stay off from the last test for ASTs until user mode,
 * so an AST set by an interrupt on this CPU is never missed.
 */
#include <fs/vfs.h>
#include <kernel/ops/core_ops.h>
#include <kernel/events.h>
#include <kernel/futex/ops.h>
#include <kernel/ops/hooks.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/task/kthread.h>
#include <kernel/process/oom.h>
#include <kernel/task/task.h>
#include <kernel/task/work.h>
#include <kernel/debug/tlb_check.h>
#include <kernel/user_mode.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/log.h>
#include <lt/table.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

struct fixup {
	unsigned long at, to;
};

/*
 * From the linker script: the table of instructions that may fault on user
 * memory.
 */
extern const struct fixup __ex_table_start[], __ex_table_end[];

/*
 * Look pc up by a binary search: the linker places code and table entries in
 * the same order, so the table is sorted.  Invariant: if pc is in the table, it
 * is among the n entries from f on.
 */
unsigned long exception_fixup(unsigned long pc)
{
	/* lab traps: begin */
	const struct fixup *f = __ex_table_start;

	for (long n = __ex_table_end - f; n > 1; n -= n / 2)
		if (f[n / 2].at <= pc)
			f += n / 2;
	return f->at == pc ? f->to : 0;
	/* lab traps: end, else return 0; */
}

/* True if a probe of the kernel's text or a debugger handled the fault. */
static __noinline bool is_debugged(struct trapframe *tf, int signo, vaddr_t va,
				   int how)
{
	return (hooks.probe && hooks.probe(tf, signo, va, how)) ||
		(hooks.debugger && hooks.debugger(tf, signo, va, how));
}

/* ---- page faults --------------------------------------------------------- */

/* Report a fault of user mode to core_ops and send its signal.  May sleep. */
static __noinline void send_fault(const struct trapframe *tf, int signo, int code,
		       uaddr_t va, const char *what)
{
	struct siginfo info = { .signo = signo, .code = code, .addr = va };

	if (core_ops)
		core_ops->fault_told(tf, &info, what);
	signal_force(&info);
}

/*
 * The signals of mmap(2) and sigaction(2): SIGBUS past the end of a file, else
 * SIGSEGV.  VM_FAULT_OOM: oom_try_again() has given up, because the task is to
 * die.
 */
static const struct { u8 signo; int code; } fault_signal[] = {
	[VM_FAULT_SEGV_MAPERR] = { SIGSEGV, SEGV_MAPERR },
	[VM_FAULT_SEGV_ACCERR] = { SIGSEGV, SEGV_ACCERR },
	[VM_FAULT_BUS] = { SIGBUS, BUS_ADRERR },
	[VM_FAULT_OOM] = { SIGKILL, SI_KERNEL },
};

static const char *const access_name[] = {
	[FAULT_READ] = "read", [FAULT_WRITE] = "write", [FAULT_EXEC] = "fetch",
};

/*
 * Resolve a page fault.  No VMA reaches beyond USER_TOP.  If there is no
 * memory, but some may become free, return VM_FAULT_OK, so that the access is
 * repeated and faults again.
 * Context: may sleep.
 */
static __inlined enum vm_fault fault_resolve(vaddr_t va, enum fault_access how)
{
	/* lab traps: begin */
	enum vm_fault result = vm_fault(current->space, va, how);

	if (unlikely(result == VM_FAULT_OOM) && oom_try_again())
		return VM_FAULT_OK;
	if (likely(result == VM_FAULT_OK)) {
		current->minflt++;
		current->mended = va;
	} else if (result == VM_FAULT_MAJOR) {
		current->majflt++;
		current->mended = va;
		result = VM_FAULT_OK;
	}
	return result;
	/* lab traps: end, else return VM_FAULT_BUS; */
}

/*
 * Handle a page fault of the kernel (row B4).  Only an instruction that is
 * listed as a user access may fault, and only on a user address.  Interrupts
 * are enabled meanwhile, as in a function that may sleep.  If the fault cannot
 * be resolved, or must not be resolved now (no_faults), execution continues at
 * the fixup and the system call returns EFAULT.
 */
static __noinline bool kernel_page_fault(struct trapframe *tf, vaddr_t va,
					 enum fault_access how)
{
	unsigned long fixup = exception_fixup(tf_pc(tf));

	/* lab traps: begin */
	if (!fixup || va >= USER_TOP) {
		if (is_debugged(tf, SIGSEGV, va, how))
			return true;
		panic_trap(tf, "kernel page fault: %s of %#lx%s",
			   access_name[how], va, va < USER_TOP ? " (user)" : "");
	}
	if (!current->space || unlikely(current->no_faults)) {
		tf_set_pc(tf, fixup);
		return false;
	}
	if (current->ipl != IPL_NONE || !tf_irqs_on(tf))
		panic_trap(tf, "user access at %#lx where the kernel may not "
			   "sleep", va);
	arch_irq_enable();
	if (fault_resolve(va, how) != VM_FAULT_OK)
		tf_set_pc(tf, fixup);
	arch_irq_disable();
	return true;
	/* lab traps: end, else panic_trap(tf, "kernel page fault"); */
}

__inlined bool trap_fault_in(struct trapframe *tf, vaddr_t va,
			     enum fault_access how)
{
	enum vm_fault result;

	/* lab traps: begin */
	cpu_self()->vm.faults++;
	if (unlikely(!tf_user(tf)))
		return kernel_page_fault(tf, va, how);
	/* lab traps: end, else panic_trap(tf, "page fault"); */
	tlbcheck_user();
	arch_irq_enable();
	asmp_trap_enter();
	/* lab traps: begin */
	result = fault_resolve(va, how);
	if (unlikely(result != VM_FAULT_OK))
		send_fault(tf, fault_signal[result].signo,
			   fault_signal[result].code, va, access_name[how]);
	user_mode_prepare();
	return result == VM_FAULT_OK;
	/* lab traps: end, else return false; */
}

/*
 * Handle a page fault.  Debuggers come first and may handle the fault;
 * listeners are told of it.
 */
void trap_page_fault(struct trapframe *tf, vaddr_t va, enum fault_access how)
{
	if (unlikely(event_wanted(EVENT_FAULT))) {
		if (is_debugged(tf, SIGSEGV, va, how))
			return;
		event_record(EVENT_FAULT, va, how, (unsigned long)tf);
	}
	trap_fault_in(tf, va, how);
}

/* ---- all other faults ---------------------------------------------------- */

void trap_fault(struct trapframe *tf, int signo, int code, uaddr_t va,
		const char *what)
{
	unsigned long fixup = tf_user(tf) ? 0 : exception_fixup(tf_pc(tf));

	cpu_self()->other_faults++;
	if (unlikely(is_debugged(tf, signo, 0, -1)))
		return;
	/* lab traps: begin */
	if (!tf_user(tf)) {
		if (!fixup)
			panic_trap(tf, "%s in the kernel", what);
		tf_set_pc(tf, fixup);
		return;
	}
	/* lab traps: end, else panic_trap(tf, "%s", what); */
	tlbcheck_user();
	arch_irq_enable();
	asmp_trap_enter();
	/* lab traps: begin */
	send_fault(tf, signo, code, va, what);
	user_mode_prepare();
	/* lab traps: end */
}

/* ---- kernel stack overflow ----------------------------------------------- */

/* End the task, on the task's own stack, which is empty again. */
static void overflow_exit(void)
{
	arch_irq_enable();
	if (current->process)
		process_exit(SIGSEGV);
	kthread_exit();
}

/*
 * Handle an overflow of the kernel stack (row D6).  Resources that the
 * overflowing call held are lost, so the task alone is ended only if it holds
 * no lock; else the kernel panics.
 */
void trap_stack_overflow(struct trapframe *tf)
{
	struct task *t = current;

	if (t->ipl != IPL_NONE || t->in_interrupt || t->nr_locks ||
	    (t->flags & TF_EXITING) || t == t->cpu->idle)
		panic_trap(tf, "kernel stack overflow in task %d (%s)",
			   t->tid, t->comm);
	log_print(LOG_ERR, "trap", "kernel stack overflow: task %d (%s) ends",
		  t->tid, t->comm);
	panic_backtrace(tf, 0);
	arch_stack_restart(overflow_exit);
}

/* ---- return to user mode ------------------------------------------------- */

/* Store the new thread's tid where pthread_create() expects it. */
static void store_child_tid(struct task *t)
{
	__atomic_fetch_and(&t->ast, ~AST_CHILD_TID, __ATOMIC_RELAXED);
	put_user(t->vtid, t->set_child_tid);
}

static __noinline void serve_rare(struct trapframe *tf, unsigned ast)
{
	if (ast & AST_WORK)
		task_work_run();
	if (ast & AST_RSEQ)
		futex_ops->rseq_resume(tf);
}

void trap_exit_user(struct trapframe *tf)
{
	struct task *t = current;
	unsigned ast;

	/* lab traps: begin */
	while ((ast = READ_ONCE(t->ast)) != 0) {
		t->cpu->asts++;
		t->asts++;
		event_note(EVENT_AST, ast, 0, 0);
		arch_irq_enable();
		if (unlikely(asmp_ops))
			asmp_ops->trap_leave(ast);
		if (ast & AST_EXIT)
			task_exit(t->process->exit_code);
		if (ast & AST_STARVED)
			oom_end_call(tf);
		if (ast & AST_CHILD_TID)
			store_child_tid(t);
		if (ast & AST_SYSCALL_EXIT)
			tracer_ops->trace_syscall_exit(tf);
		if (ast & (AST_WORK | AST_RSEQ))
			serve_rare(tf, ast);
		if (ast & AST_RESCHED) {
			schedule();
			rseq_moved(t);
		}
		if (ast & AST_TRACE)
			tracer_ops->trace_trap();
		if (ast & (AST_SIGNAL | AST_RESTORE_MASK | AST_TRACE))
			signal_deliver(tf);
		arch_irq_disable();
	}
	/* lab traps: end, else (void)t; */
	user_mode_check();
}
