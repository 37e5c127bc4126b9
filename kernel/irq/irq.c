/* SPDX-License-Identifier: MIT */
/*
 * Interrupts (rows B1, B12): the registry of device lines, and the lazy
 * level.  Invariant: an interrupt runs its handlers only when the CPU's level
 * is below its own; else it is noted and served when the level falls.
 */
#define LOG_PREFIX "irq"
#include <kernel/events.h>
#include <kernel/irq.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <lt/log.h>
#include <mm/kmap.h>
#include <mm/slab.h>

struct irq_action {
	irq_handler_t fn;		/* const */
	void *arg;			/* const */
	const char *name;		/* const */
	struct irq_action *next;	/* const once published */
};

struct irq_line {
	struct irq_action *actions;	/* only grows */
	u64 count;			/* [boot CPU's interrupts] */
};

static struct irq_line lines[IRQ_MAX];
static u64 stray;			/* without a handler */

int irq_register(unsigned irq, irq_handler_t fn, void *arg, const char *name)
{
	struct irq_action *a;
	int err = 0;

	if (irq >= IRQ_MAX)
		return -EINVAL;
	a = kmalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	*a = (struct irq_action){ fn, arg, name, lines[irq].actions };
	__atomic_store_n(&lines[irq].actions, a, __ATOMIC_RELEASE);
	if (!a->next)
		err = arch_irq_unmask(irq);
	if (err) {
		lines[irq].actions = NULL;
		kfree(a);
	}
	return err;
}

bool irq_info(unsigned n, unsigned *irq, u64 *count, const char **name)
{
	for (unsigned i = 0; i < IRQ_MAX; i++) {
		if (!lines[i].actions || n--)
			continue;
		*irq = i;
		*count = lines[i].count;
		*name = lines[i].actions->name;
		return true;
	}
	return false;
}

/* The clock may come between: handlers have what they share with it under a
 * lock of its level. */
static void serve_devices(void *arg __unused)
{
	int irq;

	while ((irq = arch_irq_claim()) >= 0) {
		struct irq_action *a = NULL;

		if (irq < IRQ_MAX) {
			a = lines[irq].actions;
			lines[irq].count++;
		}
		if (!a && stray++ == 0)
			log_warn("line %d has no handler", irq);
		arch_irq_enable();
		for (; a; a = a->next)
			a->fn(a->arg);
		arch_irq_disable();
		arch_irq_complete(irq);
	}
}

static enum ipl source_level(enum irq_source source)
{
	return source == IRQ_DEVICE ? IPL_DEVICE : IPL_CLOCK;
}

bool irq_stack_init(struct cpu *c)
{
	c->irq_stack = kstack_alloc();
	return c->irq_stack != NULL;
}

void irq_run(struct cpu *c, enum ipl level, void (*fn)(void *), void *arg)
{
	u8 old = c->ipl, outer = c->in_interrupt;

	c->ipl = c->in_interrupt = level;
	if (likely(!outer && c->irq_stack))
		arch_on_stack(c->irq_stack, fn, arg);
	else
		fn(arg);
	c->in_interrupt = outer;
	c->ipl = old;
}

static void serve_timer(void *user)
{
	timer_interrupt(user != NULL);
}

void irq_serve(struct cpu *c, enum irq_source source, bool user)
{
	for (;;) {
		if (source == IRQ_TIMER)
			irq_run(c, IPL_CLOCK, serve_timer, user ? c : NULL);
		else
			irq_run(c, IPL_DEVICE, serve_devices, NULL);
		/* put off by the handler's level: its turn, if it is now */
		if (likely(c->irq_deferred <= c->ipl))
			break;
		source = c->irq_source;
		c->irq_deferred = 0;
		user = false;
	}
}

void trap_interrupt(struct trapframe *tf, enum irq_source source)
{
	struct cpu *c = cpu_self();
	enum ipl level = source_level(source);

	c->interrupts++;
	c->running->interrupts++;
	event_note(EVENT_INTERRUPT, source, c->ipl);
	if (source == IRQ_IPI) {
		/* above all levels: who asks may hold the lock we wait for */
		u8 nested = c->in_interrupt;

		c->ipis++;
		c->in_interrupt = IPL_HIGH;
		c->ipi_frame = tf;
		smp_poll(c);
		c->ipi_frame = NULL;
		c->in_interrupt = nested;
		return;
	}
	if (unlikely(c->ipl >= level)) {
		c->irq_deferred = level;
		c->irq_source = source;
		c->deferred++;
		tf_mask_irqs(tf);
		return;
	}
	irq_serve(c, source, tf_user(tf));
	if (unlikely(c->irq_deferred))
		tf_mask_irqs(tf);	/* noted still: ipl.pml, UNMASK */
}
