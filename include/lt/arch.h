/* SPDX-License-Identifier: MIT */
/*
 * The arch contract on a screen: every out-of-line function a port supplies
 * (down), and every function it calls (up).  Constants, types and inline
 * functions come from the port's own <arch/...> headers; arch/README.md lists
 * those, header by header, and the order in which to write a port.
 */
#ifndef LT_ARCH_H
#define LT_ARCH_H

#include <arch/cpu.h>
#include <arch/page.h>
#include <arch/pte.h>
#include <arch/trap.h>
#include <lt/boot.h>
#include <lt/types.h>

struct cpu;
struct task;
struct signal_frame;

/* ---- Down: cpu and interrupts ------------------------------------------ */

/*
 * Wait for an interrupt.  Interrupts are off on entry and on return; one that
 * is pending already ends the wait, so a wake-up is never lost.
 */
void arch_cpu_idle(void);

/*
 * Start hardware CPU c->hw_id.  It arrives in cpu_main(c) with interrupts off,
 * the kernel's page table active, current == c->idle and the stack pointer at
 * the top of that task's kernel stack, below its frame; arch_kthread_init() has
 * prepared the task.  The stack at emergency, of KSTACK_SIZE, is the port's:
 * for a task that has no stack left (trap_stack_overflow()).
 * Context: a task, one at a time.
 * Return: 0: it is on its way; or -errno.
 */
int arch_cpu_start(struct cpu *c, void *emergency);
/*
 * What a CPU sets up for itself, called first on every CPU but the boot CPU:
 * vectors, its interrupt controller and timer, its float unit.  Interrupts
 * stay off; after it the CPU can be sent IPIs.
 */
void arch_cpu_init(void);
/*
 * Interrupt other CPUs (bit n: cpus[n], all running, never the caller's own):
 * each calls trap_interrupt(tf, IRQ_IPI) once or more.  The reason lies in
 * portable words; earlier stores are ordered before the interrupt.  It does not
 * wait for an answer.
 * Context: any, a panic included.
 */
void arch_ipi_send(unsigned long cpus);

/*
 * The next device interrupt that came to this CPU, or -1; its line stays
 * quiet, on all CPUs, until this CPU completes it, even if the line has been
 * routed to another meanwhile.
 */
int arch_irq_claim(void);
void arch_irq_complete(unsigned irq);
/*
 * The device interrupt that has just come is not claimed: it comes again once
 * interrupts are on.  After trap_interrupt() the port could not do this, as the
 * task may have moved to another CPU.
 * Context: in trap_interrupt(), interrupts off.
 */
void arch_irq_put_off(void);
/*
 * Let the line through to cpus[cpu], which runs, and to no other.
 * Context: any.
 * Return: 0, or -EINVAL: no such line, or none to that CPU.
 */
int arch_irq_route(unsigned irq, unsigned cpu);

/* ---- Down: address translation ----------------------------------------- */

/*
 * From here user addresses translate through the table at root.  A flush of
 * all but global entries is implied where ARCH_ACTIVATE_FLUSHES; elsewhere
 * asid policy (mm/tables/asid.c) asks for one when it is needed.
 */
void arch_mmu_activate(paddr_t root, unsigned asid);
/* Usable address-space identifier bits; 0 where the machine has none. */
unsigned arch_asid_bits(void);
/*
 * Flush translations of this CPU: one page of one space, one space, all
 * including global ones.  Earlier stores to PTEs are ordered before.
 */
void arch_tlb_page(unsigned asid, vaddr_t va);
void arch_tlb_asid(unsigned asid);
void arch_tlb_all(void);
/* Instruction fetch on this CPU sees all earlier stores. */
void arch_icache_sync(void);

/* ---- Down: user memory (only <mm/uaccess.h> calls these) --------------- */

/*
 * The range is checked to lie below USER_TOP.
 * Context: may fault and sleep.
 * Return: the number of bytes NOT done: 0 is success.
 */
unsigned long arch_copy_in(void *to, uaddr_t from, unsigned long n);
unsigned long arch_copy_out(uaddr_t to, const void *from, unsigned long n);
unsigned long arch_clear_user(uaddr_t to, unsigned long n);
/*
 * Copy a string with its NUL, at most n bytes.
 * Return: its length without the NUL; n if there was no NUL in n; -EFAULT.
 */
long arch_strncpy_in(char *to, uaddr_t from, long n);
/*
 * Aligned 32-bit user words.  *old gets the value found.
 * Context: may fault and sleep.
 * Return: 0 or -EFAULT.
 */
int arch_user_load32(u32 *value, uaddr_t from);
int arch_user_cmpxchg32(uaddr_t at, u32 expect, u32 new, u32 *old);

/* ---- Down: tasks ------------------------------------------------------- */

/*
 * Switch kernel stacks.  Saves callee-saved state of prev, resumes next where
 * it last called this; FPU and TLS state of the tasks move along.
 * Context: interrupts off.
 * Return: in next's context, the task switched from.
 */
struct task *arch_switch(struct task *prev, struct task *next);
/*
 * First run of a task: a kernel thread calls fn(arg) after sched_tail(prev);
 * a forked child leaves by sched_tail(prev) and trap_exit_user(tf) to user
 * mode with a copy of the parent's frame, result 0 and, if sp is not 0, that
 * stack pointer.  task->kstack is set.  FPU state is copied from the caller.
 */
void arch_kthread_init(struct task *t, void (*fn)(void *), void *arg);
void arch_fork_init(struct task *child, const struct trapframe *tf, uaddr_t sp);
/* CLONE_SETTLS: give child the thread pointer the ABI's argument tls means. */
int arch_fork_tls(struct task *child, uaddr_t tls);
/*
 * A fresh user program: all registers zero but pc and sp, FPU and TLS state
 * of the current task reset.
 */
void arch_exec_init(struct trapframe *tf, uaddr_t pc, uaddr_t sp);
/*
 * The same for a task that has not run yet: its first run enters user mode at
 * pc, as a forked child does.
 * Context: child->kstack is set.
 */
void arch_spawn_init(struct task *child, uaddr_t pc, uaddr_t sp);
/*
 * Abandon the stack in use, the emergency stack of trap_stack_overflow()
 * included: call fn, which does not return, at the top of current's kernel
 * stack.
 * Context: interrupts off, before and in fn.
 */
void arch_stack_restart(void (*fn)(void)) __attribute__((noreturn));
/*
 * Call fn(arg) at the top of another kernel stack (KSTACK_SIZE, a guard page
 * below); current stays, and an overflow of that stack is found.
 * Context: interrupts off, before and after; fn may let them in.
 */
void arch_on_stack(void *stack, void (*fn)(void *), void *arg);

/* ---- Down: signals ----------------------------------------------------- */

/*
 * Build Linux's frame of this machine at f->sp (adjusted down by the port) and
 * set tf to enter the handler.
 * Return: 0, or -EFAULT: frame not writable, or it would begin at f->floor or
 * below.
 */
int arch_signal_push(struct trapframe *tf, const struct signal_frame *f);
/*
 * Undo: restore registers from the user frame, every field of which is hostile.
 * Fills f->mask and f->altstack.  rt tells which of the machine's frames (a
 * machine with one kind ignores it).
 * Return: 0; -EFAULT, and tf is unspecified.
 */
int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt);

/* ---- Down: program start ----------------------------------------------- */

/*
 * Code the kernel maps read-only and executable into each program (signal
 * return; where the port has one, the vDSO as an ELF image).
 */
struct arch_vdso {
	const void *image;
	unsigned long size;		/* bytes; 0: none */
	bool elf;			/* announce by AT_SYSINFO_EHDR */
	unsigned long sysinfo;		/* offset for AT_SYSINFO, or 0 */
	/* Its copy of CLOCK_REALTIME - CLOCK_MONOTONIC, ns; one call at a time. */
	void (*set_realtime)(s64 offset);
	/* Have a copy of it ask the kernel, for good. */
	void (*leave_clock)(const void *image);
};
extern const struct arch_vdso arch_vdso;
/* Lines of /proc/cpuinfo after "processor", into buf.  Return: length. */
int arch_cpuinfo(const struct cpu *c, char *buf, unsigned long size);

/* ---- Down: time, console, power ---------------------------------------- */

ktime_t arch_clock(void);		/* monotonic, ns since power-on */
/* Interrupt this CPU at the given time; a past one fires at once. */
void arch_timer(ktime_t deadline);

/* Works from the first instruction of C, and in a panic.  Never waits long. */
void arch_early_putc(char c);

/*
 * End the machine, whatever state it is in: power off with a status that the
 * outside sees, 0 to 255, or ARCH_RESET.
 */
#define ARCH_RESET (-1)
void arch_end(int status) __attribute__((noreturn));
/* Print the registers of tf through log_print(LOG_EMERG, ...). */
void arch_dump_regs(const struct trapframe *tf);
/*
 * The frame-pointer chain: call fn on each return address from fp up, or, if
 * tf is not NULL, from what tf interrupted, which was the kernel.  Where a
 * trap interrupted the kernel, or an interrupt changed the stack, it goes on
 * with what was interrupted: first the instruction itself (exact).
 */
typedef void (*backtrace_fn)(unsigned long pc, bool exact);
void arch_backtrace(unsigned long fp, const struct trapframe *tf,
		    backtrace_fn fn);
/* Where that chain begins in a task that is switched out; only a hint. */
unsigned long arch_task_fp(const struct task *t);
/* Called once by kernel_main after mm is up: interrupt chips, MMIO. */
void arch_init(void);

/* ---- Up: interrupts are off on entry to each --------------------------- */

enum fault_access { FAULT_READ, FAULT_WRITE, FAULT_EXEC };
enum irq_source { IRQ_TIMER, IRQ_DEVICE, IRQ_IPI };

/* A system call; number and arguments by the tf_ accessors. */
void trap_syscall(struct trapframe *tf);
void trap_page_fault(struct trapframe *tf, vaddr_t va, enum fault_access how);
/* For a debugger, which was asked first.  Return: a program's page is there. */
bool trap_mend(struct trapframe *tf, vaddr_t va, enum fault_access how);
/* Any other synchronous fault: the signal user mode gets; kernel: panic. */
void trap_fault(struct trapframe *tf, int signo, int code, uaddr_t va,
		const char *what);
void trap_interrupt(struct trapframe *tf, enum irq_source source);
/*
 * Last stop before user mode: ASTs.  The port calls it at the end of every
 * trap from user mode, interrupts off, and restores tf directly after.  With
 * task->ast == 0 it does nothing, and a port may save the call.
 */
void trap_exit_user(struct trapframe *tf);
/* The second half of a switch, on the new task's stack. */
void sched_tail(struct task *prev);
/* A started CPU's first C code; see arch_cpu_start(). */
void cpu_main(struct cpu *c) __attribute__((noreturn));
/* Kernel stack overflow found by the port's first vector: never returns. */
void trap_stack_overflow(struct trapframe *tf) __attribute__((noreturn));

/*
 * A port marks an instruction that may fault on a user address by a pair
 * {address, fixup address} of `unsigned long` in section __ex_table.
 * Return: the fixup, or 0.
 */
unsigned long exception_fixup(unsigned long pc);

#endif
