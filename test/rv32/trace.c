/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) of programs of 32 bits, from both sides: rules that trace a child
 * of their own, or a program of 64 bits; and tracees that are told what to do.
 * Memory policies, whose masks are words.  test/guest/topics/rv32 starts
 * them.
 */
#include "calls.h"

enum { NR_READ = 63, NR_PTRACE = 117, NR_SIGPROCMASK = 135,
       NR_SIGQUEUE = 138, NR_SETRESUID = 147, NR_MBIND = 235,
       NR_GET_POLICY, NR_SET_POLICY, NR_MIGRATE, NR_MOVE };
enum { EIO = 5, SIGKILL = 9, SIGSEGV = 11, SIGCONT = 18, SIGSTOP, SIGTRAP = 5 };
enum { TRACEME, PEEK = 2, POKE = 5, CONT = 7, ATTACH = 16, OPTIONS = 0x4200,
       EVENTMSG, GETINFO, SETINFO, GETREGSET, SETREGSET, SEIZE, INTERRUPT,
       PEEKINFO = 0x4209, GETMASK, SETMASK, SYSCALL_INFO = 0x420e };
enum { NT_PRSTATUS = 1, NT_PRFPREG, TRACEEXEC = 1 << 4 };

static long trace(long request, long pid, u32 addr, u32 data)
{
	return call(NR_PTRACE, request, pid, addr, data);
}

/* => the stop's status, as waitid tells it; or that of the end */
static long next_stop(long pid)
{
	struct info info;

	/* WSTOPPED, WEXITED, __WALL */
	CHECK(!call(NR_WAITID, 1, pid, &info, 0x40000006, 0));
	return info.status;
}

static void stop(void)
{
	call(NR_KILL, call(NR_GETPID), SIGSTOP);
}

/* A child that stands at its SIGSTOP; what it does then is to exit with fn(). */
static long traced(long (*fn)(void))
{
	long pid = fork();

	if (!pid) {
		CHECK(!trace(TRACEME, 0, 0, 0));
		stop();
		call(NR_EXIT, fn());
	}
	CHECK(next_stop(pid) == SIGSTOP);
	return pid;
}

static long goes_on(long pid)
{
	CHECK(!trace(CONT, pid, 0, 0));
	return next_stop(pid);
}

/* ---- words --------------------------------------------------------------- */

static volatile u32 *pair;		/* the last two of a page */

static long sees_words(void)
{
	return pair[0] == 0xabcd1234 && pair[1] == 0xfedc4321 ? 7 : 8;
}

/* One word, and neither the one beside it nor more room than that. */
static void trial_words(void)
{
	u32 v[2] = { 1, 2 };
	long pid;

	pair = edge(8);
	pair[0] = 0xabcd5678;
	pair[1] = 0xfedc4321;
	pid = traced(sees_words);
	CHECK(!trace(PEEK, pid, (u32)&pair[1], (u32)v));
	CHECK(v[0] == 0xfedc4321 && v[1] == 2);
	CHECK(!trace(PEEK, pid, (u32)pair + 2, (u32)v) && v[0] == 0x4321abcd);
	CHECK(trace(PEEK, pid, (u32)pair + 6, (u32)v) == -EIO);
	CHECK(trace(POKE, pid, (u32)pair + 6, 0) == -EIO);
	CHECK(!trace(POKE, pid, (u32)pair, 0xabcd1234));
	CHECK(!trace(POKE, pid, (u32)&pair[1], 0xfedc4321));
	for (u32 i = 0; i < COUNT(nowhere); i++) {
		CHECK(trace(PEEK, pid, nowhere[i], (u32)v) == -EIO);
		CHECK(trace(POKE, pid, nowhere[i], 0) == -EIO);
	}
	FAULTS(NR_PTRACE, PEEK, pid, pair, bad);
	CHECK(!trace(PEEK, pid, (u32)pair, (u32)edge(4)));
	CHECK(!trace(EVENTMSG, pid, 0, (u32)v) && !v[0] && v[1] == 2);
	FAULTS(NR_PTRACE, EVENTMSG, pid, 0, bad);
	CHECK(goes_on(pid) == 7);
}

/* ---- registers ----------------------------------------------------------- */

struct iov { void *base; u32 len; };

static long ends(void)
{
	return 7;
}

static void trial_registers(void)
{
	u32 regs[36] = { [32] = 4711 };
	struct iov v = { regs, sizeof(regs) }, *at = edge(sizeof(v));
	long pid = traced(ends);
	u64 floats[40];

	CHECK(!trace(GETREGSET, pid, NT_PRSTATUS, (u32)&v));
	CHECK(v.base == regs && v.len == 128 && regs[32] == 4711);
	CHECK(regs[0] < TOP && regs[2] < TOP && regs[17] == NR_KILL);
	CHECK(!trace(SETREGSET, pid, NT_PRSTATUS, (u32)&v) && v.len == 128);
	v.len = 6;
	CHECK(trace(GETREGSET, pid, NT_PRSTATUS, (u32)&v) == -EINVAL);
	CHECK(trace(SETREGSET, pid, NT_PRSTATUS, (u32)&v) == -EINVAL);
	CHECK(v.len == 6);
	*at = (struct iov){ floats, sizeof(floats) };
	CHECK(!trace(GETREGSET, pid, NT_PRFPREG, (u32)at) && at->len == 264);
	CHECK(trace(GETREGSET, pid, 0x7777, (u32)at) == -EINVAL);
	FAULTS(NR_PTRACE, GETREGSET, pid, NT_PRSTATUS, bad);
	FAULTS(NR_PTRACE, SETREGSET, pid, NT_PRSTATUS, bad);
	CHECK(trace(GETREGSET, pid, NT_PRSTATUS, (u32)edge(4)) == -EFAULT);
	for (u32 i = 0; i < COUNT(nowhere); i++) {
		v = (struct iov){ (void *)nowhere[i], 128 };
		CHECK(trace(GETREGSET, pid, NT_PRSTATUS, (u32)&v) == -EFAULT);
		CHECK(trace(SETREGSET, pid, NT_PRSTATUS, (u32)&v) == -EFAULT);
		CHECK(v.len == 128);
	}
	CHECK(goes_on(pid) == 7);
}

/* ---- signals ------------------------------------------------------------- */

static long is_told(void)
{
	u64 all = 1 << (SIGUSR1 - 1);
	struct info info = { .code = -1, .status = 0x12345678 };

	CHECK(!call(NR_SIGPROCMASK, 0, &all, 0, 8));
	CHECK(!call(NR_SIGQUEUE, call(NR_GETPID), SIGUSR1, &info));
	*(volatile u32 *)0xfffffff0 = 1;
	return 1;
}

static void queued(long pid)
{
	struct { u64 off; u32 flags, nr; } args = { 0, 1, 4 };
	struct info *at = edge(sizeof(*at));

	CHECK(trace(PEEKINFO, pid, (u32)&args, (u32)at) == 1);
	CHECK(at->signo == SIGUSR1 && at->code == -1 &&
	      at->status == 0x12345678);
	CHECK(trace(PEEKINFO, pid, (u32)&args, (u32)at + 4) == -EFAULT);
	args.off = 1;
	CHECK(trace(PEEKINFO, pid, (u32)&args, (u32)at) == 0);
	args.off = 0x100000000;
	CHECK(trace(PEEKINFO, pid, (u32)&args, (u32)at) == 0);
	args.off = 0;
	FAULTS(NR_PTRACE, PEEKINFO, pid, bad, at);
	FAULTS(NR_PTRACE, PEEKINFO, pid, &args, bad);
}

static void trial_infos(void)
{
	long pid = traced(is_told);
	struct info info;
	u64 mask = 0;

	CHECK(goes_on(pid) == SIGSEGV);
	CHECK(!trace(GETINFO, pid, 0, (u32)&info));
	CHECK(info.signo == SIGSEGV && info.code == 1 &&
	      (u32)info.pid == 0xfffffff0 && !info.uid);
	info.pid = 0x76543210;
	CHECK(!trace(SETINFO, pid, 0, (u32)&info));
	info.pid = 0;
	CHECK(!trace(GETINFO, pid, 0, (u32)&info) && info.pid == 0x76543210);
	FAULTS(NR_PTRACE, GETINFO, pid, 0, bad);
	FAULTS(NR_PTRACE, SETINFO, pid, 0, bad);
	CHECK(!trace(GETMASK, pid, 8, (u32)&mask) && mask == 1 << 9);
	CHECK(trace(GETMASK, pid, 4, (u32)&mask) == -EINVAL);
	FAULTS(NR_PTRACE, SETMASK, pid, 8, bad);
	queued(pid);
	CHECK(!trace(CONT, pid, 0, SIGKILL) && next_stop(pid) == SIGKILL);
}

/* ---- a tracee of 64 bits ------------------------------------------------- */

/* argv[2] ends with 9 when given these. */
static long becomes_wide(void)
{
	char *args[] = { argv[2], "wide", "x", 0 }, *env[] = { 0 };

	return -call(NR_EXECVE, argv[2], args, env);
}

struct call_info { u8 op, pad[3]; u32 arch; u64 pc, sp, more[7]; };

/* Its registers are whole; what it has beyond 4 GiB has no address here. */
static void trial_wide(void)
{
	u64 regs[33] = { [32] = 4711 };
	struct iov v = { regs, sizeof(regs) };
	long pid = traced(becomes_wide);
	struct call_info info;
	u32 word;

	CHECK(!trace(OPTIONS, pid, 0, TRACEEXEC));
	CHECK(goes_on(pid) == (SIGTRAP | 4 << 8));
	CHECK(!trace(EVENTMSG, pid, 0, (u32)&word) && word == (u32)pid);
	CHECK(!trace(GETREGSET, pid, NT_PRSTATUS, (u32)&v));
	CHECK(v.len == 256 && regs[32] == 4711 && regs[2] >> 32);
	CHECK(trace(SYSCALL_INFO, pid, sizeof(info), (u32)&info) == 24);
	CHECK(info.arch == 0xc00000f3 && info.sp == regs[2] &&
	      info.pc == regs[0]);
	CHECK(!trace(SETREGSET, pid, NT_PRSTATUS, (u32)&v));
	v.len = 4;
	CHECK(trace(GETREGSET, pid, NT_PRSTATUS, (u32)&v) == -EINVAL);
	if (!(regs[0] >> 32))
		CHECK(!trace(PEEK, pid, (u32)regs[0], (u32)&word) && word);
	CHECK(trace(PEEK, pid, (u32)regs[2], (u32)&word) == -EIO);
	CHECK(goes_on(pid) == 9);
}

/* ---- who and which ------------------------------------------------------- */

static long sleeps(void)
{
	for (;;)
		stop();
	return 0;
}

static void trial_requests(void)
{
	long pid = traced(sleeps);

	CHECK(trace(9999, pid, 0, 0) == -EIO);
	CHECK(trace(-1, pid, 0, 0) == -EIO);
	CHECK(trace(CONT, -1, 0, 0) == -ESRCH);
	CHECK(trace(CONT, 0x7fffffff, 0, 0) == -ESRCH);
	CHECK(trace(CONT, pid, 0, 65) == -EIO);
	CHECK(trace(CONT, pid, 0, 0x80000000) == -EIO);
	CHECK(trace(SEIZE, pid, 0, 0x80000000) == -EIO);
	CHECK(trace(OPTIONS, pid, 0, 0x80000000) == -EINVAL);
	CHECK(trace(INTERRUPT, pid, 0, 0) == -EIO);
	CHECK(trace(ATTACH, pid, 0, 0) == -EPERM);
	CHECK(!call(NR_KILL, pid, SIGKILL) && next_stop(pid) == SIGKILL);
}

/* ---- anything ------------------------------------------------------------ */

static u32 seed = 1;

static u32 any(u32 n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static u8 room[2 * PG] __attribute__((aligned(4096)));

/* A length, a set, a mask's size; an address of either's, or of nobody's. */
static u32 any_word(void)
{
	static const u32 some[] = { 0, 1, 2, 4, 8, 24, 128, 256, 0x7777,
		0xffffffff, 0x80000000, 0x7fffffff };

	switch (any(4)) {
	case 0:
		return some[any(COUNT(some))];
	case 1:
		return nowhere[any(COUNT(nowhere))];
	default:
		return (u32)room + any(PG) / 4 * 4;
	}
}

/*
 * What requests take for a siginfo, an iovec, a mask, or registers.  Those of
 * the tracee may lead to where our own stack and data are: not these.
 */
static void fill_room(void)
{
	for (u32 *at = (u32 *)room; at < (u32 *)(room + sizeof(room)); at++)
		if ((*at >= 0x70000000 && *at < TOP) ||
		    (*at >= PG && *at < (u32)room))
			*at = 0;
	for (u32 i = any(8); i; i--)
		*(u32 *)(room + any(PG) / 4 * 4) = any_word();
}

/*
 * It runs on with whatever it was given, until it stops or is no more.  A
 * SIGCONT that it has blocked would be sent anew, and take the SIGSTOP away.
 */
static int lets_go(long pid, long request)
{
	struct info info;

	if (trace(request, pid, 0, any(20) ? 0 : any(SIGCONT)))
		return 1;
	CHECK(!call(NR_KILL, pid, SIGSTOP));
	CHECK(!call(NR_WAITID, 1, pid, &info, 0x40000006, 0));
	return info.code == 4 || info.code == 5;
}

/* As often as argv[3] says. */
static u32 rounds(void)
{
	u32 n = 0;

	if (argc < 4)
		return 2000;
	for (const char *at = argv[3]; *at; at++)
		n = n * 10 + (u32)(*at - '0');
	return n;
}

/* What it is made to call must not reach whoever traces it. */
static long sleeps_as_user(void)
{
	call(NR_SETRESUID, 4711, 4711, 4711);
	return sleeps();
}

static void trial_random(void)
{
	static const u16 requests[] = { PEEK, 1, POKE, 4, OPTIONS, EVENTMSG,
		GETINFO, SETINFO, GETREGSET, SETREGSET, GETREGSET, SETREGSET,
		SEIZE, INTERRUPT, 0x4208, PEEKINFO, GETMASK, SETMASK,
		SYSCALL_INFO, 9, 16, 3, 0x420f };
	long pid = traced(sleeps_as_user);

	for (u32 n = rounds(); n; n--) {
		fill_room();
		if (any(8)) {
			trace(requests[any(COUNT(requests))], pid,
			      any(3) ? any(4) : any_word(), any_word());
			continue;
		}
		if (lets_go(pid, any(2) ? CONT : 24))
			continue;
		pid = traced(sleeps_as_user);
	}
	call(NR_KILL, pid, SIGKILL);
}

/* ---- tracees of others --------------------------------------------------- */

/* What the tracer makes of s1 is shifted as one of 32 bits. */
static void trial_width(void)
{
	register u32 s1 __asm__("s1") = 0x1234;
	register long a0 __asm__("a0") = call(NR_GETPID);
	register long a1 __asm__("a1") = SIGSTOP;
	register long a7 __asm__("a7") = NR_KILL;
	u32 shifted, sum;

	__asm__ volatile("ecall" : "+r"(s1), "+r"(a0) : "r"(a1), "r"(a7) :
			 "memory");
	__asm__ volatile("srli %0, %2, 31\nadd %1, %2, %2" : "=r"(shifted),
			 "=r"(sum) : "r"(s1));
	CHECK(s1 == 0xffffffff && shifted == 1 && sum == 0xfffffffe);
}

/* It may be interrupted; nobody sees that but a tracer. */
static void trial_reads(void)
{
	char c = 0;

	CHECK(call(NR_READ, 0, &c, 1) == 1 && c == 'x');
}

/* A call with the end of its memory for arguments, as often as it may. */
static void trial_asks(void)
{
	for (;;)
		call(NR_GETPID, TOP, PG, 3, PRIVATE_ANON | FIXED, -1, 0);
}

static void trial_back(void)
{
	call(NR_EXIT, becomes_wide());
}

/* ---- memory policies ----------------------------------------------------- */

enum { PREFERRED = 1, BIND, INTERLEAVE, OF_ADDRESS = 2 };

static void trial_masks(void)
{
	u32 *one = edge(4), *two = edge(8);
	int mode = 0;

	*one = 1;
	/* 32 bits are a word, 33 are two */
	CHECK(!call(NR_SET_POLICY, INTERLEAVE, one, 33));
	CHECK(call(NR_SET_POLICY, INTERLEAVE, one, 34) == -EFAULT);
	*one = 0x80000001;
	CHECK(call(NR_SET_POLICY, INTERLEAVE, one, 33) == -EINVAL);
	CHECK(!call(NR_SET_POLICY, INTERLEAVE, one, 32));
	*two = 4711;
	CHECK(!call(NR_GET_POLICY, &mode, two, 33, 0, 0));
	CHECK(mode == INTERLEAVE && two[0] == 1 && two[1] == 0);
	*one = 0;
	CHECK(!call(NR_GET_POLICY, &mode, one, 1, 0, 0) && *one == 1);
	CHECK(call(NR_GET_POLICY, &mode, one, 33, 0, 0) == -EFAULT);
	CHECK(!call(NR_MIGRATE, 0, 33, one, one));
	CHECK(call(NR_MIGRATE, 0, 34, one, one) == -EFAULT);
	FAULTS(NR_SET_POLICY, INTERLEAVE, bad, 33);
	FAULTS(NR_GET_POLICY, bad, 0, 0, 0, 0);
	FAULTS(NR_GET_POLICY, 0, bad, 64, 0, 0);
	FAULTS(NR_MIGRATE, 0, 33, bad, one);
}

static void trial_areas(void)
{
	u32 *one = edge(4), at = (u32)one & ~(PG - 1);
	int mode = 0;

	*one = 1;
	CHECK(!call(NR_MBIND, at, PG, BIND, one, 33, 0));
	CHECK(call(NR_MBIND, at, PG, BIND, one, 34, 0) == -EFAULT);
	CHECK(call(NR_MBIND, at, 2 * PG, BIND, one, 33, 0) == -EFAULT);
	CHECK(call(NR_MBIND, -PG, PG, BIND, one, 33, 0) == -EFAULT);
	CHECK(call(NR_MBIND, TOP, -1, BIND, one, 33, 0) == -EFAULT);
	CHECK(!call(NR_GET_POLICY, &mode, 0, 0, at, OF_ADDRESS));
	CHECK(mode == BIND);
	FAULTS(NR_MBIND, at, PG, BIND, bad, 33, 0);
}

static void trial_pages(void)
{
	u32 *pages = edge(2 * sizeof(u32)), mine = (u32)pages & ~(PG - 1);
	long status[3] = { 1, 1, 1 };

	pages[0] = mine;
	pages[1] = TOP;
	CHECK(!call(NR_MOVE, 0, 2, pages, 0, status, 0));
	CHECK(!status[0] && status[1] == -EFAULT && status[2] == 1);
	CHECK(call(NR_MOVE, 0, 3, pages, 0, status, 0) == -EFAULT);
	status[0] = 1;
	CHECK(!call(NR_MOVE, 0, 1, pages + 1, 0, edge(4), 0));
	FAULTS(NR_MOVE, 0, 1, bad, 0, status, 0);
	FAULTS(NR_MOVE, 0, 1, pages, 0, bad, 0);
	FAULTS(NR_MOVE, 0, 1, pages, bad, status, 0);
}

static const struct trial trials[] = {
	{ "words", trial_words }, { "registers", trial_registers },
	{ "infos", trial_infos }, { "wide", trial_wide },
	{ "requests", trial_requests }, { "width", trial_width },
	{ "reads", trial_reads }, { "asks", trial_asks },
	{ "back", trial_back }, { "random", trial_random },
	{ "masks", trial_masks }, { "areas", trial_areas },
	{ "pages", trial_pages },
	{ 0, 0 },
};
