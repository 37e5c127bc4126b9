/* SPDX-License-Identifier: MIT */
/*
 * Self-checks of the kernel on every way to user mode: after a system call, a
 * page fault, another fault, or the ASTs.  The task must hold no lock and have
 * no level raised.  All CPUs that may cache old entries must have flushed the
 * task's page-table changes, and this CPU must have no stale translation.
 */
#ifndef KERNEL_USER_MODE_H
#define KERNEL_USER_MODE_H

#include <kernel/lock/lock_debug.h>
#include <kernel/debug/tlb_check.h>
#include <lt/arch.h>

/*
 * Make the checks.  Context: interrupts off from here until user mode or
 * trap_exit_user().
 */
static inline void user_mode_check(void)
{
	lock_debug_exit();
	tlbcheck_settle();
	tlbcheck_user();
}

/*
 * Make the checks at the end of a trap from user mode.  Afterwards only ASTs
 * may run before the return to user mode.
 * Context: interrupts on; off on return.
 */
static inline void user_mode_prepare(void)
{
	arch_irq_disable();
	user_mode_check();
}

#endif
