/* SPDX-License-Identifier: MIT */
/*
 * Which flags go together (rows D1, D10, D11).  Every mix of those that forbid
 * each other, for clone, clone3 and unshare, against a table of the rules: an
 * illegal mix gives EINVAL and no child, a legal one a child that ends.  And
 * clone3 with a stack of its own, as C libraries make threads by it.
 */
#include <sched.h>
#include <thread.h>
#include "tap.h"

static char stack[65536] __attribute__((aligned(16)));

#define NEWTIME	0x80

/* Those that some rule names; all of their subsets are tried. */
static const uint64_t bits[] = {
	CLONE_VM, CLONE_FS, CLONE_SIGHAND, CLONE_THREAD, CLONE_PARENT_SETTID,
	CLONE_PIDFD, CLONE_DETACHED, CLONE_SYSVSEM, CLONE_NEWNS,
	CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_CLEAR_SIGHAND,
};
#define LEGACY_BITS	12	/* clone(2) has no CLEAR_SIGHAND */

/* which call; with exit_signal */
enum { OLD = 1, THIRD = 2, SIGNAL = 4 };

/* Illegal: any of `with` set (if not 0 all of these), none of `without`. */
static const struct rule {
	uint64_t all, any, without;
	int calls;
} rules[] = {
	{ CLONE_FS, CLONE_NEWNS | CLONE_NEWUSER, 0, OLD | THIRD },
	{ CLONE_THREAD, 0, CLONE_SIGHAND, OLD | THIRD },
	{ CLONE_SIGHAND, 0, CLONE_VM, OLD | THIRD },
	{ CLONE_THREAD, CLONE_NEWUSER | CLONE_NEWPID, 0, OLD | THIRD },
	{ CLONE_SYSVSEM, CLONE_NEWIPC, 0, OLD | THIRD },
	{ CLONE_PIDFD, CLONE_DETACHED, 0, OLD | THIRD },
	{ CLONE_PIDFD, CLONE_PARENT_SETTID, 0, OLD },
	{ CLONE_DETACHED, 0, 0, THIRD },
	{ CLONE_CLEAR_SIGHAND, CLONE_SIGHAND, 0, THIRD },
	{ CLONE_THREAD, 0, 0, THIRD | SIGNAL },
};

/* What this kernel does not have, beyond that. */
static const struct rule ours[] = {
	{ CLONE_PIDFD, CLONE_THREAD, 0, OLD | THIRD },
};

static int breaks(const struct rule *r, uint64_t flags, int call)
{
	if (!(r->calls & call & (OLD | THIRD)) ||
	    ((r->calls & SIGNAL) && !(call & SIGNAL)))
		return 0;
	return (flags & r->all) == r->all && (!r->any || (flags & r->any)) &&
		!(flags & r->without);
}

enum { LEGAL, ILLEGAL, UNKNOWN };

static int judge(uint64_t flags, int call)
{
	for (int i = 0; i < COUNT(rules); i++)
		if (breaks(&rules[i], flags, call))
			return ILLEGAL;
	for (int i = 0; i < COUNT(ours); i++)
		if (breaks(&ours[i], flags, call))
			return on_other_kernel() ? UNKNOWN : ILLEGAL;
	/* the end of a space's init has who shares its handlers ignore SIGCHLD */
	return flags & CLONE_NEWPID && flags & CLONE_SIGHAND ? UNKNOWN : LEGAL;
}

static uint64_t subset(unsigned int n)
{
	uint64_t flags = 0;

	for (int i = 0; i < COUNT(bits); i++)
		if (n >> i & 1)
			flags |= bits[i];
	return flags;
}

static int return_none(void *arg)
{
	(void)arg;
	return 0;
}

static volatile int cleared;

/* A child by clone that is waited for.  => 0 or -errno */
static long old_child(uint64_t flags)
{
	int told = -1;
	long tid;

	cleared = 1;
	if (flags & CLONE_THREAD)
		flags |= CLONE_CHILD_CLEARTID;
	tid = __clone(return_none, stack + sizeof(stack),
		      (long)(flags | SIGCHLD),
		      NULL, &told, NULL, (int *)&cleared);
	if (tid < 0)
		return tid;
	if (flags & CLONE_PIDFD)
		close(told);
	if (!(flags & CLONE_THREAD))
		return waitpid((pid_t)tid, NULL, __WALL) == tid ? 0 : -errno;
	while (cleared)
		usleep(200);
	return 0;
}

static void all_old(void)
{
	int wrong = 0, refused = 0, made = 0;

	for (unsigned int n = 0; n < 1u << LEGACY_BITS; n++) {
		uint64_t flags = subset(n);
		int want = judge(flags, OLD);
		long r;

		if (want == UNKNOWN)
			continue;
		r = old_child(flags);
		refused += r == -EINVAL;
		made += r == 0;
		if (r != (want == ILLEGAL ? -EINVAL : 0)) {
			printf("# clone %#llx: %ld\n",
			       (unsigned long long)flags, r);
			wrong++;
		}
	}
	check_eq(wrong, 0, "clone: %d mixes refused, %d children", refused,
		 made);
}

/* ---- clone3 -------------------------------------------------------------- */

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		 stack_size, tls, set_tid, set_tid_size, cgroup;
};

static long third_child(uint64_t flags, int sig)
{
	int fd = -1, tid = -1;
	struct clone_args a = { .flags = flags, .exit_signal = (uint64_t)sig,
		.pidfd = (unsigned long)&fd,
		.parent_tid = (unsigned long)&tid };
	long pid = raw_syscall(SYS_clone3, &a, sizeof(a));

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return pid;
	if (flags & CLONE_PIDFD)
		close(fd);
	return waitpid((pid_t)pid, NULL, __WALL) == pid ? 0 : -errno;
}

static void all_third(int sig)
{
	int wrong = 0, refused = 0, made = 0;

	for (unsigned int n = 0; n < 1u << COUNT(bits); n++) {
		uint64_t flags = subset(n);
		int want = judge(flags, THIRD | (sig ? SIGNAL : 0));
		long r;

		/* a child in our memory would need a stack of its own */
		if (want == UNKNOWN || (want == LEGAL && (flags & CLONE_VM)))
			continue;
		r = third_child(flags, sig);
		refused += r == -EINVAL;
		made += r == 0;
		if (r != (want == ILLEGAL ? -EINVAL : 0)) {
			printf("# clone3 %#llx: %ld\n",
			       (unsigned long long)flags, r);
			wrong++;
		}
	}
	check_eq(wrong, 0, "clone3, signal %d: %d mixes refused, %d children",
		 sig, refused, made);
}

static void third_fields(void)
{
	int wrong = 0;

	for (int bit = 34; bit < 64; bit++)
		wrong += third_child(1ull << bit, SIGCHLD) != -EINVAL;
	check_eq(wrong, 0, "clone3: no flag beyond the known ones");
	for (int bit = 0; bit < 7; bit++)	/* the eighth is NEWTIME */
		wrong += third_child(1ull << bit, 0) != -EINVAL;
	check_eq(wrong, 0, "no signal among them");
	for (int sig = 65; sig < 70; sig++)
		wrong += third_child(0, sig) != -EINVAL;
	wrong += third_child(0, -1) != -EINVAL;
	check_eq(wrong, 0, "no exit signal beyond 64");
	wrong += third_child(CLONE_PARENT, SIGCHLD) != -EINVAL;
	check_eq(wrong, 0, "no signal of a sibling's own");
}

/* ---- unshare, setns ------------------------------------------------------ */

#define MAY_UNSHARE	(CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)
#define ALONE		(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

static int threaded;

static int unshare_wrong(unsigned long flags)
{
	unsigned long known = MAY_UNSHARE | ALONE | CLONE_NEWUTS |
		CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_NEWNS |
		CLONE_NEWNET | NEWTIME;
	long r, want = 0;

	/* who has made a space for children can make no thread; and who has
	 * none of its ids in a space of users no other one */
	if (flags & (CLONE_NEWPID | CLONE_NEWUSER))
		return 0;
	if ((flags & ~known) || (threaded && (flags & ALONE)))
		want = -EINVAL;
	r = raw_syscall(SYS_unshare, flags);
	if (r != want)
		printf("# unshare %#lx: %ld\n", flags, r);
	return r != want;
}

static int unshare_all(void)
{
	int wrong = 0;

	for (int a = 0; a < 32; a++)
		for (int b = a; b < 32; b++)
			wrong += unshare_wrong(1ul << a | 1ul << b);
	return wrong;
}

static void *wait_for_thread(void *arg)
{
	while (threaded)
		usleep(500);
	return arg;
}

static void unshare_alone(void *arg)
{
	_exit(!!unshare_all());
}

static void unshare_beside(void *arg)
{
	struct thread t;

	threaded = 1;
	if (thread_create(&t, wait_for_thread, NULL))
		_exit(2);
	_exit(!!unshare_all());
}

static void unshares(void)
{
	/*
	 * children's: whoever has unshared times makes no threads on Linux 6.1
	 */
	check_eq(in_child(unshare_alone, NULL), 0,
		 "unshare: each pair of flags");
	check_eq(in_child(unshare_beside, NULL), 0, "with a thread beside");
	check_err(EBADF, syscall(SYS_setns, -1, 0), "setns");
	check_err(EINVAL, syscall(SYS_setns, 0, 0), "no name space");
}

/* ---- clone3 with a stack ------------------------------------------------- */

#define AS_LIBRARIES (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | \
	CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | \
	CLONE_CHILD_CLEARTID)
#define FUTEX_WAIT	0

#ifndef SYS_futex
#define SYS_futex	SYS_futex_time64
#endif

/* The child runs fn(arg) on its stack and ends with the result.  => -errno */
__attribute__((noinline))
static long on_stack(struct clone_args *a, int (*fn)(void *), void *arg)
{
	long result;

#ifdef __riscv
	register long a0 __asm__("a0") = (long)a;
	register long a1 __asm__("a1") = sizeof(*a);
	register long a7 __asm__("a7") = SYS_clone3;

	__asm__ volatile("ecall\n\t"
			 "bnez a0, 1f\n\t"
			 "mv a0, %[arg]\n\t"
			 "jalr %[fn]\n\t"
			 "li a7, 93\n\t"
			 "ecall\n"
			 "1:"
			 : "+r"(a0)
			 : "r"(a1), "r"(a7), [fn] "r"(fn), [arg] "r"(arg)
			 : "memory", "ra");
	result = a0;
#elif defined(__aarch64__)
	register long x0 __asm__("x0") = (long)a;
	register long x1 __asm__("x1") = sizeof(*a);
	register long x8 __asm__("x8") = SYS_clone3;

	__asm__ volatile("svc #0\n\t"
			 "cbnz x0, 1f\n\t"
			 "mov x0, %[arg]\n\t"
			 "blr %[fn]\n\t"
			 "mov x8, #93\n\t"
			 "svc #0\n"
			 "1:"
			 : "+r"(x0)
			 : "r"(x1), "r"(x8), [fn] "r"(fn), [arg] "r"(arg)
			 : "memory", "x30");
	result = x0;
#else
	__asm__ volatile("int $0x80\n\t"
			 "testl %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "pushl %%edi\n\t"
			 "call *%%esi\n\t"
			 "movl %%eax, %%ebx\n\t"
			 "movl $1, %%eax\n\t"
			 "int $0x80\n"
			 "1:"
			 : "=a"(result)
			 : "0"(SYS_clone3), "b"(a), "c"(sizeof(*a)), "S"(fn),
			   "D"(arg)
			 : "memory");
#endif
	return result;
}

/* The argument that makes a thread's pointer lead to block. */
static uint64_t tls_of(unsigned long *block)
{
#ifndef __i386__
	return (unsigned long)block;
#else
	static struct {
		unsigned int entry;
		unsigned long base;
		unsigned int limit, bits;
	} desc;
	unsigned short gs;

	desc.base = (unsigned long)block;
	desc.limit = 0xfffff;
	desc.bits = 0x51;
	__asm__("mov %%gs, %0" : "=r"(gs));
	if (gs) {
		desc.entry = gs >> 3;
		return (unsigned long)&desc;
	}
	/* no TLS yet: the next free slot, which gs then names */
	desc.entry = ~0u;
	syscall(SYS_set_thread_area, &desc);
	__asm__ volatile("mov %w0, %%gs" :: "r"(desc.entry << 3 | 3));
	return (unsigned long)&desc;
#endif
}

static unsigned long tls_word(void)
{
	unsigned long word;

#ifdef __riscv
	__asm__ volatile("ld %0, 0(tp)" : "=r"(word));
#elif defined(__aarch64__)
	__asm__ volatile("mrs %0, tpidr_el0\n\tldr %0, [%0]" : "=r"(word));
#else
	__asm__ volatile("movl %%gs:0, %0" : "=r"(word));
#endif
	return word;
}

static volatile struct {
	unsigned long tls;
	long pid, tid;
} seen;

/* Without a C library: its thread pointer is not this one. */
static int note_tls(void *arg)
{
	seen.tls = tls_word();
	seen.pid = raw_syscall(SYS_getpid);
	seen.tid = raw_syscall(SYS_gettid);
	return *(int *)arg;
}

static void library_thread(void)
{
	static unsigned long block[8] = { 0x1234 };
	static int arg = 7, parent_tid;
	static volatile int child_tid = 77;
	struct clone_args a = { .flags = AS_LIBRARIES,
		.child_tid = (unsigned long)&child_tid,
		.parent_tid = (unsigned long)&parent_tid,
		.stack = (unsigned long)stack, .stack_size = sizeof(stack),
		.tls = tls_of(block) };
	long tid = on_stack(&a, note_tls, &arg);

	if (!check(tid > 0, "a thread as libraries make it"))
		return;
	check_eq(parent_tid, tid, "PARENT_SETTID: its number");
	while (child_tid)
		syscall(SYS_futex, &child_tid, FUTEX_WAIT, 77, NULL, NULL, 0);
	check_eq(seen.pid, getpid(), "THREAD: one process");
	check_eq(seen.tid, tid, "with a number of its own");
	check_eq(seen.tls, 0x1234, "SETTLS: its own thread pointer");
	check_err(ECHILD, waitpid((pid_t)tid, NULL, __WALL),
		  "nobody's child");
}

/* ---- CLONE_PARENT -------------------------------------------------------- */

static void has_sibling(void *arg)
{
	struct clone_args a = { .flags = CLONE_PARENT };
	long pid = syscall(SYS_clone3, &a, sizeof(a));

	(void)arg;
	if (pid == 0)
		_exit(0);
	_exit(pid > 0 && waitpid((pid_t)pid, NULL, __WALL) == -1 &&
	      errno == ECHILD ? 0 : 1);
}

static void sibling(void)
{
	int n = 0, sum = 0, st;

	if (fork() == 0)
		has_sibling(NULL);
	for (; waitpid(-1, &st, __WALL) > 0; n++)
		sum += st;
	check(n == 2 && !sum, "PARENT: a sibling, our parent's to wait for");
}

static void refused_stacks(void)
{
	struct clone_args a = { .flags = CLONE_THREAD | CLONE_SIGHAND,
		.stack = (unsigned long)stack, .stack_size = sizeof(stack) };

	check_eq(on_stack(&a, note_tls, NULL), -EINVAL, "SIGHAND wants VM");
	a.flags = CLONE_THREAD | CLONE_VM;
	check_eq(on_stack(&a, note_tls, NULL), -EINVAL,
		 "THREAD wants SIGHAND");
	a.flags |= CLONE_SIGHAND;
	a.exit_signal = SIGCHLD;
	check_eq(on_stack(&a, note_tls, NULL), -EINVAL,
		 "a thread has no signal at its end");
	a.exit_signal = 0;
	a.stack_size = 0;
	check_eq(on_stack(&a, note_tls, NULL), -EINVAL,
		 "a stack without a size");
}

/* A call for each mix of flags, as root: some want a right. */
static void mixes(void)
{
	int fd = open("/", O_RDONLY), next;

	close(0);
	open("/", O_RDONLY);
	all_old();
	if (raw_syscall(SYS_clone3, NULL, 0) == -ENOSYS) {
		tap_skip("clone3", "not there");
	} else {
		all_third(SIGCHLD);
		all_third(0);
		third_fields();
	}
	unshares();
	check_err(ECHILD, waitpid(-1, NULL, __WALL), "no child is left");
	close(fd);
	next = open("/", O_RDONLY);
	check_eq(next, fd, "and no descriptor");
}

int main(void)
{
	if (getuid())
		tap_skip("mixes of flags", "needs root");
	else
		mixes();
	if (raw_syscall(SYS_clone3, NULL, 0) == -ENOSYS) {
		tap_skip("clone3 with a stack", "no clone3");
		return tap_done();
	}
	library_thread();
	sibling();
	refused_stacks();
	return tap_done();
}
