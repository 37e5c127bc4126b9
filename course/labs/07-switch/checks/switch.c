/* SPDX-License-Identifier: MIT */
/* Lab 7: what programs see of the context switch. */
#include "regs.h"
#include "proc.h"
#include <poll.h>
#include <pthread.h>
#include <sched.h>

/* The kernel's own threads have run, and process 1 sleeps and goes on. */
static void alive(void)
{
	unsigned long long before = lab_clock(), slept;
	struct timespec t = { 0, 2000000 };

	lab_must(nanosleep(&t, NULL), "nanosleep");
	slept = lab_clock() - before;
	lab_check(slept >= 2000000, "slept only %llu of 2000000 ns", slept);
}

#define CHILDREN	8

static volatile int *words;

static void store_number(void *arg)
{
	int number = (int)(intptr_t)arg;
	volatile int mine[64];

	for (int i = 0; i < 64; i++)
		mine[i] = number * 100 + i;
	errno = number;
	sched_yield();
	lab_equal(errno, number, "errno, which lies at the thread pointer");
	for (int i = 0; i < 64; i++)
		lab_equal(mine[i], number * 100 + i, "a word of my stack");
	words[number] = getpid();
}

/* A new task goes on where fork() returns, and all children have their turn. */
static void forks(void)
{
	pid_t pids[CHILDREN];

	words = shared_words();
	lab_join(lab_fork(store_number, (void *)0));
	lab_check(words[0] > 1, "the child did not store its number");
	for (int i = 1; i < CHILDREN; i++)
		pids[i] = lab_fork(store_number, (void *)(intptr_t)i);
	for (int i = CHILDREN - 1; i >= 1; i--)
		lab_join(pids[i]);
	for (int i = 1; i < CHILDREN; i++)
		lab_equal(words[i], pids[i], "the number that a child stored");
	munmap((void *)words, LAB_PAGE);
}

#define ROUNDS	100

/* Yield to the others ROUNDS times, and look at what `look` looks at. */
static void yield_and_look(unsigned seed, int partner,
			   void (*look)(const struct values *,
					const struct values *))
{
	struct values in, out;
	int seen = 0;

	values_fill(&in, seed);
	for (int i = 0; i < ROUNDS; i++) {
		int before = words[partner];

		words[seed]++;
		hold_yield(&in, &out, NULL);
		look(&out, &in);
		seen += words[partner] != before;
	}
	words[seed] += 1000000;
	lab_check(seen, "sched_yield() never let the other process run");
}

static void look_at_integers(const struct values *out, const struct values *in)
{
	integers_must_be(out, in);
}

static void look_at_floats(const struct values *out, const struct values *in)
{
	floats_must_be(out, in);
	control_must_be(out, in);
}

static void integers_child(void *arg)
{
	(void)arg;
	yield_and_look(1, 0, look_at_integers);
}

/* The integer registers of two programs that yield to each other. */
static void integers(void)
{
	pid_t pid;

	words = shared_words();
	pid = lab_fork(integers_child, NULL);
	yield_and_look(0, 1, look_at_integers);
	lab_join(pid);
	munmap((void *)words, LAB_PAGE);
}

static void floats_child(void *arg)
{
	(void)arg;
	yield_and_look(1, 0, look_at_floats);
}

/* A program that uses no float register, beside two that do. */
static void only_yield(void *arg)
{
	(void)arg;
	for (int i = 0; i < ROUNDS; i++)
		sched_yield();
}

static void floats(void)
{
	pid_t without, with;

	words = shared_words();
	without = lab_fork(only_yield, NULL);
	with = lab_fork(floats_child, NULL);
	yield_and_look(0, 1, look_at_floats);
	lab_join(with);
	lab_join(without);
	munmap((void *)words, LAB_PAGE);
}

/* ---- tasks that have ended ----------------------------------------------- */

#define FORKS	200

static void end_at_once(void *arg)
{
	(void)arg;
}

/* Who has ended is looked after by the one that runs next. */
static void ended(void)
{
	long before = 0;

	for (int i = 0; i < FORKS + 20; i++) {
		if (i == 20)
			before = mem_free();
		lab_join(lab_fork(end_at_once, NULL));
	}
	lab_check(before - mem_free() < 2 * FORKS, "after %d children have "
		  "ended, %ld kB of memory are still in use", FORKS,
		  before - mem_free());
}

/* ---- sleepers ------------------------------------------------------------ */

#define SLEEPERS	40

static int ends[SLEEPERS][2];

static void sleep_in_read(int n)
{
	char byte = 0;

	lab_equal(read(ends[n][0], &byte, 1), 1, "bytes that read() returned");
	lab_equal(byte, 'a' + n % 26, "the byte that was read");
}

static void sleep_in_poll(int n)
{
	struct pollfd p = { .fd = ends[n][0], .events = POLLIN };

	lab_equal(poll(&p, 1, -1), 1, "what poll() returned");
	lab_equal(p.revents, POLLIN, "revents of poll()");
	sleep_in_read(n);
}

static void exit_with(void *arg)
{
	_exit((int)(intptr_t)arg);
}

static void sleep_in_wait(int n)
{
	int status = 0;
	pid_t pid;

	sleep_in_read(n);
	pid = fork();
	if (!pid)
		exit_with((void *)(intptr_t)(n + 1));
	lab_equal(waitpid(pid, &status, 0), pid, "what waitpid() returned");
	lab_equal(WEXITSTATUS(status), n + 1, "the status of a grandchild");
}

static void sleep_in_time(int n)
{
	struct timespec t = { 0, 10000 * (n + 1) };

	lab_must(nanosleep(&t, NULL), "nanosleep");
	sleep_in_read(n);
}

static void sleeper(void *arg)
{
	static void (*const kinds[])(int) = {
		sleep_in_read, sleep_in_poll, sleep_in_wait, sleep_in_time,
	};
	int n = (int)(intptr_t)arg;

	kinds[n % 4](n);
	lab_must(write(ends[(n + 1) % SLEEPERS][1],
		       &(char){ (char)('a' + (n + 1) % SLEEPERS % 26) }, 1),
		 "write");
}

/* Forty tasks, each asleep in its own call, wake each other in a ring. */
static void sleepers(void)
{
	pid_t pids[SLEEPERS];

	for (int i = 0; i < SLEEPERS; i++)
		lab_must(pipe(ends[i]), "pipe");
	for (int i = 1; i < SLEEPERS; i++)
		pids[i] = lab_fork(sleeper, (void *)(intptr_t)i);
	sched_yield();
	lab_must(write(ends[1][1], "b", 1), "write");
	sleep_in_read(0);
	for (int i = SLEEPERS - 1; i >= 1; i--)
		lab_join(pids[i]);
	for (int i = 0; i < SLEEPERS; i++) {
		close(ends[i][0]);
		close(ends[i][1]);
	}
}

/* ---- threads ------------------------------------------------------------- */

#define THREADS	4

static volatile int told[THREADS];

static void *thread(void *arg)
{
	int n = (int)(intptr_t)arg;
	int *place = &errno;
	char text[32];

	for (int i = 0; i < ROUNDS; i++) {
		errno = 100 * n + i;
		sched_yield();
		if (errno != 100 * n + i || &errno != place)
			return (void *)1;
		snprintf(text, sizeof(text), "%d", n);
		if (atoi(text) != n)
			return (void *)2;
		told[n]++;
	}
	return NULL;
}

/* Threads: a stack and a thread pointer for each, in one address space. */
static void threads(void)
{
	pthread_t ids[THREADS];
	void *result;

	for (int i = 0; i < THREADS; i++)
		told[i] = 0;
	for (int i = 0; i < THREADS; i++)
		lab_equal(pthread_create(&ids[i], NULL, thread,
					 (void *)(intptr_t)i), 0,
			  "pthread_create");
	for (int i = 0; i < THREADS; i++) {
		pthread_join(ids[i], &result);
		lab_check(!result, "thread %d found %s of another thread", i,
			  result == (void *)1 ? "errno" :
			  "the stack");
		lab_equal(told[i], ROUNDS, "rounds of a thread");
	}
}

/* ---- the floats of a child ----------------------------------------------- */

static struct values mine;

/* fork() with the float registers loaded: the child has the same ones. */
static void forks_with_floats(void)
{
	struct values found;
	int status = 0;
	pid_t pid;

	for (unsigned seed = 1; seed < 6; seed++) {
		values_fill(&mine, seed);
		words = shared_words();
		float_set(&mine);
		/* nothing between these two lines uses a float register */
		pid = (pid_t)raw_syscall(SYS_clone, SIGCHLD);
		float_get(&found);
		if (pid == 0) {
			memcpy((void *)words, &found, sizeof(found));
			_exit(0);
		}
		floats_must_be(&found, &mine);
		lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
		lab_equal(status, 0, "status of the child");
		memcpy(&found, (void *)words, sizeof(found));
		floats_must_be(&found, &mine);
		munmap((void *)words, LAB_PAGE);
	}
}

enum { DELAY, NAP };			/* words[]: ns */
static int bell[2];

/*
 * Runs before all others.  It takes the CPU from the caller of vfork() after
 * DELAY ns.  Its next timer is due as soon as the caller goes on, so the caller
 * loses the CPU twice more at the same place.  Each time other numbers are left
 * in the registers.
 */
static void disturb(void *arg)
{
	struct values theirs;
	struct timespec t = { 0, 0 };
	char byte;

	(void)arg;
	close(bell[1]);
	values_fill(&theirs, 99);
	lab_must(syscall(SYS_sched_setscheduler, 0, 1, &(int){ 50 }),
		 "sched_setscheduler");
	while (read(bell[0], &byte, 1) == 1) {
		t.tv_nsec = words[DELAY];
		for (int i = 0; i < 3; i++) {
			nanosleep(&t, NULL);
			t.tv_nsec = words[NAP];
			float_set(&theirs);
		}
	}
}

#define FARTHEST	12000		/* ns: a vfork() takes less */
#define PHASES		24		/* rounds of a loop: 100 ns or more */

static int store_floats(void *to)
{
	float_get(to);
	return 0;
}

/* The child of vfork() stores its registers into the memory of its parent. */
static void disturbed_fork(int phase)
{
	static char stack[LAB_PAGE] __attribute__((aligned(16)));
	struct values found, inherited;
	pid_t pid;

	memset(&inherited, 0, sizeof(inherited));
	lab_must(write(bell[1], "x", 1), "write");
	for (volatile int i = 0; i < phase; i++)
		;
	float_set(&mine);
	pid = (pid_t)__clone(store_floats, stack + sizeof(stack),
			     CLONE_VM | CLONE_VFORK | SIGCHLD, &inherited,
			     NULL, NULL, NULL);
	float_get(&found);
	lab_equal(waitpid(pid, NULL, 0), pid, "waitpid");
	floats_must_be(&found, &mine);
	floats_must_be(&inherited, &mine);
}

/*
 * The same if others take the CPU, at any place of the fork.  A timer is due at
 * whole multiples of 100 ns only, so the fork begins a little later each time.
 */
static void inherit(void)
{
	pid_t pid;

	forks_with_floats();
	words = shared_words();
	lab_must(pipe(bell), "pipe");
	values_fill(&mine, 1);
	pid = lab_fork(disturb, NULL);
	close(bell[0]);
	for (words[NAP] = 400; words[NAP] < 1000; words[NAP] += 300)
		for (int phase = 0; phase < PHASES; phase += 4)
			for (words[DELAY] = 1000; words[DELAY] < FARTHEST;
			     words[DELAY] += 100)
				disturbed_fork(phase);
	close(bell[1]);
	lab_join(pid);
	munmap((void *)words, LAB_PAGE);
}

/* ---- what it costs ------------------------------------------------------- */

#define YIELDS	2000

/* What a turn with floats may cost more than one without: one fpu_save(). */
#define SAVING	80

static void yield_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < YIELDS; i++)
		sched_yield();
}

static void compute_and_yield(void)
{
	volatile double sum = 1;

	for (int i = 0; i < YIELDS; i++) {
		sum = sum * 2;
		sched_yield();
	}
}

/* Return: instructions that a loop takes beside another process. */
static long cost_of(void (*loop)(void))
{
	unsigned long long begin;
	long took;
	pid_t pid = lab_fork(yield_often, NULL);

	begin = lab_clock();
	loop();
	took = (long)(lab_clock() - begin);
	lab_join(pid);
	return took;
}

static void only_loop(void)
{
	yield_often(NULL);
}

/*
 * Two programs that used float registers once, and do not use them now.  Then
 * one computes in each turn: nobody else uses the registers, so they must be
 * saved, but not loaded.
 */
static void cheap(void)
{
	struct values v;
	long without, more;

	values_fill(&v, 1);
	float_set(&v);
	float_get(&v);
	without = cost_of(only_loop);
	more = (cost_of(compute_and_yield) - without) / YIELDS;
	lab_note("a turn with floats took %ld instructions more", more);
	lab_within_budget((unsigned long long)without);
	lab_check(more <= SAVING, "a turn took %ld instructions more if it "
		  "used a float register, which nobody else did; allowed are "
		  "%d", more, SAVING);
}

static const struct lab_case cases[] = {
	{ "alive", alive },
	{ "fork", forks },
	{ "integers", integers },
	{ "sleepers", sleepers },
	{ "threads", threads },
	{ "floats", floats },
	{ "inherit", inherit },
	{ "ended", ended },
	{ "cheap", cheap },
};

LAB_MAIN(cases)
