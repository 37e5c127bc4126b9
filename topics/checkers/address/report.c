/* SPDX-License-Identifier: MIT */
/*
 * Reports of the checker `address`: the kind of access, the object, and the
 * code that allocated and freed it.  A report panics unless a self-test expects
 * it.
 */
#include "address.h"

#include <lt/bug.h>
#include <lt/log.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>

static bool expected;
static unsigned reports;

/* The address reported, for the details at the end of the panic. */
static const void *guilty;

static const char *why_name(u8 why)
{
	switch (why) {
	case WHY_PAGE:
		return "use of a free page";
	case WHY_FREED:
		return "use after free";
	case WHY_BEHIND:
	case WHY_TAIL:
		return "access outside of an object";
	case WHY_GLOBAL:
		return "access outside of a global variable";
	default:
		return why >= WHY_STACK && why <= WHY_STACK_END ?
			"access outside of a variable on the stack" :
			"wild access";
	}
}

/*
 * Return the reason why `at` is not accessible.  For a partly accessible
 * granule, the next granule holds the reason.
 */
static u8 why_at(unsigned long at)
{
	u8 why = *address_shadow(at);

	return why < GRANULE ? *address_shadow(at + GRANULE) : why;
}

static void show_object(const struct check_object *o)
{
	long at = (const char *)guilty - o->start;

	log_print(LOG_EMERG, "panic", "%p is at %ld of an object of %s: %p, "
		  "%u of %zu bytes asked for", guilty, at, o->cache, o->start,
		  (unsigned)o->note->asked, o->size);
	origin_show("allocated by", o->note->allocated);
	origin_show("last freed by", o->note->freed);
}

static void show_page(void)
{
	struct page *p = virt_page(guilty);
	const struct address_pages *a = &address_pages[page_pfn(p) -
						       page_first];

	log_print(LOG_EMERG, "panic", "%p is in frame %#lx, kind %u", guilty,
		  page_pfn(p), p->kind);
	origin_show("last allocated by", a->allocated);
	origin_show("last freed by", a->freed);
}

static void report_details(void)
{
	struct check_object o;

	if ((unsigned long)guilty >= VMAP_BASE)
		return;
	if (slab_find(guilty, &o))
		show_object(&o);
	else
		show_page();
}

/*
 * Begin a report.
 * Return: false if the report was expected and has only been counted.
 */
static bool address_begin(const void *obj)
{
	if (expected) {
		reports++;
		return false;
	}
	address_on = false;
	guilty = obj;
	panic_details = report_details;
	return true;
}

void address_report(unsigned long at, size_t n, bool write, unsigned long bad)
{
	u8 why = why_at(bad);

	if (address_begin((const void *)bad))
		panic("address: %s: %s of %zu bytes at %p (%02x)",
		      why_name(why), write ? "write" : "read", n, (void *)at,
		      why);
}

void address_bad_free(const char *what, const void *obj,
		      const struct check_note *note)
{
	if (address_begin(obj))
		panic("address: %s of %p", what, obj);
}

unsigned address_expect(bool expect)
{
	unsigned n = reports;

	reports = 0;
	expected = expect;
	return n;
}
