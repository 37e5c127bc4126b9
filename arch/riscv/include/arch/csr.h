/* SPDX-License-Identifier: MIT */
/*
 * Control and status registers of supervisor mode, by the privileged
 * architecture manual, chapter "Supervisor-Level ISA".
 */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

#define SSTATUS_SIE	0x2		/* interrupts on */
#define SSTATUS_SPIE	0x20		/* SIE after sret */
#define SSTATUS_SPP	0x100		/* sret goes to supervisor mode */
#define SSTATUS_FS	0x6000		/* float unit: 0 off ... 3 dirty */
#define SSTATUS_FS_CLEAN 0x4000
#define SSTATUS_FS_SHIFT 13
#define SSTATUS_SUM	0x40000		/* supervisor may access U pages */
#define SSTATUS_UXL_32	0x100000000
#define SSTATUS_UXL_64	0x200000000

#define SIE_SOFT	0x2
#define SIE_TIMER	0x20
#define SIE_EXTERNAL	0x200

#define CAUSE_INTERRUPT	(1ul << 63)
#define IRQ_S_SOFT	1
#define IRQ_S_TIMER	5
#define IRQ_S_EXTERNAL	9

#define CAUSE_FETCH_MISALIGNED	0
#define CAUSE_FETCH_ACCESS	1
#define CAUSE_ILLEGAL		2
#define CAUSE_BREAKPOINT	3
#define CAUSE_LOAD_MISALIGNED	4
#define CAUSE_LOAD_ACCESS	5
#define CAUSE_STORE_MISALIGNED	6
#define CAUSE_STORE_ACCESS	7
#define CAUSE_ECALL_U		8
#define CAUSE_FETCH_PAGE	12
#define CAUSE_LOAD_PAGE		13
#define CAUSE_STORE_PAGE	15

#define SATP_SV39	(8ul << 60)
#define SATP_ASID_SHIFT	44

#define CSR_STIMECMP	0x14d		/* Sstc; older assemblers lack it */

#ifndef __ASSEMBLER__

#define csr_read(csr) ({ unsigned long v_; \
	__asm__ volatile("csrr %0, " #csr : "=r"(v_) :: "memory"); v_; })
#define csr_write(csr, v) \
	__asm__ volatile("csrw " #csr ", %0" :: "rK"(v) : "memory")
#define csr_set(csr, v) \
	__asm__ volatile("csrs " #csr ", %0" :: "rK"(v) : "memory")
#define csr_clear(csr, v) \
	__asm__ volatile("csrc " #csr ", %0" :: "rK"(v) : "memory")
#define csr_read_clear(csr, v) ({ unsigned long v_; \
	__asm__ volatile("csrrc %0, " #csr ", %1" : "=r"(v_) : "rK"(v) \
			 : "memory"); v_; })

#endif
#endif
