/* SPDX-License-Identifier: MIT */
/*
 * The processors' features, by key; the numbers are those of Linux's
 * Documentation/arch/riscv/hwprobe.rst.
 */
#ifndef ARCH_HWPROBE_H
#define ARCH_HWPROBE_H

#define HWPROBE_KEYS	6		/* number of keys; keys 0 to 5 are
					   known */
#define HWPROBE_FIRMWARE 3		/* keys below this are from the
					   firmware */
#define HWPROBE_IMA	1		/* the base instruction set and A, M */
#define HWPROBE_FD_C	3		/* extensions F and D (1), C (2) */

#ifndef __ASSEMBLER__
#include <lt/types.h>

/* Values by key, in the vDSO, so that most queries need no trap. */
extern u64 vdso_hwprobe[HWPROBE_KEYS];
#endif

#endif
