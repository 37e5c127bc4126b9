/* SPDX-License-Identifier: MIT */
/* Lab 12, what only the grader runs. */
#include "start.h"

static void versions(void)
{
	must_run_with("/lab/plt_versions", NULL, BOUND);
	must_run_with("/lab/plt_vsysv", NULL, LAZY);
	must_run_with("/lab/plt_old", NULL, LAZY);
	must_run_with("/lab/plt_oldsysv", NULL, BOUND);
}

static void opened(void)
{
	must_run_with("/lab/plt_opened", NULL, LAZY);
}

static void preload(void)
{
	must_run_with("/lab/plt_order", "preloaded",
		      "LD_PRELOAD=/lab/libplt_third.so");
}

static void must_refuse(const char *what)
{
	struct end e;

	image_write("/tmp/damaged");
	e = run("/tmp/damaged", NULL, LAZY);
	lab_check(e.status == 127 && strstr(e.text, "/tmp/damaged"),
		  "%s: expected status 127 and an error with the file's name, "
		  "found status %d: %s", what, e.status, e.text);
}

/* Records that write elsewhere, and records of no known type. */
static void damaged(void)
{
	size_t size;
	Elf_Rel *r, old;		/* how both kinds of records begin */

	image_read("/lab/plt_lazy");
	size = image_dynamic(DT_PLTREL) == DT_RELA ? sizeof(Elf_Rela) :
		sizeof(Elf_Rel);
	r = image_at(image_dynamic(DT_JMPREL) + 2 * size);
	old = *r;
	r->r_offset = 0x400000;
	must_refuse("a record for a place behind the program");
	r->r_offset = (unsigned long)-4096;
	must_refuse("a record for a place before the program");
	*r = old;
	r->r_info |= 0xff;
	must_refuse("a record of a type that no PLT has");
	*r = old;
	image_write("/tmp/damaged");
	must_run_with("/tmp/damaged", NULL, LAZY);
}

static const struct lab_case cases[] = {
	{ "versions", versions }, { "opened", opened },
	{ "preload", preload }, { "damaged", damaged },
};

LAB_MAIN(cases)
