/* SPDX-License-Identifier: MIT */
/* What clock_adjtime(2) takes, with 64-bit times. */
#ifndef TEST_TIMEX_ABI_H
#define TEST_TIMEX_ABI_H

#include <stdint.h>
#include <sys/syscall.h>

#ifdef SYS_clock_adjtime64
#define ABI_clock_adjtime	SYS_clock_adjtime64
#define ABI_clock_gettime	SYS_clock_gettime64
#define ABI_clock_settime	SYS_clock_settime64
#else
#define ABI_clock_adjtime	SYS_clock_adjtime
#define ABI_clock_gettime	SYS_clock_gettime
#define ABI_clock_settime	SYS_clock_settime
#endif

struct timex {
	uint32_t modes, pad0;
	int64_t offset, freq, maxerror, esterror;
	int32_t status, pad1;
	int64_t constant, precision, tolerance, sec, usec, tick, more[2];
	int32_t shift, pad2;
	int64_t pps[5];
	int32_t tai, unused[11];
};

#endif
