/* SPDX-License-Identifier: MIT */
/*
 * Demand paging and copy-on-write: untouched memory costs nothing and reads
 * as zero; after fork each side sees its own stores and no others, on every
 * page, however it was forked and whoever writes first (rows E3, E4).
 */
#include <sys/resource.h>
#include <sys/uio.h>
#include "texts.h"

#define PR_SET_THP_DISABLE 41
#define RW	(PROT_READ | PROT_WRITE)
#define N	300UL		/* pages: more than one leaf table's share */

static int all_are(const char *p, char c)
{
	for (unsigned long i = 0; i < N; i++)
		if (p[i * PG] != c || p[i * PG + PG - 1] != c)
			return 0;
	return 1;
}

static void fill_pages(char *p, char c)
{
	for (unsigned long i = 0; i < N; i++)
		p[i * PG] = p[i * PG + PG - 1] = c;
}

static void demand(void)
{
	char *p = anon_pages(N, RW);
	long before, after;

	check(all_are(p, 0), "untouched memory reads as zero");
	munmap(p, N * PG);
	p = mmap(NULL, 100 * N * PG, RW, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_NORESERVE, -1, 0);	/* more than a small machine has */
	if (p == MAP_FAILED)
		tap_bail("mmap");
	syscall(SYS_prctl, PR_SET_THP_DISABLE, 1, 0, 0, 0);
	before = resident_pages();
	for (unsigned long i = 0; i < N; i++)
		p[i * 100 * PG] = 1;
	after = resident_pages();
	if (before < 0)
		tap_skip("resident pages follow stores", "no /proc");
	else
		check(after - before >= (long)N - 64 &&
		      after - before <= (long)N + 64,
		      "resident pages follow stores (%ld, want %lu)",
		      after - before, N);
	syscall(SYS_prctl, PR_SET_THP_DISABLE, 0, 0, 0, 0);
	munmap(p, 100 * N * PG);
}

struct side {
	char *p;
	int up[2], down[2];
};

static void tell_other_side(int fd)
{
	write(fd, "", 1);
}

static void hear_other_side(int fd)
{
	char c;

	read(fd, &c, 1);
}

/* Parent stores first, then the child; each checks after each step. */
static void child_side(struct side *s)
{
	if (!all_are(s->p, 'a'))
		_exit(1);
	tell_other_side(s->up[1]);
	hear_other_side(s->down[0]);		/* the parent wrote 'p' */
	if (!all_are(s->p, 'a'))
		_exit(2);
	fill_pages(s->p, 'c');
	tell_other_side(s->up[1]);
	hear_other_side(s->down[0]);
	_exit(all_are(s->p, 'c') ? 0 : 3);
}

static void isolation(void)
{
	struct side s = { .p = anon_pages(N, RW) };
	pid_t pid;
	int st;

	fill_pages(s.p, 'a');
	pipe(s.up);
	pipe(s.down);
	pid = fork();
	if (pid == 0)
		child_side(&s);
	hear_other_side(s.up[0]);
	fill_pages(s.p, 'p');
	tell_other_side(s.down[1]);
	hear_other_side(s.up[0]);
	check(all_are(s.p, 'p'), "the child's stores do not show here");
	fill_pages(s.p, 'q');
	tell_other_side(s.down[1]);
	waitpid(pid, &st, 0);
	check_eq(st, 0, "the parent's stores do not show there");
	check(all_are(s.p, 'q'), "the parent keeps its own");
	for (int i = 0; i < 2; i++) {
		close(s.up[i]);
		close(s.down[i]);
	}
	munmap(s.p, N * PG);
}

/* A chain of forks: generation k must see what k-1 wrote, page by page. */
static int generations(char *p, int depth)
{
	int st;
	pid_t pid;

	for (unsigned long i = (unsigned long)depth; i < N; i += 7)
		p[i * PG] = (char)depth;
	if (depth == 6)
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(generations(p, depth + 1));
	for (unsigned long i = (unsigned long)depth; i < N; i += 7)
		if (p[i * PG] != depth)
			return 1;
	for (unsigned long i = (unsigned long)depth + 1; i < N; i += 7)
		if (p[i * PG] != 0)
			return 2;
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : 9;
}

static void store_by_kernel(void *arg)
{
	char *p = arg;
	struct iovec v[2] = { { p, 10 }, { p + 3 * PG - 5, 10 } };
	int fd[2];

	pipe(fd);
	write(fd[1], "01234567890123456789", 20);
	_exit(readv(fd[0], v, 2) == 20 && p[0] == '0' && p[3 * PG] == '5'
	      ? 0 : 1);
}

static void kernel_stores(void)
{
	char *p = anon_pages(N, RW);

	fill_pages(p, 'k');
	check_eq(in_child(store_by_kernel, p), 0,
		 "read(2) in the child breaks the sharing too");
	check(all_are(p, 'k'), "nothing reached the parent");
	munmap(p, N * PG);
}

static void shared_stays_shared(void)
{
	char *p = mmap(NULL, N * PG, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int st;

	fill_pages(p, 'a');
	pid = fork();
	if (pid == 0) {
		fill_pages(p, 's');
		_exit(0);
	}
	waitpid(pid, &st, 0);
	check(all_are(p, 's'), "MAP_SHARED: stores cross the fork");
	munmap(p, N * PG);
}

static void protect_child(void *arg)
{
	char *p = arg;

	if (mprotect(p, N * PG, PROT_READ) || store_fault(p) != SIGSEGV)
		_exit(1);
	if (mprotect(p, N * PG, RW) || store_fault(p + PG))
		_exit(2);
	if (munmap(p, 10 * PG) || load_fault(p) != SIGSEGV)
		_exit(3);
	if (madvise(p + 10 * PG, 10 * PG, MADV_DONTNEED) || p[15 * PG])
		_exit(4);
	_exit(p[30 * PG] == 'a' ? 0 : 5);
}

/* Operations on tables in the child must not reach the parent's. */
static void change_in_child(void)
{
	char *p = anon_pages(N, RW);

	fill_pages(p, 'a');
	check_eq(in_child(protect_child, p), 0,
		 "mprotect, munmap, DONTNEED act in the child");
	check(all_are(p, 'a'), "the parent's memory is as it was");
	check_eq(store_fault(p), 0, "and writable");
	munmap(p, N * PG);
}

static void read_only_stays(void)
{
	char *p = anon_pages(N, RW);

	fill_pages(p, 'a');
	mprotect(p, N * PG, PROT_READ);
	check_eq(in_child(do_nothing, NULL), 0, "fork of read-only memory");
	check_eq(store_fault(p), SIGSEGV, "fork does not make it writable");
	check_eq(store_fault((char *)"text"), SIGSEGV, "constants neither");
	munmap(p, N * PG);
}

static void exit_orders(void)
{
	char *p = anon_pages(N, RW);
	pid_t pid[8];
	int st, bad = 0;

	for (int round = 0; round < 8; round++) {
		fill_pages(p, (char)('0' + round));
		pid[round] = fork();
		if (pid[round] == 0) {
			usleep((unsigned int)(8 - round) * 2000);
			_exit(!all_are(p, (char)('0' + round)));
		}
	}
	for (int i = 0; i < 8; i++) {
		waitpid(pid[i], &st, 0);
		bad |= st;
	}
	check_eq(bad, 0, "eight children, eight snapshots");
	munmap(p, N * PG);
}

static void fork_advice(void)
{
	char *p = anon_pages(2, RW);
	pid_t pid;
	int st;

	p[0] = p[PG] = 'a';
	/* memory_flags sees to it that a kernel which has them takes them */
	if (madvise(p, PG, MADV_DONTFORK) ||
	    madvise(p + PG, PG, MADV_WIPEONFORK)) {
		tap_skip("MADV_DONTFORK and MADV_WIPEONFORK", "advice");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(load_fault(p) == SIGSEGV && p[PG] == 0 ? 0 : 1);
	waitpid(pid, &st, 0);
	check_eq(st, 0, "MADV_DONTFORK and MADV_WIPEONFORK");
	check(p[0] == 'a' && p[PG] == 'a', "the parent keeps both");
	munmap(p, 2 * PG);
}

/* Pages that one entry maps in the parent, of which the child gets some. */
static void fork_advice_within_a_superpage(void)
{
	const unsigned long big = 4ul << 20;
	char *map = anon_pages(2 * big / PG, RW);
	char *p = map + (-(unsigned long)map & (big - 1));
	pid_t pid;
	int st;

	memset(p, 'a', big);
	if (madvise(p + PG, PG, MADV_WIPEONFORK) ||
	    madvise(p + 3 * PG, PG, MADV_DONTFORK)) {
		tap_skip("advice for fork within a superpage", "advice");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(p[0] == 'a' && p[PG] == 0 && p[2 * PG] == 'a' &&
		      load_fault(p + 3 * PG) == SIGSEGV &&
		      p[4 * PG] == 'a' && p[big - 1] == 'a' ? 0 : 1);
	waitpid(pid, &st, 0);
	check_eq(st, 0, "advice for fork within a superpage");
	check(p[PG] == 'a' && p[3 * PG] == 'a', "the parent keeps all");
	munmap(map, 2 * big);
}

int main(void)
{
	char *p;

	demand();
	isolation();
	p = anon_pages(N, RW);
	check_eq(generations(p, 0), 0, "seven generations");
	munmap(p, N * PG);
	kernel_stores();
	shared_stays_shared();
	change_in_child();
	read_only_stays();
	exit_orders();
	fork_advice();
	fork_advice_within_a_superpage();
	return tap_done();
}
