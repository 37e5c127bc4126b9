/* SPDX-License-Identifier: MIT */
/*
 * Prototypes of all system-call handlers, by file.  Every argument is a
 * machine word or narrower; the generated dispatch entries (syscalls.tbl)
 * take them from the trapframe.  Each returns the result or -errno.
 */
#ifndef KERNEL_SYSCALL_SYSCALLS_H
#define KERNEL_SYSCALL_SYSCALLS_H

#include <lt/types.h>

struct trapframe;

#endif
