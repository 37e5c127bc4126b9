/* SPDX-License-Identifier: MIT */
/* Device interrupts: registering handlers and routing lines to CPUs. */
#ifndef KERNEL_IRQ_IRQ_H
#define KERNEL_IRQ_IRQ_H

#include <kernel/lock/spin.h>
#include <lt/arch.h>
#include <lt/types.h>

struct cpu;

typedef void (*irq_handler_t)(void *arg);

/* A handler of a line; belongs to the driver, which never frees it. */
struct irq_action {
	irq_handler_t fn;		/* const */
	void *arg;			/* const */
	const char *name;		/* const */
	struct irq_action *next;	/* const once irq.c has published the
					   entry */
};

#define IRQ_MAX 128

/*
 * Register a->fn(a->arg) as a handler of line irq.  The handler runs in
 * interrupt context at IPL_DEVICE.  Lines may be shared.
 * Return: 0; -EINVAL: no such line.
 */
int irq_register(unsigned irq, struct irq_action *a);
/*
 * Route the line to the running CPU in mask (bit n: cpus[n]) that has the
 * fewest lines.
 * Return: 0; -EINVAL: the line can go to none of them.
 */
int irq_set_affinity(unsigned irq, unsigned long mask);
/* Spread all lines over all CPUs.  Context: all CPUs run. */
void irq_spread(void);

/* Description of a line. */
struct irq_info {
	unsigned irq;
	const char *name;		/* name of the first handler */
	unsigned long allowed;		/* requested mask of CPUs */
	unsigned cpu;			/* CPU to which the line is routed */
	unsigned long count[MAX_CPUS];	/* interrupts so far, by CPU */
};
/*
 * Describe line n, counting from 0 the lines that have a handler.
 * Return: false: there are not so many lines.
 */
bool irq_info(unsigned n, struct irq_info *info);

/*
 * Run fn(arg) as a handler of `level` on the interrupt stack of c, the current
 * CPU.
 * Context: interrupts off, before and after; c's level is below `level`.
 */
void irq_run(struct cpu *c, enum ipl level, void (*fn)(void *), void *arg);
/*
 * Serve an interrupt of source, at its level.  user: it interrupted user mode.
 * Context: interrupts off; c's level is below the source's.  Interrupts must
 * stay off afterwards as long as c->running->irq_deferred is not 0.
 */
void irq_serve(struct cpu *c, enum irq_source source, bool user);

#endif
