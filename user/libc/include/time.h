/* SPDX-License-Identifier: MIT */
/* Clocks and sleeping; times are 64-bit on every machine. */
#ifndef LIBC_TIME_H
#define LIBC_TIME_H

#include <sys/types.h>

#define CLOCK_REALTIME		0
#define CLOCK_MONOTONIC		1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID	3
#define CLOCK_MONOTONIC_RAW	4
#define CLOCK_REALTIME_COARSE	5
#define CLOCK_MONOTONIC_COARSE	6
#define CLOCK_BOOTTIME		7
#define TIMER_ABSTIME		1

struct timespec {
	int64_t tv_sec;
	int64_t tv_nsec;
};

/* Argument of old calls: machine words. */
struct timeval {
	long tv_sec;
	long tv_usec;
};

typedef long clock_t;
#define CLOCKS_PER_SEC	1000000L

struct tm {
	int tm_sec, tm_min, tm_hour;
	int tm_mday, tm_mon, tm_year;	/* 1 to 31, 0 to 11, since 1900 */
	int tm_wday, tm_yday, tm_isdst;
	long tm_gmtoff;
	const char *tm_zone;
};

struct itimerval {
	struct timeval it_interval;
	struct timeval it_value;
};

#define ITIMER_REAL	0
#define ITIMER_VIRTUAL	1
#define ITIMER_PROF	2

int clock_gettime(int clock, struct timespec *t) __TIME64("__clock_gettime64");
int clock_nanosleep(int clock, int flags, const struct timespec *t,
		    struct timespec *rest);	/* 0 or an errno */
int nanosleep(const struct timespec *t, struct timespec *rest);
int setitimer(int which, const struct itimerval *new, struct itimerval *old);
int getitimer(int which, struct itimerval *value);
time_t time(time_t *t) __TIME64("__time64");
int gettimeofday(struct timeval *t, void *zone);	/* zone: unused */
clock_t clock(void);			/* the process's CPU time */
struct tm *gmtime_r(const time_t *when, struct tm *t)
	__TIME64("__gmtime64_r");
struct tm *localtime_r(const time_t *when, struct tm *t)
	__TIME64("__localtime64_r");

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t now_ns(void);

#endif
