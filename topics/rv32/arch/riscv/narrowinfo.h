/* SPDX-License-Identifier: MIT */
/* siginfo_t of 32 bits, and ptrace(2), which tells of it (docs/rv32.md). */
#ifndef TOPICS_RV32_ARCH_RISCV_NARROWINFO_H
#define TOPICS_RV32_ARCH_RISCV_NARROWINFO_H

#include "narrow.h"
#include <kernel/signal/siginfo.h>

/* As siginfo_encode(), for a program of 32 bits: SIGINFO_SIZE bytes. */
void narrow_siginfo(void *to, const struct siginfo *info);
/*
 * siginfo_t of 64 bits, which a call has written there, becomes one of 32.
 * Return: 0 or -EFAULT.
 */
int narrow_info(uaddr_t at);
/*
 * The reverse, of a signal signo, 0: of what the structure says.
 * wide: SIGINFO_SIZE bytes.
 * Return: 0 or -EFAULT.
 */
int widen_info(void *wide, uaddr_t from, int signo);

narrow_call_t narrow_ptrace;

#endif
