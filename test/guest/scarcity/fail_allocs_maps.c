/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of a call that changes mappings fails in its turn (rows D11,
 * E1, E2, E6): the call says so, and the list of mappings and what is in them
 * are as before.
 */
#include "fail_walk.h"

#define RW	(PROT_READ | PROT_WRITE)
#define PAGES	12
#define LEN	(PAGES * PG)
#define MARK	1000		/* what a page of the file holds, and its number */

static char *p, *mapped;
static size_t mapped_len;	/* elsewhere; 0: within these pages */
static int fd;
static uintptr_t brk_at;

static unsigned *word_of_three(int i)
{
	return (unsigned *)(p + i * PG);
}

/* Three mappings in a row, holes beside them; the last has no rights. */
static void map_three(void)
{
	p = anon_pages(PAGES + 2, RW);
	munmap(p, PG);
	munmap(p + (PAGES + 1) * PG, PG);
	p += PG;
	for (int i = 0; i < PAGES; i++)
		*word_of_three(i) = (unsigned)i + 1;
	mprotect(p + 4 * PG, 4 * PG, PROT_READ);
	mprotect(p + 8 * PG, 4 * PG, PROT_NONE);
	mapped = MAP_FAILED;
	mapped_len = 0;
}

static int three_hold(int from, int to, unsigned more)
{
	for (int i = from; i < to; i++)
		if (*word_of_three(i) != (unsigned)i + more)
			return 0;
	return 1;
}

/* [from, from + n) may be different by now, if it was done. */
static int hold_beside(int err, int from, int n)
{
	mprotect(p + 8 * PG, 4 * PG, PROT_READ);
	return err ? three_hold(0, PAGES, 1) :
		three_hold(0, from, 1) && three_hold(from + n, PAGES, 1);
}

static void unmap_three(int err)
{
	(void)err;
	munmap(p, LEN);
	if (mapped_len)
		munmap(mapped, mapped_len);
}

/* ---- mmap ---------------------------------------------------------------- */

static int map_five_at(char *at, int flags, int file)
{
	mapped = mmap(at, 5 * PG, RW, flags, file, 0);
	mapped_len = at || mapped == MAP_FAILED ? 0 : 5 * PG;
	return mapped == MAP_FAILED ? errno : 0;
}

static int map_private(void)
{
	return map_five_at(NULL, MAP_PRIVATE, fd);
}

static int map_shared(void)
{
	return map_five_at(NULL, MAP_SHARED, fd);
}

static int map_memory(void)
{
	return map_five_at(NULL, MAP_SHARED | MAP_ANONYMOUS, -1);
}

/* The end of one, all of the second, the beginning of the third. */
static int map_over_all(void)
{
	return map_five_at(p + 3 * PG, MAP_PRIVATE | MAP_FIXED, fd) ||
		map_five_at(p + 4 * PG, MAP_SHARED | MAP_FIXED, fd) ? errno : 0;
}

/* In the middle of one, which is cut for it. */
static int map_over_one(void)
{
	return map_five_at(p + 5 * PG, MAP_SHARED | MAP_FIXED, fd);
}

static int map_over_by_memory(void)
{
	return map_five_at(p + 3 * PG, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED,
			   -1);
}

static int all_beside(int err)
{
	return hold_beside(err, 0, 0);
}

static int five_of_file(const unsigned *at)
{
	for (unsigned i = 0; i < 5; i++)
		if (at[i * PG / sizeof(*at)] != MARK + i)
			return 0;
	return 1;
}

static int file_is_there(int err)
{
	return hold_beside(err, 0, 0) &&
		(err || five_of_file((unsigned *)mapped));
}

/* The first of the two calls may have come to pass. */
static int over_all(int err)
{
	if (err && *word_of_three(3) == MARK)
		return three_hold(0, 3, 1) && five_of_file(word_of_three(3));
	return hold_beside(err, 3, 6) && (err ||
					  five_of_file(word_of_three(4)));
}

static int over_one(int err)
{
	return hold_beside(err, 5, 5) && (err ||
					  five_of_file(word_of_three(5)));
}

static int over_by_memory(int err)
{
	return hold_beside(err, 3, 5) && (err ||
					  (!*word_of_three(3) &&
					   !*word_of_three(7)));
}

/* ---- brk ----------------------------------------------------------------- */

static uintptr_t set_break(uintptr_t at)
{
	return (uintptr_t)syscall(SYS_brk, at);
}

/* What lies below the break has other rights: more is another mapping. */
static void end_heap(void)
{
	uintptr_t at = (set_break(0) + PG - 1) & ~(PG - 1);

	brk_at = set_break(at + PG);
	*(unsigned *)at = 44;
	mprotect((void *)at, PG, PROT_READ);
}

/* It has no errno: ENOMEM is what the library makes of it. */
static int grow_heap(void)
{
	return set_break(brk_at + 4 * PG) == brk_at ? ENOMEM : 0;
}

static int good_heap(int err)
{
	return *(unsigned *)(brk_at - PG) == 44 &&
		set_break(0) == brk_at + (err ? 0 : 4 * PG) &&
		(err || !*(char *)(brk_at + 3 * PG));
}

static void shrink_heap(int err)
{
	(void)err;
	set_break(brk_at - PG);
}

/* ---- mremap -------------------------------------------------------------- */

/* Something is in the way of each that grows. */
static int grow_mapping(char *from, size_t old, size_t new)
{
	mapped = mremap(from, old, new, MREMAP_MAYMOVE);
	mapped_len = mapped == MAP_FAILED ? 0 : new;
	return mapped == MAP_FAILED ? errno : 0;
}

static int grow_first(void)
{
	return grow_mapping(p, 4 * PG, LEN);
}

static int move_middle(void)
{
	return grow_mapping(p + 5 * PG, 2 * PG, LEN);
}

static int moved_or_held(int err, int from, int n)
{
	const unsigned *at = (unsigned *)mapped;

	if (err)
		return hold_beside(err, 0, 0);
	for (int i = 0; i < n; i++)
		if (at[i * PG / sizeof(*at)] != (unsigned)(from + i + 1))
			return 0;
	return three_hold(0, from, 1) && three_hold(from + n, 8, 1);
}

static int moved_first(int err)
{
	return moved_or_held(err, 0, 4);
}

static int moved_middle(int err)
{
	return moved_or_held(err, 5, 2);
}

static void map_marked_file(void)
{
	map_three();
	if (mmap(p, 5 * PG, RW, MAP_SHARED | MAP_FIXED, fd, 0) != p)
		tap_bail("mmap");
	*word_of_three(0) = MARK;
}

static int grow_file(void)
{
	return grow_mapping(p + PG, 2 * PG, 4 * PG);
}

static int grown_file(int err)
{
	unsigned *at = (unsigned *)mapped;

	if (err)
		return five_of_file(word_of_three(0));
	return at[0] == MARK + 1 && at[2 * PG / sizeof(*at)] == MARK + 3 &&
		*word_of_three(3) == MARK + 3;
}

/* ---- the others ---------------------------------------------------------- */

static int unmap_middle(void)
{
	return errno_of(munmap(p + 5 * PG, PG));
}

static int protect_middle(void)
{
	return errno_of(mprotect(p + PG, 9 * PG, PROT_READ | PROT_EXEC));
}

static int keep_middle(void)
{
	return errno_of(madvise(p + PG, 9 * PG, 10 /* MADV_DONTFORK */));
}

static int lock_later(void)
{
	return errno_of(syscall(SYS_mlock2, p + PG, 9 * PG, 1));
}

/* Its flag comes before the pages, and stays (mlock(2)). */
static int lock_now(void)
{
	return errno_of(syscall(SYS_mlock, p + PG, 5 * PG));
}

static int one_gone(int err)
{
	return hold_beside(err, 5, 1);
}

static const struct operation operations[] = {
	{ "mmap of a private file", map_three, map_private, ENOMEM, 0,
	  file_is_there, unmap_three, 1 },
	{ "mmap of a shared file", map_three, map_shared, ENOMEM, 0,
	 file_is_there,
	  unmap_three, 1 },
	{ "mmap of shared memory", map_three, map_memory, ENOMEM, 0, all_beside,
	  unmap_three, 1 },
	{ "mmap over three", map_three, map_over_all, ENOMEM, 0, over_all,
	 unmap_three,
	  0 },
	{ "mmap over a part", map_three, map_over_one, ENOMEM, 0, over_one,
	 unmap_three,
	  1 },
	{ "mmap of memory over three", map_three, map_over_by_memory, ENOMEM, 0,
	  over_by_memory, unmap_three, 1 },
	{ "brk", end_heap, grow_heap, ENOMEM, 0, good_heap, shrink_heap, 1 },
	{ "mremap that grows", map_three, grow_first, ENOMEM, 0, moved_first,
	  unmap_three, 1 },
	{ "mremap of a part", map_three, move_middle, ENOMEM, 0, moved_middle,
	  unmap_three, 1 },
	{ "mremap of a file", map_marked_file, grow_file, ENOMEM, 0, grown_file,
	  unmap_three, 1 },
	{ "munmap of a part", map_three, unmap_middle, ENOMEM, 0, one_gone,
	 unmap_three,
	  1 },
	{ "mprotect of parts", map_three, protect_middle, ENOMEM, 0, all_beside,
	  unmap_three, 1 },
	{ "madvise of parts", map_three, keep_middle, EAGAIN, 0, all_beside,
	 unmap_three,
	  1 },
	{ "mlock2 of parts", map_three, lock_later, ENOMEM, 0, all_beside,
	 unmap_three,
	  1 },
	{ "mlock", map_three, lock_now, ENOMEM, EAGAIN, all_beside, unmap_three,
	 0 },
};

int main(void)
{
	if (inject_open())
		return tap_skip_all("no " INJECT);
	tap_scratch("fail_allocs_maps");
	fd = open("f", O_RDWR | O_CREAT, 0600);
	ftruncate(fd, LEN);
	for (unsigned i = 0; i < PAGES; i++) {
		unsigned w = MARK + i;

		if (pwrite(fd, &w, sizeof(w), (off_t)(i * PG)) != sizeof(w))
			tap_bail("pwrite");
	}
	for (int i = 0; i < COUNT(operations); i++)
		operation_walk(&operations[i], 0);
	close(fd);
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
