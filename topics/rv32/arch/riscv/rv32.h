/* SPDX-License-Identifier: MIT */
/*
 * Programs of 32 bits (row E15, docs/rv32.md): declarations shared in this
 * directory.
 */
#ifndef TOPICS_RV32_ARCH_RISCV_RV32_H
#define TOPICS_RV32_ARCH_RISCV_RV32_H

#include "narrow.h"
#include <kernel/syscall/table.h>

/*
 * Addresses below this have the same 64-bit value, whether a trap sign-extends
 * or zero-extends them.
 */
#define RV32_TOP 0x7ffff000ul

/* The system call table of 32-bit programs. */
extern const syscall_entry_t rv32_calls[];

narrow_call_t rv32_sigaction, rv32_sigaltstack;

#endif
