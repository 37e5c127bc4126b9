/* SPDX-License-Identifier: MIT */
/*
 * Frames as programs see them (rows C2, E4, A5): pagemap, kpagecount,
 * kpageflags, clear_refs; who may look, and how.
 */
#include <stdint.h>
#include "numbers.h"

#define PRESENT		63
#define OF_FILE		61
#define EXCLUSIVE	56
#define USER		1000
#define FRAME(e)	((e) << 9 >> 9)

/* Of kpageflags. */
#define F_UPTODATE	3
#define F_SLAB		7
#define F_BUDDY		10
#define F_MMAP		11
#define F_ANON		12
#define F_SWAPBACKED	14
#define F_NOPAGE	20
#define F_PGTABLE	26

static uint64_t frame_entry(int fd, uint64_t i)
{
	uint64_t e = 0;

	if (pread(fd, &e, 8, (off_t)(i * 8)) != 8)
		return ~0ull;
	return e;
}

static uint64_t pagemap_entry(int fd, const volatile void *at)
{
	return frame_entry(fd, (uintptr_t)at / PG);
}

static int bit(uint64_t e, int n)
{
	return e >> n & 1;
}

/* ---- the words ----------------------------------------------------------- */

static void own_pages(int fd)
{
	volatile char *p = anon_pages(3, PROT_READ | PROT_WRITE);
	uint64_t two[2];

	p[PG] = 1;
	check_eq(pagemap_entry(fd, p), 0, "never touched: nothing is there");
	check(bit(pagemap_entry(fd, p + PG), PRESENT) &&
	      !bit(pagemap_entry(fd, p + PG), OF_FILE), "a page of its own");
	check(bit(pagemap_entry(fd, p + PG), EXCLUSIVE),
	      "which nobody else maps");
	check(FRAME(pagemap_entry(fd, p + PG)),
	      "in a frame that root may know");
	check(!p[2 * PG] && bit(pagemap_entry(fd, p + 2 * PG), PRESENT),
	      "one that was read is there");
	check(!bit(pagemap_entry(fd, p + 2 * PG), EXCLUSIVE) &&
	      !bit(pagemap_entry(fd, p + 2 * PG), OF_FILE),
	      "with everybody's zeros");
	check_eq(pread(fd, two, 16, (off_t)((uintptr_t)p / PG * 8)), 16,
		 "two entries at once");
	check(!two[0] && bit(two[1], PRESENT), "one after the other");
	munmap((void *)p, 3 * PG);
	check_eq(pagemap_entry(fd, p + PG), 0, "unmapped: gone");
}

static void file_pages(int fd)
{
	int file = open("page", O_RDWR | O_CREAT, 0600);
	volatile char *shared, *private;

	write(file, "text", 4);
	shared = mmap(NULL, PG, PROT_READ, MAP_SHARED, file, 0);
	private = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	check(shared[0] == 't' && private[0] == 't', "a file mapped twice");
	check(bit(pagemap_entry(fd, shared), OF_FILE) &&
	      bit(pagemap_entry(fd, private), OF_FILE),
	      "both are the file's page");
	check(FRAME(pagemap_entry(fd, shared)) ==
	      FRAME(pagemap_entry(fd, private)) &&
	      !bit(pagemap_entry(fd, shared), EXCLUSIVE), "in one frame");
	private[0] = 'T';
	check(!bit(pagemap_entry(fd, private), OF_FILE) &&
	      bit(pagemap_entry(fd, private), EXCLUSIVE),
	      "written: a copy of its own");
	check(FRAME(pagemap_entry(fd, shared)) !=
	      FRAME(pagemap_entry(fd, private)) &&
	      bit(pagemap_entry(fd, shared), EXCLUSIVE),
	      "in a frame of its own");
	munmap((void *)shared, PG);
	munmap((void *)private, PG);
	close(file);
	unlink("page");
}

static void alignment(const char *path)
{
	int fd = open(path, O_RDONLY);
	char c[16];

	check(fd >= 0, "%s", path);
	check_err(EINVAL, pread(fd, c, 7, 0), "no part of a word");
	check_err(EINVAL, pread(fd, c, 12, 0), "nor one and a half");
	check_err(EINVAL, pread(fd, c, 8, 4), "nor across two");
	check_eq(pread(fd, c, 0, 0), 0, "none at all");
	check_eq(pread(fd, c, 8, 0x7ffffffff0000000ll), 0, "behind the end");
	check_err(EFAULT, pread(fd, BAD, 8, 0), "to nowhere");
	close(fd);
}

/* ---- frames -------------------------------------------------------------- */

struct other {
	volatile char *p;
	int at[2], go[2];
};

/* A store beside the page, so that this process has tables of its own. */
static void wait_beside(void *arg)
{
	struct other *o = arg;
	char c = 0;

	o->p[PG] = 2;
	write(o->at[1], &c, 1);
	read(o->go[0], &c, 1);
}

static void shared_frame(int fd, int count)
{
	struct other o = { .p = anon_pages(2, PROT_READ | PROT_WRITE) };
	uint64_t frame;
	pid_t child;
	int status;
	char c = 0;

	o.p[0] = o.p[PG] = 1;
	frame = FRAME(pagemap_entry(fd, o.p));
	check_eq(frame_entry(count, frame), 1,
		 "a page of one process: one mapping");
	pipe(o.at);
	pipe(o.go);
	child = start_child(wait_beside, &o);
	read(o.at[0], &c, 1);
	check_eq(frame_entry(count, frame), 2, "after fork: two");
	check(FRAME(pagemap_entry(fd, o.p)) == frame &&
	      !bit(pagemap_entry(fd, o.p), EXCLUSIVE),
	      "it is not its own any more");
	check_eq(frame_entry(count, FRAME(pagemap_entry(fd, o.p + PG))), 1,
		 "the one that the child wrote to is");
	o.p[0] = 3;
	check(FRAME(pagemap_entry(fd, o.p)) != frame &&
	      bit(pagemap_entry(fd, o.p), EXCLUSIVE), "written: a copy");
	check_eq(frame_entry(count, frame), 1, "the first one is the child's");
	write(o.go[1], &c, 1);
	waitpid(child, &status, 0);
	munmap((void *)o.p, 2 * PG);
}

static void wait_quietly(void *arg)
{
	struct other *o = arg;
	char c = o->p[5 * PG];

	write(o->at[1], &c, 1);
	read(o->go[0], &c, 1);
}

/*
 * With so many pages a kernel may let both sides have one table: a mapping for
 * each of them all the same.
 */
static void shared_table(int fd, int count)
{
	unsigned long n = 2048;
	struct other o = { .p = anon_pages((int)n, PROT_READ | PROT_WRITE) };
	unsigned long once = 0, wrong = 0, not_own = 0;
	pid_t child;
	int status;
	char c = 0;

	madvise((void *)o.p, n * PG, 15 /* MADV_NOHUGEPAGE */);
	for (unsigned long i = 0; i < n; i++)
		o.p[i * PG] = 1;
	pipe(o.at);
	pipe(o.go);
	child = start_child(wait_quietly, &o);
	read(o.at[0], &c, 1);
	for (unsigned long i = 0; i < n; i += 16) {
		uint64_t e = pagemap_entry(fd, o.p + i * PG);

		once += frame_entry(count, FRAME(e)) != 2 || bit(e, EXCLUSIVE);
	}
	check_eq(once, 0, "each of 2048 pages is mapped twice after fork");
	check_eq(text_number("/proc/self/smaps_rollup",
			     "Private_Dirty:") / 1024,
		 0, "none of them is private");
	for (unsigned long i = 0; i < n; i += 32)
		o.p[i * PG] = 2;
	for (unsigned long i = 0; i < n; i += 16) {
		uint64_t e = pagemap_entry(fd, o.p + i * PG);
		uint64_t want = i % 32 ? 2 : 1;

		wrong += frame_entry(count, FRAME(e)) != want ||
			bit(e, EXCLUSIVE) != (want == 1);
	}
	check_eq(wrong, 0, "of those that are stored to, each has its own");
	write(o.go[1], &c, 1);
	waitpid(child, &status, 0);
	for (unsigned long i = 0; i < n; i += 16) {
		uint64_t e = pagemap_entry(fd, o.p + i * PG);

		not_own += frame_entry(count, FRAME(e)) != 1 ||
			!bit(e, EXCLUSIVE);
	}
	check_eq(not_own, 0, "at the end of the child all are its own");
	munmap((void *)o.p, n * PG);
}

static void flags_of_frames(int fd, int flags)
{
	volatile char *p = anon_pages(1, PROT_READ | PROT_WRITE);
	const void *at;
	uint64_t f, seen = 0, words[512];
	ssize_t n;

	p[0] = 1;
	f = frame_entry(flags, FRAME(pagemap_entry(fd, p)));
	check(bit(f, F_ANON) && bit(f, F_MMAP) && bit(f, F_SWAPBACKED) &&
	      bit(f, F_UPTODATE), "anonymous and mapped");
	check(!bit(f, F_SLAB) && !bit(f, F_BUDDY) && !bit(f, F_NOPAGE),
	      "and nothing else");
	at = (void *)(uintptr_t)shared_frame;
	f = frame_entry(flags, FRAME(pagemap_entry(fd, at)));
	check(bit(f, F_MMAP) && !bit(f, F_ANON), "a page of the program");
	lseek(flags, 0, SEEK_SET);
	while ((n = read(flags, words, sizeof(words))) > 0)
		for (ssize_t i = 0; i < n / 8; i++)
			seen |= words[i];
	check_eq(n, 0, "read to its end");
	check(bit(seen, F_SLAB) && bit(seen, F_BUDDY) && bit(seen, F_PGTABLE) &&
	      bit(seen, F_ANON), "all kinds are among them");
	munmap((void *)p, PG);
}

/* ---- what was used ------------------------------------------------------- */

/* kB referenced of the mapping at p. */
static long referenced(const volatile char *p)
{
	char start[32];
	const char *at;

	slurp("/proc/self/smaps");
	snprintf(start, sizeof(start), "%08lx-", (unsigned long)p);
	at = strstr(text, start);
	at = at ? strstr(at, "Referenced:") : NULL;
	return at ? atol(at + 11) : -1;
}

/*
 * Linux leaves the TLB as it is, so a page may be used without a mark: after
 * fork no TLB has any entry.
 */
static long clear_used_bits(const char *what)
{
	long n = write_text_file("/proc/self/clear_refs", what);

	if (n > 0)
		in_child(do_nothing, NULL);
	return n;
}

static void used_pages(void)
{
	volatile char *p = anon_pages(8, PROT_READ | PROT_WRITE);
	volatile char *f;
	int file = open("page", O_RDWR | O_CREAT, 0600);

	ftruncate(file, PG);
	f = mmap(NULL, PG, PROT_READ, MAP_SHARED, file, 0);
	for (int i = 0; i < 8; i++)
		p[i * PG] = 1;
	check(!f[0] && referenced(f) == 4, "a page of a file was used");
	check_eq(referenced(p), 32, "eight pages were");
	check_eq(clear_used_bits("1\n"), 2, "forgotten");
	check_eq(referenced(p), 0, "none was used since");
	check_eq(referenced(f), 0, "nor the file's");
	check(p[PG] == 1, "one is read");
	p[3 * PG] = 1;
	check_eq(referenced(p), 8, "another written: two");
	if (!on_other_kernel()) {
		write_text_file("/proc/self/clear_refs", "1");
		check(p[PG] == 1, "read once more");
		check_eq(referenced(p), 4, "no CPU keeps what was forgotten");
	}
	check(!f[0], "the file's is read");
	check_eq(clear_used_bits("2"), 1, "anonymous ones only");
	check(referenced(p) == 0 && referenced(f) == 4, "the file's stays");
	p[0] = 1;
	check_eq(clear_used_bits(" 3 "), 3, "those of files only");
	check(referenced(p) == 4 && referenced(f) == 0, "the other stays");
	check_eq(clear_used_bits("4"), 1,
		 "soft-dirty, even where there is none");
	check_eq(referenced(p), 4, "does not forget");
	check(p[PG] == 1 && p[3 * PG] == 1, "what they hold stays");
	munmap((void *)p, 8 * PG);
	munmap((void *)f, PG);
	close(file);
	unlink("page");
}

static void high_water(void)
{
	char *p = anon_pages(1024, PROT_READ | PROT_WRITE);
	long high;

	memset(p, 1, 1024 * PG);
	munmap(p, 1024 * PG);
	high = text_number("/proc/self/status", "VmHWM:");
	check_eq(clear_used_bits("5"), 1, "the high-water mark is let fall");
	check(text_number("/proc/self/status", "VmHWM:") <= high - 3000,
	      "by what was given back");
}

static void wrong_words(void)
{
	static const char *const wrong[] = { "0", "6", "-1", "x", "1x", "",
					     "1 2" };

	for (int i = 0; i < COUNT(wrong); i++)
		check_err(EINVAL, clear_used_bits(*wrong[i] ? wrong[i] : "\n"),
			  "clear_refs: \"%s\"", wrong[i]);
	check_err(ERANGE, clear_used_bits("4294967297"),
		  "nor a number too large");
	check_err(EINVAL, clear_used_bits("-2147483648"), "the least there is");
	check_err(ERANGE, clear_used_bits("-2147483649"), "is not too small");
}

/* ---- rights -------------------------------------------------------------- */

/* Linux has no such file. */
static int has_tables(void)
{
	return access("/proc/self/tables", F_OK) == 0;
}

static void ask_frames_as_user(void *arg)
{
	int *roots = arg, mine;
	volatile char here = 1;

	(void)here;
	tap_failed = 0;
	if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
	    setresuid(USER, USER, USER))
		_exit(1);
	syscall(SYS_prctl, 4, 1, 0, 0, 0);	/* PR_SET_DUMPABLE */
	check(FRAME(pagemap_entry(*roots, &here)),
	      "who opened it may know frames");
	mine = open("/proc/self/pagemap", O_RDONLY);
	check(mine >= 0 && bit(pagemap_entry(mine, &here), PRESENT),
	      "a user sees what is there");
	check_eq(FRAME(pagemap_entry(mine, &here)), 0, "but no frame");
	check_err(EACCES, open("/proc/1/pagemap", O_RDONLY), "of another: no");
	check_err(EACCES, open("/proc/1/clear_refs", O_WRONLY), "nor that");
	check_err(EACCES, open("/proc/kpagecount", O_RDONLY), "kpagecount");
	check_err(EACCES, open("/proc/kpageflags", O_RDONLY), "kpageflags");
	check_eq(clear_used_bits("1"), 1,
		 "its own pages are its own to forget");
	if (has_tables())
		check_err(EACCES, open("/proc/self/tables", O_RDONLY),
			  "its tables have frames");
	_exit(tap_failed);
}

static void restrict_frames(void)
{
	struct stat st;
	pid_t child;
	int status, n;

	check(!stat("/proc/kpageflags", &st) && (st.st_mode & 0777) == 0400,
	      "for root alone");
	check(!stat("/proc/self/clear_refs", &st) &&
	      (st.st_mode & 0777) == 0200, "to be written only");
	n = tap_n;
	child = fork();
	if (!child) {
		int own = open("/proc/self/pagemap", O_RDONLY);

		ask_frames_as_user(&own);
	}
	waitpid(child, &status, 0);
	tap_n = n + 8 + has_tables();	/* the child's points */
	check(status == 0, "the user's points");
}

/* The file outlives what it tells of. */
static void outlive_process(void)
{
	int p[2], fd, status;
	char path[64], c = 0;
	pid_t child;

	pipe(p);
	child = fork();
	if (!child) {
		close(p[1]);
		read(p[0], &c, 1);
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/pagemap", child);
	fd = open(path, O_RDONLY);
	check(bit(pagemap_entry(fd, &path), PRESENT), "a child's pages");
	close(p[0]);
	close(p[1]);
	waitpid(child, &status, 0);
	check_eq(pread(fd, path, 8, 0), 0, "ended: it has none");
	check_eq(pread(fd, path, 7, 3), 0, "and nothing is asked before");
	close(fd);
}

int main(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	int count = open("/proc/kpagecount", O_RDONLY);
	int flags = open("/proc/kpageflags", O_RDONLY);

	tap_scratch("page_frames");
	check(fd >= 0 && count >= 0 && flags >= 0, "three files");
	own_pages(fd);
	file_pages(fd);
	alignment("/proc/self/pagemap");
	alignment("/proc/kpagecount");
	alignment("/proc/kpageflags");
	shared_frame(fd, count);
	shared_table(fd, count);
	flags_of_frames(fd, flags);
	used_pages();
	high_water();
	wrong_words();
	restrict_frames();
	outlive_process();
	tap_scratch_end();
	return tap_done();
}
