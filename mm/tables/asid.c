/* SPDX-License-Identifier: MIT */
/*
 * Address-space identifiers (ASIDs), and what each CPU must flush (lecture rows
 * A5, A12 and D3 of docs/coverage.md).  Each CPU hands out its own identifiers:
 *
 *   one CPU, 4 identifiers (0 is the kernel's)
 *
 *   switch to      A    B    A    C    D         A         B
 *   its identifier 1    2    1    3    1         2         3
 *   generation    |<------- 7 ------->|<-------- 8 ----------->
 *                                     |
 *                          none is left: flush this CPU, begin again
 *
 *   A, on its next switch: asid_generation 7 is not 8, so it gets a new one
 *
 * An identifier is valid only in its generation, so the identifier of a dead
 * space needs no flush.  Without ASIDs (0 bits) every switch flushes.
 *
 * Invariant: two spaces of a CPU's current generation never share one of its
 * identifiers.
 */
#define LOG_PREFIX "mm"
#include <kernel/current.h>
#include <kernel/sched/tasks.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/log.h>
#include "tlb.h"
#include <mm/vm_internal.h>

unsigned asid_limit;

void asid_init(void)
{
	u64 bits = boot_option_number("asidbits", 32);

	if (bits > arch_asid_bits())
		bits = arch_asid_bits();
	/*
	 * identifier 0 is the kernel's: one bit leaves a single one for spaces
	 */
	asid_limit = bits ? 1u << bits : 0;
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		cpus[i].mmu.generation++;
		cpus[i].mmu.asid_next = 1;
	}
	log_info("%u ASID bits", (unsigned)bits);
}

/* ---- loading; interrupts off --------------------------------------------- */

/*
 * What the caller must flush.  FLUSH_NONE: nothing.  FLUSH_SPACE: the entries
 * of the space, after the space is loaded.  FLUSH_ALL: the entries of all
 * earlier spaces, while the kernel's root is loaded.  The old root must not be
 * loaded then, because the CPU could fill the TLB from it again.  The new root
 * must not be loaded yet, because the space would find another space's entries
 * under its new identifier.
 */
enum flush { FLUSH_NONE, FLUSH_SPACE, FLUSH_ALL };

/*
 * Give s an identifier of this CPU's generation.
 * Return: what the caller must flush.
 */
static enum flush asid_assign(struct cpu *c, struct vm_space *s)
{
	struct cpu_mmu *m = &c->mmu;
	enum flush flush = FLUSH_NONE;

	if (!asid_limit)
		return FLUSH_SPACE;
	if (s->asid_generation[c->id] == m->generation)
		return FLUSH_NONE;
	if (m->asid_next >= asid_limit) {
		m->generation++;
		m->asid_next = 1;
		vm_count(asid_rollovers);
		flush = FLUSH_ALL;
	}
	s->asid[c->id] = m->asid_next++;
	s->asid_generation[c->id] = m->generation;
	return flush;
}

static void activate(struct cpu *c, struct vm_space *s)
{
	enum flush flush = asid_assign(c, s);

	if (flush == FLUSH_ALL) {
		arch_mmu_activate(kernel_root, 0);
		vm_count(tlb_all);
		arch_tlb_all();
	}
	arch_mmu_activate(s->root, s->asid[c->id]);
	if (flush == FLUSH_SPACE) {
		vm_count(tlb_asid);
		if (!ARCH_ACTIVATE_FLUSHES)
			arch_tlb_asid(0);
	}
}

/*
 * Take c out of the sets of `old`, as c has another root loaded now.  From here
 * on only CPU_STALE tells c that the old space has changed.
 *
 * c's reference is dropped first.  It is never the last one: vm_space_put()
 * keeps its own until all CPUs in the sets have left them.  So the space is not
 * freed here, in a switch, under the lock of the run queue.
 */
static void asid_unload(struct cpu *c, struct vm_space *old)
{
	u32 mine = (1u << CPU_LOADED | 1u << CPU_ACTIVE) << c->id;
	bool last = ref_put(&old->refs);

	ASSERT(!last);
	__atomic_fetch_and(&old->cpus, ~mine, __ATOMIC_SEQ_CST);
}

/*
 * Note that c runs s.  One atomic operation sets CPU_ACTIVE and reads
 * CPU_STALE; the head of tlb.c explains the other side.  A stale CPU drops its
 * identifier for s: under a new one, the old entries in its TLB are not used.
 */
static void asid_load(struct cpu *c, struct vm_space *s)
{
	u32 mine = (1u << CPU_SEEN | 1u << CPU_LOADED | 1u << CPU_ACTIVE) <<
		   c->id;
	u32 stale = 1u << CPU_STALE << c->id;
	u32 was = __atomic_fetch_or(&s->cpus, mine, __ATOMIC_SEQ_CST);
	struct vm_space *old = c->mmu.space;

	/* before icache_stale is read; arch_mmu_activate() orders the walks */
	mb_after_atomic();
	if (unlikely(READ_ONCE(s->icache_stale) & BIT(c->id))) {
		__atomic_fetch_and(&s->icache_stale, ~BIT(c->id),
				   __ATOMIC_SEQ_CST);
		arch_icache_sync();
	}
	if (was & stale) {
		__atomic_fetch_and(&s->cpus, ~stale, __ATOMIC_SEQ_CST);
		s->asid_generation[c->id] = 0;
	} else if (s == old) {
		vm_count(spaces_kept);
		return;
	}
	activate(c, s);
	if (s == old)
		return;
	ref_get(&s->refs);
	c->mmu.space = s;
	if (old)
		asid_unload(c, old);
}

/*
 * A task without a space (a kernel thread) borrows the loaded space.  Without
 * CPU_ACTIVE this CPU is not interrupted for flushes of user pages, but marked
 * CPU_STALE.  CPU_LOADED stays, as the CPU still uses the tables.
 */
static void lend_loaded_space(struct cpu *c)
{
	vm_count(spaces_lent);
	if (c->mmu.space)
		__atomic_fetch_and(&c->mmu.space->cpus,
				   ~(1u << CPU_ACTIVE << c->id),
				   __ATOMIC_SEQ_CST);
}

/* Row D3: switch to the space of the next task. */
void vm_space_switch_off(struct cpu *c, struct vm_space *s)
{
	if (s == c->mmu.wanted)
		return;
	c->mmu.wanted = s;
	if (s)
		asid_load(c, s);
	else
		lend_loaded_space(c);
}

void vm_space_switch(struct vm_space *s)
{
	unsigned long flags = arch_irq_save();

	vm_space_switch_off(cpu_self(), s);
	arch_irq_restore(flags);
}

/*
 * Does not lend the space if no other CPU is active in it: then flushes are
 * rare, and lending gains nothing.
 */
struct vm_space *vm_space_lend(void)
{
	struct vm_space *s = cpu_self()->mmu.wanted;

	if (s && cpu_bits(HINT(s->cpus), CPU_ACTIVE) != 1u << cpu_self()->id)
		vm_space_switch(NULL);
	return s;
}

/*
 * Called by vm_space_unload_all(), through smp_call() on each CPU that has the
 * space loaded, so that a CPU that only borrows the space does not keep its
 * tables.
 */
void vm_space_unload(void *arg)
{
	struct vm_space *s = arg;
	unsigned long flags = arch_irq_save();
	struct cpu *c = cpu_self();

	if (c->mmu.space == s) {
		c->mmu.space = c->mmu.wanted = NULL;
		arch_mmu_activate(kernel_root, 0);
		if (!asid_limit) {
			vm_count(tlb_asid);
			if (!ARCH_ACTIVATE_FLUSHES)
				arch_tlb_asid(0);
		}
		asid_unload(c, s);
	}
	arch_irq_restore(flags);
}
