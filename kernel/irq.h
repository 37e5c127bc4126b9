/* SPDX-License-Identifier: MIT */
/* Device interrupts: who serves which line. */
#ifndef KERNEL_IRQ_H
#define KERNEL_IRQ_H

#include <kernel/spin.h>
#include <lt/arch.h>
#include <lt/types.h>

struct cpu;

typedef void (*irq_handler_t)(void *arg);

#define IRQ_MAX 128

/*
 * Serve line irq with fn(arg), in interrupt context at IPL_DEVICE; lines may
 * be shared.  => 0, -EINVAL, -ENOMEM
 */
int irq_register(unsigned irq, irq_handler_t fn, void *arg, const char *name);
/* For /proc/interrupts: false past the last line. */
bool irq_info(unsigned n, unsigned *irq, u64 *count, const char **name);

/* Give c its interrupt stack.  => false: no memory */
bool irq_stack_init(struct cpu *c);
/*
 * Run fn(arg) as a handler of the level, on c's interrupt stack.
 * => interrupts off, before and after; level of c below; c is this CPU
 */
void irq_run(struct cpu *c, enum ipl level, void (*fn)(void *), void *arg);
/* Run what source stands for, at its level.  user: user mode was left.
 * => interrupts off, level of c below the source's; they must stay off while
 * c->irq_deferred is not 0 */
void irq_serve(struct cpu *c, enum irq_source source, bool user);

#endif
