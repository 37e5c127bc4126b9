/* SPDX-License-Identifier: MIT */
/* Programs of 32 bits (row E15, docs/rv32.md): between this folder's files. */
#ifndef TOPICS_RV32_ARCH_RISCV_RV32_H
#define TOPICS_RV32_ARCH_RISCV_RV32_H

#include "narrow.h"
#include <kernel/syscall/table.h>

/*
 * Below it registers look the same, whether their 32 bits are extended with
 * their sign or with zeros: traps do the one or the other.
 */
#define RV32_TOP 0x7ffff000ul

/* Where the calls of such programs go, by number. */
extern const syscall_entry_t rv32_calls[];

narrow_call_t rv32_sigaction, rv32_sigaltstack;

#endif
