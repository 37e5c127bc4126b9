/* SPDX-License-Identifier: MIT */
/*
 * Memory in another process (row E7): the states of a range and what each
 * allows, that nothing but these calls changes one, whose right it takes, and
 * what fork, exec, exit and limits do.
 */
#include <remote_vm.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include "texts.h"

#define PR_SET_DUMPABLE	4
#define POPULATE_WRITE	23
#define RW	(PROT_READ | PROT_WRITE)

static int self;			/* a pidfd of this process */

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static long move_bytes(long call, pid_t pid, void *mine, void *its, size_t n)
{
	struct iovec l = { mine, n }, r = { its, n };

	return syscall(call, pid, &l, 1, &r, 1, 0);
}

static long read_remotely(pid_t pid, void *its, void *to, size_t n)
{
	return move_bytes(SYS_process_vm_readv, pid, to, its, n);
}

static long write_remotely(pid_t pid, void *its, void *from, size_t n)
{
	return move_bytes(SYS_process_vm_writev, pid, from, its, n);
}

/* How an access that fails does so: a code of SIGSEGV, or 0. */
static int segv_code(void (*fn)(void *), void *at)
{
	siginfo_t si;

	return catch_fault(fn, at, &si) == SIGSEGV ? si.si_code : 0;
}

static int query_state(int pidfd, void *at)
{
	struct vm_region r;

	return vm_query(pidfd, at, &r) ? -1 : (int)r.state;
}

/* ---- states -------------------------------------------------------------- */

static void reach_vm_states(void)
{
	char *p = vm_reserve(self, NULL, 8 * PG), *q = p + 2 * PG, byte = 1;
	struct vm_region r;

	check(p != (void *)-1, "pages are reserved");
	check_eq(segv_code(load_byte, p), SEGV_ACCERR, "and cannot be read");
	check_eq(segv_code(store_byte, p), SEGV_ACCERR, "nor written");
	check_eq(segv_code(jump_to, p), SEGV_ACCERR, "nor executed");
	check_err(EFAULT, write(1, p, 1), "nor by the kernel");
	check_err(EFAULT, read_remotely(getpid(), p, &byte, 1),
		  "nor by others");
	check_err(EFAULT, vm_protect(self, p, PG, RW), "they have no rights");

	check_ok(vm_commit(self, q, 2 * PG, RW), "two of them are committed");
	check(!q[0] && !q[2 * PG - 1], "with zeros");
	q[0] = q[PG] = 7;
	check_eq(segv_code(store_byte, q - 1), SEGV_ACCERR, "not those below");
	check_eq(segv_code(store_byte, q + 2 * PG), SEGV_ACCERR, "nor above");
	check_ok(vm_query(self, q + 5, &r), "query");
	check(r.start == (unsigned long)q && r.length == 2 * PG &&
	      r.state == VM_COMMITTED && r.rights == RW && r.native == 1 &&
	      r.kind == VM_PRIVATE && r.next == r.start + r.length,
	      "tells of them");
	check_ok(vm_query(self, p, &r), "query of those below");
	check(r.start == (unsigned long)p && r.length == 2 * PG &&
	      r.state == VM_RESERVED && !r.rights && r.native == 1,
	      "tells that they are reserved");

	check_ok(vm_protect(self, q, PG, PROT_READ), "one is made read-only");
	check_eq(segv_code(store_byte, q), SEGV_ACCERR, "it cannot be written");
	check(q[0] == 7 && !store_fault(q + PG), "all else is as before");
	check_err(EFAULT, vm_protect(self, q, 3 * PG, RW),
		  "rights of committed pages and a reserved one");
	check(store_fault(q), "changed none of them");
	check_ok(vm_commit(self, p, 8 * PG, RW), "all are committed");
	check(q[0] == 7 && !store_fault(q) && !store_fault(p),
	      "what was there stays");

	check_ok(vm_decommit(self, q, PG), "one is given back");
	check_eq(segv_code(load_byte, q), SEGV_ACCERR, "it is reserved");
	check_ok(vm_decommit(self, p, 4 * PG), "others, reserved or not");
	check_ok(vm_commit(self, q, PG, RW), "and it is committed again");
	check_eq(q[0], 0, "with zeros");

	check_ok(vm_release(self, q, 2 * PG), "pages in the middle are freed");
	check_eq(segv_code(load_byte, q), SEGV_MAPERR, "they are not mapped");
	check_eq(query_state(self, q), VM_FREE, "but free");
	check_err(EFAULT, vm_release(self, p, 8 * PG), "a range with a hole");
	check_eq(query_state(self, p), VM_RESERVED, "is left alone");
	check_err(EFAULT, vm_commit(self, p, 8 * PG, RW), "also by commit");
	check_err(EFAULT, vm_decommit(self, p, 8 * PG), "and decommit");
	check_ok(vm_release(self, p, 2 * PG), "what is below");
	check_ok(vm_release(self, p + 4 * PG, 4 * PG), "and above is freed");
}

/* ---- refusals ------------------------------------------------------------ */

static void refuse_changes(char *what, char *p)
{
	char *own = p + 4 * PG, *old = mmap(own, PG, RW, MAP_PRIVATE |
				MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (old != own)
		tap_bail("mmap above the reservation");
	*own = 3;
	check_err(EPERM, munmap(p, 4 * PG), "%s: munmap", what);
	check_err(EPERM, munmap(p + PG, PG), "%s: munmap of a part", what);
	check_err(EPERM, munmap(p + 3 * PG, 2 * PG), "%s: and of more", what);
	check_err(EPERM, mmap(p + PG, PG, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			      MAP_FIXED, -1, 0), "%s: mmap over it", what);
	check_err(EEXIST, mmap(p + PG, PG, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			       MAP_FIXED_NOREPLACE, -1, 0),
		  "%s: mmap where nothing may be", what);
	check_err(EPERM, mprotect(p, PG, RW), "%s: mprotect", what);
	check_err(EPERM, mprotect(p + 3 * PG, 2 * PG, PROT_READ),
		  "%s: mprotect of more", what);
	check_err(EPERM, mremap(p, PG, 2 * PG, MREMAP_MAYMOVE),
		  "%s: mremap", what);
	check_err(EPERM, mremap(p, 2 * PG, PG, 0), "%s: to less", what);
	check_err(EPERM, mremap(own, PG, PG, MREMAP_MAYMOVE | MREMAP_FIXED, p),
		  "%s: onto it", what);
	check_err(EPERM, madvise(p, PG, MADV_DONTNEED), "%s: madvise", what);
	check_err(EPERM, madvise(p + 3 * PG, 2 * PG, MADV_DONTNEED),
		  "%s: madvise of more", what);
	check_err(EPERM, madvise(p, PG, MADV_DONTFORK), "%s: a flag", what);
	check_err(EPERM, madvise(p, PG, MADV_WILLNEED), "%s: a hint", what);
	check_err(EPERM, madvise(p, PG, POPULATE_WRITE), "%s: pages",
		  what);
	check_err(EPERM, syscall(SYS_mlock, p, PG), "%s: mlock", what);
	check_err(EEXIST, vm_reserve(self, p, PG), "%s: reserved twice", what);
	check(*own == 3 && !store_fault(own), "%s: what is beside stays", what);
	check_ok(munmap(own, PG), "%s: and can be unmapped", what);
}

/* No mapping that chooses its place takes one, with a hint or without. */
static void avoid_reserved(char *p)
{
	char *near = mmap(p + PG, 2 * PG, RW, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	check(near != MAP_FAILED && (near + 2 * PG <= p || near >= p + 4 * PG),
	      "a hint into it is not taken");
	munmap(near, 2 * PG);
}

static void change_reserved(void)
{
	char *p = vm_reserve(self, NULL, 5 * PG);

	vm_release(self, p + 4 * PG, PG);
	avoid_reserved(p);
	refuse_changes("reserved", p);
	check_eq(query_state(self, p + 3 * PG), VM_RESERVED, "reserved still");
	check_ok(vm_commit(self, p, 4 * PG, RW), "committed");
	p[0] = p[3 * PG] = 5;
	refuse_changes("committed", p);
	check(p[0] == 5 && p[3 * PG] == 5 && !store_fault(p),
	      "committed and filled still");
	check_ok(vm_release(self, p, 4 * PG), "released");
}

static void refuse_vm_arguments(void)
{
	char *p = vm_reserve(self, NULL, PG);
	struct vm_region r;
	unsigned long top = -PG;

	check_err(EINVAL, vm_reserve(self, NULL, 0), "no length");
	check_err(EINVAL, vm_reserve(self, NULL, PG + 1), "half a page");
	check_err(EINVAL, vm_reserve(self, p + 1, PG), "between pages");
	check_err(EINVAL, vm_reserve(self, (void *)top, PG), "kernel's");
	check_err(EINVAL, vm_reserve(self, p, -PG), "too long");
	check_err(EINVAL, syscall(SYS_lt_vm_reserve, self, 0, PG, 1), "flag");
	check_err(EINVAL, vm_commit(self, p, PG, 8), "unknown right");
	check_err(EINVAL, vm_commit(self, p + 1, PG, RW), "commit unaligned");
	check_err(EINVAL, vm_protect(self, p, PG, 16), "unknown right again");
	check_err(EINVAL, vm_decommit(self, p, 0), "decommit nothing");
	check_err(EINVAL, vm_release(self, p, 1), "release a byte");
	check_err(EINVAL, vm_query(self, (void *)top, &r), "query the kernel");
	check_err(EINVAL, syscall(SYS_lt_vm_query, self, p, &r, 4), "size");
	check_err(EFAULT, vm_query(self, p, (void *)BAD), "query to nowhere");
	check_err(EBADF, vm_reserve(-1, NULL, PG), "no descriptor");
	check_err(EBADF, vm_reserve(1, NULL, PG), "not of a process");
	check_err(EFAULT, vm_commit(self, (char *)&r - (unsigned long)&r % PG,
				    PG, RW), "the stack is not reserved");
	check_eq(query_state(self, p), VM_RESERVED, "nothing has changed");
	vm_release(self, p, PG);
}

/* ---- a debugger's look at a whole space ---------------------------------- */

static void list_regions(void)
{
	char *p = vm_reserve(self, NULL, 3 * PG), *at = NULL;
	int found = 0, gaps = 0, regions = 0;
	unsigned long next = 0;
	struct vm_region r;

	vm_commit(self, p + PG, PG, PROT_READ);
	while (!vm_query(self, at, &r)) {
		regions++;
		gaps += r.start != (unsigned long)at || !r.length;
		gaps += next && r.state != VM_FREE && r.start != next;
		next = r.next;
		found += r.native;
		at += r.length;
	}
	check_eq(errno, EINVAL, "the list ends at the top");
	check(regions > 5 && !gaps, "each region ends where the next begins");
	check_eq(found, 3, "three of them are ours");
	check_eq(next, 0, "and after the last there is none");
	vm_release(self, p, 3 * PG);
}

static int maps_say(void *at, const char *rights, const char *name)
{
	char key[32], line[128], *end;
	const char *found;

	snprintf(key, sizeof(key), "\n%08lx-", (unsigned long)at);
	found = text_behind("/proc/self/maps", key);
	if (!found)
		return 0;
	snprintf(line, sizeof(line), "%.127s", found);
	end = strchr(line, '\n');
	if (end)
		*end = '\0';
	return strstr(line, rights) && strstr(line, name);
}

static void show_reserved(void)
{
	char *p = vm_reserve(self, NULL, 2 * PG), byte = 1;
	int fd = open("/proc/self/mem", O_RDWR);

	vm_commit(self, p + PG, PG, RW);
	check(maps_say(p, "---p", "[reserved]"),
	      "maps shows what is reserved");
	check(maps_say(p + PG, "rw-p", "[committed]"),
	      "and committed");
	check_err(EIO, pread(fd, &byte, 1, (unsigned long)p), "mem: no read");
	check_err(EIO, pwrite(fd, &byte, 1, (unsigned long)p), "mem: no write");
	check_eq(pwrite(fd, &byte, 1, (unsigned long)p + PG), 1,
		 "mem: a committed page");
	check_eq(segv_code(load_byte, p), SEGV_ACCERR, "nothing is there yet");
	check_eq(p[PG], 1, "but here");
	close(fd);
	vm_release(self, p, 2 * PG);
}

/* ---- another process ----------------------------------------------------- */

/* A child that reads an address and tells the byte there, time and again. */
struct teller {
	pid_t pid;
	int fd, ask, answer;
};

static void answer_teller(int in, int out)
{
	char *at;

	while (read(in, &at, sizeof(at)) == sizeof(at)) {
		int got = segv_code(load_byte, at);

		got = got ? -got : *(volatile unsigned char *)at;
		if (write(out, &got, sizeof(got)) != sizeof(got))
			break;
	}
	_exit(0);
}

static struct teller teller(int uid)
{
	struct teller t;
	int in[2], out[2];

	if (pipe(in) || pipe(out))
		tap_bail("pipe");
	t.pid = fork();
	if (!t.pid) {
		close(in[1]);
		if (uid && setuid(uid))
			_exit(1);
		answer_teller(in[0], out[1]);
	}
	close(in[0]);
	close(out[1]);
	t.ask = in[1];
	t.answer = out[0];
	t.fd = pidfd_of(t.pid);
	return t;
}

static int ask_teller(struct teller *t, void *at)
{
	int got = -99;

	if (write(t->ask, &at, sizeof(at)) != sizeof(at) ||
	    read(t->answer, &got, sizeof(got)) != sizeof(got))
		tap_bail("teller");
	return got;
}

static void dismiss(struct teller *t)
{
	close(t->ask);
	waitpid(t->pid, NULL, 0);
	close(t->answer);
}

static void other(void)
{
	struct teller t = teller(0);
	char *p = vm_reserve(t.fd, NULL, 4 * PG), text[] = "hello", back[6];
	char byte = 1;

	check(p != (void *)-1, "pages are reserved in another process");
	check_eq(ask_teller(&t, p), -SEGV_ACCERR, "which cannot use them");
	check_err(EFAULT, write_remotely(t.pid, p, text, 6), "nor can we");
	check_ok(vm_commit(t.fd, p, 2 * PG, RW), "some are committed");
	check_eq(write_remotely(t.pid, p + PG - 3, text, 6), 6,
		 "and filled from here");
	check_eq(ask_teller(&t, p + PG - 3), 'h', "it sees that");
	check(read_remotely(t.pid, p + PG - 3, back, 6) == 6 &&
	      !strcmp(back, text),
	      "and so do we");
	check_ok(vm_protect(t.fd, p, PG, PROT_NONE), "it loses the rights");
	check_eq(ask_teller(&t, p), -SEGV_ACCERR, "it sees that, too");
	check_err(EFAULT, read_remotely(t.pid, p, &byte, 1), "and we as well");
	check_ok(vm_decommit(t.fd, p, 4 * PG), "all is given back");
	check_eq(ask_teller(&t, p + PG), -SEGV_ACCERR,
		 "and not there any more");
	check_ok(vm_release(t.fd, p, 4 * PG), "all is freed");
	check_eq(ask_teller(&t, p), -SEGV_MAPERR, "nothing is mapped");
	dismiss(&t);
	check_err(ESRCH, vm_reserve(t.fd, NULL, PG), "it has ended");
	close(t.fd);
}

static void refuse_zombies(void)
{
	pid_t pid = fork();
	int fd, st;

	if (!pid)
		_exit(0);
	fd = pidfd_of(pid);
	check(comes_to(pid, "Z"), "a zombie");
	check_err(ESRCH, vm_reserve(fd, NULL, PG), "has no memory");
	check_err(ESRCH, vm_query(fd, NULL, (void *)BAD), "to ask about");
	waitpid(pid, &st, 0);
	close(fd);
}

/* As user 1000: own processes, not root's, and none that is undumpable. */
static void reserve_as_user(void *arg)
{
	struct teller *root = arg, mine;
	int me, points = tap_n, failed = tap_failed;
	struct vm_region r;

	if (setuid(1000))
		_exit(100);
	check_err(EPERM, vm_reserve(root->fd, NULL, PG), "root's process");
	check_err(EPERM, vm_query(root->fd, NULL, &r), "not even to look at");
	syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	me = pidfd_of(getpid());
	check(vm_reserve(me, NULL, PG) != (void *)-1, "one's own");
	check_err(EPERM, vm_reserve(me, (void *)PG, PG),
		  "not the lowest pages");
	mine = teller(0);
	check_ok(vm_query(mine.fd, NULL, &r), "one's child");
	dismiss(&mine);
	syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	mine = teller(0);
	check_err(EPERM, vm_reserve(mine.fd, NULL, PG), "an undumpable child");
	check(vm_reserve(me, NULL, PG) != (void *)-1, "undumpable oneself");
	dismiss(&mine);
	_exit(tap_failed > failed ? 100 : tap_n - points);
}

static void reserve_by_rights(void)
{
	struct teller root = teller(0);
	int st;

	st = in_child(reserve_as_user, &root);
	/* the numbers of the child's points go on here */
	if (WIFEXITED(st) && WEXITSTATUS(st) != 100)
		tap_n += WEXITSTATUS(st);
	else
		check(0, "a user's rights");
	dismiss(&root);
	close(root.fd);
}

/* ---- fork, exec, limits -------------------------------------------------- */

static void check_vm_in_fork(void *arg)
{
	char *p = arg;
	int me = pidfd_of(getpid());

	if (query_state(me, p) != VM_RESERVED || query_state(me, p + PG) !=
	    VM_COMMITTED || segv_code(load_byte, p) != SEGV_ACCERR ||
	    p[PG] != 4 || store_fault(p + PG))
		_exit(1);
	if (!munmap(p, PG) || errno != EPERM || vm_release(me, p, 2 * PG))
		_exit(2);
}

static void fork_reserved(void)
{
	char *p = vm_reserve(self, NULL, 2 * PG);

	vm_commit(self, p + PG, PG, RW);
	p[PG] = 4;
	check_eq(in_child(check_vm_in_fork, p), 0,
		 "a child has what its parent has");
	check(p[PG] == 4 && query_state(self, p) == VM_RESERVED,
	      "and a copy of its own");
	check_eq(vm_release(self, p, 2 * PG), 0, "release");
}

/* This program again, asked what is at the address. */
static void again(void *arg)
{
	char at[32], *argv[] = { tap_self, at, NULL };

	snprintf(at, sizeof(at), "%lx", (unsigned long)arg);
	execv(tap_self, argv);
}

static void exec_reserved(void)
{
	char *p = vm_reserve(self, NULL, 16 * PG);

	check_eq(in_child(again, p), 0, "exec ends it");
	vm_release(self, p, 16 * PG);
}

static void set_soft_limit(int what, unsigned long value)
{
	struct rlimit r = { value, RLIM_INFINITY };

	setrlimit(what, &r);
}

static long own_kib(const char *key)
{
	return text_number("/proc/self/status", key);
}

static void limit_reservations(void *arg)
{
	int me = pidfd_of(getpid());
	unsigned long mib = 1 << 20;
	char *p;

	(void)arg;
	set_soft_limit(RLIMIT_AS, (unsigned long)own_kib("VmSize:") * 1024 +
		  64 * mib);
	errno = 0;
	if (vm_reserve(me, NULL, 65 * mib) != (void *)-1 || errno != ENOMEM)
		_exit(1);
	p = vm_reserve(me, NULL, 32 * mib);
	if (p == (void *)-1)
		_exit(2);
	set_soft_limit(RLIMIT_DATA, (unsigned long)own_kib("VmData:") * 1024 +
		  8 * mib);
	if (!vm_commit(me, p, 9 * mib, RW) || errno != ENOMEM ||
	    query_state(me, p) != VM_RESERVED)
		_exit(3);
	if (vm_commit(me, p, 32 * mib, PROT_READ) ||
	    vm_protect(me, p, 7 * mib, RW))
		_exit(4);
	if (!vm_protect(me, p, 9 * mib, RW) || errno != ENOMEM ||
	    !store_fault(p + 8 * mib) || store_fault(p))
		_exit(5);
	if (vm_decommit(me, p, 7 * mib) || vm_commit(me, p + mib, 7 * mib, RW))
		_exit(6);
}

static void large(void)
{
	unsigned long len = sizeof(long) == 8 ? 1ul << 36 : 1ul << 29;
	long rss = own_kib("VmRSS:");
	char *p = vm_reserve(self, NULL, len);
	struct vm_region r;

	check(p != (void *)-1, "a very long reservation");
	check_ok(vm_commit(self, p + len / 2, 16 * PG, RW), "a little of it");
	p[len / 2] = 1;
	vm_query(self, p + len - PG, &r);
	check(r.state == VM_RESERVED && r.length == len / 2 - 16 * PG,
	      "the rest is as it was");
	check(own_kib("VmRSS:") < rss + 256, "it takes no memory");
	check_ok(vm_release(self, p, len), "and is freed in one call");
}

/* ---- races --------------------------------------------------------------- */

/* A process whose memory comes and goes under its hands. */
static void touch_and_unmap(char *p)
{
	for (unsigned i = 0; ; i++) {
		catch_fault(store_byte, p + i % 8 * PG, NULL);
		munmap(p + i % 8 * PG, 2 * PG);
		madvise(p, PG, MADV_DONTNEED);
	}
}

static void races(void)
{
	char *p = vm_reserve(self, NULL, 8 * PG);
	int fd, bad = 0;
	pid_t pid = fork();

	if (!pid)
		touch_and_unmap(p);
	fd = pidfd_of(pid);
	for (int i = 0; i < 400; i++) {
		char *at = p + i % 7 * PG, byte = -1;

		bad += vm_commit(fd, at, 2 * PG, RW) != 0;
		bad += read_remotely(pid, at, &byte, 1) != 1 ||
			(byte && byte != 1);
		bad += vm_decommit(fd, p, (i % 8 + 1) * PG) != 0;
		bad += query_state(fd, p) != VM_RESERVED;
	}
	check_eq(bad, 0, "all goes well beside the owner's accesses");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_err(ESRCH, vm_commit(fd, p, PG, RW), "until it is killed");
	close(fd);
	vm_release(self, p, 8 * PG);
}

int main(int argc, char **argv)
{
	if (on_other_kernel())
		return tap_skip_all("calls of Lectern's own");
	tap_find_self(argv[0]);
	self = pidfd_of(getpid());
	if (argc == 2) {
		void *at = (void *)strtoul(argv[1], NULL, 16);
		struct vm_region r;

		return vm_query(self, at, &r) || r.native ||
			mmap(at, PG, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			     MAP_FIXED, -1, 0) == MAP_FAILED;
	}
	reach_vm_states();
	change_reserved();
	refuse_vm_arguments();
	list_regions();
	show_reserved();
	other();
	refuse_zombies();
	reserve_by_rights();
	fork_reserved();
	exec_reserved();
	check_eq(in_child(limit_reservations, NULL), 0,
		 "the limits are the process's");
	large();
	races();
	return tap_done();
}
