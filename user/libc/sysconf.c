/* SPDX-License-Identifier: MIT */
/* Queries about the system, and the kernel's random numbers. */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int sched_getaffinity(pid_t pid, size_t size, void *mask)
{
	long n = syscall(SYS_sched_getaffinity, pid, size, mask);

	if (n < 0)
		return -1;
	for (size_t i = (size_t)n; i < size; i++)	/* zero the rest */
		((char *)mask)[i] = 0;
	return 0;
}

int __sched_cpucount(size_t size, const void *mask)
{
	int n = 0;

	for (size_t i = 0; i < size; i++)
		n += __builtin_popcount(((const unsigned char *)mask)[i]);
	return n;
}

static long cpus(void)
{
	unsigned long mask[32];

	if (sched_getaffinity(0, sizeof(mask), mask))
		return -1;
	return __sched_cpucount(sizeof(mask), mask);
}

static long open_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return -1;
	return (long)limit.rlim_cur;
}

/* struct sysinfo, with names only for the first fields */
struct memory {
	long uptime;
	unsigned long loads[3], total, rest[20];
};

static long memory_pages(void)
{
	struct memory m = { 0 };
	unsigned int unit;

	if (syscall(SYS_sysinfo, &m))
		return -1;
	/* rest: free, shared, buffers, swap (2), procs, high (2), mem_unit */
	unit = *(unsigned int *)&m.rest[8];
	return (long)((uint64_t)m.total * (unit ? unit : 1) / PAGE_SIZE);
}

long sysconf(int what)
{
	switch (what) {
	case _SC_OPEN_MAX:
		return open_files();
	case _SC_PAGESIZE:
		return (long)PAGE_SIZE;
	case _SC_NPROCESSORS_CONF:
	case _SC_NPROCESSORS_ONLN:
		return cpus();
	case _SC_PHYS_PAGES:
		return memory_pages();
	}
	errno = EINVAL;
	return -1;
}

ssize_t getrandom(void *buf, size_t n, unsigned int flags)
{
	return syscall(SYS_getrandom, buf, n, flags);
}

int getentropy(void *buf, size_t n)
{
	if (n > 256) {
		errno = EIO;
		return -1;
	}
	return getrandom(buf, n, 0) == (ssize_t)n ? 0 : -1;
}

/* arc4random cannot report an error, so abort without random numbers. */
void arc4random_buf(void *buf, size_t n)
{
	for (size_t done = 0; done < n;) {
		size_t step = n - done < 256 ? n - done : 256;

		if (getentropy((char *)buf + done, step))
			abort();
		done += step;
	}
}

uint32_t arc4random(void)
{
	uint32_t v;

	arc4random_buf(&v, sizeof(v));
	return v;
}
