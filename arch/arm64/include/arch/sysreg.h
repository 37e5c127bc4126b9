/* SPDX-License-Identifier: MIT */
/*
 * System registers of EL1 and their fields, by the Arm Architecture Reference
 * Manual for A-profile (DDI 0487), chapter D19 unless said otherwise.
 */
#ifndef ARCH_SYSREG_H
#define ARCH_SYSREG_H

/* PSTATE as SPSR_EL1 holds it, and its mask bits in DAIF (C5.2.19). */
#define PSTATE_EL0	0x0		/* 64 bits, EL0 */
#define PSTATE_EL1H	0x5		/* EL1, on its own stack pointer */
#define PSTATE_MODE	0xf
#define PSTATE_MODE_32	0x10		/* AArch32 */
#define PSTATE_F	0x40
#define PSTATE_I	0x80		/* interrupts masked */
#define PSTATE_A	0x100
#define PSTATE_D	0x200
#define PSTATE_SS	0x200000	/* software step: run one instruction */
#define PSTATE_DAIF	0x3c0
#define PSTATE_BTYPE	0xc00		/* of the last indirect branch */
/* what programs may change: NZCV, TCO, DIT, SSBS and, by branches, BTYPE */
#define PSTATE_USER	0xf3001c00
#define MDSCR_SS	1		/* MDSCR_EL1: software step of programs */
#define MDSCR_MDE_SHIFT	15		/* breakpoints and watchpoints */
#define MDSCR_MDE	(1 << MDSCR_MDE_SHIFT)
/* DBGBCR, DBGWCR: a point's control */
#define DEBUG_ON	0x1
#define DEBUG_EL0	0x4		/* only accesses of programs */
#define DEBUG_LEVELS	0x6
#define DEBUG_HOW_SHIFT	3		/* 1: loads, 2: stores, 3: both */
#define DEBUG_BYTES_SHIFT 5		/* which bytes from the address on */
#define DFR0_BREAKS_SHIFT 12		/* ID_AA64DFR0_EL1: their number less 1 */
#define DFR0_WATCHES_SHIFT 20
#define DAIF_IRQ	2		/* for msr daifset, daifclr */

/* ESR_EL1: the exception class, and what a data or fetch abort adds. */
#define ESR_EC_SHIFT	26
#define ESR_NO_SECRET	0xfe000140ul	/* the class, the length, and two bits: */
#define ESR_WRITE	0x40		/* a store, or cache maintenance ... */
#define ESR_CM		0x100		/* ... this bit says which */
#define ESR_FSC		0x3f		/* fault status code */
#define FSC_KIND	0x3c		/* without the level */
#define FSC_TRANSLATION	0x04
#define FSC_ACCESS_FLAG	0x08
#define FSC_PERMISSION	0x0c
#define FSC_ALIGNMENT	0x21

#define EC_WAIT		0x01		/* wfi */
#define EC_FLOAT	0x07		/* access to float registers */
#define EC_SVC		0x15
#define EC_FETCH_USER	0x20
#define EC_FETCH_KERNEL	0x21
#define EC_PC_ALIGNMENT	0x22
#define EC_DATA_USER	0x24
#define EC_DATA_KERNEL	0x25
#define EC_SP_ALIGNMENT	0x26
#define EC_BREAK_USER	0x30
#define EC_STEP_USER	0x32
#define EC_WATCH_USER	0x34
#define EC_BRK		0x3c

/* Not an exception class: the cause of an interrupt. */
#define CAUSE_INTERRUPT	0x8000000000000000

/* SCTLR_EL1; bits that must be 1 on CPUs that do not define them are in ON. */
#define SCTLR_M		0x1		/* translation */
#define SCTLR_C		0x4		/* data caches */
#define SCTLR_SA	0x8		/* alignment of sp, in EL1 ... */
#define SCTLR_SA0	0x10		/* ... and in EL0 */
#define SCTLR_I		0x1000		/* instruction caches */
#define SCTLR_DZE	0x4000		/* EL0 may `dc zva` */
#define SCTLR_UCT	0x8000		/* EL0 may read CTR_EL0 */
#define SCTLR_NTWE	0x40000		/* EL0 may wfe */
#define SCTLR_UCI	0x4000000	/* EL0 may maintain caches */
#define SCTLR_RES1	0x30500980	/* bits 29, 28, 22, 20, 11, 8, 7 */
/* SPAN (bit 23) is 0: an exception forbids access to user pages. */
#define SCTLR_OFF	SCTLR_RES1
#define SCTLR_ON	(SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | \
			 SCTLR_SA0 | SCTLR_I | SCTLR_DZE | SCTLR_UCT | \
			 SCTLR_NTWE | SCTLR_UCI)

/*
 * TCR_EL1: both halves have 39 bits and 4 KiB pages; table walks are cached,
 * inner shareable; the top byte of a user address is ignored, as on Linux.
 */
#define TCR_T0SZ	25
#define TCR_T1SZ	(25 << 16)
#define TCR_CACHED	0x35003500	/* SH, ORGN, IRGN of both halves */
#define TCR_TG1_4K	0x80000000	/* 0 in TG0 means the same */
#define TCR_IPS_SHIFT	32		/* size of physical addresses */
#define TCR_AS		(1 << 36)	/* 16-bit ASIDs */
#define TCR_TBI0	(1 << 37)

/* MAIR_EL1: attribute 0 is cached memory, 1 a device (nGnRE). */
#define MAIR		0x04ff

#define CPACR_FLOAT	0x300000	/* float registers in EL0 and EL1 */
#define CNTKCTL_EL0VCTEN 2		/* EL0 may read CNTVCT_EL0 */
#define TTBR_ASID_SHIFT	48

/* Identification registers: 4-bit fields. */
#define ISAR0_TLB_SHIFT	56
#define ISAR0_TLB_RANGE	2
#define MMFR0_PARANGE_SHIFT 0
#define MMFR0_ASIDBITS_SHIFT 4
#define MMFR0_TGRAN4_SHIFT 28
#define MMFR0_NO_TGRAN4	0xf
#define MMFR1_PAN_SHIFT	20
#define MPIDR_AFFINITY	0xff00fffffful	/* Aff3, Aff2 to Aff0 */

#ifndef __ASSEMBLER__

/* A name that is a macro stands for its value, as in s3_0_c4_c6_0. */
#define SYSREG_NAME(reg) #reg
#define read_sysreg(reg) ({ unsigned long v_; \
	__asm__ volatile("mrs %0, " SYSREG_NAME(reg) : "=r"(v_) :: "memory"); v_; })
#define write_sysreg(reg, v) \
	__asm__ volatile("msr " SYSREG_NAME(reg) ", %x0" \
			 :: "rZ"((unsigned long)(v)) : "memory")
#define isb() __asm__ volatile("isb" ::: "memory")

#endif
#endif
