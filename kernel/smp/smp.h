/* SPDX-License-Identifier: MIT */
/*
 * Multiprocessing (row B13): starting CPUs, calls between CPUs, and kicks.
 *
 * The called CPU answers a call wherever it is: in its interrupt at any level,
 * or by smp_poll() in a loop that waits for another CPU (for a spin lock, or
 * for an answer).  So the caller may hold any lock, and no two CPUs wait for
 * each other.
 */
#ifndef KERNEL_SMP_SMP_H
#define KERNEL_SMP_SMP_H

#include <kernel/current.h>
#include <lt/types.h>

struct cpu;

/* Set up cpus[] from boot_info.  Context: the boot CPU, before all else. */
void smp_init(void);
/* Start the other CPUs, as many as `smp=` allows.  Context: a task. */
void smp_start(void);

/*
 * Run fn(arg) on each CPU of mask (bit n: cpus[n]) except the caller's, and
 * wait until all have finished.  fn runs between any two instructions of kernel
 * code: it must not take a lock, sleep, or call smp_call().
 * Context: any, except inside fn.  A caller whose mask means "all CPUs but
 * mine" must prevent its own move to another CPU.
 */
void smp_call(unsigned long mask, void (*fn)(void *), void *arg);
/*
 * Do what smp_call() does in two steps: smp_call_begin() asks the CPUs of mask,
 * which must run and must not include the caller's; smp_call_end() waits until
 * they have answered.
 * Context: the task cannot move from the first call to the end of the second.
 */
void smp_call_begin(unsigned long mask, void (*fn)(void *), void *arg);
void smp_call_end(void);
/* Answer calls now; for loops that wait for another CPU. */
void smp_poll(struct cpu *c);
/* Make c check its ASTs and its run queue. */
void smp_kick(struct cpu *c);
/* Stop the other CPUs forever, for a panic. */
void smp_stop_others(void);

/*
 * Call this function in every loop that waits for another CPU, because that CPU
 * may be waiting for an answer of this one.
 * Context: the same as smp_poll().
 */
static inline void smp_relax(struct cpu *c)
{
	if (unlikely(READ_ONCE(c->call_from)))
		smp_poll(c);
	arch_relax();
}

#endif
