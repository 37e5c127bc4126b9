/* SPDX-License-Identifier: MIT */
/* Start-up of the parts of kernel/, in the order of kernel_main(). */
#ifndef KERNEL_BOOT_INIT_H
#define KERNEL_BOOT_INIT_H

#include <kernel/task.h>

/* Task 1, a kernel thread until it executes init; to be started. */
struct task *kthread_create_first(void (*fn)(void *), const char *name);
void kthreads_init(void);		/* kthreadd, task 2 */
void futex_init(void);
void random_init(void);

#endif
