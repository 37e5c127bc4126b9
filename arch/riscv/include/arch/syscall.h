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
/*
 * riscv_hwprobe(2) 258: answer n pairs of key and value for the CPUs of the
 * mask of so many bytes (none: all of them).
 */
long sys_riscv_hwprobe(unsigned long pairs, unsigned long n,
		       unsigned long size, unsigned long cpus, unsigned flags);

#endif
