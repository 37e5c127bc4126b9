/* SPDX-License-Identifier: MIT */
/*
 * Calls on memory with two bad arguments at once: which of the two is told; and
 * ranges that end in a hole or at the end of all numbers (rows B3, D5).
 */
#include "arguments.h"
#include "texts.h"

#define B	BAD_AT
#define P	PAGES_AT
#define G	GONE_AT
#ifdef SYS_mmap2
#define MMAP	SYS_mmap2
#else
#define MMAP	SYS_mmap
#endif
#define SIZE	(long)PG
#define HUGE	(-(long)PG)
#define HUGE_LOG(n)	((unsigned)(n) << 26)

static char buf[256];

static const struct call_row rows[] = {
	{ "mmap: length 0, bad descriptor",
	  MMAP,
	  { 0, 0, 1, 2, 99, 0 },
	  EBADF },
	{ "length 0, bad type", MMAP, { 0, 0, 1, 0x20, -1, 0 }, EINVAL },
	{ "length 0, fixed odd place", MMAP, { 1, 0, 1, 0x32, -1, 0 }, EINVAL },
	{ "past the last page, no such superpage",
	  MMAP,
	  { 0, 1, 1, 0xfc040022, -1, -1 },
	  EINVAL },
	{ "too long, bad type", MMAP, { 0, HUGE, 1, 0x20, -1, 0 }, ENOMEM },
	{ "longest, bad descriptor", MMAP, { 0, -1, 1, 2, 99, 0 }, EBADF },
	{ "fixed odd place, bad type",
	  MMAP,
	  { 1, SIZE, 1, 0x30, -1, 0 },
	  EINVAL },
	{ "fixed above the top, odd",
	  MMAP,
	  { TOP * 64 + 1, SIZE, 1, 0x32, -1, 0 },
	  ENOMEM },
	{ "taken, bad type", MMAP, { P, SIZE, 1, 0x100020, -1, 0 }, EEXIST },
	{ "munmap: odd, nothing", SYS_munmap, { P + 1, 0 }, EINVAL },
	{ "above the top, nothing", SYS_munmap, { TOP, 0 }, EINVAL },
	{ "hole", SYS_munmap, { G, SIZE }, 0 },
	{ "mprotect: odd, unknown right",
	  SYS_mprotect,
	  { P + 1, SIZE, NO_FLAG },
	  EINVAL },
	{ "nothing, unknown right", SYS_mprotect, { P, 0, NO_FLAG }, 0 },
	{ "nothing, odd", SYS_mprotect, { P + 1, 0, 1 }, EINVAL },
	{ "grows both ways, nothing",
	  SYS_mprotect,
	  { P, 0, 0x3000000 },
	  EINVAL },
	{ "hole, unknown right", SYS_mprotect, { G, SIZE, NO_FLAG }, EINVAL },
	{ "round the end, unknown right",
	  SYS_mprotect,
	  { P, HUGE, NO_FLAG },
	  ENOMEM },
	{ "above the top", SYS_mprotect, { TOP, SIZE, 1 }, ENOMEM },
	{ "mremap: bad flag, hole",
	  SYS_mremap,
	  { G, SIZE, SIZE, 64, 0 },
	  EINVAL },
	{ "hole, to nothing", SYS_mremap, { G, SIZE, 0, 1, 0 }, EINVAL },
	{ "hole, onto itself", SYS_mremap, { G, SIZE, SIZE, 3, G }, EFAULT },
	{ "hole, to an odd place",
	  SYS_mremap,
	  { G, SIZE, SIZE, 3, 1 },
	  EFAULT },
	{ "above the top, larger",
	  SYS_mremap,
	  { TOP, SIZE, 2 * SIZE, 1, 0 },
	  EFAULT },
	{ "odd above the top",
	  SYS_mremap,
	  { TOP + 1, SIZE, SIZE, 1, 0 },
	  EINVAL },
	{ "nothing of private memory, too long",
	  SYS_mremap,
	  { P, 0, HUGE, 1, 0 },
	  EINVAL },
	{ "over its end, to an odd place",
	  SYS_mremap,
	  { P, 8 * SIZE, 8 * SIZE, 3, 1 },
	  EINVAL },
	{ "over its end, above the top",
	  SYS_mremap,
	  { P, 8 * SIZE, 8 * SIZE, 3, TOP },
	  EINVAL },
	{ "over its end, larger",
	  SYS_mremap,
	  { P, 8 * SIZE, 9 * SIZE, 1, 0 },
	  EFAULT },
	{ "shrinks over the end of all",
	  SYS_mremap,
	  { P, HUGE, SIZE, 0, 0 },
	  EINVAL },
	{ "madvise: unknown, odd", SYS_madvise, { P + 1, SIZE, 99 }, EINVAL },
	{ "unknown, nothing", SYS_madvise, { P, 0, 99 }, EINVAL },
	{ "odd, nothing", SYS_madvise, { P + 1, 0, 4 }, EINVAL },
	{ "hole, nothing", SYS_madvise, { G, 0, 4 }, 0 },
	{ "round the end", SYS_madvise, { P, HUGE, 4 }, EINVAL },
	{ "above the top", SYS_madvise, { TOP - SIZE, SIZE, 4 }, ENOMEM },
	{ "a hole, memory of no file", SYS_madvise, { G, SIZE, 9 }, ENOMEM },
	{ "memory of no file", SYS_madvise, { P, 4 * SIZE, 9 }, EINVAL },
	{ "msync: bad flag, odd", SYS_msync, { P + 1, SIZE, 64 }, EINVAL },
	{ "both ways, hole", SYS_msync, { G, SIZE, 5 }, EINVAL },
	{ "round the end, both ways", SYS_msync, { P, HUGE, 5 }, EINVAL },
	{ "round the end", SYS_msync, { P, HUGE, 4 }, ENOMEM },
	{ "hole, nothing", SYS_msync, { G, 0, 4 }, 0 },
	{ "hole", SYS_msync, { G, SIZE, 4 }, ENOMEM },
	{ "mlock2: bad flag, hole", SYS_mlock2, { G, SIZE, 2 }, EINVAL },
	{ "mlock: hole", SYS_mlock, { G, SIZE }, ENOMEM },
	{ "hole, nothing", SYS_mlock, { G, 0 }, 0 },
	{ "round the end", SYS_mlock, { P, HUGE }, EINVAL },
	{ "above the top", SYS_mlock, { TOP - SIZE, SIZE }, ENOMEM },
	{ "munlock: hole", SYS_munlock, { G, SIZE }, ENOMEM },
	{ "mlockall: none, bad", SYS_mlockall, { 8 }, EINVAL },
	{ "only when touched", SYS_mlockall, { 4 }, EINVAL },
	{ "mincore: odd, bad vector", SYS_mincore, { P + 1, SIZE, B }, EINVAL },
	{ "hole, bad vector", SYS_mincore, { G, SIZE, B }, ENOMEM },
	{ "hole, vector above the top", SYS_mincore, { G, SIZE, TOP }, EFAULT },
	{ "above the top, bad vector",
	  SYS_mincore,
	  { TOP, SIZE, TOP },
	  ENOMEM },
	{ "nothing, bad vector", SYS_mincore, { P, 0, B }, 0 },
	{ "process_vm_readv: flag, too many",
	  SYS_process_vm_readv,
	  { 1, B, 2000, B, 1, 1 },
	  EINVAL },
	{ "too many, nobody",
	  SYS_process_vm_readv,
	  { NO_PROCESS, B, 2000, B, 1, 0 },
	  EINVAL },
	{ "bad vector, nobody",
	  SYS_process_vm_readv,
	  { NO_PROCESS, B, 1, B, 1, 0 },
	  EFAULT },
	{ "nothing here, too many there",
	  SYS_process_vm_readv,
	  { NO_PROCESS, B, 0, B, 2000, 0 },
	  0 },
	{ "membarrier: flag, unknown", SYS_membarrier, { 99, 1, 0 }, EINVAL },
	{ "not registered, flag", SYS_membarrier, { 8, 2, 0 }, EINVAL },
	{ "not registered", SYS_membarrier, { 8, 0, 0 }, EPERM },
};

/* ---- ranges -------------------------------------------------------------- */

#ifdef SYS_mmap2
#define map_at(fd, flags, page)	\
	raw_syscall(SYS_mmap2, 0, 2 * PG, 0, flags, fd, page)
#else
#define map_at(fd, flags, page)	\
	raw_syscall(SYS_mmap, 0, 2 * PG, 0, flags, fd, (page) * (long)PG)
#endif

static void map_far_pages(void)
{
	int p[2], wide = sizeof(long) == 8;

	pipe(p);
	/* with 64 bits some machines' Linux shifts the offset without its sign */
	if (!wide || !on_other_kernel())
		check_eq(map_at(-1, MAP_PRIVATE | MAP_ANONYMOUS, -1L),
			 -EOVERFLOW,
			 "mmap: pages that end behind the last number");
	check_eq(map_at(p[0], 0, -1L), -EOVERFLOW, "before anything else");
	check_eq(map_at(p[0], 0, (long)(1ULL << (wide ? 50 : 20))),
		 wide ? -EINVAL : -EOVERFLOW, "of what has no size");
	check_eq(map_at(p[0], MAP_PRIVATE | 0x40000, 0L), -EINVAL,
		 "MAP_HUGETLB of a pipe");
	check_eq(map_at(-1, MAP_PRIVATE | MAP_ANONYMOUS | 0x40000 |
			(int)HUGE_LOG(63), 0L), -EINVAL, "of such a size");
	check_eq(map_at(-1, MAP_PRIVATE | MAP_ANONYMOUS | 0x40000 |
			(int)HUGE_LOG(31), 0L), -EINVAL, "nor of 2 GiB");
	close(p[0]);
	close(p[1]);
}

static void lock_up_to_hole(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);

	munmap(p + PG, PG);
	check_eq(raw_syscall(SYS_mlock, p, 3 * PG), -ENOMEM, "mlock: a hole");
	check_eq(text_number("/proc/self/status", "VmLck:"), 4,
		 "what lies before it is locked");
	check_eq(raw_syscall(SYS_munlock, p, 3 * PG), -ENOMEM, "munlock");
	check_eq(text_number("/proc/self/status", "VmLck:"), 0, "likewise");
	mprotect(p, PG, PROT_NONE);
	check_eq(raw_syscall(SYS_mlock, p, PG), -ENOMEM,
		 "pages that do not come");
	munmap(p, 3 * PG);
}

static void lock_nothing(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);

	mprotect(p, 2 * PG, PROT_NONE);
	check_eq(raw_syscall(SYS_mlock, p, 0), 0, "mlock of no bytes");
	check_eq(raw_syscall(SYS_mlock, p + PG, 0), 0, "of a middle");
	check_eq(raw_syscall(SYS_mlock, p + 1, 0), -ENOMEM,
		 "unless they are within a page");
	munmap(p, 3 * PG);
	check_eq(raw_syscall(SYS_mlock, p, 0), 0,
		 "nor is there a hole in none");
	check_eq(raw_syscall(SYS_munlock, p, 0), 0, "munlock");
}

static void read_others_memory(void)
{
	struct { void *at; unsigned long n; } here = { buf, 9 }, none = { 0 };
	struct { void *at; unsigned long n; } odd[2] = { { buf + 1, 0 } };
	int self = (int)raw_syscall(SYS_pidfd_open, getpid(), 0);

	check_eq(raw_syscall(SYS_process_vm_readv, 0, &here, 1, &none, 1, 0),
		 0, "process_vm_readv of nothing of nobody");
	check_eq(raw_syscall(SYS_process_vm_readv, 0, &none, 1, BAD, 1, 0), 0,
		 "or to nowhere");
	check_eq(raw_syscall(SYS_process_vm_readv, 0, &here, 1, &here, 1, 0),
		 -ESRCH, "of nobody");
	here.at = (void *)(~0ul - 3);
	check_eq(raw_syscall(SYS_process_vm_readv, 0, &here, 1, &here, 1, 0),
		 -EFAULT, "to where no memory can be, before who it is");
	check_eq(raw_syscall(SYS_process_madvise, NO_FD, &here, 1, 20, 0),
		 -EFAULT, "process_madvise likewise");
	check_eq(raw_syscall(SYS_process_madvise, self, odd, 2, 3, 0), 0,
		 "where no bytes are it looks at no address");
	close(self);
}

/* At the end of what is there. */
static void fill_half(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);

	munmap(p + PG, PG);
	check_eq(raw_syscall(SYS_getrandom, p + PG - 8, 32, 4), 8,
		 "getrandom: as much as there is room");
	check_eq(raw_syscall(SYS_getrandom, p + PG, 64, 4), -EFAULT, "none");
	check_eq(raw_syscall(SYS_getrandom, -PG, 0, 4), -EFAULT,
		 "nor of nothing in the kernel");
	munmap(p, PG);
}

/* MAP_SHARED_VALIDATE knows what came before it, and this did not. */
static void map_validated(void)
{
	int fd = open("f", O_RDWR);
	char *p = mmap(NULL, 4096, PROT_READ, 3, fd, 0);
	void *q;

	check(p != MAP_FAILED, "MAP_SHARED_VALIDATE");
	munmap(p, 4096);
	errno = 0;
	q = mmap(p, 4096, PROT_READ, 3 | 0x100000, fd, 0);
	check(q == MAP_FAILED && errno == EOPNOTSUPP,
	      "and MAP_FIXED_NOREPLACE");
	q = mmap(p, 4096, PROT_READ, 1 | 0x100000, fd, 0);
	check(q == p, "which MAP_SHARED heeds");
	munmap(p, 4096);
	close(fd);
}

int main(void)
{
	tap_scratch("memory_arguments");
	ask_rows(rows, COUNT(rows));
	map_far_pages();
	lock_up_to_hole();
	lock_nothing();
	read_others_memory();
	fill_half();
	put_file("f", "text", 4, 0600);
	map_validated();
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
