/* SPDX-License-Identifier: MIT */
/*
 * `lines`: which lines run, counted by the compiler.  The kernel does nothing
 * for it but count: the driver lays the machine's memory into a file and reads
 * the counters there, which also works for a machine that stopped or hung
 * (tools/driver/mutation/lines.py, docs/checkers.md).
 */
#include <lt/types.h>

void __gcov_merge_add(int64_t *counters, unsigned n);

/*
 * The records of the compiler say with this address that their counters are
 * to be added up.  Nobody calls it.
 */
void __gcov_merge_add(int64_t *counters, unsigned n)
{
	(void)counters;
	(void)n;
}

/*
 * Where the compiler cannot load 64 bits at once it calls this to count, as
 * programs would find it in libatomic.
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
