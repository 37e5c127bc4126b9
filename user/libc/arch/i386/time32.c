/* SPDX-License-Identifier: MIT */
/*
 * glibc's functions with 32-bit times, for libraries that were compiled for
 * them.  Lectern's own programs never call these (__TIME64 in <sys/types.h>).
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <time.h>

struct timespec32 {
	int32_t tv_sec, tv_nsec;
};

int clock_gettime32(int clock, struct timespec32 *t)
	__asm__("clock_gettime");
int32_t time32(int32_t *t) __asm__("time");
struct tm *localtime32_r(const int32_t *when, struct tm *t)
	__asm__("localtime_r");
int cond_timedwait32(pthread_cond_t *c, pthread_mutex_t *m,
		     const struct timespec32 *until)
	__asm__("pthread_cond_timedwait");

int clock_gettime32(int clock, struct timespec32 *t)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		return -1;
	if (now.tv_sec > INT_MAX) {
		errno = EOVERFLOW;
		return -1;
	}
	t->tv_sec = (int32_t)now.tv_sec;
	t->tv_nsec = (int32_t)now.tv_nsec;
	return 0;
}

int32_t time32(int32_t *t)
{
	time_t now = time(NULL);

	if (now > INT_MAX) {
		errno = EOVERFLOW;
		return -1;
	}
	if (t)
		*t = (int32_t)now;
	return (int32_t)now;
}

struct tm *localtime32_r(const int32_t *when, struct tm *t)
{
	time_t all = *when;

	return localtime_r(&all, t);
}

int cond_timedwait32(pthread_cond_t *c, pthread_mutex_t *m,
		     const struct timespec32 *until)
{
	struct timespec all = { until->tv_sec, until->tv_nsec };

	return pthread_cond_timedwait(c, m, &all);
}
