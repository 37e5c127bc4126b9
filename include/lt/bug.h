/* SPDX-License-Identifier: MIT */
/* Assertions and the panic (lecture row B7). */
#ifndef LT_BUG_H
#define LT_BUG_H

#include <lt/compiler.h>
#include <lt/types.h>

struct trapframe;

/*
 * Stop the machine: print the message, the registers in tf if it is not NULL,
 * and a backtrace by name, then end as `panic=` on the command line says
 * (default: power off with status 121).  Never returns.
 * Context: any.
 */
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void panic_trap(struct trapframe *tf, const char *fmt, ...)
	__printf(2, 3) __noreturn;
/*
 * Print a backtrace by name, from tf or, if tf is NULL, from the frame at fp.
 * Context: any.
 */
void panic_backtrace(struct trapframe *tf, unsigned long fp);

/* Called after a panic's backtrace, to print more; NULL: nothing more. */
extern void (*panic_details)(void);
/* Called at the end of a panic, before the machine ends; NULL: no debugger. */
extern void (*panic_debugger)(struct trapframe *tf);

/* Refuse to boot: one line naming the cause, no backtrace, status 121. */
void boot_refuse(const char *fmt, ...) __printf(1, 2) __noreturn;

#define ASSERT(x) do { \
	if (unlikely(!(x))) \
		panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #x); \
} while (0)

#endif
