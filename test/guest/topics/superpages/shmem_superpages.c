/* SPDX-License-Identifier: MIT */
/*
 * Superpages of files in memory (row C5): a memfd, a file of a tmpfs, and
 * anonymous shared memory, with what reads, writes, cuts and punches the file
 * meanwhile.
 */
#include <sys/mount.h>
#include <thread.h>
#include "audit.h"
#include "superpage.h"

#define HUGE(p, n)	super_kb(p, (n) * super, "ShmemPmdMapped:")
#define KB		((long)(super / 1024))
#define PUNCH		3	/* with KEEP_SIZE */

static int fd;
static const char *folder;	/* of a tmpfs; NULL: a memfd */

static void open_new_file(void)
{
	char path[80];

	if (folder) {
		snprintf(path, sizeof(path), "%s/file", folder);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
		unlink(path);
	} else {
		fd = (int)syscall(SYS_memfd_create, "superpages", 0);
	}
}

static long punch_super(unsigned long pos, unsigned long len)
{
	if (sizeof(long) == 8)
		return syscall(SYS_fallocate, fd, PUNCH, (long)pos, (long)len);
	return syscall(SYS_fallocate, fd, PUNCH, (long)pos, 0l, (long)len, 0l);
}

static char *map_new_file(unsigned n)
{
	char *p;

	open_new_file();
	if (fd < 0 || ftruncate(fd, (off_t)(n * super)))
		tap_bail("a file in memory");
	p = super_map(n, MAP_SHARED, fd);
	super_fill(p, n * super, 1);
	return p;
}

/* Writers may hold a page just then (madvise(2), EAGAIN). */
static int collapse_in_the_end(char *p, unsigned long len)
{
	return eventually(!madvise(p, len, ADV_COLLAPSE) || errno != EAGAIN) ?
		0 : -1;
}

static void leave_mapped_file(char *p, unsigned n)
{
	super_leave(p, n);
	close(fd);
}

static char *map_whole_superfile(unsigned n)
{
	char *p = map_new_file(n);

	check(!collapse_in_the_end(p, n * super) && HUGE(p, n) == (long)n * KB,
	      "%u superpages", n);
	return p;
}

static void collapse_file_when_asked(void)
{
	char *p = map_new_file(2), *q;
	unsigned long word = 0;

	check_eq(HUGE(p, 2), 0, "single pages");
	check_ok(madvise(p, 2 * super, ADV_COLLAPSE), "MADV_COLLAPSE");
	check_eq(HUGE(p, 2), 2 * KB, "two superpages");
	check(super_kb(p, 2 * super, "Rss:") == 2 * KB &&
	      !super_kb(p, 2 * super, "AnonHugePages:"), "of a file");
	check(super_count("/proc/meminfo", "ShmemPmdMapped") >= 2 * KB,
	      "so meminfo says");
	check(super_holds(p, 2 * super, 1), "what was there is there");
	pread(fd, &word, sizeof(word), (off_t)(9 * PG));
	check_eq(word, 10, "read(2) sees it");
	word = 77;
	pwrite(fd, &word, sizeof(word), (off_t)(super + PG));
	check_eq(*(unsigned long *)(p + super + PG), 77, "and it write(2)");
	q = super_map(2, MAP_SHARED, fd);
	check_eq(*(unsigned long *)(q + super + PG), 77, "mapped again");
	*(unsigned long *)(q + super + PG) = super / PG + 2;
	check(super_holds(p, 2 * super, 1), "both are the same memory");
	super_leave(q, 2);
	leave_mapped_file(p, 2);
}

static void private(void)
{
	char *p = map_whole_superfile(1), *q = super_map(1, MAP_PRIVATE, fd);

	check(super_holds(q, super, 1), "a private mapping");
	q[PG] = 9;
	check(super_holds(p, super, 1) && q[PG] == 9, "has its own copy");
	super_leave(q, 1);
	leave_mapped_file(p, 1);
}

/* A system call stores to what is text: instruction fetch is told of it. */
static void collapse_file_text(void)
{
	char *p = map_whole_superfile(1), *q = super_place(1);
	unsigned long word = 10;

	pwrite(fd, &word, sizeof(word), (off_t)(9 * PG));
	if (mmap(q, super, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd,
		 0) != q)
		tap_bail("mmap");
	check(super_holds(q, super, 1), "a superpage of text");
	check_eq(HUGE(q, 1), KB, "it is one");
	super_leave(q, 1);
	leave_mapped_file(p, 1);
}

/* ---- the file changes ---------------------------------------------------- */

static void cut_superpage(void)
{
	unsigned long half = super / 2;
	char *p = map_whole_superfile(2);

	ftruncate(fd, (off_t)(half + 100));
	check_eq(HUGE(p, 2), 0, "cut: no superpage");
	check(super_holds(p, half, 1), "what lies before");
	check(load_fault(p + half + PG) == SIGBUS, "SIGBUS behind the end");
	check(load_fault(p + super) == SIGBUS, "and in the second one");
	ftruncate(fd, (off_t)(2 * super));
	check(p[half] == (char)(half / PG + 1) && !p[half + 100] &&
	      !p[super] && !p[2 * super - 1], "grown again: zeros");
	leave_mapped_file(p, 2);
}

static void punched(void)
{
	char *p = map_whole_superfile(1);

	if (punch_super(4 * PG, PG)) {
		tap_skip("a hole", "fallocate");
		leave_mapped_file(p, 1);
		return;
	}
	check_eq(HUGE(p, 1), 0, "a hole: no superpage");
	check(!p[4 * PG] && !p[5 * PG - 1], "zeros");
	*(unsigned long *)(p + 4 * PG) = 5;
	check(super_holds(p, super, 1), "the rest is there");
	check(!collapse_in_the_end(p, super) && HUGE(p, 1) == KB,
	      "together again");
	check(super_holds(p, super, 1), "and all is there");
	punch_super(0, super);
	check_eq(HUGE(p, 1), 0, "all of it is a hole");
	check(!p[0] && !p[super - 1], "zeros");
	leave_mapped_file(p, 1);
}

/* Bits 15 and 16 of kpageflags say which of a superpage's frames it is. */
static void flag_frames(void)
{
	char *p = map_whole_superfile(1);
	uint64_t first = super_frame(p), head = 1ull << 22 | 1ull << 15,
		 tail = 1ull << 22 | 1ull << 16, both = head | tail;

	if (access("/proc/kpageflags", R_OK)) {
		tap_skip("frames", "kpageflags");
		leave_mapped_file(p, 1);
		return;
	}
	check_eq(super_word_of("/proc/kpageflags", first) & both, head,
		 "kpageflags: the first frame");
	check_eq(super_word_of("/proc/kpageflags", first + 9) & both, tail,
		 "one of the others");
	check_eq(super_word_of("/proc/kpageflags", first + super / PG - 1) &
		 both, tail, "the last one");
	punch_super(4 * PG, PG);
	check_eq(super_word_of("/proc/kpageflags", first + 9) & both, 0,
		 "and after a hole");
	leave_mapped_file(p, 1);
}

static void collapse_over_holes(void)
{
	char *p;

	open_new_file();
	ftruncate(fd, (off_t)super);
	p = super_map(1, MAP_SHARED, fd);
	p[3 * PG] = 3;
	check(!collapse_in_the_end(p, super) && HUGE(p, 1) == KB,
	      "most are missing");
	check(p[3 * PG] == 3 && !p[2 * PG] && !p[super - 1], "zeros");
	leave_mapped_file(p, 1);
	open_new_file();
	ftruncate(fd, (off_t)(super - PG));
	p = super_map(1, MAP_SHARED, fd);
	p[3 * PG] = 3;
	collapse_in_the_end(p, super);
	check(load_fault(p + super - PG) == SIGBUS || HUGE(p, 1) == KB,
	      "a file that is shorter, or a superpage beyond its end");
	leave_mapped_file(p, 1);
}

/* ---- a part of the mapping changes --------------------------------------- */

static void end_part_of_file(char *p, const char *what)
{
	check_eq(HUGE(p, 1), 0, "%s: no superpage", what);
	check(super_holds(p, super / 2, 1), "%s: the rest is there", what);
	leave_mapped_file(p, 1);
}

static void split_files(void)
{
	unsigned long half = super / 2;
	char *p = map_whole_superfile(1);

	mprotect(p + half, PG, PROT_READ);
	end_part_of_file(p, "mprotect");
	p = map_whole_superfile(1);
	munmap(p + half, PG);
	end_part_of_file(p, "munmap");
	p = map_whole_superfile(1);
	madvise(p + half, PG, MADV_DONTNEED);
	check(super_holds(p, super, 1), "MADV_DONTNEED: nothing is lost");
	leave_mapped_file(p, 1);
	p = map_whole_superfile(1);
	mprotect(p, super, PROT_READ);
	check_eq(HUGE(p, 1), KB, "mprotect of all");
	mprotect(p, super, RW);
	p[0] = 1;
	check_eq(HUGE(p, 1), KB, "and back, with a store");
	leave_mapped_file(p, 1);
}

static void store_in_fork(void *arg)
{
	char *p = arg;

	if (!super_holds(p, super, 1))
		_exit(1);
	p[PG + 100] = 5;
	_exit(42);
}

static void fork_superpage(void)
{
	char *p = super_map(1, MAP_SHARED | MAP_ANONYMOUS, -1);

	super_fill(p, super, 1);
	check(!collapse_in_the_end(p, super) && HUGE(p, 1) == KB,
	      "without a file");
	check_eq(in_child(store_in_fork, p), 42 << 8, "a child has it");
	check_eq(p[PG + 100], 5, "and shares it");
	check_eq(HUGE(p, 1), KB, "as it was");
	super_leave(p, 1);
}

/* ---- while threads write ------------------------------------------------- */

static volatile int stop;
static char *area;
static unsigned long stores;

static void *count_in_file(void *arg)
{
	unsigned long n = 0;

	(void)arg;
	do {
		n++;
		for (unsigned long at = 0; at < super; at += PG)
			((volatile unsigned long *)(area + at))[1] = n;
	} while (!stop);
	stores = n;
	return NULL;
}

static void collapse_written_file(void)
{
	struct thread t;
	int same = 1;

	area = map_new_file(1);
	if (thread_create(&t, count_in_file, NULL))
		tap_bail("thread");
	for (int k = 0; k < 20; k++) {
		collapse_in_the_end(area, super);
		mprotect(area + PG, PG, PROT_READ | PROT_WRITE | PROT_EXEC);
		mprotect(area + PG, PG, RW);
		if (k % 4 == 0)
			punch_super(super - PG, PG);
	}
	stop = 1;
	thread_join(&t);
	for (unsigned long at = 0; at < super - PG; at += PG)
		same &= ((unsigned long *)(area + at))[1] == stores;
	check(same, "no store was lost");
	check(super_holds(area, super - PG, 1), "nor what was there");
	leave_mapped_file(area, 1);
}

/* ---- unasked ------------------------------------------------------------- */

static char *touched(int advice)
{
	char *p;

	open_new_file();
	ftruncate(fd, (off_t)super);
	p = super_map(1, MAP_SHARED, fd);
	if (advice)
		madvise(p, super, advice);
	p[2 * PG] = 2;
	return p;
}

static void touch_with_word(const char *word, int advice, long kb)
{
	char *p;

	write_text_file(THP "shmem_enabled", word);
	p = touched(advice);
	check_eq(HUGE(p, 1), kb, "%s%s", word,
		 advice ? ", asked for" : "");
	check(p[2 * PG] == 2 && !p[0], "zeros");
	leave_mapped_file(p, 1);
}

static void switch_shmem(void)
{
	char before[32];

	snprintf(before, sizeof(before), "%s",
		 super_word(THP "shmem_enabled"));
	touch_with_word("never", 0, 0);
	touch_with_word("always", 0, KB);
	touch_with_word("always", ADV_NOHUGE, 0);
	touch_with_word("within_size", 0, KB);
	touch_with_word("advise", 0, 0);
	touch_with_word("advise", ADV_HUGE, KB);
	write_text_file(THP "shmem_enabled", before);
}

/* A mount has a switch of its own; that word goes over it. */
static void forced(void)
{
	char before[32];

	snprintf(before, sizeof(before), "%s",
		 super_word(THP "shmem_enabled"));
	touch_with_word("never", 0, 0);
	touch_with_word("force", 0, KB);
	write_text_file(THP "shmem_enabled", before);
}

/* ---- what is left -------------------------------------------------------- */

/* Whole ones, one in parts, one cut: the child ends with them. */
static void use_files_all_ways(void *arg)
{
	char *p = map_new_file(3), *q = super_map(3, MAP_SHARED, fd);

	(void)arg;
	collapse_in_the_end(p, 3 * super);
	mprotect(p + super, PG, PROT_READ);
	punch_super(2 * super, PG);
	collapse_in_the_end(q, 3 * super);
	p = super_map(1, MAP_SHARED | MAP_ANONYMOUS, -1);
	p[0] = 1;
	collapse_in_the_end(p, super);
}

/* ---- each kind of file --------------------------------------------------- */

static void cases(void)
{
	collapse_file_when_asked();
	private();
	collapse_file_text();
	cut_superpage();
	punched();
	flag_frames();
	collapse_over_holes();
	split_files();
	collapse_written_file();
}

static void of_tmpfs(void)
{
	printf("# in files of a tmpfs\n");
	tap_scratch("shmem_superpages");
	if (mount("none", tap_dir, "tmpfs", 0, NULL)) {
		tap_skip("files of a tmpfs", "no right to mount one");
	} else {
		folder = tap_dir;
		cases();
		forced();
		super_nothing_left(use_files_all_ways);
		folder = NULL;
		check_ok(umount2(tap_dir, 0), "nothing holds the tmpfs");
	}
	tap_scratch_end();
}

int main(void)
{
	if (!super_start())
		return tap_skip_all("the machine has no superpages");
	cases();
	fork_superpage();
	switch_shmem();
	super_nothing_left(use_files_all_ways);
	of_tmpfs();
	return tap_done();
}
