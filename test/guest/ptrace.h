/* SPDX-License-Identifier: MIT */
/* What the tests of ptrace(2) share: requests, and waiting for stops. */
#ifndef TEST_PTRACE_H
#define TEST_PTRACE_H

#include "../../topics/debugger/uapi.h"
#include "tap.h"

#define SYSGOOD		(SIGTRAP | 0x80)
#define EVENT(e)	(SIGTRAP | (e) << 8)
#define O(e)		PTRACE_O_EVENT(PTRACE_EVENT_##e)

UNUSED static long ptrace(long request, pid_t pid, unsigned long addr,
			  unsigned long data)
{
	return syscall(SYS_ptrace, request, (long)pid, addr, data);
}

/* => the wait status, without its low byte for a stop; -1: something else */
UNUSED static int next_stop(pid_t pid)
{
	int st = 0;

	if (waitpid(pid, &st, __WALL) != pid)
		return -1;
	return (st & 0xff) == 0x7f ? st >> 8 : -st - 2;
}

/* As next_stop() tells the end of a process. */
#define EXITED(code)	(-((code) << 8) - 2)
#define KILLED(sig)	(-(sig) - 2)

/* A child that is traced by us and stands at its SIGSTOP. */
UNUSED static pid_t traced_child(void (*fn)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		fn();
		_exit(0);
	}
	if (pid < 0 || next_stop(pid) != SIGSTOP)
		tap_bail("no traced child");
	return pid;
}

UNUSED static void end_tracee(pid_t pid)
{
	int st;

	kill(pid, SIGKILL);
	while (waitpid(pid, &st, __WALL) == pid && !WIFEXITED(st) &&
	       !WIFSIGNALED(st))
		;
}

/* The general registers, as many words as there are. */
struct regs {
	unsigned long w[64];
	unsigned n;			/* bytes */
};

struct vec {
	void *base;
	unsigned long len;
};

UNUSED static int get_regs(pid_t pid, struct regs *r)
{
	struct vec v = { r->w, sizeof(r->w) };
	int err = (int)ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS,
			      (unsigned long)&v);

	r->n = (unsigned)v.len;
	return err;
}

UNUSED static int set_regs(pid_t pid, struct regs *r)
{
	struct vec v = { r->w, r->n };

	return (int)ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS,
			   (unsigned long)&v);
}

/*
 * Index of: program counter, system-call number, result, a kept register.  The
 * float unit's set: its size, the first byte of a register.
 */
enum { R_PC = ARCH_PC_WORD, R_NR = ARCH_NR_WORD, R_RESULT = ARCH_RESULT_WORD,
	R_KEPT = ARCH_KEPT_WORD, R_COUNT = ARCH_REG_WORDS };
enum { FLOAT_SIZE = ARCH_FLOAT_SIZE, FLOAT_FIRST = ARCH_FLOAT_FIRST };
#define AUDIT_ARCH	ARCH_AUDIT

/* What PTRACE_GET_SYSCALL_INFO tells. */
struct call_info {
	uint8_t op, pad[3];
	uint32_t arch;
	uint64_t pc, sp;
	union {
		struct {
			uint64_t nr, args[6];
		};
		struct {
			int64_t result;
			uint8_t is_error;
		};
	};
};

UNUSED static int call_info_of(pid_t pid, struct call_info *i)
{
	memset(i, 0xee, sizeof(*i));
	return (int)ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(*i),
			   (unsigned long)i);
}

/* To the next entry or exit.  => its stop */
UNUSED static int step_call(pid_t pid)
{
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return next_stop(pid);
}

#endif
