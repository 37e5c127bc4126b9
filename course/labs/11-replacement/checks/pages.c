/* SPDX-License-Identifier: MIT */
/* Lab 11: which page goes, with few frames. */
#include "pages.h"

/* Of two policies one at least keeps a page that was used. */
static void keeps(void)
{
	static const struct test tests[] = {
		{ "clock", 3, "abcBd", "acd", 4 },
		{ "wsclock", 3, "abcBd", "acd", 4 },
	};
	char letters[PAGES + 1];
	bool kept = false;
	unsigned faults;

	prepare();
	for (unsigned i = 0; i < 2; i++) {
		run_test(&tests[i], letters, &faults);
		lab_check(strlen(letters) == 3, "%s has 3 frames: expected 3 "
			  "pages in memory, found %d", tests[i].policy,
			  (int)strlen(letters));
		kept |= !strcmp(letters, tests[i].stay);
	}
	lab_check(kept, "page a was used and page b was not, but with each "
		  "policy a is gone and b is in memory");
}

/* clock: a page that was used does not go, one that was not used does. */
static void chance(void)
{
	static const struct test tests[] = {
		{ "clock", 3, "abcBd", "acd", 4 },
		{ "clock", 3, "acCde", "ade", 4 },
		{ "clock", 3, "abcABCd", "bcd", 4 },
		{ "clock", 3, "eedaDb", "abe", 4 },
		{ "clock", 3, "abcdabeabcde", "cde", 9 },
		{ "clock", 4, "abcdabeabcde", "bcde", 10 },
	};

	RUN_TESTS(tests);
}

/* clock: active pages are left alone while enough are inactive. */
static void active(void)
{
	static const struct test tests[] = {
		{ "clock", 3, "beceaeb", "abe", 5 },
		{ "clock", 3, "ebacAbCe", "abe", 5 },
		{ "clock", 3, "abecACdad", "ade", 6 },
		{ "clock", 3, "caaeccbaad", "abd", 5 },
		{ "clock", 4, "fdacbdcBeA", "acde", 6 },
		{ "clock", 3, "acebAeBeEdcB", "cde", 6 },
		{ "clock", 4, "bacecafAdFbe", "bcde", 7 },
	};

	RUN_TESTS(tests);
}

/* clock: active pages become inactive again unless they were used. */
static void aging(void)
{
	static const struct test tests[] = {
		{ "clock", 3, "beadaEbe", "abe", 6 },
		{ "clock", 3, "dcedaabBc", "ace", 6 },
		{ "clock", 5, "begcfFdDag", "acdeg", 7 },
		{ "clock", 3, "bccceCabdcD", "acd", 6 },
		{ "clock", 3, "eacdacbaCdEc", "acd", 7 },
		{ "clock", 3, "abcdabcdabcdabcd", "bcd", 16 },
	};

	RUN_TESTS(tests);
}

/* wsclock: a use renews the stamp. */
static void stamp(void)
{
	static const struct test tests[] = {
		{ "wsclock", 3, "abcBd", "acd", 4 },
		{ "wsclock", 3, "dbeBa", "ade", 4 },
		{ "wsclock", 3, "baecad", "acd", 5 },
		{ "wsclock", 3, "cabdebc", "bce", 6 },
		{ "wsclock", 3, "edbaebEd", "bde", 6 },
		{ "wsclock", 3, "ecdcDacae", "ace", 5 },
		{ "wsclock", 3, "ddceEbcddE", "bcd", 5 },
	};

	RUN_TESTS(tests);
}

/* wsclock: with nothing outside of the window, the longest unused page goes. */
static void longest(void)
{
	static const struct test tests[] = {
		{ "wsclock", 3, "cbBae", "ace", 4 },
		{ "wsclock", 4, "deacEb", "abcd", 5 },
		{ "wsclock", 3, "dbcabad", "abd", 5 },
		{ "wsclock", 3, "adaceAda", "ade", 5 },
		{ "wsclock", 3, "abcdabeabcde", "cde", 9 },
	};

	RUN_TESTS(tests);
}

/* wsclock: the hand goes on where it stopped, and the order is kept. */
static void hand(void)
{
	static const struct test tests[] = {
		{ "wsclock", 3, "cdDab", "abc", 4 },
		{ "wsclock", 3, "eacAdE", "cde", 4 },
		{ "wsclock", 3, "abbdeba", "abe", 5 },
		{ "wsclock", 4, "cbafebdc", "bcde", 7 },
		{ "wsclock", 4, "cfdbBacCbfeeD", "bcef", 8 },
		{ "wsclock", 4, "ebfaecCFabBefb", "bcef", 7 },
	};

	RUN_TESTS(tests);
}

static const struct lab_case cases[] = {
	{ "keeps", keeps },
	{ "chance", chance },
	{ "active", active },
	{ "aging", aging },
	{ "stamp", stamp },
	{ "longest", longest },
	{ "hand", hand },
};

LAB_MAIN(cases)
