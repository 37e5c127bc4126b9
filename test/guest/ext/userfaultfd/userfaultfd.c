/* SPDX-License-Identifier: MIT */
/*
 * userfaultfd(2), pages that are missing: what the calls take and refuse, what
 * a message says, who waits for what, and what ends the wait.
 */
#include "uffd.h"

/* ---- the calls ----------------------------------------------------------- */

static void opening(void)
{
	uint64_t a[3] = { 0xab, 0, 5 }, features = 0;
	char *p = anon_pages(2, RW), buf[64];
	int fd = uffd_open(O_CLOEXEC);
	struct pollfd poller = { .events = POLLIN };

	check(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC, "a descriptor");
	check_eq(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY, "which is read");
	check_err(EINVAL, uffd_open(2), "unknown flag");
	check_err(EINVAL, read(fd, buf, 64), "read before UFFDIO_API");
	check_err(EINVAL, uffd_register(fd, p, PG, MISSING), "register, too");
	poller.fd = fd;
	check(poll(&poller, 1, 0) == 1 && poller.revents == POLLERR,
	      "nor is there anything to poll");
	check_err(EINVAL, ioctl(fd, API, a), "another API");
	check(!a[0] && !a[2], "is told by zeros");
	features = 1ull << 60;
	check_err(EINVAL, uffd_api(fd, &features), "unknown feature");
	check_err(EFAULT, ioctl(fd, API, BAD), "API at a bad address");
	features = 0;
	check_ok(uffd_api(fd, &features), "UFFDIO_API");
	check(!(features & 1ull << 60), "tells the features there are");
	check_err(EINVAL, uffd_api(fd, &features), "but once");
	check_err(EINVAL, ioctl(fd, 0xaa77, p), "unknown request");
	check(poll(&poller, 1, 0) == 1 && poller.revents == POLLERR,
	      "a blocking descriptor cannot be polled");
	check_err(EINVAL, read(fd, buf, 31), "no room for a message");
	close(fd);
	munmap(p, 2 * PG);
}

static void registering(void)
{
	char *p = anon_pages(4, RW);
	uint64_t r[4] = { (unsigned long)p, 2 * PG, MISSING, 0 };
	int fd = uffd_new(O_NONBLOCK, 0), fd2 = uffd_new(0, 0), f;
	char buf[32];

	check_err(EINVAL, uffd_register(fd, p, PG, 0), "no mode");
	check_err(EINVAL, uffd_register(fd, p, PG, 8), "unknown mode");
	check_err(EINVAL, uffd_register(fd, p, PG, 4), "minor faults");
	check_err(EINVAL, uffd_register(fd, p + 1, PG, MISSING), "unaligned");
	check_err(EINVAL, uffd_register(fd, p, 1, MISSING), "half a page");
	check_err(EINVAL, uffd_register(fd, p, 0, MISSING), "nothing");
	check_err(EINVAL, uffd_register(fd, (void *)-PG, PG, MISSING), "top");
	check_err(EINVAL, uffd_register(fd, NULL, PG, MISSING), "null");
	check_err(EFAULT, ioctl(fd, REGISTER, BAD), "at a bad address");
	check_ok(ioctl(fd, REGISTER, r), "registered");
	check_eq(r[3] & 0x1c, 0x1c, "COPY, ZEROPAGE and WAKE are for it");
	check_ok(ioctl(fd, REGISTER, r), "and once more");
	check_err(EBUSY, uffd_register(fd2, p + PG, PG, MISSING), "another's");
	check_err(EAGAIN, read(fd, buf, 32), "nobody has asked");
	f = open(tap_self, O_RDONLY);
	/* Linux takes files in memory, but not those that are read-only */
	check(uffd_register(fd, mmap(p + 3 * PG, PG, PROT_READ,
		MAP_SHARED | MAP_FIXED, f, 0), PG, MISSING) == -1 &&
	      (errno == EINVAL || errno == EPERM), "a file");
	close(f);
	check_err(EINVAL, on_range(fd, UNREGISTER, p + 1, PG), "unaligned");
	check_ok(on_range(fd, UNREGISTER, p, PG), "unregistered");
	check_eq(p[0], 0, "the kernel fills it");
	check_ok(on_range(fd, UNREGISTER, p, 3 * PG), "all");
	check_eq(p[PG], 0, "and that");
	check_ok(uffd_register(fd2, p, 2 * PG, MISSING), "now another may");
	close(fd2);
	close(fd);
	munmap(p, 4 * PG);
}

static void filling(void)
{
	char *p = anon_pages(8, RW), *from = anon_pages(4, RW), *ro, *rx;
	int fd = uffd_new(0, 0);

	memset(from, 'x', 4 * PG);
	check_err(ENOENT, uffd_copy(fd, p, from, PG, 0), "not registered");
	check_eq(uffd_done, -ENOENT, "is told in the structure as well");
	uffd_register(fd, p, 7 * PG, MISSING);
	check_ok(uffd_copy(fd, p, from, 2 * PG, 0), "two pages");
	check_eq(uffd_done, 2 * PG, "as many bytes");
	check(p[0] == 'x' && p[2 * PG - 1] == 'x', "are there");
	p[0] = 'y';
	check_eq(from[0], 'x', "and are a copy");
	check_err(EEXIST, uffd_copy(fd, p, from, PG, 0), "it is there already");
	check_eq(uffd_done, -EEXIST, "and stays");
	check_ok(uffd_copy(fd, p + 3 * PG, from, PG, 0), "another");
	check_err(EAGAIN, uffd_copy(fd, p + 2 * PG, from, 2 * PG, 0),
		  "up to one that is there");
	check_eq(uffd_done, PG, "one was copied");
	check_err(ENOENT, uffd_copy(fd, p + 6 * PG, from, 2 * PG, 0),
		  "beyond what is registered");
	check_err(EINVAL, uffd_copy(fd, p + 1, from, PG, 0), "unaligned");
	check_ok(uffd_copy(fd, p + 4 * PG, from + 1, PG, 0), "odd source");
	check_err(EINVAL, uffd_copy(fd, p, from, 0, 0), "nothing");
	check_err(EINVAL, uffd_copy(fd, p, from, PG, 4), "unknown mode");
	check_err(EFAULT, uffd_copy(fd, p + 5 * PG, BAD, PG, 0), "bad source");
	check_err(EINVAL, uffd_zero(fd, p + 5 * PG, PG, 2), "unknown mode");
	check_ok(uffd_zero(fd, p + 5 * PG, PG, 0), "a page of zeros");
	check(uffd_done == (int64_t)PG && !p[5 * PG], "is there");
	p[5 * PG] = 1;
	check_err(EEXIST, uffd_zero(fd, p + 5 * PG, PG, 0), "already");
	check_err(EFAULT, ioctl(fd, COPY, BAD), "copy at a bad address");
	check_err(EFAULT, ioctl(fd, ZEROPAGE, BAD), "zeros, too");
	check_err(EFAULT, ioctl(fd, WAKE, BAD), "and wake");
	check_err(EINVAL, on_range(fd, WAKE, p + 1, PG), "wake between pages");
	check_ok(on_range(fd, WAKE, p, PG), "nobody to wake");
	check(uffd_zero(fd, p + 6 * PG, PG, 0) == 0 &&
	      mprotect(p + 6 * PG, PG, PROT_READ) == 0 &&
	      store_fault(p + 6 * PG) == SIGSEGV, "rights are the mapping's");
	ro = anon_pages(1, PROT_READ);
	uffd_register(fd, ro, PG, MISSING);
	check(!uffd_copy(fd, ro, from, PG, 0) && *ro == 'x' &&
	      store_fault(ro) == SIGSEGV, "also of a read-only one");
	check_ok(mprotect(ro, PG, RW), "which becomes writable");
	check(!store_fault(ro) && ro[1] == 'x', "by a copy");
	munmap(ro, PG);
	rx = anon_pages(1, PROT_READ | PROT_EXEC);
	uffd_register(fd, rx, PG, MISSING);
	check(!uffd_copy(fd, rx, from, PG, 0) && *rx == 'x', "and of text");
	munmap(rx, PG);
	munmap(p, 8 * PG);
	munmap(from, 4 * PG);
	close(fd);
}

/* ---- questions ----------------------------------------------------------- */

static void messages(void)
{
	char *p = anon_pages(4, RW), *from = anon_pages(1, RW);
	int fd = uffd_new(O_NONBLOCK, 0);
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	struct toucher t;
	struct msg m[2];

	uffd_register(fd, p, 4 * PG, MISSING);
	check_eq(poll(&poller, 1, 0), 0, "nobody asks");
	start_touch(&t, p + PG + 5, 0);
	check(poll(&poller, 1, -1) == 1 && poller.revents == POLLIN,
	      "somebody does");
	check_eq(read(fd, m, sizeof(m)), sizeof(m[0]), "one message");
	check(m[0].event == 0x12 && m[0].address == (unsigned long)p + PG &&
	      !m[0].flags && !m[0].tid, "of a load");
	check_eq(poll(&poller, 1, 0), 0, "it is read");
	check_err(EAGAIN, read(fd, m, 32), "once");
	check(!t.through, "the thread waits");
	from[5] = 55;
	check_ok(uffd_copy(fd, p + PG, from, PG, DONTWAKE), "filled");
	check(!t.through, "it is not woken");
	check_ok(on_range(fd, WAKE, p + PG, PG), "woken");
	thread_join(&t.thread);
	check_eq(t.value, 55, "it sees what was filled in");
	start_touch(&t, p, 9);
	poll(&poller, 1, -1);
	check(read(fd, m, sizeof(m)) == 32 && m[0].flags == 1, "a store");
	uffd_zero(fd, p, PG, 0);
	thread_join(&t.thread);
	check(t.value == 9 && !p[1], "is made");
	/* woken without a page: the access is made again, and asks again */
	start_touch(&t, p + 3 * PG, 0);
	poll(&poller, 1, -1);
	read(fd, m, 32);
	on_range(fd, WAKE, p, 4 * PG);
	check(poll(&poller, 1, -1) == 1 && read(fd, m, 32) == 32 &&
	      m[0].address == (unsigned long)p + 3 * PG, "asked again");
	uffd_zero(fd, p + 3 * PG, PG, 0);
	thread_join(&t.thread);
	close(fd);
	munmap(p, 4 * PG);
	munmap(from, PG);
}

static void features(void)
{
	char *p = anon_pages(2, RW);
	int fd = uffd_new(0, FEATURE_TID | FEATURE_EXACT);
	struct toucher t;
	struct msg m;

	uffd_register(fd, p, 2 * PG, MISSING);
	start_touch(&t, p + 33, 0);
	m = next_msg(fd);
	check_eq(m.address, (unsigned long)p + 33, "the exact address");
	uffd_zero(fd, p, PG, 0);
	thread_join(&t.thread);
	check_eq(m.tid, t.tid, "and the thread");
	close(fd);
	fd = uffd_new(0, FEATURE_SIGBUS);
	uffd_register(fd, p, 2 * PG, MISSING);
	check_eq(load_fault(p + PG), SIGBUS, "a signal instead of a message");
	uffd_copy(fd, p + PG, p, PG, 0);
	check_eq(load_fault(p + PG), 0, "but not for what is there");
	close(fd);
	munmap(p, 2 * PG);
}

#define MANY 64
static char *many;

static void *walk(void *arg)
{
	unsigned long i, bad = 0, turn = (unsigned long)arg;

	for (i = 0; i < MANY; i++) {
		char *at = many + (i * 7 + turn) % MANY * PG;

		if (turn % 2)
			at[9] = 1;
		bad += *(volatile unsigned long *)at != (unsigned long)at;
	}
	return (void *)bad;
}

static void several(void)
{
	struct thread t[4];
	unsigned long bad = 0;
	struct server s;
	int fd = uffd_new(0, 0);

	many = anon_pages(MANY + 1, RW);
	uffd_register(fd, many, (MANY + 1) * PG, MISSING);
	start_server(&s, fd, many + MANY * PG);
	for (int i = 0; i < 4; i++)
		thread_create(&t[i], walk, (void *)(unsigned long)i);
	for (int i = 0; i < 4; i++)
		bad += (unsigned long)thread_join(&t[i]);
	stop_server(&s);
	check_eq(bad, 0, "four threads see what is served");
	check(s.served > MANY, "each page was asked for");
	madvise(many, MANY * PG, MADV_DONTNEED);
	start_server(&s, fd, many + 3 * PG);
	check_eq(*(unsigned long *)(many + PG), (unsigned long)many + PG,
		 "and again after MADV_DONTNEED");
	stop_server(&s);
	munmap(many, (MANY + 1) * PG);
	close(fd);
}

#define WORD(at) (*(volatile unsigned long *)(at))

/* Memory that mremap(2) moves is not the descriptor's any more. */
static void moves(void)
{
	char *p = anon_pages(5, RW), *to = anon_pages(4, RW), *kept;
	struct server s;
	int fd = uffd_new(0, 0);

	uffd_register(fd, p, 5 * PG, MISSING);
	start_server(&s, fd, p + 4 * PG);
	check_eq(WORD(p), (unsigned long)p, "a page before its memory moves");
	check(mremap(p, 2 * PG, 2 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, to) ==
	      to, "two pages move");
	check(WORD(to) == (unsigned long)p && !WORD(to + PG),
	      "there nobody asks for what is missing");
	check_eq(WORD(p + 2 * PG), (unsigned long)p + 2 * PG,
		 "beside the old place it is asked for");
	kept = mremap(p + 2 * PG, PG, PG, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, 0);
	check(kept != MAP_FAILED && WORD(kept) == (unsigned long)p + 2 * PG,
	      "one moves and its place stays");
	madvise(kept, PG, MADV_DONTNEED);
	WORD(p + 2 * PG);
	check(!WORD(kept) && s.served == 3, "which asks again");
	stop_server(&s);
	munmap(p + 2 * PG, 3 * PG);
	munmap(kept, PG);
	munmap(to, 4 * PG);
	close(fd);
}

/* ---- the kernel's accesses ----------------------------------------------- */

static void from_kernel(void)
{
	char *p = anon_pages(3, RW);
	unsigned long word = 0;
	int fd = uffd_new(0, 0), pipes[2];
	struct server s;

	pipe(pipes);
	uffd_register(fd, p, 3 * PG, MISSING);
	start_server(&s, fd, p + 2 * PG);
	check_eq(write(pipes[1], p, sizeof(word)), sizeof(word),
		 "write(2) of a missing page");
	check_eq(read(pipes[0], p + PG + 8, sizeof(word)), sizeof(word),
		 "read(2) into one");
	stop_server(&s);
	check(*(unsigned long *)(p + PG) == (unsigned long)p + PG &&
	      *(unsigned long *)(p + PG + 8) == (unsigned long)p,
	      "the page, and what was read");
	check_eq(s.writes, 1, "one was a store");
	close(fd);
	munmap(p, 3 * PG);
	p = anon_pages(2, RW);
	fd = uffd_new(USER_MODE_ONLY, 0);
	check(fd >= 0, "for user mode only");
	uffd_register(fd, p, 2 * PG, MISSING);
	check_err(EFAULT, write(pipes[1], p, 1), "write(2) fails then");
	start_server(&s, fd, p);
	stop_server(&s);
	check_eq(write(pipes[1], p, 1), 1, "but not when it is there");
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
	munmap(p, 2 * PG);
}

/* Unlike what shares the inode of all nameless files. */
static void belongs_to(void *arg)
{
	struct stat st;
	int fd = uffd_new(0, 0);

	(void)arg;
	syscall(SYS_setresgid, 4712, 4712, 4712);
	syscall(SYS_setfsuid, 4711);
	if (fd < 0 || fstat(fd, &st) || st.st_uid || st.st_gid)
		_exit(1);
	fd = uffd_new(USER_MODE_ONLY, 0);
	if (fd < 0 || fstat(fd, &st))
		_exit(2);
	_exit(st.st_uid != 4711 || st.st_gid != 4712 ||
	      (st.st_mode & 07777) != 0600);
}

static void as_user(void *arg)
{
	(void)arg;
	if (setgid(1000) || setuid(1000))
		_exit(1);
	if (uffd_open(0) >= 0 || errno != EPERM)
		_exit(2);
	if (uffd_open(0x40000000) >= 0 || errno != EPERM)
		_exit(3);
	if (uffd_open(USER_MODE_ONLY) < 0)
		_exit(4);
}

/* ---- what ends a wait ---------------------------------------------------- */

static volatile int handled;

static void note(int sig)
{
	handled = sig;
}

static void waits(void)
{
	char *p = anon_pages(4, RW);
	int fd = uffd_new(0, 0);
	struct toucher t;
	struct msg m;

	signal(SIGUSR1, note);
	uffd_register(fd, p, 4 * PG, MISSING);
	start_touch(&t, p, 0);
	next_msg(fd);
	syscall(SYS_tgkill, getpid(), t.tid, SIGUSR1);
	m = next_msg(fd);
	check(handled == SIGUSR1 && m.address == (unsigned long)p,
	      "after a signal's handler the thread asks again");
	check_ok(on_range(fd, UNREGISTER, p, PG), "unregistered meanwhile");
	thread_join(&t.thread);
	check_eq(t.value, 0, "it finds zeros");
	start_touch(&t, p + PG, 3);
	next_msg(fd);
	munmap(p + PG, PG);
	mmap(p + PG, PG, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	check_ok(on_range(fd, WAKE, p + PG, PG), "woken after another mapping");
	thread_join(&t.thread);
	check_eq(t.value, 3, "it finds that one, which is nobody's");
	start_touch(&t, p + 2 * PG, 0);
	next_msg(fd);
	close(fd);
	thread_join(&t.thread);
	check_eq(t.value, 0, "after close(2) the kernel fills pages");
	check_eq(p[3 * PG], 0, "all of them");
	munmap(p, 4 * PG);
}

static void asks_for_ever(void *arg)
{
	*(volatile char *)arg;
}

static void kernel_asks(void *arg)
{
	(void)!write(1, arg, 1);
}

/* A process that waits in user mode, or in the kernel, can be killed. */
static void kills(void)
{
	void (*const how[])(void *) = { asks_for_ever, kernel_asks };

	for (int i = 0; i < 2; i++) {
		char *p = anon_pages(1, RW);
		int pipes[2], fd, st;
		pid_t pid;
		char c = 0;

		pipe(pipes);
		pid = fork();
		if (!pid) {
			fd = uffd_new(0, 0);
			uffd_register(fd, p, PG, MISSING);
			write(pipes[1], &c, 1);
			how[i](p);
			_exit(0);
		}
		read(pipes[0], &c, 1);
		comes_to(pid, "SD");
		kill(pid, SIGKILL);
		waitpid(pid, &st, 0);
		check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL,
		      "killed while it waits (%d)", i);
		close(pipes[0]);
		close(pipes[1]);
		munmap(p, PG);
	}
}

/* ---- other processes ----------------------------------------------------- */

static void in_child_own(void *arg)
{
	char *p = arg;

	/* nobody serves: a child's memory is not registered */
	_exit(p[0] || p[PG] != 0);
}

/* Serves the memory of another process: the one that made the descriptor. */
static void in_child_serve(void *arg)
{
	char *page = anon_pages(1, RW);
	int fd = (int)(long)arg;

	strcpy(page, "from another process");
	for (int i = 0; i < 2; i++) {
		struct msg m = next_msg(fd);

		if (uffd_copy(fd, (void *)(unsigned long)m.address, page, PG,
			      0))
			_exit(1);
	}
}

static void *fork_touch(void *arg)
{
	return (void *)(long)in_child(in_child_own, arg);
}

static void processes(void)
{
	char *p = anon_pages(4, RW);
	int fd = uffd_new(0, 0), st, pipes[2];
	pid_t pid;
	char c;

	uffd_register(fd, p, 4 * PG, MISSING);
	check_eq((long)fork_touch(p), 0, "a child's pages are the kernel's");
	pid = start_child(in_child_serve, (void *)(long)fd);
	check(!strcmp(p, "from another process"), "a child serves its parent");
	check(!strcmp(p + PG, p), "more than once");
	waitpid(pid, &st, 0);
	check_eq(st, 0, "and ends well");
	close(fd);
	munmap(p, 4 * PG);

	/* the other way: the parent has the descriptor of a child that ends */
	pipe(pipes);
	p = anon_pages(1, RW);
	pid = fork();
	if (!pid) {
		fd = uffd_new(0, 0);
		if (fd != 200)
			dup2(fd, 200);
		uffd_register(fd, p, PG, MISSING);
		write(pipes[1], "x", 1);
		*(volatile char *)p;
		_exit(p[0]);
	}
	read(pipes[0], &c, 1);
	st = (int)syscall(SYS_pidfd_open, pid, 0);
	fd = (int)syscall(SYS_pidfd_getfd, st, 200, 0);
	close(st);
	if (fd >= 0) {
		struct msg m = next_msg(fd);

		c = 42;
		memset(p, 42, PG);
		check_eq(m.address, (unsigned long)p, "a child asks");
		check_ok(uffd_copy(fd, p, p, PG, 0), "its parent answers");
		waitpid(pid, &st, 0);
		check_eq(WEXITSTATUS(st), 42, "with its own page");
		check_err(ESRCH, uffd_copy(fd, p, p, PG, 0), "then it is gone");
		check_err(ESRCH, uffd_zero(fd, p, PG, 0), "for zeros, too");
		check_err(ENOMEM, uffd_register(fd, p, PG, MISSING),
			  "and for registering");
		close(fd);
	} else {
		tap_skip("a child's descriptor", "pidfd");
		kill(pid, SIGKILL);
		waitpid(pid, &st, 0);
	}
	close(pipes[0]);
	close(pipes[1]);
	munmap(p, PG);
}

int main(int argc, char **argv)
{
	(void)argc;
	tap_find_self(argv[0]);
	if (tap_lacks(uffd_open(0), "userfaultfd"))
		return tap_done();
	opening();
	registering();
	filling();
	messages();
	features();
	several();
	moves();
	from_kernel();
	check_eq(in_child(belongs_to, NULL), 0, "its maker's");
	check_eq(in_child(as_user, NULL), 0, "a user's are for user mode");
	waits();
	kills();
	processes();
	return tap_done();
}
