/* SPDX-License-Identifier: MIT */
/* Shared by the programs that measure: the clock, and how one gives up. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef unsigned long long u64;

/* The clock that libc offers (through a vDSO where there is one), in ns. */
static inline u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000ULL + (u64)t.tv_nsec;
}

static inline double now_ms(void)
{
	return (double)now() / 1e6;
}

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

static inline void must(int good, const char *what)
{
	if (!good)
		die(what);
}

#endif
