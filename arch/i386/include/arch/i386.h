/* SPDX-License-Identifier: MIT */
/* What the files of this port share with each other and nobody else. */
#ifndef ARCH_I386_H
#define ARCH_I386_H

#include <arch/task.h>
#include <lt/types.h>

/* boot.S */
extern char boot_stack[];
void boot_main(paddr_t info) __attribute__((noreturn));

/* trap.S, trap.c */
extern char vector_stubs[], vector_syscall[], vector_page_fault[];
extern char emergency_stack_top[], double_fault_entry[];
void trap_init(void);
void trap_set_root(paddr_t root);	/* for double faults */
void i386_trap(struct trapframe *tf);
void i386_page_fault(struct trapframe *tf, vaddr_t va);
extern paddr_t i386_root;	/* last given to arch_mmu_activate() */
void i386_double_fault(void) __attribute__((noreturn));
/* arch_switch writes the TLS slots of the GDT and esp0 of the TSS. */
extern u64 i386_gdt[];
extern struct tss i386_tss;

/* switch.S */
void fork_return(void);
void kthread_start(void);

/* irq.c */
void irq_init(void);
void irq_dispatch(struct trapframe *tf);

/* time.c; lapic: registers of the local APIC, where they are mapped now. */
void time_calibrate(volatile u32 *lapic);
void time_init(volatile u32 *lapic);
unsigned time_tsc_khz(void);
void lapic_rearm(void);		/* fire again as soon as interrupts are on */

/* vdso.S: its words that the kernel writes, ns = tsc * whole.part + offset. */
extern struct vdso_clock {
	u32 whole, part;	/* part / 2^32; const after time_calibrate */
	s64 realtime_offset;
} vdso_clock;
/* Offsets in the image of arch_vdso. */
extern const struct {
	u32 sigreturn, rt_sigreturn;
} vdso_entries;

#endif
