/* SPDX-License-Identifier: MIT */
/* Clocks, sleeping, interval timers. */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(int clock, struct timespec *t)
{
	return (int)syscall(ABI_clock_gettime, clock, t);
}

int clock_nanosleep(int clock, int flags, const struct timespec *t,
		    struct timespec *rest)
{
	return (int)-raw_syscall(ABI_clock_nanosleep, clock, flags, t, rest);
}

int nanosleep(const struct timespec *t, struct timespec *rest)
{
	int err = clock_nanosleep(CLOCK_MONOTONIC, 0, t, rest);

	if (!err)
		return 0;
	errno = err;
	return -1;
}

unsigned int sleep(unsigned int seconds)
{
	struct timespec t = { seconds, 0 };

	return nanosleep(&t, &t) ? (unsigned int)t.tv_sec : 0;
}

int usleep(unsigned int us)
{
	struct timespec t = { us / 1000000, us % 1000000 * 1000L };

	return nanosleep(&t, NULL);
}

int setitimer(int which, const struct itimerval *new, struct itimerval *old)
{
	return (int)syscall(SYS_setitimer, which, new, old);
}

int getitimer(int which, struct itimerval *value)
{
	return (int)syscall(SYS_getitimer, which, value);
}

unsigned int alarm(unsigned int seconds)
{
	struct itimerval it = { .it_value.tv_sec = (long)seconds }, old;

	if (setitimer(ITIMER_REAL, &it, &old) < 0)
		return 0;
	return (unsigned int)(old.it_value.tv_sec +
			      (old.it_value.tv_usec > 0));
}

int pause(void)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	return sigsuspend(&now);
}

time_t time(time_t *t)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_REALTIME, &now);
	if (t)
		*t = now.tv_sec;
	return now.tv_sec;
}

int gettimeofday(struct timeval *t, void *zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now))
		return -1;
	t->tv_sec = (long)now.tv_sec;
	t->tv_usec = (long)(now.tv_nsec / 1000);
	return 0;
}

clock_t clock(void)
{
	struct timespec t;

	if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t))
		return -1;
	return (clock_t)(t.tv_sec * CLOCKS_PER_SEC + t.tv_nsec / 1000);
}

uint64_t now_ns(void)
{
	struct timespec t = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
