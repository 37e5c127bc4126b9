/* SPDX-License-Identifier: MIT */
/*
 * clone and clone3, a test a flag: what the child shares with its parent
 * and what it does not (rows D10, D1).
 */
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <thread.h>
#include "ptrace.h"
#include "note.h"

static char stack[65536] __attribute__((aligned(16)));
static volatile int word;
static int tid_word, ctid_word, fd;

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		 stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* Runs fn in a child with flags.  => its wait status, or -errno of clone */
static long with(long flags, int (*fn)(void *), void *arg)
{
	int st = 0;
	long pid;

	tid_word = ctid_word = 77;
	pid = __clone(fn, stack + sizeof(stack), flags, arg, &tid_word, NULL,
		      &ctid_word);
	if (pid < 0)
		return pid;
	if (waitpid((pid_t)pid, &st, __WALL) != pid)
		return -errno;
	return st;
}

static int change_all(void *arg)
{
	word = 1;
	chdir("/");
	umask(0);
	close(fd);
	signal(SIGUSR1, SIG_IGN);
	return 0;
}

static int return_status(void *arg)
{
	return (int)(long)arg;
}

/* What of the parent did the child's changes reach? */
static int reached(long flags)
{
	struct sigaction sa;
	char cwd[256];
	int seen = 0;

	word = 0;
	chdir(tap_dir);
	umask(022);
	fd = open("/", O_RDONLY);
	signal(SIGUSR1, SIG_DFL);
	if (with(flags | SIGCHLD, change_all, NULL) != 0)
		return -1;
	seen |= word;
	getcwd(cwd, sizeof(cwd));
	seen |= (!strcmp(cwd, "/") && umask(022) == 0) << 1;
	seen |= (fcntl(fd, F_GETFD) < 0) << 2;
	sigaction(SIGUSR1, NULL, &sa);
	seen |= (sa.sa_handler == SIG_IGN) << 3;
	close(fd);
	signal(SIGUSR1, SIG_DFL);
	chdir(tap_dir);
	return seen;
}

static void sharing(void)
{
	check_eq(reached(0), 0, "no flag: nothing is shared");
	check_eq(reached(CLONE_VM), 1, "CLONE_VM: memory");
	check_eq(reached(CLONE_FS), 2, "CLONE_FS: folder and umask");
	check_eq(reached(CLONE_FILES), 4, "CLONE_FILES: descriptors");
	check_eq(reached(CLONE_VM | CLONE_SIGHAND), 9,
		 "CLONE_SIGHAND: handlers");
	check_eq(reached(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
			 CLONE_SYSVSEM | CLONE_DETACHED | CLONE_UNTRACED),
		 15, "all; DETACHED and UNTRACED change nothing");
}

static int own_tid(void *arg)
{
	return ctid_word == gettid() ? 5 : 6;
}

static void tids(void)
{
	int st;
	long pid;

	tid_word = 77;
	pid = __clone(return_status, stack + sizeof(stack),
		      CLONE_PARENT_SETTID |
		      SIGCHLD, NULL, &tid_word, NULL, NULL);
	check_eq(tid_word, pid, "CLONE_PARENT_SETTID: told before it runs");
	waitpid((pid_t)pid, &st, 0);
	check_eq(with(CLONE_CHILD_SETTID | SIGCHLD, own_tid, NULL), 5 << 8,
		 "CLONE_CHILD_SETTID: the child's memory has it");
	check_eq(ctid_word, 77, "the parent's does not");
	with(CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, return_status, NULL);
	check_eq(ctid_word, 0, "CLONE_CHILD_CLEARTID: cleared at its end");
}

static void exit_signals(void)
{
	int st;
	long pid;

	signal(SIGUSR2, note);
	check_eq(with(SIGUSR2, return_status, (void *)3), 3 << 8,
		 "another exit signal");
	check_eq(noted[SIGUSR2], 1, "it was sent");
	pid = __clone(return_status, stack + sizeof(stack), 0, NULL, NULL, NULL,
		      NULL);
	check_err(ECHILD, waitpid((pid_t)pid, &st, 0),
		  "no exit signal: an ordinary wait does not see it");
	check_eq(waitpid((pid_t)pid, &st, __WALL), pid, "__WALL does");
	signal(SIGUSR2, SIG_DFL);
}

/* A child of our parent: a sibling, which we cannot wait for. */
static int sibling_parent(void *arg)
{
	return getppid() == (int)(long)arg ? 0 : 9;
}

static void clone_parent(void *arg)
{
	pid_t up = getppid();
	long pid = __clone(sibling_parent, stack + sizeof(stack),
			   CLONE_PARENT | SIGCHLD, (void *)(long)up, NULL,
			   NULL, NULL);

	_exit(pid > 0 && waitpid((pid_t)pid, NULL, 0) == -1 &&
	      errno == ECHILD ? 0 : 1);
}

static void parents(void)
{
	pid_t pid = fork();
	int st, sum = 0;

	if (pid == 0)
		clone_parent(NULL);
	for (int i = 0; i < 2; i++) {
		if (wait(&st) < 0)
			sum = 99;
		sum += st;
	}
	check_eq(sum, 0, "CLONE_PARENT: a sibling, our parent's to wait for");
}

/* ---- flags with a test of their own -------------------------------------- */

static void pidfd(void)
{
	struct pollfd p = { .events = POLLIN };
	int pidfd = -1, st;
	long pid;

	pid = __clone(return_status, stack + sizeof(stack),
		      CLONE_PIDFD | SIGCHLD,
		      (void *)4, &pidfd, NULL, NULL);
	check(pid > 0 && pidfd > 2, "CLONE_PIDFD: a descriptor of the child");
	check_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC, "it closes on exec");
	p.fd = pidfd;
	check_eq(poll(&p, 1, -1), 1, "readable when the child ends");
	check_eq(waitpid((pid_t)pid, &st, 0), pid, "still to be waited for");
	close(pidfd);
	check_eq(__clone(return_status, stack + sizeof(stack), CLONE_PIDFD |
			 CLONE_PARENT_SETTID | SIGCHLD, NULL, &pidfd, NULL,
			 NULL), -EINVAL, "not with PARENT_SETTID: one place");
	check_eq(__clone(return_status, stack + sizeof(stack), CLONE_PIDFD |
			 CLONE_DETACHED | SIGCHLD, NULL, &pidfd, NULL, NULL),
		 -EINVAL, "not with DETACHED");
	fd = open("/", O_RDONLY);
	check_eq(__clone(return_status, stack + sizeof(stack),
			 CLONE_PIDFD | SIGCHLD,
			 NULL, BAD, NULL, NULL), -EFAULT,
		 "nowhere to put it: no child");
	check_err(ECHILD, waitpid(-1, &st, __WALL), "none at all");
	st = open("/", O_RDONLY);
	check_eq(st, fd + 1, "and no descriptor lost");
	close(st);
	close(fd);
}

/* Words that parent and child share, whatever else they do not. */
static volatile int *shared;

/* A while later, so that a parent that does not wait is seen not to. */
static int late(void *arg)
{
	usleep(20000);
	*shared = 1;
	return 6;
}

/* Ends when it is told to by a parent that runs beside it. */
static int end_when_told(void *arg)
{
	while (!*shared)
		usleep(1000);
	return 6;
}

static void vforked(void)
{
	long pid;
	int st = 0;

	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		      MAP_ANONYMOUS, -1, 0);
	pid = __clone(late, stack + sizeof(stack), CLONE_VFORK | SIGCHLD,
		      NULL, NULL, NULL, NULL);
	check_eq(*shared, 1, "CLONE_VFORK: back when the child has ended");
	check_eq(waitpid((pid_t)pid, &st, 0), pid, "or nearly so");
	check_eq(st, 6 << 8, "after it did its work");
	*shared = 0;
	pid = __clone(end_when_told, stack + sizeof(stack), SIGCHLD, NULL, NULL,
		      NULL,
		      NULL);
	check_eq(waitpid((pid_t)pid, &st, WNOHANG), 0, "without it: at once");
	*shared = 1;
	waitpid((pid_t)pid, &st, 0);
	munmap((void *)shared, PG);
}

static volatile int thread_pid, thread_tid, thread_done;

static int note_own_ids(void *arg)
{
	thread_pid = getpid();
	thread_tid = gettid();
	return 0;
}

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
	CLONE_THREAD)

static void join_thread(void)
{
	for (int i = 0; i < 60000 && thread_done; i++)
		usleep(1000);
}

static void threaded(void)
{
	long tid;

	thread_done = 1;
	tid = __clone(note_own_ids, stack + sizeof(stack), THREAD_FLAGS |
		      CLONE_CHILD_CLEARTID | CLONE_SYSVSEM, NULL, NULL, NULL,
		      (int *)&thread_done);
	join_thread();
	check_eq(thread_pid, getpid(), "CLONE_THREAD: one process");
	check(thread_tid == tid && tid != getpid(), "with two numbers");
	check_err(ECHILD, waitpid((pid_t)tid, NULL, __WALL),
		  "a thread is nobody's child");
}

/* What the register that CLONE_SETTLS sets leads to. */
static volatile unsigned long tls_seen;

static int read_tls(void *arg)
{
#ifdef __riscv
	unsigned long tp;

	__asm__ volatile("mv %0, tp" : "=r"(tp));
	tls_seen = *(unsigned long *)tp;
#elif defined(__aarch64__)
	unsigned long tp;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tp));
	tls_seen = *(unsigned long *)tp;
#else
	unsigned long word;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(word));
	tls_seen = word;
#endif
	return 0;
}

static void thread_pointer(void)
{
	static unsigned long block = 0x1234;
	void *tls = &block;
	int st;
	long pid;
#ifdef __i386__
	/* the descriptor %gs stands for: base, all of memory */
	unsigned short gs;
	struct {
		unsigned int entry;
		unsigned long base;
		unsigned int limit, bits;
	} desc = { .base = (unsigned long)&block, .limit = 0xfffff,
		   .bits = 0x51 };

	__asm__("mov %%gs, %0" : "=r"(gs));
	if (!gs) {
		/* no TLS yet: the next free slot, which gs then names */
		desc.entry = ~0u;
		syscall(SYS_set_thread_area, &desc);
		__asm__ volatile("mov %w0, %%gs" ::
				 "r"(desc.entry << 3 | 3));
	} else {
		desc.entry = gs >> 3;
	}
	tls = &desc;
#endif
	tls_seen = 0;
	pid = __clone(read_tls, stack + sizeof(stack), CLONE_VM |
		      CLONE_SETTLS | SIGCHLD, NULL, NULL, tls, NULL);
	waitpid((pid_t)pid, &st, 0);
	check_eq(tls_seen, 0x1234, "CLONE_SETTLS: its own thread pointer");
}

/* ---- traced callers ------------------------------------------------------ */

static long traced_flags;

static void clone_while_traced(void)
{
	with(traced_flags | SIGCHLD, return_status, (void *)5);
}

/*
 * A tracee makes a child with flags.  => what its tracer sees: 1: an event,
 * 2: the child's stop; -1: something else
 */
static int seen_by_tracer(long flags, unsigned long options)
{
	pid_t pid, got;
	int st, seen = 0;

	traced_flags = flags;
	pid = traced_child(clone_while_traced);
	ptrace(PTRACE_SETOPTIONS, pid, 0, options);
	ptrace(PTRACE_CONT, pid, 0, 0);
	for (;;) {
		got = waitpid(-1, &st, __WALL);
		if (got == pid && WIFEXITED(st))
			return st ? -1 : seen;
		if (got < 0)
			return -1;
		if (!WIFSTOPPED(st))
			continue;
		if (got != pid)
			seen |= 2;
		else if (st >> 16)
			seen |= 1;
		ptrace(PTRACE_CONT, got, 0, 0);
	}
}

static void clone_traced(void)
{
	check_eq(seen_by_tracer(0, 0), 0, "a tracee's child is not traced");
	check_eq(seen_by_tracer(CLONE_PTRACE, 0), 2,
		 "CLONE_PTRACE: it is, without an event");
	check_eq(seen_by_tracer(0, O(FORK)), 3,
		 "the tracer's option: it is, with one");
	check_eq(seen_by_tracer(CLONE_UNTRACED, O(FORK)), 0,
		 "CLONE_UNTRACED: not for any option");
	check_eq(seen_by_tracer(CLONE_UNTRACED | CLONE_PTRACE, O(FORK)), 2,
		 "both: the caller's wish");
}

/* ---- CLONE_IO ------------------------------------------------------------ */

#define IOPRIO(class, level)	((class) << 13 | (level))
#define WHO_PROCESS	1

static long io_prio(int who)
{
	return syscall(SYS_ioprio_get, WHO_PROCESS, who);
}

static int set_io(void *arg)
{
	return syscall(SYS_ioprio_set, WHO_PROCESS, 0, (long)arg) ? 1 : 0;
}

/* In a child, so that this process has none before and after. */
static void io_context(void *arg)
{
	(void)arg;
	/* whoever ran us may have one */
	if (io_prio(0) != 0 && (set_io(0) || io_prio(0) != 0))
		_exit(1);
	if (set_io((void *)(long)IOPRIO(2, 6)) || io_prio(0) != IOPRIO(2, 6))
		_exit(2);
	/* a copy: the child's change is its own */
	if (with(SIGCHLD, set_io, (void *)(long)IOPRIO(2, 3)) ||
	    io_prio(0) != IOPRIO(2, 6))
		_exit(3);
	if (with((long)(CLONE_IO | SIGCHLD), set_io,
		 (void *)(long)IOPRIO(2, 3)) || io_prio(0) != IOPRIO(2, 3))
		_exit(4);
	if (syscall(SYS_ioprio_set, WHO_PROCESS, 0, IOPRIO(4, 0)) != -1 ||
	    errno != EINVAL)
		_exit(5);
	if (syscall(SYS_ioprio_set, 9, 0, IOPRIO(2, 0)) != -1 ||
	    errno != EINVAL)
		_exit(6);
	if (syscall(SYS_ioprio_set, WHO_PROCESS, 0x7ffffff, IOPRIO(2, 0)) !=
	    -1 || errno != ESRCH)
		_exit(7);
	if (!geteuid() && (setresuid(1000, 1000, 1000) ||
	    syscall(SYS_ioprio_set, WHO_PROCESS, 0, IOPRIO(1, 0)) != -1 ||
	    errno != EPERM))
		_exit(8);
}

static void io(void)
{
	check_eq(in_child(io_context, NULL), 0,
		 "CLONE_IO: one I/O priority for both, else a copy");
}

static void no_effect(void)
{
	check_eq(with(CLONE_PTRACE | SIGCHLD, return_status, (void *)5), 5 << 8,
		 "CLONE_PTRACE: nothing, as nobody traces us");
	check_eq(with((long)(CLONE_IO | SIGCHLD), return_status, (void *)5),
		 5 << 8,
		 "CLONE_IO alone: nothing to share");
	check_eq(with(CLONE_DETACHED | SIGCHLD, return_status, (void *)5),
		 5 << 8,
		 "CLONE_DETACHED: ignored");
	check_eq(with(CLONE_SYSVSEM | SIGCHLD, return_status, (void *)5),
		 5 << 8,
		 "CLONE_SYSVSEM alone");
	check_eq(with(100, return_status, (void *)5), 5 << 8,
		 "a signal that does not exist is not sent");
}

/* Who may make no space hears of that first. */
static void mixed_by_user(void *arg)
{
	(void)arg;
	if (setresuid(1000, 1000, 1000))
		_exit(1);
	if (with((long)(CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD), return_status,
		 NULL) !=
	    -EPERM)
		_exit(2);
	if (with((long)(CLONE_NEWNS | CLONE_FS | SIGCHLD), return_status,
		 NULL) !=
	    -EINVAL)
		_exit(3);
}

static void refuse_mixes(void)
{
	static const struct {
		unsigned long flags;
		const char *what;
	} mixes[] = {
		{ CLONE_THREAD, "THREAD without SIGHAND" },
		{ CLONE_THREAD | CLONE_VM, "THREAD, VM without SIGHAND" },
		{ CLONE_THREAD | CLONE_SIGHAND, "THREAD, SIGHAND without VM" },
		{ CLONE_SIGHAND, "SIGHAND without VM" },
		{ CLONE_NEWNS | CLONE_FS, "NEWNS with FS" },
		{ CLONE_NEWUSER | CLONE_FS, "NEWUSER with FS" },
		{ CLONE_NEWPID | CLONE_VM | CLONE_SIGHAND | CLONE_THREAD,
		  "NEWPID with THREAD" },
		{ CLONE_NEWUSER | CLONE_VM | CLONE_SIGHAND | CLONE_THREAD,
		  "NEWUSER with THREAD" },
		{ CLONE_NEWIPC | CLONE_SYSVSEM, "NEWIPC with SYSVSEM" },
	};

	for (int i = 0; i < COUNT(mixes); i++)
		check_eq(with((long)(mixes[i].flags | SIGCHLD), return_status,
			      NULL),
			 -EINVAL, "refused: %s", mixes[i].what);
	check_eq(in_child(mixed_by_user, NULL), 0, "by an ordinary user");
}

/* ---- clone3 -------------------------------------------------------------- */

enum { SYS_ADMIN = 21, CHECKPOINT_RESTORE = 40 };

/* => errno of who asks for a number without these capabilities */
static int number_without(struct clone_args *a, unsigned long long caps)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned c[6];			/* effective, permitted, inheritable */
	int pid = fork(), st = -1;

	if (pid == 0) {
		if (syscall(SYS_capget, &h, c))
			_exit(250);
		c[0] &= ~(unsigned)caps;
		c[3] &= ~(unsigned)(caps >> 32);
		if (syscall(SYS_capset, &h, c))
			_exit(251);
		pid = (int)syscall(SYS_clone3, a, sizeof(*a));
		if (pid > 0)
			waitpid(pid, &st, 0);
		_exit(pid < 0 ? errno : 0);
	}
	waitpid(pid, &st, 0);
	return st >> 8;
}

static void wanted_number(void)
{
	int want[2] = { 0, 0 }, st;
	struct clone_args a = { .exit_signal = SIGCHLD,
		.set_tid = (unsigned long)want, .set_tid_size = 1 };
	long pid;

	if (geteuid()) {
		tap_skip("set_tid", "for root");
		return;
	}
	/* one that was free a moment ago */
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid((pid_t)pid, &st, 0);
	want[0] = (int)pid;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(getpid() == want[0] ? 21 : 22);
	check_eq(pid, want[0], "set_tid: the number asked for");
	waitpid((pid_t)pid, &st, 0);
	check_eq(st, 21 << 8, "the child has it");
	check_eq(number_without(&a, 1ull << SYS_ADMIN), 0,
		 "CAP_CHECKPOINT_RESTORE is enough");
	check_eq(number_without(&a, 1ull << CHECKPOINT_RESTORE), 0,
		 "so is CAP_SYS_ADMIN");
	check_eq(number_without(&a, 1ull << CHECKPOINT_RESTORE |
				1ull << SYS_ADMIN), EPERM, "without either");
	want[0] = getpid();
	check_err(EEXIST, syscall(SYS_clone3, &a, sizeof(a)), "it is taken");
	want[0] = 0;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "not a number");
	want[0] = 0x7fffffff;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "too large");
	a.set_tid_size = 0;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "no size");
	a.set_tid_size = 33;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "deep size");
	a.set_tid_size = 1;
	a.set_tid = 8;
	check_err(EFAULT, syscall(SYS_clone3, &a, sizeof(a)), "bad pointer");
}

static void third_pidfd(void)
{
	int pidfd = -1, tid = -1;
	struct clone_args a = { .exit_signal = SIGCHLD,
		.flags = CLONE_PIDFD | CLONE_PARENT_SETTID,
		.pidfd = (unsigned long)&pidfd,
		.parent_tid = (unsigned long)&tid };
	siginfo_t si;
	long pid = syscall(SYS_clone3, &a, sizeof(a));

	if (pid == 0)
		_exit(31);
	check(pid == tid && pidfd > 2, "PIDFD and PARENT_SETTID: two places");
	check_eq(waitid(P_PIDFD, pidfd, &si, WEXITED), 0, "wait by it");
	check_eq(si.si_status, 31, "its status");
	close(pidfd);
	a.parent_tid = a.pidfd;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "one place");
	a.flags = CLONE_INTO_CGROUP;
	a.cgroup = 1ull << 40;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "INTO_CGROUP: no such group");
	a.flags = 1ull << 40;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "unknown flag");
	a.flags = SIGCHLD;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "a signal among the flags");
	a.flags = CLONE_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "CLEAR_SIGHAND of shared handlers");
	a.flags = CLONE_PARENT;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "PARENT with a signal of its own");
}

static void third(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };
	struct sigaction sa;
	int st;
	long pid;

	if (raw_syscall(SYS_clone3, NULL, 0) == -ENOSYS) {
		tap_skip("clone3", "not there");
		return;
	}
	check_err(EINVAL, syscall(SYS_clone3, &a, 8), "clone3: size too small");
	check_err(E2BIG, syscall(SYS_clone3, &a, 1 << 20), "size too large");
	check_err(EFAULT, syscall(SYS_clone3, BAD, sizeof(a)), "bad pointer");
	signal(SIGUSR1, note);
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(11);
	waitpid((pid_t)pid, &st, 0);
	check_eq(st, 11 << 8, "like fork");
	a.flags = CLONE_CLEAR_SIGHAND;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0) {
		sigaction(SIGUSR1, NULL, &sa);
		_exit(sa.sa_handler == SIG_DFL ? 12 : 13);
	}
	waitpid((pid_t)pid, &st, 0);
	check_eq(st, 12 << 8, "CLONE_CLEAR_SIGHAND");
	a.flags = CLONE_VM | CLONE_DETACHED;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "DETACHED is refused here");
	a.flags = 0;
	a.exit_signal = 100;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)), "bad signal");
	a.exit_signal = SIGCHLD;
	a.stack_size = 4096;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "a size without a stack");
}

int main(void)
{
	tap_scratch("clone_flags");
	sharing();
	tids();
	exit_signals();
	parents();
	pidfd();
	vforked();
	threaded();
	thread_pointer();
	no_effect();
	clone_traced();
	io();
	refuse_mixes();
	third();
	if (raw_syscall(SYS_clone3, NULL, 0) != -ENOSYS) {
		wanted_number();
		third_pidfd();
	}
	tap_scratch_end();
	return tap_done();
}
