/* SPDX-License-Identifier: MIT */
/*
 * Interrupts (rows B1, B12): the registry of interrupt lines, and the lazy
 * interrupt level.  Invariant: an interrupt runs its handlers only if the CPU's
 * level is below the interrupt's; else it is deferred until the level falls.
 */
#define LOG_PREFIX "irq"
#include <kernel/current.h>
#include <kernel/events.h>
#include <kernel/irq/irq.h>
#include <kernel/lock/lock_debug.h>
#include <kernel/sched/preempt.h>
#include <kernel/sched/sched.h>
#include <kernel/smp/smp.h>
#include <kernel/debug/tlb_check.h>
#include <lt/log.h>
#include <uapi/errno.h>

struct irq_line {
	struct irq_action *actions;	/* entries are only added */
	unsigned long allowed;		/* [irq_lock] mask of possible CPUs */
	u8 cpu;				/* [irq_lock] CPU to which the line is
					   routed */
	unsigned long count[MAX_CPUS];	/* [that CPU's interrupts] */
};

static struct irq_line lines[IRQ_MAX];
static struct spinlock irq_lock = SPIN_INIT("irq", IPL_HIGH);
static unsigned stray;			/* atomic: interrupts with no handler */

/*
 * Add a handler.  Several handlers may share a line; each checks whether its
 * device raised the interrupt.  The entry is published with release, so that an
 * interrupt that sees the entry also sees its fields.
 */
int irq_register(unsigned irq, struct irq_action *a)
{
	int err = 0;

	if (irq >= IRQ_MAX)
		return -EINVAL;
	a->next = lines[irq].actions;
	__atomic_store_n(&lines[irq].actions, a, __ATOMIC_RELEASE);
	if (!a->next)
		err = irq_set_affinity(irq, ~0ul);
	if (err)
		lines[irq].actions = NULL;
	return err;
}

/* ---- routes -------------------------------------------------------------- */

/*
 * Count the lines with a handler that are routed to a CPU, except one line.
 * Context: [irq_lock].
 */
static unsigned irq_lines_of(unsigned cpu, unsigned except)
{
	unsigned n = 0;

	for (unsigned i = 0; i < IRQ_MAX; i++)
		n += lines[i].actions && i != except && lines[i].cpu == cpu;
	return n;
}

int irq_set_affinity(unsigned irq, unsigned long mask)
{
	unsigned long may = mask & smp_mask();
	unsigned best = 0, least = ~0u, n;
	int err = -EINVAL;

	spin_lock(&irq_lock);
	/* try the next CPU if the line is not wired to this one */
	while (may && err) {
		least = ~0u;
		for (unsigned i = 0; i < nr_cpus; i++) {
			n = may & BIT(i) ? irq_lines_of(i, irq) : ~0u;
			if (n < least) {
				least = n;
				best = i;
			}
		}
		err = arch_irq_route(irq, best);
		may &= ~BIT(best);
	}
	if (!err) {
		lines[irq].cpu = (u8)best;
		lines[irq].allowed = mask;
	}
	spin_unlock(&irq_lock);
	return err;
}

void irq_spread(void)
{
	for (unsigned i = 0; i < IRQ_MAX; i++)
		if (lines[i].actions)
			irq_set_affinity(i, lines[i].allowed);
}

bool irq_info(unsigned n, struct irq_info *info)
{
	for (unsigned i = 0; i < IRQ_MAX; i++) {
		const struct irq_line *l = &lines[i];

		if (!l->actions || n--)
			continue;
		info->irq = i;
		info->name = l->actions->name;
		info->allowed = HINT(l->allowed);
		info->cpu = HINT(l->cpu);
		for (unsigned c = 0; c < nr_cpus; c++)
			info->count[c] = HINT(l->count[c]);
		return true;
	}
	return false;
}

/* ---- serving ------------------------------------------------------------- */

/*
 * Run the handlers of all pending lines.  The clock may interrupt a handler, so
 * data shared with the clock need a lock of IPL_CLOCK.
 */
static void serve_devices(void *arg __unused)
{
	unsigned me = cpu_self()->id;
	int irq;

	while ((irq = arch_irq_claim()) >= 0) {
		struct irq_action *a = NULL;

		if (irq < IRQ_MAX) {
			a = lines[irq].actions;
			lines[irq].count[me]++;
		}
		if (!a && !__atomic_fetch_add(&stray, 1, __ATOMIC_RELAXED))
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

/*
 * Run a handler (row B12).  The first handler switches to the CPU's interrupt
 * stack, and handlers that interrupt it stay on that stack.  So a task's own
 * stack needs no room for handlers.
 */
void irq_run(struct cpu *c, enum ipl level, void (*fn)(void *), void *arg)
{
	struct task *t = c->running;
	u8 old = t->ipl, outer = t->in_interrupt;

	t->ipl = t->in_interrupt = level;
	if (!outer)
		lock_debug_enter((unsigned long)fn);
	if (likely(!outer && c->irq_stack))
		arch_on_stack(c->irq_stack, fn, arg);
	else
		fn(arg);
	if (!outer)
		lock_debug_leave();
	t->in_interrupt = outer;
	t->ipl = old;
}

static void serve_timer(void *user)
{
	cpu_self()->timer_irqs++;
	timer_interrupt(user != NULL);
}

void irq_serve(struct cpu *c, enum irq_source source, bool user)
{
	struct task *t = c->running;

	for (;;) {
		if (source == IRQ_TIMER)
			irq_run(c, IPL_CLOCK, serve_timer, user ? c : NULL);
		else
			irq_run(c, IPL_DEVICE, serve_devices, NULL);
		/*
		 * continue with an interrupt that was deferred while the
		 * handler ran
		 */
		if (likely(t->irq_deferred <= t->ipl))
			break;
		source = t->irq_source;
		t->irq_deferred = 0;
		user = false;
	}
}

/*
 * Serve a deferred interrupt first, because it may request a reschedule.  If
 * interrupts are off for another reason, the reschedule waits until the level
 * falls again.
 */
__noinline void ipl_serve_deferred(struct task *t)
{
	if (t->irq_deferred > t->ipl) {
		/* interrupts have been off since this one was deferred */
		t->irq_deferred = 0;
		irq_serve(t->cpu, t->irq_source, false);
		if (likely(!t->irq_deferred))
			arch_irq_enable();
	}
	if (preempt_wanted(t) && arch_irq_enabled()) {
		arch_irq_disable();
		preempt_here(t);
		arch_irq_enable();
	}
}

/*
 * Serve an IPI at every level: the sender may hold the lock that this CPU waits
 * for.  Another CPU also sends an IPI when it has put a better task into this
 * CPU's run queue.
 */
static void serve_ipi(struct trapframe *tf, struct cpu *c, struct task *t)
{
	u8 nested = t->in_interrupt;

	c->ipis++;
	t->in_interrupt = IPL_HIGH;
	if (!nested)
		lock_debug_enter((unsigned long)serve_ipi);
	c->ipi_frame = tf;
	smp_poll(c);
	c->ipi_frame = NULL;
	if (!nested)
		lock_debug_leave();
	t->in_interrupt = nested;
	if (READ_ONCE(t->ast) & AST_RESCHED)
		t->resched = sched_preemptive;
}

/*
 * Serve the interrupt if its level is above the task's.  Else defer it, and
 * mask interrupts in the trapframe, so that a second interrupt cannot overwrite
 * the deferred one; ipl_serve_deferred() serves it later.  Proof:
 * test/model/ipl.pml.
 */
static void irq_interrupt(struct trapframe *tf, struct cpu *c, struct task *t,
			  enum irq_source source)
{
	enum ipl level = source_level(source);

	if (source == IRQ_IPI) {
		serve_ipi(tf, c, t);
		return;
	}
	if (unlikely(t->ipl >= level)) {
		t->irq_deferred = level;
		t->irq_source = source;
		c->deferred++;
		if (source == IRQ_DEVICE)
			arch_irq_put_off();
		tf_mask_irqs(tf);
		return;
	}
	irq_serve(c, source, tf_user(tf));
	if (unlikely(t->irq_deferred))
		tf_mask_irqs(tf);	/* one interrupt is deferred: ipl.pml,
					   UNMASK */
}

void trap_interrupt(struct trapframe *tf, enum irq_source source)
{
	struct cpu *c = cpu_self();
	struct task *t = c->running;

	c->interrupts++;
	t->interrupts++;
	event_note(EVENT_INTERRUPT, source, t->ipl, 0);
	if (tf_user(tf))
		tlbcheck_user();
	irq_interrupt(tf, c, t, source);
	/* on the way to user mode, AST_RESCHED makes the switch */
	if (!tf_user(tf) && unlikely(preempt_wanted(t)))
		preempt_here(t);
}
