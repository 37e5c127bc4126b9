/* SPDX-License-Identifier: MIT */
/* Private to the port: the board, and what the files share. */
#ifndef ARCH_MACHINE_H
#define ARCH_MACHINE_H

/* The devices that work without a mapping; the device tree has the others. */
#define BOARD_UART	0x10000000
#define BOARD_TEST	0x100000	/* ends the machine */
#define BOARD_CLINT	0x2000000	/* word n: interrupts hart n */

#ifndef __ASSEMBLER__
#include <arch/task.h>
#include <lt/types.h>

extern struct task boot_task;	/* used until portable code creates its own */
extern char boot_stack[], emergency_stack[];
extern u32 timebase;		/* ticks of register `time` per second */

void start(unsigned long hart, unsigned long dtb);	/* from firmware.S */
void firmware_putc(char c);
/* Store a word at a physical address, whatever the page tables are. */
void poke_word(unsigned long at, unsigned long value);
/* Harts wait in firmware.S until their place names their struct cpu. */
extern struct cpu *volatile started_cpu[];

void time_init(void);
void irq_init_cpu(void);
void trap_dispatch(struct trapframe *tf);	/* from trap.S */
void fork_return(void);
void kthread_start(void);

#endif
#endif
