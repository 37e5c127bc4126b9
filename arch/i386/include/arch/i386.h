/* SPDX-License-Identifier: MIT */
/* What the files of this port share with each other and nobody else. */
#ifndef ARCH_I386_H
#define ARCH_I386_H

#include <arch/task.h>
#include <kernel/current.h>
#include <lt/boot.h>
#include <lt/types.h>

#define PDE_RW_4M	0x83		/* present, writable, 4 MiB */

/* boot.S: its page table serves again when a further CPU starts. */
extern char boot_stack[];
extern u32 boot_directory[];
void boot_main(paddr_t info) __attribute__((noreturn));

/* trap.S, trap.c */
extern char vector_stubs[], vector_syscall[], vector_page_fault[];
extern char emergency_stack_top[], double_fault_entry[];
void trap_init(void);
/*
 * A general protection fault: it was an `int n` that an extension serves as a
 * system call.  const after init; NULL: there is none.
 * Context: interrupts off, before and after.
 */
extern bool (*i386_other_int)(struct trapframe *tf);
/* Load this CPU's tables; emergency_top: its stack for double faults. */
void trap_init_cpu(unsigned id, void *emergency_top);
void trap_set_root(paddr_t root);	/* the boot CPU's double faults */
void i386_trap(struct trapframe *tf);
void i386_page_fault(struct trapframe *tf, vaddr_t va);
void i386_double_fault(unsigned id) __attribute__((noreturn));

/* Intel's manual, volume 3, figure 8-2. */
struct tss {
	u32 link, esp0, ss0, esp1, ss1, esp2, ss2, cr3, eip, eflags;
	u32 eax, ecx, edx, ebx, esp, ebp, esi, edi;
	u32 es, cs, ss, ds, fs, gs, ldt;
	u16 trap, iomap;
};

/*
 * What each CPU has for itself; only that CPU touches it, and finds it by fs.
 * arch_switch writes the TLS slots, esp0, debug and the running task.
 */
struct i386_cpu {
	u64 gdt[GDT_ENTRIES];
	struct task *running;		/* arch_current() */
	struct tss tss;
	struct tss df_tss;		/* of the double-fault task */
	paddr_t root;			/* last given to arch_mmu_activate() */
	u8 raised;			/* vector that fired, unclaimed; 0: none */
	u8 debug;			/* what of DR7_ON is on */
} __attribute__((aligned(1 << I386_CPU_SHIFT)));
_Static_assert(sizeof(struct i386_cpu) == 1 << I386_CPU_SHIFT, "its limit");
_Static_assert(__builtin_offsetof(struct i386_cpu, running) == I386_CURRENT,
	       "arch_current");

extern struct i386_cpu i386_cpus[MAX_CPUS];

static inline struct i386_cpu *i386_self(void)
{
	return &i386_cpus[cpu_self()->id];
}

/* switch.S */
void fork_return(void);
void kthread_start(void);

/* syscall.c: a TLS slot of any task that is off every CPU */
struct uabi_user_desc;
void tls_get(const struct task *t, int slot, struct uabi_user_desc *u);
int tls_set(struct task *t, int slot, const struct uabi_user_desc *u);

/* trampoline.S, smp.c */
void secondary_main(void) __attribute__((noreturn));

/* irq.c */
void irq_init(void);
void irq_init_cpu(void);
void irq_dispatch(struct trapframe *tf);
/* Send a vector, or what an ICR_ word says, to the local APIC of that id. */
void lapic_command(unsigned id, u32 command);

/* time.c; lapic: registers of the local APIC, where they are mapped now. */
void time_calibrate(volatile u32 *lapic);
void time_init(volatile u32 *lapic);
void time_init_cpu(void);
bool time_virtual(void);	/* a machine of QEMU */
unsigned time_tsc_khz(void);
void lapic_rearm(void);		/* fire again as soon as interrupts are on */

/* vdso.S: its words that the kernel writes, ns = tsc * whole.part + offset. */
extern struct vdso_clock {
	u32 whole, part;	/* part / 2^32; const after time_calibrate */
	s64 realtime_offset;
	u32 monotonic_low;	/* 0 */
	u32 monotonic_high;	/* 0, or the clocks are the kernel's to read */
	u32 changes;		/* of realtime_offset; odd: half written */
} vdso_clock;
/* Offsets in the image of arch_vdso. */
extern const struct {
	u32 sigreturn, rt_sigreturn;
} vdso_entries;

#endif
