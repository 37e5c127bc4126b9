/* SPDX-License-Identifier: MIT */
/*
 * The arch contract on one screen: every out-of-line function a port supplies
 * (down), and every function it calls (up).  Constants, types and inline
 * functions come from the port's own <arch/...> headers; arch/README.md lists
 * them, header by header, and the order in which to write a port.
 */
#ifndef LT_ARCH_H
#define LT_ARCH_H

#include <arch/cpu.h>
#include <arch/page.h>
#include <arch/pte.h>
#include <arch/trap.h>
#include <lt/boot.h>
#include <lt/compiler.h>
#include <lt/types.h>

struct cpu;
struct task;
struct signal_frame;

/* ---- Down: cpu and interrupts ------------------------------------------ */

/*
 * Wait for an interrupt.  Interrupts are off on entry and on return.  An
 * interrupt that is already pending ends the wait, so a wake-up is never lost.
 */
void arch_cpu_idle(void);

/*
 * Start hardware CPU c->hw_id.  The CPU enters cpu_main(c) with interrupts off,
 * the kernel's page table active, current == c->idle and the stack pointer at
 * the top of that task's kernel stack, below its frame; arch_kthread_init() has
 * prepared the task.  The port keeps the stack at emergency, of KSTACK_SIZE,
 * for a task that has no stack left (trap_stack_overflow()).
 * Context: a task, one call at a time.
 * Return: 0: the CPU is starting; or -errno.
 */
int arch_cpu_start(struct cpu *c, void *emergency);
/*
 * Set up the calling CPU, first thing on every CPU but the boot CPU: vectors,
 * its interrupt controller and timer, its float unit.  Interrupts stay off;
 * afterwards the CPU can be sent IPIs.
 */
void arch_cpu_init(void);
/*
 * Interrupt other CPUs (bit n: cpus[n], all running, never the caller's own):
 * each calls trap_interrupt(tf, IRQ_IPI) once or more, and sees the stores that
 * the caller made before this call, among them the reason for the interrupt.
 * The function does not wait for the other CPUs.
 * Context: any, a panic included.
 */
void arch_ipi_send(unsigned long cpus);

/*
 * Return the next device interrupt that came to this CPU, or -1.  Its line
 * stays quiet on all CPUs until this CPU completes the interrupt, even if the
 * line has been routed to another CPU meanwhile.
 */
int arch_irq_claim(void);
void arch_irq_complete(unsigned irq);
/*
 * Leave the device interrupt that has just come unclaimed: it comes again once
 * interrupts are on.  The port could not do this after trap_interrupt(),
 * because the task may have moved to another CPU.
 * Context: in trap_interrupt(), interrupts off.
 */
void arch_irq_put_off(void);
/*
 * Deliver the interrupts of line irq to cpus[cpu], which must be running, and
 * to no other CPU.  Context: any.
 * Return: 0, or -EINVAL: there is no such line, or that CPU cannot receive its
 * interrupts.
 */
int arch_irq_route(unsigned irq, unsigned cpu);

/* ---- Down: address translation ----------------------------------------- */

/*
 * Translate user addresses through the table at root from now on.  If
 * ARCH_ACTIVATE_FLUSHES, this flushes all but global entries; otherwise the
 * ASID policy (mm/tables/asid.c) asks for a flush when one is needed.
 */
void arch_mmu_activate(paddr_t root, unsigned asid);
/* Return the number of usable ASID bits; 0: the machine has no ASIDs. */
unsigned arch_asid_bits(void);
/*
 * Flush translations of this CPU: arch_tlb_page() flushes one page of one
 * address space, arch_tlb_asid() one address space, arch_tlb_all() everything
 * including global entries.  Earlier stores to PTEs are ordered before the
 * flush.
 */
void arch_tlb_page(unsigned asid, vaddr_t va);
void arch_tlb_asid(unsigned asid);
void arch_tlb_all(void);
/*
 * Only if <arch/page.h> defines ARCH_TLB_RANGE: flush a range of an address
 * space as arch_tlb_page() does, and possibly more.
 * Return: false: this CPU cannot, or not so many pages.
 */
#ifdef ARCH_TLB_RANGE
bool arch_tlb_range(unsigned asid, vaddr_t va, unsigned long pages);
#else
static inline bool arch_tlb_range(unsigned asid __unused, vaddr_t va __unused,
				  unsigned long pages __unused)
{
	return false;
}
#endif
/*
 * Make instruction fetch on this CPU see all earlier stores: its own, and those
 * of other CPUs that have called arch_code_stored() since.
 */
void arch_icache_sync(void);

/* ---- Down: user memory (only <mm/uaccess.h> calls these) --------------- */

/*
 * arch_copy_in(), arch_copy_out(), arch_clear_user(): copy or clear user
 * memory.  The caller has checked that the range lies below USER_TOP.
 * Context: may fault and sleep.
 * Return: the number of bytes that were NOT copied or cleared; 0: success.
 */
unsigned long arch_copy_in(void *to, uaddr_t from, unsigned long n);
unsigned long arch_copy_out(uaddr_t to, const void *from, unsigned long n);
unsigned long arch_clear_user(uaddr_t to, unsigned long n);
/*
 * Copy a string with its NUL, at most n bytes.
 * Return: the string's length without the NUL; n if the first n bytes contain
 * no NUL; -EFAULT.
 */
long arch_strncpy_in(char *to, uaddr_t from, long n);
/*
 * arch_user_load32(), arch_user_cmpxchg32(): access an aligned 32-bit word of
 * user memory.  *old gets the value found.
 * Context: may fault and sleep.
 * Return: 0 or -EFAULT.
 */
int arch_user_load32(u32 *value, uaddr_t from);
int arch_user_cmpxchg32(uaddr_t at, u32 expect, u32 new, u32 *old);

/* ---- Down: tasks ------------------------------------------------------- */

/*
 * Switch kernel stacks.  Saves the callee-saved registers of prev, and resumes
 * next where it last called this function; FPU and TLS state of the tasks is
 * switched as well.
 * Context: interrupts off.
 * Return: in next's context, the task switched from.
 */
struct task *arch_switch(struct task *prev, struct task *next);
/*
 * Prepare the first run of a task: a kernel thread calls fn(arg) after
 * sched_tail(prev); a forked child goes through sched_tail(prev) and
 * trap_exit_user(tf) to user mode with a copy of the parent's frame, result 0
 * and, if sp is not 0, the stack pointer sp.  The caller has set task->kstack.
 * FPU state is copied from the caller.
 */
void arch_kthread_init(struct task *t, void (*fn)(void *), void *arg);
void arch_fork_init(struct task *child, const struct trapframe *tf, uaddr_t sp);
/*
 * CLONE_SETTLS: give child the thread pointer described by the argument tls, as
 * the ABI defines it.
 */
int arch_fork_tls(struct task *child, uaddr_t tls);
/*
 * Set up a fresh user program: all registers zero except pc and sp, FPU and TLS
 * state of the current task reset.
 */
void arch_exec_init(struct trapframe *tf, uaddr_t pc, uaddr_t sp);
/*
 * Abandon the stack in use, which may be the emergency stack of
 * trap_stack_overflow(), and call fn, which does not return, at the top of
 * current's kernel stack.
 * Context: interrupts off, before and in fn.
 */
void arch_stack_restart(void (*fn)(void)) __attribute__((noreturn));
/*
 * Call fn(arg) at the top of another kernel stack (KSTACK_SIZE, a guard page
 * below). current stays the same, and an overflow of that stack is detected.
 * Context: interrupts off, before and after; fn may enable them.
 */
void arch_on_stack(void *stack, void (*fn)(void *), void *arg);

/* ---- Down: signals ----------------------------------------------------- */

/*
 * Build Linux's signal frame of this machine at f->sp (adjusted down by the
 * port) and set tf to enter the handler.
 * Return: 0, or -EFAULT: the frame is not writable, or would begin at f->floor
 * or below.
 */
int arch_signal_push(struct trapframe *tf, const struct signal_frame *f);
/*
 * Undo arch_signal_push(): restore registers from the user frame, of which no
 * field can be trusted.  Fills f->mask and f->altstack. rt selects one of the
 * machine's two kinds of frames (a machine with one kind ignores it).
 * Return: 0; -EFAULT, and tf is any frame of user mode.
 */
int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt);

/* ---- Down: program start ----------------------------------------------- */

/*
 * Code that the kernel maps read-only and executable into each program: the
 * signal return and, if the port has a vDSO, the vDSO as an ELF image.
 */
struct arch_vdso {
	const void *image;
	unsigned long size;		/* bytes; 0: none */
	bool elf;			/* announce by AT_SYSINFO_EHDR */
	unsigned long sysinfo;		/* offset for AT_SYSINFO, or 0 */
	/*
	 * Set the image's copy of CLOCK_REALTIME - CLOCK_MONOTONIC, ns.
	 * Context: one call at a time.
	 */
	void (*set_realtime)(s64 offset);
	/* Make a copy of the image read clocks by system calls from now on. */
	void (*leave_clock)(const void *image);
};
extern const struct arch_vdso arch_vdso;
/*
 * Write the lines of /proc/cpuinfo after "processor" to buf.  Return: length.
 */
int arch_cpuinfo(const struct cpu *c, char *buf, unsigned long size);

/* ---- Down: time, console, power ---------------------------------------- */

ktime_t arch_clock(void);		/* monotonic, ns since power-on */
/* Interrupt this CPU at the given time; a time in the past fires at once. */
void arch_timer(ktime_t deadline);

/*
 * Print a character.  Works from the first instruction of C, and in a panic.
 * Never waits long.
 */
void arch_early_putc(char c);

/*
 * End the machine in any state: power off with a status from 0 to 255 that is
 * visible outside, or reset with ARCH_RESET.
 */
#define ARCH_RESET (-1)
void arch_end(int status) __attribute__((noreturn));
/* Print the registers of tf through log_print(LOG_EMERG, ...). */
void arch_dump_regs(const struct trapframe *tf);
/*
 * What a walk along frame pointers asks (<lt/backtrace.h>).  Called for each
 * frame, also of damaged stacks.
 *
 * arch_trap_of(): return the trap that interrupted the kernel and whose handler
 * has this record; NULL: another function has it.
 * arch_report_interrupted(): call fn on the instruction that tf interrupted
 * (exact), and on the return address into its caller if the chain of frames
 * leaves it out.  Return the frame pointer at which to continue.
 */
typedef void (*backtrace_fn)(unsigned long pc, bool exact);
const struct trapframe *arch_trap_of(const unsigned long *record);
unsigned long arch_report_interrupted(const struct trapframe *tf,
				      backtrace_fn fn);
/*
 * Return the frame pointer of a task that is switched out; the value may be
 * wrong.
 */
unsigned long arch_task_fp(const struct task *t);
/*
 * Initialize interrupt chips and MMIO. kernel_main() calls it once, after mm is
 * up.
 */
void arch_init(void);

/* ---- Up: interrupts are off on entry to each --------------------------- */

enum fault_access { FAULT_READ, FAULT_WRITE, FAULT_EXEC };
enum irq_source { IRQ_TIMER, IRQ_DEVICE, IRQ_IPI };

/* Serve a system call; the tf_ accessors give number and arguments. */
void trap_syscall(struct trapframe *tf);
void trap_page_fault(struct trapframe *tf, vaddr_t va, enum fault_access how);
/*
 * Handle a page fault of user mode on behalf of a debugger, to which the fault
 * went first.  Return: true if the page is now present.
 */
bool trap_fault_in(struct trapframe *tf, vaddr_t va, enum fault_access how);
/*
 * Handle any other synchronous fault: user mode gets the signal, the kernel
 * panics.
 */
void trap_fault(struct trapframe *tf, int signo, int code, uaddr_t va,
		const char *what);
void trap_interrupt(struct trapframe *tf, enum irq_source source);
/*
 * Run pending ASTs before user mode.  The port calls this function at the end
 * of every trap from user mode, interrupts off, and restores tf directly
 * afterwards.  With task->ast == 0 it does nothing, and a port may omit the
 * call.
 */
void trap_exit_user(struct trapframe *tf);
/* Do the second half of a switch, on the new task's stack. */
void sched_tail(struct task *prev);
/* The first C code of a started CPU; see arch_cpu_start(). */
void cpu_main(struct cpu *c) __attribute__((noreturn));
/*
 * Handle a kernel stack overflow found by the port's first vector: never
 * returns.
 */
void trap_stack_overflow(struct trapframe *tf) __attribute__((noreturn));

/*
 * Look up where to continue after the instruction at pc has faulted on a user
 * address.  A port marks such an instruction by a pair {address, fixup address}
 * of `unsigned long` in section __ex_table.
 * Return: the fixup address, or 0.
 */
unsigned long exception_fixup(unsigned long pc);

#endif
