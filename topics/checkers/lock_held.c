/* SPDX-License-Identifier: MIT */
/*
 * How long a CPU serves nobody else (rows B12, B13): it holds a spin lock, its
 * level is raised, or it serves an interrupt.  Meanwhile it does not switch
 * tasks, so the longest time is what every other task must be prepared to wait.
 *
 *   take A    take B    give A     interrupt    give B     end
 *     |---------------------------------|---------------------|
 *                        one stretch, at the place of A
 *
 * For each place that begins a stretch the longest one is kept.
 * /proc/lock_holds shows them, the longest first; a write of any number forgets
 * all.  Under `-icount` the clock counts instructions, so the times do not
 * depend on the host.
 */
#include "lock_held.h"
#include <kernel/current.h>
#include <lt/arch.h>
#include <lt/ksym.h>
#include <lt/procfile.h>

#define PLACES		1024
#define SHOWN		24

static struct place {
	unsigned long at;		/* atomic: 0: free; then const */
	u64 longest;			/* read and written as one: ns; a lost
					   update of another CPU is repeated by
					   the next long stretch */
} places[PLACES];

static struct {
	unsigned why;			/* reasons, as bits; 0: none */
	unsigned long at;
	ktime_t since;
	bool spoiled;			/* the checker itself took long */
} stretch[MAX_CPUS];			/* [owner CPU] */

/* Return: the record of a place; NULL: too many places. */
static struct place *held_place(unsigned long at)
{
	unsigned slot = (unsigned)(at >> 1) * 0x9e3779b1u >> 8;

	for (unsigned n = 0; n < PLACES; n++) {
		struct place *p = &places[(slot + n) % PLACES];
		unsigned long old = 0;

		if (__atomic_load_n(&p->at, __ATOMIC_RELAXED) == at ||
		    __atomic_compare_exchange_n(&p->at, &old, at, false,
						__ATOMIC_RELAXED,
						__ATOMIC_RELAXED) || old == at)
			return p;
	}
	return NULL;
}

void lock_held_begin(unsigned cpu, enum held_reason why, unsigned long at)
{
	bool first = !stretch[cpu].why;

	stretch[cpu].why |= why;
	if (!first)
		return;
	stretch[cpu].at = at;
	stretch[cpu].spoiled = false;
	stretch[cpu].since = arch_clock();
}

void lock_held_spoil(unsigned cpu)
{
	stretch[cpu].spoiled = true;
}

void lock_held_end(unsigned cpu, enum held_reason why)
{
	unsigned before = stretch[cpu].why;
	struct place *p;
	u64 took;

	stretch[cpu].why &= ~why;
	if (!before || stretch[cpu].why || stretch[cpu].spoiled)
		return;
	took = arch_clock() - stretch[cpu].since;
	p = held_place(stretch[cpu].at);
	if (p && READ_ONCE(p->longest) < took)
		WRITE_ONCE(p->longest, took);
}

/* Return: the place with the longest stretch below `most`, or NULL. */
static const struct place *held_next(u64 most)
{
	const struct place *best = NULL;

	for (unsigned n = 0; n < PLACES; n++) {
		u64 took = READ_ONCE(places[n].longest);

		if (took < most && (!best || took > best->longest))
			best = &places[n];
	}
	return best;
}

static void show_holds(struct seq *s)
{
	u64 most = ~0ull;

	for (unsigned n = 0; n < SHOWN; n++) {
		const struct place *p = held_next(most);
		uintptr_t offset = 0;
		const char *name;

		if (!p || !p->longest)
			break;
		most = p->longest;
		name = ksym_lookup(p->at - 1, &offset);
		seq_print(s, "%llu %s\n", (unsigned long long)most,
			  name ? name : "?");
	}
}

static int forget_holds(const char *text __unused, size_t n __unused)
{
	for (unsigned k = 0; k < PLACES; k++)
		WRITE_ONCE(places[k].longest, 0);
	return 0;
}

PROC_FILES(held_files) = {
	{ "lock_holds", .show = show_holds, .store = forget_holds },
};
