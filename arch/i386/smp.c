/* SPDX-License-Identifier: MIT */
/* More CPUs (row B13): this port runs the boot CPU only so far. */
#include <kernel/task.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <uapi/errno.h>

int arch_cpu_start(struct cpu *c)
{
	(void)c;
	return -ENOSYS;
}

void arch_cpu_init(void)
{
	panic("a second CPU has started by itself");
}

void arch_ipi_send(unsigned long cpus)
{
	panic("no CPU to interrupt: mask %#lx", cpus);
}
