/* SPDX-License-Identifier: MIT */
/* Properties of this machine's executables. */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#include <arch/x86.h>

#define ARCH_ELF_MACHINE 3	/* EM_386 */
#define ARCH_ELF_MACHINE_TOO 6	/* EM_486 */
#define ARCH_ELF_CLASS	1	/* ELFCLASS32 */
#define ARCH_ELF_READ_AS ARCH_ELF_CLASS	/* the file's class is ignored */
#define ARCH_PLATFORM	"i686"
#define ARCH_HWCAP	cpuid(1).d
#define ARCH_HWCAP2	0	/* -1: no AT_HWCAP2 */
#define ARCH_AUX_CACHES	0	/* cache entries: none */

#define ARCH_MINSIGSTKSZ 1440	/* frame with FPU image, rounded up */

#endif
