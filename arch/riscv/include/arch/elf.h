/* SPDX-License-Identifier: MIT */
/* Properties of this machine's executables. */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#define ARCH_ELF_MACHINE 243	/* EM_RISCV */
#define ARCH_ELF_MACHINE_TOO ARCH_ELF_MACHINE
#define ARCH_ELF_CLASS	2	/* ELFCLASS64 */
#define ARCH_ELF_READ_AS 0	/* 0: read the file as its header says */
#define ARCH_PLATFORM	NULL	/* no AT_PLATFORM, as Linux */
#define ARCH_HWCAP	0x112d	/* IMAFDC, as Linux gives it */
#define ARCH_HWCAP2	(-1)	/* -1: no AT_HWCAP2 */
#define ARCH_AUX_CACHES	8	/* AT_ entries on caches, all 0: unknown */

#define ARCH_MINSIGSTKSZ 1088	/* the signal frame */

#endif
