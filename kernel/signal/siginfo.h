/* SPDX-License-Identifier: MIT */
/* The ABI's siginfo_t, for signal frames, wait and ptrace (row B8). */
#ifndef KERNEL_SIGNAL_SIGINFO_H
#define KERNEL_SIGNAL_SIGINFO_H

#include <lt/signal.h>

#define SIGINFO_SIZE 128

enum siginfo_kind {
	SIGINFO_KILL, SIGINFO_TIMER, SIGINFO_QUEUE, SIGINFO_CHILD,
	SIGINFO_FAULT, SIGINFO_POLL,
};

/*
 * Return: which members are valid, by sigaction(2), "The siginfo_t argument".
 * If another signal than SIGCHLD reports the exit of a child, the result is the
 * kind of that signal.
 */
enum siginfo_kind siginfo_kind(int signo, int code);

/*
 * Lay out info as user programs of this machine's word size see it; bytes that
 * the signal does not use are zero.
 * buf: SIGINFO_SIZE bytes, aligned for a pointer.
 * Return: SIGINFO_SIZE.
 */
size_t siginfo_encode(void *buf, const struct siginfo *info);
/*
 * Decode what siginfo_encode() writes, for rt_sigqueueinfo(2) and ptrace(2).
 * No field of buf can be trusted.
 */
void siginfo_decode(struct siginfo *info, const void *buf);

#endif
