/* SPDX-License-Identifier: MIT */
/*
 * i386's debug registers by ptrace(2): what they take, what they tell, and
 * whose they are (rows B6, B7).  The tracee does one thing after another, with
 * a SIGSTOP between, and the tracer says what is watched meanwhile.
 */
#include "ptrace.h"

#ifndef __i386__

int main(void)
{
	return tap_skip_all("debug registers are i386's");
}

#else
#include <sched.h>
#include <thread.h>

#define PEEKUSR		3
#define POKEUSR		6
#define DEBUGREG(n)	(252 + 4 * (n))
#define TOP		0xc0000000ul
#define CLEAR		0xffff0ff0ul	/* DR6 */
#define STEP		0x4000ul
#define HWBKPT		4
#define R_FLAGS		14
#define RF		0x10000ul
#define TF		0x100ul
#define STOP(stop)	((stop) + 0x100000)

/* DR7: register n is on; of so many bytes, at this. */
#define ON(n, bytes, kind) (1ul << 2 * (n) | \
		((bytes) - 1ul) << (18 + 4 * (n)) | (kind) << (16 + 4 * (n)))
#define ALSO_ON(n, bytes, kind) (ON(n, bytes, kind) + (1ul << 2 * (n)))
#define FETCH	0ul
#define STORE	1ul
#define PORT	2ul
#define ACCESS	3ul

static volatile long cell[2];
static int pipe_of[2];
static pid_t pid;

/* ---- the tracer's requests ----------------------------------------------- */

static int set_debug_register(int n, unsigned long v)
{
	return ptrace(POKEUSR, pid, DEBUGREG(n), v) ? errno : 0;
}

static unsigned long get_debug_register(int n)
{
	unsigned long v = 0x5555;

	ptrace(PEEKUSR, pid, DEBUGREG(n), (unsigned long)&v);
	return v;
}

static unsigned long cpu_flags(void)
{
	struct regs r = { 0 };

	get_regs(pid, &r);
	return r.w[R_FLAGS];
}

/* => the code of the SIGTRAP it stops by, at the address told; or STOP() */
static int resume_until_stop(long request, int sig)
{
	struct regs r = { 0 };
	siginfo_t si;
	int stop;

	ptrace(request, pid, 0, (unsigned long)sig);
	stop = next_stop(pid);
	if (stop != SIGTRAP)
		return STOP(stop);
	ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si);
	get_regs(pid, &r);
	return (unsigned long)si.si_addr == r.w[R_PC] ? si.si_code : -1;
}

#define GO()	resume_until_stop(PTRACE_CONT, 0)

/* ---- what they take ------------------------------------------------------ */

static void return_at_once(void)
{
}

static void watch_bad_addresses(void)
{
	for (int n = 0; n < 8; n++)
		check_eq(get_debug_register(n), n == 6 ? CLEAR : 0,
			 "register %d at first", n);
	check_eq(set_debug_register(0, TOP), EINVAL,
		 "the kernel is not watched");
	check_eq(set_debug_register(0, ~0ul), EINVAL, "nor its end");
	check_eq(set_debug_register(0, TOP - 1), 0, "a program's last byte is");
	check_eq(get_debug_register(0), TOP - 1, "and read back");
	check_eq(set_debug_register(4, 0), EIO, "there is no DR4");
	check_eq(set_debug_register(5, 0), EIO, "nor DR5");
	check_eq(set_debug_register(6, 0x1234), 0, "DR6 takes anything");
	check_eq(get_debug_register(6), 0x1234, "and tells it");
	check_err(EIO, ptrace(POKEUSR, pid, DEBUGREG(8), 0), "none behind");
	check_err(EIO, ptrace(POKEUSR, pid, DEBUGREG(0) + 1, 0), "nor between");
	check_err(EIO, ptrace(POKEUSR, pid, DEBUGREG(0) - 4, 0), "nor before");
	check_err(EFAULT, ptrace(PEEKUSR, pid, DEBUGREG(0), (unsigned long)BAD),
		  "to nowhere");
}

static void set_each_kind(void)
{
	check_eq(set_debug_register(7, ON(0, 4, STORE)), EINVAL,
		 "four bytes at an odd place");
	check_eq(get_debug_register(7), 0, "nothing is on");
	check_eq(set_debug_register(7, ON(0, 1, FETCH)), 0,
		 "an instruction there");
	check_eq(set_debug_register(0, (unsigned long)cell), 0,
		 "another place");
	check_eq(set_debug_register(7, ON(0, 1, PORT)), EINVAL, "no ports");
	check_eq(set_debug_register(7, ON(0, 3, STORE)), EINVAL,
		 "nor three bytes");
	check_eq(set_debug_register(7, ON(0, 2, FETCH)), EINVAL,
		 "nor a long instruction");
	check_eq(set_debug_register(7, ON(0, 2, FETCH) & ~3ul), EINVAL,
		 "nor if it is off");
	check_eq(get_debug_register(7), ON(0, 1, FETCH),
		 "the last good one stands");
	check_eq(set_debug_register(7, ON(1, 3, PORT) & ~12ul), 0,
		 "what was never used may");
	check_eq(set_debug_register(7, 0xfc00), 0, "bits that mean nothing");
	check_eq(get_debug_register(7), 0xfc00, "are told all the same");
	check_eq(set_debug_register(7, ALSO_ON(0, 4, ACCESS)), 0,
		 "the other of two bits");
	check_eq(set_debug_register(0, (unsigned long)cell + 2), EINVAL,
		 "no odd place now");
	check_eq(set_debug_register(0, TOP), EINVAL, "nor the kernel");
	check_eq(get_debug_register(0), (unsigned long)cell,
		 "the old one stands");
	check_eq(set_debug_register(7, 0), 0, "all off");
	check_eq(set_debug_register(0, (unsigned long)cell + 2), 0,
		 "an odd place then");
	check_eq(set_debug_register(7, ON(2, 4, STORE)), 0,
		 "on before it has an address");
	check_eq(get_debug_register(2), 0, "is at 0");
	check_eq(set_debug_register(7, 0), 0, "and off");
}

static void take_settings(void)
{
	pid = traced_child(return_at_once);
	watch_bad_addresses();
	set_each_kind();
	check_eq(GO(), STOP(EXITED(0)), "nothing of it stops the tracee");
}

/* ---- what they tell ------------------------------------------------------ */

static void __attribute__((noinline)) target(void)
{
	__asm__ volatile("nop; nop");
}

static volatile int in_handler;

static void on_trap(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	in_handler = si->si_code;
}

static void busy_child(void)
{
	struct sigaction act = { .sa_sigaction = on_trap,
				 .sa_flags = SA_SIGINFO };
	long v = 7;

	cell[0] = 1;
	raise(SIGSTOP);
	write(pipe_of[1], &v, sizeof(v));
	read(pipe_of[0], (void *)cell, sizeof(v));	/* the kernel stores */
	write(pipe_of[1], (void *)cell, sizeof(v));	/* and loads */
	read(pipe_of[0], &v, sizeof(v));
	raise(SIGSTOP);
	v += cell[0];
	raise(SIGSTOP);
	sigaction(SIGTRAP, &act, NULL);
	cell[1] = v;
	raise(SIGSTOP);
	target();
	raise(SIGSTOP);
	target();
	_exit(in_handler == HWBKPT ? (int)cell[1] : 99);
}

static void watch_accesses(void)
{
	check_eq(set_debug_register(0, (unsigned long)cell), 0,
		 "a word is watched");
	check_eq(set_debug_register(7, ON(0, 4, STORE)), 0, "for stores");
	check_eq(GO(), HWBKPT, "it stops behind one, by TRAP_HWBKPT");
	check_eq(get_debug_register(6), CLEAR | 1, "DR6 tells the register");
	check_eq(get_debug_register(7), ON(0, 4, STORE),
		 "DR7 is as it was set");
	check_eq(GO(), STOP(SIGSTOP), "once");
	check_eq(set_debug_register(7, ON(0, 4, ACCESS)), 0, "for loads, too");
	check_eq(GO(), STOP(SIGSTOP), "what the kernel does is not told");
	check_eq(get_debug_register(6), CLEAR | 1, "nor by DR6");
	check_eq(set_debug_register(7, ON(0, 4, STORE)), 0, "for stores alone");
	check_eq(set_debug_register(3, (unsigned long)cell + 1), 0,
		 "and a byte of it");
	check_eq(set_debug_register(7, ON(0, 4, STORE) | ON(3, 1, ACCESS)), 0,
		 "for loads");
	check_eq(GO(), HWBKPT, "a load stops");
	check_eq(get_debug_register(6), CLEAR | 8, "by the other register");
	check_eq(GO(), STOP(SIGSTOP), "once");
	check_eq(set_debug_register(1, (unsigned long)&cell[1]), 0,
		 "the second word");
	check_eq(set_debug_register(7, ALSO_ON(1, 4, STORE)), 0, "alone");
	check_eq(GO(), HWBKPT, "a store there stops");
	check_eq(get_debug_register(6), CLEAR | 2, "and is told alone");
	check_eq(resume_until_stop(PTRACE_CONT, SIGTRAP), STOP(SIGSTOP),
		 "a handler has the signal");
}

static void fetches(void)
{
	int code = 1, steps = 0;

	set_debug_register(7, 0);
	check_eq(set_debug_register(1, (unsigned long)target), 0,
		 "an instruction");
	check_eq(set_debug_register(7, ON(1, 1, FETCH)), 0, "is watched");
	check_eq(GO(), HWBKPT, "the tracee stops before it");
	check_eq(get_debug_register(6), CLEAR | 2, "DR6 tells it");
	check(cpu_flags() & RF, "it resumes there");
	check_eq(GO(), STOP(SIGSTOP), "and is not stopped again");
	while (steps++ < 10000 && (code == 1 || code == 2))
		code = resume_until_stop(PTRACE_SINGLESTEP, 0);
	check_eq(code, HWBKPT, "step by step, it stops there as well");
	check_eq(get_debug_register(6), CLEAR | 2, "by the register alone");
	check_eq(resume_until_stop(PTRACE_SINGLESTEP, 0), 2,
		 "the next step is one");
	check_eq(get_debug_register(6), CLEAR | STEP, "and told so");
	check(!(cpu_flags() & (RF | TF)), "no flags are left");
}

/*
 * A store that is a step, too, is told as both.  Linux is confused by QEMU,
 * from which the exception then comes twice.
 */
static void stepped_store(void)
{
	int code = 1, steps = 0;

	if (on_other_kernel())
		return;
	pid = traced_child(busy_child);
	set_debug_register(2, (unsigned long)cell);
	set_debug_register(7, ON(2, 4, STORE));
	while (steps++ < 10000 && (code == 1 || code == 2) &&
	       !(get_debug_register(6) & 4))
		code = resume_until_stop(PTRACE_SINGLESTEP, 0);
	check_eq(code, 2, "a step that stores");
	check_eq(get_debug_register(6), CLEAR | STEP | 4, "is told as both");
	end_tracee(pid);
}

static void tell_hits(void)
{
	pid = traced_child(busy_child);
	watch_accesses();
	fetches();
	check_eq(GO(), STOP(EXITED(14)), "the tracee ends as if not watched");
	stepped_store();
}

/* ---- whose they are ------------------------------------------------------ */

static void *store_in_thread(void *arg)
{
	cell[0]++;
	return arg;
}

static void forking_child(void)
{
	struct thread t;
	pid_t c = fork();
	int st = -1;

	if (!c) {
		cell[0] = 1;
		_exit(3);
	}
	if (waitpid(c, &st, 0) != c || st != 3 << 8)
		_exit(1);
	if (thread_create(&t, store_in_thread, NULL))
		_exit(2);
	thread_join(&t);
	raise(SIGSTOP);
	cell[0]++;
	execve(tap_self, (char *[]){ "watchpoints", "stores", NULL },
	       (char *[]){ NULL });
	_exit(4);
}

/* A child's first stop.  => its number, with `pid` the same */
static pid_t follow_birth(void)
{
	unsigned long nr = 0;

	check_eq(GO(), STOP(EVENT(PTRACE_EVENT_FORK)), "it forks");
	ptrace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&nr);
	if (next_stop((pid_t)nr) != SIGSTOP)
		tap_bail("no child");
	return (pid_t)nr;
}

static void inherit_watches(void)
{
	pid_t parent, child;

	pid = traced_child(forking_child);
	set_debug_register(0, (unsigned long)cell);
	set_debug_register(7, ON(0, 4, STORE));
	ptrace(PTRACE_SETOPTIONS, pid, 0, O(FORK) | O(EXEC));
	child = follow_birth();
	parent = pid;
	pid = child;
	check_eq(get_debug_register(0), 0, "a child has no watchpoints");
	check_eq(GO(), STOP(EXITED(3)), "and is not stopped");
	pid = parent;
	check_eq(GO(), STOP(SIGCHLD), "its parent goes on");
	check_eq(GO(), STOP(SIGSTOP), "nor is a thread of its stopped");
	check_eq(GO(), HWBKPT, "but it is, yet");
	check_eq(GO(), STOP(EVENT(PTRACE_EVENT_EXEC)), "it execs");
	for (int n = 0; n < 8; n++)
		check_eq(get_debug_register(n), n == 6 ? CLEAR : 0,
			 "register %d then", n);
	check_eq(GO(), STOP(EXITED(42)), "nothing is watched any more");
}

/* Beside a task that stores to the same address of its own. */
static void moving_child(void)
{
	for (;;)
		cell[0]++;
}

static void follow_moving_child(void)
{
	unsigned long cpus[4] = { 0 }, one[4] = { 0 };
	pid_t other = fork();
	int told = 0, n = 0;

	if (!other)
		moving_child();
	pid = traced_child(moving_child);
	set_debug_register(0, (unsigned long)cell);
	set_debug_register(7, ON(0, 4, STORE));
	sched_getaffinity(pid, sizeof(cpus), cpus);
	for (int i = 0; i < 40; i++) {
		do
			n = (n + 1) % 32;
		while (!(cpus[0] & 1ul << n));
		one[0] = 1ul << n;
		syscall(SYS_sched_setaffinity, pid, sizeof(one), one);
		told += GO() == HWBKPT;
	}
	check_eq(told, 40, "each store is told, on whichever CPU");
	check_eq(waitpid(other, NULL, WNOHANG), 0, "another task's are not");
	end_tracee(other);
	end_tracee(pid);
}

/* A tracer that goes leaves them, as on Linux. */
static void detach_with_watches(void)
{
	int st = 0;

	pid = traced_child(moving_child);
	set_debug_register(0, (unsigned long)cell);
	set_debug_register(7, ON(0, 4, STORE));
	ptrace(PTRACE_DETACH, pid, 0, 0);
	check_eq(waitpid(pid, &st, 0), pid, "without a tracer");
	check_eq(WTERMSIG(st), SIGTRAP, "the signal ends it");
}

int main(int argc, char **argv)
{
	tap_find_self(argv[0]);
	if (argc > 1) {
		cell[0] = 1;
		return 42;
	}
	if (pipe(pipe_of))
		tap_bail("pipe");
	take_settings();
	tell_hits();
	inherit_watches();
	follow_moving_child();
	detach_with_watches();
	return tap_done();
}

#endif
