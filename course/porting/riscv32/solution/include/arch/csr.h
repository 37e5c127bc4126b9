/* SPDX-License-Identifier: MIT */
/*
 * Control and status registers, by the privileged architecture manual.  Those
 * of machine mode are for firmware.S only.
 */
#ifndef ARCH_CSR_H
#define ARCH_CSR_H

#define SSTATUS_SIE	0x2		/* interrupts on */
#define SSTATUS_SPIE	0x20		/* SIE after sret */
#define SSTATUS_SPP	0x100		/* sret goes to supervisor mode */
#define SSTATUS_SUM	0x40000		/* supervisor may access U pages */

#define SIE_SOFT	0x2
#define SIE_TIMER	0x20
#define SIE_EXTERNAL	0x200

#define CAUSE_INTERRUPT	0x80000000ul
#define IRQ_S_SOFT	1
#define IRQ_S_TIMER	5
#define IRQ_S_EXTERNAL	9

#define CAUSE_FETCH_MISALIGNED	0
#define CAUSE_ILLEGAL		2
#define CAUSE_BREAKPOINT	3
#define CAUSE_LOAD_MISALIGNED	4
#define CAUSE_STORE_MISALIGNED	6
#define CAUSE_ECALL_U		8
#define CAUSE_FETCH_PAGE	12
#define CAUSE_LOAD_PAGE		13
#define CAUSE_STORE_PAGE	15

#define SATP_SV32	0x80000000ul
#define SATP_ASID_SHIFT	22
#define SATP_ASID_BITS	9

/* Registers of Sstc, which older assemblers lack; the names are for csr_*(). */
#define CSR_STIMECMP	0x14d
#define CSR_STIMECMPH	0x15d

#ifndef __ASSEMBLER__

#define CSR_TEXT(csr) #csr
#define csr_read(csr) ({ unsigned long v_; \
	__asm__ volatile("csrr %0, " CSR_TEXT(csr) : "=r"(v_) :: "memory"); \
	v_; })
#define csr_write(csr, v) \
	__asm__ volatile("csrw " CSR_TEXT(csr) ", %0" :: "rK"(v) : "memory")
#define csr_set(csr, v) \
	__asm__ volatile("csrs " CSR_TEXT(csr) ", %0" :: "rK"(v) : "memory")
#define csr_clear(csr, v) \
	__asm__ volatile("csrc " CSR_TEXT(csr) ", %0" :: "rK"(v) : "memory")
#define csr_read_clear(csr, v) ({ unsigned long v_; \
	__asm__ volatile("csrrc %0, " CSR_TEXT(csr) ", %1" : "=r"(v_) \
			 : "rK"(v) : "memory"); v_; })

#endif
#endif
