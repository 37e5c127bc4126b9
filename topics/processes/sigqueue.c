/* SPDX-License-Identifier: MIT */
/* rt_sigqueueinfo(2): signals with a siginfo from the sender. */
#include "sigqueue.h"
#include <kernel/current.h>
#include <kernel/cred/ids.h>
#include <kernel/signal/signal.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define SI_ASYNCNL	(-60)

/*
 * The part of siginfo_t that Linux defines; the rest is reserved for
 * extensions.
 */
#define KNOWN_INFO	(sizeof(long) == 8 ? 48 : 32)

/*
 * True if the code says which fields the siginfo has.  Any other code may be
 * newer than this kernel.
 */
static bool code_known(int sig, int code)
{
	static const u8 most[] = { [SIGILL] = 11, [SIGTRAP] = 6, [SIGBUS] = 5,
		[SIGFPE] = 15, [SIGSEGV] = 10, [SIGCHLD] = 6, [SIGIO] = 6,
		[SIGSYS] = 2 };
	int own = sig > 0 && sig < (int)ARRAY_SIZE(most) ? most[sig] : 0;

	if (code <= 0)
		return code >= SI_TKILL - 1 || code == SI_ASYNCNL;
	return code == SI_KERNEL || code <= (own ? own : most[SIGIO]);
}

/*
 * Copy a siginfo_t.  Return: 0, -EFAULT, -E2BIG: unknown fields are not zero.
 */
static int info_read(unsigned long *buf, int sig, bool same, uaddr_t from)
{
	const struct { int signo, error, code; } *head = (void *)buf;
	unsigned known = KNOWN_INFO / sizeof(long);

	memset(buf, 0, SIGINFO_SIZE);
	if (copy_from_user(buf, from, KNOWN_INFO))
		return -EFAULT;
	if (code_known(same ? head->signo : sig, head->code))
		return 0;
	if (copy_from_user(buf + known, from + KNOWN_INFO,
			   SIGINFO_SIZE - KNOWN_INFO))
		return -EFAULT;
	for (unsigned i = known; i < SIGINFO_SIZE / sizeof(long); i++)
		if (buf[i])
			return -E2BIG;
	return 0;
}

/* Translate the sender's user id from current's user namespace. */
static void translate(struct siginfo *info)
{
	enum siginfo_kind k = siginfo_kind(info->signo, info->code);

	if (k == SIGINFO_KILL || k == SIGINFO_QUEUE || k == SIGINFO_CHILD)
		info->uid = uid_meant(info->uid);
}

/*
 * Read a siginfo_t.  Codes that only the kernel uses would make the receiver
 * believe in a fault or a timer.  A thread may send them only to itself
 * (rt_sigqueueinfo(2)).
 */
int siginfo_from_user(struct siginfo *info, int sig, bool same, uaddr_t from,
		      int target)
{
	unsigned long buf[SIGINFO_SIZE / sizeof(long)];
	int err = info_read(buf, sig, same, from);

	if (err)
		return err;
	siginfo_decode(info, buf);
	if (same && info->signo != sig)
		return -EINVAL;
	info->signo = sig;
	translate(info);
	if ((info->code >= 0 || info->code == SI_TKILL) &&
	    target != current->vtid)
		return -EPERM;
	return 0;
}

long sys_rt_sigqueueinfo(int pid, int sig, uaddr_t info)
{
	struct siginfo k;
	int err = siginfo_from_user(&k, sig, false, info, pid);

	if (err)
		return err;
	return pid > 0 ? signal_send_pid(pid, &k) : -ESRCH;
}

long sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, uaddr_t info)
{
	struct siginfo k;
	int err;

	err = siginfo_from_user(&k, sig, false, info, tid);
	/*
	 * as on Linux, before the check for codes that only the kernel may use
	 */
	if (err != -EFAULT && err != -E2BIG && (tgid <= 0 || tid <= 0))
		return -EINVAL;
	return err ? err : signal_send_tid(tgid, tid, &k);
}
