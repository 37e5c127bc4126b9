/* SPDX-License-Identifier: MIT */
/*
 * Flags of the calls on memory, one by one (rows D3, D5, D9): mmap's, mremap's
 * and mprotect's, every advice, locks, msync, barriers, memory of others.
 */
#include "tap.h"

enum { SHARED = 1, PRIVATE = 2, VALIDATE = 3, FIXED = 0x10, ANON = 0x20,
       GROWSDOWN = 0x100, DENYWRITE = 0x800, EXECUTABLE = 0x1000,
       LOCKED = 0x2000, NORESERVE = 0x4000, POPULATE = 0x8000,
       NONBLOCK = 0x10000, STACK = 0x20000, NOREPLACE = 0x100000 };
#define RW	(PROT_READ | PROT_WRITE)
#define MAP(addr, pages, prot, flags, fd) \
	((char *)mmap(addr, (pages) * PG, prot, flags, fd, 0))
#define FAILED	((char *)-1)

static int page_is_resident(char *p)
{
	unsigned char vec = 0;

	return syscall(SYS_mincore, p, PG, &vec) ? -1 : vec & 1;
}

static void maps(void)
{
	int fd = open("f", O_RDWR);
	char *p, *q;

	p = MAP(NULL, 2, RW, VALIDATE, fd);
	check(p != FAILED, "MAP_SHARED_VALIDATE");
	munmap(p, 2 * PG);
	check(MAP(NULL, 1, RW, VALIDATE | 1 << 24, fd) == FAILED &&
	      errno == EOPNOTSUPP, "which knows its flags");
	p = MAP(NULL, 1, RW, PRIVATE | ANON | 1 << 24, -1);
	check(p != FAILED, "others ignore what they do not");
	munmap(p, PG);
	p = MAP(NULL, 1, PROT_READ | PROT_EXEC, PRIVATE | DENYWRITE |
		EXECUTABLE, fd);
	check(p != FAILED, "PROT_EXEC");
	munmap(p, PG);
	p = MAP(NULL, 4, RW, PRIVATE | ANON | POPULATE, -1);
	check_eq(page_is_resident(p + 3 * PG), 1, "MAP_POPULATE");
	check(MAP(p, 1, RW, PRIVATE | ANON | NOREPLACE, -1) == FAILED &&
	      errno == EEXIST, "MAP_FIXED_NOREPLACE");
	check(MAP(p, 1, RW, PRIVATE | ANON | FIXED, -1) == p && !*p,
	      "MAP_FIXED");
	munmap(p, 4 * PG);
	p = MAP(NULL, 4, RW, PRIVATE | ANON | POPULATE | NONBLOCK, -1);
	check(p != FAILED, "MAP_NONBLOCK");
	munmap(p, 4 * PG);
	p = MAP(NULL, 2, RW, PRIVATE | ANON | LOCKED, -1);
	check_eq(page_is_resident(p), 1, "MAP_LOCKED");
	munmap(p, 2 * PG);
	p = MAP(NULL, 2, RW, PRIVATE | ANON | NORESERVE | STACK, -1);
	check(p != FAILED, "MAP_NORESERVE, MAP_STACK");
	munmap(p, 2 * PG);
	/* two pages that grow, in a place with room below */
	q = MAP(NULL, 600, PROT_NONE, PRIVATE | ANON, -1);
	munmap(q, 600 * PG);
	p = MAP(q + 500 * PG, 2, RW, PRIVATE | ANON | GROWSDOWN | FIXED, -1);
	check(p == q + 500 * PG, "MAP_GROWSDOWN");
	p[0] = 1;
	check_ok(syscall(SYS_mprotect, p + PG, PG, PROT_READ | 0x1000000),
		 "PROT_GROWSDOWN");
	check_eq(store_fault(p), SIGSEGV, "down to its begin");
	munmap(p, 2 * PG);
	check_err(EINVAL, syscall(SYS_mprotect, p, PG, PROT_READ | 0x2000000 |
				  0x1000000), "both ways");
	close(fd);
}

static void remaps(void)
{
	char *p = MAP(NULL, 4, RW, PRIVATE | ANON, -1), *q;

	p[0] = 'a';
	q = (char *)syscall(SYS_mremap, p, 4 * PG, 4 * PG, 5, NULL);
	check(q != FAILED && q != p && q[0] == 'a' && p[0] == 0,
	      "MREMAP_DONTUNMAP leaves an empty place");
	check((char *)syscall(SYS_mremap, q, 4 * PG, 2 * PG, 3, p) == p &&
	      p[0] == 'a', "MREMAP_FIXED");
	munmap(p, 4 * PG);
	check_err(EINVAL, syscall(SYS_mremap, p, PG, PG, 8, NULL),
		  "no such flag");
}

/* ---- advice ---------------------------------------------------------------- */

#define advise(p, n, what) syscall(SYS_madvise, p, (n) * PG, what)

static void advice_anonymous(void)
{
	static const struct { int advice; const char *name; } plain[] = {
		{ 0, "MADV_NORMAL" }, { 1, "MADV_RANDOM" },
		{ 2, "MADV_SEQUENTIAL" }, { 3, "MADV_WILLNEED" },
		{ 8, "MADV_FREE" }, { 10, "MADV_DONTFORK" },
		{ 11, "MADV_DOFORK" }, { 15, "MADV_NOHUGEPAGE" },
		{ 14, "MADV_HUGEPAGE" }, { 16, "MADV_DONTDUMP" },
		{ 17, "MADV_DODUMP" }, { 18, "MADV_WIPEONFORK" },
		{ 19, "MADV_KEEPONFORK" }, { 20, "MADV_COLD" },
		{ 21, "MADV_PAGEOUT" },
	};
	char *p = MAP(NULL, 4, RW, PRIVATE | ANON, -1);

	check_ok(advise(p, 4, 23), "MADV_POPULATE_WRITE");
	check_eq(page_is_resident(p + 2 * PG), 1, "is there");
	p[0] = 'x';
	for (int i = 0; i < COUNT(plain); i++)
		if (advise(p, 4, plain[i].advice) && errno == EINVAL &&
		    strstr(plain[i].name, "HUGE"))
			tap_skip(plain[i].name, "built without");
		else
			check_ok(advise(p, 4, plain[i].advice), "%s",
				 plain[i].name);
	check(p[0] == 'x' || p[0] == 0, "nothing but MADV_FREE may lose it");
	check_ok(advise(p, 4, 4), "MADV_DONTNEED");
	check_eq(page_is_resident(p), 0, "is gone");
	check_eq(p[0], 0, "and comes back empty");
	syscall(SYS_mlock, p, 4 * PG);
	check_err(EINVAL, advise(p, 4, 4), "MADV_DONTNEED of locked pages");
	check_ok(advise(p, 4, 24), "MADV_DONTNEED_LOCKED");
	check_ok(syscall(SYS_munlock, p, 4 * PG), "munlock");
	check_ok(advise(p, 4, 22), "MADV_POPULATE_READ");
	check_err(EINVAL, advise(p, 4, 77), "no such advice");
	munmap(p, 4 * PG);
}

static void advice_shared(void)
{
	char *p = MAP(NULL, 4, RW, SHARED | ANON, -1);

	p[0] = 'x';
	check_ok(advise(p, 4, 9), "MADV_REMOVE");
	check_eq(p[0], 0, "takes it from the object");
	check_err(EINVAL, advise(p, 4, 18), "MADV_WIPEONFORK of shared pages");
	munmap(p, 4 * PG);
}

struct iov {
	void *base;
	unsigned long len;
};

static int child_that_ends(void)
{
	int pid = fork();

	if (!pid)
		_exit(0);
	return pid;
}

static void advice_to_others(void)
{
	static const int allowed[] = { 3, 20, 21 };
	char *p = MAP(NULL, 2, RW, PRIVATE | ANON, -1);
	struct iov v = { p, 2 * PG };
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	p[0] = 'x';
	for (int i = 0; i < COUNT(allowed); i++)
		check_eq(syscall(SYS_process_madvise, fd, &v, 1, allowed[i],
				 0), 2 * PG, "process_madvise %d",
			 allowed[i]);
	check_eq(p[0], 'x', "takes nothing");
	check_err(EINVAL, syscall(SYS_process_madvise, fd, &v, 1, 3, 1),
		  "no such flag");
	close(fd);
	fd = (int)syscall(SYS_pidfd_open, child_that_ends(), 0);
	check_ok(fd, "pidfd of a child");
	check_eq(wait(NULL) > 0, 1, "waited for");
	check_err(ESRCH, syscall(SYS_process_madvise, fd, &v, 1, 20, 0),
		  "who is gone has no memory");
	close(fd);
	munmap(p, 2 * PG);
}

static void memory_of_others(void)
{
	char from[] = "memory", to[8] = "";
	struct iov a = { to, 7 }, b = { from, 7 };

	check_eq(syscall(SYS_process_vm_readv, getpid(), &a, 1, &b, 1, 0), 7,
		 "process_vm_readv");
	check(!strcmp(to, "memory"), "reads it");
	strcpy(to, "changed");
	check_eq(syscall(SYS_process_vm_writev, getpid(), &a, 1, &b, 1, 0), 7,
		 "process_vm_writev");
	check(!strncmp(from, "changed", 7), "writes it");
	check_err(EINVAL, syscall(SYS_process_vm_readv, getpid(), &a, 1, &b,
				  1, 1), "no such flag");
}

/* All of a few MiB that were stored to at once: one page is read of them. */
static void memory_of_superpages(void)
{
	size_t size = 16ul << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), to[8] = "";
	struct iov a = { to, 7 }, b = { p + size / 2 + 9 * PG, 7 };

	memset(p, 'x', size);
	memcpy(b.base, "in the", 7);
	check(syscall(SYS_process_vm_readv, getpid(), &a, 1, &b, 1, 0) == 7 &&
	      !strcmp(to, "in the"), "process_vm_readv of many pages' middle");
	check(p[0] == 'x' && p[size / 2 + 8 * PG] == 'x' &&
	      p[size - 1] == 'x', "the others stay");
	munmap(p, size);
}

/* ---- locks, barriers, writing back ----------------------------------------- */

/* RLIMIT_MEMLOCK: none at all, and too little. */
static void lock_limits(void *arg)
{
	char *p = MAP(NULL, 4, RW, PRIVATE | ANON, -1);
	long long most[2] = { 2 * PG, 2 * PG };

	(void)arg;
	syscall(SYS_prlimit64, 0, 8, most, NULL);
	if (syscall(SYS_setresuid, 1000, 1000, 1000))
		_exit(1);
	if (syscall(SYS_mlock, p, 2 * PG))
		_exit(2);
	if (syscall(SYS_mlock, p, 3 * PG) != -1 || errno != ENOMEM)
		_exit(3);
	if ((long)MAP(NULL, 1, RW, PRIVATE | ANON | 0x2000, -1) != -1 ||
	    errno != EAGAIN)
		_exit(4);
	syscall(SYS_munlock, p, 2 * PG);
	if ((long)MAP(NULL, 1, RW, PRIVATE | ANON | 0x2000, -1) == -1)
		_exit(5);
	most[0] = most[1] = 0;
	syscall(SYS_prlimit64, 0, 8, most, NULL);
	if ((long)MAP(NULL, 1, RW, PRIVATE | ANON | 0x2000, -1) != -1 ||
	    errno != EPERM)
		_exit(6);
	if (syscall(SYS_mlock, p, PG) != -1 || errno != EPERM)
		_exit(7);
}

static void lock_on_fault(void)
{
	char *p = MAP(NULL, 4, RW, PRIVATE | ANON, -1), *q;

	check_ok(syscall(SYS_mlock2, p, 4 * PG, 1), "MLOCK_ONFAULT");
	check_eq(page_is_resident(p + PG), 0, "brings in nothing");
	p[PG] = 1;
	check_eq(page_is_resident(p + PG), 1, "but keeps");
	check_ok(syscall(SYS_mlock2, p, 4 * PG, 0), "mlock2");
	check_eq(page_is_resident(p), 1, "brings it in");
	check_err(EINVAL, syscall(SYS_mlock2, p, PG, 2), "no such flag");
	check_ok(syscall(SYS_mlockall, 6), "MCL_FUTURE, MCL_ONFAULT");
	q = MAP(NULL, 1, RW, PRIVATE | ANON, -1);
	check_eq(page_is_resident(q), 0, "not at once");
	check_ok(syscall(SYS_mlockall, 2), "MCL_FUTURE");
	munmap(q, PG);
	q = MAP(NULL, 1, RW, PRIVATE | ANON, -1);
	check_eq(page_is_resident(q), 1, "at once");
	check_ok(syscall(SYS_mlockall, 1), "MCL_CURRENT");
	check_ok(syscall(SYS_munlockall), "munlockall");
	check_err(EINVAL, syscall(SYS_mlockall, 0), "none");
	munmap(q, PG);
	munmap(p, 4 * PG);
	check_eq(in_child(lock_limits, NULL), 0, "RLIMIT_MEMLOCK");
}

static void syncs(void)
{
	int fd = open("f", O_RDWR);
	char *p = MAP(NULL, 1, RW, SHARED, fd), c = 0;

	p[0] = 'S';
	check_ok(syscall(SYS_msync, p, PG, 1), "MS_ASYNC");
	check_ok(syscall(SYS_msync, p, PG, 4), "MS_SYNC");
	check_ok(syscall(SYS_msync, p, PG, 2), "MS_INVALIDATE");
	check(pread(fd, &c, 1, 0) == 1 && c == 'S', "is in the file");
	syscall(SYS_mlock, p, PG);
	check_err(EBUSY, syscall(SYS_msync, p, PG, 2), "of locked pages");
	check_err(EINVAL, syscall(SYS_msync, p, PG, 5), "now and later");
	check_err(EINVAL, syscall(SYS_msync, p, PG, 8), "no such flag");
	munmap(p, PG);
	check_err(ENOMEM, syscall(SYS_msync, p, PG, 4), "nothing there");
	close(fd);
}

/* As a child of who has registered. */
static void barrier_in_child(void *arg)
{
	_exit(syscall(SYS_membarrier, *(int *)arg, 0, 0) != 0);
}

#define barrier(cmd) syscall(SYS_membarrier, cmd, 0, 0)

/* A command of the program's own CPUs, and its registration. */
static void barriers_of(long known, const char *name, int cmd)
{
	if (!(known & cmd)) {
		check_err(EINVAL, barrier(cmd), "%s: not on this machine",
			  name);
		return;
	}
	check_err(EPERM, barrier(cmd), "%s: not registered", name);
	check_ok(barrier(cmd << 1), "%s: registered", name);
	check_ok(barrier(cmd), "%s", name);
	check_eq(in_child(barrier_in_child, &cmd), 0,
		 "%s: a child is registered as well", name);
}

static void barriers(void)
{
	enum { GLOBAL = 1, EXPEDITED = 2, REGISTER = 4, PRIV = 8,
	       PRIV_REGISTER = 16, REGISTRATIONS = 512 };
	long known = barrier(0);

	check((known & 31) == 31, "MEMBARRIER_CMD_QUERY");
	check_err(EPERM, barrier(PRIV), "not registered");
	check_ok(barrier(PRIV_REGISTER),
		 "MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED");
	check_ok(barrier(PRIV), "MEMBARRIER_CMD_PRIVATE_EXPEDITED");
	check_eq(in_child(barrier_in_child, &(int){ PRIV }), 0,
		 "a child is registered as well");
	check_ok(barrier(REGISTER),
		 "MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED");
	check_ok(barrier(EXPEDITED), "MEMBARRIER_CMD_GLOBAL_EXPEDITED");
	check_ok(barrier(GLOBAL), "MEMBARRIER_CMD_GLOBAL");
	if (known & REGISTRATIONS)
		check_eq(barrier(REGISTRATIONS), PRIV_REGISTER | REGISTER,
			 "MEMBARRIER_CMD_GET_REGISTRATIONS");
	barriers_of(known, "SYNC_CORE", 32);
	barriers_of(known, "RSEQ", 128);
	if (known & 128) {
		check_ok(syscall(SYS_membarrier, 128, 1, 0), "on one CPU");
		check_ok(syscall(SYS_membarrier, 128, 1, 4000),
			 "on one that is not there");
		check_ok(syscall(SYS_membarrier, 128, 1, -1), "on -1: on all");
	}
	check_err(EINVAL, syscall(SYS_membarrier, 128, 2, 0), "no such flag");
	check_err(EINVAL, syscall(SYS_membarrier, 32, 1, 0),
		  "a CPU for another command");
	if (known & REGISTRATIONS && known & 32)
		check_eq(barrier(REGISTRATIONS) & 64, 64,
			 "the registration of SYNC_CORE is told");
	check_err(EINVAL, barrier(3), "no such command");
	check_err(EINVAL, syscall(SYS_membarrier, 0, 2, 0), "no such flag");
}

static void random_bytes(void)
{
	char b[16];

	for (int i = 0; i < 3; i++)
		check(syscall(SYS_getrandom, b, 16, 1 << i) == 16 ||
		      (errno == EAGAIN && i == 0), "getrandom, flag %d",
		      1 << i);
	check_err(EINVAL, syscall(SYS_getrandom, b, 16, 6), "two of them");
	check_err(EINVAL, syscall(SYS_getrandom, b, 16, 8), "no such flag");
}

static void make_memfds(void)
{
	int fd = (int)syscall(SYS_memfd_create, "x", 1 | 2);

	check(fcntl(fd, F_GETFD) == 1, "MFD_CLOEXEC");
	check_ok(fcntl(fd, 1033, 2), "MFD_ALLOW_SEALING, F_ADD_SEALS");
	check_eq(fcntl(fd, 1034), 2, "F_GET_SEALS");
	close(fd);
	fd = (int)syscall(SYS_memfd_create, "x", 16);
	if (fd < 0) {
		tap_skip("MFD_EXEC", "an older Linux");
	} else {
		struct stat st;

		fstat(fd, &st);
		check_eq(st.st_mode & 0777, 0777, "MFD_EXEC");
		close(fd);
		fd = (int)syscall(SYS_memfd_create, "x", 8);
		fstat(fd, &st);
		check_eq(st.st_mode & 0777, 0666, "MFD_NOEXEC_SEAL");
		check(fcntl(fd, 1034) & 0x20, "F_SEAL_EXEC");
		close(fd);
	}
	check_err(EINVAL, syscall(SYS_memfd_create, "x", 24), "both");
}

int main(void)
{
	static char bytes[2 * PG];

	tap_scratch("memory_flags");
	put_file("f", bytes, sizeof(bytes), 0700);
	maps();
	remaps();
	advice_anonymous();
	advice_shared();
	advice_to_others();
	memory_of_others();
	memory_of_superpages();
	lock_on_fault();
	syncs();
	barriers();
	random_bytes();
	make_memfds();
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
