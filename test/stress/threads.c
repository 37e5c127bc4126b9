/* SPDX-License-Identifier: MIT */
/*
 * Threads and futexes (rows B11, D1): a lock excludes, barriers let nobody
 * through early, waiters moved between words are all woken, and a process
 * ends whole whatever its threads do.
 */
#include <limits.h>
#include "stress.h"

#define THREADS	5

static unsigned long thread_seed;

static unsigned long new_seed(void)
{
	return thread_seed = thread_seed * 69069 + 1 + rnd(1 << 20);
}

/* ---- a lock -------------------------------------------------------------- */

static struct mutex lock = MUTEX_INIT;
static unsigned long guarded, guarded_twice;	/* [lock] */

static void *add_under_lock(void *arg)
{
	unsigned long s = (unsigned long)arg;

	for (int i = 0; i < 300; i++) {
		mutex_lock(&lock);
		need(guarded == guarded_twice);
		guarded++;
		if (rnd_of(&s, 32) == 0)
			sched_yield();
		guarded_twice++;
		mutex_unlock(&lock);
		if (i % 32 == 0)
			step();
	}
	return NULL;
}

static void mutex_round(void)
{
	struct thread t[THREADS];

	guarded = guarded_twice = 0;
	for (int i = 0; i < THREADS; i++)
		need(!thread_create(&t[i], add_under_lock,
				    (void *)new_seed()));
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	need(guarded == THREADS * 300 && lock.state == 0);
}

const struct work work_mutex = { "mutex", NULL, mutex_round, NULL };

/* ---- barriers, with requeue ---------------------------------------------- */

#define ROUNDS	40

static volatile int arrived, phase, moved;	/* phase, moved: futex words */
static volatile int progress[THREADS];

/*
 * The last to come moves the phase on.  The others sleep on `phase`, or were
 * moved to `moved` by it and are woken there.
 */
static void barrier(int requeue)
{
	int now = phase;

	if (__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST) == THREADS) {
		arrived = 0;
		__atomic_store_n(&phase, now + 1, __ATOMIC_SEQ_CST);
		if (requeue)
			futex(&phase, FUTEX_CMP_REQUEUE, 1,
			      (void *)(long)INT_MAX, &moved, now + 1);
		else
			futex(&phase, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
		futex(&moved, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
		return;
	}
	while (__atomic_load_n(&phase, __ATOMIC_SEQ_CST) == now) {
		struct timespec far = { 100000, 0 };

		if (futex(&phase, FUTEX_WAIT, now, &far, NULL, 0))
			need(errno == EAGAIN || errno == EINTR);
	}
}

static void *walk(void *arg)
{
	int me = (int)(long)arg;

	for (int i = 1; i <= ROUNDS; i++) {
		progress[me] = i;
		barrier(i & 1);
		for (int k = 0; k < THREADS; k++)
			need(progress[k] == i);
		barrier(0);
		step();
	}
	return NULL;
}

static void barrier_round(void)
{
	struct thread t[THREADS];

	arrived = phase = 0;
	for (long i = 0; i < THREADS; i++)
		need(!thread_create(&t[i], walk, (void *)i));
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
}

const struct work work_barrier = { "barrier", NULL, barrier_round, NULL };

/* ---- create and join ----------------------------------------------------- */

static __thread unsigned long own;

static void *own_data(void *arg)
{
	own = (unsigned long)arg;
	for (int i = 0; i < 3; i++) {
		sched_yield();
		need(own == (unsigned long)arg);
	}
	return (void *)(own * 7);
}

static void join_round(void)
{
	struct thread t[THREADS];
	int n = 1 + (int)rnd(THREADS);

	for (int i = 0; i < n; i++)
		need(!thread_create(&t[i], own_data, (void *)(long)(i + 1)));
	for (int i = n; i-- > 0;)
		need(thread_join(&t[i]) == (void *)((i + 1) * 7L));
}

const struct work work_join = { "join", NULL, join_round, NULL };

/* ---- the end of a process with threads anywhere -------------------------- */

static int nowhere[2];
static volatile unsigned long bad = 8;	/* no address of ours */

static void *be_somewhere(void *arg)
{
	unsigned long s = (unsigned long)arg;
	static volatile int word;
	char c;

	for (;;) {
		switch (rnd_of(&s, 7)) {
		case 0: sched_yield(); break;
		case 1: nap(rnd_of(&s, 200) * 1000); break;
		case 2: read(nowhere[0], &c, 1); break;	/* for ever */
		case 3: futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0); break;
		case 4:
			munmap(mmap(NULL, 8 * PG, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS |
				    MAP_POPULATE, -1, 0), 8 * PG);
			break;
		case 5:
			if (fork() == 0)
				_exit(0);
			wait(NULL);
			break;
		case 6: close(dup(nowhere[0])); break;
		}
	}
	return NULL;
}

static void killgroup_child(int how)
{
	struct thread t[THREADS];

	if (pipe(nowhere))
		_exit(80);
	for (int i = 0; i < THREADS; i++)
		need(!thread_create(&t[i], be_somewhere,
				    (void *)new_seed()));
	nap(rnd(2000) * 1000);
	if (how == 0)
		_exit(80);
	if (how == 1)
		*(volatile int *)bad = 1;	/* a fault ends all of us */
	if (how == 2)
		raw_syscall(SYS_exit, 5);	/* the leader alone */
	for (;;)
		pause();
}

static void killgroup_round(void)
{
	int how = (int)rnd(4), status;
	pid_t pid = branch();

	if (pid == 0)
		killgroup_child(how);
	if (how >= 2) {
		nap(rnd(3000) * 1000);
		kill(pid, SIGKILL);
	}
	need(wait_for(pid, &status, 0) == pid);
	need(how == 0 ? status == 80 << 8 :
	     how == 1 ? (status & 0x7f) == SIGSEGV : status == SIGKILL);
}

const struct work work_killgroup = { "killgroup", NULL, killgroup_round,
	NULL };

/* ---- a requeue that compares --------------------------------------------- */

#define TURNS	40
#define WAIT	0
#define CMP_REQUEUE 4
#define PRIVATE	128

static unsigned word, other_word, turn, turn_done;	/* atomic */

/* Who still sees 0 wakes, until it is none. */
static void *requeue_zero(void *arg)
{
	(void)arg;
	for (unsigned i = 1; i <= TURNS; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		while (syscall(SYS_futex, &word, CMP_REQUEUE | PRIVATE, 1, 1,
			       &other_word, 0) >= 0)
			;
		need(errno == EAGAIN);
		__atomic_store_n(&turn_done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Who waits for what the word became is not one that was meant. */
static void compare_round(void)
{
	struct timespec limit = { 0, 1 * MS };
	struct thread t;

	word = turn = turn_done = 0;
	need(!thread_create(&t, requeue_zero, NULL));
	for (unsigned i = 1; i <= TURNS; i++) {
		__atomic_store_n(&turn, i, __ATOMIC_RELEASE);
		for (unsigned k = rnd(3000); k; k--)
			__asm__ volatile("");
		__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
		need(syscall(SYS_futex, &word, WAIT | PRIVATE, 1, &limit) ==
		     -1 && errno == ETIMEDOUT);
		while (__atomic_load_n(&turn_done, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		__atomic_store_n(&word, 0, __ATOMIC_SEQ_CST);
		step();
	}
	thread_join(&t);
}

const struct work work_compare = { "compare", NULL, compare_round, NULL };
