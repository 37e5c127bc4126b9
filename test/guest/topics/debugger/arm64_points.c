/* SPDX-License-Identifier: MIT */
/*
 * arm64's breakpoints and watchpoints by PTRACE_SETREGSET: what they take, what
 * they tell, and whose they are (rows B6, B7).
 */
#include "ptrace.h"

#ifndef __aarch64__

int main(void)
{
	return tap_skip_all("a test of arm64's debug registers");
}

#else

#define HW_BREAK	0x402
#define HW_WATCH	0x403
#define HWBKPT		4
#define SLOTS		16

#define ON		1u
#define LOAD		(1u << 3)
#define STORE		(2u << 3)
#define BYTES(mask)	((unsigned)(mask) << 5)

struct points {
	unsigned char slots, version;
	unsigned short pad[3];
	struct { unsigned long at; unsigned control, pad; } point[SLOTS];
};

static volatile long cell[4] __attribute__((aligned(8)));
static pid_t pid;

static void get_points(unsigned set, struct points *p)
{
	struct vec v = { p, sizeof(*p) };

	memset(p, 0x55, sizeof(*p));
	check_ok(ptrace(PTRACE_GETREGSET, pid, set, (unsigned long)&v),
		 "the set can be read");
}

/* Set the first points up to n; => 0 or the errno */
static int set_points(unsigned set, struct points *p, unsigned n)
{
	struct vec v = { p, 8 + n * sizeof(p->point[0]) };

	return ptrace(PTRACE_SETREGSET, pid, set, (unsigned long)&v) ? errno :
		0;
}

static int set_point(unsigned set, volatile void *at, unsigned control)
{
	struct points p = { 0 };

	p.point[0].at = (unsigned long)at;
	p.point[0].control = control;
	return set_points(set, &p, 1);
}

/* => the code of the SIGTRAP that it stops by, and *at its address; or -1 */
static int trap_code(long request, unsigned long *at)
{
	siginfo_t si;

	ptrace(request, pid, 0, 0);
	*at = 0;
	if (next_stop(pid) != SIGTRAP)
		return -1;
	ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si);
	*at = (unsigned long)si.si_addr;
	return si.si_code;
}

static long value_of(volatile long *at)
{
	long v = -1;

	ptrace(PTRACE_PEEKDATA, pid, (unsigned long)at, (unsigned long)&v);
	return v;
}

__attribute__((noinline)) static void landmark(void)
{
	__asm__ volatile("nop" ::: "memory");
}

static void act(void)
{
	cell[0] = 5;
	cell[1] = cell[2];
	landmark();
	raise(SIGSTOP);
	if (read(-1, (void *)cell, 8) < 0)	/* the kernel is not watched */
		cell[3] = 7;
	if (fork() == 0) {
		cell[0] = 6;
		_exit(0);
	}
	wait(NULL);
	raise(SIGSTOP);
}

static void points_refused(void)
{
	struct points p;

	get_points(HW_WATCH, &p);
	check(p.slots > 0 && p.slots <= SLOTS, "%d watchpoints", p.slots);
	check(p.version >= 6, "version %d", p.version);
	check(!p.point[0].at && !p.point[0].control, "none is set");
	get_points(HW_BREAK, &p);
	check(p.slots > 0 && p.slots <= SLOTS, "%d breakpoints", p.slots);
	check_eq(set_point(HW_WATCH, cell, ON | STORE), EINVAL, "no bytes");
	check_eq(set_point(HW_WATCH, cell, ON | BYTES(15)), EINVAL,
		 "no access");
	check_eq(set_point(HW_WATCH, cell, ON | STORE | BYTES(5)), EINVAL,
		 "bytes with a gap");
	check_eq(set_point(HW_BREAK, cell, ON | STORE | BYTES(15)), EINVAL,
		 "stores as a breakpoint");
	check(set_point(HW_WATCH, (void *)~0xffful, ON | STORE | BYTES(15)),
	      "the kernel is not watched");
	get_points(HW_WATCH, &p);
	check_eq(p.point[0].control & ON, 0, "nothing is on");
}

static void points_hit(void)
{
	struct points p;
	unsigned long at;

	check_eq(set_point(HW_WATCH, cell, ON | STORE | BYTES(0xff)), 0,
		 "watch stores to a word");
	get_points(HW_WATCH, &p);
	check_eq(p.point[0].at, (unsigned long)cell, "it is told: where");
	check_eq(p.point[0].control & ~6u, ON | STORE | BYTES(0xff),
		 "and how");
	check_eq(trap_code(PTRACE_CONT, &at), HWBKPT, "the store traps");
	check_eq(at, (unsigned long)cell, "at its address");
	check_eq(value_of(cell), 0, "before it is done");
	check_eq(trap_code(PTRACE_SINGLESTEP, &at), HWBKPT, "and once more");
	check_eq(set_point(HW_WATCH, 0, 0), 0, "not watched any more");
	(void)trap_code(PTRACE_SINGLESTEP, &at);
	check_eq(value_of(cell), 5, "a step does it");
	check_eq(set_point(HW_WATCH, &cell[2], ON | LOAD | BYTES(0x0f)), 0,
		 "watch loads of half a word");
	check_eq(trap_code(PTRACE_CONT, &at), HWBKPT, "the load traps");
	check_eq(at, (unsigned long)&cell[2], "at its address");
	check_eq(set_point(HW_WATCH, 0, 0), 0, "not watched any more");
	check_eq(set_point(HW_BREAK, (void *)landmark, ON | BYTES(0xf)), 0,
		 "a breakpoint");
	check_eq(trap_code(PTRACE_CONT, &at), HWBKPT, "it traps");
	check_eq(at, (unsigned long)landmark, "at its address");
	check_eq(set_point(HW_BREAK, 0, 0), 0, "taken away");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGSTOP, "it goes on");
}

static void points_elsewhere(void)
{
	check_eq(set_point(HW_WATCH, cell, ON | STORE | BYTES(0xff)), 0,
		 "watch stores again");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGCHLD, "neither a call nor a child traps");
	ptrace(PTRACE_CONT, pid, 0, SIGCHLD);
	check_eq(next_stop(pid), SIGSTOP, "it goes on");
	check_eq(value_of(&cell[3]), 7, "the call came back");
}

int main(void)
{
	pid = traced_child(act);
	points_refused();
	points_hit();
	points_elsewhere();
	end_tracee(pid);
	return tap_done();
}

#endif
