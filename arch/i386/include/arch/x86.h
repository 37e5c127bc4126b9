/* SPDX-License-Identifier: MIT */
/*
 * Processor registers, segment selectors and port access, by Intel's manual
 * (volume 3, chapters 2, 3 and 6).  The selectors are Linux's: programs see
 * them in signal frames and set_thread_area(2).
 */
#ifndef ARCH_X86_H
#define ARCH_X86_H

#define EFLAGS_CF	0x1
#define EFLAGS_TF	0x100
#define EFLAGS_IF	0x200
#define EFLAGS_DF	0x400
#define EFLAGS_RF	0x10000
#define EFLAGS_VM	0x20000		/* virtual-8086 mode */
/* The flags that a signal return may set: AC RF OF DF TF SF ZF AF PF CF. */
#define EFLAGS_USER	0x50dd5
#define EFLAGS_FIXED	0x2		/* always reads as one */

/* DR6: the reasons for a debug exception; the other bits read as ones. */
#define DR6_HITS	0xf		/* DR0 to DR3 */
#define DR6_STEP	0x4000
#define DR6_CLEAR	0xffff0ff0
/* DR7 has two enable bits and four kind bits for each of DR0 to DR3. */
#define DR7_ON		0xff
#define DR7_ON_OF(n)	(3u << 2 * (n))
#define DR7_KIND_SHIFT(n) (16 + 4 * (n))
#define DR7_KIND(n)	(15u << DR7_KIND_SHIFT(n))
/*
 * The low two bits of a kind say which access traps; the high two bits are the
 * length of the watched memory minus one.
 */
#define DR7_FETCH	0
#define DR7_STORE	1
#define DR7_PORT	2
#define DR7_ACCESS	3

#define CR0_MP		0x2
#define CR0_EM		0x4
#define CR0_TS		0x8
#define CR0_NE		0x20
#define CR0_WP		0x10000
#define CR0_AM		0x40000
#define CR0_NW		0x20000000
#define CR0_CD		0x40000000
#define CR0_PG		0x80000000
#define CR4_DE		0x8
#define CR4_PSE		0x10
#define CR4_PGE		0x80
#define CR4_OSFXSR	0x200
#define CR4_OSXMMEXCPT	0x400

/* CPUID leaf 1, edx. */
#define CPUID_FPU	0x1
#define CPUID_PSE	0x8
#define CPUID_TSC	0x10
#define CPUID_CX8	0x100
#define CPUID_APIC	0x200
#define CPUID_PGE	0x2000
#define CPUID_CMOV	0x8000
#define CPUID_FXSR	0x1000000
#define CPUID_SSE	0x2000000
/* Features that the kernel or its compiler needs. */
#define CPUID_NEEDED	(CPUID_FPU | CPUID_PSE | CPUID_TSC | CPUID_CX8 | \
			 CPUID_APIC | CPUID_PGE | CPUID_CMOV | CPUID_FXSR | \
			 CPUID_SSE)

/* CPUID leaf 1, ecx. */
#define CPUID_HYPERVISOR 0x80000000

/* The local APIC's interrupt command, low word. */
#define ICR_NMI		0x400
#define ICR_INIT	0x500
#define ICR_STARTUP	0x600		/* + page number of the start address */
#define ICR_PENDING	0x1000
#define ICR_ASSERT	0x4000

#define GDT_TLS_FIRST	6
#define GDT_TLS_SLOTS	3
#define GDT_TSS		16
#define GDT_PERCPU	27		/* the same as in Linux */
#define GDT_DF_TSS	31
#define GDT_ENTRIES	32

#define I386_CPU_SHIFT	9		/* size of struct i386_cpu */
#define I386_CURRENT	0x100		/* offset of the running task in
					   struct i386_cpu */

#define KERNEL_CS	0x60
#define KERNEL_DS	0x68
#define KERNEL_FS	0xd8		/* GDT_PERCPU */
#define USER_CS		0x73
#define USER_DS		0x7b

#define VECTOR_NMI	2
#define VECTOR_DF	8
#define VECTOR_GP	13
#define VECTOR_IRET	15	/* a reserved vector that the kernel uses
				   itself */
#define VECTOR_PF	14
#define VECTOR_IRQ	0x30		/* + input number of the I/O APICs */
#define VECTOR_IRQ_END	0x60
#define VECTOR_SYSCALL	0x80
#define VECTOR_TIMER	0xf0
#define VECTOR_IPI	0xf1
#define VECTOR_SPURIOUS	0xff

#ifndef __ASSEMBLER__
#include <lt/types.h>

static inline u8 in8(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static inline void out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" :: "a"(v), "Nd"(port));
}

static inline void out16(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" :: "a"(v), "Nd"(port));
}

#define read_cr(n) ({ unsigned long v_; \
	__asm__ volatile("movl %%cr" #n ", %0" : "=r"(v_) :: "memory"); v_; })
#define write_cr(n, v) \
	__asm__ volatile("movl %0, %%cr" #n \
			 :: "r"((unsigned long)(v)) : "memory")

static inline u64 read_tsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

struct cpuid {
	u32 a, b, c, d;
};

static inline struct cpuid cpuid(u32 leaf)
{
	struct cpuid r;

	__asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(0));
	return r;
}

/*
 * Return: true if sel may be loaded into a data segment register for user mode.
 */
static inline bool segment_readable(u16 sel)
{
	bool ok;

	__asm__("verr %1" : "=@ccz"(ok) : "r"(sel));
	return ok;
}

#define read_segment(reg) ({ unsigned v_; \
	__asm__ volatile("movl %%" #reg ", %0" : "=r"(v_)); v_ & 0xffff; })
/*
 * Load a segment register.  sel is null, or segment_readable() has accepted it,
 * so the load cannot fault.
 */
#define load_segment(reg, sel) \
	__asm__ volatile("movl %0, %%" #reg :: "r"((unsigned)(sel)))

#endif
#endif
