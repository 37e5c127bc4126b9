/* SPDX-License-Identifier: MIT */
/*
 * mmap, munmap, mprotect, mremap: the lecture's literal call, the overlap
 * cases by name, and every refusal (rows E2, A5).  What a mapping is worth
 * is asked of the MMU: each page is loaded from and stored to.
 */
#include <sys/resource.h>
#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

/* One letter a page: w writable, r readable, n mapped without access,
 * . unmapped.  Filled pages hold 'A' + index in their first byte. */
static const char *picture(char *p, int n)
{
	static char s[32];
	siginfo_t si;

	for (int i = 0; i < n; i++) {
		char *a = p + (unsigned long)i * PG;
		int sig = catch_fault(load_byte, a, &si);

		if (sig)
			s[i] = si.si_code == SEGV_MAPERR ? '.' : 'n';
		else
			s[i] = store_fault(a + 1) ? 'r' : 'w';
	}
	s[n] = '\0';
	return s;
}

static void check_picture(char *p, const char *want, const char *what)
{
	const char *got = picture(p, (int)strlen(want));

	if (strcmp(got, want))
		printf("# pages %s, want %s\n", got, want);
	check(!strcmp(got, want), "%s", what);
}

static char *five_letters(void)
{
	char *p = anon_pages(5, RW);

	for (int i = 0; i < 5; i++)
		p[(unsigned long)i * PG] = (char)('A' + i);
	return p;
}

static int pages_hold(char *p, const char *want)
{
	for (int i = 0; want[i]; i++)
		if (want[i] != ' ' && p[(unsigned long)i * PG] !=
		    (want[i] == '0' ? 0 : want[i]))
			return 0;
	return 1;
}

static char *map_one_over(char *p, int page, int prot)
{
	return mmap(p + (unsigned long)page * PG, PG, prot,
		    ANON | MAP_FIXED, -1, 0);
}

static void literal_call(void)
{
	char *p;

	check_err(EINVAL, mmap((void *)0x40000, PG, RW, MAP_ANONYMOUS, -1, 0),
		  "the deck's literal call: neither PRIVATE nor SHARED");
	p = mmap((void *)0x40000, PG, RW, ANON, -1, 0);
	check(p != MAP_FAILED, "with PRIVATE: the address is a hint");
	munmap(p, PG);
	p = mmap((void *)0x40000, PG, RW, ANON | MAP_FIXED, -1, 0);
	check_eq((long)p, 0x40000, "with FIXED: the address is law");
	check_picture(p, "w", "and there it is");
	munmap(p, PG);
}

/* Each case maps one page over a region of five. */
static void overlaps(void)
{
	static const struct { int page; const char *name, *text; } c[] = {
		{ 4, "last page", "ABCD0" },
		{ 0, "first page", "0BCDE" },
		{ 2, "middle page", "AB0DE" },
	};

	for (int i = 0; i < COUNT(c); i++) {
		char want[] = "wwwww";
		char *p = five_letters();

		check_eq((long)map_one_over(p, c[i].page, RW),
			 (long)p + c[i].page * (long)PG,
			 "%s, same permission", c[i].name);
		check(pages_hold(p, c[i].text), "%s: replaced by zeros",
		      c[i].name);
		check_picture(p, want, "all writable");
		map_one_over(p, c[i].page, PROT_READ);
		want[c[i].page] = 'r';
		check_picture(p, want, "different permission");
		check(pages_hold(p, c[i].text), "neighbours keep their data");
		munmap(p, 5 * PG);
		check_picture(p, ".....", "all gone");
	}
}

static void unmap_and_look(void)
{
	char *p = five_letters();

	check_ok(munmap(p + 2 * PG, PG), "unmap the middle");
	check_picture(p, "ww.ww", "a hole");
	check_ok(munmap(p + 2 * PG, PG), "unmap the hole again");
	check_ok(munmap(p + PG, 3 * PG), "unmap across the hole");
	check_picture(p, "w...w", "wider");
	check(pages_hold(p, "A   E"), "the ends keep their data");
	check_err(EINVAL, munmap(p, 0), "no bytes");
	check_err(EINVAL, munmap(p + 1, PG), "unaligned");
	check_err(EINVAL, munmap(p, (size_t)-PG), "wrapping length");
	check_err(EINVAL, munmap((void *)-PG, 2 * PG), "beyond user space");
	check_ok(munmap(p, 1), "one byte takes its whole page");
	check_ok(munmap(p, 5 * PG), "the rest");
}

static void protect_cases(void)
{
	char *p = five_letters();
	const char *got;

	check_ok(mprotect(p + PG, PG, PROT_READ), "second page read-only");
	check_ok(mprotect(p + 3 * PG, PG, PROT_NONE), "fourth page none");
	check_picture(p, "wrwnw", "each as asked");
	check_ok(mprotect(p, 5 * PG, RW), "all writable again");
	check_picture(p, "wwwww", "across the borders");
	check(pages_hold(p, "ABCDE"), "data unharmed");
	check_ok(mprotect(p, 0, PROT_NONE), "no bytes: nothing");
	check_err(EINVAL, mprotect(p + 1, PG, RW), "unaligned");
	check_err(EINVAL, mprotect(p, PG, 0x40000000), "unknown bits");
	munmap(p + 2 * PG, PG);
	check_err(ENOMEM, mprotect(p, 5 * PG, PROT_READ), "over a hole");
	got = picture(p, 5);	/* Linux has done the part before the hole */
	check(!strcmp(got, "rr.ww") || !strcmp(got, "ww.ww"),
	      "nothing behind the hole was changed");
	check_err(ENOMEM, mprotect(p, (size_t)-PG, PROT_READ),
		  "wrapping length");
	munmap(p, 5 * PG);
	check_err(ENOMEM, mprotect(p, PG, PROT_READ), "unmapped");
}

static void refuse_mappings(void)
{
	char *p;
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	int ro = open("f", O_RDONLY), wo = open("f", O_WRONLY);

	check_err(EINVAL, mmap(NULL, 0, RW, ANON, -1, 0), "length 0");
	check_err(ENOMEM, mmap(NULL, (size_t)-PG, RW, ANON, -1, 0),
		  "length of everything");
	check_err(ENOMEM, mmap(NULL, (size_t)-1, RW, ANON, -1, 0),
		  "length that wraps");
	check_err(EINVAL, mmap((void *)1, PG, RW, ANON | MAP_FIXED, -1, 0),
		  "unaligned FIXED");
	check_err(ENOMEM, mmap((void *)-PG, PG, RW, ANON | MAP_FIXED, -1, 0),
		  "FIXED in the kernel's half");
	p = mmap((void *)-PG, PG, RW, ANON, -1, 0);
	check(p != MAP_FAILED && p != (void *)-PG,
	      "a hint there is not followed");
	munmap(p, PG);
	check_err(EBADF, mmap(NULL, PG, RW, MAP_PRIVATE, 99, 0), "bad fd");
	check_err(EACCES, mmap(NULL, PG, RW, MAP_SHARED, ro, 0),
		  "shared writable of a read-only descriptor");
	check_err(EACCES, mmap(NULL, PG, PROT_READ, MAP_PRIVATE, wo, 0),
		  "map of a write-only descriptor");
	p = mmap(NULL, PG, PROT_READ, MAP_SHARED, ro, 0);
	check_err(EACCES, mprotect(p, PG, RW),
		  "mprotect cannot go round that");
	munmap(p, PG);
	check_err(ENODEV, mmap(NULL, PG, PROT_READ, MAP_PRIVATE,
			       open(".", O_RDONLY), 0), "map of a folder");
	p = five_letters();
	check_err(EEXIST, mmap(p, PG, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0),
		  "FIXED_NOREPLACE over a mapping");
	check(pages_hold(p, "ABCDE"), "it is unharmed");
	munmap(p + PG, PG);
	check_eq((long)mmap(p + PG, PG, RW, ANON | MAP_FIXED_NOREPLACE, -1,
			    0), (long)(p + PG), "into a hole it goes");
	munmap(p, 5 * PG);
	close(fd);
	close(ro);
	close(wo);
	unlink("f");
}

static void map_files(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *s, *v, b[4];

	write(fd, "file", 4);
	s = mmap(NULL, 2 * PG, RW, MAP_SHARED, fd, 0);
	v = mmap(NULL, PG, RW, MAP_PRIVATE, fd, 0);
	check(!memcmp(s, "file", 4) && !memcmp(v, "file", 4), "contents");
	check(s[4] == 0 && s[PG - 1] == 0, "zeros after the end");
	s[0] = 'F';
	pread(fd, b, 4, 0);
	check_eq(b[0], 'F', "a shared store reaches the file");
	check_eq(v[0], 'F', "and an untouched private page");
	v[1] = 'V';
	pread(fd, b, 4, 0);
	check_eq(b[1], 'i', "a private store does not");
	pwrite(fd, "xyz", 3, 0);
	check(!memcmp(s, "xyze", 4), "write(2) shows in the shared mapping");
	check_eq(v[1], 'V', "not in the private copy");
	check_eq(load_fault(s + PG), SIGBUS, "beyond the file: SIGBUS");
	check_ok(ftruncate(fd, 2 * (off_t)PG), "grow the file");
	check_eq(load_fault(s + PG), 0, "now it can be read");
	s[PG] = 'q';
	check_ok(ftruncate(fd, 2), "shrink it");
	check_eq(load_fault(s + PG), SIGBUS, "the page is gone again");
	check_eq(s[2], 0, "and the tail of the first is zero");
	check_ok(msync(s, PG, MS_SYNC), "msync");
	check_err(EINVAL, msync(s, PG, MS_SYNC | MS_ASYNC), "msync both");
	munmap(s, 2 * PG);
	munmap(v, PG);
	s = mmap(NULL, PG, RW, MAP_SHARED, fd, (off_t)PG);
	check(s != MAP_FAILED, "map wholly beyond the end is allowed");
	munmap(s, PG);
	close(fd);
	unlink("f");
}

/* Pages of a file whose offset has more than 32 bits. */
static void far_in_a_file(void)
{
	const off_t far = 5ll << 30;
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *s, *low, b[4];

	check_ok(pwrite(fd, "far", 3, far), "a file of 5 GiB, with a hole");
	s = mmap(NULL, 2 * PG, RW, MAP_SHARED, fd, far - (off_t)PG);
	check(s != MAP_FAILED, "map its end");
	check(s[PG - 1] == 0 && !memcmp(s + PG, "far", 3), "the contents");
	s[PG] = 'F';
	s[PG - 1] = '<';
	check(pread(fd, b, 4, far - 1) == 4 && !memcmp(b, "<Far", 4),
	      "stores reach the file there");
	low = mmap(NULL, PG, RW, MAP_SHARED, fd, far & 0xffffffff);
	check_eq(low[0], 0, "and not where the low bits would say");
	munmap(low, PG);
	munmap(s, 2 * PG);
	/* so far that its bytes do not fit a word of 32 bits */
	s = mmap(NULL, 255 * PG, RW, MAP_SHARED, fd, 128ll << 30);
	check(s != MAP_FAILED, "map farther than it reaches");
	munmap(s, 255 * PG);
	close(fd);
	unlink("f");
}

static void try_mremap(void)
{
	char *p = five_letters(), *q;

	q = mremap(p, 5 * PG, 3 * PG, 0);
	if (tap_lacks((long)q, "mremap"))
		return;
	check_eq((long)q, (long)p, "mremap shrinks in place");
	check_picture(p, "www..", "the end is gone");
	q = mremap(p, 3 * PG, 4 * PG, 0);
	check_eq((long)q, (long)p, "and grows back into the hole");
	check(pages_hold(p, "ABC0"), "with zeros");
	map_one_over(p, 4, RW);
	check_err(ENOMEM, mremap(p, 4 * PG, 9 * PG, 0),
		  "no room, may not move");
	q = mremap(p, 4 * PG, 300 * PG, MREMAP_MAYMOVE);
	check(q != MAP_FAILED && q != p && pages_hold(q, "ABC0"), "may move");
	check_picture(p, "....", "nothing stays behind");
	p = mremap(q, PG, PG, MREMAP_MAYMOVE | MREMAP_FIXED, q + 299 * PG);
	check(p == q + 299 * PG && *p == 'A', "moved to a fixed place");
	check_err(EINVAL, mremap(q + 1, PG, PG, 0), "unaligned");
	check_err(EINVAL, mremap(q + PG, PG, 0, 0), "to nothing");
	check_err(EINVAL, mremap(q + PG, PG, PG, 64), "unknown flags");
	check_err(EINVAL, mremap(q + PG, 2 * PG, 2 * PG, MREMAP_MAYMOVE |
				 MREMAP_FIXED, q + 2 * PG), "onto itself");
	check_err(EFAULT, mremap(q, PG, 2 * PG, 0), "unmapped");
	munmap(q, 301 * PG);
}

static void advice(void)
{
	char *p = five_letters();

	check_ok(madvise(p + PG, PG, MADV_DONTNEED), "MADV_DONTNEED");
	check(pages_hold(p, "A0CDE"), "the page is zero again");
	check_err(EINVAL, madvise(p, PG, 9999), "unknown advice");
	check_err(EINVAL, madvise(p + 1, PG, MADV_DONTNEED), "unaligned");
	munmap(p + 3 * PG, PG);
	check_err(ENOMEM, madvise(p, 5 * PG, MADV_DONTNEED), "over a hole");
	check(pages_hold(p, "000 0"), "but done on both sides");
	munmap(p, 5 * PG);
}

/* Neighbours with equal rights must be able to be one area again. */
static void split_and_merge(void)
{
	unsigned long n = 1000;
	char *p = anon_pages(n, RW), *q;
	int ok = 1;

	for (unsigned long i = 0; i < n; i += 2)
		ok &= mprotect(p + i * PG, PG, PROT_READ) == 0;
	check(ok, "a thousand areas");
	check_picture(p + 500 * PG, "rwrwrw", "alternating");
	for (unsigned long i = 0; i < n; i += 2)
		ok &= mprotect(p + i * PG, PG, RW) == 0;
	check(ok, "one area again");
	q = mremap(p, n * PG, n * PG, 0);
	if (!tap_lacks((long)q, "mremap"))
		check_eq((long)q, (long)p, "mremap sees one area");
	munmap(p, n * PG);
}

static void address_space_limit(void)
{
	struct rlimit old, r;

	getrlimit(RLIMIT_AS, &old);
	r = (struct rlimit){ 16 << 20, old.rlim_max };
	setrlimit(RLIMIT_AS, &r);
	check_err(ENOMEM, mmap(NULL, 17 << 20, RW, ANON, -1, 0),
		  "RLIMIT_AS");
	setrlimit(RLIMIT_AS, &old);
}

static void execute_right(void)
{
#if defined(__riscv)
	static const unsigned char ret[] = { 0x82, 0x80 };
#elif defined(__aarch64__)
	static const unsigned char ret[] = { 0xc0, 0x03, 0x5f, 0xd6 };
#else
	static const unsigned char ret[] = { 0xc3 };
#endif
	char *p = anon_pages(1, RW);

	memcpy(p, ret, sizeof(ret));
	check_ok(mprotect(p, PG, PROT_READ | PROT_EXEC), "make it code");
	__builtin___clear_cache(p, p + PG);
	check_eq(catch_fault(jump_to, p, NULL), 0, "it runs");
	check_eq(store_fault(p + 100), SIGSEGV, "and cannot be written");
	munmap(p, PG);
}

int main(void)
{
	tap_scratch("mmap");
	literal_call();
	overlaps();
	unmap_and_look();
	protect_cases();
	refuse_mappings();
	map_files();
	far_in_a_file();
	try_mremap();
	advice();
	split_and_merge();
	address_space_limit();
	execute_right();
	tap_scratch_end();
	return tap_done();
}
