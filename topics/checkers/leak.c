/* SPDX-License-Identifier: MIT */
/*
 * The checker `leak`: finds kernel data that is copied to programs by mistake.
 * The compiler fills automatic variables with one pattern, and the allocators
 * fill objects and pages with another.  A copy to user memory that contains a
 * pattern is reported.  Programs' own data may contain the compiler's pattern,
 * so that pattern is ignored in pages of data, and while the running program
 * has it in a register.  The allocators' pattern is a number that no program is
 * likely to write.
 */
#include "origin.h"

#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/trap_ops.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/log.h>
#include <mm/frames/page.h>

#define WORD		sizeof(u32)
#define ALLOCATED	0x9d6b3be5u
#define AUTOMATIC	0xfefefefeu

static bool expected;
static unsigned reports;
static const void *guilty;	/* address of the reported copy */

void leak_fill(void *p, size_t n)
{
	volatile u32 *w = p;

	for (; n >= WORD; n -= WORD)
		*w++ = ALLOCATED;
}

/*
 * True if p may hold data written by programs: it is in a page, but not in a
 * slab, a stack or the kernel's image.
 */
static bool is_data(const void *p)
{
	pfn_t pfn;

	if ((unsigned long)p >= VMAP_BASE)
		return false;
	if ((const char *)p >= __kernel_start && (const char *)p < __kernel_end)
		return false;
	pfn = virt_to_phys(p) >> PAGE_SHIFT;
	return !pfn_valid(pfn) || pfn_page(pfn)->kind != PAGE_SLAB;
}

static bool holds(const void *p, size_t n, u32 word)
{
	const u32 *w = p;

	for (size_t i = 0; i < n / WORD; i++)
		if (w[i] == word)
			return true;
	return false;
}

/*
 * True if the running program has the word in a register.  Signal frames and
 * arguments of system calls bring registers into variables, and string
 * functions of C libraries subtract 0x01010101 from words.
 */
static bool in_registers(u32 word)
{
	const struct task *t = current;

	return t->space &&
		(holds(current_trapframe(t->kstack), sizeof(struct trapframe),
		       word) || holds(&t->arch, sizeof(t->arch), word));
}

static void leak_details(void)
{
	struct check_object o;

	if ((unsigned long)guilty >= VMAP_BASE || !slab_find(guilty, &o))
		return;
	log_print(LOG_EMERG, "panic", "%p is at %ld of an object of %s",
		  guilty, (long)((const char *)guilty - o.start), o.cache);
	origin_show("allocated by", o.note->allocated);
}

static void leak_report(const void *p, size_t n, const u32 *at)
{
	size_t offset = (size_t)((const char *)at - (const char *)p);

	if (expected) {
		reports++;
		return;
	}
	guilty = at;
	panic_details = leak_details;
	panic("leak: byte %zu of %zu that go to user memory was never written: "
	      "%s", offset, n, *at == ALLOCATED ? "allocated memory" :
	      "an automatic variable");
}

void leak_check(const void *p, size_t n)
{
	const u32 *w = (const u32 *)ALIGN_UP((uintptr_t)p, WORD);
	const char *end = (const char *)p + n;
	bool data = is_data(p);

	for (; (const char *)(w + 1) <= end; w++)
		if (*w == ALLOCATED ||
		    (*w == AUTOMATIC && !data && !in_registers(*w))) {
			leak_report(p, n, w);
			return;
		}
}

unsigned leak_expect(bool expect)
{
	unsigned n = reports;

	reports = 0;
	expected = expect;
	return n;
}
