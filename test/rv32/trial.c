/* SPDX-License-Identifier: MIT */
/*
 * A program of 32 bits for RISC-V of 64, without a C library: trial RULE tries
 * one rule from inside, by the calls of riscv32's Linux, and says "passed" or
 * at which line not.  test/guest/topics/rv32/rv32.c starts it.
 */
#include "trial.h"

enum { NR_DUP = 23, NR_FTRUNCATE = 46, NR_CLOSE = 57, NR_PIPE2 = 59,
       NR_LLSEEK = 62, NR_READ, NR_PREAD = 67, NR_PWRITE,
       NR_FCNTL64 = 25, NR_WAITID = 95, NR_KILL = 129,
       NR_SIGALTSTACK = 132, NR_SIGACTION = 134, NR_SIGPROCMASK,
       NR_UNAME = 160,
       NR_GETPID = 172, NR_BRK = 214, NR_MUNMAP, NR_MREMAP, NR_CLONE = 220,
       NR_EXECVE, NR_MMAP2, NR_MEMFD = 279, NR_GETTIME64 = 403,
       NR_NANOSLEEP64 = 407, NR_PPOLL64 = 414, NR_SIGTIMEDWAIT64 = 421, NR_FUTEX64 = 422 };

/* ---- words and the start ------------------------------------------------- */

static long srl(long v, unsigned by)
{
	long r;

	__asm__("srl %0, %1, %2" : "=r"(r) : "r"(v), "r"(by));
	return r;
}

static long add(long a, long b)
{
	long r;

	__asm__("add %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));
	return r;
}

static volatile double third = 1.0 / 3, three = 3;

static void trial_words(void)
{
	CHECK(srl(-1, 31) == 1);
	CHECK(add(0x7fffffff, 1) < 0 && srl(add(0x7fffffff, 1), 31) == 1);
	CHECK(third * three == 1.0);
}

static u32 aux(u32 key)
{
	for (const u32 *v = auxv; v[0]; v += 2)
		if (v[0] == key)
			return v[1];
	return 0;
}

/* Started as: trial start "two words" "", with A=b and C= */
static void trial_start(void)
{
	const u32 *ph = (const u32 *)aux(AT_PHDR);

	CHECK(argc == 4 && same(argv[1], "start"));
	CHECK(same(argv[2], "two words") && same(argv[3], "") && !argv[4]);
	CHECK(same(envp[0], "A=b") && same(envp[1], "C=") && !envp[2]);
	CHECK((u32)argv % 4 == 0 && (u32)argv < TOP);
	CHECK(aux(AT_PAGESZ) == PG && aux(AT_PHENT) == 32);
	CHECK(aux(AT_ENTRY) == (u32)start && aux(AT_BASE) == 0);
	CHECK(aux(AT_PHNUM) > 0 && aux(AT_PHNUM) < 10 && ph && ph[0] < TOP);
	CHECK(same((char *)aux(AT_EXECFN), argv[0]));
	CHECK(aux(AT_RANDOM) > (u32)argv && aux(AT_RANDOM) < TOP);
}

/* With test/rv32/interp.c for an interpreter, which has had its say. */
static void trial_interp(void)
{
	const u32 *base = (const u32 *)aux(AT_BASE);

	CHECK(aux(AT_ENTRY) == (u32)start && aux(AT_PHENT) == 32);
	CHECK((u32)base % PG == 0 && (u32)base < TOP && base[0] == 0x464c457f);
	CHECK((u32)base > call(NR_BRK, 0));
}

/* ---- memory -------------------------------------------------------------- */

static long map(u32 at, u32 size, u32 prot, u32 flags)
{
	return call(NR_MMAP2, at, size, prot, flags, -1, 0);
}

static int is_address(long r)
{
	return (u32)r < TOP;
}

static void trial_memory(void)
{
	u32 most = 0;
	long at;

	for (; most < 100; most++) {
		at = map(0, 64ul << 20, 0, PRIVATE_ANON);
		if (!is_address(at))
			break;
	}
	CHECK(at == -ENOMEM && most > 16 && most < 32);
	CHECK(map(TOP - PG, 2 * PG, READ_WRITE, PRIVATE_ANON | FIXED) ==
	      -ENOMEM);
	CHECK(map(TOP, PG, READ_WRITE, PRIVATE_ANON | FIXED) == -ENOMEM);
	CHECK(map(-PG, PG, READ_WRITE, PRIVATE_ANON | FIXED) == -ENOMEM);
	CHECK(map(0, -PG, READ_WRITE, PRIVATE_ANON) == -ENOMEM);
	CHECK(call(NR_MUNMAP, TOP, PG) == -EINVAL);
	CHECK(call(NR_MUNMAP, -PG, PG) == -EINVAL);
	CHECK(call(NR_MUNMAP, 0x40000000, TOP) == -EINVAL);
}

static void trial_remap(void)
{
	long at = map(0, PG, READ_WRITE, PRIVATE_ANON);

	CHECK(is_address(at));
	*(u32 *)at = 4711;
	CHECK(call(NR_MREMAP, at, PG, -PG, 1) == -ENOMEM);
	CHECK(call(NR_MREMAP, at, PG, PG, 3, TOP) == -EINVAL);
	CHECK(call(NR_MREMAP, at, PG, PG, 3, -PG) == -EINVAL);
	CHECK(is_address(at = call(NR_MREMAP, at, PG, 64 * PG, 1)));
	CHECK(*(u32 *)at == 4711);
	CHECK(!call(NR_MUNMAP, at, 64 * PG));
}

static void trial_brk(void)
{
	u32 start = (u32)call(NR_BRK, 0);

	CHECK(start < TOP && (u32)call(NR_BRK, start + 5 * PG) == start + 5 * PG);
	*(u32 *)(start + 4 * PG) = 1;
	CHECK((u32)call(NR_BRK, 0xf0000000) == start + 5 * PG);
	CHECK((u32)call(NR_BRK, TOP) == start + 5 * PG);
	CHECK((u32)call(NR_BRK, start) == start);
}

/* ---- files larger than a word -------------------------------------------- */

static void trial_large(void)
{
	long fd = call(NR_MEMFD, "large", 0);
	s64 at = 0;
	char c = 'x', *p;

	CHECK(fd >= 0);
	CHECK(!call(NR_FTRUNCATE, fd, 0x3000, 1));
	CHECK(!call(NR_LLSEEK, fd, 0, 0, &at, 2) && at == 0x100003000);
	CHECK(!call(NR_LLSEEK, fd, -1, -2, &at, 1) && at == 0x100002ffe);
	CHECK(call(NR_LLSEEK, fd, -1, -2, &at, 0) == -EINVAL);
	CHECK(call(NR_LLSEEK, fd, 0, 0, TOP, 0) == -EFAULT);
	CHECK(call(NR_PWRITE, fd, &c, 1, 0x1234, 1) == 1);
	c = 0;
	CHECK(call(NR_PREAD, fd, &c, 1, 0x1234, 0) == 1 && c == 0);
	CHECK(call(NR_PREAD, fd, &c, 1, 0x1234, 1) == 1 && c == 'x');
	CHECK(call(NR_PREAD, fd, &c, 1, 0x1234, -1) == -EINVAL);
	CHECK(call(NR_PREAD, fd, &c, 1, 0x90000000, 0) == 1 && c == 0);
	p = (char *)call(NR_MMAP2, 0, PG, 1, 1, fd, 0x100001);
	CHECK(is_address((long)p) && p[0x234] == 'x');
	CHECK(!call(NR_CLOSE, fd) && call(NR_LLSEEK, fd, 0, 0, &at, 0) == -EBADF);
}

/* ---- processes ----------------------------------------------------------- */

/* siginfo_t of 32 bits, as waitid fills it */
struct info { long signo, error, code, pid, uid, status, rest[26]; };

static long fork(void)
{
	return call(NR_CLONE, 17, 0, 0, 0, 0);
}

static struct info wait_for(long pid)
{
	struct info info;

	info.rest[0] = 4711;
	CHECK(!call(NR_WAITID, 1, pid, &info, 4, 0));
	CHECK(info.signo == 17 && !info.error && info.pid == pid);
	return info;
}

static void trial_fork(void)
{
	volatile long mine = 1;
	struct info info;
	long pid = fork();

	if (!pid) {
		mine = 2;
		/* its space ends where this one does */
		call(NR_EXIT, map(TOP, PG, 3, PRIVATE_ANON | FIXED) ==
		     -ENOMEM ? 7 : 8);
	}
	info = wait_for(pid);
	CHECK(mine == 1 && info.code == 1 && info.status == 7);
	pid = fork();
	if (!pid)
		call(NR_KILL, call(NR_GETPID), 9);
	info = wait_for(pid);
	CHECK(info.code == 2 && info.status == 9);
	pid = fork();
	if (!pid)
		*(volatile long *)0xfffffff0 = 1;
	info = wait_for(pid);
	CHECK((info.code == 2 || info.code == 3) && info.status == 11);
	CHECK(call(NR_WAITID, 0, 0, 0, 4, 0) == -10);
}

/* => its status, the errno of exec, or -signal */
static long run(const char *path, char **args, char **env)
{
	struct info info;
	long pid = fork();

	if (!pid) {
		call(NR_CLOSE, 1);		/* two may not say that they passed */
		call(NR_EXIT, -call(NR_EXECVE, path, args, env));
	}
	info = wait_for(pid);
	return info.code == 1 ? info.status : -info.status;
}

/* Of a format that asks for the file to be open, and for nothing in argv[0]. */
static void trial_opened(void)
{
	char text[8] = "";

	CHECK(argc > 1 && auxv[0] == AT_EXECFD && auxv[1] > 2);
	CHECK(call(NR_READ, auxv[1], text, 8) == 8 && text[0] == 'L');
	CHECK(text[7] == 'W' && call(NR_CLOSE, auxv[1]) == 0);
}

/* argv[2] is a program of 64 bits, which ends with 9 when given these. */
static void trial_exec(void)
{
	char *self[] = { argv[0], "start", "two words", "", 0 };
	char *other[] = { argv[2], "wide", "x", 0 };
	char *env[] = { "A=b", "C=", 0 };
	char **at = (char **)(map(0, 2 * PG, 3, PRIVATE_ANON) + PG - 4);

	CHECK(!run(argv[0], self, env));
	CHECK(run(argv[2], other, env) == 9);
	CHECK(run("/nowhere", self, env) == ENOENT);
	CHECK(run((char *)-4, self, env) == EFAULT);
	CHECK(run(argv[0], (char **)-4, env) == EFAULT);
	CHECK(run(argv[0], self, (char **)TOP) == EFAULT);
	/* across the end of a page, and up to one behind which nothing is */
	at[0] = argv[2];
	at[1] = "wide";
	at[2] = "x";
	CHECK(run(argv[2], at, env) == 9);
	CHECK(!call(NR_MUNMAP, (long)at + 4, PG));
	CHECK(run(argv[2], at, env) == EFAULT);
	at[0] = (char *)-2;
	at[-1] = argv[2];
	CHECK(run(argv[2], at - 1, env) == EFAULT);
}

/* ---- pointers, numbers, times -------------------------------------------- */

static const u32 nowhere[] = { 8, TOP, 0x80000000, 0xc0000000, 0xfffffffc };

static void trial_pointers(void)
{
	long fds[2];
	char c = 0;

	CHECK(!call(NR_PIPE2, fds, 0));
	call(NR_WRITE, fds[1], "abc", 3);
	for (u32 i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		CHECK(call(NR_WRITE, fds[1], nowhere[i], 8) == -EFAULT);
		CHECK(call(NR_READ, fds[0], nowhere[i], 1) == -EFAULT);
		CHECK(call(NR_UNAME, nowhere[i]) == -EFAULT);
		CHECK(call(NR_GETTIME64, 1, nowhere[i]) == -EFAULT);
		CHECK(call(NR_PIPE2, nowhere[i], 0) == -EFAULT);
		if (!fork())
			call(NR_EXIT, 0);
		CHECK(call(NR_WAITID, 0, 0, nowhere[i], 4, 0) == -EFAULT);
	}
	CHECK(call(NR_READ, fds[0], &c, 1) == 1 && c == 'a');
}

/* What other machines have at these numbers, and what is Lectern's own. */
static void trial_unknown(void)
{
	static const u32 none[] = { 0, 73, 79, 80, 98, 101, 112, 113,
		115, 163, 169, 260, 300, 511, 512, 0x4c540001, 0x4c540002,
		0x7fffffff, 0x80000000, 0xffffffff };

	for (u32 i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		CHECK(call((long)none[i], 0, 0, 0, 0, 0, 0) == -ENOSYS);
}

static void trial_time(void)
{
	s64 a[2], b[2], nap[2] = { 0, 1000000 };
	struct { long fd; u16 events, revents; } poll = { 0, 1, 0 };
	long fds[2];

	CHECK(!call(NR_GETTIME64, 1, a) && a[1] >= 0 && a[1] < 1000000000);
	CHECK(!call(NR_NANOSLEEP64, 1, 0, nap, 0));
	CHECK(!call(NR_GETTIME64, 1, b));
	CHECK((b[0] - a[0]) * 1000000000 + b[1] - a[1] >= 1000000);
	CHECK(!call(NR_PIPE2, fds, 0));
	poll.fd = fds[0];
	CHECK(call(NR_PPOLL64, &poll, 1, nap, 0, 8) == 0);
	call(NR_WRITE, fds[1], "a", 1);
	CHECK(call(NR_PPOLL64, &poll, 1, 0, 0, 8) == 1 && poll.revents == 1);
	CHECK(call(NR_FUTEX64, a, 1, 1, 0) == 0);
}

static void trial_uname(void)
{
	char name[6][65];

	CHECK(!call(NR_UNAME, name));
	CHECK(same(name[0], "Linux") && same(name[4], "riscv32"));
}

/* ---- signals ------------------------------------------------------------- */

struct action { void (*handler)(); u32 flags, mask[2]; };
struct stack { u32 sp, flags, size; };
struct context {
	u32 flags, link;
	struct stack stack;
	u32 mask[2], unused[30], none[3];
	u32 regs[32];
	u64 f[32];
	u32 fcsr;
};

_Static_assert(__builtin_offsetof(struct context, regs) == 160, "ucontext");

enum { SIGINT = 2, SIGUSR1 = 10, SIGSEGV, SIGUSR2, SIGCHLD = 17,
       SA_SIGINFO = 4, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000 };

static volatile int seen;
static struct info last;
static volatile u32 in_handler;		/* an address on its stack */
static volatile u64 saved_fs0;

static void on_signal(int signo, struct info *info, struct context *c)
{
	static volatile double d = 2.5;

	CHECK(info->signo == signo && (u32)c % 16 == 0);
	CHECK(c->regs[2] > 4096 && c->regs[2] < TOP && c->regs[0] < TOP);
	d = d * 2;			/* the float registers are ours */
	last = *info;
	in_handler = (u32)c;
	saved_fs0 = c->f[8];
	seen++;
	/* past the store that faulted */
	if (signo == SIGSEGV)
		c->regs[0] += 4;
	/* and when this returns, this one is blocked */
	c->mask[0] |= 1u << (SIGINT - 1);
}

static long handle(int signo, u32 flags)
{
	struct action a = { on_signal, SA_SIGINFO | flags, { 0, 1 } };

	return call(NR_SIGACTION, signo, &a, 0, 8);
}

static void store(u32 at)
{
	__asm__ volatile(".option push\n.option norvc\n"
			 "sw zero, 0(%0)\n.option pop" :: "r"(at) : "memory");
}

static void trial_signals(void)
{
	register double keep __asm__("fs0");
	struct action was;
	u64 blocked = 0;
	long me = call(NR_GETPID);

	CHECK(handle(SIGUSR1, 0) == 0 && handle(9, 0) == -EINVAL);
	CHECK(call(NR_SIGACTION, SIGUSR1, 0, &was, 8) == 0);
	CHECK(was.handler == on_signal && was.flags == SA_SIGINFO);
	CHECK(was.mask[0] == 0 && was.mask[1] == 1);
	CHECK(call(NR_SIGACTION, SIGUSR1, 0, 0, 4) == -EINVAL);
	CHECK(call(NR_SIGACTION, SIGUSR1, TOP, 0, 8) == -EFAULT);
	CHECK(call(NR_SIGACTION, SIGUSR1, 0, -4, 8) == -EFAULT);
	keep = 0.1;
	__asm__ volatile("" : "+f"(keep));
	CHECK(call(NR_KILL, me, SIGUSR1) == 0 && seen == 1);
	__asm__ volatile("" : "+f"(keep));
	CHECK(keep == 0.1 && saved_fs0 == 0x3fb999999999999a);
	CHECK(last.code == 0 && last.pid == me && !last.error);
	CHECK(!call(NR_SIGPROCMASK, 0, 0, &blocked, 8));
	CHECK(blocked == 1 << (SIGINT - 1));
}

static void trial_fault(void)
{
	CHECK(handle(SIGSEGV, 0) == 0);
	store(8);
	CHECK(seen == 1 && last.code == 1 && last.pid == 8);
	store(0xfffffff0);
	CHECK(seen == 2 && (u32)last.pid == 0xfffffff0);
	store(TOP);
	CHECK(seen == 3 && (u32)last.pid == TOP);
}

static void trial_altstack(void)
{
	static char own[8192];
	struct stack s = { (u32)own, 0, sizeof(own) }, was;

	CHECK(!call(NR_SIGALTSTACK, 0, &was) && was.flags == 2);
	CHECK(!call(NR_SIGALTSTACK, &s, 0) && !call(NR_SIGALTSTACK, 0, &was));
	CHECK(was.sp == s.sp && was.size == s.size && !was.flags);
	CHECK(call(NR_SIGALTSTACK, TOP, 0) == -EFAULT);
	s.size = 16;
	CHECK(call(NR_SIGALTSTACK, &s, 0) == -ENOMEM);
	CHECK(!handle(SIGUSR1, SA_ONSTACK));
	CHECK(!call(NR_KILL, call(NR_GETPID), SIGUSR1) && seen == 1);
	CHECK(in_handler - (u32)own < sizeof(own));
	CHECK(!call(NR_SIGALTSTACK, 0, &was) && was.sp == (u32)own);
}

/* A read goes on after its handler; a child's end is told; one is waited for. */
static void trial_restart(void)
{
	s64 nap[2] = { 0, 20000000 }, never[2] = { 60, 0 };
	struct info info;
	u64 set = 1ull << (SIGUSR2 - 1);
	long fds[2], me = call(NR_GETPID), pid;
	char c = 0;

	CHECK(!handle(SIGUSR1, SA_RESTART) && !handle(SIGCHLD, SA_RESTART));
	CHECK(!call(NR_PIPE2, fds, 0));
	pid = fork();
	if (!pid) {
		call(NR_NANOSLEEP64, 1, 0, nap, 0);
		call(NR_KILL, me, SIGUSR1);
		call(NR_NANOSLEEP64, 1, 0, nap, 0);
		call(NR_WRITE, fds[1], "x", 1);
		call(NR_EXIT, 3);
	}
	CHECK(call(NR_READ, fds[0], &c, 1) == 1 && c == 'x' && seen >= 1);
	while (seen < 2)
		call(NR_NANOSLEEP64, 1, 0, nap, 0);
	CHECK(last.signo == SIGCHLD && last.code == 1 && last.pid == pid &&
	      last.status == 3);
	wait_for(pid);
	CHECK(!call(NR_SIGPROCMASK, 0, &set, 0, 8));
	CHECK(!call(NR_KILL, me, SIGUSR2));
	CHECK(call(NR_SIGTIMEDWAIT64, &set, &info, never, 8) == SIGUSR2);
	CHECK(info.signo == SIGUSR2 && info.pid == me);
}

/* A frame that was forged, or has no room, ends the program. */
static void trial_forged(void)
{
	__asm__ volatile("li sp, 0xfffffff0\nli a7, 139\necall");
}

static void trial_no_room(void)
{
	CHECK(!handle(SIGUSR1, 0));
	__asm__ volatile("mv a0, %0\nli a1, 10\nli a7, 129\nli sp, 0x80000000\n"
			 "ecall" :: "r"(call(NR_GETPID)));
}

static void trial_fcntl(void)
{
	struct { u16 type, whence; s64 start, len; long pid; } lock = {
		1, 0, 1ll << 33, 5, 0 };
	long fd = call(NR_MEMFD, "locked", 0), pid;

	CHECK(call(NR_FCNTL64, fd, 0, 20) == 20);
	CHECK(call(NR_FCNTL64, 20, 1) == 0 && call(NR_FCNTL64, 20, 2, 1) == 0);
	CHECK(call(NR_FCNTL64, 20, 1) == 1 && call(NR_FCNTL64, 21, 1) == -EBADF);
	CHECK(call(NR_FCNTL64, fd, 5, &lock) == -EINVAL);
	CHECK(call(NR_FCNTL64, fd, 12, -4) == -EFAULT);
	CHECK(call(NR_FCNTL64, fd, 13, &lock) == 0);
	pid = fork();
	if (!pid) {
		lock.start = 0;
		lock.len = 0;
		CHECK(call(NR_FCNTL64, fd, 12, &lock) == 0);
		CHECK(lock.start == 1ll << 33 && lock.len == 5);
		call(NR_EXIT, 0);
	}
	CHECK(!wait_for(pid).status);
}

/* ---- ends ---------------------------------------------------------------- */

static volatile u32 low = 8;

static void trial_segv(void)
{
	*(volatile long *)low = 1;
}

static void trial_high(void)
{
	*(volatile long *)0x80000000 = 1;
}

/* addiw, of 64 bits only */
static void trial_wide(void)
{
	__asm__ volatile(".word 0x0015051b");
}

static void trial_jump(void)
{
	((void (*)(void))0xfffff000)();
}

/* ---- by name ------------------------------------------------------------- */

static const struct trial trials[] = {
	{ "words", trial_words }, { "start", trial_start },
	{ "opened", trial_opened },
	{ "interp", trial_interp }, { "memory", trial_memory }, { "remap", trial_remap },
	{ "brk", trial_brk }, { "large", trial_large },
	{ "fork", trial_fork }, { "exec", trial_exec },
	{ "pointers", trial_pointers }, { "unknown", trial_unknown },
	{ "time", trial_time }, { "uname", trial_uname },
	{ "segv", trial_segv }, { "high", trial_high },
	{ "signals", trial_signals }, { "fault", trial_fault },
	{ "altstack", trial_altstack }, { "restart", trial_restart },
	{ "forged", trial_forged }, { "no_room", trial_no_room },
	{ "fcntl", trial_fcntl },
	{ "wide", trial_wide }, { "jump", trial_jump },
	{ 0, 0 },
};
