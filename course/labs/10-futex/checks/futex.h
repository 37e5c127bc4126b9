/* SPDX-License-Identifier: MIT */
/* Lab 10: futex(2) for the check programs. */
#ifndef LAB_FUTEX_H
#define LAB_FUTEX_H

#include "check.h"
#include <limits.h>
#include <sched.h>
#include <sys/resource.h>

#define WAIT		0
#define WAKE		1
#define WAIT_BITSET	9
#define WAKE_BITSET	10
#define PRIVATE		128
#define REALTIME	256
#define ANY		0xffffffffu

#define MS		1000000ULL

typedef volatile unsigned word_t;

/* Return: what futex(2) returns; a negative errno on failure. */
static inline long futex(word_t *at, int op, unsigned val,
			 const struct timespec *timeout, unsigned bits)
{
	return raw_syscall(ABI_futex, at, op, val, timeout, NULL, bits);
}

static inline long wait_on(word_t *at, unsigned val)
{
	return futex(at, WAIT, val, NULL, 0);
}

static inline long wake(word_t *at, int count)
{
	return futex(at, WAKE, (unsigned)count, NULL, 0);
}

static inline struct timespec time_of(unsigned long long ns)
{
	struct timespec t = { (time_t)(ns / 1000000000ULL),
			      (long)(ns % 1000000000ULL) };

	return t;
}

/* Let all others run until they sleep. */
static inline void nap(unsigned long long ns)
{
	struct timespec t = time_of(ns);

	lab_must(nanosleep(&t, NULL), "nanosleep");
}

/* A page of words that all children of fork() share. */
static inline word_t *shared_words(void)
{
	void *at = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

static inline void drop(word_t *at)
{
	munmap((void *)at, LAB_PAGE);
}

/* From now on no task of the usual policy runs before this one sleeps. */
static inline void go_first(int yes)
{
	int priority = yes ? 50 : 0;

	lab_must(syscall(SYS_sched_setscheduler, 0, yes, &priority),
		 "sched_setscheduler");
}

static inline void must_end_after(unsigned long long took,
				  unsigned long long wanted)
{
	lab_check(took >= wanted, "the wait ended after %llu us, its timeout "
		  "was %llu us", took / 1000, wanted / 1000);
	lab_check(took < wanted + 3 * MS, "the wait took %llu us, its timeout "
		  "was %llu us", took / 1000, wanted / 1000);
}

static inline void do_nothing(int sig)
{
	(void)sig;
}

static inline void handle(int sig, int flags)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = do_nothing;
	sa.sa_flags = flags;
	lab_must(sigaction(sig, &sa, NULL), "sigaction");
}

#endif
