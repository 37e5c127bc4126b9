/* SPDX-License-Identifier: MIT */
/*
 * Leaf tables that fork shares (rows D11, E4): whoever changes an entry, and by
 * whatever call, changes it for itself.  Two tables full of pages, each with
 * its number; a child does something to some of them, and then all of its pages
 * and all of the parent's must hold what they should.
 */
#include <sched.h>
#include <sys/uio.h>
#include <thread.h>
#include "filled.h"

/* ---- what a child does: false is a failure ------------------------------- */

static int tables_are_whole(void)
{
	return tables_hold(0, SIZE, 1);
}

static int store_and_check(void)
{
	for (unsigned long i = 0; i < PAGES; i += 16)
		*word_of_page(i) += 7;
	for (unsigned long i = 0; i < PAGES; i++)
		if (*word_of_page(i) != i + 1 + (i % 16 ? 0 : 7))
			return 0;
	return 1;
}

static int unmap_middle_of_tables(void)
{
	return !munmap(p + AT, LEN) && rest_is_whole();
}

static int unmaps_all(void)
{
	return !munmap(p, SIZE) &&
		mmap(p, SIZE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		     -1, 0) == p && !*word_of_page(0) &&
		     !*word_of_page(PAGES - 1);
}

static int drops_part(void)
{
	return !madvise(p + AT, LEN, MADV_DONTNEED) && rest_is_whole() &&
		!*word_of_page(AT / PG) && (*word_of_page(AT / PG) = 9) &&
			rest_is_whole();
}

static int drops_all(void)
{
	return !madvise(p, SIZE, MADV_DONTNEED) && !*word_of_page(0) &&
		!*word_of_page(PAGES / 2) && !*word_of_page(PAGES - 1);
}

/* What the CPU knows of a shared table goes with it. */
static int reads_and_drops(void)
{
	return tables_are_whole() && drops_all();
}

static void on_fault(int sig)
{
	_exit(sig == SIGSEGV ? 42 : 43);
}

static int forbids_part(void)
{
	int status = -1;
	pid_t pid;

	if (mprotect(p + AT, LEN, PROT_READ) || !tables_hold(0, SIZE, 1))
		return 0;
	*word_of_page(AT / PG - 1) = 5;
	*word_of_page((AT + LEN) / PG) = 5;
	signal(SIGSEGV, on_fault);
	pid = fork();
	if (pid == 0) {
		*word_of_page(AT / PG + 3) = 1;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (status != 42 << 8 || mprotect(p + AT, LEN, RW))
		return 0;
	*word_of_page(AT / PG + 3) = 1;
	return tables_hold(AT, 3 * PG, 1);
}

static int moves_part(void)
{
	char *to = mmap(NULL, LEN, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	char *at = p;
	int ok;

	to = mremap(p + AT, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	if (to == MAP_FAILED)
		return errno == ENOSYS;
	ok = rest_is_whole();
	p = to - AT;
	ok &= tables_hold(AT, LEN, 1);
	*word_of_page(AT / PG) = 3;
	p = at;
	return ok;
}

static int maps_a_file_over(void)
{
	int fd = open("/tmp/shared_tables", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int ok = fd >= 0 && !ftruncate(fd, (off_t)LEN) &&
		mmap(p + AT, LEN, RW, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
		p + AT;
	int status = -1;
	pid_t pid;

	unlink("/tmp/shared_tables");
	if (!ok || !rest_is_whole() || *word_of_page(AT / PG))
		return 0;
	*word_of_page(AT / PG + 1) = 4;
	signal(SIGBUS, on_fault);
	pid = fork();
	if (pid == 0) {
		ok = *word_of_page(AT / PG + 1) == 4;
		if (ftruncate(fd, (off_t)PG))
			_exit(1);
		ok &= rest_is_whole();
		if (!ok)
			_exit(2);
		*word_of_page(AT / PG + 1) = 5;		/* gone for both */
		_exit(3);
	}
	waitpid(pid, &status, 0);
	close(fd);
	return status == 43 << 8 && rest_is_whole();
}

static int forks_again(void)
{
	for (unsigned n = 2; n < 6; n++) {
		pid_t pid = fork();

		if (pid < 0)
			return 0;
		if (pid == 0) {
			*word_of_page(n * 100) = n;
			continue;	/* and is the next one's parent */
		} else {
			int status = -1;

			waitpid(pid, &status, 0);
			for (unsigned k = 2; k < 6; k++)
				if (*word_of_page(k * 100) !=
				    (k < n ? k : k * 100 + 1))
					_exit(9);
			if (n > 2)
				_exit(status >> 8);
			return !status;
		}
	}
	_exit(!(*word_of_page(500) == 5 && *word_of_page(400) == 4 &&
		*word_of_page(300) == 3 &&
		*word_of_page(200) == 2));
}

static const struct {
	const char *name;
	int (*act)(void);
} acts[] = {
	{ "reads all", tables_are_whole },
		{ "stores to some", store_and_check },
	{ "unmaps a part", unmap_middle_of_tables },
		{ "unmaps all", unmaps_all },
	{ "gives a part back", drops_part }, { "gives all back", drops_all },
	{ "reads all and gives all back", reads_and_drops },
	{ "forbids stores to a part", forbids_part },
	{ "moves a part", moves_part },
	{ "maps a file over a part", maps_a_file_over },
	{ "forks, and so do they", forks_again },
};

/* The parent acts beside a child, too, and then the child looks. */
static void act_both_ways(void)
{
	for (int i = 0; i < COUNT(acts); i++) {
		int go[2], status = -1;
		pid_t pid;
		char c;

		pid = fork();
		if (pid == 0)
			_exit(!acts[i].act());
		waitpid(pid, &status, 0);
		check(!status && tables_hold(0, SIZE, 1),
		      "a child %s: the parent has what it had", acts[i].name);
		if (pipe(go))
			tap_bail("pipe");
		pid = fork();
		if (pid == 0) {
			/* who acts has a child that looks afterwards */
			pid_t looks = fork();

			if (looks == 0) {
				close(go[1]);
				read(go[0], &c, 1);
				_exit(!tables_hold(0, SIZE, 1));
			}
			close(go[0]);
			status = !acts[i].act();
			close(go[1]);
			waitpid(looks, &go[0], 0);
			_exit(status || go[0]);
		}
		close(go[0]);
		close(go[1]);
		status = -1;
		waitpid(pid, &status, 0);
		check(!status && tables_hold(0, SIZE, 1),
		      "a parent %s: its child has what it had", acts[i].name);
	}
}

/* ---- advice for forks, debuggers, other kinds of children ---------------- */

static void advise_for_forks(void)
{
	int status = -1;
	pid_t pid;

	if (madvise(p + AT, LEN, MADV_WIPEONFORK)) {
		tap_skip("advice for forks", "advice");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(!(rest_is_whole() && !*word_of_page(AT / PG) &&
			!*word_of_page((AT + LEN) / PG - 1)));
	waitpid(pid, &status, 0);
	check(!status && tables_hold(0, SIZE, 1),
	      "a part is wiped for the child");
	madvise(p + AT, LEN, MADV_KEEPONFORK);
	madvise(p + AT, LEN, MADV_DONTFORK);
	pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, on_fault);
		if (rest_is_whole())
			*word_of_page(AT / PG) = 1;
		_exit(0);
	}
	waitpid(pid, &status, 0);
	check(status == 42 << 8 && tables_hold(0, SIZE, 1),
	      "a part is not there for the child");
	madvise(p + AT, LEN, MADV_DOFORK);
}

static void store_from_outside(void)
{
	unsigned value = 77, got = 0;
	struct iovec here = { &value, sizeof(value) }, there;
	int go[2], status = -1;
	pid_t pid;
	char c;

	if (pipe(go))
		tap_bail("pipe");
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		read(go[0], &c, 1);
		_exit(!(*word_of_page(AT / PG) == 77 && rest_is_whole() &&
			tables_hold(AT + PG, LEN - PG, 1)));
	}
	close(go[0]);
	there = (struct iovec){ word_of_page(AT / PG), sizeof(value) };
	if (syscall(SYS_process_vm_writev, pid, &here, 1, &there, 1, 0) != 4) {
		int fd;
		char name[64];

		snprintf(name, sizeof(name), "/proc/%d/mem", pid);
		fd = open(name, O_RDWR);
		pwrite(fd, &value, 4,
		       (off_t)(unsigned long)word_of_page(AT / PG));
		close(fd);
	}
	here.iov_base = &got;
	there.iov_base = word_of_page(AT / PG + 1);
	if (syscall(SYS_process_vm_readv, pid, &here, 1, &there, 1, 0) != 4)
		got = (unsigned)(AT / PG + 2);
	close(go[1]);
	waitpid(pid, &status, 0);
	check(!status && tables_hold(0, SIZE, 1) && got == AT / PG + 2,
	      "a store to a child's memory from outside is the child's alone");
}

static int stores_for_parent(void *arg)
{
	*word_of_page(5) = 99;
	return 0;
}

static void in_one_space(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	int status = -1;
	pid_t before = fork(), pid;

	if (before == 0) {
		usleep(20000);
		_exit(!tables_hold(0, SIZE, 1));
	}
	pid = (pid_t)__clone(stores_for_parent, stack + sizeof(stack),
		      CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
	waitpid(pid, NULL, 0);
	check_eq(*word_of_page(5), 99,
		 "what a child of vfork stores is the parent's");
	*word_of_page(5) = 6;
	waitpid(before, &status, 0);
	check_eq(status, 0, "and not another child's");
}

/* ---- threads ------------------------------------------------------------- */

#define THREADS 3

static volatile int stop;

/* Counts up in every 8th page, all of them equal but for one step. */
static void *count_in_turn(void *arg)
{
	unsigned long first = (unsigned long)arg, i;
	unsigned n = 0;

	while (!stop) {
		n++;
		for (i = first; i < PAGES; i += 8)
			*(volatile unsigned *)word_of_page(i) = n;
	}
	return (void *)(unsigned long)n;
}

/* A copy is of one moment: first n, then n - 1, and stays so. */
static int is_snapshot(unsigned long first)
{
	unsigned n = *word_of_page(first);
	int stepped = 0;

	for (unsigned long i = first; i < PAGES; i += 8) {
		if (*word_of_page(i) == n)
			continue;
		if (stepped || *word_of_page(i) != n - 1)
			return 0;
		n--;
		stepped = 1;
	}
	return 1;
}

static void store_in_threads(void)
{
	struct thread t[THREADS];
	int bad = 0, status;

	for (unsigned long k = 0; k < THREADS; k++)
		for (unsigned long i = k; i < PAGES; i += 8)
			*word_of_page(i) = 0;
	for (unsigned long k = 0; k < THREADS; k++)
		if (thread_create(&t[k], count_in_turn, (void *)k))
			tap_bail("thread");
	for (int round = 0; round < 20; round++) {
		pid_t pid = fork();

		if (pid == 0) {
			int ok = 1;

			for (unsigned long k = 0; k < THREADS; k++)
				ok &= is_snapshot(k);
			*word_of_page(1007) = 1;
			for (unsigned long k = 0; k < THREADS; k++)
				ok &= is_snapshot(k);
			_exit(!ok);
		}
		status = -1;
		waitpid(pid, &status, 0);
		bad += status != 0;
	}
	stop = 1;
	check_eq(bad, 0, "children of a process whose threads store are copies "
		 "of a moment");
	bad = 0;
	for (unsigned long k = 0; k < THREADS; k++) {
		unsigned n = (unsigned)(unsigned long)thread_join(&t[k]);

		for (unsigned long i = k; i < PAGES; i += 8)
			bad += *word_of_page(i) != n;
	}
	check_eq(bad, 0, "and no store of theirs is lost");
	fill_tables(1);
}

int main(void)
{
	map_filled();
	act_both_ways();
	advise_for_forks();
	store_from_outside();
	in_one_space();
	store_in_threads();
	check(tables_hold(0, SIZE, 1), "all is as it was");
	return tap_done();
}
