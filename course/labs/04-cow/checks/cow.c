/* SPDX-License-Identifier: MIT */
/* Lab 4: what a program sees of copy-on-write fork. */
#include "check.h"
#include "proc.h"

#define PAGES	64

static volatile unsigned char *fresh(unsigned pages)
{
	void *at = mmap(NULL, pages * LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

/* Return: a counter of this process's memory, in pages. */
static long resident(const char *key)
{
	return number_in("/proc/self/status", key) / (long)(LAB_PAGE / 1024);
}

static void drop(volatile unsigned char *at, unsigned pages)
{
	munmap((void *)at, pages * LAB_PAGE);
}

static void fill(volatile unsigned char *at, unsigned pages, unsigned seed)
{
	for (unsigned i = 0; i < pages; i++) {
		at[i * LAB_PAGE + i % 64] = (unsigned char)(seed + i);
		at[(i + 1) * LAB_PAGE - 1] = (unsigned char)~(seed + i);
	}
}

static void must_be(volatile unsigned char *at, unsigned pages, unsigned seed,
		    const char *whose)
{
	for (unsigned i = 0; i < pages; i++) {
		unsigned char found = at[i * LAB_PAGE + i % 64];
		unsigned char last = at[(i + 1) * LAB_PAGE - 1];

		lab_check(found == (unsigned char)(seed + i),
			  "%s page %u: expected %u, found %u", whose, i,
			  (unsigned char)(seed + i), found);
		lab_check(last == (unsigned char)~(seed + i),
			  "%s last byte of page %u: expected %u, found %u",
			  whose, i, (unsigned char)~(seed + i), last);
	}
}

/* A store to a page that was only read so far: no fork at all. */
static void store(void)
{
	volatile unsigned char *at = fresh(2);

	lab_equal(at[0], 0, "a fresh page");
	at[0] = 7;
	lab_equal(at[0], 7, "after the store");
	lab_equal(at[LAB_PAGE], 0, "the next page");
	drop(at, 2);
}

static void store_in_child(void *arg)
{
	volatile unsigned char *at = arg;

	must_be(at, PAGES, 1, "in the child before its stores,");
	fill(at, PAGES, 100);
	must_be(at, PAGES, 100, "in the child after its stores,");
}

/* The child's stores stay in the child. */
static void child(void)
{
	volatile unsigned char *at = fresh(PAGES);

	fill(at, PAGES, 1);
	lab_join(lab_fork(store_in_child, (void *)at));
	must_be(at, PAGES, 1, "in the parent after the child's stores,");
	drop(at, PAGES);
}

static int go[2];

static void look_later(void *arg)
{
	char byte;

	close(go[1]);
	lab_must(read(go[0], &byte, 1), "read");
	must_be(arg, PAGES, 1, "in the child after the parent's stores,");
}

/* The parent's stores stay in the parent. */
static void parent(void)
{
	volatile unsigned char *at = fresh(PAGES);
	pid_t pid;

	lab_must(pipe(go), "pipe");
	fill(at, PAGES, 1);
	pid = lab_fork(look_later, (void *)at);
	fill(at, PAGES, 50);
	lab_must(write(go[1], "x", 1), "write");
	close(go[0]);
	close(go[1]);
	lab_join(pid);
	must_be(at, PAGES, 50, "in the parent after its stores,");
	drop(at, PAGES);
}

#define DEPTH	5

static volatile unsigned char *shared_at;

static void descend(void *arg)
{
	int depth = (int)(intptr_t)arg;

	must_be(shared_at, PAGES, 10 * depth, "what a child inherits,");
	if (depth == DEPTH)
		return;
	fill(shared_at, PAGES, 10 * (depth + 1));
	lab_join(lab_fork(descend, (void *)(intptr_t)(depth + 1)));
	must_be(shared_at, PAGES, 10 * (depth + 1), "after its own child,");
}

/* A frame that several generations share, each with its own stores. */
static void many(void)
{
	shared_at = fresh(PAGES);
	fill(shared_at, PAGES, 0);
	descend((void *)0);
	must_be(shared_at, PAGES, 10, "after all children,");
	drop(shared_at, PAGES);
}

static void store_in_zero(void *arg)
{
	volatile unsigned char *at = arg;

	for (unsigned i = 0; i < PAGES; i++)
		at[i * LAB_PAGE + 8] = 9;
	for (unsigned i = 0; i < PAGES; i++) {
		lab_equal(at[i * LAB_PAGE + 8], 9, "a stored byte");
		lab_equal(at[i * LAB_PAGE + 9], 0, "its neighbour");
	}
}

/* Pages that were only read: nobody else sees a store to the zero frame. */
static void zero(void)
{
	volatile unsigned char *at = fresh(PAGES), *other = fresh(PAGES);
	unsigned sum = 0;
	long anon, faults;

	for (unsigned i = 0; i < PAGES; i++)
		sum += at[i * LAB_PAGE] + other[i * LAB_PAGE];
	lab_equal(sum, 0, "fresh pages");
	lab_join(lab_fork(store_in_zero, (void *)at));
	for (unsigned i = 0; i < PAGES; i++) {
		lab_equal(at[i * LAB_PAGE + 8], 0, "the parent's page");
		lab_equal(other[i * LAB_PAGE + 8], 0, "another page");
	}
	/* the first look at a counter may fault itself */
	resident("RssAnon:");
	faults = number_in("/proc/lectern/vm", "cow_faults");
	anon = resident("RssAnon:");
	store_in_zero((void *)at);
	lab_equal(resident("RssAnon:") - anon, PAGES, "pages that RssAnon grew "
		  "by with stores to 64 pages that were only read before");
	lab_equal(number_in("/proc/lectern/vm", "cow_faults") - faults, PAGES,
		  "cow_faults counted by these stores");
	lab_equal(other[8], 0, "another page after the parent's stores");
	drop(at, PAGES);
	drop(other, PAGES);
}

static void nothing(void *arg)
{
	(void)arg;
}

/* The last user of a frame keeps it: no copy after the child has gone. */
static void reuse(void)
{
	volatile unsigned char *at = fresh(1);
	uint64_t before, after;

	at[0] = 1;
	before = frame_of(at);
	lab_join(lab_fork(nothing, NULL));
	at[0] = 2;
	after = frame_of(at);
	lab_check(before == after, "the only user of a frame got a copy of it: "
		  "frame %llx became %llx", (unsigned long long)before,
		  (unsigned long long)after);
	lab_equal(at[0], 2, "the byte");
	drop(at, 1);
}

static void read_in_child(void *arg)
{
	int ends[2];

	lab_must(pipe(ends), "pipe");
	lab_must(write(ends[1], "kernel", 6), "write");
	lab_equal(read(ends[0], arg, 6), 6, "bytes that read(2) returned");
	lab_check(!memcmp(arg, "kernel", 6), "read(2) did not store its bytes");
}

/* The kernel's own stores to a program's memory are stores, too. */
static void kernel(void)
{
	volatile unsigned char *at = fresh(1);

	memcpy((void *)at, "parent", 6);
	lab_join(lab_fork(read_in_child, (void *)at));
	lab_check(!memcmp((void *)at, "parent", 6),
		  "read(2) of the child changed the parent's memory");
	drop(at, 1);
}

static void touch_all(void *arg)
{
	fill(arg, PAGES, 9);
}

/* A copy in place of an anonymous frame: the process has as many as before. */
static void touch_and_count(void *arg)
{
	long anon;

	resident("RssAnon:");
	anon = resident("RssAnon:");
	touch_all(arg);
	lab_equal(resident("RssAnon:") - anon, 0, "pages that RssAnon grew by "
		  "with copies of anonymous pages");
}

/* Frames come back: nothing is lost over many forks with stores. */
static void frames(void)
{
	volatile unsigned char *at = fresh(PAGES);
	long before, after;

	fill(at, PAGES, 1);
	lab_join(lab_fork(touch_and_count, (void *)at));
	for (int i = 0; i < 4; i++)
		lab_join(lab_fork(touch_all, (void *)at));
	before = mem_free();
	for (int i = 0; i < 32; i++) {
		lab_join(lab_fork(touch_all, (void *)at));
		fill(at, PAGES, i);
	}
	after = mem_free();
	lab_check(before - after < 32 * 8, "32 forks lost %ld kB of memory",
		  before - after);
	drop(at, PAGES);
}

/* Each store copies a page. */
static void copy_without_memory(void *arg)
{
	store_without_memory(arg, 0, PAGES);
}

/* A fault that finds no memory gives back what it took, and is tried again. */
static void scarce(void)
{
	volatile unsigned char *at = fresh(PAGES);
	long before, after;

	fill(at, PAGES, 1);
	lab_join(lab_fork(copy_without_memory, (void *)at));
	before = audited_free();
	for (int i = 0; i < 4; i++)
		lab_join(lab_fork(copy_without_memory, (void *)at));
	drop(at, PAGES);
	after = audited_free();
	lab_check(after - before > PAGES / 2, "munmap of 64 pages freed %ld "
		  "frames: stores that found no memory at first kept the rest",
		  after - before);
}

#define LARGE	2048

/* fork() copies no pages: its cost does not depend on what they hold. */
static void cheap(void)
{
	volatile unsigned char *at = fresh(LARGE);
	unsigned long long begin, took;
	pid_t pid;

	fill(at, LARGE, 1);
	lab_join(lab_fork(nothing, NULL));
	begin = lab_clock();
	pid = lab_fork(nothing, NULL);
	took = lab_clock() - begin;
	lab_join(pid);
	drop(at, LARGE);
	lab_within_budget(took);
}

/* Return: the number of entries that map a file's frame. */
static long mappers_of(uint64_t frame)
{
	int fd = open("/proc/kpagecount", O_RDONLY);
	uint64_t count = 0;

	lab_must(fd, "open /proc/kpagecount");
	lab_equal(pread(fd, &count, 8, (off_t)frame * 8), 8,
		  "bytes of kpagecount");
	close(fd);
	return (long)count;
}

static void read_file_page(void *arg)
{
	const volatile char *at = arg;

	lab_check(at[0] == 'F', "the first byte of the parent's own page: "
		  "expected F, found %c", at[0]);
}

/* The copy of a file's page counts as anonymous, and the page as unmapped. */
static void store_and_count(volatile char *at)
{
	uint64_t page = frame_of((volatile unsigned char *)at);
	long anon, shmem;

	lab_equal(mappers_of(page), 1, "mappers of the file's page");
	resident("RssAnon:");
	anon = resident("RssAnon:");
	shmem = resident("RssShmem:");
	at[0] = 'F';
	lab_equal(resident("RssAnon:") - anon, 1, "pages that RssAnon grew by "
		  "with the copy of a file's page");
	lab_equal(shmem - resident("RssShmem:"), 1, "pages that RssShmem fell "
		  "by (a file of tmpfs)");
	lab_equal(mappers_of(page), 0, "mappers of the file's page after the "
		  "store");
}

/*
 * A private file mapping: a store does not reach the file, and fork copies the
 * page that it made.
 */
static void file(void)
{
	int fd = open("/tmp/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char back[4] = "";
	volatile char *at;

	lab_must(fd, "open /tmp/file");
	lab_equal(write(fd, "file", 4), 4, "bytes written");
	at = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	lab_equal(at[0], 'f', "first byte of the mapping");
	store_and_count(at);
	lab_equal(pread(fd, back, 4, 0), 4, "bytes read");
	lab_check(back[0] == 'f', "a store to a private mapping reached the "
		  "file: expected f, found %c", back[0]);
	lab_equal(at[0], 'F', "first byte of the mapping after the store");
	lab_join(lab_fork(read_file_page, (void *)at));
	munmap((void *)at, LAB_PAGE);
	close(fd);
}

/* On a kernel that watches the TLBs: a missing flush is a panic. */
static void flush(void)
{
	child();
	parent();
	many();
	kernel();
	file();
}

static const struct lab_case cases[] = {
	{ "store", store },
	{ "child", child },
	{ "parent", parent },
	{ "many", many },
	{ "zero", zero },
	{ "reuse", reuse },
	{ "kernel", kernel },
	{ "frames", frames },
	{ "cheap", cheap },
	{ "file", file },
	{ "scarce", scarce },
	{ "flush", flush },
};

LAB_MAIN(cases)
