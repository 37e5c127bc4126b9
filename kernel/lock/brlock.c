/* SPDX-License-Identifier: MIT */
/* Big-reader locks: the writer's side. */
#include <kernel/lock/brlock.h>

void br_write_lock(struct brlock *l)
{
	unsigned n = READ_ONCE(nr_cpus);

	for (unsigned i = 0; i < n; i++)
		spin_lock(&l->cpu[i].lock);
	l->taken = n;
}

void br_write_unlock(struct brlock *l)
{
	for (unsigned i = l->taken; i--; )
		spin_unlock(&l->cpu[i].lock);
}
