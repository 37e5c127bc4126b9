/* SPDX-License-Identifier: MIT */
/*
 * clone3 with a stack of its own, as C libraries make threads by it: the flags
 * that only work together, the thread pointer, a sibling (rows D1, D10).
 */
#include <sched.h>
#include "tap.h"

#define AS_LIBRARIES (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | \
	CLONE_SIGHAND | CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID | \
	CLONE_CHILD_CLEARTID)
#define FUTEX_WAIT	0
#define STACK_SIZE	16384

#ifndef SYS_futex
#define SYS_futex	SYS_futex_time64
#endif

struct clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		 stack_size, tls, set_tid, set_tid_size, cgroup;
};

static char stack[STACK_SIZE] __attribute__((aligned(16)));

/* The child runs fn(arg) on its stack and ends with the result.  => -errno */
__attribute__((noinline))
static long start(struct clone_args *a, int (*fn)(void *), void *arg)
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
#ifdef __riscv
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
static int thread_main(void *arg)
{
	seen.tls = tls_word();
	seen.pid = raw_syscall(SYS_getpid);
	seen.tid = raw_syscall(SYS_gettid);
	return *(int *)arg;
}

static void thread(void)
{
	static unsigned long block[8] = { 0x1234 };
	static int arg = 7, parent_tid;
	static volatile int child_tid = 77;
	struct clone_args a = { .flags = AS_LIBRARIES,
		.child_tid = (unsigned long)&child_tid,
		.parent_tid = (unsigned long)&parent_tid,
		.stack = (unsigned long)stack, .stack_size = STACK_SIZE,
		.tls = tls_of(block) };
	long tid = start(&a, thread_main, &arg);

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

static void refused(void)
{
	struct clone_args a = { .flags = CLONE_THREAD | CLONE_SIGHAND,
		.stack = (unsigned long)stack, .stack_size = STACK_SIZE };

	check_eq(start(&a, thread_main, NULL), -EINVAL, "SIGHAND wants VM");
	a.flags = CLONE_THREAD | CLONE_VM;
	check_eq(start(&a, thread_main, NULL), -EINVAL,
		 "THREAD wants SIGHAND");
	a.flags |= CLONE_SIGHAND;
	a.exit_signal = SIGCHLD;
	check_eq(start(&a, thread_main, NULL), -EINVAL,
		 "a thread has no signal at its end");
	a.exit_signal = 0;
	a.stack_size = 0;
	check_eq(start(&a, thread_main, NULL), -EINVAL,
		 "a stack without a size");
}

int main(void)
{
	if (raw_syscall(SYS_clone3, NULL, 0) == -ENOSYS)
		return tap_skip_all("no clone3");
	thread();
	sibling();
	refused();
	return tap_done();
}
