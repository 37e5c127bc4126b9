/* SPDX-License-Identifier: MIT */
/* Programs of 32 bits (row E15, docs/rv32.md): between this folder's files. */
#ifndef EXT_RV32_RV32_H
#define EXT_RV32_RV32_H

#include <ext/narrow/arch/riscv/narrow.h>
#include <kernel/syscall/table.h>

/*
 * Below it registers look the same, whether their 32 bits are extended with
 * their sign or with zeros: traps do the one or the other.
 */
#define RV32_TOP 0x7ffff000ul

/* Where the calls of such programs go, by number. */
extern const syscall_entry_t rv32_calls[];

/* siginfo_t of 64 bits, which a call has written there, becomes one of 32. */
int rv32_narrow_info(uaddr_t at);
/*
 * The reverse, of a signal signo: a program's becomes one of 64 bits.
 * Return: 0 or -EFAULT.
 */
int rv32_widen_info(void *wide, uaddr_t from, int signo);

narrow_call_t rv32_sigaction, rv32_sigaltstack;

#endif
