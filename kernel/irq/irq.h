/* SPDX-License-Identifier: MIT */
/* Device interrupts: who serves which line. */
#ifndef KERNEL_IRQ_IRQ_H
#define KERNEL_IRQ_IRQ_H

#include <kernel/lock/spin.h>
#include <lt/arch.h>
#include <lt/types.h>

struct cpu;

typedef void (*irq_handler_t)(void *arg);

/* A handler of a line, kept by the driver it belongs to: for ever. */
struct irq_action {
	irq_handler_t fn;		/* const */
	void *arg;			/* const */
	const char *name;		/* const */
	struct irq_action *next;	/* [irq.c] const once published */
};

#define IRQ_MAX 128

/*
 * Serve line irq with a->fn(a->arg), in interrupt context at IPL_DEVICE; lines
 * may be shared.
 * Return: 0; -EINVAL: no such line.
 */
int irq_register(unsigned irq, struct irq_action *a);
/*
 * Route the line to one of the running CPUs of the mask (bit n: cpus[n]), the
 * one with fewest lines.
 * Return: 0, -EINVAL: none of them.
 */
int irq_set_affinity(unsigned irq, unsigned long mask);
/* Spread all lines over all CPUs: once these run. */
void irq_spread(void);

/* What is known of a line. */
struct irq_info {
	unsigned irq;
	const char *name;		/* of its first handler */
	unsigned long allowed;		/* as asked for */
	unsigned cpu;			/* where it goes */
	unsigned long count[MAX_CPUS];	/* interrupts so far, by CPU */
};
/* The n-th line with a handler.  Return: false: past the last. */
bool irq_info(unsigned n, struct irq_info *info);

/*
 * Run fn(arg) as a handler of the level, on the interrupt stack of c, which is
 * this CPU.
 * Context: interrupts off, before and after; c's level is below.
 */
void irq_run(struct cpu *c, enum ipl level, void (*fn)(void *), void *arg);
/*
 * Run what source stands for, at its level.  user: user mode was left.
 * Context: interrupts off; c's level is below the source's.  They must stay off
 * as long as irq_deferred of its task is not 0.
 */
void irq_serve(struct cpu *c, enum irq_source source, bool user);

#endif
