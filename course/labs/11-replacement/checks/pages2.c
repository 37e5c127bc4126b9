/* SPDX-License-Identifier: MIT */
/* Lab 11, hidden: pages that are gone, and long orders of touches. */
#include "pages.h"

/* A page that is gone leaves the pool, and another one goes out. */
static void gone(void)
{
	static const struct test tests[] = {
		{ "clock", 3, "df-fbc", "bc", 4 },
		{ "clock", 3, "efcb-fa", "ab", 5 },
		{ "wsclock", 3, "bde-bcf", "cef", 5 },
		{ "clock", 4, "dcefafc-fdb-b", "acd", 7 },
		{ "wsclock", 4, "ef-edbca", "abcd", 6 },
		{ "clock", 3, "fabceE-bcfe-e", "cf", 7 },
		{ "wsclock", 4, "cd-cbfda", "abf", 5 },
		{ "wsclock", 3, "bce-cdb-e", "bd", 5 },
	};

	RUN_TESTS(tests);
}

/* All pages of the pool are gone: there is nothing to choose. */
static void empty(void)
{
	static const struct test tests[] = {
		{ "clock", 3, "abc-a-b-cde", "de", 5 },
		{ "wsclock", 3, "abc-a-b-cde", "de", 5 },
		{ "clock", 3, "abcABC-a-b-cdefg", "efg", 7 },
		{ "wsclock", 3, "abcABC-a-b-cdefg", "efg", 7 },
	};

	RUN_TESTS(tests);
}

/* clock, on longer orders of touches. */
static void rounds(void)
{
	static const struct test tests[] = {
		{ "clock", 4, "hdfFbceceaEcbhadghFebacfHeGefchefgcHcFdebcb"
		  "fafbBbEfGFBhfCf", "acfh", 26 },
		{ "clock", 5, "egfhhFehhgadfcbefcehcahEHeeddhaBiiHcfaeifBh"
		  "bhhgfaGgghdaAgcAE", "bcdgh", 24 },
		{ "clock", 7, "gjgfcgJGikkcaheJEegGfdHjieFbABIdJgakaJBkafG"
		  "fageFjcbkgJhiDeJa", "abeghik", 24 },
		{ "clock", 10, "indkmlehaEjnAbMdfNffcjLJdfMekAiJgmAeCBibed"
		  "aNggnjfjBcNndKbdhE", "abcdefhjmn", 23 },
	};

	RUN_TESTS(tests);
}

/* wsclock: a page as old as the window goes, and on longer orders. */
static void stamps(void)
{
	static const struct test tests[] = {
		{ "wsclock", 3, "abcA-cBdaedf", "aef", 7 },
		{ "wsclock", 4, "debadgdcECfabfaEeabaFCEAagGdhcgDHcDfgGAaf"
		  "hdggddDdECfchbdhGC", "bcdh", 25 },
		{ "wsclock", 5, "dcehhibfDaaEBIidhdCibagaCaAGgBbHbegAceggE"
		  "fgcdaccgbeiBCghcaef", "acefh", 26 },
		{ "wsclock", 7, "jiaakjIeddEDfeIDhFkbDacEfgaackgBaHchdkKhF"
		  "icccikAChifFBjiieeA", "defhijk", 16 },
		{ "wsclock", 10, "ihgllkjibddmcgcfnilldageDiElLaeflfjdmcca"
		  "FcbmnikLBcBJfLbdlMHm", "abcdfiklmn", 24 },
	};

	RUN_TESTS(tests);
}

static const struct lab_case cases[] = {
	{ "gone", gone },
	{ "empty", empty },
	{ "rounds", rounds },
	{ "stamps", stamps },
};

LAB_MAIN(cases)
