/* SPDX-License-Identifier: MIT */
/*
 * Include the machine's part of the library.  The paths are relative, so that
 * programs need only one -I option.
 */
#ifndef LIBC_ARCH_H
#define LIBC_ARCH_H

#if defined(__riscv)
#include "../arch/riscv/arch.h"
#elif defined(__aarch64__)
#include "../arch/arm64/arch.h"
#elif defined(__i386__)
#include "../arch/i386/arch.h"
#else
#error "user/libc/arch has no folder for this machine"
#endif

#endif
