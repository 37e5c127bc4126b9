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

/* Return: where the program's last page ends */
static unsigned long image_end(void)
{
	const Elf_Phdr *p = (const Elf_Phdr *)(image.bytes + image.h.e_phoff);
	unsigned long end = 0;

	for (int i = 0; i < image.h.e_phnum; i++, p++)
		if (p->p_type == PT_LOAD && p->p_vaddr + p->p_memsz > end)
			end = p->p_vaddr + p->p_memsz;
	return (end + LAB_PAGE - 1) & -(unsigned long)LAB_PAGE;
}

/* A record for the last word is none of these, whatever becomes of its call. */
static void must_accept_the_last(Elf_Rel *r)
{
	struct end e;

	r->r_offset = image_end() - sizeof(long);
	image_write("/tmp/damaged");
	e = run("/tmp/damaged", NULL, LAZY);
	lab_check(e.status != 127, "a record for the last word of the program "
		  "was refused: %s", e.text);
	r->r_offset++;
	must_refuse("a record for a word that only begins in the program");
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
	must_accept_the_last(r);
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
