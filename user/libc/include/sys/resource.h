/* SPDX-License-Identifier: MIT */
/* Limits and usage. */
#ifndef LIBC_SYS_RESOURCE_H
#define LIBC_SYS_RESOURCE_H

#include <sys/types.h>
#include <time.h>

#define RLIMIT_CPU	0
#define RLIMIT_FSIZE	1
#define RLIMIT_DATA	2
#define RLIMIT_STACK	3
#define RLIMIT_CORE	4
#define RLIMIT_RSS	5
#define RLIMIT_NPROC	6
#define RLIMIT_NOFILE	7
#define RLIMIT_MEMLOCK	8
#define RLIMIT_AS	9
#define RLIMIT_SIGPENDING 11
#define RLIM_INFINITY	(~0ULL)

struct rlimit {			/* the kernel's rlimit64 */
	uint64_t rlim_cur;
	uint64_t rlim_max;
};

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN	(-1)

struct rusage {
	struct timeval ru_utime;
	struct timeval ru_stime;
	long ru_maxrss, ru_ixrss, ru_idrss, ru_isrss, ru_minflt, ru_majflt;
	long ru_nswap, ru_inblock, ru_oublock, ru_msgsnd, ru_msgrcv;
	long ru_nsignals, ru_nvcsw, ru_nivcsw;
};

int getrlimit(int what, struct rlimit *r);
int setrlimit(int what, const struct rlimit *r);
int getrusage(int who, struct rusage *u);

#endif
