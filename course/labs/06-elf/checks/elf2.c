/* SPDX-License-Identifier: MIT */
/* Lab 6, what only the grader runs. */
#include "image.h"
#include "proc.h"
#include <sys/resource.h>

#define FILE_NAME	"/tmp/made"
#define HELPER		"/tmp/helper"
#define MORE		(BASE + 0x20000)
#define FAR		0x9000UL	/* offset of a table in the file */

/* Begin a file whose table is not among the first bytes. */
static void far_table(unsigned type, unsigned long base)
{
	image_begin(type, base);
	image.h.e_phoff = FAR;
	image.ph = (Elf_Phdr *)(image.bytes + FAR);
	for (unsigned i = 0; i < 30; i++)
		image_add(PT_NOTE, PF_R, 0, 0, 0, 0);
	image_add(PT_LOAD, PF_R | PF_X, 0, base, LAB_PAGE, LAB_PAGE);
}

/* Return: the pieces of memory that the kernel has allocated. */
static long pieces(void)
{
	return number_in("/proc/lectern/audit", "slab_objects");
}

/* A linker whose table is far away: nothing may stay in memory. */
static void load_often(void)
{
	long before = 0, more;

	far_table(ET_DYN, 0);
	image_write(HELPER);
	image_with_code(ET_EXEC, BASE);
	memcpy(image.bytes + 0x2345, HELPER, sizeof(HELPER));
	image_add(PT_INTERP, PF_R, 0x2345, 0, sizeof(HELPER), sizeof(HELPER));
	image_write(FILE_NAME);
	for (int i = 0; i < 80; i++) {
		if (i == 10)
			before = pieces();
		must_run(FILE_NAME);
	}
	more = pieces() - before;
	lab_check(more < 24, "70 programs with a linker have left %ld pieces "
		  "of memory", more);
}

/* Program headers anywhere in the file. */
static void table(void)
{
	lab_limit(1000);
	far_table(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R, FAR & ~(LAB_PAGE - 1), MORE, 0x2000, 0x2000);
	image_write(FILE_NAME);
	command("s", 0, 0);
	ask_bytes(MORE, 0x2000);
	must_run(FILE_NAME);
	must_aux(AT_PHDR, MORE, "AT_PHDR of a table that is in memory");
	must_aux(AT_PHNUM, 32, "AT_PHNUM");
	must_have(output_size - 0x2000, FAR, 0x2000, 0, "a segment");
	image.size = FAR + 100;
	image_write(FILE_NAME);
	must_refuse(FILE_NAME, ENOEXEC, "a file that ends in its table");
	image.size = IMAGE_MAX;
	image.h.e_phoff = IMAGE_MAX;
	image_write(FILE_NAME);
	must_refuse(FILE_NAME, ENOEXEC, "a table behind the file's end");
	image.h.e_phoff = (unsigned long)-64L;
	image_write(FILE_NAME);
	must_refuse(FILE_NAME, ENOEXEC, "a table at the last offset");
	load_often();
}

static unsigned long distance(unsigned long limit)
{
	struct rlimit old, now;

	lab_must(getrlimit(RLIMIT_STACK, &old), "getrlimit");
	now = old;
	now.rlim_cur = limit;
	lab_must(setrlimit(RLIMIT_STACK, &now), "setrlimit");
	command("s", 0, 0);
	must_run_as(FILE_NAME, NO_RANDOM);
	setrlimit(RLIMIT_STACK, &old);
	return report()->sp - report()->entry;
}

static void must_leave(unsigned long limit, unsigned long room)
{
	unsigned long found = distance(limit);

	lab_check(found >= room && found < room + (32UL << 20), "with a stack "
		  "limit of %lu MiB: expected a distance of %lu MiB, found "
		  "%lu MiB", limit >> 20, room >> 20, found >> 20);
}

/* Room for the stack to grow, before the first mapping. */
static void gap(void)
{
	image_with_code(ET_DYN, 0);
	image_write(FILE_NAME);
	must_leave(8UL << 20, 128UL << 20);
	must_leave(256UL << 20, 256UL << 20);
	must_leave(700UL << 20, 700UL << 20);
	lab_check(distance(~0UL) > (1024UL << 20),
		  "without a limit, the stack has little room");
}

static void must_have_stack(const char *wanted)
{
	unsigned long at;
	const char *found;

	image_write(FILE_NAME);
	command("s", 0, 0);
	must_run_as(FILE_NAME, NO_RANDOM);
	at = report()->sp;
	command("m/proc/self/maps", 0, 0);
	must_run_as(FILE_NAME, NO_RANDOM);
	found = rights_at((const char *)output, at);
	lab_check(!strcmp(found, wanted), "rights of the stack: expected %s, "
		  "found %s", wanted, found);
}

/* A program may ask for a stack with code. */
static void stack(void)
{
	image_with_code(ET_EXEC, BASE);
	image_add(PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0);
	must_have_stack("rw-p");
	image.ph[1].p_flags |= PF_X;
	must_have_stack("rwxp");
}

static void must_tell(unsigned field, unsigned long wanted, const char *what)
{
	const char *at = strrchr((const char *)output, ')');
	unsigned long found;

	lab_check(at, "/proc/self/stat is empty");
	for (unsigned i = 2; i < field; i++) {
		at = strchr(at + 1, ' ');
		lab_check(at, "/proc/self/stat has too few fields");
	}
	found = strtoul(at + 1, NULL, 10);
	lab_check(found == wanted, "%s in /proc/self/stat: expected %#lx, "
		  "found %#lx", what, wanted, found);
}

/* The kernel remembers where the parts lie. */
static void layout(void)
{
	image_with_code(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R | PF_W, 0x2100, MORE + 0x1100, 0x345, 0x3456);
	image_write(FILE_NAME);
	command("m/proc/self/stat", 0, 0);
	must_run_as(FILE_NAME, NO_RANDOM);
	must_tell(26, BASE, "the code's start");
	must_tell(27, BASE + LAB_PAGE, "the code's end");
	must_tell(45, MORE + 0x1100, "the data's start");
	must_tell(46, MORE + 0x1445, "the data's end");
	must_tell(47, MORE + 0x5000, "the heap's start");
}

static const struct lab_case cases[] = {
	{ "table", table },
	{ "gap", gap },
	{ "stack", stack },
	{ "layout", layout },
};

LAB_MAIN(cases)
