/* SPDX-License-Identifier: MIT */
/*
 * Sites on and off (row C11).  While their instructions are exchanged every
 * other CPU waits in a call, with interrupts off, and fetches anew after it:
 *
 *   this CPU                       the others
 *   smp_call_begin()  ---------->  halt(): here++
 *   here == all of them            wait for go
 *   store the instructions
 *   go = 1            ---------->  arch_icache_sync()
 *   smp_call_end()    <----------  return
 *
 * The kernel's text is mapped for reading only: a store makes its page writable
 * for as long as it takes, on this CPU.
 */
#include <ext/eventtrace/sites.h>
#include <kernel/lock.h>
#include <kernel/smp.h>
#include <kernel/syscall/table.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/table.h>
#include <mm/pt.h>
#include <mm/vm.h>

TABLE(event_site);

static struct mutex patching;
static int wanted[EVENT_KINDS];		/* [patching] */

/* ---- one instruction ----------------------------------------------------- */

/* Context: the other CPUs halt, interrupts off. */
static void store(unsigned long at, const u8 *code, unsigned n)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(kernel_root, at, &level, PT_READ);
	pte_t old = pte_read(slot);

	pte_write(slot, pte_leaf_at(level, pte_pfn(old),
				    pte_prot(old) | MAP_W, pte_soft(old)));
	arch_tlb_all();
	for (unsigned i = 0; i < n; i++)
		*(volatile u8 *)(at + i) = code[i];
	pte_write(slot, old);
	arch_tlb_all();
}

/* It may lie in two pages. */
static void change(const struct event_site *site, bool on)
{
	u8 code[SITE_BYTES];
	unsigned n = site_code(code, site->at, on ? site->to : 0);
	unsigned long room = PAGE_SIZE - (site->at & ~PAGE_MASK);
	unsigned first = (unsigned)min((unsigned long)n, room);

	if (!n)
		panic("an event's site at %#lx cannot reach %#lx", site->at,
		      site->to);
	store(site->at, code, first);
	if (first < n)
		store(site->at + first, code + first, n - first);
}

/* ---- all CPUs ------------------------------------------------------------ */

struct halt {
	unsigned here, go;
};

static void halt(void *arg)
{
	struct halt *h = arg;
	unsigned long flags = arch_irq_save();

	__atomic_fetch_add(&h->here, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&h->go, __ATOMIC_ACQUIRE))
		arch_relax();
	arch_icache_sync();
	arch_irq_restore(flags);
}

static void change_all(enum event what, bool on)
{
	struct halt h = { 0 };
	unsigned long flags = arch_irq_save();
	struct cpu *me = cpu_self();
	unsigned long others = smp_mask() & ~BIT(me->id);

	if (others)
		smp_call_begin(others, halt, &h);
	while (__atomic_load_n(&h.here, __ATOMIC_ACQUIRE) < nr_cpus - 1)
		smp_relax(me);
	table_each(site, event_site)
		if (site->what == what)
			change(site, on);
	arch_icache_sync();
	__atomic_store_n(&h.go, 1, __ATOMIC_RELEASE);
	if (others)
		smp_call_end();
	arch_irq_restore(flags);
}

void events_want(enum event what, int more)
{
	bool before, after;

	mutex_lock(&patching);
	before = wanted[what];
	wanted[what] += more;
	after = wanted[what];
	if (before != after)
		change_all(what, after);
	if (before != after && (what == EVENT_SYSCALL || what == EVENT_RETURN))
		syscall_trace_events(wanted[EVENT_SYSCALL] ||
				     wanted[EVENT_RETURN]);
	mutex_unlock(&patching);
}

unsigned events_sites(enum event what)
{
	unsigned n = 0;

	table_each(site, event_site)
		n += site->what == what;
	return n;
}

static void patch_init(void)
{
	mutex_init(&patching, "event sites");
}
INIT(fs, patch_init);
