/* SPDX-License-Identifier: MIT */
/* Lab 6: programs from files that are made here. */
#include "image.h"

#define PROGRAM	"/tmp/program"
#define LINKER	"/tmp/linker"
#define DATA	(BASE + 0x10000)

/* A program of one segment runs, at its entry. */
static void start(void)
{
	image_with_code(ET_EXEC, BASE);
	image_write(PROGRAM);
	command("s", 0, 0);
	must_run(PROGRAM);
	lab_check(bias() == 0, "a program with fixed addresses was moved by "
		  "%#lx", bias());
}

static void must_allow(unsigned long at, const char *wanted)
{
	const char *found = rights_at((const char *)output, at);

	lab_check(!strcmp(found, wanted), "rights of the area at %#lx: "
		  "expected %s, found %s", at, wanted, found);
}

/* Each segment has its own rights. */
static void rights(void)
{
	image_with_code(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R, 0x2000, DATA, 0x800, 0x800);
	image_add(PT_LOAD, PF_R | PF_W, 0x3000, DATA + 0x2000, 0x800, 0x4800);
	image_add(PT_LOAD, PF_R | PF_W | PF_X, 0x5000, DATA + 0x8000, 8, 8);
	image_add(PT_LOAD, 0, 0x6000, DATA + 0xa000, 8, 8);
	image_write(PROGRAM);
	command("m/proc/self/maps", 0, 0);
	must_run(PROGRAM);
	must_allow(BASE, "r-xp");
	must_allow(DATA, "r--p");
	must_allow(DATA + 0x2000, "rw-p");
	must_allow(DATA + 0x4000, "rw-p");
	must_allow(DATA + 0x8000, "rwxp");
	must_allow(DATA + 0xa000, "---p");
	ask_store(DATA + 8);
	lab_equal(run_as(PROGRAM, 0), 0, "execve");
	lab_check(WIFSIGNALED(end_status) && WTERMSIG(end_status) == SIGSEGV,
		  "a store to a segment without PF_W: expected signal %d, "
		  "found status %#x", SIGSEGV, end_status);
}

/* The file's bytes are where the headers say. */
static void bytes(void)
{
	image_with_code(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R, 0x3234, DATA + 0x1234, 0x2345, 0x2345);
	image_add(PT_LOAD, PF_R, 0x6f00, DATA + 0x6f00, 0x200, 0x200);
	image_add(PT_LOAD, PF_R | PF_W, 0xa010, DATA + 0x9010, 0x1ff0, 0x1ff0);
	image_write(PROGRAM);
	ask_bytes(DATA + 0x1234, 0x2345);
	ask_bytes(DATA + 0x6f00, 0x200);
	ask_bytes(DATA + 0x9010, 0x1ff0);
	must_run(PROGRAM);
	must_have(0, 0x3234, 0x2345, 0, "a segment of three pages");
	must_have(0x2345, 0x6f00, 0x200, 0, "a small segment in two pages");
	must_have(0x2545, 0xa010, 0x1ff0, 0, "a segment up to a page's end");
}

/* Memory behind the file's part is zero, and may be written. */
static void bss(void)
{
	image_with_code(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R | PF_W, 0x2100, DATA + 0x1100, 0x345, 0x3456);
	image_add(PT_LOAD, PF_R | PF_W, 0x4010, DATA + 0x6010, 0x21, 0xf00);
	image_add(PT_LOAD, PF_R | PF_W, 0x5000, DATA + 0x8000, 0x1000, 0x2001);
	image_add(PT_LOAD, PF_R | PF_W, 0x6800, DATA + 0xb800, 0x7ff, 0x801);
	image_write(PROGRAM);
	ask_bytes(DATA + 0x1100, 0x3456);
	ask_bytes(DATA + 0x6010, 0xff0);
	ask_bytes(DATA + 0x8000, 0x3000);
	ask_bytes(DATA + 0xb800, 0x1800);
	ask_store(DATA + 0x4555);
	ask_store(DATA + 0xa000);
	ask_store(DATA + 0xc000);
	must_run(PROGRAM);
	must_have(0, 0x2100, 0x345, 0x3456 - 0x345, "three pages of zeros");
	must_have(0x3456, 0x4010, 0x21, 0xff0 - 0x21, "zeros in one page");
	must_have(0x4446, 0x5000, 0x1000, 0x2000, "zeros from a page's start");
	must_have(0x7446, 0x6800, 0x7ff, 0x1001, "zeros over a page's end");
	ask_bytes(DATA + 0x5000, 1);
	lab_equal(run_as(PROGRAM, 0), 0, "execve");
	lab_check(WIFEXITED(end_status) && WEXITSTATUS(end_status) == 10,
		  "there is memory behind the end of a segment");
}

/* A segment of zeros alone. */
static void zeros(void)
{
	image_with_code(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R | PF_W, 0x123, DATA + 0x1810, 0, 0x1800);
	image_add(PT_LOAD, PF_R | PF_W, 0x3000, DATA + 0x5000, 0, 0x10);
	image_add(PT_LOAD, PF_R, 0x3000, DATA + 0x7000, 0, 0x2000);
	image_add(PT_LOAD, PF_R, 0x3333, DATA + 0x8888, 0, 0);
	image_write(PROGRAM);
	ask_bytes(DATA + 0x1000, 0x3000);
	ask_bytes(DATA + 0x5000, 0x1000);
	ask_bytes(DATA + 0x7000, 0x2000);
	ask_store(DATA + 0x300f);
	must_run(PROGRAM);
	must_have(0, 0, 0, 0x3000, "zeros over two page borders");
	must_have(0x3000, 0, 0, 0x1000, "a few zeros");
	must_have(0x4000, 0, 0, 0x2000, "zeros that nobody may write");
}

/* What a program stores stays in its memory. */
static void private(void)
{
	static unsigned char now[IMAGE_MAX];
	int fd;

	image_with_code(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R | PF_W, 0x2100, DATA + 0x1100, 0x1345, 0x3456);
	image_write(PROGRAM);
	for (int i = 0; i < 2; i++) {
		ask_bytes(DATA + 0x1100, 0x3456);
		ask_store(DATA + 0x1100);
		ask_store(DATA + 0x2200);
		ask_bytes(DATA + 0x2200, 1);
		must_run(PROGRAM);
		must_have(0, 0x2100, 0x1345, 0x3456 - 0x1345,
			  i ? "the program's second run" : "its first run");
		lab_equal(output[0x3456], 1, "the byte that was stored");
	}
	fd = open(PROGRAM, O_RDONLY);
	lab_must(fd, "open the program");
	lab_equal(read(fd, now, sizeof(now)), sizeof(now), "bytes of the file");
	close(fd);
	lab_check(!memcmp(now, image.bytes, sizeof(now)),
		  "the file has changed");
}

#define WIDE	0x200000UL	/* an alignment larger than a page */
/* So high that nothing fits behind the mappings when it is added. */
#define HIGH	(sizeof(long) == 8 ? 0x2000000000UL : 0x20000000UL)

static void must_lead_to_headers(unsigned long base)
{
	must_aux(AT_ENTRY, bias() + image.h.e_entry, "AT_ENTRY");
	must_aux(AT_PHDR, bias() + base + image.h.e_phoff, "AT_PHDR");
	must_aux(AT_PHNUM, image.h.e_phnum, "AT_PHNUM");
	must_aux(AT_PHENT, sizeof(Elf_Phdr), "AT_PHENT");
}

/* A program that may lie anywhere. */
static void place(void)
{
	image_with_code(ET_EXEC, BASE);
	image_write(PROGRAM);
	command("s", 0, 0);
	must_run(PROGRAM);
	must_lead_to_headers(BASE);
	image_with_code(ET_DYN, 0x10000);
	image_add(PT_LOAD, PF_R | PF_W, 0x2100, 0x15100, 0x345, 0x3456);
	image_write(PROGRAM);
	command("s", 0, 0);
	ask_bytes(0x15100, 0x3456);
	must_run(PROGRAM);
	lab_check(bias() % LAB_PAGE == 0, "moved by %#lx", bias());
	lab_check(bias() != 0, "a program for any address was not moved");
	must_lead_to_headers(0x10000);
	must_have(output_size - 0x3456, 0x2100, 0x345, 0x3456 - 0x345,
		  "data of a program for any address");
	image_with_code(ET_DYN, HIGH);
	image_write(PROGRAM);
	command("s", 0, 0);
	must_run(PROGRAM);
	must_lead_to_headers(HIGH);
	image_with_code(ET_DYN, WIDE);
	image.ph[0].p_align = WIDE;
	image_write(PROGRAM);
	for (int i = 0; i < 4; i++) {
		command("s", 0, 0);
		must_run(PROGRAM);
		lab_check(bias() % WIDE == 0, "p_align is %#lx, and it was "
			  "moved by %#lx", WIDE, bias());
		must_lead_to_headers(WIDE);
	}
}

/* Write LINKER, then leave a program in the image that names it. */
static void with_linker(unsigned type, unsigned long base, const char *name,
			unsigned long size)
{
	image_with_code(ET_DYN, 0x10000);
	image_write(LINKER);
	image_with_code(type, base);
	memcpy(image.bytes + 0x2345, name, size);
	image_add(PT_INTERP, PF_R, 0x2345, 0, size, size);
	image_write(PROGRAM);
}

static unsigned long entry_of(unsigned long personality, int own)
{
	command("s", 0, 0);
	must_run_as(PROGRAM, personality);
	return own ? report()->entry : aux(AT_ENTRY, "AT_ENTRY");
}

/* The mappings begin at another distance from the stack each time. */
static void chance_of_mappings(void)
{
	unsigned long first = 0, differ = 0;

	for (int i = 0; i < 7; i++) {
		unsigned long entry = entry_of(0, 1);

		if (i == 0)
			first = report()->sp - entry;
		differ += report()->sp - entry != first;
	}
	lab_check(differ, "seven programs had the same distance between stack "
		  "and mappings");
}

/* The place is another one each time, if the user wants it so. */
static void chance(int own)
{
	unsigned long first = entry_of(0, own), differ = 0;
	unsigned long fixed = entry_of(NO_RANDOM, own);

	for (int i = 0; i < 6; i++) {
		differ += entry_of(0, own) != first;
		lab_check(entry_of(NO_RANDOM, own) == fixed,
			  "with ADDR_NO_RANDOMIZE it lies elsewhere each time");
	}
	lab_check(differ, "seven programs were put to the same address");
}

static void random_place(void)
{
	image_with_code(ET_DYN, 0);
	image_write(PROGRAM);
	chance(1);
	chance_of_mappings();
	with_linker(ET_DYN, 0, LINKER, sizeof(LINKER));
	chance(0);
}

static unsigned long word_of_output(unsigned i)
{
	lab_check(output_size >= (i + 1) * sizeof(long), "a word is missing");
	return ((const unsigned long *)output)[i];
}

/* The heap begins behind the program, and grows. */
static void heap(void)
{
	unsigned long end = DATA + 0x1100 + 0x13456;
	unsigned long wanted = (end + LAB_PAGE - 1) / LAB_PAGE * LAB_PAGE;

	image_with_code(ET_EXEC, BASE);
	image_add(PT_LOAD, PF_R | PF_W, 0x2100, DATA + 0x1100, 0x345, 0x13456);
	image_add(PT_LOAD, PF_R, 0x6000, DATA - 0x4000, 0x345, 0x345);
	image_write(PROGRAM);
	command("b", 0, 0);
	command("k12345", 0, 0);
	command("b", 0, 0);
	must_run_as(PROGRAM, NO_RANDOM);
	lab_check(word_of_output(0) == wanted, "the program ends at %#lx: "
		  "expected the heap at %#lx, found %#lx", end, wanted,
		  word_of_output(0));
	lab_check(word_of_output(1) == wanted + 0x12345, "the break after "
		  "growth: expected %#lx, found %#lx", wanted + 0x12345,
		  word_of_output(1));
	lab_check(word_of_output(2) == word_of_output(1), "the break moves");
	command("b", 0, 0);
	must_run(PROGRAM);
	lab_check(word_of_output(0) >= wanted && word_of_output(0) < wanted +
		  (LAB_PAGE << 9), "a random heap begins at %#lx",
		  word_of_output(0));
	image_with_code(ET_DYN, 0);
	image_write(PROGRAM);
	command("k4000000", 0, 0);
	must_run(PROGRAM);
}

/* A program that names a runtime linker. */
static void interp(void)
{
	static const struct { unsigned type; unsigned long base; } kinds[] = {
		{ ET_EXEC, BASE }, { ET_DYN, 0 }, { ET_DYN, 0x30000 },
	};

	for (unsigned i = 0; i < 3; i++) {
		unsigned long entry, by, base = kinds[i].base;

		with_linker(kinds[i].type, base, LINKER, sizeof(LINKER));
		command("s", 0, 0);
		must_run(PROGRAM);
		entry = image.h.e_entry;
		by = aux(AT_ENTRY, "AT_ENTRY") - entry;
		lab_check(kinds[i].type != ET_DYN || by,
			  "AT_ENTRY of a program that can be moved: found %#lx, "
			  "as in the file", entry);
		lab_check(kinds[i].type == ET_DYN || !by,
			  "AT_ENTRY of the program: found %#lx, the file says "
			  "%#lx", by + entry, entry);
		lab_check(by % LAB_PAGE == 0, "the program was moved by %#lx",
			  by);
		must_aux(AT_PHDR, by + base + image.h.e_phoff, "AT_PHDR");
		must_aux(AT_PHNUM, 2, "AT_PHNUM");
		lab_check(report()->entry != by + entry,
			  "the program itself was started");
		/* the linker's code lies at the same offset in its file */
		must_aux(AT_BASE, report()->entry - (entry - base), "AT_BASE");
	}
}

/* What cannot be loaded is refused, and the caller goes on. */
static void refuse(void)
{
	unsigned long at;

	image_with_code(ET_EXEC, BASE);
	image_write(PROGRAM);
	command("s", 0, 0);
	must_run_as(PROGRAM, NO_RANDOM);
	at = report()->sp & ~(LAB_PAGE - 1);
	image_add(PT_LOAD, PF_R | PF_W, 0x2000, at - LAB_PAGE, 0x1000,
		  2 * LAB_PAGE);
	image_write(PROGRAM);
	must_refuse(PROGRAM, ENOMEM, "a segment where the stack is");
	with_linker(ET_EXEC, BASE, "/tmp/nothing", sizeof("/tmp/nothing"));
	must_refuse(PROGRAM, ENOENT, "a linker that does not exist");
	with_linker(ET_EXEC, BASE, LINKER "x", sizeof(LINKER) - 1);
	must_refuse(PROGRAM, ENOEXEC, "a linker's name without NUL");
	with_linker(ET_EXEC, BASE, "\0", 2);
	must_refuse(PROGRAM, EACCES, "an empty name");
	with_linker(ET_EXEC, BASE, LINKER, sizeof(LINKER));
	image.ph[1].p_offset = IMAGE_MAX - 1;
	image_write(PROGRAM);
	must_refuse(PROGRAM, EIO, "a linker's name over the file's end");
	image.ph[1].p_offset = IMAGE_MAX;
	image_write(PROGRAM);
	must_refuse(PROGRAM, EIO, "a linker's name behind the file's end");
	with_linker(ET_EXEC, BASE, "/tmp/text", sizeof("/tmp/text"));
	memset(image.bytes, 'x', LAB_PAGE);
	image_write("/tmp/text");
	must_refuse(PROGRAM, ELIBBAD, "a linker that is a text");
	image_with_code(ET_EXEC, BASE);
	image_write(PROGRAM);
	must_run(PROGRAM);
}

static const struct lab_case cases[] = {
	{ "start", start },
	{ "rights", rights },
	{ "bytes", bytes },
	{ "bss", bss },
	{ "zeros", zeros },
	{ "private", private },
	{ "place", place },
	{ "random", random_place },
	{ "heap", heap },
	{ "interp", interp },
	{ "refuse", refuse },
};

LAB_MAIN(cases)
