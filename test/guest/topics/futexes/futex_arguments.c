/* SPDX-License-Identifier: MIT */
/*
 * futex(2) with two bad arguments at once: which of the two is told (rows B11,
 * D16).
 */
#include "arguments.h"

#define FUTEX_WAIT	0
#define FUTEX_WAKE	1
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP	5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_CLOCK_REALTIME 256

static struct { tap_word sec, nsec; } late_words = { 0, 2000000000 };

static void wait_badly(void)
{
	static uint32_t word;

	bad(EFAULT, futex, BAD, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, BAD);
	bad(EINVAL, futex, BAD, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0,
	    &late_words);
	bad(ENOSYS, futex, 1, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, 0);
	bad(ENOSYS, futex, 1, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, BAD);
	bad(EFAULT, futex, 1, FUTEX_WAIT_BITSET, 0, BAD, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_WAIT_BITSET, 0, 0, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_WAKE_BITSET, 0, 0, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_CMP_REQUEUE, -1, 0, 1, 0);
	bad(EINVAL, futex, BAD, FUTEX_CMP_REQUEUE, 0, -1, 1, 0);
	bad(EINVAL, futex, 1, FUTEX_CMP_REQUEUE, 0, 0, BAD, 0);
	bad(EINVAL, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, 1, 7);
	bad(EFAULT, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, BAD, 7);
	bad(EAGAIN, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, &word, 7);
	bad(EINVAL, futex, 1, FUTEX_WAKE_OP, 0, 0, BAD, 0xf << 28);
	bad(EFAULT, futex, &word, FUTEX_WAKE_OP, 0, 0, BAD, 7u << 28);
	bad(ENOSYS, futex, &word, FUTEX_WAKE_OP, 0, 0, &word, 7u << 28);
	bad(ENOSYS, futex, &word, FUTEX_WAKE_OP, 0, 0, &word, 9u << 24);
}

static void wait_by_wall_clock(void)
{
	struct { long long sec, nsec; } past = { 1, 0 };
	int word = 0;

	check_err(ETIMEDOUT, syscall(SYS_futex_of, &word, 9 | 128 | 256, 0,
				     &past, NULL, -1), "FUTEX_CLOCK_REALTIME");
}

int main(void)
{
	wait_badly();
	wait_by_wall_clock();
	return tap_done();
}
