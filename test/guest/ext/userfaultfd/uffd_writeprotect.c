/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2), stores to protected pages: a snapshot is taken while the
 * program goes on, and what fork, mprotect and discarding make of protection.
 */
#include "uffd.h"

static int fd;

/* The next store to `at` by another thread: does it ask?  Then let it go on. */
static int asks(char *at, int value)
{
	struct toucher t;
	struct msg m;
	int asked = 0;

	memset(&m, 0, sizeof(m));
	start_touch(&t, at, value);
	while (!t.through && !asked) {
		asked = read(fd, &m, sizeof(m)) == sizeof(m);
		if (!asked)
			usleep(1000);
	}
	if (asked)
		uffd_protect(fd, at - (unsigned long)at % PG, PG, 0);
	thread_join(&t.thread);
	if (asked && (m.flags != 3 ||
		      m.address != (unsigned long)at - (unsigned long)at % PG))
		return -1;
	return t.value == value ? asked : -2;
}

static void calls(char *p)
{
	char *plain = anon_pages(1, RW);
	uint64_t r[4] = { (unsigned long)p, 8 * PG, WP, 0 };

	check_ok(ioctl(fd, REGISTER, r), "registered for stores");
	check(r[3] & 0x40, "WRITEPROTECT is for it");
	check_err(EINVAL, uffd_protect(fd, p, PG, 3), "both modes");
	check_err(EINVAL, uffd_protect(fd, p, PG, 4), "unknown mode");
	check_err(EINVAL, uffd_protect(fd, p + 1, PG, 1), "unaligned");
	check_err(EINVAL, uffd_protect(fd, p, 0, 1), "nothing");
	check_err(ENOENT, uffd_protect(fd, plain, PG, 1), "not registered");
	uffd_register(fd, plain, PG, MISSING);
	check_err(ENOENT, uffd_protect(fd, plain, PG, 1), "for this");
	check_err(EINVAL, uffd_copy(fd, plain, p, PG, 2),
		  "a copy that is protected there");
	check_err(EFAULT, ioctl(fd, WRITEPROTECT, BAD), "bad address");
	munmap(plain, PG);
}

static void states(char *p)
{
	check_eq(asks(p, 1), 0, "a store does not ask at first");
	p[PG] = 1;
	check_ok(uffd_protect(fd, p, 4 * PG, 1), "four pages are protected");
	check_eq(p[0], 1, "a load does not ask");
	check_eq(asks(p, 2), 1, "a store does");
	check_eq(asks(p, 3), 0, "once");
	check_eq(p[4 * PG] = 1, 1, "what is beside is as before");
	check_eq(asks(p + PG, 4), 1, "another page");
	check_ok(uffd_protect(fd, p, 4 * PG, 0), "the protection ends");
	check_eq(asks(p + 2 * PG, 5), 0, "for all");
	uffd_protect(fd, p, 4 * PG, 1);
	check(!mprotect(p, 4 * PG, PROT_READ) && store_fault(p) == SIGSEGV &&
	      !mprotect(p, 4 * PG, RW), "mprotect and back");
	check_eq(asks(p, 6), 1, "is protected still");
	check_eq(asks(p + 4 * PG, 7), 0, "what was not, is not");
	check(!mprotect(p, 8 * PG, PROT_NONE) && !mprotect(p, 8 * PG, RW),
	      "without any rights and back");
	check_eq(asks(p + PG, 6), 1, "is protected");
	check_eq(asks(p + 4 * PG, 8), 0, "is not");
	madvise(p + 2 * PG, PG, MADV_DONTNEED);
	check_eq(asks(p + 2 * PG, 9), 0, "what is discarded is not either");
	check_eq(asks(p + 7 * PG, 1), 0, "nor what was never there");
	check_ok(uffd_protect(fd, p, 8 * PG, 0), "the end");
}

static void in_fork(void *arg)
{
	char *p = arg;

	/* nobody answers for a child */
	p[0] = 50;
	p[PG] = 51;
	_exit(p[0] != 50 || p[PG] != 51);
}

static void forks(char *p)
{
	p[0] = p[PG] = 20;
	uffd_protect(fd, p, PG, 1);
	check_eq(in_child(in_fork, p), 0, "a child stores as it likes");
	check(p[0] == 20 && p[PG] == 20, "to its own pages");
	check_eq(asks(p, 21), 1, "the parent's is protected still");
	check_eq(asks(p + PG, 22), 0, "and the other not");
	uffd_protect(fd, p, 2 * PG, 1);
	check_eq(in_child(in_fork, p), 0, "once more");
	check_eq(asks(p + PG, 23), 1, "protected after the copy");
	uffd_protect(fd, p, 2 * PG, 0);
}

/* What mremap(2) moves is protected no more. */
static void moves(void)
{
	char *p = anon_pages(2, RW), *to = anon_pages(2, RW);

	p[0] = p[PG] = 40;
	uffd_register(fd, p, 2 * PG, WP);
	uffd_protect(fd, p, 2 * PG, 1);
	check(mremap(p, 2 * PG, 2 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
	      to, "protected pages move");
	check_eq(asks(to, 41), 0, "a store there does not ask");
	check(!mprotect(to, 2 * PG, PROT_READ) && !mprotect(to, 2 * PG, RW) &&
	      to[PG] == 40, "mprotect and back");
	check_eq(asks(to + PG, 42), 0, "nor another");
	munmap(to, 2 * PG);
}

static void kernel(char *p)
{
	int pipes[2];

	pipe(pipes);
	write(pipes[1], "k", 1);
	uffd_protect(fd, p, PG, 1);
	check_eq(write(pipes[1], p, 1), 1, "write(2) reads it");
	check_eq(store_fault(p + PG), 0, "a store beside it");
	uffd_protect(fd, p, PG, 0);
	check_eq(read(pipes[0], p, 1), 1, "read(2) stores to it");
	close(pipes[0]);
	close(pipes[1]);
}

/* A page of zeros that was only read, and one that is copied in. */
static void others(void)
{
	char *p = anon_pages(4, RW), *from = anon_pages(1, RW);

	from[0] = 30;
	check_ok(uffd_register(fd, p, 4 * PG, MISSING | WP), "both modes");
	check_ok(uffd_copy(fd, p, from, PG, 2), "copied in protected");
	check_eq(p[0], 30, "it is there");
	check_eq(asks(p, 31), 1, "and asks");
	check_ok(uffd_zero(fd, p + PG, PG, 0), "zeros");
	check_eq(asks(p + PG, 32), 0, "are not protected");
	check_ok(uffd_zero(fd, p + 2 * PG, PG, 0), "others");
	check_ok(uffd_protect(fd, p + 2 * PG, PG, 1), "are");
	check_eq(asks(p + 2 * PG, 33), 1, "and ask");
	uffd_protect(fd, p, PG, 1);
	check_ok(on_range(fd, UNREGISTER, p, 4 * PG), "unregistered");
	check_eq(asks(p, 34), 0, "nothing asks");
	p[3 * PG] = 1;
	munmap(p, 4 * PG);
	munmap(from, PG);
}

/* ---- a snapshot ---------------------------------------------------------- */

#define PAGES 32
static char *memory, *snapshot;
static volatile int over;

/*
 * Each page is saved before its first store since.  Two that store to it at once
 * may ask twice, the second after the first has stored.
 */
static void *saver(void *arg)
{
	char saved[PAGES] = { 0 };
	struct msg m;

	(void)arg;
	while (!over) {
		unsigned page;
		char *at;

		if (read(fd, &m, sizeof(m)) != sizeof(m)) {
			usleep(100);
			continue;
		}
		at = (char *)(unsigned long)m.address;
		page = (unsigned)((at - memory) / PG);
		if (!saved[page])
			memcpy(snapshot + page * PG, at, PG);
		saved[page] = 1;
		uffd_protect(fd, at, PG, 0);
	}
	return NULL;
}

static void *storer(void *arg)
{
	unsigned seed = (unsigned)(long)arg;

	for (int i = 0; i < 500; i++) {
		seed = seed * 1103515245 + 12345;
		memory[seed / 65536 % (PAGES * PG)] = -1;
	}
	return NULL;
}

static void snapshots(void)
{
	struct thread s, t[2];
	int bad = 0;

	memory = anon_pages(PAGES, RW);
	snapshot = anon_pages(PAGES, RW);
	for (unsigned i = 0; i < PAGES * PG; i++)
		memory[i] = snapshot[i] = (char)(i / PG);
	uffd_register(fd, memory, PAGES * PG, WP);
	uffd_protect(fd, memory, PAGES * PG, 1);
	over = 0;
	thread_create(&s, saver, NULL);
	thread_create(&t[0], storer, (void *)1);
	thread_create(&t[1], storer, (void *)2);
	thread_join(&t[0]);
	thread_join(&t[1]);
	over = 1;
	thread_join(&s);
	for (unsigned i = 0; i < PAGES * PG; i++)
		bad += snapshot[i] != (char)(i / PG);
	check_eq(bad, 0, "no page was saved after a store to it");
	munmap(memory, PAGES * PG);
	munmap(snapshot, PAGES * PG);
}

int main(void)
{
	char *p = anon_pages(8, RW);
	uint64_t features = 0;

	fd = uffd_open(O_NONBLOCK);
	if (tap_lacks(fd, "userfaultfd"))
		return tap_done();
	uffd_api(fd, &features);
	if (!(features & FEATURE_WP))
		return tap_skip_all("no write protection on this kernel");
	calls(p);
	states(p);
	forks(p);
	moves();
	kernel(p);
	others();
	snapshots();
	close(fd);
	return tap_done();
}
