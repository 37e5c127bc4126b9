/* SPDX-License-Identifier: MIT */
/*
 * Turn event sites on and off (row C11): their instructions are replaced while
 * no other CPU runs (<topics/events/textpatch.h>).
 */
#include "sites.h"
#include "textpatch.h"
#include <kernel/lock/lock.h>
#include <kernel/syscall/table.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/table.h>

TABLE(event_site);

static struct mutex patching;
static int wanted[EVENT_KINDS];		/* [patching] number of listeners */

static void site_patch_change(const struct event_site *site, bool on)
{
	u8 code[SITE_BYTES];
	unsigned n = site_code(code, site->at, on ? site->to : 0);

	if (!n)
		panic("an event's site at %#lx cannot reach %#lx", site->at,
		      site->to);
	text_store(site->at, code, n);
}

/* Change all sites of a kind to the state in wanted.  Context: [patching] */
static void change_all(void *arg)
{
	const int *want = arg;
	enum event what = (enum event)(want - wanted);

	table_each(site, event_site)
		if (site->what == what)
			site_patch_change(site, *want != 0);
}

void events_want(enum event what, int more)
{
	bool before, after;

	mutex_lock(&patching);
	before = wanted[what];
	wanted[what] += more;
	after = wanted[what];
	if (before != after)
		text_change(change_all, &wanted[what]);
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

bool events_site_within(unsigned long at, unsigned n)
{
	u8 code[SITE_BYTES];

	table_each(site, event_site)
		if (site->at < at + n && at < site->at + site_code(code, 0, 0))
			return true;
	return false;
}

static void site_patch_init(void)
{
	mutex_init(&patching, "event sites");
}
INIT(fs, site_patch_init);
