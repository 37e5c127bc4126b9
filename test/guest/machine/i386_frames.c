/* SPDX-License-Identifier: MIT */
/*
 * i386's signal frames: the old one and that of siginfo, the floating-point
 * state in them, and what a hostile sigreturn may not do (rows B2, B6).
 */
#include "tap.h"

#ifndef __i386__
int main(void)
{
	return tap_skip_all("a test of i386's own interfaces");
}
#else

#include "i386.h"

static siginfo_t seen;
static struct context seen_mc;

static volatile unsigned entry_esp, entry_eax, entry_edx, entry_ecx;
static volatile unsigned entry_flags;
static struct context old_mc;
static volatile int runs;
static unsigned char new_xmm[16] = "handler's own xm";
static volatile int change_fpu;

void entry_old(int sig);
__asm__(".text\nentry_old:\n"
	"	movl %esp, entry_esp\n"
	"	movl %eax, entry_eax\n"
	"	movl %edx, entry_edx\n"
	"	movl %ecx, entry_ecx\n"
	"	pushfl\n	popl entry_flags\n"
	"	jmp *handler_next\n");
void (*volatile handler_next)(void);

static void old_handler(int sig, struct context mc)
{
	old_mc = mc;
	runs += sig;
	__asm__ volatile("fninit; fldpi; xorps %%xmm3,%%xmm3" ::: "memory");
}

static unsigned seen_tags;

static void rt_handler(int sig, siginfo_t *si, struct frame *uc)
{
	struct fpstate *fp = (struct fpstate *)uc->mc.fpstate;

	seen = *si;
	seen_mc = uc->mc;
	seen_tags = fp->tag & 0xffff;
	runs += sig;
	__asm__ volatile("fninit; fldpi; xorps %%xmm3,%%xmm3" ::: "memory");
	if (change_fpu) {
		memcpy(fp->fx + 160 + 3 * 16, new_xmm, 16);
		fp->st[0][3] = 0;	/* 1.5 */
		fp->st[0][3] = 0xc000;
		fp->st[0][4] = 0x3fff;
	}
}

/* The program may move its FPU state: to any byte, whatever fxrstor wants. */
#define SHIFTS (16 * 17)
static char moved[sizeof(struct fpstate) + SHIFTS];
static unsigned shift;

static void moving_handler(int sig, siginfo_t *si, struct frame *uc)
{
	(void)si;
	runs += sig;
	memcpy(moved + shift, (void *)uc->mc.fpstate, sizeof(struct fpstate));
	uc->mc.fpstate = (unsigned)moved + shift;
}

static double below;			/* it, on the stack */

/* Raise SIGUSR1 with 1.0 above pi on the x87 stack and a pattern in xmm3. */
static void with_fpu(double *st, unsigned char xmm[16])
{
	static unsigned char pattern[16] = "0123456789abcdef";

	__asm__ volatile("fninit; fldpi; fld1; movups %0,%%xmm3" :: "m"(pattern));
	signal_thread(SIGUSR1);
	__asm__ volatile("fstpl %0; fstpl %1; movups %%xmm3,%2"
			 : "=m"(*st), "=m"(below),
			   "=m"(*(unsigned char (*)[16])xmm));
}

/* Two bits a physical register; the first that is filled is the last. */
static void test_tags(void)
{
	handle_bare(SIGUSR1, entry_old, SA_SIGINFO);
	handler_next = (void (*)(void))rt_handler;
	__asm__ volatile("fninit; fldz; fld1; fld1; fld1; fld1; fld1; fld1; "
			 "fld1");
	signal_thread(SIGUSR1);
	__asm__ volatile("fninit");
	check_eq(seen_tags, 0x4000, "a full x87 stack: its tags");
}

static void test_frames(void)
{
	unsigned char xmm[16];
	double st;

	handle_bare(SIGUSR1, entry_old, 0);
	handler_next = (void (*)(void))old_handler;
	runs = 0;
	with_fpu(&st, xmm);
	check_eq(runs, SIGUSR1, "old frame: the handler ran");
	check_eq((entry_esp + 4) & 15, 0, "old frame: stack aligned");
	check_eq(entry_eax, SIGUSR1, "old frame: signal in eax");
	check(st == 1.0, "old frame: x87 restored");
	check(below > 3.14 && below < 3.15, "old frame: what is below, too");
	check(!memcmp(xmm, "0123456789abcdef", 16), "old frame: xmm restored");
	check(old_mc.cs && (old_mc.cs & 3) == 3, "old frame: context's cs");
	check_eq(old_mc.fpstate & 15, 0, "old frame: fpstate aligned");

	handle_bare(SIGUSR1, entry_old, SA_SIGINFO);
	handler_next = (void (*)(void))rt_handler;
	runs = 0;
	with_fpu(&st, xmm);
	check_eq(runs, SIGUSR1, "rt frame: the handler ran");
	check_eq((entry_esp + 4) & 15, 0, "rt frame: stack aligned");
	check_eq(entry_eax, SIGUSR1, "rt frame: signal in eax");
	check_eq(entry_edx, *(unsigned *)(entry_esp + 8),
		 "rt frame: info in edx");
	check_eq(entry_ecx, *(unsigned *)(entry_esp + 12),
		 "rt frame: context in ecx");
	check(!(entry_flags & 0x500), "rt frame: direction and trap clear");
	check_eq(seen.si_code, SI_TKILL, "rt frame: siginfo");
	check(st == 1.0, "rt frame: x87 restored");
	check(below > 3.14 && below < 3.15, "rt frame: what is below, too");
	check(!memcmp(xmm, "0123456789abcdef", 16), "rt frame: xmm restored");

	change_fpu = 1;
	with_fpu(&st, xmm);
	check(st == 1.5, "x87 changed by the handler");
	check(!memcmp(xmm, new_xmm, 16), "xmm changed by the handler");
	change_fpu = 0;
}

static void test_moved_state(void)
{
	unsigned char xmm[16];
	int wrong = 0;
	double st;

	handle_bare(SIGUSR1, moving_handler, SA_SIGINFO);
	for (shift = 0; shift < SHIFTS; shift++) {
		memset(xmm, 0, sizeof(xmm));
		with_fpu(&st, xmm);
		wrong += st != 1.0 || memcmp(xmm, "0123456789abcdef", 16);
	}
	check_eq(wrong, 0, "FPU state that the handler moved, to any byte");
}

static void (*volatile spoil)(struct frame *uc);

static void spoiler(int sig, siginfo_t *si, struct frame *uc)
{
	(void)sig;
	(void)si;
	spoil(uc);
}

static void bad_cs(struct frame *uc) { uc->mc.cs = 0x10; }
static void bad_ss(struct frame *uc) { uc->mc.ss = 0x10; }
static void bad_fp(struct frame *uc) { uc->mc.fpstate = tap_bad; }
static void bad_mxcsr(struct frame *uc)
{
	memset(((struct fpstate *)uc->mc.fpstate)->fx + 24, 0xff, 4);
}
static void bad_data(struct frame *uc) { uc->mc.fs = 0x10; }
static void flags_set(struct frame *uc)
{
	uc->mc.eflags |= 0x3000 | 0x4000 | 0x20000;
	uc->mc.eflags &= ~0x200u;
}

static void return_spoilt(void *how)
{
	spoil = (void (*)(struct frame *))how;
	handle_bare(SIGUSR1, spoiler, SA_SIGINFO);
	signal_thread(SIGUSR1);
}

/* No frame lies there; nothing below uses a stack. */
static void return_from_nowhere(void *nr)
{
	__asm__ volatile("movl %1,%%esp; int $0x80;"
			 "movl %2,%%eax; xorl %%ebx,%%ebx; int $0x80"
			 : : "a"(nr), "r"(tap_bad), "i"(SYS_exit));
}

static void test_hostile(void)
{
	unsigned v;
	int status;

	for (int sig = SIGILL; sig <= SIGSEGV; sig++)
		if (sig != SIGKILL)
			handle_bare(sig, (void *)SIG_DFL, 0);
	status = in_child(return_spoilt, bad_cs);
	check_eq(WTERMSIG(status), SIGILL, "sigreturn to the kernel's cs");
	status = in_child(return_spoilt, bad_ss);
	check_eq(WTERMSIG(status), SIGILL, "sigreturn with the kernel's ss");
	status = in_child(return_spoilt, bad_fp);
	check_eq(WTERMSIG(status), SIGSEGV, "sigreturn without its fpstate");
	status = in_child(return_spoilt, bad_mxcsr);
	check(!WIFSIGNALED(status) || WTERMSIG(status) == SIGSEGV,
	      "sigreturn with reserved bits of mxcsr");
	status = in_child(return_from_nowhere, (void *)SYS_sigreturn);
	check_eq(WTERMSIG(status), SIGSEGV, "sigreturn from nowhere");
	status = in_child(return_from_nowhere, (void *)SYS_rt_sigreturn);
	check_eq(WTERMSIG(status), SIGSEGV, "rt_sigreturn from nowhere");
	return_spoilt(bad_data);
	__asm__ volatile("movl %%fs,%0" : "=r"(v));
	check((v & 0xffff) <= 3, "sigreturn cannot load the kernel's fs");
	return_spoilt(flags_set);
	__asm__ volatile("pushfl; popl %0" : "=r"(v));
	check_eq(v & 0x27200, 0x200, "nor set IOPL, NT, VM or clear IF");
}

/* sigaction(2) of old: a mask of one word, in another place. */
static void test_old_sigaction(void)
{
	struct {
		unsigned handler, mask, flags, restorer;
	} in = { (unsigned)old_handler, 0x2000, SA_NODEFER, 0 }, out;

	memset(&out, 0xff, sizeof(out));
	check_eq(call4(67, SIGUSR2, (long)&in, 0, 0), 0, "sigaction");
	check_eq(call4(67, SIGUSR2, 0, (long)&out, 0), 0, "and asked for");
	check(!memcmp(&in, &out, sizeof(in)), "gives what was set");
	check_eq(call4(67, SIGUSR2, (long)BAD, 0, 0), -EFAULT, "from nowhere");
	check_eq(call4(67, SIGUSR2, 0, (long)BAD, 0), -EFAULT, "to nowhere");
	check_eq(call4(67, SIGKILL, (long)&in, 0, 0), -EINVAL, "of SIGKILL");
	check_eq(call4(67, SIGUSR2, 0, (long)&out, 0), 0, "still");
	check_eq(out.handler, in.handler, "the same");
	check_eq(call4(48, SIGUSR2, 1, 0, 0), in.handler, "signal");
	call4(67, SIGUSR2, 0, (long)&out, 0);
	check_eq(out.flags & 0xc0000000u, 0xc0000000u, "once, not blocked");
}

int main(void)
{
	test_old_sigaction();
	test_frames();
	test_moved_state();
	test_tags();
	test_hostile();
	return tap_done();
}
#endif
