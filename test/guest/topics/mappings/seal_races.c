/* SPDX-License-Identifier: MIT */
/*
 * A file is sealed against writes while it is being mapped to be written (row
 * B5): one of the two is refused.  mmap(2) has much to unmap first, and the
 * seal is put on ever closer to the moment at which who comes first changes.
 */
#include <thread.h>
#include <time.h>
#include "tap.h"

#define F_ADD_SEALS	1033
#define FIFO		1		/* SCHED_FIFO */
#define SEAL_WRITE	8
#define AREA		(2048 * PG)
#define ROUNDS		60
#define START		2000000		/* ns */
#define LEAST_STEP	20000

struct race {
	int fd;
	long delay;			/* ns */
	long mapped, sealed;		/* 0 or an errno */
};

static void wait_ns(long ns)
{
	struct timespec t = { 0, ns };

	nanosleep(&t, NULL);
}

/* Root's does not wait for its turn. */
static void *seals(void *arg)
{
	struct race *r = arg;
	int priority = 1;

	syscall(SYS_sched_setscheduler, 0, FIFO, &priority);
	wait_ns(r->delay);
	r->sealed = fcntl(r->fd, F_ADD_SEALS, SEAL_WRITE) ? errno : 0;
	return NULL;
}

/* A mapping for each page of it, that has to go. */
static void map_each_page(char *area)
{
	if (mmap(area, AREA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
		 MAP_FIXED, -1, 0) != area)
		tap_bail("mmap");
	for (unsigned long at = 0; at < AREA; at += 2 * PG)
		if (mprotect(area + at, PG, PROT_READ))
			tap_bail("mprotect");
}

static void map_against_seal(struct race *r, char *area)
{
	struct thread t;

	map_each_page(area);
	r->fd = (int)syscall(SYS_memfd_create, "raced", 2);
	if (ftruncate(r->fd, AREA) || thread_create(&t, seals, r))
		tap_bail("a file and a thread");
	wait_ns(START);
	r->mapped = mmap(area, AREA, PROT_READ | PROT_WRITE, MAP_SHARED |
			 MAP_FIXED, r->fd, 0) == area ? 0 : errno;
	thread_join(&t);
	close(r->fd);
}

static int one_is_refused(const struct race *r)
{
	return (r->mapped == EPERM || r->sealed == EBUSY) &&
		(!r->mapped || r->mapped == EPERM) &&
		(!r->sealed || r->sealed == EBUSY);
}

int main(void)
{
	char *area = anon_pages(AREA / PG, PROT_NONE);
	int met = 0, seals_first = 0, maps_first = 0, was_first = 0;
	long step = 1000000;
	struct race r = { .delay = START };

	for (int i = 0; i < ROUNDS; i++) {
		map_against_seal(&r, area);
		if (!one_is_refused(&r)) {
			printf("# after %ld ns: mmap %ld, seal %ld\n",
			       r.delay, r.mapped, r.sealed);
			met++;
		}
		if (was_first != !r.sealed && step > LEAST_STEP)
			step /= 2;
		was_first = !r.sealed;
		seals_first += was_first;
		maps_first += !was_first;
		r.delay += was_first ? step : -step;
		if (r.delay < 0)
			r.delay = 0;
	}
	printf("# %d times the seal came first, %d times the mapping\n",
	       seals_first, maps_first);
	check_eq(met, 0, "a mapping and a seal exclude each other");
	return tap_done();
}
