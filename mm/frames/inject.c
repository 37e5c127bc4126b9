/* SPDX-License-Identifier: MIT */
/* Allocations that fail on purpose, so that tests reach what follows (D11). */
#include <lt/atomic.h>
#include "page.h"

unsigned long fault_inject_left;

void fault_inject_set(unsigned long n)
{
	WRITE_ONCE(fault_inject_left, n);
}

/* Of two CPUs that allocate at once either may fail: a test need not care. */
bool fault_inject_hit(void)
{
	return __atomic_sub_fetch(&fault_inject_left, 1, __ATOMIC_RELAXED) == 0;
}
