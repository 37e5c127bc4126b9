/* SPDX-License-Identifier: MIT */
/* Lab 13, hidden: frames that the program made, and frames byte by byte. */
#include "frame.h"
#include <poll.h>
#include <stddef.h>

static volatile int count;

/* ---- a copy of a frame is a frame ---------------------------------------- */

/* Where it lies is the program's business: the kernel has no memory of it. */
static char copy[4096] __attribute__((aligned(64)));
static unsigned long copy_at;
static volatile int back;

#define COPIED	99			/* the result in the copy */

static void take_copy(const struct frame *f)
{
	unsigned long n = frame_end(f) - entry.sp;
	struct sigcontext *mc;

	count++;
	lab_check(n < sizeof(copy), "a frame of %lu bytes", n);
	/* as far from a border of 64 bytes as the original */
	copy_at = (unsigned long)copy + entry.sp % 64;
	memcpy((void *)copy_at, (void *)entry.sp, n);
	mc = (struct sigcontext *)(copy_at + ((unsigned long)f->mc - entry.sp));
	MC_RESULT(mc) = COPIED;
#ifdef __i386__
	mc->fpstate += copy_at - entry.sp;
#endif
}

static void return_to_copy(int old)
{
#ifdef __riscv
	(void)old;
	call_at(copy_at, 139, 0, 0);
#else
	if (old)
		call_at(copy_at + 8, 119, 0, 0);
	else
		call_at(copy_at + 4, 173, 0, 0);
#endif
}

static void test_copies(void *arg)
{
	const sigset_t mask = sigmask(SIGHUP) | 1ULL << 40, none = 0;
	long before = 4711;

	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		count = back = 0;
		handle(SIGUSR1, take_copy, kinds[i], 0);
		lab_must(sigprocmask(SIG_SETMASK, &mask, NULL), "sigprocmask");
		/* returns a second and a third time */
		lab_equal(call_at(stack_now(), SYS_kill, getpid(), SIGUSR1),
			  back ? COPIED : 0, "what kill() returned");
		lab_check(mask_now() == mask, "the mask after a signal return");
		lab_equal(before, 4711, "a local variable");
		lab_must(sigprocmask(SIG_SETMASK, &none, NULL), "sigprocmask");
		if (++back < 3)
			return_to_copy(!kinds[i]);
		lab_equal(back, 3, "returns to a copy of a frame");
		lab_equal(count, 1, "handlers that ran");
	}
}

/* ---- one frame in another ------------------------------------------------ */

#define DEEP	6

static int depth;

static void nest(const struct frame *f)
{
	static const int next[2] = { SIGUSR2, SIGUSR1 };
	volatile unsigned char mine[32];
	sigset_t before = mask_in(f);
	int level = depth;
	unsigned long sp = entry.sp, pc = MC_PC(f->mc);

	count++;
	for (int i = 0; i < 32; i++)
		mine[i] = (unsigned char)(16 * level + i);
	if (++depth < DEEP)
		lab_equal(raw_syscall(SYS_kill, getpid(), next[depth % 2]), 0,
			  "what kill() returned in a handler");
	depth--;
	lab_equal(depth, level, "the depth when an inner handler has returned");
	for (int i = 0; i < 32; i++)
		lab_equal(mine[i], 16 * level + i, "a byte of a handler's "
			  "stack, after an inner handler");
	lab_check(mask_in(f) == before && MC_PC(f->mc) == pc &&
		  sp < MC_SP(f->mc), "an inner handler has changed the frame "
		  "of an outer one");
}

/* Two kinds of frames in turns, which end in the reverse order. */
static void test_deep(void *arg)
{
	(void)arg;
	handle(SIGUSR1, nest, SA_SIGINFO | SA_NODEFER, 0);
	handle(SIGUSR2, nest, SA_NODEFER, 0);
	for (int i = 1; i <= 4; i++) {
		depth = 0;
		lab_must(kill(getpid(), SIGUSR1), "kill");
		lab_equal(count, i * DEEP, "handlers that ran");
	}
}

/* ---- what the kernel tells ----------------------------------------------- */

#define PATTERN	0x5a
#define PRIME	0x6d

static char area[SIGSTKSZ] __attribute__((aligned(64)));

/* Parts of a frame that mean nothing: from, to. */
#ifdef __riscv
static const short rt_holes[] = {
	12, 16, 24, 128, 128, 144, 156, 160, 176, 304, 820, 1088, -1,
};
#define old_holes rt_holes
#else
static const short rt_holes[] = {
	36, 144, 144, 152, 166, 168, 170, 172, 174, 176, 178, 180, 226, 228,
	238, 240, 267, 268, -1,
};
static const short old_holes[] = {
	10, 12, 14, 16, 18, 20, 22, 24, 70, 72, 82, 84, 96, 720, -1,
};
#endif

static void look_at_holes(const struct frame *f)
{
	const unsigned char *at = (unsigned char *)entry.sp;
	const short *h = f->uc ? rt_holes : old_holes;

	count++;
	for (; *h >= 0; h += 2)
		for (int i = h[0]; i < h[1]; i++)
			lab_check(at[i] == 0 || at[i] == PATTERN,
				  "byte %d of the frame, which means nothing, "
				  "is %x: neither 0 nor what was there before",
				  i, at[i]);
}

/* Leave data on the kernel's stack. */
static void prime(void)
{
	struct pollfd fds[32];

	memset(fds, PRIME, sizeof(fds));
	poll(fds, 32, 0);
	poll(fds, 3, 0);
}

static void test_leak(void *arg)
{
	stack_t alt = { .ss_sp = area, .ss_size = sizeof(area) };

	(void)arg;
	lab_must(sigaltstack(&alt, NULL), "sigaltstack");
	for (int i = 0; i < KINDS; i++) {
		handle(SIGUSR1, look_at_holes, kinds[i] | SA_ONSTACK, 0);
		for (int n = 1; n <= 4; n++) {
			count = 0;
			memset(area, PATTERN, sizeof(area));
			prime();
			lab_must(kill(getpid(), SIGUSR1), "kill");
			lab_equal(count, 1, "handlers that ran");
		}
	}
}

CASE(copies)
CASE(deep)
CASE(leak)

static const struct lab_case cases[] = {
	{ "copies", copies },
	{ "deep", deep },
	{ "leak", leak },
};

LAB_MAIN(cases)
