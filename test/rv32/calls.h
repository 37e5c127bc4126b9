/* SPDX-License-Identifier: MIT */
/*
 * What trials of single calls share: addresses of nothing, a structure at the
 * edge of a page, a child and its end.
 */
#include "trial.h"

#define UNUSED	__attribute__((unused))

enum { NR_CLOSE = 57, NR_WAITID = 95, NR_KILL = 129, NR_GETPID = 172,
       NR_MUNMAP = 215, NR_CLONE = 220, NR_EXECVE, NR_MMAP2 };
enum { EPERM = 1, ESRCH = 3, EINTR };
enum { SIGUSR1 = 10, SIGCHLD = 17 };

UNUSED static const u32 nowhere[] = { 8, TOP, 0x80000000, 0xc0000000, 0xfffffffc };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FAULTS(nr, ...) do {						\
	for (u32 i_ = 0; i_ < COUNT(nowhere); i_++) {			\
		u32 bad = nowhere[i_];					\
		CHECK(call(nr, __VA_ARGS__) == -EFAULT);		\
	}								\
} while (0)

void *memset(void *to, int c, unsigned long n);
void *memcpy(void *to, const void *from, unsigned long n);

/* What the compiler may make of initializers. */
void *memset(void *to, int c, unsigned long n)
{
	for (volatile u8 *at = to; n--; at++)
		*at = (u8)c;
	return to;
}

void *memcpy(void *to, const void *from, unsigned long n)
{
	volatile u8 *at = to;

	for (const u8 *f = from; n--; f++)
		*at++ = *f;
	return to;
}

UNUSED static int equal(const void *a, const void *b, u32 n)
{
	const u8 *x = a, *y = b;

	while (n && *x == *y)
		x++, y++, n--;
	return !n;
}

/* The last n bytes before a page that nobody has. */
UNUSED static void *edge(u32 n)
{
	long at = call(NR_MMAP2, 0, 2 * PG, READ_WRITE, PRIVATE_ANON, -1, 0);

	CHECK((u32)at < TOP && !call(NR_MUNMAP, at + PG, PG));
	return (char *)at + PG - n;
}

UNUSED static long fork(void)
{
	return call(NR_CLONE, SIGCHLD, 0, 0, 0, 0);
}

struct info { long signo, error, code, pid, uid, status, rest[26]; };

UNUSED static long status_of(long pid)
{
	struct info info;

	CHECK(!call(NR_WAITID, 1, pid, &info, 4, 0));
	return info.code == 1 ? info.status : -info.status;
}
