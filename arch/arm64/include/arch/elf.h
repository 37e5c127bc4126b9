/* SPDX-License-Identifier: MIT */
/* Properties of this machine's executables. */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#define ARCH_ELF_MACHINE 183	/* EM_AARCH64 */
#define ARCH_ELF_MACHINE_TOO ARCH_ELF_MACHINE
#define ARCH_ELF_CLASS	2	/* ELFCLASS64 */
#define ARCH_ELF_READ_AS ARCH_ELF_CLASS	/* the file's class is ignored */
#define ARCH_PLATFORM	"aarch64"
#define ARCH_HWCAP	arm64_hwcap	/* what start.c found */
#define ARCH_HWCAP2	0
#define ARCH_AUX_CACHES	0

#define ARCH_MINSIGSTKSZ 4720	/* the signal frame, as Linux counts it */

extern unsigned long arm64_hwcap;

#endif
