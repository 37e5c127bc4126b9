/* SPDX-License-Identifier: MIT */
/* Private to the port: what start.c learnt from the device tree. */
#ifndef ARCH_MACHINE_H
#define ARCH_MACHINE_H

#include <arch/task.h>
#include <lt/boot.h>
#include <lt/types.h>

/* Physical addresses; 0: the machine has none.  Constant after start(). */
struct machine {
	paddr_t uart, test, rtc;
	unsigned long uart_size, rtc_size;
	u32 timebase;			/* ticks of `time` in a second */
	bool sstc;			/* stimecmp is there */
	char isa[128];			/* riscv,isa of the boot hart */
};
extern struct machine machine;

struct task;
extern struct task boot_task;	/* until portable code has its own */
extern char boot_stack[], emergency_stack[];

void start(unsigned long hart, paddr_t dtb);	/* from boot.S */
void secondary_start(void);		/* boot.S; physical */
void time_init(void);
void time_init_cpu(void);
void irq_init_cpu(void);
void console_init(void);
void sbi_report(void);

void trap_dispatch(struct trapframe *tf);	/* from trap.S */
void fork_return(void);
void kthread_start(void);

void fpu_save(struct task *t);
void fpu_load(struct task *t);
/*
 * The registers, which are current's, to or from a struct fpu_state below
 * USER_TOP.  Context: may sleep.  Return: 0 or -EFAULT.
 */
int fpu_save_user(uaddr_t to);
int fpu_load_user(uaddr_t from);
/* First use of float registers: give them to current, zeroed. */
void fpu_first_use(struct trapframe *tf);

/* The floating-point part of a frame.  Return: 0 or -EFAULT. */
int signal_push_fpu(const struct trapframe *tf, uaddr_t at);
int signal_pop_fpu(struct trapframe *tf, uaddr_t at);
struct siginfo;
struct signal_frame;
struct vm_space;
/* Programs of 32 bits, for the extension that runs them; NULL: there is none. */
struct narrow {
	/* Is the space one of such a program? */
	bool (*is_space)(const struct vm_space *s);
	/* As arch_signal_push() and _pop(). */
	int (*push)(struct trapframe *tf, const struct signal_frame *f);
	int (*pop)(struct trapframe *tf, struct signal_frame *f);
	/* siginfo_t as the program has it, to SIGINFO_SIZE bytes. */
	void (*siginfo)(void *to, const struct siginfo *info);
};
extern const struct narrow *narrow;

/* What vdso.S reads a clock with: ns = ticks * whole + ticks * part / 2^64. */
struct vdso_clock {
	u64 whole, part;
	s64 realtime_offset;		/* ns */
	u64 clocks;			/* it reads those below; 0: leave it */
	u64 second;			/* const: ns */
};
extern struct vdso_clock vdso_clock;
extern const char vdso_image[];
/* Offset of the signal-return code in arch_vdso. */
extern const unsigned long arch_vdso_sigreturn;

void power_word(paddr_t at, u32 value) __attribute__((noreturn));

#endif
