/* SPDX-License-Identifier: MIT */
/* Lab 3, what only the grader runs. */
#include "demand.h"

#define RW	(PROT_READ | PROT_WRITE)
#define FILE_PAGES 8

/* Map the file in each way, touch all of it in each way, unmap it. */
static void use_file(int round)
{
	int fd = make_file(FILE_PAGES * LAB_PAGE);
	bytes_t own = map_with(FILE_PAGES * LAB_PAGE, RW, MAP_PRIVATE, fd, 0);
	bytes_t all = map_with(FILE_PAGES * LAB_PAGE, RW, MAP_SHARED, fd, 0);
	bytes_t anon = map_anon(FILE_PAGES, RW);

	for (unsigned i = 0; i < FILE_PAGES; i++) {
		bytes_t first = round % 2 ? own : all;
		bytes_t second = round % 2 ? all : own;

		if (round % 3 == 0)
			first[i * LAB_PAGE];
		first[i * LAB_PAGE] = 1;
		second[i * LAB_PAGE] = 2;
		if (i % 2)
			anon[i * LAB_PAGE];
		anon[i * LAB_PAGE] = 3;
	}
	unmap(own, FILE_PAGES);
	unmap(all, FILE_PAGES);
	unmap(anon, FILE_PAGES);
	close(fd);
}

#define ROUNDS	60

/* Each frame comes back. */
static void leaks(void)
{
	long before, lost, anon;

	for (int i = 0; i < 6; i++)
		use_file(i);
	anon = anon_pages();
	before = mem_free();
	for (int i = 0; i < ROUNDS; i++)
		use_file(i);
	lost = before - mem_free();
	lab_check(lost < ROUNDS * 4, "%d rounds of mappings lost %ld kB",
		  ROUNDS, lost);
	lab_equal(anon_pages() - anon, 0, "anonymous pages that are left");
}

static int ends[2];

/* read(2) to memory that nobody has touched. */
static void read_into(bytes_t at, const char *what)
{
	lab_must(write(ends[1], "kernel", 6), "write");
	lab_check(read(ends[0], (void *)at, 6) == 6, "read(2) to %s failed: %s",
		  what, strerror(errno));
	lab_check(!memcmp((void *)at, "kernel", 6), "read(2) to %s did not "
		  "store its bytes", what);
}

static void must_efault(long result, const char *what)
{
	lab_check(result == -1 && errno == EFAULT, "%s: expected EFAULT, found "
		  "%s", what, result == -1 ? strerror(errno) : "success");
}

/* The kernel's own accesses fault, too. */
static void kernel(void)
{
	int fd = make_file(3 * LAB_PAGE);
	bytes_t own = map_with(3 * LAB_PAGE, RW, MAP_PRIVATE, fd, 0);
	bytes_t all = map_with(5 * LAB_PAGE, RW, MAP_SHARED, fd, 0);
	bytes_t anon = map_anon(4, RW);
	char back[4];

	lab_must(pipe(ends), "pipe");
	read_into(anon + LAB_PAGE - 3, "the border of two fresh pages");
	read_into(own, "a private page of a file");
	file_must_be(fd, 0, file_byte(0), "after read(2) to private memory");
	read_into(all + LAB_PAGE, "a shared page of a file");
	file_must_be(fd, LAB_PAGE, 'k', "after read(2) to shared memory");
	lab_must(write(ends[1], (void *)(all + 2 * LAB_PAGE), 4), "write");
	lab_must(read(ends[0], back, 4), "read");
	lab_equal((unsigned char)back[3], file_byte(2 * LAB_PAGE + 3),
		  "a byte that write(2) took from a fresh page");
	lab_must(write(ends[1], "x", 1), "write");
	mprotect((void *)(anon + 3 * LAB_PAGE), LAB_PAGE, PROT_READ);
	must_efault(read(ends[0], (void *)(anon + 3 * LAB_PAGE), 1),
		    "read(2) to memory without PROT_WRITE");
	lab_equal(anon[3 * LAB_PAGE], 0, "this memory");
	must_efault(read(ends[0], (void *)(all + 4 * LAB_PAGE), 1),
		    "read(2) to a page behind the file");
	must_efault(read(ends[0], (void *)16, 1), "read(2) to address 16");
	close(ends[0]);
	close(ends[1]);
	unmap(own, 3);
	unmap(all, 5);
	unmap(anon, 4);
	close(fd);
}

extern const unsigned char code[], code_end[];
__asm__(".text\ncode: ret\ncode_end:");

/* Instructions: `ret`, on machines that can forbid to execute. */
static void fetch(void)
{
	bytes_t at = map_anon(2, RW);

	for (long i = 0; i < code_end - code; i++)
		at[i] = code[i];
	must_fault(FETCH, at, SIGSEGV, SEGV_ACCERR,
		   "a fetch from memory without PROT_EXEC");
	must_fault(FETCH, at + LAB_PAGE, SIGSEGV, SEGV_ACCERR,
		   "a fetch from a fresh page without PROT_EXEC");
	lab_must(mprotect((void *)at, LAB_PAGE, PROT_READ | PROT_EXEC),
		 "mprotect");
	__builtin___clear_cache((char *)at, (char *)at + LAB_PAGE);
	must_fault(FETCH, at, 0, 0, "a fetch from memory with PROT_EXEC");
	unmap(at, 2);
}

#define AT_VDSO	33		/* AT_SYSINFO_EHDR */

/* The page of code that the kernel gives to every program. */
static void special(void)
{
	bytes_t at = (bytes_t)getauxval(AT_VDSO);
	long anon;

	lab_check(at, "the auxiliary vector names no vDSO");
	anon = anon_pages();
	lab_check(at[0] == 0x7f && at[1] == 'E' && at[2] == 'L',
		  "the vDSO does not begin as an ELF file does");
	lab_equal(anon_pages() - anon, 0, "anonymous pages made by a look");
	must_fault(STORE, at, SIGSEGV, SEGV_ACCERR, "a store to the vDSO");
}

static const struct lab_case cases[] = {
	{ "leaks", leaks },
	{ "kernel", kernel },
	{ "fetch", fetch },
	{ "special", special },
};

LAB_MAIN(cases)
