/* SPDX-License-Identifier: MIT */
/* What the tests of i386's own interfaces share: its frames, its calls. */
#ifndef TEST_I386_H
#define TEST_I386_H

#include "tap.h"

#define SYS_sigaction_	174		/* rt_sigaction */
#define SYS_tkill_	238
#define SYS_gettid_	224

struct context {
	unsigned gs, fs, es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax;
	unsigned trapno, err, eip, cs, eflags, esp_at_signal, ss, fpstate;
	unsigned oldmask, cr2;
};

struct frame {
	unsigned flags, link, stack[3];
	struct context mc;
	unsigned mask[2];
};

struct fpstate {
	unsigned cw, sw, tag, ipoff, cssel, dataoff, datasel;
	unsigned short st[8][5], status, magic;
	unsigned char fx[512];
};

struct ksigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned mask[2];
};

UNUSED __attribute__((noinline))
static long call4(long nr, long a, long b, long c, long d)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "0"(nr), "b"(a), "c"(b),
			 "d"(c), "S"(d) : "memory");
	return r;
}

/* Without a restorer: the kernel's own way back is used. */
UNUSED static void handle_bare(int sig, void *fn, unsigned long flags)
{
	struct ksigaction sa = { .handler = fn, .flags = flags };

	if (call4(SYS_sigaction_, sig, (long)&sa, 0, 8))
		tap_bail("rt_sigaction");
}

UNUSED static void signal_thread(int sig)
{
	call4(SYS_tkill_, call4(SYS_gettid_, 0, 0, 0, 0), sig, 0, 0);
}

#endif
