/* SPDX-License-Identifier: MIT */
/*
 * Make CPUs drop cached translations and instructions (rows A5, A12, B13).  A
 * CPU that changes an entry flushes its own TLB, calls the CPUs that run the
 * space, and marks the others CPU_STALE.  A CPU that begins to run the space
 * checks CPU_STALE.  Each side uses one atomic operation on space->cpus, so
 * neither can miss the other.
 */
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <kernel/smp/smp.h>
#include <lt/arch.h>
#include "tlb.h"
#include <mm/vm_internal.h>

#define FLUSH_PAGES	4	/* for more pages, flush the whole space */

struct flush {
	struct vm_space *space;
	uaddr_t start, end;
};

/*
 * Flush the range on this CPU.  If the space has no identifier of this CPU's
 * current generation, the TLB has no entries of it.
 * Context: the task cannot move to another CPU.
 */
static __inlined void flush_here(struct vm_space *s, uaddr_t start,
				 uaddr_t end)
{
	struct cpu *c = cpu_self();
	unsigned asid = s->asid[c->id];
	unsigned long pages = (end - start) >> PAGE_SHIFT;

	if (asid_limit ? s->asid_generation[c->id] != c->mmu.generation :
			 s != c->mmu.space)
		return;
	if (pages <= FLUSH_PAGES) {
		for (; pages; pages--, start += PAGE_SIZE) {
			vm_count(tlb_page);
			arch_tlb_page(asid, start);
		}
	} else if (s != c->mmu.space) {
		/*
		 * cheaper than a flush: the next load assigns a new identifier
		 */
		s->asid_generation[c->id] = 0;
	} else if (arch_tlb_range(asid, start, pages)) {
		vm_count(tlb_page);
	} else {
		vm_count(tlb_asid);
		arch_tlb_asid(asid);
	}
}

/*
 * Run by flush_others() on another CPU, in an interrupt or while that CPU spins
 * for a lock.
 */
static void flush_call(void *arg)
{
	const struct flush *f = arg;
	unsigned long flags = arch_irq_save();

	flush_here(f->space, f->start, f->end);
	cpu_self()->tlb_answered++;
	arch_irq_restore(flags);
}

/*
 * Flush on the other CPUs.  which: the set of CPUs to call at once: CPU_ACTIVE;
 * or CPU_LOADED, which includes CPUs that borrow the space.
 */
static __noinline void flush_others(struct vm_space *s, uaddr_t start,
				    uaddr_t end, u32 was, unsigned which)
{
	struct flush f = { s, start, end };
	u32 me = 1u << cpu_self()->id, others = cpu_bits(was, CPU_SEEN) & ~me;
	u32 running = others & cpu_bits(was, which), now = was;
	u32 idle = others & ~running & ~cpu_bits(was, CPU_STALE);

	if (idle)
		now = __atomic_fetch_or(&s->cpus, idle << CPU_STALE,
					__ATOMIC_SEQ_CST);
	/* also call CPUs that have loaded the space meanwhile */
	running |= cpu_bits(now, which) |
		(cpu_bits(now, CPU_SEEN) & ~cpu_bits(was, CPU_SEEN));
	smp_call(running & ~me, flush_call, &f);
}

/* Flush on the other CPUs first, so that the function ends in a tail call. */
static inline void flush(struct vm_space *s, uaddr_t start, uaddr_t end,
			 unsigned which)
{
	u32 was;

	/* orders the changed entries before the read of space->cpus */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	was = READ_ONCE(s->cpus);
	if (unlikely(cpu_bits(was, CPU_SEEN) & ~(1u << cpu_self()->id)))
		flush_others(s, start, end, was, which);
	flush_here(s, start, end);
}

void vm_flush_page(struct vm_space *s, uaddr_t at)
{
	flush(s, at, at + PAGE_SIZE, CPU_ACTIVE);
}

void vm_flush_local(struct vm_space *s, uaddr_t at)
{
	flush_here(s, at, at + PAGE_SIZE);
}

void vm_flush_range(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	flush(s, start, end, CPU_ACTIVE);
}

/*
 * Flushes the whole space: a page flush may leave cached entries of upper
 * levels.
 */
void vm_flush_tables(void *arg)
{
	enum ipl old = preempt_disable();

	flush(arg, 0, USER_TOP, CPU_LOADED);
	preempt_enable(old);
}

/* Without this call a CPU that borrows the space would keep its root loaded. */
void vm_space_unload_all(struct vm_space *s)
{
	enum ipl old = preempt_disable();
	u32 loaded;

	vm_space_unload(s);
	loaded = cpu_bits(__atomic_load_n(&s->cpus, __ATOMIC_SEQ_CST),
			  CPU_LOADED);
	if (unlikely(loaded))
		smp_call(loaded, vm_space_unload, s);
	preempt_enable(old);
}

/* ---- the kernel and instructions ----------------------------------------- */

static void flush_kernel(void *arg)
{
	/* arg is not NULL if another CPU asked for the flush */
	cpu_self()->tlb_answered += arg != NULL;
	vm_count(tlb_all);
	arch_tlb_all();
}

void tlb_flush_kernel(void)
{
	enum ipl old = preempt_disable();

	flush_kernel(NULL);
	if (nr_cpus > 1)
		smp_call(smp_mask(), flush_kernel, &nr_cpus);
	preempt_enable(old);
}

static void sync_icache(void *arg __unused)
{
	arch_icache_sync();
}

/*
 * RISC-V: FENCE.I orders only the fetches of its own hart (unprivileged
 * specification, Zifencei).  So each CPU that runs the space executes FENCE.I
 * now, and the others do when they load the space.  No CPU is missed:
 * icache_stale is set before the set of active CPUs is read, and asid_load()
 * sets CPU_ACTIVE before it reads icache_stale.
 */
void vm_icache_sync(struct vm_space *s)
{
	u32 active, asked = tlbcheck_now();
	enum ipl old = preempt_disable();

	arch_icache_sync();
	if (nr_cpus > 1) {
		__atomic_fetch_or(&s->icache_stale, ~BIT(cpu_self()->id),
				  __ATOMIC_SEQ_CST);
		active = cpu_bits(__atomic_load_n(&s->cpus, __ATOMIC_SEQ_CST),
				  CPU_ACTIVE);
		smp_call(active, sync_icache, NULL);
	}
	preempt_enable(old);
	tlbcheck_fetch(s->root, asked);
}

static struct spinlock fetch_lock = SPIN_INIT("fetch", IPL_SOFT);

/*
 * PG_FETCHED is set before the CPUs are called: a store in between clears it
 * (page_stored()), and the next task that maps the page calls them again.  A
 * task that also sees PG_FETCHING, so that PG_FETCHED is not valid yet, waits
 * here for the lock and calls them once more.
 */
void vm_fetch_pages(struct page *p, unsigned n)
{
	spin_lock(&fetch_lock);
	page_set_flags(p, PG_FETCHED | PG_FETCHING);
	arch_mb();
	code_stored(page_virt(p), n * PAGE_SIZE);
	arch_icache_sync();
	if (nr_cpus > 1)
		smp_call(smp_mask(), sync_icache, NULL);
	page_clear_flags(p, PG_FETCHING);
	spin_unlock(&fetch_lock);
}

struct vm_stats vm_stats_sum(void)
{
	struct vm_stats sum = { 0 };

	for (unsigned i = 0; i < nr_cpus; i++)
		for (unsigned k = 0; k < sizeof(sum) / sizeof(u64); k++)
			((u64 *)&sum)[k] += HINT(((u64 *)&cpus[i].vm)[k]);
	return sum;
}
