/* SPDX-License-Identifier: MIT */
/* Starting the other CPUs (rows B10, B13). */
#define LOG_PREFIX "smp"
#include <kernel/smp.h>
#include <kernel/task.h>
#include <lt/arch.h>
#include <lt/boot.h>

void smp_init(void)
{
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		cpus[i].id = i;
		cpus[i].hw_id = boot_info.cpu_hw_id[i];
	}
}

void cpu_main(struct cpu *c)
{
	arch_cpu_init();
	__atomic_store_n(&c->online, true, __ATOMIC_RELEASE);
	for (;;)
		arch_cpu_idle();
}
