/* SPDX-License-Identifier: MIT */
/*
 * `lines`: counts which lines run, with counters that the compiler inserts.
 * The kernel only counts: the driver maps the machine's memory to a file and
 * reads the counters there.  This also works for a machine that stopped or hung
 * (tools/driver/mutation/lines.py, docs/checkers.md).
 */
#include <lt/types.h>

void __gcov_merge_add(int64_t *counters, unsigned n);

/*
 * The compiler's records refer to this function to say that their counters are
 * to be added up.  It is never called.
 */
void __gcov_merge_add(int64_t *counters, unsigned n)
{
	(void)counters;
	(void)n;
}

/*
 * On a machine that cannot load 64 bits at once, the compiler counts with this
 * function, which programs would find in libatomic.
 */
uint64_t lines_fetch_add(uint64_t *p, uint64_t n, int order)
	__asm__("__atomic_fetch_add_8");

uint64_t lines_fetch_add(uint64_t *p, uint64_t n, int order)
{
	uint64_t old = *p, seen;

	(void)order;
	while ((seen = __sync_val_compare_and_swap(p, old, old + n)) != old)
		old = seen;
	return old;
}
