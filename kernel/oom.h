/* SPDX-License-Identifier: MIT */
/* What happens when memory is out (row D13). */
#ifndef KERNEL_OOM_H
#define KERNEL_OOM_H

#include <lt/types.h>

/*
 * Called after VM_FAULT_OOM, without locks: reclaims, or kills and waits.
 * Return: true: try the fault again; false: the caller itself is to die.
 */
bool oom_try_again(void);

#endif
