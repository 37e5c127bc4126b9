/* SPDX-License-Identifier: MIT */
/*
 * Address spaces under several threads at once (rows A12, E2-E4): copies on
 * write while a thread forks, translations that every CPU must forget, maps
 * that are cut and joined, faults beside changes of the map.
 */
#include <setjmp.h>
#include "stress.h"

#define THREADS	4
#define PAGES	32UL

static volatile int end;

static char *map_pages(unsigned long n)
{
	char *p = mmap(NULL, n * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(p != MAP_FAILED);
	return p;
}

/* ---- copy on write ------------------------------------------------------- */

struct area {
	unsigned *words;		/* one page each */
	unsigned count;			/* own thread */
};

/* Writes its own pages on and on; what is there is what it wrote last. */
static void *write_pages(void *arg)
{
	struct area *a = arg;

	for (unsigned n = 1; !end; n++) {
		for (unsigned long i = 0; i < PAGES; i++) {
			need(a->words[i * (PG / 4)] == n - 1);
			a->words[i * (PG / 4)] = n;
		}
		a->count = n;
		step();
	}
	return NULL;
}

/*
 * In the child the other threads are not there: what they wrote stands
 * still, and the numbers of an area differ by one at most, downwards.
 */
static void check_frozen(const struct area *area)
{
	unsigned first[THREADS];

	for (int t = 0; t < THREADS; t++) {
		const unsigned *w = area[t].words;

		first[t] = w[0];
		for (unsigned long i = 1; i < PAGES; i++)
			need(w[i * (PG / 4)] == first[t] ||
			     w[i * (PG / 4)] + 1 == first[t]);
	}
	for (int i = 0; i < 3; i++) {
		sched_yield();
		for (int t = 0; t < THREADS; t++) {
			need(area[t].words[0] == first[t]);
			area[t].words[PG / 4] = 12345;
		}
	}
	_exit(81);
}

static void cow_round(void)
{
	struct area area[THREADS];
	struct thread t[THREADS];
	pid_t pid;

	end = 0;
	for (int i = 0; i < THREADS; i++) {
		area[i].words = (unsigned *)map_pages(PAGES);
		area[i].count = 0;
		need(!thread_create(&t[i], write_pages, &area[i]));
	}
	for (int i = 0; i < 4; i++) {
		pid = branch();
		if (pid == 0)
			check_frozen(area);
		reap(pid, 81);
	}
	end = 1;
	for (int i = 0; i < THREADS; i++) {
		thread_join(&t[i]);
		need(area[i].words[0] == area[i].count);
		munmap(area[i].words, PAGES * PG);
	}
}

const struct work work_cow = { "cow", NULL, cow_round, NULL };

/* ---- forgetting ---------------------------------------------------------- */

/*
 * One page whose number rises.  It is thrown away between two numbers: who
 * has read n, or knows that n was thrown away, never reads less than n but 0.
 */
static volatile unsigned *page;
static volatile unsigned gone;

static void *read_page(void *arg)
{
	unsigned highest = 0;

	while (!end) {
		unsigned floor = __atomic_load_n(&gone, __ATOMIC_ACQUIRE);
		unsigned v = __atomic_load_n(page, __ATOMIC_RELAXED);

		need(v == 0 || (v > floor && v >= highest));
		if (v)
			highest = v;
	}
	return arg;
}

static void forget_round(void)
{
	struct thread t[THREADS];

	end = 0;
	gone = 0;
	page = (unsigned *)map_pages(1);
	for (int i = 0; i < THREADS; i++)
		need(!thread_create(&t[i], read_page, NULL));
	for (unsigned n = 1; n < 200; n++) {
		*page = n;
		if (rnd(4) == 0)
			sched_yield();
		if (rnd(3)) {
			need(!madvise((void *)page, PG, MADV_DONTNEED));
		} else {
			need(mmap((void *)page, PG, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				  -1, 0) == page);
		}
		__atomic_store_n(&gone, n, __ATOMIC_RELEASE);
		if (n % 8 == 0)
			step();
	}
	end = 1;
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	munmap((void *)page, PG);
}

const struct work work_forget = { "forget", NULL, forget_round, NULL };

/* ---- maps ---------------------------------------------------------------- */

/*
 * Each thread in its own part of one map: cuts, joins, moves, tables freed.
 * Holes are for their owner: no thread's stack may be placed meanwhile.
 */
static char *land;
static volatile int go;
#define PART (2048 * PG)	/* more than a leaf table of either machine */

static void change_map(char *part, unsigned long *s)
{
	unsigned long at = rnd_of(s, 1000), n = 1 + rnd_of(s, 24);
	char *p = part + at * PG, *q;

	need(mmap(p, n * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		  MAP_ANONYMOUS | MAP_FIXED, -1, 0) == p);
	for (unsigned long i = 0; i < n; i++) {
		need(p[i * PG] == 0);
		p[i * PG] = (char)(at + i);
	}
	if (rnd_of(s, 2))
		need(!mprotect(p + (n / 2) * PG, PG, PROT_READ));
	for (unsigned long i = 0; i < n; i++)
		need(p[i * PG] == (char)(at + i));
	if (rnd_of(s, 4) == 0) {
		q = part + (1024 + at) * PG;
		need(mremap(p, PG, 3 * PG, MREMAP_MAYMOVE | MREMAP_FIXED,
			    q) == q);
		need(*q == (char)at && q[2 * PG] == 0);
		need(!munmap(q, 3 * PG));
	}
	if (rnd_of(s, 8) == 0)		/* the table goes, too */
		need(!munmap(part, PART));
	else
		need(!munmap(p, n * PG));
	/* nobody else may land here */
	need(mmap(part, PART, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
		  MAP_NORESERVE | MAP_FIXED, -1, 0) == part);
}

static void *map_on(void *arg)
{
	unsigned long me = (unsigned long)arg, s = me * 77 + gone;

	while (!go)
		sched_yield();
	for (int i = 0; i < 60; i++) {
		change_map(land + me * PART, &s);
		step();
	}
	return NULL;
}

static void maps_round(void)
{
	struct thread t[THREADS];

	gone = rnd(1 << 20);
	go = 0;
	land = mmap(NULL, THREADS * PART, PROT_NONE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	need(land != MAP_FAILED);
	for (unsigned long i = 0; i < THREADS; i++)
		need(!thread_create(&t[i], map_on, (void *)i));
	go = 1;
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	munmap(land, THREADS * PART);
}

const struct work work_maps = { "maps", NULL, maps_round, NULL };

/* ---- faults beside changes of the map ------------------------------------ */

static __thread sigjmp_buf recover;

static void on_fault(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	need((char *)si->si_addr >= land &&
	     (char *)si->si_addr < land + PAGES * PG);
	siglongjmp(recover, sig);
}

static void *touch_on(void *arg)
{
	unsigned long s = (unsigned long)arg * 7 + 1;

	while (!end) {
		volatile char *p = land + rnd_of(&s, PAGES) * PG;

		if (sigsetjmp(recover, 1) == 0) {
			char v = 1;

			if (rnd_of(&s, 2))
				*p = v;
			else
				v = *p;
			need(v == 0 || v == 1);
		}
		step();
	}
	return NULL;
}

static void fault_setup(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
				.sa_flags = SA_SIGINFO };

	sigaction(SIGSEGV, &sa, NULL);
	land = map_pages(PAGES);
}

static void fault_round(void)
{
	static const int prots[] = { PROT_NONE, PROT_READ,
				     PROT_READ | PROT_WRITE };
	struct thread t[THREADS];

	end = 0;
	for (long i = 0; i < THREADS; i++)
		need(!thread_create(&t[i], touch_on, (void *)i));
	for (int i = 0; i < 100; i++) {
		unsigned long at = rnd(PAGES), n = 1 + rnd(PAGES - at);
		char *p = land + at * PG;

		switch (rnd(4)) {
		case 0:
			need(!mprotect(p, n * PG, prots[rnd(3)]));
			break;
		case 1:
			need(mmap(p, n * PG, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				  -1, 0) == p);
			break;
		case 2:
			need(!madvise(p, n * PG, MADV_DONTNEED));
			break;
		case 3:
			if (fork() == 0)
				_exit(0);
			wait(NULL);
			break;
		}
		step();
	}
	end = 1;
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
}

const struct work work_fault = { "fault", fault_setup, fault_round, NULL };
