/* SPDX-License-Identifier: MIT */
/* Private to the port: the facts that start.c read from the device tree. */
#ifndef ARCH_MACHINE_H
#define ARCH_MACHINE_H

#include <arch/task.h>
#include <lt/boot.h>
#include <lt/types.h>

/* Constant after start(); physical addresses are 0 if the machine has none. */
struct machine {
	unsigned long uart_size;
	paddr_t rtc;
	unsigned long rtc_size;
	u32 timebase;			/* ticks of the counter per second */
};
extern struct machine machine;
extern bool arm64_has_pan;		/* user pages are out of reach */
extern bool arm64_has_range;		/* tlbi takes ranges */

struct task;
extern struct task boot_task;	/* used until portable code creates its own */
extern char boot_stack[], emergency_stack[];

void start(paddr_t dtb, unsigned long level);	/* from boot.S */
void secondary_start(void);		/* in boot.S; a physical address */
void console_init(void);
/* Map nothing at the addresses of user programs any more: the end of booting. */
void mmu_forget_boot(void);
void time_init(void);
void time_init_cpu(void);
void arm64_init_cpu(void);	/* what a CPU needs beside chips */

void trap_dispatch(struct trapframe *tf);	/* from trap.S */
void trap_unexpected(struct trapframe *tf);
/* Go on behind an instruction; a debugger's step ends there. */
void arm64_skip_instruction(struct trapframe *tf);
/* Load the debug registers of t.  Context: interrupts off, from arch_switch(). */
void debug_load(const struct task *t);
/* Return: the number of breakpoints or watchpoints of this CPU */
unsigned debug_count(enum debug_kind kind);
/*
 * If the program's instruction that trapped reads an identification register,
 * answer it.
 * Context: interrupts off; tf is of user mode.
 * Return: false: it is another instruction.
 */
bool arm64_read_id(struct trapframe *tf);
void fork_return(void);
void kthread_start(void);

/*
 * Save the float registers, which hold t's values, in t's arch_task, or load
 * them from there.
 * Context: interrupts off, or t cannot be switched out.
 */
void fpu_save(struct task *t);
void fpu_load(struct task *t);
/* Give current the float registers, with its values. */
#define FPU_SWITCHES 16
void fpu_first_use(void);
/*
 * Save current's float registers in its arch_task, or let the values there count
 * instead of them.
 * Context: may be preempted.
 */
void fpu_sync(void);
void fpu_drop(void);

/* Offset of the signal-return code in arch_vdso. */
extern const unsigned long arch_vdso_sigreturn;

#endif
