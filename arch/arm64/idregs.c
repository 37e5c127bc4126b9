/* SPDX-License-Identifier: MIT */
/*
 * Identification registers for programs (HWCAP_CPUID).  EL0 may not read them;
 * as on Linux, the trap of an mrs is answered with what a program may rely on:
 * the fields of instructions that it may use, and the least value of all other
 * fields, whatever the CPU has.
 */
#include <arch/machine.h>
#include <kernel/current.h>
#include <lt/compiler.h>
#include <mm/uaccess.h>

/* mrs Xt, S3_0_C0_Cm_op2: bits 8 to 11 are m, 5 to 7 op2, 0 to 4 t. */
#define MRS_ID		0xd5380000
#define MRS_ID_MASK	0xfffff000
#define ID(m, op2)	((m) << 3 | (op2))

#define MIDR		ID(0, 0)
#define MPIDR		ID(0, 5)
#define MPIDR_RES1	0x80000000	/* and no affinity */

#define PFR0_64BIT	0x11		/* EL0 and EL1 run 64 bits only */
#define DFR0_DEBUG	0x6		/* version 8 */
#define MMFR0_NO_PAGES	0x111ff000000	/* tells no size of pages */

/*
 * The fields that programs see.  Not among them are SVE, SME, MTE, BTI and
 * pointer authentication, which this kernel does not switch on.
 */
#define SHOWN_PFR0	0x000f000000ff0000	/* DIT, vectors, floats */
#define SHOWN_PFR1	0x00000000000000f0	/* SSBS */
#define SHOWN_ISAR0	0xf0fffffff0fffff0	/* all but TLB and TME */
#define SHOWN_ISAR1	0x00ffffff00fff00f
#define SHOWN_ISAR2	0x00000000000000ff	/* RPRES, WFxT */
#define SHOWN_MMFR0	0xf000000000000000	/* ECV */
#define SHOWN_MMFR1	0x0000f00000000000	/* AFP */
#define SHOWN_MMFR2	0x0000000f00000000	/* AT */

/* The assemblers of some machines do not know the newer names. */
#define READ_ID(m, op2) ({						\
	unsigned long value_;						\
	__asm__("mrs %0, S3_0_C0_C" #m "_" #op2 : "=r"(value_));	\
	value_; })

/* Return: register `id` as a program sees it; 0 for one without a row */
static unsigned long idreg_value(unsigned id)
{
	switch (id) {
	case MIDR:
		return READ_ID(0, 0);
	case MPIDR:
		return MPIDR_RES1;
	case ID(4, 0):
		return (READ_ID(4, 0) & SHOWN_PFR0) | PFR0_64BIT;
	case ID(4, 1):
		return READ_ID(4, 1) & SHOWN_PFR1;
	case ID(5, 0):
		return DFR0_DEBUG;
	case ID(6, 0):
		return READ_ID(6, 0) & SHOWN_ISAR0;
	case ID(6, 1):
		return READ_ID(6, 1) & SHOWN_ISAR1;
	case ID(6, 2):
		return READ_ID(6, 2) & SHOWN_ISAR2;
	case ID(7, 0):
		return (READ_ID(7, 0) & SHOWN_MMFR0) | MMFR0_NO_PAGES;
	case ID(7, 1):
		return READ_ID(7, 1) & SHOWN_MMFR1;
	case ID(7, 2):
		return READ_ID(7, 2) & SHOWN_MMFR2;
	}
	return 0;
}

/* Of CRm 0, only registers that every CPU has; 1 to 3 have none. */
static bool idreg_exists(unsigned id)
{
	return id == MIDR || id == MPIDR || id == ID(0, 6) || id >= ID(4, 0);
}

bool arm64_read_id(struct trapframe *tf)
{
	u32 code;
	unsigned id;
	int err;

	current->no_faults = true;
	barrier();
	err = arch_user_load32(&code, tf_pc(tf));
	barrier();
	current->no_faults = false;
	if (err) {		/* the page has just gone: fetch once more */
		trap_page_fault(tf, tf_pc(tf), FAULT_EXEC);
		return true;
	}
	id = code >> 5 & 0x7f;
	if ((code & MRS_ID_MASK) != MRS_ID || id >= ID(8, 0) ||
	    !idreg_exists(id))
		return false;
	if ((code & 31) < REG_COUNT)
		tf->regs[code & 31] = idreg_value(id);
	tf_end_syscall(tf);	/* load all registers, not only the lost ones */
	arm64_skip_instruction(tf);
	return true;
}
