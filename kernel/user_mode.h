/* SPDX-License-Identifier: MIT */
/*
 * What the kernel checks of itself where it is left for user mode, by whatever
 * way: a call, a page fault, another fault, or after the ASTs.  Nothing is held
 * and no level raised, what the task changed in page tables is told to all who
 * may have it, and this CPU has nothing stale.
 */
#ifndef KERNEL_USER_MODE_H
#define KERNEL_USER_MODE_H

#include <kernel/lock/lock_debug.h>
#include <kernel/debug/tlb_check.h>
#include <lt/arch.h>

/* Context: interrupts off, until user mode or trap_exit_user(). */
static inline void user_mode_check(void)
{
	lock_debug_exit();
	tlbcheck_settle();
	tlbcheck_user();
}

/*
 * A trap of user mode has been served; only ASTs may come before user mode.
 * Context: interrupts on.
 */
static inline void user_mode_prepare(void)
{
	arch_irq_disable();
	user_mode_check();
}

#endif
