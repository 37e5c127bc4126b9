/* SPDX-License-Identifier: MIT */
/*
 * More than one CPU (row B13): start, calls and kicks between CPUs.
 *
 * A call is answered wherever the CPU called is: by its interrupt at any
 * level, or by smp_poll() from a loop that waits for another CPU (a spin lock
 * taken, a call under way).  So a caller may hold any lock, and no two CPUs
 * wait for each other.
 */
#ifndef KERNEL_SMP_SMP_H
#define KERNEL_SMP_SMP_H

#include <kernel/current.h>
#include <lt/types.h>

struct cpu;

/* Number the CPUs of boot_info.  Context: the boot CPU, first of all. */
void smp_init(void);
/* Start the others, as many as `smp=` allows.  Context: a task. */
void smp_start(void);

/*
 * Run fn(arg) on each CPU of the mask (bit n: cpus[n]; the caller's own is left
 * out) and wait until all have.  fn runs between any two instructions of kernel
 * code: it must neither take a lock nor sleep, nor call again.
 * Context: any, except inside fn.  A caller that means "all but me" by the mask
 * stays on its CPU itself.
 */
void smp_call(unsigned long mask, void (*fn)(void *), void *arg);
/*
 * The same in two halves: ask the CPUs of the mask, which are there and not the
 * caller's own; and wait until they have answered.
 * Context: where the task cannot move, from the one to the other.
 */
void smp_call_begin(unsigned long mask, void (*fn)(void *), void *arg);
void smp_call_end(void);
/* Answer calls now; for loops that wait for another CPU. */
void smp_poll(struct cpu *c);
/* Make c look at its ASTs and its run queue. */
void smp_kick(struct cpu *c);
/* Panic: the other CPUs do nothing from now on. */
void smp_stop_others(void);

/*
 * What every loop does that waits for another CPU: that may be waiting for us.
 * Context: as smp_poll().
 */
static inline void smp_relax(struct cpu *c)
{
	if (unlikely(READ_ONCE(c->call_from)))
		smp_poll(c);
	arch_relax();
}

#endif
