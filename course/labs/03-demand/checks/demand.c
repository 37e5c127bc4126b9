/* SPDX-License-Identifier: MIT */
/* Lab 3: what a program sees of demand paging. */
#include "demand.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PAGES	64

/* The kernel runs, and so does a program with a page of its own. */
static void boot(void)
{
	bytes_t at = map_anon(2, RW);

	at[0] = 7;
	lab_equal(at[0], 7, "a fresh page after a store");
	lab_equal(at[LAB_PAGE], 0, "the next page");
	unmap(at, 2);
}

#define LARGE	(256UL << 20)	/* more than the machine has */

/* A mapping takes memory only for the pages that are stored to. */
static void lazy(void)
{
	long before, anon, lost;
	bytes_t at;

	mem_free();
	before = mem_free();
	at = map_with(LARGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		      -1, 0);
	madvise((void *)at, LARGE, MADV_NOHUGEPAGE);
	lost = before - mem_free();
	lab_check(lost < 64, "mmap alone took %ld kB of memory", lost);
	anon = anon_pages();
	for (unsigned i = 0; i < 20; i++)
		at[i * 3 * LAB_PAGE] = 1;
	lab_equal(anon_pages() - anon, 20,
		  "anonymous pages (RssAnon) after stores to 20 pages");
	lost = before - mem_free();
	lab_check(lost < 20 * 4 + 64, "stores to 20 pages took %ld kB", lost);
	for (unsigned i = 0; i < 20; i++)
		lab_equal(frame_of(at + (i * 3 + 1) * LAB_PAGE), 0,
			  "the frame of a page that nobody touched");
	munmap((void *)at, LARGE);
	lab_equal(anon_pages() - anon, 0, "anonymous pages after munmap");
}

/* Pages that were only read share one frame of zeros. */
static void zero(void)
{
	bytes_t at = map_anon(PAGES, RW);
	long anon = anon_pages();
	unsigned sum = 0;

	for (unsigned i = 0; i < PAGES; i++)
		sum += at[i * LAB_PAGE + i];
	lab_equal(sum, 0, "the sum of the fresh pages");
	lab_equal(anon_pages() - anon, 0, "anonymous pages after loads only");
	for (unsigned i = 1; i < PAGES; i++)
		lab_check(frame_of(at + i * LAB_PAGE) == frame_of(at),
			  "page %u, which was only read, has a frame of its "
			  "own", i);
	for (unsigned i = 0; i < PAGES; i += 2)
		at[i * LAB_PAGE] = (unsigned char)(i + 1);
	for (unsigned i = 0; i < PAGES; i++)
		lab_check(at[i * LAB_PAGE] == (i % 2 ? 0 : i + 1),
			  "page %u after stores to the even ones: found %u", i,
			  at[i * LAB_PAGE]);
	lab_equal(anon_pages() - anon, PAGES / 2,
		  "anonymous pages after stores to every second page");
	unmap(at, PAGES);
	at = map_anon(1, RW);
	lab_equal(at[0], 0, "a fresh page after all that");
	unmap(at, 1);
}

#define DIRTY	400

/* A frame that another mapping had dirtied comes back clean. */
static void clean(void)
{
	bytes_t at = map_anon(DIRTY, RW);

	memset((void *)at, 0xff, DIRTY * LAB_PAGE);
	unmap(at, DIRTY);
	at = map_anon(DIRTY, RW);
	for (unsigned i = 0; i < DIRTY; i++) {
		at[i * LAB_PAGE] = 1;
		for (unsigned k = 8; k < LAB_PAGE; k += 128)
			lab_check(at[i * LAB_PAGE + k] == 0, "byte %u of a "
				  "fresh page: expected 0, found %u", k,
				  at[i * LAB_PAGE + k]);
	}
	unmap(at, DIRTY);
}

/* What the area does not allow, and what no area allows. */
static void rights(void)
{
	bytes_t at = map_anon(6, RW);

	mprotect((void *)at, LAB_PAGE, PROT_READ);
	mprotect((void *)(at + LAB_PAGE), LAB_PAGE, PROT_NONE);
	mprotect((void *)(at + 2 * LAB_PAGE), LAB_PAGE, PROT_WRITE);
	munmap((void *)(at + 3 * LAB_PAGE), LAB_PAGE);
	must_fault(STORE, at + 5, SIGSEGV, SEGV_ACCERR,
		   "a store to memory without PROT_WRITE");
	must_fault(LOAD, at, 0, 0, "a load from memory with PROT_READ");
	must_fault(STORE, at + 9, SIGSEGV, SEGV_ACCERR,
		   "a store to a page that was read");
	must_fault(LOAD, at + LAB_PAGE + 1, SIGSEGV, SEGV_ACCERR,
		   "a load from memory with PROT_NONE");
	must_fault(STORE, at + LAB_PAGE + 1, SIGSEGV, SEGV_ACCERR,
		   "a store to memory with PROT_NONE");
	must_fault(LOAD, at + 2 * LAB_PAGE, 0, 0,
		   "a load from memory with PROT_WRITE alone, which no machine "
		   "can forbid");
	must_fault(STORE, at + 2 * LAB_PAGE, 0, 0,
		   "a store to memory with PROT_WRITE alone");
	must_fault(LOAD, at + 3 * LAB_PAGE + 1, SIGSEGV, SEGV_MAPERR,
		   "a load from a hole below a mapping");
	must_fault(STORE, at + 4 * LAB_PAGE - 1, SIGSEGV, SEGV_MAPERR,
		   "a store to a hole below a mapping");
	must_fault(STORE, at + 4 * LAB_PAGE, 0, 0, "a store behind the hole");
	must_fault(LOAD, (bytes_t)16, SIGSEGV, SEGV_MAPERR,
		   "a load from address 16");
	unmap(at, 6);
}

/* Use about `depth` KiB of stack, and come back. */
static unsigned descend(unsigned depth)
{
	volatile unsigned char frame[1024];

	frame[0] = (unsigned char)depth;
	frame[1023] = 1;
	if (depth)
		return descend(depth - 1) + frame[1023];
	return frame[1023];
}

static void go_deep(void *arg)
{
	lab_equal(descend(2048), 2049, "calls in 2 MiB of stack");
	(void)arg;
}

/* The stack grows down when it is used, but not without end. */
static void stack(void)
{
	unsigned char here = 0;
	int status = 0;
	pid_t pid;

	lab_join(lab_fork(go_deep, NULL));
	/* 1 MiB below at once: within the limit of 8 MiB */
	must_fault(STORE, (bytes_t)((uintptr_t)&here - (1UL << 20)), 0, 0,
		   "a store to the stack 1 MiB below");
	pid = fork();
	lab_must(pid, "fork");
	if (pid == 0) {
		descend(64 << 10);	/* 64 MiB */
		_exit(0);
	}
	lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
	lab_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "a stack of 64 MiB: expected SIGSEGV, found status %#x",
		  status);
}

/* Pages of a file: the right ones, also from an offset, and none behind it. */
static void file(void)
{
	int fd = make_file(20 * LAB_PAGE);
	bytes_t at = map_with(18 * LAB_PAGE, PROT_READ, MAP_PRIVATE, fd,
			      2 * LAB_PAGE);

	for (unsigned long i = 18 * LAB_PAGE; i > 0; i -= 512)
		lab_check(at[i - 1] == file_byte(2 * LAB_PAGE + i - 1),
			  "byte %lu of the mapping: expected %u, found %u",
			  i - 1, file_byte(2 * LAB_PAGE + i - 1), at[i - 1]);
	unmap(at, 18);
	close(fd);
}

/* Behind the end of a file. */
static void eof(void)
{
	int fd = make_file(2 * LAB_PAGE + 100);
	bytes_t at = map_with(8 * LAB_PAGE, RW, MAP_SHARED, fd, 0);
	bytes_t own = map_with(8 * LAB_PAGE, RW, MAP_PRIVATE, fd, 0);

	lab_equal(at[2 * LAB_PAGE + 99], file_byte(2 * LAB_PAGE + 99),
		  "the last byte of the file");
	lab_equal(at[2 * LAB_PAGE + 100], 0, "the byte behind it");
	must_fault(LOAD, at + 3 * LAB_PAGE, SIGBUS, BUS_ADRERR,
		   "a load from the first page behind the file");
	must_fault(STORE, at + 3 * LAB_PAGE, SIGBUS, BUS_ADRERR,
		   "a store to the first page behind the file");
	must_fault(STORE, own + 5 * LAB_PAGE, SIGBUS, BUS_ADRERR,
		   "a store to a private page behind the file");
	lab_must(ftruncate(fd, 4 * LAB_PAGE), "ftruncate");
	must_fault(LOAD, at + 3 * LAB_PAGE, 0, 0,
		   "a load from this page once the file is longer");
	unmap(at, 8);
	unmap(own, 8);
	close(fd);
}

static void store_shared(void *arg)
{
	bytes_t at = arg;

	at[5] = 55;
	at[LAB_PAGE + 6] = 66;
}

/* Stores to a shared mapping reach the file and each other mapping of it. */
static void shared(void)
{
	int fd = make_file(4 * LAB_PAGE);
	bytes_t at = map_with(4 * LAB_PAGE, RW, MAP_SHARED, fd, 0);
	bytes_t look = map_with(4 * LAB_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	bytes_t anon = map_with(2 * LAB_PAGE, RW, MAP_SHARED | MAP_ANONYMOUS,
				-1, 0);
	long own = anon_pages();

	at[3 * LAB_PAGE] = 200;		/* a store first */
	file_must_be(fd, 3 * LAB_PAGE, 200, "after a store to a fresh page");
	lab_equal(look[3 * LAB_PAGE], 200, "the byte in another mapping");
	lab_equal(at[1], file_byte(1), "a byte that is only read");
	at[1] = 201;			/* a store after a load */
	file_must_be(fd, 1, 201, "after a store to a page that was read");
	lab_equal(pwrite(fd, "w", 1, 2), 1, "bytes of pwrite");
	lab_equal(at[2], 'w', "a byte that pwrite(2) changed");
	lab_equal(anon_pages() - own, 0, "anonymous pages made by all this");
	lab_join(lab_fork(store_shared, (void *)at));
	lab_equal(at[5], 55, "a byte that a child stored");
	file_must_be(fd, LAB_PAGE + 6, 66, "after a store by a child");
	lab_join(lab_fork(store_shared, (void *)anon));
	lab_equal(anon[5], 55, "a byte of shared memory that a child stored");
	lab_equal(anon[LAB_PAGE + 6], 66, "another one");
	unmap(at, 4);
	unmap(look, 4);
	unmap(anon, 2);
	close(fd);
}

/* Stores to a private mapping stay in it. */
static void own(void)
{
	int fd = make_file(4 * LAB_PAGE);
	bytes_t at = map_with(4 * LAB_PAGE, RW, MAP_PRIVATE, fd, 0);
	bytes_t look = map_with(4 * LAB_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	long anon = anon_pages();

	at[10] = 99;			/* a store first */
	file_must_be(fd, 10, file_byte(10), "after a private store");
	lab_equal(at[10], 99, "the stored byte");
	lab_equal(at[11], file_byte(11), "its neighbour");
	lab_equal(at[LAB_PAGE - 1], file_byte(LAB_PAGE - 1), "the last byte");
	lab_equal(look[10], file_byte(10), "the byte in another mapping");
	lab_equal(at[2 * LAB_PAGE], file_byte(2 * LAB_PAGE), "a byte read");
	at[2 * LAB_PAGE] = 98;		/* a store after a load */
	file_must_be(fd, 2 * LAB_PAGE, file_byte(2 * LAB_PAGE),
		     "after a load and a private store");
	lab_equal(at[2 * LAB_PAGE], 98, "the byte stored after a load");
	lab_equal(anon_pages() - anon, 2, "anonymous pages made by two stores");
	lab_equal(pwrite(fd, "w", 1, 10), 1, "bytes of pwrite");
	lab_equal(at[10], 99, "the private byte after a write to the file");
	unmap(at, 4);
	unmap(look, 4);
	close(fd);
}

/* One fault maps what the cache has nearby, within the area. */
static void around(void)
{
	int fd = make_file(PAGES * LAB_PAGE);
	bytes_t at = map_with(PAGES * LAB_PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	unsigned sum = 0;
	long n;

	at[0];
	n = faults_so_far();
	for (unsigned i = 0; i < PAGES; i++)
		sum += at[i * LAB_PAGE] == file_byte(i * LAB_PAGE);
	n = faults_so_far() - n;
	lab_equal(sum, PAGES, "pages with the right first byte");
	lab_check(n <= PAGES / 4, "%ld faults for %d pages that are all cached",
		  n, PAGES);
	unmap(at, PAGES);

	/* nothing may be mapped before the area and behind it */
	at = map_with(PAGES * LAB_PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	munmap((void *)at, 20 * LAB_PAGE);
	munmap((void *)(at + 23 * LAB_PAGE), (PAGES - 23) * LAB_PAGE);
	lab_equal(at[21 * LAB_PAGE], file_byte(21 * LAB_PAGE), "a byte");
	must_fault(LOAD, at + 20 * LAB_PAGE - 1, SIGSEGV, SEGV_MAPERR,
		   "a load from the page before a mapping of a file");
	must_fault(LOAD, at + 23 * LAB_PAGE, SIGSEGV, SEGV_MAPERR,
		   "a load from the page behind a mapping of a file");
	munmap((void *)(at + 20 * LAB_PAGE), 3 * LAB_PAGE);
	close(fd);
}

/* Return: a counter of faults; the first look makes the pages it needs. */
static long counted(const char *key)
{
	number_in("/proc/lectern/vm", key);
	return number_in("/proc/lectern/vm", key);
}

/* Each fault on a page without an entry is counted once, by its kind. */
static void counts(void)
{
	int fd = make_file(4 * LAB_PAGE);
	bytes_t at = map_anon(4, RW);
	bytes_t own = map_with(4 * LAB_PAGE, RW, MAP_PRIVATE, fd, 0);
	bytes_t all = map_with(4 * LAB_PAGE, RW, MAP_SHARED, fd, 0);
	long zeros = counted("zero_faults"), files;

	at[0];
	at[LAB_PAGE] = 1;
	lab_equal(counted("zero_faults") - zeros, 2, "zero_faults counted by a "
		  "load from a fresh page and a store to another one");
	files = counted("file_faults");
	own[0] = 1;
	lab_equal(counted("file_faults") - files, 1,
		  "file_faults counted by a store to a private page");
	all[0] = 1;
	lab_equal(counted("file_faults") - files, 2,
		  "file_faults, and by a store to a shared page");
	unmap(all, 4);
	all = map_with(4 * LAB_PAGE, PROT_READ, MAP_SHARED, fd, 0);
	all[LAB_PAGE];
	lab_equal(counted("file_faults") - files, 3,
		  "file_faults, and by a load from a shared page");
	unmap(at, 4);
	unmap(own, 4);
	unmap(all, 4);
	close(fd);
}

/* A fault that finds no memory gives back what it took, and is tried again. */
static void scarce(void)
{
	long before = 0, after;

	for (int round = 0; round < 2; round++) {
		int fd = make_file(PAGES * LAB_PAGE);
		bytes_t own = map_with(PAGES * LAB_PAGE, RW, MAP_PRIVATE, fd,
				       0);
		bytes_t at = map_anon(PAGES, RW);

		own[0] = 3;		/* the tables of these pages, too */
		at[0] = 3;
		store_without_memory(own, 1, PAGES);
		store_without_memory(at, 1, PAGES);
		unmap(own, PAGES);
		unmap(at, PAGES);
		close(fd);
		after = audited_free();
		if (!round)
			before = after;
	}
	lab_check(before - after < PAGES / 2, "stores to 128 pages that found "
		  "no memory at first lost %ld frames", before - after);
}

static const struct lab_case cases[] = {
	{ "boot", boot },
	{ "lazy", lazy },
	{ "zero", zero },
	{ "clean", clean },
	{ "rights", rights },
	{ "stack", stack },
	{ "file", file },
	{ "eof", eof },
	{ "shared", shared },
	{ "own", own },
	{ "around", around },
	{ "counts", counts },
	{ "scarce", scarce },
};

LAB_MAIN(cases)
