/* SPDX-License-Identifier: MIT */
/*
 * riscv_flush_icache(2): a program has written instructions and will run them
 * (row B3).  The harts of RISC-V do not see that by themselves, and a program
 * can tell only its own.
 */
#include <kernel/current.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/errno.h>

/* SYS_RISCV_FLUSH_ICACHE_LOCAL: for this thread only, wherever it runs. */
#define FLUSH_ICACHE_LOCAL 1ul

long sys_riscv_flush_icache(unsigned long start, unsigned long end,
			    unsigned long flags)
{
	if (flags & ~FLUSH_ICACHE_LOCAL)
		return -EINVAL;
	vm_icache_sync(current->space);
	return 0;
}
