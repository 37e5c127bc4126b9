/* SPDX-License-Identifier: MIT */
/*
 * The older requests by which debuggers see a tracee: its text, and what only
 * i386 has: all registers at once, a word of them, the float unit in both its
 * pictures, and TLS slots (rows B6, B7).
 */
#include "ptrace.h"

static const volatile unsigned long text_word = 0x600d;

static void idle_child(void)
{
}

/* PEEKTEXT is PEEKDATA by another name, here as on Linux. */
static void peek_text(void)
{
	pid_t pid = traced_child(idle_child);
	unsigned long at = (unsigned long)&text_word, v = 0;

	check_eq(ptrace(PTRACE_PEEKTEXT, pid, at, (unsigned long)&v), 0,
		 "PEEKTEXT");
	check_eq(v, 0x600d, "the word");
	check_err(EIO, ptrace(PTRACE_PEEKTEXT, pid, (unsigned long)BAD,
			      (unsigned long)&v), "no memory there");
	end_tracee(pid);
}

#ifndef __i386__

/* There are none of these: GETREGSET does it all. */
static void count_refused_requests(void)
{
	static const int none[] = { 3, 6, 12, 13, 14, 15, 18, 19, 25, 26 };
	pid_t pid = traced_child(idle_child);
	char room[512];
	int refused = 0;

	for (int i = 0; i < COUNT(none); i++)
		refused += ptrace(none[i], pid, 0, (unsigned long)room) == -1 &&
			errno == EIO;
	check_eq(refused, COUNT(none), "i386's requests give EIO");
	end_tracee(pid);
}

#else

#define PEEKUSR		3
#define POKEUSR		6
#define GETREGS		12
#define SETREGS		13
#define GETFPREGS	14
#define SETFPREGS	15
#define GETFPXREGS	18
#define SETFPXREGS	19
#define GET_TLS		25
#define SET_TLS		26
#define NT_FPREGS	2
#define NT_FPXREGS	0x46e62b7f
#define FP_SIZE		108
#define FPX_SIZE	512
#define USER_SIZE	284
#define FCW_MASKED	0x37f

static pid_t pid;

static long ask_tracee(long request, unsigned long addr, const void *data)
{
	return ptrace(request, pid, addr, (unsigned long)data);
}

/* A register set as GETREGSET tells it.  => its bytes */
static unsigned long regset(unsigned long note, void *to, unsigned long size)
{
	struct vec v = { to, size };

	return ask_tracee(PTRACE_GETREGSET, note, &v) ? 0 : v.len;
}

static void general(void)
{
	unsigned long all[R_COUNT], same[R_COUNT], v = 0;

	check_eq(ask_tracee(GETREGS, 0, all), 0, "GETREGS");
	check_eq(regset(1, same, sizeof(same)), sizeof(same), "GETREGSET");
	check(!memcmp(all, same, sizeof(all)), "the same registers");
	all[5] ^= 0x10;			/* ebp */
	check_eq(ask_tracee(SETREGS, 0, all), 0, "SETREGS");
	check_eq(ask_tracee(PEEKUSR, 5 * 4, &v), 0, "PEEKUSR");
	check_eq(v, all[5], "the new value");
	check_eq(ask_tracee(POKEUSR, 5 * 4, (void *)same[5]), 0, "POKEUSR");
	ask_tracee(GETREGS, 0, all);
	check(!memcmp(all, same, sizeof(all)), "the old one is back");
	check(!ask_tracee(PEEKUSR, R_PC * 4, &v) && v == all[R_PC],
	      "the program counter is in its place");
	check_eq(ask_tracee(PEEKUSR, USER_SIZE - 4, &v), 0, "a debug register");
	check_eq(v, 0, "is clear");
	check_err(EIO, ask_tracee(PEEKUSR, 5 * 4 + 1, &v), "an odd place");
	check_err(EIO, ask_tracee(PEEKUSR, USER_SIZE, &v), "past the end");
	check_err(EIO, ask_tracee(POKEUSR, 13 * 4, NULL),
		  "no null code selector");
	check_err(EFAULT, ask_tracee(GETREGS, 0, BAD), "GETREGS to nowhere");
	check_err(EFAULT, ask_tracee(SETREGS, 0, BAD), "SETREGS from nowhere");
}

/* One picture of the float unit: read, its control word changed, put back. */
static void float_unit(const char *name, long get, unsigned long note,
		       unsigned long size, int nowhere)
{
	unsigned char one[FPX_SIZE] = { 0 }, two[FPX_SIZE] = { 0 };

	check_eq(ask_tracee(get, 0, one), 0, "GET%s", name);
	check_eq(regset(note, two, size), size, "as a register set");
	check(!memcmp(one, two, size), "the same bytes");
	check_eq(one[0] | (one[1] & 15) << 8, FCW_MASKED,
		 "the control word is first");
	one[1] ^= 0x0c;			/* rounding */
	check_eq(ask_tracee(get + 1, 0, one), 0, "SET%s", name);
	memset(two, 0, sizeof(two));
	ask_tracee(get, 0, two);
	check_eq(two[1] & 0x0c, 0x0c, "is seen");
	one[1] ^= 0x0c;
	ask_tracee(get + 1, 0, one);
	check(ask_tracee(get, 0, BAD) == -1 && errno == nowhere, "to nowhere");
	check(ask_tracee(get + 1, 0, BAD) == -1 && errno == nowhere,
	      "from nowhere");
}

struct desc {
	unsigned int entry;
	unsigned long base;
	unsigned int limit, bits;
};

/* A slot this process has, which its children inherit.  => its number */
static unsigned int tls_slot(void)
{
	struct desc d = { ~0u, 0x1000, 0xfffff, 0x51 };
	unsigned short gs;

	__asm__("mov %%gs, %0" : "=r"(gs));
	if (gs)
		return gs >> 3;
	if (syscall(SYS_set_thread_area, &d))
		tap_bail("set_thread_area");
	return d.entry;
}

static void tls(unsigned int slot)
{
	struct desc d = { 0 }, again = { 0 };

	check_eq(ask_tracee(GET_TLS, slot, &d), 0, "GET_THREAD_AREA");
	check(d.entry == slot && d.limit == 0xfffff, "the slot asked for");
	d.base += 0x1000;
	check_eq(ask_tracee(SET_TLS, slot, &d), 0, "SET_THREAD_AREA");
	ask_tracee(GET_TLS, slot, &again);
	check_eq(again.base, d.base, "has the new base");
	d.base -= 0x1000;
	ask_tracee(SET_TLS, slot, &d);
	check_err(EINVAL, ask_tracee(GET_TLS, 1, &d), "no slot of a thread");
	check_err(EINVAL, ask_tracee(SET_TLS, slot + 100, &d), "nor is this");
	check_err(EFAULT, ask_tracee(GET_TLS, slot, BAD), "to nowhere");
	check_err(EFAULT, ask_tracee(SET_TLS, slot, BAD), "from nowhere");
}

static void count_refused_requests(void)
{
	unsigned int slot = tls_slot();
	int st;

	pid = traced_child(idle_child);
	general();
	float_unit("FPREGS", GETFPREGS, NT_FPREGS, FP_SIZE, EFAULT);
	float_unit("FPXREGS", GETFPXREGS, NT_FPXREGS, FPX_SIZE, EIO);
	tls(slot);
	ptrace(PTRACE_CONT, pid, 0, 0);
	check(waitpid(pid, &st, 0) == pid && st == 0,
	      "the child goes on with what it had");
}

#endif

int main(void)
{
	peek_text();
	count_refused_requests();
	return tap_done();
}
