/* SPDX-License-Identifier: MIT */
/*
 * A first program for riscv32, without a library, as init: it prints, gets a
 * signal, and waits for a child that dies of a bad address.  Registers, copy on
 * write and the signal frame must be right for that.
 */
#include <stdint.h>

#define SYS_write	64
#define SYS_exit_group	94
#define SYS_kill	129
#define SYS_rt_sigaction 134
#define SYS_reboot	142
#define SYS_getpid	172
#define SYS_clone	220
#define SYS_wait4	260

#define SIGUSR1		10
#define SIGSEGV		11
#define SIGCHLD		17

#define REBOOT_MAGIC	0xfee1dead
#define REBOOT_MAGIC2	672274793
#define POWER_OFF	0x4321fedc

static long call(long nr, long a, long b, long c, long d)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = 0;
	register long a7 __asm__("a7") = nr;

	__asm__ volatile("ecall" : "+r"(a0)
			 : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7)
			 : "memory");
	return a0;
}

static void say(const char *text)
{
	long n = 0;

	while (text[n])
		n++;
	call(SYS_write, 1, (long)text, n, 0);
}

static volatile int shared = 1;

static void handler(int signo)
{
	shared = signo;
	say("a signal\n");
}

static void fail(const char *text)
{
	say(text);
	call(SYS_exit_group, 1, 0, 0, 0);
}

void _start(void);

void _start(void)
{
	static const struct {
		void (*handler)(int);
		unsigned long flags;
		uint64_t mask;
	} action = { handler, 0, 0 };
	volatile int *volatile nowhere = 0;
	int status = 0;
	long child;

	say("hello\n");
	call(SYS_rt_sigaction, SIGUSR1, (long)&action, 0, 8);
	call(SYS_kill, call(SYS_getpid, 0, 0, 0, 0), SIGUSR1, 0, 0);
	if (shared != SIGUSR1)
		fail("no signal came\n");
	child = call(SYS_clone, SIGCHLD, 0, 0, 0);
	if (child == 0) {
		shared = 2;
		say("a child\n");
		*nowhere = 1;
		fail("the child lives\n");
	}
	if (call(SYS_wait4, -1, (long)&status, 0, 0) != child)
		fail("no child came back\n");
	if (status != SIGSEGV || shared != SIGUSR1)
		fail("the child ended otherwise, or changed its parent\n");
	say("goodbye\n");
	call(SYS_reboot, (long)REBOOT_MAGIC, REBOOT_MAGIC2, POWER_OFF, 0);
}
