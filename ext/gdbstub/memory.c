/* SPDX-License-Identifier: MIT */
/*
 * Memory for the stub, and breakpoints in it (row B7).  Whatever faults is not
 * there.  A program's memory is read through the direct map, by its tables.
 *
 * The kernel's text is mapped for reading only: a store makes its page writable
 * for as long as it takes, on this CPU, while no other one runs.
 */
#include <ext/gdbstub/gdbstub.h>
#include <kernel/task.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/compiler.h>
#include <mm/page.h>
#include <mm/pt.h>
#include <mm/vm.h>

#define BREAKS_MAX	64

struct copy {
	unsigned long at;
	const struct task *task;	/* whose, if it is a program's address */
	u8 *to;
	const u8 *from;
	size_t n, done;
};

/* => the address in the direct map; NULL: no page is there, or no memory */
static const u8 *user_byte(const struct task *t, unsigned long at)
{
	unsigned level = 0;
	pte_t *slot = t->space ? pt_walk(t->space->root, at, &level, PT_READ) :
		NULL;
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

		if (at < USER_TOP && !(from = user_byte(c->task, at)))
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

/* Make the page of a kernel address writable.  => what its entry was */
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

	if (c->n == 2 && !(c->at & 1)) {	/* an instruction: at once */
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
	size_t done = 0, room;

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
		if (slot) {
			pte_write(slot, old);
			arch_tlb_all();
		}
		done += *(volatile size_t *)&c.done;
		if (*(volatile size_t *)&c.done < c.n)
			break;
	}
	arch_icache_sync();
	return done;
}

/* ---- breakpoints --------------------------------------------------------- */

static struct stub_break {
	unsigned long at;		/* 0: free */
	bool in;			/* it is in the text now */
	u8 code[2];			/* what stands there else */
} breaks[BREAKS_MAX];			/* [owner of the session] */

static struct stub_break *find(unsigned long at)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (breaks[i].at == at)
			return &breaks[i];
	return NULL;
}

bool stub_has_break(unsigned long at)
{
	return at && find(at);
}

static bool put(struct stub_break *b)
{
	if (!b->in)
		b->in = stub_read(NULL, b->at, b->code, text_trap_len) ==
			text_trap_len &&
			stub_write(b->at, text_trap, text_trap_len) ==
			text_trap_len;
	return b->in;
}

static bool lift(struct stub_break *b)
{
	bool was = b->in;

	if (was)
		stub_write(b->at, b->code, text_trap_len);
	b->in = false;
	return was;
}

bool stub_set_break(unsigned long at, unsigned long len)
{
	struct stub_break *b = find(0);

	if (!at || at < USER_TOP || !stub_trap_fits(at, len))
		return false;
	if (stub_has_break(at))
		return true;
	if (!b)
		return false;
	*b = (struct stub_break){ .at = at };
	if (put(b))
		return lift(b);
	b->at = 0;
	return false;
}

bool stub_clear_break(unsigned long at)
{
	struct stub_break *b = at ? find(at) : NULL;

	if (!b)
		return false;
	lift(b);
	b->at = 0;
	return true;
}

bool stub_lift_break(unsigned long at)
{
	struct stub_break *b = at ? find(at) : NULL;

	return b && lift(b);
}

void stub_touch(unsigned long at)
{
	u8 code[2];

	if (stub_read(NULL, at, code, text_trap_len) == text_trap_len)
		stub_write(at, code, text_trap_len);
}

void stub_lift_breaks(void)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		lift(&breaks[i]);
}

void stub_put_breaks(void)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (breaks[i].at)
			put(&breaks[i]);
}

void stub_clear_all(void)
{
	for (unsigned i = 0; i < BREAKS_MAX; i++)
		if (breaks[i].at)
			stub_clear_break(breaks[i].at);
}
