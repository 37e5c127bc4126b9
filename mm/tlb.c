/* SPDX-License-Identifier: MIT */
/*
 * TLB and instruction-cache consistency between CPUs (rows A5, B13).  A change
 * to a space's tables flushes this CPU, interrupts the CPUs that have the
 * space loaded, and leaves a note (space->stale) for those that ran it before
 * and may hold entries under its identifier: they flush when they load it.
 *
 * The note is written before space->cpus is looked at, and a CPU enters itself
 * in space->cpus before it looks at the note: one sees the other.
 */
#include <kernel/task.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <mm/page.h>
#include <mm/tlb.h>
#include <mm/vm_internal.h>

#define FEW_PAGES 4		/* flushed one by one; more: the whole space */

enum tlb_kind { TLB_RANGE, TLB_KERNEL, TLB_LET_GO, TLB_ICACHE };

/* What one CPU asks of others; it waits, so one each is enough. */
struct tlb_request {
	enum tlb_kind kind;		/* [asker] as all but the masks */
	struct vm_space *space;
	uaddr_t start, end;
	unsigned long waiting;		/* atomic: CPUs that have not served */
	unsigned long held;		/* atomic: TLB_LET_GO: had it loaded */
};

static struct tlb_request requests[MAX_CPUS];
static unsigned long inbox[MAX_CPUS];	/* atomic: who asks this CPU */

static void flush_here(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	if (end - start > FEW_PAGES * PAGE_SIZE) {
		vm_stats.tlb_asid++;
		arch_tlb_asid(s->asid);
		return;
	}
	for (; start < end; start += PAGE_SIZE) {
		vm_stats.tlb_page++;
		arch_tlb_page(s->asid, start);
	}
}

/* ---- between CPUs -------------------------------------------------------- */

static void serve(struct tlb_request *r, unsigned long self)
{
	switch (r->kind) {
	case TLB_RANGE:
		if (vm_space_active(r->space))
			flush_here(r->space, r->start, r->end);
		break;
	case TLB_KERNEL:
		arch_tlb_all();
		break;
	case TLB_LET_GO:
		if (vm_space_let_go(r->space))
			__atomic_fetch_or(&r->held, self, __ATOMIC_RELAXED);
		break;
	case TLB_ICACHE:
		arch_icache_sync();
		break;
	}
	__atomic_fetch_and(&r->waiting, ~self, __ATOMIC_RELEASE);
}

void tlb_ipi(void)
{
	unsigned id = cpu_self()->id;
	unsigned long from = __atomic_exchange_n(&inbox[id], 0,
						 __ATOMIC_SEQ_CST);

	for (unsigned i = 0; from; i++, from >>= 1)
		if (from & 1)
			serve(&requests[i], 1ul << id);
}

static unsigned long online_mask(void)
{
	unsigned long mask = 0;

	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (READ_ONCE(cpus[i].online))
			mask |= 1ul << i;
	return mask;
}

/* Ask the CPUs of mask (not this one) and wait. */
static void ask(struct tlb_request *r, unsigned long mask)
{
	unsigned id = cpu_self()->id;

	r->held = 0;
	__atomic_store_n(&r->waiting, mask, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (mask >> i & 1)
			__atomic_fetch_or(&inbox[i], 1ul << id,
					  __ATOMIC_SEQ_CST);
	arch_ipi_send(mask);
	while (__atomic_load_n(&r->waiting, __ATOMIC_ACQUIRE)) {
		tlb_ipi();
		arch_relax();
	}
}

static struct tlb_request *my_request(enum tlb_kind kind, struct vm_space *s)
{
	struct tlb_request *r = &requests[cpu_self()->id];

	ASSERT(!r->waiting);
	r->kind = kind;
	r->space = s;
	return r;
}

/* ---- user mappings ------------------------------------------------------- */

void vm_flush_local(struct vm_space *s, uaddr_t at)
{
	vm_stats.tlb_page++;
	arch_tlb_page(s->asid, at);
}

static __noinline void flush_others(struct vm_space *s, uaddr_t start,
				    uaddr_t end, unsigned long self)
{
	unsigned long others;
	struct tlb_request *r;

	/* the changed entries are visible before we look who may have them */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	others = READ_ONCE(s->ran) & ~self;
	if (!others)
		return;
	if (asid_in_use())
		__atomic_fetch_or(&s->stale, others, __ATOMIC_SEQ_CST);
	others = __atomic_load_n(&s->cpus, __ATOMIC_SEQ_CST) & ~self;
	if (!others)
		return;
	r = my_request(TLB_RANGE, s);
	r->start = start;
	r->end = end;
	ask(r, others);
}

void vm_flush_range(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	unsigned long self = 1ul << cpu_self()->id;

	if (asid_in_use() ? s->ran & self : vm_space_active(s))
		flush_here(s, start, end);
	if (unlikely(nr_cpus > 1))
		flush_others(s, start, end, self);
}

void vm_flush_page(struct vm_space *s, uaddr_t at)
{
	vm_flush_range(s, at, at + PAGE_SIZE);
}

void vm_flush_space(struct vm_space *s)
{
	vm_flush_range(s, 0, USER_TOP);
}

unsigned tlb_let_go(struct vm_space *s)
{
	unsigned long self = 1ul << cpu_self()->id, others;
	unsigned holders = vm_space_let_go(s);
	struct tlb_request *r;

	others = __atomic_load_n(&s->cpus, __ATOMIC_SEQ_CST) & ~self;
	if (likely(!others))
		return holders;
	r = my_request(TLB_LET_GO, s);
	ask(r, others);
	for (others = r->held; others; others &= others - 1)
		holders++;
	return holders;
}

/* ---- the kernel and instructions ----------------------------------------- */

void tlb_flush_kernel(void)
{
	unsigned long others;

	arch_tlb_all();
	if (nr_cpus == 1)
		return;
	others = online_mask() & ~(1ul << cpu_self()->id);
	if (others)
		ask(my_request(TLB_KERNEL, NULL), others);
}

void vm_icache_sync(struct vm_space *s)
{
	unsigned long self = 1ul << cpu_self()->id, others;

	arch_icache_sync();
	if (nr_cpus == 1)
		return;
	__atomic_fetch_or(&s->icache_stale, ~self, __ATOMIC_SEQ_CST);
	others = __atomic_load_n(&s->cpus, __ATOMIC_SEQ_CST) & ~self;
	if (others)
		ask(my_request(TLB_ICACHE, s), others);
}
