/* SPDX-License-Identifier: MIT */
/*
 * Memory that becomes executable after the kernel has stored to it: rows E3,
 * E4.  Each way in is one from which an announcement to instruction fetch can
 * be missing; the checker of translations (docs/checkers.md) stops a kernel
 * that forgot one.  What is there is read, not run: any machine can.
 */
#include "tap.h"

#define RX	(PROT_READ | PROT_EXEC)
#define RWX	(PROT_READ | PROT_WRITE | PROT_EXEC)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define FILE_NAME "/tmp/fetch"
#define ROUNDS	16
#define DISK_AT	(7 * (off_t)PG)

static int fd;

static void write_code_page(unsigned long at, char c)
{
	char page[PG];

	memset(page, c, sizeof(page));
	check_eq(pwrite(fd, page, PG, (off_t)at), PG, "a page is written");
}

static volatile char *map_code(unsigned long len, int prot, int flags, int from)
{
	void *p = mmap(NULL, len, prot, flags, from, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* A page of a file: mapped around, after a store, by both kinds. */
static void test_file(void)
{
	volatile char *p;

	write_code_page(0, 'a');
	write_code_page(PG, 'b');
	p = map_code(2 * PG, RX, MAP_PRIVATE, fd);
	check(p && p[0] == 'a' && p[PG] == 'b', "a file just written");
	munmap((void *)p, 2 * PG);
	write_code_page(0, 'c');
	p = map_code(2 * PG, RX, MAP_SHARED, fd);
	check(p && p[0] == 'c', "and written once more");
	munmap((void *)p, 2 * PG);
}

/*
 * Time and again, and nothing else in between: whatever else is mapped
 * announces for all.  => how often what was written is there
 */
static int count_stale_rounds(int f, off_t at)
{
	static char page[PG];
	int right = 0;

	for (int i = 0; i < ROUNDS; i++) {
		volatile char *p;

		memset(page, 'A' + i, PG);
		pwrite(f, page, PG, at);
		p = mmap(NULL, PG, RX, MAP_SHARED, f, at);
		if (p == MAP_FAILED)
			return -1;
		right += p[0] == 'A' + i;
		munmap((void *)p, PG);
	}
	return right;
}

/* A file in memory, and what is written back. */
static void test_rounds(void)
{
	int disk = open("/dev/vda", O_RDWR), right = -1;
	char was[PG];

	check_eq(count_stale_rounds(fd, 0), ROUNDS,
		 "%d times written and mapped", ROUNDS);
	write_code_page(0, 'c');
	if (disk >= 0 && pread(disk, was, PG, DISK_AT) == PG) {
		right = count_stale_rounds(disk, DISK_AT);
		pwrite(disk, was, PG, DISK_AT);
	}
	if (right < 0)
		tap_skip("a disk's pages", "no disk to write to, or noexec");
	else
		check_eq(right, ROUNDS, "a disk's pages as often");
	close(disk);
}

/* The kernel copies a page that is executable. */
static void test_copies(void)
{
	volatile char *p = map_code(2 * PG, RWX, MAP_PRIVATE, fd);

	if (!p) {
		check(0, "mmap");
		return;
	}
	p[1] = 'x';
	check(p[0] == 'c' && p[1] == 'x', "a private page written at once");
	check(p[PG] == 'b', "one that is read first");
	p[PG + 1] = 'y';
	check(p[PG] == 'b' && p[PG + 1] == 'y', "and then written");
	munmap((void *)p, 2 * PG);
}

static void test_anon(void)
{
	volatile char *p = map_code(2 * PG, RWX, ANON, -1);
	int status = -1, pid;

	if (!p) {
		check(0, "mmap");
		return;
	}
	p[0] = 'm';
	check(p[0] == 'm' && p[PG] == 0, "anonymous memory");
	p[PG] = 'n';
	check(p[PG] == 'n', "a page of zeros that is replaced");
	pid = fork();
	if (pid == 0) {
		p[1] = 'o';
		_exit(p[0] == 'm' && p[1] == 'o' ? 0 : 1);
	}
	p[2] = 'p';
	check(waitpid(pid, &status, 0) == pid && status == 0,
	      "a child's own copy");
	munmap((void *)p, 2 * PG);
}

static void test_protected_code(void)
{
	volatile char *p = map_code(2 * PG, PROT_READ | PROT_WRITE, ANON, -1);

	if (!p) {
		check(0, "mmap");
		return;
	}
	p[0] = 'q';
	check_ok(mprotect((void *)p, 2 * PG, RX), "made executable");
	check(p[0] == 'q', "what was stored before is there");
	munmap((void *)p, 2 * PG);
}

/* As much as a superpage needs, wherever one lies in it. */
static void test_large(void)
{
	unsigned long len = 16ul << 20;
	volatile char *p = map_code(len, RWX, ANON, -1);

	if (!p) {
		check(0, "mmap");
		return;
	}
	for (unsigned long at = 0; at < len; at += 1ul << 20)
		p[at] = 'r';
	check(p[0] == 'r' && p[len / 2] == 'r', "much memory");
	munmap((void *)p, len);
	p = map_code(len, PROT_READ | PROT_WRITE, ANON, -1);
	for (unsigned long at = 0; p && at < len; at += 1ul << 20)
		p[at] = 's';
	check_ok(mprotect((void *)p, len, RX), "much made executable");
	check(p && p[len / 2] == 's', "and kept");
	munmap((void *)p, len);
}

int main(void)
{
	fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0700);
	check(fd >= 0, "a file");
	test_file();
	test_rounds();
	test_copies();
	test_anon();
	test_protected_code();
	test_large();
	unlink(FILE_NAME);
	return tap_done();
}
