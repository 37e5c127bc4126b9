/* SPDX-License-Identifier: MIT */
/*
 * Calls to the firmware (row B10), by the RISC-V Supervisor Binary Interface
 * specification 1.0: extension in a7, function in a6, and two results.
 */
#ifndef ARCH_SBI_H
#define ARCH_SBI_H

#include <lt/types.h>

#define SBI_LEGACY_PUTCHAR	0x01
#define SBI_BASE		0x10
#define SBI_TIME		0x54494d45
#define SBI_IPI			0x735049
#define SBI_RFENCE		0x52464e43
#define SBI_HSM			0x48534d
#define SBI_SRST		0x53525354
#define SBI_PMU			0x504d55
#define SBI_DBCN		0x4442434e

#define SBI_BASE_VERSION	0
#define SBI_BASE_IMPLEMENTATION	1
#define SBI_BASE_PROBE		3
#define SBI_BASE_VENDOR		4
#define SBI_BASE_ARCH		5
#define SBI_BASE_MODEL		6
#define SBI_SRST_SHUTDOWN	0
#define SBI_SRST_WARM_REBOOT	2

#define SBI_ALREADY_AVAILABLE	(-6)

struct sbi_result {
	long error;
	long value;
};

static inline struct sbi_result sbi_call3(unsigned long extension,
					  unsigned long function,
					  unsigned long arg0,
					  unsigned long arg1,
					  unsigned long arg2)
{
	register unsigned long a0 __asm__("a0") = arg0;
	register unsigned long a1 __asm__("a1") = arg1;
	register unsigned long a2 __asm__("a2") = arg2;
	register unsigned long a6 __asm__("a6") = function;
	register unsigned long a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbi_result){ (long)a0, (long)a1 };
}

static inline struct sbi_result sbi_call(unsigned long extension,
					 unsigned long function,
					 unsigned long arg0,
					 unsigned long arg1)
{
	return sbi_call3(extension, function, arg0, arg1, 0);
}

#endif
