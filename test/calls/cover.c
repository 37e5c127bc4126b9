/* SPDX-License-Identifier: MIT */
/*
 * Which code of the kernel a program's threads ran: a buffer of /dev/kcov a
 * thread, and a map of what was seen since boot, so that only what is new
 * goes to the host.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "executor.h"

#define KCOV_INIT_TRACE	(sizeof(long) == 8 ? 0x80086301ul : 0x80046301ul)
#define KCOV_ENABLE	0x6364
#define KCOV_SIZE	(KCOV_WORDS * sizeof(long))

static int fds[MAX_THREADS] = { -1, -1, -1, -1 };
static unsigned long *areas[MAX_THREADS];

void cover_open(void)
{
	for (int t = 0; t < MAX_THREADS; t++) {
		void *at;

		fds[t] = open("/dev/kcov", O_RDWR);
		if (fds[t] < 0)
			return;
		if (raw_syscall(SYS_ioctl, fds[t], KCOV_INIT_TRACE,
				KCOV_WORDS))
			return;
		at = mmap(NULL, KCOV_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fds[t], 0);
		if (at != MAP_FAILED)
			areas[t] = at;
	}
}

void cover_enable(int thread)
{
	if (areas[thread])
		raw_syscall(SYS_ioctl, fds[thread], KCOV_ENABLE, 0);
}

void cover_clear(int thread)
{
	if (thread < MAX_THREADS && areas[thread])
		areas[thread][0] = 0;
}

static void mark_place(uint32_t place)
{
	uint32_t bit = place * 2654435761u >> 12;	/* 20 bits */
	uint32_t at;

	if (__atomic_fetch_or(&shared->seen[bit / 32], 1u << bit % 32,
			      __ATOMIC_RELAXED) & 1u << bit % 32)
		return;
	at = __atomic_fetch_add(&shared->nr_new, 1, __ATOMIC_RELAXED);
	if (at < MAX_NEW)
		shared->fresh[at] = place;
}

void cover_note(uint32_t a, uint32_t b)
{
	mark_place(a << 16 | (b & 0xffff));
}

void cover_collect(int thread)
{
	unsigned long *area = thread < MAX_THREADS ? areas[thread] : NULL;
	unsigned long n, last = 0;

	if (!area)
		return;
	n = area[0];
	for (unsigned long i = 1; i <= n && i < KCOV_WORDS; i++) {
		if (area[i] != last)
			mark_place((uint32_t)area[i]);
		last = area[i];
	}
}
