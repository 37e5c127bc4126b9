/* SPDX-License-Identifier: MIT */
/*
 * The end of an alternate stack (row B8): a frame that does not fit on it is
 * not written, above all not at its top again, where the handlers that are
 * still running have theirs; the program dies of SIGSEGV.
 * And no frame is written for a task that was killed.
 */
#include "tap.h"

#define MIN	((unsigned long)MINSIGSTKSZ)
#define MOST	(8 * PG)
#define ROOM	(4 * MIN)		/* for two frames at least */

static char *stack;			/* MOST bytes, then a page; shared */
static volatile int *depth;		/* shared with the parent */

/* More than there is room for: the stack was begun anew. */
static inline __attribute__((always_inline)) void deeper(void)
{
	if (++*depth > (int)(MOST / 256))
		_exit(9);
}

/* Neither has room of its own: what a handler uses below is not looked at. */
static void new_frame(int sig, siginfo_t *si, void *uc)
{
	deeper();
	*(volatile char *)tap_bad;
}

static void old_frame(int sig)
{
	deeper();
	*(volatile char *)tap_bad;
}

static void install(int sig, void *fn, int flags)
{
	struct sigaction sa = { .sa_handler = (void (*)(int))fn,
				.sa_flags = flags | SA_ONSTACK };

	sigaction(sig, &sa, NULL);
}

struct ask {
	void *handler;
	int flags;
	unsigned long size;
};

/* A fault in the handler, as often as its frames have room. */
static void overflow_stack(void *arg)
{
	const struct ask *a = arg;
	stack_t ss = { .ss_sp = stack + MOST - a->size, .ss_size = a->size };

	if (sigaltstack(&ss, NULL))
		_exit(1);
	install(SIGSEGV, a->handler, a->flags | SA_NODEFER);
	*(volatile char *)tap_bad;
}

/* => the depth it came to, or 0 if it did not die as it should */
static int depth_of(struct ask a)
{
	int st;

	*depth = 0;
	st = in_child(overflow_stack, &a);
	return WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV ? *depth : 0;
}

/* All sizes of a kind; the number of frames grows with them, to what fits. */
static void all_sizes(void *handler, int flags, const char *what)
{
	int wrong = 0, last = 0;

	for (unsigned long size = MIN; size <= MOST; size += 256) {
		int n = depth_of((struct ask){ handler, flags, size });

		/* no frame is smaller than 256 bytes */
		if (n < 1 || n < last || n > (int)(size / 256)) {
			printf("# %lu bytes: %d frames\n", size, n);
			wrong++;
		}
		last = n;
	}
	check_eq(wrong, 0, "%s: the end of the stack is the end", what);
}

/* Another signal's handler, on the stack that is full: the same. */
static void raise_in_handler(int sig)
{
	deeper();
	raise(sig);
}

static void raised(void *arg)
{
	stack_t ss = { .ss_sp = stack + MOST - ROOM, .ss_size = ROOM };

	sigaltstack(&ss, NULL);
	install(SIGUSR1, raise_in_handler, SA_NODEFER);
	raise(SIGUSR1);
}

static void segv_handler(int sig)
{
	_exit(3);
}

/* Told of it on the stack that is full: no room either. */
static void raised_handled(void *arg)
{
	install(SIGSEGV, segv_handler, 0);
	raised(arg);
}

/* It is blocked: that does not help. */
static void raised_blocked(void *arg)
{
	unsigned long set[2] = { 1UL << (SIGSEGV - 1), 0 };

	install(SIGSEGV, segv_handler, 0);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, set, NULL, 8);
	raised(arg);
}

static void check_dies(void (*fn)(void *), const char *what)
{
	int st;

	*depth = 0;
	st = in_child(fn, NULL);
	if (!WIFSIGNALED(st) || WTERMSIG(st) != SIGSEGV)
		printf("# status 0x%x\n", st);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV && *depth > 1,
	      "%s: SIGSEGV", what);
}

static void wait_with_handler(void)
{
	stack_t ss = { .ss_sp = stack, .ss_size = MOST };

	if (sigaltstack(&ss, NULL))
		_exit(1);
	install(SIGUSR1, old_frame, 0);
	*depth = 1;
	for (;;)
		pause();
}

/* SIGKILL comes first, although a signal to the thread is older. */
static void killed_first(void)
{
	int st, touched = 0;
	pid_t pid;

	*depth = 0;
	pid = fork();
	if (!pid)
		wait_with_handler();
	while (!*depth)
		usleep(1000);
	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	memset(stack, 0, MOST);
	tgkill(pid, pid, SIGUSR1);
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	for (unsigned long i = 0; i < MOST; i++)
		touched |= stack[i];
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL && !touched,
	      "no handler gets a frame after SIGKILL");
}

int main(void)
{
	depth = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		     MAP_ANONYMOUS, -1, 0);
	stack = mmap(NULL, MOST + PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		     MAP_ANONYMOUS, -1, 0);
	/* a frame below the end, and the next one is at the top again */
	if (on_other_kernel() && !depth_of((struct ask){ old_frame, 0, ROOM }))
		return tap_skip_all("this machine's Linux looks for no room");
	all_sizes(new_frame, SA_SIGINFO, "a siginfo frame");
	all_sizes(old_frame, 0, "the other one");
	check_dies(raised, "a signal that is raised");
	check_dies(raised_handled, "a handler of SIGSEGV without room");
	check_dies(raised_blocked, "SIGSEGV is blocked");
	killed_first();
	return tap_done();
}
