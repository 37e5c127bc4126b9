/* SPDX-License-Identifier: MIT */
/* Lab 1, what only the grader runs: tracers, own calls, the log. */
#include "check.h"
#include <spawn.h>
#include <sys/uio.h>

#define TRACE_ME	0
#define TRACE_CONT	7
#define TRACE_SYSCALL	24
#define TRACE_OPTIONS	0x4200
#define TRACE_GETREGS	0x4204
#define TRACE_SETREGS	0x4205
#define SYSCALL_STOP	(SIGTRAP | 0x80)

static pid_t tracee;

static void regs(int how, unsigned long *to)
{
	struct iovec v = { to, ARCH_REG_WORDS * sizeof(long) };

	lab_must(syscall(SYS_ptrace, how, tracee, 1, &v), "ptrace");
}

/* Let it go on to the next end of a call. */
static void step(void)
{
	int status = 0;

	lab_must(syscall(SYS_ptrace, TRACE_SYSCALL, tracee, 0, 0), "ptrace");
	lab_equal(waitpid(tracee, &status, 0), tracee, "waitpid");
	lab_check(WIFSTOPPED(status) && WSTOPSIG(status) == SYSCALL_STOP,
		  "expected a stop at a system call, found status %#x",
		  status);
}

static void call_three(void)
{
	raw_syscall(SYS_ptrace, TRACE_ME, 0, 0, 0);
	raw_syscall(SYS_kill, getpid(), SIGSTOP);
	if (raw_syscall(SYS_getppid) != 1)
		_exit(11);
	if (raw_syscall(SYS_getppid) != raw_syscall(SYS_getpid))
		_exit(12);
	if (raw_syscall(SYS_getppid) != 4711)
		_exit(13);
	if (raw_syscall(100000) != -ENOSYS)
		_exit(14);
	_exit(0);
}

static void must_be_call(long nr)
{
	unsigned long r[ARCH_REG_WORDS];

	regs(TRACE_GETREGS, r);
	lab_equal(r[ARCH_NR_WORD], nr, "number of the call at a stop");
}

static void change(unsigned word, unsigned long value)
{
	unsigned long r[ARCH_REG_WORDS];

	regs(TRACE_GETREGS, r);
	r[word] = value;
	regs(TRACE_SETREGS, r);
}

/* Change the number of the call that is about to be made. */
static void change_number(int nr)
{
#ifdef ARCH_NR_SET
	/* the register of the number has been read */
	struct iovec v = { &nr, sizeof(nr) };

	lab_must(syscall(SYS_ptrace, TRACE_SETREGS, tracee, ARCH_NR_SET, &v),
		 "ptrace");
#else
	change(ARCH_NR_WORD, (unsigned long)nr);
#endif
}

static void must_give(long wanted, const char *what)
{
	unsigned long r[ARCH_REG_WORDS];

	regs(TRACE_GETREGS, r);
	lab_equal((long)r[ARCH_RESULT_WORD], wanted, what);
}

/* A tracer sees both ends of a call, changes it, or prevents it. */
static void traced(void)
{
	int status = 0;

	tracee = fork();
	lab_must(tracee, "fork");
	if (tracee == 0)
		call_three();
	lab_equal(waitpid(tracee, &status, 0), tracee, "waitpid");
	lab_check(WIFSTOPPED(status), "status %#x", status);
	lab_must(syscall(SYS_ptrace, TRACE_OPTIONS, tracee, 0, 1), "ptrace");
	step();
	must_be_call(SYS_getppid);
	step();
	must_give(1, "result of getppid()");
	step();
	must_be_call(SYS_getppid);
	change_number(SYS_getpid);
	step();
	must_give(tracee, "result of a getppid() that became getpid()");
	step();
	step();
	step();
	change_number(-1);
	step();
	change(ARCH_RESULT_WORD, 4711);
	step();
	must_be_call(100000);
	step();
	must_give(-ENOSYS, "result of call 100000");
	lab_must(syscall(SYS_ptrace, TRACE_CONT, tracee, 0, 0), "ptrace");
	lab_equal(waitpid(tracee, &status, 0), tracee, "waitpid");
	lab_check(WIFEXITED(status), "status %#x", status);
	lab_equal(WEXITSTATUS(status), 0, "exit status of the traced program");
}

/* Lectern's own calls have numbers that no other call has. */
static void native(void)
{
	long found = raw_syscall(SYS_lt_join, 30000, 0, 0, 0);

	lab_check(found < 0 && found != -ENOSYS,
		  "join() of a process that does not exist returned %ld",
		  found);
	found = raw_syscall(SYS_lt_spawn, 16, 16, 16, 16, 16, 16);
	lab_check(found < 0 && found != -ENOSYS,
		  "spawn() with bad pointers returned %ld", found);
}

static char text[65536];

/* Return: how often the kernel's log has these words. */
static int logged(const char *words)
{
	long n = raw_syscall(SYS_syslog, 3, text, sizeof(text) - 1);
	int times = 0;

	lab_check(n >= 0, "syslog failed: %ld", n);
	text[n] = 0;
	for (char *at = text; (at = strstr(at, words)); at++)
		times++;
	return times;
}

/*
 * The log's line of a program that ends by a fault names the page that the
 * kernel had brought before.
 */
static void name_last_page(void)
{
	volatile char *at = mmap(NULL, 4 * LAB_PAGE, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char words[40];
	pid_t pid;

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	pid = fork();
	lab_must(pid, "fork");
	if (pid == 0) {
		at[2 * LAB_PAGE + 24] = 1;
		*(volatile char *)16 = 1;
		_exit(0);
	}
	lab_equal(waitpid(pid, NULL, 0), pid, "waitpid");
	snprintf(words, sizeof(words), "mended before: %#lx",
		 (unsigned long)at + 2 * LAB_PAGE + 24);
	lab_equal(logged(words), 1, "lines of the log that name the page "
		  "which was brought before a fault");
	munmap((void *)at, 4 * LAB_PAGE);
}

/* The log names a number that nobody knows, once. */
static void log_once(void)
{
	for (int i = 0; i < 3; i++)
		for (long nr = 500; nr < 511; nr += 2)
			lab_equal(raw_syscall(nr), -ENOSYS, "a missing call");
	lab_equal(logged("call 500 "), 1, "lines of the log for call 500");
	lab_equal(logged("call 502 "), 1, "lines of the log for call 502");
	lab_equal(logged("call 510 "), 1, "lines of the log for call 510");
	lab_equal(logged("call 501 "), 0, "lines of the log for call 501");
	for (int i = 0; i < 3; i++)
		raw_syscall(200000);
	lab_equal(logged("call 200000 "), 0, "lines for call 200000");
	name_last_page();
}

static const struct lab_case cases[] = {
	{ "traced", traced },
	{ "native", native },
	{ "log", log_once },
};

LAB_MAIN(cases)
