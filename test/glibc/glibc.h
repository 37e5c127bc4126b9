/* SPDX-License-Identifier: MIT */
/*
 * The frame of a test linked with glibc: the guest tests' own, and what it
 * takes from the small libc; helpers for threads.  Points are given by the
 * main thread only.  No test depends on how fast anything is: a limit is
 * either over at once or never reached.
 */
#ifndef TEST_GLIBC_H
#define TEST_GLIBC_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

__attribute__((unused))
static int write_all(int fd, const void *p, size_t n)
{
	return write(fd, p, n) == (ssize_t)n ? 0 : -1;
}

#include "../guest/tap.h"

/* Buffers are empty over fork, and lines of children do not mix. */
__attribute__((constructor)) static void tap_unbuffered(void)
{
	setvbuf(stdout, NULL, _IOLBF, 1024);
}

/* A thread tells its number here, so that others see when it sleeps. */
static volatile pid_t told_tid;

UNUSED static void start(pthread_t *t, void *(*fn)(void *), void *arg)
{
	told_tid = 0;
	errno = pthread_create(t, NULL, fn, arg);
	if (errno)
		tap_bail("pthread_create");
}

UNUSED static void *join(pthread_t t)
{
	void *result = NULL;

	errno = pthread_join(t, &result);
	if (errno)
		tap_bail("pthread_join");
	return result;
}

UNUSED static void tell_tid(void)
{
	told_tid = gettid();
}

/* Until the thread that was started last told its number and sleeps. */
UNUSED static void told_and_asleep(void)
{
	while (!told_tid)
		usleep(500);
	wait_asleep(told_tid);
	told_tid = 0;
}

/* A moment of this clock, ms from now; also before now. */
UNUSED static struct timespec moment(clockid_t clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	} else if (t.tv_nsec < 0) {
		t.tv_sec--;
		t.tv_nsec += 1000000000;
	}
	return t;
}

/* => is that moment over? */
UNUSED static int is_over(clockid_t clock, const struct timespec *t)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec > t->tv_sec ||
		(now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

/* Memory that children share. */
UNUSED static void *shared_pages(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	return p;
}

#endif
