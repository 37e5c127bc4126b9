/* SPDX-License-Identifier: MIT */
/* The properties of this machine's executables, and what exec tells them. */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#define ARCH_ELF_MACHINE 243	/* EM_RISCV */
#define ARCH_ELF_MACHINE_TOO ARCH_ELF_MACHINE	/* another, if it has two */
#define ARCH_ELF_CLASS	1	/* words of 32 bits */
#define ARCH_ELF_READ_AS 0	/* the class a file says, or always this one */
#define ARCH_PLATFORM	NULL	/* AT_PLATFORM */
#define ARCH_HWCAP	0x1105	/* IMAC */
#define ARCH_HWCAP2	(-1)	/* AT_HWCAP2; -1: none */
#define ARCH_AUX_CACHES	0	/* AT_L1I_CACHESIZE and on: none */

#define ARCH_MINSIGSTKSZ 2048	/* what a signal frame takes, and more */

#endif
