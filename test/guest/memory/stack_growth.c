/* SPDX-License-Identifier: MIT */
/*
 * Stacks: growth on demand up to the limit, the guard below, the reserve
 * that no mapping may take, and the fault's address in siginfo; for the main
 * stack and for threads' stacks (rows A7, E5).
 */
#include <sys/resource.h>
#include <thread.h>
#include "tap.h"

#define LIMIT	(1UL << 20)

static char alt[SIGSTKSZ] __attribute__((aligned(16)));

static void on_alt_stack(void)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };

	if (sigaltstack(&ss, NULL))
		tap_bail("sigaltstack");
}

static volatile int sink;

__attribute__((noinline)) static void dive(unsigned long low)
{
	volatile char room[1024];

	room[0] = 1;
	if ((unsigned long)room > low)
		dive(low);
	sink += room[0];
}

static void dive_to(void *low)
{
	dive((unsigned long)low);
}

/* Exits 0 if everything inside the child is right. */
static int need_or_exit(int ok, int code)
{
	if (!ok)
		_exit(code);
	return ok;
}

/* Runs with RLIMIT_STACK = 1 MiB, set before the exec. */
static int grow_to_limit(void)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	siginfo_t si;
	int sig;

	on_alt_stack();
	sig = catch_fault(dive_to, (void *)(here - LIMIT * 3 / 4), &si);
	need_or_exit(sig == 0, 10);
	sig = catch_fault(dive_to, (void *)(here - LIMIT * 2), &si);
	need_or_exit(sig == SIGSEGV, 11);
	need_or_exit((unsigned long)si.si_addr < here, 12);
	need_or_exit(here - (unsigned long)si.si_addr > LIMIT * 7 / 8 - 65536,
		     13);
	need_or_exit(here - (unsigned long)si.si_addr < LIMIT + 2 * 65536, 14);
	return 0;
}

static void rerun(void *mode)
{
	struct rlimit r, none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	getrlimit(RLIMIT_STACK, &r);
	r.rlim_cur = LIMIT;
	setrlimit(RLIMIT_STACK, &r);
	execv(tap_self, (char *[]){ tap_self, mode, NULL });
	_exit(99);
}

static void growth(void)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	int st;

	check_eq(catch_fault(dive_to, (void *)(here - 500000), NULL), 0,
		 "the stack grows on demand");
	check_eq(in_child(rerun, (char *)"-limited"), 0,
		 "to the limit, then SIGSEGV with the address");
	st = in_child(rerun, (char *)"-overflow");
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV,
	      "without a signal stack the process dies of it");
}

/* No mapping that the kernel places itself may land in the reserve. */
static void keep_reserve_free(void)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	struct rlimit r;
	int clear = 1, n;
	static void *p[2000];

	getrlimit(RLIMIT_STACK, &r);
	for (n = 0; n < 2000; n++) {
		p[n] = mmap(NULL, PG, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
		if ((unsigned long)p[n] < here &&
		    (unsigned long)p[n] > here - LIMIT)
			clear = 0;
	}
	check(clear, "no mapping lands in the stack's room");
	while (n--)
		munmap(p[n], PG);
}

/* What is below the limit of the moment may have what is asked for there. */
static void below_limit(void *arg)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	char *hint = (char *)((here & ~(PG - 1)) - 1024 * PG);
	struct rlimit r;

	(void)arg;
	getrlimit(RLIMIT_STACK, &r);
	r.rlim_cur = LIMIT;
	need_or_exit(!setrlimit(RLIMIT_STACK, &r), 2);
	need_or_exit(mmap(hint, PG, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0) ==
		     hint, 3);
}

/* A mapping placed by force below the stack stops its growth, with a gap. */
static void collide(void *arg)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	char *wall = (char *)((here & ~(PG - 1)) - 600 * PG);
	siginfo_t si;
	int sig;

	on_alt_stack();
	wall = mmap(wall, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	need_or_exit(wall != MAP_FAILED, 2);
	wall[0] = wall[PG - 1] = 'w';
	sig = catch_fault(dive_to, wall, &si);
	need_or_exit(sig == SIGSEGV, 3);
	need_or_exit((char *)si.si_addr >= wall + PG, 4);
	need_or_exit(wall[0] == 'w' && wall[PG - 1] == 'w', 5);
}

static void below_stack(void)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	siginfo_t si;
	int sig = catch_fault(store_byte, (void *)(here - (64UL << 20)), &si);

	check(sig == SIGSEGV && si.si_code == SEGV_MAPERR,
	      "far below the limit: SIGSEGV");
	check_eq((long)si.si_addr, (long)(here - (64UL << 20)),
		 "with the exact address");
}

static void *thread_overflow(void *arg)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) };
	struct thread *self = arg;
	siginfo_t si;
	int sig;

	sigaltstack(&ss, NULL);
	sig = catch_fault(dive_to, (void *)1, &si);
	return (void *)(long)(sig == SIGSEGV && si.si_code == SEGV_ACCERR &&
			      (char *)si.si_addr >= (char *)self->stack &&
			      (char *)si.si_addr < (char *)self->stack + PG);
}

static void overflow_thread(void)
{
	static struct thread t;

	thread_create(&t, thread_overflow, &t);
	check(thread_join(&t), "a thread's overflow hits its guard page");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "-limited"))
		return grow_to_limit();
	if (argc > 1 && !strcmp(argv[1], "-overflow"))
		dive(0);
	tap_find_self(argv[0]);
	on_alt_stack();
	growth();
	keep_reserve_free();
	check_eq(in_child(below_limit, NULL), 0, "a smaller limit, less room");
	check_eq(in_child(collide, NULL), 0,
		 "growth stops before a mapping, which is unharmed");
	below_stack();
	overflow_thread();
	return tap_done();
}
