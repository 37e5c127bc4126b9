/* SPDX-License-Identifier: MIT */
/*
 * Make allocations fail on purpose, so that tests reach the error paths (D11).
 */
#include <lt/atomic.h>
#include "page.h"

unsigned long fault_inject_left;

void fault_inject_set(unsigned long n)
{
	WRITE_ONCE(fault_inject_left, n);
}

/*
 * If two CPUs allocate at once, either may fail; tests must not depend on which
 * one does.
 */
bool fault_inject_hit(void)
{
	return __atomic_sub_fetch(&fault_inject_left, 1, __ATOMIC_RELAXED) == 0;
}
