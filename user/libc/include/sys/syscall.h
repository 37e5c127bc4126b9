/* SPDX-License-Identifier: MIT */
/* System calls without a wrapper; the numbers SYS_ depend on the machine. */
#ifndef LIBC_SYS_SYSCALL_H
#define LIBC_SYS_SYSCALL_H

#include <arch.h>

/* Return: the kernel's own result: a negative errno on failure. */
long __syscall(long nr, long a, long b, long c, long d, long e, long f);

/* Return: -1 with errno on failure, like every wrapper of this library. */
long __result(long r);

#define __SC(nr, a, b, c, d, e, f, ...)	\
	__syscall(nr, (long)(a), (long)(b), (long)(c), (long)(d), \
		  (long)(e), (long)(f))

/* raw_syscall(nr, up to six arguments): missing ones are 0. */
#define raw_syscall(...)	__SC(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define syscall(...)		__result(raw_syscall(__VA_ARGS__))

#endif
