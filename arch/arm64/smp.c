/* SPDX-License-Identifier: MIT */
/*
 * Start further CPUs (row B13): the firmware starts them (PSCI), and the
 * interrupt controller interrupts them.
 */
#include <arch/firmware.h>
#include <arch/machine.h>
#include <dev/chip/gic.h>
#include <kernel/current.h>
#include <lt/arch.h>
#include <uapi/errno.h>

/*
 * The CPU enters at secondary_start with the address of its struct cpu in x0,
 * and reads the kernel's root with its caches off.
 */
int arch_cpu_start(struct cpu *c, void *emergency)
{
	long err;

	c->emergency = current_trapframe(emergency);
	__asm__ volatile("dc cvac, %0\n\tdsb sy" :: "r"(&kernel_root)
			 : "memory");
	err = psci_call(PSCI_CPU_ON, c->hw_id,
			virt_to_phys((void *)secondary_start),
			(unsigned long)c);
	return err && err != PSCI_ALREADY_ON ? -EIO : 0;
}

void arch_cpu_init(void)
{
	arm64_init_cpu();
	time_init_cpu();
	gic_init_cpu();
}

void arch_ipi_send(unsigned long mask)
{
	arch_mb();
	for (unsigned i = 0; mask; i++, mask >>= 1)
		if (mask & 1)
			gic_send(cpus[i].hw_id, i);
}
