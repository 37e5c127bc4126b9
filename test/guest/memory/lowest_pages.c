/* SPDX-License-Identifier: MIT */
/*
 * The lowest pages are nobody's (rows D3, D5): a null pointer of the kernel's
 * must not lead to memory of a program's.  Every call that chooses or is given
 * a place is asked about them, as root and as a user.
 */
#include "sysv.h"
#include "texts.h"

#define RW	(PROT_READ | PROT_WRITE)
#define FIXED	(MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define NOREPLACE (MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE)
#define DONTUNMAP 4
#define SHM_RND	020000
#define SHM_REMAP 040000

static int segment;
static unsigned long lowest;		/* address that is free to all */

static void find_lowest(void)
{
	long least = text_number("/proc/sys/vm/mmap_min_addr", "");

	if (least < 0)
		tap_bail("mmap_min_addr");
	lowest = (unsigned long)least;
}

/* Volatile, or the compiler knows better than to use an address near zero. */
static void *pointer_to(unsigned long where)
{
	volatile unsigned long w = where;

	return (void *)w;
}

static void *move_to(void *to, int flags)
{
	char *from = anon_pages(1, RW);
	void *p = (void *)syscall(SYS_mremap, from, PG, PG, MREMAP_MAYMOVE |
				  flags, to);

	munmap(from, PG);
	return p;
}

static void attach_at(void *where, int flags, int err, const char *what)
{
	void *p = (void *)syscall(SYS_shmat, segment, where, flags);

	check(err ? p == MAP_FAILED && errno == err :
	      p != MAP_FAILED, "shmat: %s", what);
	if (p != MAP_FAILED)
		syscall(SYS_shmdt, p);
}

/* What is a wish only is raised, or passed over, for everybody. */
static void wishes(void)
{
	char *p = mmap(pointer_to(PG), PG, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	check((unsigned long)p >= lowest && p != MAP_FAILED, "a hint");
	munmap(p, PG);
	p = move_to(pointer_to(PG), DONTUNMAP);
	check((unsigned long)p >= lowest && p != MAP_FAILED,
	      "a hint of mremap's");
	munmap(p, PG);
	p = move_to(NULL, DONTUNMAP);
	check((unsigned long)p >= lowest && p != MAP_FAILED, "none");
	munmap(p, PG);
}

static void touch_below(void *top)
{
	*((volatile char *)top - 1) = 1;
}

/* A stack grows down to there, and no further. */
static void grow_stack_down(void)
{
	unsigned long top = lowest + 2 * PG;
	char *p = mmap(pointer_to(lowest), 3 * PG, RW, NOREPLACE, -1, 0);

	if (p == MAP_FAILED && errno == EEXIST) {
		tap_skip("a growing area", "the program is there");
		return;
	}
	/* Linux has another limit for growth, which it does not tell */
	if (lowest < 0x10000) {
		tap_skip("a growing area", "it may end higher");
		munmap(p, 3 * PG);
		return;
	}
	munmap(p, 3 * PG);
	p = mmap(pointer_to(top), PG, RW, NOREPLACE | MAP_GROWSDOWN, -1, 0);
	check(p == pointer_to(top), "a growing area near the lowest");
	check_eq(catch_fault(touch_below, p, NULL), 0, "grows");
	check_eq(catch_fault(touch_below, p - PG, NULL), 0, "to the end");
	check_eq(catch_fault(touch_below, pointer_to(lowest), NULL), SIGSEGV,
		 "does not grow on");
	munmap(pointer_to(lowest), 3 * PG);
}

static void map_as_user(void)
{
	char *p;

	check_err(EPERM, mmap(NULL, PG, RW, FIXED, -1, 0), "mmap: page 0");
	check_err(EPERM, mmap(pointer_to(lowest - PG), 2 * PG, RW, FIXED, -1,
			      0),
		  "over the border");
	check_err(EPERM, mmap(pointer_to(lowest - PG), PG, RW, NOREPLACE, -1,
			      0),
		  "MAP_FIXED_NOREPLACE");
	check_err(EPERM, mmap(NULL, PG, RW, FIXED | MAP_GROWSDOWN, -1, 0),
		  "MAP_GROWSDOWN");
	check_err(EPERM, move_to(NULL, MREMAP_FIXED), "mremap: page 0");
	check_err(EPERM, move_to(pointer_to(lowest - PG), MREMAP_FIXED),
		  "a higher one");
	check_err(EPERM, move_to(pointer_to(lowest - PG),
				 MREMAP_FIXED | DONTUNMAP),
		  "and the old one stays");
	attach_at(pointer_to(16), SHM_RND, EPERM, "rounded to 0");
	if (lowest > PG) {
		attach_at(pointer_to(lowest - PG), 0, EPERM,
			  "below the lowest");
		attach_at(pointer_to(lowest - 16), SHM_RND, EPERM,
			  "rounded to there");
		attach_at(pointer_to(lowest - PG), SHM_REMAP, EPERM,
			  "SHM_REMAP");
	}
	p = mmap(pointer_to(lowest), PG, RW, NOREPLACE, -1, 0);
	check(p == pointer_to(lowest) || errno == EEXIST,
	      "the first that is free to all");
	if (p != MAP_FAILED)
		munmap(p, PG);
	wishes();
	grow_stack_down();
}

static void as_root(void)
{
	char *p = mmap(NULL, PG, RW, FIXED, -1, 0);

	check(!p && !munmap(p, PG), "root: mmap of page 0");
	p = move_to(NULL, MREMAP_FIXED);
	check(!p && !munmap(p, PG), "mremap to page 0");
	attach_at(pointer_to(16), SHM_RND, 0, "rounded to 0");
	attach_at(pointer_to(16), SHM_RND | SHM_REMAP, EINVAL,
		  "which replaces nothing");
	attach_at(NULL, SHM_REMAP, EINVAL, "no place to replace");
	attach_at(pointer_to(-PG), 0, EINVAL, "round the end");
	wishes();
	grow_stack_down();
}

static void with_segment(void (*all)(void))
{
	segment = syscall(SYS_shmget, IPC_PRIVATE, PG, 0666);
	if (segment < 0)
		tap_bail("shmget");
	all();
	syscall(SYS_shmctl, segment, IPC_RMID, NULL);
}

int main(void)
{
	find_lowest();
	if (geteuid() == 0) {
		with_segment(as_root);
		if (setresuid(1000, 1000, 1000))
			tap_bail("setresuid");
	}
	with_segment(map_as_user);
	return tap_done();
}
