/* SPDX-License-Identifier: MIT */
/*
 * Chooses the machine's half of the library.  Relative paths, so that a
 * program needs one -I only.
 */
#ifndef LIBC_ARCH_H
#define LIBC_ARCH_H

#if defined(__riscv)
#include "../arch/riscv/arch.h"
#elif defined(__i386__)
#include "../arch/i386/arch.h"
#else
#error "user/libc/arch has no folder for this machine"
#endif

#endif
