/* SPDX-License-Identifier: MIT */
/*
 * Address-space identifiers and the space each CPU has loaded (row A5, D3).
 * Identifiers are handed out once per generation.  When they run out a new
 * generation begins: a space that some CPU has loaded keeps its identifier,
 * every other gets a new one when it is next loaded, and each CPU flushes all
 * before it next loads anything.  So the identifier of a dead space needs no
 * flush.  With fewer identifiers than CPUs none are used and every load
 * flushes.
 *
 * Invariant: two spaces of the current generation never share an identifier.
 */
#define LOG_PREFIX "mm"
#include <kernel/task.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/log.h>
#include <mm/kmap.h>
#include <mm/tlb.h>
#include <mm/vm_internal.h>

#define MAX_BITS	16

static struct {
	struct spinlock lock;		/* IPL_HIGH: taken while switching */
	unsigned limit;			/* const: first number too large; 0 */
	unsigned next;			/* [lock] where to look */
	u64 generation;			/* [lock] */
	unsigned long flush_all;	/* [lock] CPUs that must, next time */
	unsigned long used[(1u << MAX_BITS) / (8 * sizeof(long))]; /* [lock] */
	struct vm_space *loaded[MAX_CPUS]; /* [lock] referenced; NULL: none */
} asid = { .lock = SPIN_INIT("asid", IPL_HIGH), .generation = 1 };

#define LONG_BITS (8 * sizeof(long))

static bool test_used(unsigned n)
{
	return asid.used[n / LONG_BITS] >> n % LONG_BITS & 1;
}

static void set_used(unsigned n)
{
	asid.used[n / LONG_BITS] |= 1ul << n % LONG_BITS;
}

void asid_init(void)
{
	u64 bits = boot_option_number("asidbits", MAX_BITS);
	unsigned machine = min(arch_asid_bits(), (unsigned)MAX_BITS);

	if (bits > machine)
		bits = machine;
	/* 0 is the kernel's */
	if (bits && (1u << bits) - 1 < boot_info.cpu_count &&
	    boot_info.cpu_count > 1)
		bits = 0;
	asid.limit = bits ? 1u << bits : 0;
	asid.next = 1;
	asid.generation++;
	memset(asid.used, 0, sizeof(asid.used));
	log_info("%u ASID bits", (unsigned)bits);
}

bool asid_in_use(void)
{
	return asid.limit != 0;
}

/* => [asid.lock] */
static void new_generation(void)
{
	asid.generation++;
	asid.next = 1;
	asid.flush_all = ~0ul;
	vm_stats.asid_rollovers++;
	memset(asid.used, 0, DIV_ROUND_UP(asid.limit, LONG_BITS) *
	       sizeof(long));
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		struct vm_space *s = asid.loaded[i];

		if (s && s->asid_generation) {
			s->asid_generation = asid.generation;
			set_used(s->asid);
		}
	}
}

/* => [asid.lock]; the next free number, or limit */
static unsigned find_free(void)
{
	while (asid.next < asid.limit && test_used(asid.next))
		asid.next++;
	return asid.next;
}

/* Give s an identifier of this generation.  => [asid.lock] */
static void assign(struct vm_space *s)
{
	unsigned n;

	if (likely(s->asid_generation == asid.generation))
		return;
	n = find_free();
	if (unlikely(n >= asid.limit)) {
		new_generation();
		n = find_free();
	}
	set_used(n);
	asid.next = n + 1;
	s->asid = n;
	s->asid_generation = asid.generation;
	s->ran = s->stale = 0;
}

/* Load s on this CPU and flush what must be.  => [asid.lock] */
static void load(struct vm_space *s, unsigned long self)
{
	bool flush = !asid.limit;

	s->ran |= self;
	/* seq_cst: pairs with vm_flush_range, which notes, then looks */
	__atomic_fetch_or(&s->cpus, self, __ATOMIC_SEQ_CST);
	if (unlikely(asid.flush_all & self)) {
		asid.flush_all &= ~self;
		vm_stats.tlb_all++;
		arch_tlb_all();
	}
	if (unlikely(__atomic_load_n(&s->stale, __ATOMIC_SEQ_CST) & self)) {
		__atomic_fetch_and(&s->stale, ~self, __ATOMIC_RELAXED);
		flush = true;
	}
	arch_mmu_activate(s->root, s->asid);
	if (flush) {
		vm_stats.tlb_asid++;
		arch_tlb_asid(s->asid);
	}
	if (unlikely(s->icache_stale & self)) {
		__atomic_fetch_and(&s->icache_stale, ~self, __ATOMIC_RELAXED);
		arch_icache_sync();
	}
}

void vm_space_switch(struct vm_space *s)
{
	unsigned id = cpu_self()->id;
	struct vm_space *old;

	if (!s || s == asid.loaded[id])
		return;
	spin_lock(&asid.lock);
	ref_get(&s->refs);
	/* not counted as loaded while the next gets its number */
	old = asid.loaded[id];
	asid.loaded[id] = NULL;
	if (old)
		__atomic_fetch_and(&old->cpus, ~(1ul << id), __ATOMIC_RELEASE);
	if (asid.limit)
		assign(s);
	asid.loaded[id] = s;
	load(s, 1ul << id);
	spin_unlock(&asid.lock);
	/*
	 * Not the last one, so that nothing is freed inside a switch: who ends
	 * a space makes every CPU let go of it before he does.
	 */
	if (old && ref_put(&old->refs))
		panic("a space ended while CPU %u had it loaded", id);
}

bool vm_space_let_go(struct vm_space *s)
{
	unsigned id = cpu_self()->id;

	if (asid.loaded[id] != s)
		return false;
	spin_lock(&asid.lock);
	asid.loaded[id] = NULL;
	__atomic_fetch_and(&s->cpus, ~(1ul << id), __ATOMIC_RELEASE);
	arch_mmu_activate(kernel_root, 0);
	if (!asid.limit)
		arch_tlb_asid(0);
	spin_unlock(&asid.lock);
	return true;
}

void vm_space_leave(struct vm_space *s)
{
	unsigned holders = tlb_let_go(s);

	while (holders--)
		vm_space_drop(s);
}

bool vm_space_active(const struct vm_space *s)
{
	return s == asid.loaded[cpu_self()->id];
}
