/* SPDX-License-Identifier: MIT */
/*
 * System calls that only this machine has; the others are numbered by the
 * `i386` column of kernel/syscall/syscalls.tbl.
 */
#ifndef ARCH_SYSCALL_H
#define ARCH_SYSCALL_H

#include <lt/types.h>

#define ARCH_SYSCALL_COLUMN "i386"

/* at: a struct uabi_user_desc.  See set_thread_area(2). */
long sys_set_thread_area(uaddr_t at);
long sys_get_thread_area(uaddr_t at);

#endif
