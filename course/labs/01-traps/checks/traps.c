/* SPDX-License-Identifier: MIT */
/* Lab 1: what a program sees of its traps. */
#include "check.h"
#include <sched.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <thread.h>

/* Lectern's own calls; those that follow the last one do not exist. */
#define OWN_FIRST	0x4c540001UL
#define OWN_ROOM	32

static char *fresh(unsigned pages)
{
	void *at = mmap(NULL, pages * LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

/* The kernel makes the call and gives its result back. */
static void call(void)
{
	lab_equal(raw_syscall(SYS_getpid), 1, "getpid()");
	lab_equal(raw_syscall(SYS_getppid), 0, "getppid()");
	lab_equal(raw_syscall(SYS_close, -1), -EBADF, "close(-1)");
}

static void must_lack(unsigned long nr)
{
	long found = raw_syscall((long)nr, 1, 2, 3);

	lab_check(found == -ENOSYS, "call %#lx: expected %d (ENOSYS), "
		  "found %ld", nr, -ENOSYS, found);
}

/* Each number without a call gives ENOSYS. */
static void unknown(void)
{
	static const unsigned long numbers[] = { 510, 511, 512, 513, 1024, 4096,
		100000, 0x7fffffff, 0x80000000, OWN_FIRST - 1,
		OWN_FIRST + OWN_ROOM - 1, OWN_FIRST + OWN_ROOM,
		OWN_FIRST + 100000, -2UL, -512UL, -100000UL,
		1UL << (8 * sizeof(long) - 1) };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		must_lack(numbers[i]);
		must_lack(numbers[i]);
	}
	lab_equal(raw_syscall(SYS_getpid), 1, "getpid() afterwards");
}

/* All bits of a result arrive. */
static void results(void)
{
	unsigned long wanted = sizeof(long) == 8 ? 0x3512345000UL :
		0x92345000UL;
	long at = raw_syscall(SYS_munmap, wanted, LAB_PAGE);

	lab_equal(at, 0, "munmap");
	at = (long)mmap((void *)wanted, LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	lab_check((unsigned long)at == wanted, "mmap at %#lx returned %#lx",
		  wanted, (unsigned long)at);
	*(volatile char *)wanted = 1;
	munmap((void *)wanted, LAB_PAGE);
	lab_equal(raw_syscall(SYS_munmap, 1, LAB_PAGE), -EINVAL,
		  "munmap of an odd address");
}

/* ---- signals of faults --------------------------------------------------- */

static jmp_buf after;
static volatile int count, code;
static void *volatile place;

static void leave(int sig, siginfo_t *info, void *context)
{
	(void)context;
	count++;
	code = info->si_code;
	place = info->si_addr;
	longjmp(after, sig);
}

static void handle(int sig, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_sigaction = handler;
	sa.sa_flags = SA_SIGINFO | SA_NODEFER;
	lab_must(sigaction(sig, &sa, NULL), "sigaction");
}

static void handle_all(void)
{
	handle(SIGSEGV, leave);
	handle(SIGBUS, leave);
	handle(SIGILL, leave);
	handle(SIGTRAP, leave);
	handle(SIGFPE, leave);
}

static void undo_handlers(void)
{
	signal(SIGSEGV, SIG_DFL);
	signal(SIGBUS, SIG_DFL);
	signal(SIGILL, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
	signal(SIGFPE, SIG_DFL);
}

/* A load or store must give this signal and its facts. */
static void must_fault(volatile char *at, int store, int sig, int wanted,
		       const char *what)
{
	int found = setjmp(after);

	if (!found) {
		if (store)
			*at = 1;
		else
			(void)*at;
		lab_fail("%s: there was no signal", what);
	}
	lab_check(found == sig, "%s: expected signal %d, found %d", what, sig,
		  found);
	lab_check(code == wanted, "%s: expected si_code %d, found %d", what,
		  wanted, code);
	lab_check(place == (void *)at, "%s: expected si_addr %p, found %p",
		  what, (void *)at, place);
}

static char *locked;

static void unlock(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	(void)context;
	count++;
	mprotect(locked, LAB_PAGE, PROT_READ | PROT_WRITE);
}

static void store_blocked(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	*(volatile char *)64 = 1;
	_exit(3);
}

/* How a child ends that runs this. */
static int end_of(void (*fn)(void))
{
	int status = 0;
	pid_t pid = fork();

	lab_must(pid, "fork");
	if (pid == 0) {
		undo_handlers();
		fn();
		_exit(0);
	}
	lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
	return status;
}

static void must_die(void (*fn)(void), int sig, const char *what)
{
	int status = end_of(fn);

	lab_check(WIFSIGNALED(status) && WTERMSIG(status) == sig, "%s: "
		  "expected the end by signal %d, found status %#x", what, sig,
		  status);
}

/* A bad access becomes a signal that says what was wrong, and where. */
static void segv(void)
{
	char *at = fresh(4);
	int fd = open("/tmp/short", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *file;

	lab_must(fd, "open a file");
	lab_equal(write(fd, "text", 4), 4, "bytes written");
	file = mmap(NULL, 2 * LAB_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0);
	lab_check(file != MAP_FAILED, "mmap of a file failed");
	munmap(at + LAB_PAGE, LAB_PAGE);
	mprotect(at + 2 * LAB_PAGE, LAB_PAGE, PROT_READ);
	mprotect(at + 3 * LAB_PAGE, LAB_PAGE, PROT_NONE);
	handle_all();
	must_fault(at + LAB_PAGE + 5, 0, SIGSEGV, SEGV_MAPERR,
		   "a load where nothing is");
	must_fault(at + LAB_PAGE + 6, 1, SIGSEGV, SEGV_MAPERR,
		   "a store where nothing is");
	must_fault(at + 2 * LAB_PAGE + 7, 1, SIGSEGV, SEGV_ACCERR,
		   "a store to a page without PROT_WRITE");
	must_fault(at + 3 * LAB_PAGE + 8, 0, SIGSEGV, SEGV_ACCERR,
		   "a load from a page with PROT_NONE");
	must_fault(file + LAB_PAGE + 9, 0, SIGBUS, BUS_ADRERR,
		   "a load behind the end of a file");
	count = 0;
	locked = at + 2 * LAB_PAGE;
	handle(SIGSEGV, unlock);
	((volatile char *)locked)[8] = 9;
	lab_equal(count, 1, "signals until the handler has mended the page");
	lab_equal(locked[8], 9, "the byte that was stored then");
	undo_handlers();
	must_die(store_blocked, SIGSEGV, "a fault with all signals blocked");
	munmap(at, 4 * LAB_PAGE);
	munmap(file, 2 * LAB_PAGE);
	close(fd);
}

extern char bad_place[];

__attribute__((noinline)) static void execute_bad(void)
{
	__asm__ volatile(".globl bad_place\nbad_place: " ARCH_ILLEGAL
			 ::: "memory");
}

/* Return: the signal that an illegal instruction gives. */
static int try_bad(void)
{
	int found = setjmp(after);

	if (!found)
		execute_bad();
	return found;
}

/* An instruction that does not exist. */
static void other(void)
{
	handle_all();
	count = 0;
	for (int i = 0; i < 3; i++) {
		place = NULL;
		lab_equal(try_bad(), SIGILL, "signal of a bad instruction");
		lab_check(place == bad_place, "si_addr: expected %p, found %p",
			  (void *)bad_place, place);
	}
	lab_equal(count, 3, "signals of three bad instructions");
	undo_handlers();
	must_die(execute_bad, SIGILL, "a bad instruction without a handler");
}

/* ---- faults of the kernel ------------------------------------------------ */

static char *shared_page;

static void read_in_child(void *arg)
{
	int *ends = arg;

	lab_must(write(ends[1], "kernel", 6), "write");
	lab_equal(read(ends[0], shared_page, 6), 6, "bytes that read gave");
	lab_check(!memcmp(shared_page, "kernel", 6), "read stored nothing");
}

#define CMP_REQUEUE	(4 | 128)	/* of private words */

/* The kernel compares a word under a spin lock, where it may not sleep. */
static void lazy_under_lock(void)
{
	char *at = fresh(1);

	lab_equal(raw_syscall(ABI_futex, at, CMP_REQUEUE, 1, 1, at + 64, 0), 0,
		  "FUTEX_CMP_REQUEUE of a word that nobody has touched");
	munmap(at, LAB_PAGE);
	lab_equal(raw_syscall(ABI_futex, at, CMP_REQUEUE, 1, 1, at + 64, 0),
		  -EFAULT, "FUTEX_CMP_REQUEUE of a word that is gone");
}

/* The kernel touches pages that are not there yet, as a program would. */
static void lazy(void)
{
	char *at = fresh(8);
	int ends[2], fd;

	lazy_under_lock();
	lab_must(pipe(ends), "pipe");
	lab_equal(write(ends[1], at, 3 * LAB_PAGE / 2), 3 * LAB_PAGE / 2,
		  "bytes of a write from pages that nobody has touched");
	lab_equal(read(ends[0], at + 3 * LAB_PAGE - 9, LAB_PAGE), LAB_PAGE,
		  "bytes of a read to pages that nobody has touched");
	lab_equal(read(ends[0], at + 6 * LAB_PAGE, LAB_PAGE), LAB_PAGE / 2,
		  "bytes of the next read");
	shared_page = at + 7 * LAB_PAGE;
	memcpy(shared_page, "parent", 7);
	lab_join(lab_fork(read_in_child, ends));
	lab_check(!memcmp(shared_page, "parent", 7),
		  "read of the child changed the parent's page");
	fd = open("/proc/self/exe", O_RDONLY);
	lab_must(fd, "open /proc/self/exe");
	shared_page = mmap(NULL, LAB_PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	lab_equal(write(ends[1], shared_page, 4), 4,
		  "bytes of a write from a mapped file");
	lab_equal(read(ends[0], at, 4), 4, "bytes of a read");
	lab_check(!memcmp(at, "\177ELF", 4), "the file's bytes are wrong");
	munmap(shared_page, LAB_PAGE);
	munmap(at, 8 * LAB_PAGE);
	close(fd);
	close(ends[0]);
	close(ends[1]);
}

static void must_efault(int *ends, void *at, size_t n, const char *what)
{
	errno = 0;
	lab_check(write(ends[1], at, n) == -1 && errno == EFAULT,
		  "write from %s: expected EFAULT, found %s", what,
		  errno ? strerror(errno) : "success");
	errno = 0;
	lab_check(open(at, O_RDONLY) == -1 && errno == EFAULT,
		  "open of a name at %s: expected EFAULT, found %s", what,
		  errno ? strerror(errno) : "success");
}

/* Pointers that lead nowhere: the call fails, and all goes on. */
static void bad(void)
{
	char *at = fresh(3);
	int ends[2];
	struct timespec t = { 0, 1000000 };

	lab_must(pipe(ends), "pipe");
	munmap(at + LAB_PAGE, LAB_PAGE);
	mprotect(at + 2 * LAB_PAGE, LAB_PAGE, PROT_READ);
	memset(at, 'a', LAB_PAGE);
	for (int i = 0; i < 3; i++) {
		must_efault(ends, NULL, 8, "address 0");
		must_efault(ends, (void *)24, 8, "address 24");
		must_efault(ends, at + LAB_PAGE, 8, "an unmapped page");
		must_efault(ends, (void *)-64L, 8, "the kernel's memory");
	}
	errno = 0;
	lab_check(open(at + LAB_PAGE - 3, O_RDONLY) == -1 && errno == EFAULT,
		  "a name without an end: expected EFAULT, found %s",
		  strerror(errno));
	lab_equal(write(ends[1], at, 16), 16, "bytes of a good write");
	errno = 0;
	lab_check(read(ends[0], at + 2 * LAB_PAGE, 8) == -1 && errno == EFAULT,
		  "read to a page without PROT_WRITE: expected EFAULT, "
		  "found %s", errno ? strerror(errno) : "success");
	lab_equal(raw_syscall(SYS_nanosleep, at + LAB_PAGE, 0), -EFAULT,
		  "nanosleep with a bad pointer");
	lab_must(nanosleep(&t, NULL), "nanosleep");
	munmap(at, LAB_PAGE);
	munmap(at + 2 * LAB_PAGE, LAB_PAGE);
	close(ends[0]);
	close(ends[1]);
}

/* ---- counts -------------------------------------------------------------- */

/* Return: the number behind the key in a file of /proc. */
static long counter_in(const char *path, const char *key)
{
	char text[2048], *at;
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strstr(text, key);
	lab_check(at, "%s has no %s", path, key);
	return strtol(at + strlen(key), NULL, 10);
}

static long counter(const char *key)
{
	return counter_in("/proc/lectern/traps", key);
}

/* Of this task. */
static long own_counter(const char *key)
{
	return counter_in("/proc/self/lectern_events", key);
}

static void must_rise(const char *what, long from, long to, long least,
		      long most)
{
	lab_check(to - from >= least && to - from <= most, "%s: expected a "
		  "rise of %ld to %ld, found %ld", what, least, most,
		  to - from);
}

#define TOUCHED	64

/* The kernel counts what it does. */
static void counts(void)
{
	struct rusage old, new;
	long faults, own, before = counter("syscalls");
	char *at = fresh(TOUCHED);

	own = own_counter("syscalls");
	for (int i = 0; i < 1000; i++)
		raw_syscall(SYS_getppid);
	must_rise("syscalls of this task", own, own_counter("syscalls"), 1000,
		  1020);
	must_rise("syscalls", before, counter("syscalls"), 1000, 1030);
	faults = counter("page_faults");
	getrusage(RUSAGE_SELF, &old);
	for (int i = 0; i < TOUCHED; i++)
		at[i * LAB_PAGE] = 1;
	getrusage(RUSAGE_SELF, &new);
	must_rise("page faults of getrusage", old.ru_minflt, new.ru_minflt,
		  TOUCHED, TOUCHED + 16);
	must_rise("page_faults", faults, counter("page_faults"), TOUCHED,
		  TOUCHED + 32);
	handle_all();
	before = counter("other_faults");
	for (int i = 0; i < 50; i++)
		try_bad();
	must_rise("other_faults", before, counter("other_faults"), 50, 52);
	before = counter("asts");
	own = own_counter("asts");
	for (int i = 0; i < 50; i++)
		try_bad();
	must_rise("asts of this task", own, own_counter("asts"), 50, 90);
	must_rise("asts", before, counter("asts"), 50, 100);
	undo_handlers();
	munmap(at, TOUCHED * LAB_PAGE);
}

/* ---- the way back -------------------------------------------------------- */

static void note(int sig)
{
	(void)sig;
	count++;
}

/* A signal's frame lies on a page that is not there yet. */
static void arrive_on_fresh_stack(void)
{
	char *at = fresh(16);
	stack_t stack = { .ss_sp = at, .ss_size = 16 * LAB_PAGE };
	stack_t none = { .ss_flags = SS_DISABLE };
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note;
	sa.sa_flags = SA_ONSTACK;
	count = 0;
	lab_must(sigaltstack(&stack, NULL), "sigaltstack");
	lab_must(sigaction(SIGUSR1, &sa, NULL), "sigaction");
	raw_syscall(SYS_kill, 1, SIGUSR1);
	lab_equal(count, 1, "signals on a stack that nobody has touched");
	lab_must(sigaltstack(&none, NULL), "sigaltstack");
	munmap(at, 16 * LAB_PAGE);
}

/* A signal arrives before the next instruction; the mask comes back. */
static void arrive(void)
{
	sigset_t usr = sigmask(SIGUSR1), none = 0, now = 0;
	struct timespec t = { 0, 1000000 };

	count = 0;
	signal(SIGUSR1, note);
	raw_syscall(SYS_kill, 1, SIGUSR1);
	lab_equal(count, 1, "signals right after kill()");
	sigprocmask(SIG_BLOCK, &usr, NULL);
	raw_syscall(SYS_kill, 1, SIGUSR1);
	lab_equal(count, 1, "signals while SIGUSR1 is blocked");
	sigsuspend(&none);
	lab_equal(count, 2, "signals after sigsuspend()");
	sigprocmask(SIG_BLOCK, NULL, &now);
	lab_check(now & usr, "sigsuspend() has not restored the mask");
	raw_syscall(SYS_ppoll, 0, 0, &t, &none, 8);
	sigprocmask(SIG_BLOCK, NULL, &now);
	lab_check(now & usr, "ppoll() has not restored the mask");
	raw_syscall(SYS_kill, 1, SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &usr, NULL);
	lab_equal(count, 3, "signals right after they are unblocked");
	arrive_on_fresh_stack();
	signal(SIGUSR1, SIG_DFL);
}

#define ROUNDS	20

static volatile struct { int sent, got, late, stop; } *both;

static void note_got(int sig)
{
	(void)sig;
	both->got++;
}

static void spin(void *arg)
{
	(void)arg;
	signal(SIGUSR1, note_got);
	both->sent = 0;
	while (!both->stop)
		if (both->sent > both->got)
			both->late++;
	lab_equal(both->late, 0, "instructions after a signal was sent and "
		  "before it arrived");
	lab_equal(both->got, ROUNDS, "signals");
}

/*
 * A busy process gets signals while another one runs: when it runs again, it
 * first gets the signal.
 */
static void loop(void)
{
	struct timespec t = { 0, 3000000 };
	pid_t pid;

	both = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	both->got = both->late = both->stop = 0;
	both->sent = -1;
	pid = lab_fork(spin, NULL);
	while (both->sent < 0)
		nanosleep(&t, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		nanosleep(&t, NULL);
		lab_must(kill(pid, SIGUSR1), "kill");
		both->sent++;
	}
	nanosleep(&t, NULL);
	both->stop = 1;
	lab_join(pid);
	munmap((void *)both, LAB_PAGE);
}

static void *spin_on(void *arg)
{
	*(volatile int *)arg = 1;
	for (;;)
		;
	return NULL;
}

static void end_with_thread(void)
{
	static volatile int runs;
	struct timespec t = { 0, 1000000 };
	struct thread other;

	if (thread_create(&other, spin_on, (void *)&runs))
		_exit(9);
	while (!runs)
		nanosleep(&t, NULL);
	raw_syscall(SYS_exit_group, 7);
}

/* The first and the last time on the way back. */
static void end(void)
{
	static volatile int tid;
	int status = end_of(end_with_thread);
	pid_t pid;

	lab_check(WIFEXITED(status), "a process whose thread is busy: status "
		  "%#x", status);
	lab_equal(WEXITSTATUS(status), 7, "its exit status");
	pid = (pid_t)syscall(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0, 0, 0,
			     &tid);
	lab_must(pid, "clone");
	if (pid == 0)
		_exit(tid == (int)raw_syscall(SYS_getpid) ? 0 : 5);
	lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
	lab_check(!status, "the child did not find its own number where "
		  "CLONE_CHILD_SETTID puts it");
	lab_equal(tid, 0, "the parent's copy of this number");
}

static const struct lab_case cases[] = {
	{ "call", call },
	{ "unknown", unknown },
	{ "results", results },
	{ "segv", segv },
	{ "other", other },
	{ "lazy", lazy },
	{ "bad", bad },
	{ "counts", counts },
	{ "signal", arrive },
	{ "loop", loop },
	{ "end", end },
};

LAB_MAIN(cases)
