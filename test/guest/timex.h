/* SPDX-License-Identifier: MIT */
/* clock_adjtime(2) as the tests of it call it, with 64-bit times. */
#ifndef TEST_TIMEX_H
#define TEST_TIMEX_H

#include "tap.h"
#include "timex_abi.h"

#define OFFSET		0x1
#define FREQUENCY	0x2
#define MAXERROR	0x4
#define ESTERROR	0x8
#define STATUS		0x10
#define TIMECONST	0x20
#define TAI		0x80
#define SETOFFSET	0x100
#define MICRO		0x1000
#define NANO		0x2000
#define TICK		0x4000
#define SINGLESHOT	0x8001
#define SS_READ		0xa001

#define PLL		0x1
#define INS		0x10
#define DEL		0x20
#define UNSYNC		0x40
#define FREQHOLD	0x80
#define STA_NANO	0x2000
#define READ_ONLY	0xff00
enum { TIME_OK, TIME_INS, TIME_DEL, TIME_OOP, TIME_WAIT, TIME_ERROR };

#ifndef CLOCK_TAI
#define CLOCK_TAI	11
#endif

static struct timex t;

/* Set one value; t has what is told afterwards. */
static long adjust(uint32_t modes, int64_t value)
{
	memset(&t, 0, sizeof(t));
	t.modes = modes;
	t.status = (int32_t)value;
	t.offset = t.freq = t.maxerror = t.esterror = value;
	t.constant = t.tick = value;
	return syscall(ABI_clock_adjtime, CLOCK_REALTIME, &t);
}

/* => what is told then, in t */
static long ask(void)
{
	return adjust(0, 0);
}

static int64_t ns(int clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		tap_bail("clock_gettime");
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* The same by a system call, whatever the C library does. */
static int64_t asked_ns(int clock)
{
	int64_t now[2] = { 0, 0 };

	syscall(ABI_clock_gettime, clock, now);
	return now[0] * 1000000000LL + now[1];
}

#endif
