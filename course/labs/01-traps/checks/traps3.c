/* SPDX-License-Identifier: MIT */
/* Lab 1: traps while interrupts come, and while memory is scarce. */
#include "proc.h"
#include "rseq.h"
#include <sched.h>
#include <setjmp.h>

#define SPAN	9000		/* ns between two interrupts, about */
#define ROOM	64		/* pages */
#define SWEEP	600		/* interrupts of each kind of trap */

static volatile struct { unsigned kind, done; } *both;
static char *page;
static volatile unsigned got;

static void *shared_page(void)
{
	void *at = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

static char *fresh(unsigned pages)
{
	void *at = mmap(NULL, pages * LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

/* ---- interrupts ---------------------------------------------------------- */

static void one_call(void)
{
	lab_equal(raw_syscall(SYS_getpid), getpid(), "getpid()");
}

static void one_fault(void)
{
	lab_must(madvise(page, LAB_PAGE, MADV_DONTNEED), "madvise");
	page[8] = 3;
	lab_equal(page[8] + page[9], 3, "a byte that was stored");
}

/* The kernel finds pages absent, then one that is in no mapping. */
static void one_kernel_fault(void)
{
	lab_must(madvise(page, ROOM * LAB_PAGE, MADV_DONTNEED), "madvise");
	for (unsigned i = 0; i < ROOM; i++)
		lab_equal(raw_syscall(SYS_getcwd, page + i * LAB_PAGE, 8), 2,
			  "getcwd");
	lab_equal(raw_syscall(SYS_getcwd, 64, 8), -EFAULT,
		  "getcwd with a bad pointer");
}

static void note(int sig)
{
	(void)sig;
	got++;
}

static void one_signal(void)
{
	unsigned before = got;

	raw_syscall(SYS_kill, getpid(), SIGUSR1);
	lab_equal(got - before, 1, "signals right after kill()");
}

static jmp_buf after;

static void leave(int sig)
{
	longjmp(after, sig);
}

__attribute__((noinline)) static void execute_bad(void)
{
	__asm__ volatile(ARCH_ILLEGAL ::: "memory");
}

static void one_other(void)
{
	int found = setjmp(after);

	if (!found)
		execute_bad();
	lab_equal(found, SIGILL, "signal of a bad instruction");
}

static void (*const kinds[])(void) = {
	one_call, one_fault, one_kernel_fault, one_signal, one_other,
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

static void trap_again(void *arg)
{
	struct sigaction sa;
	unsigned kind;

	(void)arg;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = note;
	sigaction(SIGUSR1, &sa, NULL);
	sa.sa_handler = leave;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGILL, &sa, NULL);
	page = fresh(ROOM);
	while ((kind = both->kind) < KINDS) {
		kinds[kind]();
		both->done++;
	}
}

/* Sleep with a higher priority, so that the end interrupts the other task. */
static void interrupt_often(void)
{
	for (unsigned i = 0; i < SWEEP; i++) {
		struct timespec t = { 0, (long)(SPAN + i * 7 % 3001) };

		lab_must(nanosleep(&t, NULL), "nanosleep");
	}
}

#define AHEAD	6		/* us from setting a timer to its signal */
#define STEPS	2500		/* two instructions or three */

static volatile unsigned rung;

static void ring(int sig)
{
	(void)sig;
	rung = 1;
}

/*
 * Get a signal, whose handler makes no trap to return, and compute.  Another
 * one comes at each moment of the way into the handler, by and by, and must not
 * have to wait.
 */
static void way_back(void *arg)
{
	struct itimerval t = { { 0, 0 }, { 0, AHEAD } };
	const pid_t me = getpid();
	volatile unsigned late = 0;
	struct sigaction sa;

	(void)arg;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = ring;
	sigaction(SIGALRM, &sa, NULL);
	sa.sa_handler = leave;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGUSR1, &sa, NULL);
	for (volatile unsigned i = 0; i < STEPS; i++) {
		unsigned long long begin;

		rung = 0;
		if (!setjmp(after)) {
			lab_must(setitimer(ITIMER_REAL, &t, NULL), "setitimer");
			for (unsigned n = i; n; n--)
				__asm__ volatile("" : "+r"(n));
			raw_syscall(SYS_kill, me, SIGUSR1);
		}
		begin = lab_clock();
		while (!rung && lab_clock() - begin < 100000)
			;
		late += !rung;
	}
	lab_check(!late, "%u of %u signals that came on the way back to the "
		  "handler of another one waited for the next trap", late,
		  STEPS);
}

/* Interrupts at many moments of each trap, above all on the way back. */
static void moments(void)
{
	int priority = 50;
	pid_t pid;

	lab_limit(300);
	/* in a child: the timer of this process limits the case */
	lab_join(lab_fork(way_back, NULL));
	both = shared_page();
	pid = lab_fork(trap_again, NULL);
	lab_must(syscall(SYS_sched_setscheduler, 0, 1, &priority),
		 "sched_setscheduler");
	for (unsigned kind = 0; kind < KINDS; kind++) {
		both->done = 0;
		both->kind = kind;
		interrupt_often();
		lab_check(both->done > 20, "%u interrupts in traps of kind %u:"
			  " only %u were made", SWEEP, kind, both->done);
	}
	both->kind = KINDS;
	priority = 0;
	lab_must(syscall(SYS_sched_setscheduler, 0, 0, &priority),
		 "sched_setscheduler");
	lab_join(pid);
	munmap((void *)both, LAB_PAGE);
}

/* ---- restartable sequences ----------------------------------------------- */

__attribute__((noinline)) static void sequence_ends(void)
{
	_exit(7);
}

__attribute__((noinline)) static void sequence_runs(void)
{
	for (;;)
		__asm__ volatile("" ::: "memory");
}

/* Stay in a sequence until the kernel ends it. */
static void stay(void)
{
	rseq_enter((uintptr_t)sequence_runs, 64, sequence_ends);
	sequence_runs();
}

/* rseq(2): who loses the CPU in a sequence goes on at its other end. */
static void moved(void)
{
	struct timespec t = { 0, 3000000 };
	int status = 0;
	pid_t pid = fork();

	lab_must(pid, "fork");
	if (pid == 0)
		stay();
	for (int i = 0; i < 10; i++)
		lab_must(nanosleep(&t, NULL), "nanosleep");
	lab_equal(waitpid(pid, &status, WNOHANG), pid, "children that have "
		  "left a sequence of rseq(2), 30 ms after its begin");
	lab_check(WIFEXITED(status) && WEXITSTATUS(status) == 7,
		  "a child in a sequence of rseq(2): status %#x", status);
}

/* ---- memory -------------------------------------------------------------- */

#define PAGES	24
#define FORKS	60

/* Use memory until little is left, and keep it. */
static void eat(void *arg)
{
	(void)arg;
	while (mem_free() > 1024) {
		char *at = fresh(64);

		for (unsigned i = 0; i < 64; i++)
			at[i * LAB_PAGE] = 1;
	}
	both->done = 1;
	for (;;)
		pause();
}

static void stay_here(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

/* A call that finds no memory: the largest process dies, the call succeeds. */
static void fork_without_memory(void)
{
	struct timespec t = { 0, 3000000 };
	pid_t pids[FORKS], eater;
	int status = 0;

	both = shared_page();
	eater = lab_fork(eat, NULL);
	while (!both->done)
		nanosleep(&t, NULL);
	for (unsigned i = 0; i < FORKS; i++)
		pids[i] = lab_fork(stay_here, NULL);
	for (unsigned i = 0; i < FORKS; i++)
		kill(pids[i], SIGKILL);
	for (unsigned i = 0; i < FORKS; i++)
		lab_equal(waitpid(pids[i], &status, 0), pids[i], "waitpid");
	kill(eater, SIGTERM);
	lab_equal(waitpid(eater, &status, 0), eater, "waitpid");
	lab_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		  "60 calls of fork with 1 MB of memory: the largest process "
		  "has not been killed: status %#x", status);
	munmap((void *)both, LAB_PAGE);
}

/* A fault that finds no memory is repeated; so is a call. */
static void scarce(void)
{
	volatile unsigned char *at = (unsigned char *)fresh(PAGES);

	store_without_memory(at, 0, PAGES);
	munmap((void *)at, PAGES * LAB_PAGE);
	fork_without_memory();
}

static const struct lab_case cases[] = {
	{ "moments", moments },
	{ "moved", moved },
	{ "scarce", scarce },
};

LAB_MAIN(cases)
