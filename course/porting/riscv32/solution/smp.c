/* SPDX-License-Identifier: MIT */
/* Further harts wait in firmware.S; an interrupt ends their wait. */
#include <arch/machine.h>
#include <dev/chip/plic.h>
#include <kernel/current.h>
#include <lt/arch.h>

int arch_cpu_start(struct cpu *c, void *emergency)
{
	c->emergency = current_trapframe(emergency);
	arch_mb();
	started_cpu[c->hw_id] = c;
	arch_mb();
	poke_word(BOARD_CLINT + 4 * c->hw_id, 1);
	return 0;
}

void arch_cpu_init(void)
{
	time_init();
	plic_init_cpu();
	irq_init_cpu();
}

void arch_ipi_send(unsigned long mask)
{
	arch_mb();
	for (unsigned i = 0; mask; i++, mask >>= 1)
		if (mask & 1)
			poke_word(BOARD_CLINT + 4 * cpus[i].hw_id, 1);
}
