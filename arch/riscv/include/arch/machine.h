/* SPDX-License-Identifier: MIT */
/* Private to the port: the facts that start.c read from the device tree. */
#ifndef ARCH_MACHINE_H
#define ARCH_MACHINE_H

#include <arch/task.h>
#include <lt/boot.h>
#include <lt/types.h>

/* Physical addresses; 0: the machine has none.  Constant after start(). */
struct machine {
	paddr_t uart, test, rtc;
	unsigned long uart_size, rtc_size;
	u32 timebase;			/* ticks of register `time` per
					   second */
	bool sstc;			/* register stimecmp exists */
	char isa[128];			/* riscv,isa of the boot hart */
};
extern struct machine machine;

struct task;
extern struct task boot_task;	/* used until portable code creates its own */
extern char boot_stack[], emergency_stack[];

void start(unsigned long hart, paddr_t dtb);	/* from boot.S */
void secondary_start(void);		/* in boot.S; a physical address */
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
 * Save or load the registers, which are current's, to or from a struct
 * fpu_state below USER_TOP.
 * Context: may sleep.
 * Return: 0 or -EFAULT.
 */
int fpu_save_user(uaddr_t to);
int fpu_load_user(uaddr_t from);
/*
 * Load current's float state, initially zero, on the first use of float
 * registers.
 */
void fpu_first_use(struct trapframe *tf);

/*
 * Write or read the floating-point part of a signal frame.
 * Return: 0 or -EFAULT.
 */
int signal_push_fpu(const struct trapframe *tf, uaddr_t at);
int signal_pop_fpu(struct trapframe *tf, uaddr_t at);
struct siginfo;
struct signal_frame;
struct vm_space;
/* Operations of the extension that runs 32-bit programs; NULL: no extension. */
struct narrow {
	/* True if the address space belongs to a 32-bit program. */
	bool (*is_space)(const struct vm_space *s);
	/* Like arch_signal_push() and arch_signal_pop(). */
	int (*push)(struct trapframe *tf, const struct signal_frame *f);
	int (*pop)(struct trapframe *tf, struct signal_frame *f);
	/*
	 * Write info as a 32-bit program's siginfo_t, SIGINFO_SIZE bytes, to
	 * `to`.
	 */
	void (*siginfo)(void *to, const struct siginfo *info);
};
extern const struct narrow *narrow;

/* Offset of the signal-return code in arch_vdso. */
extern const unsigned long arch_vdso_sigreturn;

void power_word(paddr_t at, u32 value) __attribute__((noreturn));

#endif
