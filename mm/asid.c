/* SPDX-License-Identifier: MIT */
/*
 * Address-space identifiers (row A5): identifiers are handed out once per
 * generation; when they run out a new generation starts with one flush of
 * everything, and each space gets a new one when it is next switched to.  So
 * the identifier of a dead space needs no flush.  With no identifiers (length
 * 0) every switch flushes.
 *
 * Invariant: two spaces of the current generation never share an identifier.
 */
#define LOG_PREFIX "mm"
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/log.h>
#include <mm/kmap.h>
#include <mm/vm.h>
#include <mm/vm_internal.h>

static unsigned asid_limit;	/* const after init: first number too large */
static unsigned asid_next;	/* [this CPU] */
static u64 generation = 1;	/* [this CPU] */
static struct vm_space *active;	/* this CPU's; referenced; NULL: the kernel's */

void asid_init(void)
{
	u64 bits = boot_option_number("asidbits", 32);

	if (bits > arch_asid_bits())
		bits = arch_asid_bits();
	/* 0 is the kernel's: one bit leaves a single identifier */
	asid_limit = bits ? 1u << bits : 0;
	asid_next = 1;
	log_info("%u ASID bits", (unsigned)bits);
}

static void flush_all(void)
{
	vm_stats.tlb_all++;
	arch_tlb_all();
}

/* Give s an identifier of this generation.  => flush after activating */
static bool asid_assign(struct vm_space *s)
{
	if (!asid_limit)
		return true;
	if (s->asid_generation == generation)
		return false;
	if (asid_next >= asid_limit) {
		generation++;
		asid_next = 1;
		vm_stats.asid_rollovers++;
		flush_all();
	}
	s->asid = asid_next++;
	s->asid_generation = generation;
	return false;
}

void vm_space_switch(struct vm_space *s)
{
	struct vm_space *old = active;
	bool flush;

	if (!s || s == old)
		return;
	ref_get(&s->refs);
	flush = asid_assign(s);
	active = s;
	arch_mmu_activate(s->root, s->asid);
	if (flush) {
		vm_stats.tlb_asid++;
		arch_tlb_asid(0);
	}
	if (old)
		vm_space_drop(old);
}

void vm_space_leave(struct vm_space *s)
{
	if (s != active)
		return;
	active = NULL;
	arch_mmu_activate(kernel_root, 0);
	if (!asid_limit) {
		vm_stats.tlb_asid++;
		arch_tlb_asid(0);
	}
	vm_space_drop(s);
}

bool vm_space_active(const struct vm_space *s)
{
	return s == active;
}

/* May the TLB hold anything of s? */
static bool tlb_stale(const struct vm_space *s)
{
	if (!asid_limit)
		return s == active;
	return s->asid_generation == generation;
}

void vm_flush_page(struct vm_space *s, uaddr_t at)
{
	if (tlb_stale(s)) {
		vm_stats.tlb_page++;
		arch_tlb_page(s->asid, at);
	}
}

void vm_flush_range(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	if (!tlb_stale(s))
		return;
	if (end - start <= 4 * PAGE_SIZE) {
		for (; start < end; start += PAGE_SIZE)
			vm_flush_page(s, start);
	} else if (s != active && asid_limit) {
		/* cheaper than a flush: it comes back under another number */
		s->asid_generation = 0;
	} else {
		vm_stats.tlb_asid++;
		arch_tlb_asid(s->asid);
	}
}

void vm_flush_space(struct vm_space *s)
{
	vm_flush_range(s, 0, USER_TOP);
}
