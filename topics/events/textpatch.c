/* SPDX-License-Identifier: MIT */
/*
 * Change instructions of the running kernel (row C11).  Meanwhile all other
 * CPUs wait in a cross-CPU call with interrupts off; afterwards they flush
 * their instruction caches:
 *
 *   this CPU                       the others
 *   smp_call_begin()  ---------->  textpatch_halt(): here++
 *   here == all of them            wait for go
 *   store the instructions
 *   go = 1            ---------->  arch_icache_sync()
 *   smp_call_end()    <----------  return
 *
 * The kernel's text is mapped read-only: text_store() makes the page writable
 * for the duration of the store, on this CPU only.
 */
#include "textpatch.h"
#include <kernel/lock/lock.h>
#include <kernel/smp/smp.h>
#include <lt/init.h>
#include <mm/tables/pt.h>
#include <mm/vm.h>

static struct mutex patching;
bool (*text_debugger)(unsigned long at, u8 *code);
bool (*text_probe)(unsigned long at, u8 *code);
void (*text_changed)(void);

/* Store n bytes of code that lie within one page. */
static void textpatch_store(unsigned long at, const u8 *code, unsigned n)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(kernel_root, at, &level, PT_READ);
	pte_t old = pte_read(slot);

	pte_write(slot, pte_leaf_at(level, pte_pfn(old),
				    pte_prot(old) | MAP_W, pte_soft(old)));
	arch_tlb_all();
	if (n == 2 && !(at & 1)) /* all bytes at once */
		*(volatile u16 *)at = (u16)(code[0] | code[1] << 8);
	else if (n == 4 && !(at & 3))
		*(volatile u32 *)at = code[0] | code[1] << 8 | code[2] << 16 |
			(u32)code[3] << 24;
	else
		for (unsigned i = 0; i < n; i++)
			*(volatile u8 *)(at + i) = code[i];
	code_stored((void *)at, n);
	pte_write(slot, old);
	arch_tlb_all();
}

void text_store(unsigned long at, const u8 *code, unsigned n)
{
	unsigned long room = PAGE_SIZE - (at & ~PAGE_MASK);
	unsigned first = (unsigned)min((unsigned long)n, room);

	textpatch_store(at, code, first);
	if (first < n)
		textpatch_store(at + first, code + first, n - first);
}

struct halt {
	unsigned here, go;
};

static void textpatch_halt(void *arg)
{
	struct halt *h = arg;
	unsigned long flags = arch_irq_save();

	__atomic_fetch_add(&h->here, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&h->go, __ATOMIC_ACQUIRE))
		arch_relax();
	arch_tlb_all();		/* flush the writable mapping of the page */
	arch_icache_sync();
	arch_irq_restore(flags);
}

void text_change(void (*fn)(void *arg), void *arg)
{
	struct halt h = { 0 };
	unsigned long flags, others;
	struct cpu *me;

	mutex_lock(&patching);
	flags = arch_irq_save();
	me = cpu_self();
	others = smp_mask() & ~BIT(me->id);
	if (others)
		smp_call_begin(others, textpatch_halt, &h);
	while (__atomic_load_n(&h.here, __ATOMIC_ACQUIRE) < nr_cpus - 1)
		smp_relax(me);
	fn(arg);
	if (text_changed)
		text_changed();
	arch_icache_sync();
	__atomic_store_n(&h.go, 1, __ATOMIC_RELEASE);
	if (others)
		smp_call_end();
	arch_irq_restore(flags);
	mutex_unlock(&patching);
}

static void textpatch_patch_init(void)
{
	mutex_init(&patching, "kernel text");
}
INIT(fs, textpatch_patch_init);
