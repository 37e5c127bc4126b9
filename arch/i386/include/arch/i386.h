/* SPDX-License-Identifier: MIT */
/* Declarations shared only by the files of this port. */
#ifndef ARCH_I386_H
#define ARCH_I386_H

#include <arch/task.h>
#include <kernel/current.h>
#include <lt/boot.h>
#include <lt/types.h>

#define PDE_RW_4M	0x83		/* present, writable, 4 MiB */

/* boot.S: the boot page table is used again when a further CPU starts. */
extern char boot_stack[];
extern u32 boot_directory[];
void boot_main(paddr_t info) __attribute__((noreturn));

/* in trap.S and trap.c */
extern char vector_stubs[], vector_syscall[], vector_page_fault[];
extern char emergency_stack_top[], double_fault_entry[];
void trap_init(void);
/*
 * An extension's function for general protection faults; const after init;
 * NULL: there is no such extension.
 * Context: interrupts off, before and after.
 * Return: true if the fault was an `int n` that the extension has handled as a
 * system call.
 */
extern bool (*i386_other_int)(struct trapframe *tf);
/* Load this CPU's tables; emergency_top: top of its stack for double faults. */
void trap_init_cpu(unsigned id, void *emergency_top);
void trap_set_root(paddr_t root);	/* of the boot CPU, for its double
					   faults */
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
 * Per-CPU data; only the owning CPU accesses it, through fs. arch_switch writes
 * the TLS slots, esp0, debug and the running task.
 */
struct i386_cpu {
	u64 gdt[GDT_ENTRIES];
	struct task *running;		/* arch_current() */
	struct tss tss;
	struct tss df_tss;		/* TSS of the double-fault task */
	paddr_t root;			/* last argument of
					   arch_mmu_activate() */
	u8 raised;			/* unclaimed vector; 0: none */
	u8 debug;			/* enabled bits of DR7_ON */
} __attribute__((aligned(1 << I386_CPU_SHIFT)));
_Static_assert(sizeof(struct i386_cpu) == 1 << I386_CPU_SHIFT, "its limit");
_Static_assert(__builtin_offsetof(struct i386_cpu, running) == I386_CURRENT,
	       "arch_current");

extern struct i386_cpu i386_cpus[MAX_CPUS];

static inline struct i386_cpu *i386_self(void)
{
	return &i386_cpus[cpu_self()->id];
}

/* in switch.S */
void fork_return(void);
void kthread_start(void);

/* In syscall.c: read or set a TLS slot of a task that runs on no CPU. */
struct uabi_user_desc;
void tls_get(const struct task *t, int slot, struct uabi_user_desc *u);
int tls_set(struct task *t, int slot, const struct uabi_user_desc *u);

/* in trampoline.S and smp.c */
void secondary_main(void) __attribute__((noreturn));

/* in irq.c */
void irq_init(void);
void irq_init_cpu(void);
void irq_dispatch(struct trapframe *tf);
/*
 * Send a vector, or a command (ICR_), to the local APIC with the given id.
 */
void lapic_command(unsigned id, u32 command);

/* In time.c.  lapic: the address at which the local APIC is mapped now. */
void time_calibrate(volatile u32 *lapic);
void time_init(volatile u32 *lapic);
void time_init_cpu(void);
bool time_is_virtual(void);	/* true on a virtual machine (QEMU, KVM) */
unsigned time_tsc_khz(void);
void lapic_rearm(void);		/* make the timer fire again as soon as
				   interrupts are on */

/*
 * Data for the clock reads of vdso.S: ns = tsc * (whole + part / 2^32) +
 * offset.
 */
extern struct vdso_clock {
	u32 whole, part;	/* part is in 1/2^32; both const after
				   time_calibrate() */
	s64 realtime_offset;
	u32 monotonic_low;	/* 0 */
	u32 monotonic_high;	/* 0; any other value: the vDSO leaves
				   clock reads to the kernel */
	u32 changes;		/* number of changes of realtime_offset, times
				   2; odd: a change is in progress */
} vdso_clock;
/* Offsets in the image of arch_vdso. */
extern const struct {
	u32 sigreturn, rt_sigreturn;
} vdso_entries;

#endif
