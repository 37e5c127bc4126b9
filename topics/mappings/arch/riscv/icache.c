/* SPDX-License-Identifier: MIT */
/*
 * riscv_flush_icache(2): a program has written instructions and will execute
 * them (row B3).  RISC-V harts do not notice such stores by themselves, and
 * fence.i in a program only affects its own hart.
 */
#include <kernel/current.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/errno.h>

/*
 * SYS_RISCV_FLUSH_ICACHE_LOCAL: only for this thread, on any hart it moves to.
 */
#define FLUSH_ICACHE_LOCAL 1ul

long sys_riscv_flush_icache(unsigned long start, unsigned long end,
			    unsigned long flags)
{
	if (flags & ~FLUSH_ICACHE_LOCAL)
		return -EINVAL;
	vm_icache_sync(current->space);
	return 0;
}
