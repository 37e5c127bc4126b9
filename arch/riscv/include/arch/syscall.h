/* SPDX-License-Identifier: MIT */
/*
 * System calls that only this machine has; the others are numbered by the
 * `generic` column of kernel/syscall/syscalls.tbl.
 */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#define ARCH_SYSCALL_COLUMN "generic"

/* riscv_flush_icache(2) 259: make stores to [start, end) executable. */
long sys_riscv_flush_icache(unsigned long start, unsigned long end,
			    unsigned long flags);

#endif
