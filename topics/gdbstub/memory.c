/* SPDX-License-Identifier: MIT */
/*
 * Memory accesses of the stub, and breakpoints (row B7).  An address that
 * faults counts as not mapped.  A program's memory is read through the direct
 * map, by walking its page tables.
 *
 * The kernel's text is mapped read-only.  A store makes its page writable for a
 * moment, on this CPU, while no other CPU runs.
 */
#include "gdbstub.h"
#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/compiler.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/vm.h>

#define BREAKS_MAX	64
#define STEPS_MAX	2
#define GONE_MAX	8

struct copy {
	unsigned long at;
	const struct task *task;	/* task of a user address */
	u8 *to;
	const u8 *from;
	size_t n, done;
};

/* Return: the address in the direct map; NULL: not mapped, or not memory. */
static const u8 *user_byte(const struct vm_space *s, unsigned long at)
{
	unsigned level = 0;
	pte_t *slot = s ? pt_walk(s->root, at, &level, PT_READ) : NULL;
	pfn_t pfn;

	if (!slot || !pte_present(pte_read(slot)))
		return NULL;
	pfn = pte_pfn(pte_read(slot)) +
		((at & ((1ul << PT_SHIFT(level)) - 1)) >> PAGE_SHIFT);
	return pfn_valid(pfn) ? (const u8 *)page_virt(pfn_page(pfn)) +
		(at & ~PAGE_MASK) : NULL;
}

static void read_bytes(void *arg)
{
	struct copy *c = arg;

	for (; c->done < c->n; c->done++) {
		unsigned long at = c->at + c->done;
		const u8 *from = (const u8 *)at;

		if (at < USER_TOP && !(from = user_byte(c->task->space, at)))
			return;
		c->to[c->done] = *(const volatile u8 *)from;
	}
}

size_t stub_read(const struct task *t, unsigned long at, void *to, size_t n)
{
	struct copy c = { .at = at, .task = t, .to = to, .n = n };

	stub_try(read_bytes, &c);
	return *(volatile size_t *)&c.done;
}

/* Make the page of a kernel address writable.  Return: the old PTE. */
static pte_t open_page(unsigned long at, pte_t **slot)
{
	unsigned level = 0;
	pte_t e = { 0 };

	*slot = pt_walk(kernel_root, at, &level, PT_READ);
	if (!*slot)
		return e;
	e = pte_read(*slot);
	if (!pte_present(e) || pte_writable(e)) {
		*slot = NULL;
		return e;
	}
	pte_write(*slot, pte_leaf_at(level, pte_pfn(e), pte_prot(e) | MAP_W,
				     pte_soft(e)));
	arch_tlb_all();
	return e;
}

static void write_bytes(void *arg)
{
	struct copy *c = arg;

	if (c->n == 2 && !(c->at & 1)) {	/* an instruction: one store */
		u16 both;

		memcpy(&both, c->from, 2);
		*(volatile u16 *)c->at = both;
		c->done = 2;
		return;
	}
	for (; c->done < c->n; c->done++)
		*(volatile u8 *)(c->at + c->done) = c->from[c->done];
}

size_t stub_write(unsigned long at, const void *from, size_t n)
{
	size_t done = 0, stored, room;

	if (at < USER_TOP)
		return 0;
	while (done < n) {
		struct copy c = {
			.at = at + done, .from = (const u8 *)from + done,
		};
		pte_t *slot, old = open_page(c.at, &slot);

		room = PAGE_SIZE - (c.at & ~PAGE_MASK);
		c.n = min(n - done, room);
		stub_try(write_bytes, &c);
		stored = *(volatile size_t *)&c.done;
		if (stored)
			code_stored((void *)c.at, stored);
		if (slot) {
			pte_write(slot, old);
			arch_tlb_all();
		}
		done += stored;
		if (stored < c.n)
			break;
	}
	arch_icache_sync();
	return done;
}

/* ---- breakpoints --------------------------------------------------------- */

static struct stub_break {
	unsigned long at;		/* 0: free */
	struct vm_space *space;		/* NULL: the kernel's */
	bool in;			/* stored in the text now */
	bool once;			/* removed when a session begins */
	u8 code[2];			/* original bytes */
} breaks[BREAKS_MAX + STEPS_MAX];	/* [owner of the session] */

/*
 * The breakpoints in programs that were cleared last: another CPU may have met
 * one of them before it was cleared.
 */
static struct stub_break gone[GONE_MAX];
static unsigned nr_gone;

/*
 * Find the breakpoint at an address.  A user address only matches in the same
 * address space.
 */
static struct stub_break *gdb_find(const struct vm_space *space,
				   unsigned long at)
{
	for (unsigned i = 0; i < ARRAY_SIZE(breaks); i++)
		if (breaks[i].at == at &&
		    (!at || at >= USER_TOP || breaks[i].space == space))
			return &breaks[i];
	return NULL;
}

bool stub_has_break(unsigned long at)
{
	return at && gdb_find(current->space, at);
}

/*
 * True if the bytes of a program's page may be changed.  They must not be if
 * other programs use the page, too, because it belongs to a file or is shared
 * since fork(2).  A step's breakpoint may always be stored, because it exists
 * for one instruction only, while the other CPUs are held.
 */
static bool gdb_is_own(const struct stub_break *b)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(b->space->root, b->at, &level, PT_CHANGE);
	pte_t e = slot ? pte_read(slot) : (pte_t){ 0 };
	struct page *p;

	if (b >= breaks + BREAKS_MAX)
		return true;
	if (level || !pte_present(e) || pte_soft(e) & PTE_SPECIAL)
		return false;
	p = pfn_page(pte_pfn(e));
	return p->kind == PAGE_ANON && ref_read(&p->refs) == 1;
}

/*
 * Find the address at which the bytes of b can be stored; for a program's text
 * it is in the direct map.
 * Return: the address; 0: the bytes cannot be stored now.
 */
static unsigned long gdb_break_address(const struct stub_break *b)
{
	if (!b->space)
		return b->at;
	return stub_is_space(b->space) && gdb_is_own(b) ?
		(unsigned long)user_byte(b->space, b->at) : 0;
}

static bool gdb_memory_put(struct stub_break *b)
{
	unsigned long to = b->in ? 0 : gdb_break_address(b);

	if (to)
		b->in = stub_read(NULL, to, b->code, text_trap_len) ==
			text_trap_len &&
			stub_write(to, text_trap, text_trap_len) ==
			text_trap_len;
	return b->in;
}

/*
 * Remove b from the text.  A child that was forked while b was there keeps the
 * trap in its copy, as with ptrace(2).
 */
static bool gdb_break_lift(struct stub_break *b)
{
	bool was = b->in;
	unsigned long from = !was ? 0 : !b->space ? b->at :
		stub_is_space(b->space) ?
		(unsigned long)user_byte(b->space, b->at) : 0;
	u8 code[2];

	if (from && stub_read(NULL, from, code, text_trap_len) ==
	    text_trap_len && !memcmp(code, text_trap, text_trap_len))
		stub_write(from, b->code, text_trap_len);
	b->in = false;
	return was;
}

/*
 * Set b.  To see if it can be stored, put it into the text and take it out
 * again.
 * Return: false: b is free again.
 */
static bool gdb_enter(struct stub_break *b, unsigned long at,
		      struct vm_space *space)
{
	*b = (struct stub_break){ .at = at, .space = space };
	if (gdb_memory_put(b))
		return gdb_break_lift(b);
	b->at = 0;
	return false;
}

struct place {
	struct vm_space *space;
	unsigned long at;
	bool good;
};

static void gdb_look_up(void *arg)
{
	struct place *p = arg;
	struct vma *v = vm_find(p->space, p->at);

	p->good = v && v->start <= p->at && v->prot & MAP_X &&
		!(v->flags & VM_SPECIAL);
}

bool stub_set_break(const struct task *t, unsigned long at, unsigned long len)
{
	struct vm_space *space = at < USER_TOP ? t->space : NULL;
	struct stub_break *b = gdb_find(NULL, 0);
	struct place p = { .space = space, .at = at };

	if (!at || !stub_trap_fits(at, len) || (at < USER_TOP && !space))
		return false;
	if (gdb_find(space, at))
		return true;
	if (!b || b >= breaks + BREAKS_MAX)
		return false;
	if (!space)
		return gdb_enter(b, at, NULL);
	if (!stub_try(gdb_look_up, &p) || !p.good)
		return false;
	*b = (struct stub_break){ .at = at, .space = space };
	return true;
}

static void gdb_clear(struct stub_break *b)
{
	gdb_break_lift(b);
	if (b->space && b < breaks + BREAKS_MAX)
		gone[nr_gone++ % GONE_MAX] = *b;
	b->at = 0;
}

bool stub_had_break(unsigned long at)
{
	u8 code[2];

	for (unsigned i = 0; i < GONE_MAX; i++)
		if (gone[i].at == at && gone[i].space == current->space)
			return stub_read(current, at, code, text_trap_len) ==
				text_trap_len &&
				memcmp(code, text_trap, text_trap_len);
	return false;
}

bool stub_clear_break(const struct task *t, unsigned long at)
{
	struct stub_break *b = at ? gdb_find(t->space, at) : NULL;

	if (b)
		gdb_clear(b);
	return b;
}

void stub_break_after_call(unsigned long at)
{
	if (!stub_has_break(at) && stub_set_break(current, at, text_trap_len))
		gdb_find(current->space, at)->once = true;
}

bool stub_set_step(unsigned long at)
{
	struct vm_space *space = at < USER_TOP ? current->space : NULL;
	struct stub_break *there = gdb_find(space, at);

	if (there && there->in)
		return true;
	for (unsigned i = BREAKS_MAX; i < ARRAY_SIZE(breaks); i++)
		if (!breaks[i].at)
			return gdb_enter(&breaks[i], at, space);
	return false;
}

void stub_clear_steps(void)
{
	for (unsigned i = BREAKS_MAX; i < ARRAY_SIZE(breaks); i++)
		if (breaks[i].at)
			gdb_clear(&breaks[i]);
}

bool stub_text_code(unsigned long at, u8 *code)
{
	struct stub_break *b = at >= USER_TOP ? gdb_find(NULL, at) : NULL;

	if (!b || !b->in)
		return false;
	if (code)
		memcpy(code, b->code, text_trap_len);
	return true;
}

void stub_text_changed(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(breaks); i++) {
		struct stub_break *b = &breaks[i];

		if (!b->in || b->space ||
		    !memcmp((const void *)b->at, text_trap, text_trap_len))
			continue;
		b->in = false;
		gdb_memory_put(b);
	}
}

bool stub_lift_break(unsigned long at)
{
	struct stub_break *b = at ? gdb_find(current->space, at) : NULL;

	return b && gdb_break_lift(b);
}

void stub_touch(unsigned long at)
{
	u8 code[2];

	if (at >= USER_TOP &&
	    stub_read(NULL, at, code, text_trap_len) == text_trap_len)
		stub_write(at, code, text_trap_len);
}

void stub_lift_breaks(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(breaks); i++)
		gdb_break_lift(&breaks[i]);
}

void stub_end_call(struct trapframe *tf)
{
	unsigned long at = text_trapped_at(tf);

	for (unsigned i = 0; i < BREAKS_MAX; i++) {
		if (!breaks[i].at || !breaks[i].once)
			continue;
		/* this is the end of a step, not a breakpoint of GDB */
		if (tf_user(tf) && breaks[i].at == at)
			tf_set_pc(tf, at);
		gdb_clear(&breaks[i]);
	}
}

void stub_put_breaks(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(breaks); i++)
		if (breaks[i].at)
			gdb_memory_put(&breaks[i]);
}

void stub_clear_all(void)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (breaks[i].at)
			gdb_clear(&breaks[i]);
}

unsigned stub_breaks_to_copy(struct vm_space **space, unsigned long *at,
			     unsigned room)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BREAKS_MAX && n < room; i++)
		if (breaks[i].at && breaks[i].space && !breaks[i].in &&
		    stub_is_space(breaks[i].space) &&
		    (!*space || *space == breaks[i].space)) {
			*space = breaks[i].space;
			at[n++] = breaks[i].at;
		}
	return n;
}
