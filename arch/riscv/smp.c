/* SPDX-License-Identifier: MIT */
/*
 * Start further harts (row B13): the firmware starts them (HSM extension of the
 * SBI) and delivers their interrupts (IPI extension).  Any hart may be the one
 * that boots.
 */
#include <arch/machine.h>
#include <arch/sbi.h>
#include <dev/chip/plic.h>
#include <kernel/current.h>
#include <lt/arch.h>
#include <uapi/errno.h>

#define HSM_START	0
#define IPI_SEND	0

/*
 * The id of the hart that may start, and its record.  Each further hart waits
 * for its id here (boot.S): the argument that it gets from the firmware may be
 * an older one.
 */
extern unsigned long started_hart;
extern struct cpu *started_cpu;

/* A hart that the firmware reports as running waits in secondary_start. */
int arch_cpu_start(struct cpu *c, void *emergency)
{
	struct sbi_result r;

	c->emergency = current_trapframe(emergency);
	if (!sbi_call(SBI_BASE, SBI_BASE_PROBE, SBI_HSM, 0).value ||
	    !sbi_call(SBI_BASE, SBI_BASE_PROBE, SBI_IPI, 0).value)
		return -ENOSYS;
	started_cpu = c;
	__atomic_store_n(&started_hart, c->hw_id, __ATOMIC_RELEASE);
	arch_mb();
	r = sbi_call3(SBI_HSM, HSM_START, c->hw_id,
		      virt_to_phys((void *)secondary_start), 0);
	return r.error && r.error != SBI_ALREADY_AVAILABLE ? -EIO : 0;
}

void arch_cpu_init(void)
{
	time_init_cpu();
	plic_init_cpu();
	irq_init_cpu();
}

/*
 * One call per hart: the SBI's mask is relative to a base id, and the ids may
 * lie far apart.
 */
void arch_ipi_send(unsigned long mask)
{
	arch_mb();
	for (unsigned i = 0; mask; i++, mask >>= 1)
		if (mask & 1)
			sbi_call(SBI_IPI, IPI_SEND, 1, cpus[i].hw_id);
}
