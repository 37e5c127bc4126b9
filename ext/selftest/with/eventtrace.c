/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the sites of events (row C11): off, each is one instruction
 * that does nothing; on, one that jumps.
 */
#include <ext/eventtrace/sites.h>
#include <ext/selftest/selftest.h>
#include <lib/mem.h>
#include <lt/table.h>

TABLE(event_site);

/* Sites of a kind, or of all others, whose instruction is not the right one. */
static unsigned wrong_sites(enum event what, bool others, bool on)
{
	u8 code[SITE_BYTES];
	unsigned n, wrong = 0;

	table_each(site, event_site) {
		if ((site->what == what) == others)
			continue;
		n = site_code(code, site->at, on ? site->to : 0);
		wrong += !n || memcmp((const void *)site->at, code, n);
	}
	return wrong;
}

static void test_sites(void)
{
	for (unsigned what = 0; what < EVENT_BLOCK_ISSUE; what++)
		SELFTEST_CHECK(events_sites(what) > 0);
	SELFTEST_CHECK(!wrong_sites(EVENT_KINDS, true, false));
}

static void test_switching(void)
{
	for (unsigned what = 0; what < EVENT_KINDS; what++) {
		events_want(what, 1);
		events_want(what, 1);
		SELFTEST_CHECK(!wrong_sites(what, false, true));
		SELFTEST_CHECK(!wrong_sites(what, true, false));
		events_want(what, -1);
		SELFTEST_CHECK(!wrong_sites(what, false, true));
		events_want(what, -1);
		SELFTEST_CHECK(!wrong_sites(what, false, false));
	}
}

static const struct selftest_case cases[] = {
	{ "sites of events do nothing", test_sites },
	{ "each kind of them goes on and off", test_switching },
};

SELFTEST_GROUP(eventtrace) = {
	"eventtrace", cases, ARRAY_SIZE(cases)
};
