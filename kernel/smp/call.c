/* SPDX-License-Identifier: MIT */
/*
 * Function calls between CPUs (rows B10, B13, C9).  Invariant: a caller's
 * call_fn and call_arg do not change while its call_pending is not 0.  Bit n of
 * a CPU's call_from asks that CPU to run the call of cpus[n] once.
 */
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <kernel/smp/smp.h>
#include <lt/arch.h>
#include <lt/bug.h>

static int stopping;		/* set once, by a panic */

static __noreturn void stop_here(void)
{
	arch_irq_disable();
	for (;;)
		arch_cpu_idle();
}

/*
 * Run the calls that other CPUs ask for (row C9).  The IPI calls this function.
 * A CPU that waits for a lock or for answers calls it, too: otherwise two CPUs
 * that call each other would wait for each other's interrupts.
 * Context: the task cannot move.
 */
void smp_poll(struct cpu *c)
{
	unsigned long from;

	if (unlikely(READ_ONCE(stopping)))
		stop_here();
	from = __atomic_exchange_n(&c->call_from, 0, __ATOMIC_ACQ_REL);
	if (!from && c->ipi_frame)
		c->kicks++;
	for (unsigned i = 0; from; i++, from >>= 1) {
		if (!(from & 1))
			continue;
		cpus[i].call_fn(cpus[i].call_arg);
		c->answered++;
		__atomic_fetch_and(&cpus[i].call_pending, ~BIT(c->id),
				   __ATOMIC_RELEASE);
	}
}

/*
 * Set the caller's bit in call_from of each CPU in mask.
 * Return: the CPUs that had no such bit set, and so need an IPI.
 */
static unsigned long smp_ask_cpus(struct cpu *me, unsigned long mask)
{
	unsigned long quiet = 0;

	for (unsigned i = 0; i < nr_cpus; i++)
		if (mask & BIT(i) &&
		    !__atomic_fetch_or(&cpus[i].call_from, BIT(me->id),
				       __ATOMIC_SEQ_CST))
			quiet |= BIT(i);
	return quiet;
}

void smp_call_begin(unsigned long mask, void (*fn)(void *), void *arg)
{
	struct cpu *me = cpu_self();

	ASSERT(!me->call_pending);
	me->call_fn = fn;
	me->call_arg = arg;
	__atomic_store_n(&me->call_pending, mask, __ATOMIC_RELEASE);
	mask = smp_ask_cpus(me, mask);
	if (mask)
		arch_ipi_send(mask);
	me->calls++;
}

void smp_call_end(void)
{
	struct cpu *me = cpu_self();

	while (__atomic_load_n(&me->call_pending, __ATOMIC_ACQUIRE)) {
		smp_poll(me);
		arch_relax();
	}
}

void smp_call(unsigned long mask, void (*fn)(void *), void *arg)
{
	enum ipl old = preempt_disable();

	mask &= smp_mask() & ~BIT(cpu_self()->id);
	if (mask) {
		smp_call_begin(mask, fn, arg);
		smp_call_end();
	}
	ipl_restore(old);
}

void smp_kick(struct cpu *c)
{
	enum ipl old = preempt_disable();

	if (c != cpu_self())
		arch_ipi_send(BIT(c->id));
	ipl_restore(old);
}

/* Stop the other CPUs for a panic, without waiting for them. */
void smp_stop_others(void)
{
	struct cpu *me = cpu_self();
	unsigned long others = smp_mask() & ~BIT(me->id);

	__atomic_store_n(&stopping, 1, __ATOMIC_SEQ_CST);
	if (!others)
		return;
	smp_ask_cpus(me, others);
	arch_ipi_send(others);
}
