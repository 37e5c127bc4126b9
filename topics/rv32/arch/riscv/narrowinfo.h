/* SPDX-License-Identifier: MIT */
/* The 32-bit siginfo_t, and ptrace(2), which reports it (docs/rv32.md). */
#ifndef TOPICS_RV32_ARCH_RISCV_NARROWINFO_H
#define TOPICS_RV32_ARCH_RISCV_NARROWINFO_H

#include "narrow.h"
#include <kernel/signal/siginfo.h>

/*
 * Do the work of siginfo_encode() for a 32-bit program: write SIGINFO_SIZE
 * bytes.
 */
void narrow_siginfo(void *to, const struct siginfo *info);
/*
 * Convert a 64-bit siginfo_t that a call has written at a user address to 32
 * bits, in place.
 * Return: 0 or -EFAULT.
 */
int narrow_info(uaddr_t at);
/*
 * Convert a 32-bit siginfo_t to 64 bits.  signo: the signal; 0: use the number
 * in the structure.  wide: SIGINFO_SIZE bytes.
 * Return: 0 or -EFAULT.
 */
int widen_info(void *wide, uaddr_t from, int signo);

narrow_call_t narrow_ptrace;

#endif
