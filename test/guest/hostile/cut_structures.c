/* SPDX-License-Identifier: MIT */
/*
 * Structures that begin in memory and end behind it, cut at each byte, with
 * several contents (rows B3, B4): whatever the bytes say that are there, the
 * call tells that the others are not.  So all of a structure is copied before
 * any of it is looked at.
 */
#include <stdint.h>
#include "tap.h"

#define AT	((void *)0x77777777)	/* of args: where the structure lies */
#define SKIP	-2L			/* of nr: this machine has it not */
#define W	((int)sizeof(long))

#ifndef SYS_utimensat_time64
#define SYS_utimensat_time64	SKIP
#define SYS_clock_nanosleep_time64 SKIP
#define SYS_clock_settime64	SKIP
#define SYS_clock_adjtime64	SKIP
#define SYS_timer_settime64	SKIP
#define SYS_timerfd_settime64	SKIP
#define SYS_ppoll_time64	SKIP
#define SYS_pselect6_time64	SKIP
#define SYS_futex_time64	SKIP
#define SYS_rt_sigtimedwait_time64 SKIP
/* a machine of 64 bits may have these, with other structures */
#undef SYS_utime
#undef SYS_utimes
#undef SYS_futimesat
#undef SYS_select
#define SYS_utime		SKIP
#define SYS_utimes		SKIP
#define SYS_futimesat		SKIP
#define SYS_select		SKIP
#define SYS_sigaction		SKIP
#define SYS_fcntl64		SKIP
#define SYS_timer_gettime64	SKIP
#define SYS_timerfd_gettime64	SKIP
#define SYS_statfs64		SKIP
#define SYS_fstat64		SKIP
#define FSTAT			SYS_fstat
#define FSTAT_SIZE		128
#else
#define FSTAT			SYS_fstat64
#define FSTAT_SIZE		96
#endif
#ifndef SYS_getrlimit
#define SYS_getrlimit		SKIP
#endif

static int timerfd, pipes[2], file, ep, timer;
static int word;

struct row {
	const char *name;
	long nr;
	int size;
	const void *arg[6];
};

#define N(x)	((const void *)(long)(x))

static void cut_row(const struct row *r, char *end)
{
	static const unsigned char with[] = { 0, 1, 0x7f, 0xff };
	int bad_cut = 0, bad_err = 0, bad_with = 0;
	long arg[6];

	if (r->nr == SKIP)
		return;
	for (int k = 0; k < COUNT(with); k++)
		for (int cut = 1; cut < r->size; cut++) {
			char *at = end - cut;
			long got;

			for (int i = 0; i < 6; i++)
				arg[i] = r->arg[i] == AT ? (long)at :
					(long)r->arg[i];
			memset(at, with[k], cut);
			errno = 0;
			got = syscall(r->nr, arg[0], arg[1], arg[2], arg[3],
				      arg[4], arg[5]);
			if (!bad_cut && (got != -1 || errno != EFAULT)) {
				bad_cut = cut;
				bad_err = errno;
				bad_with = with[k];
			}
		}
	if (bad_cut)
		printf("# %d of %d bytes of %d: errno %d\n", bad_cut, r->size,
		       bad_with, bad_err);
	check(!bad_cut, "%s, %d bytes", r->name, r->size);
}

/* Of capget(2)'s header the version alone is there: it is looked at first. */
static void read_version_alone(char *end)
{
	unsigned sets[6], *version = (unsigned *)end - 1;

	*version = 0x20080522;
	check_err(EFAULT, syscall(SYS_capget, version, sets), "no process");
	check_eq(syscall(SYS_capget, version, NULL), 0, "none is asked for");
	check_err(EFAULT, syscall(SYS_capset, version, sets), "none to change");
	*version = 1;
	check_err(EINVAL, syscall(SYS_capget, version, sets), "no version");
	check_eq(*version, 0x20080522u, "it is told which there is");
}

int main(void)
{
	char *page = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			  MAP_ANONYMOUS, -1, 0), *end = page + PG;
	struct sigaction ignored = { .sa_handler = SIG_IGN };

	if (page == MAP_FAILED || munmap(end, PG) || pipe(pipes))
		tap_bail("set-up");
	sigaction(SIGALRM, &ignored, NULL);
	tap_scratch("cut_structures");
	file = open("f", O_RDWR | O_CREAT, 0600);
	timerfd = (int)syscall(SYS_timerfd_create, 1L, 0L);
	ep = (int)syscall(SYS_epoll_create1, 0L);
	if (syscall(SYS_timer_create, 1L, NULL, &timer))
		tap_bail("timer_create");

	const struct row rows[] = {
	{ "timerfd_settime", SYS_timerfd_settime, 4 * W,
	  { N(timerfd), 0, AT } },
	{ "timerfd_settime64", SYS_timerfd_settime64, 32,
	  { N(timerfd), 0, AT } },
	{ "timer_settime", SYS_timer_settime, 4 * W, { N(timer), 0, AT } },
	{ "timer_settime64", SYS_timer_settime64, 32, { N(timer), 0, AT } },
	{ "setitimer", SYS_setitimer, 4 * W, { 0, AT } },
	{ "setitimer of none", SYS_setitimer, 4 * W, { N(9), AT } },
	{ "nanosleep", SYS_nanosleep, 2 * W, { AT } },
	{ "clock_nanosleep", SYS_clock_nanosleep, 2 * W, { N(1), 0, AT } },
	{ "clock_nanosleep64", SYS_clock_nanosleep_time64, 16,
	  { N(1), 0, AT } },
	{ "clock_settime", SYS_clock_settime, 2 * W, { 0, AT } },
	{ "clock_settime64", SYS_clock_settime64, 16, { 0, AT } },
	{ "settimeofday", SYS_settimeofday, 2 * W, { AT } },
	{ "settimeofday, zone", SYS_settimeofday, 8, { 0, AT } },
	{ "adjtimex", SYS_adjtimex, W == 8 ? 208 : 128, { AT } },
	{ "clock_adjtime", SYS_clock_adjtime, W == 8 ? 208 : 128, { 0, AT } },
	{ "clock_adjtime64", SYS_clock_adjtime64, 208, { 0, AT } },
	{ "utimensat", SYS_utimensat, 4 * W, { N(-100), "f", AT } },
	{ "utimensat64", SYS_utimensat_time64, 32, { N(-100), "f", AT } },
	{ "utime", SYS_utime, 8, { "f", AT } },
	{ "utimes", SYS_utimes, 16, { "f", AT } },
	{ "futimesat", SYS_futimesat, 16, { N(-100), "f", AT } },
	{ "ppoll", SYS_ppoll, 2 * W, { 0, 0, AT, 0, N(8) } },
	{ "ppoll64", SYS_ppoll_time64, 16, { 0, 0, AT, 0, N(8) } },
	{ "ppoll, mask", SYS_ppoll, 8, { 0, 0, 0, AT, N(8) } },
	{ "ppoll, files", SYS_ppoll, 24, { AT, N(3), 0, 0, N(8) } },
	{ "pselect6", SYS_pselect6, 2 * W, { 0, 0, 0, 0, AT } },
	{ "pselect6_64", SYS_pselect6_time64, 16, { 0, 0, 0, 0, AT } },
	{ "pselect6, mask and size", SYS_pselect6, 2 * W,
	  { 0, 0, 0, 0, 0, AT } },
	{ "select", SYS_select, 20, { AT } },
	{ "futex, time", SYS_futex, 2 * W, { &word, 0, 0, AT } },
	{ "futex64, time", SYS_futex_time64, 16, { &word, 0, 0, AT } },
	{ "rt_sigtimedwait, set", SYS_rt_sigtimedwait, 8, { AT, 0, 0, N(8) } },
	{ "rt_sigtimedwait, time", SYS_rt_sigtimedwait, 2 * W,
	  { "\0\0\0\0\0\0\0", 0, AT, N(8) } },
	{ "rt_sigaction", SYS_rt_sigaction, W == 8 ? 24 : 20,
	  { N(10), AT, 0, N(8) } },
	{ "rt_sigaction of none", SYS_rt_sigaction, W == 8 ? 24 : 20,
	  { N(99), AT, 0, N(8) } },
	{ "sigaction", SYS_sigaction, 16, { N(10), AT } },
	{ "rt_sigprocmask", SYS_rt_sigprocmask, 8, { N(9), AT, 0, N(8) } },
	{ "rt_sigqueueinfo", SYS_rt_sigqueueinfo, W == 8 ? 48 : 32,
	  { N(1), N(99), AT } },
	{ "sigaltstack", SYS_sigaltstack, 3 * W, { AT } },
	{ "setrlimit", SYS_setrlimit, 2 * W, { N(99), AT } },
	{ "prlimit64", SYS_prlimit64, 16, { 0, N(99), AT } },
	{ "sched_setparam", SYS_sched_setparam, 4, { 0, AT } },
	{ "epoll_ctl", SYS_epoll_ctl, W == 8 ? 16 : 12,
	  { N(ep), N(1), N(99), AT } },
	{ "readv", SYS_readv, 2 * W, { N(pipes[0]), AT, N(1) } },
	{ "writev", SYS_writev, 2 * W, { N(pipes[1]), AT, N(1) } },
	{ "fcntl64, lock", SYS_fcntl64, 24, { N(file), N(13), AT } },
	{ "fcntl, lock", SYS_fcntl, W == 8 ? 32 : 16, { N(file), N(6), AT } },
	{ "timer_create", SYS_timer_create, 64, { N(99), AT, &word } },
	{ "sendfile's position", SYS_sendfile, W,
	  { N(pipes[1]), N(file), AT, N(1) } },
	{ "splice's position", SYS_splice, 8,
	  { N(file), AT, N(pipes[1]), 0, N(1) } },
	{ "copy_file_range", SYS_copy_file_range, 8,
	  { N(file), AT, N(file), 0, N(1) } },
	{ "getrusage", SYS_getrusage, 18 * W, { 0, AT } },
	{ "getrlimit", SYS_getrlimit, 2 * W, { N(7), AT } },
	{ "prlimit64, old", SYS_prlimit64, 16, { 0, N(7), 0, AT } },
	{ "getitimer", SYS_getitimer, 4 * W, { 0, AT } },
	{ "timer_gettime", SYS_timer_gettime, 4 * W, { N(timer), AT } },
	{ "timerfd_gettime", SYS_timerfd_gettime, 4 * W, { N(timerfd), AT } },
	{ "clock_gettime", SYS_clock_gettime, 2 * W, { 0, AT } },
	{ "clock_getres", SYS_clock_getres, 2 * W, { 0, AT } },
	{ "gettimeofday", SYS_gettimeofday, 2 * W, { AT } },
	{ "times", SYS_times, 4 * W, { AT } },
	{ "uname", SYS_uname, 390, { AT } },
	{ "sysinfo", SYS_sysinfo, W == 8 ? 112 : 64, { AT } },
	{ "fstat", FSTAT, FSTAT_SIZE, { N(file), AT } },
	{ "statfs", SYS_statfs, W == 8 ? 120 : 64, { ".", AT } },
	{ "statx", SYS_statx, 256, { N(-100), ".", 0, N(0x7ff), AT } },
	{ "rt_sigpending", SYS_rt_sigpending, 8, { AT, N(8) } },
	{ "sigaltstack, old", SYS_sigaltstack, 3 * W, { 0, AT } },
	{ "rt_sigaction, old", SYS_rt_sigaction, W == 8 ? 24 : 20,
	  { N(10), 0, AT, N(8) } },
	{ "getcwd", SYS_getcwd, 10, { AT, N(100) } },
	{ "sched_getparam", SYS_sched_getparam, 4, { 0, AT } },
	{ "pipe2", SYS_pipe2, 8, { AT, 0 } },
	};
	for (int i = 0; i < COUNT(rows); i++)
		cut_row(&rows[i], end);
	read_version_alone(end);
	close(file);
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
