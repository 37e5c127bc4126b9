/* SPDX-License-Identifier: MIT */
/*
 * The life of glibc's threads: created in every way, detached, joined, many
 * at once; stacks and guard pages; once and atfork; the first thread ending
 * before the others; exec, fork and set-id from any of them (rows B9, B11,
 * D1, D10).
 */
#include <limits.h>
#include <grp.h>
#include <sched.h>
#include <sys/resource.h>
#include "glibc.h"

static volatile int go;

static void *give_back(void *arg)
{
	return arg;
}

static void *until_go(void *arg)
{
	tell_tid();
	while (!go)
		usleep(500);
	return arg;
}

static void *join_it(void *arg)
{
	return (void *)(long)pthread_join(*(pthread_t *)arg, NULL);
}

/* ---- joining ------------------------------------------------------------- */

static void joining(void)
{
	struct timespec t;
	pthread_t a, b;
	void *result;

	start(&a, give_back, (void *)5L);
	check(join(a) == (void *)5L, "what a thread returns");
	check_eq(pthread_join(pthread_self(), NULL), EDEADLK,
		 "not to be joined by itself");
	go = 0;
	start(&a, until_go, (void *)6L);
	check_eq(pthread_tryjoin_np(a, &result), EBUSY, "tryjoin: it runs");
	t = moment(CLOCK_REALTIME, 20);
	check_eq(pthread_timedjoin_np(a, &result, &t), ETIMEDOUT,
		 "timedjoin: its limit");
	t = moment(CLOCK_MONOTONIC, 20);
	check_eq(pthread_clockjoin_np(a, &result, CLOCK_MONOTONIC, &t),
		 ETIMEDOUT, "by the other clock");
	start(&b, join_it, &a);
	go = 1;
	check_eq((long)join(b), 0, "joined by another thread");
}

static volatile int ended;

static void *ends_detached(void *arg)
{
	if (arg)
		pthread_detach(pthread_self());
	__atomic_add_fetch(&ended, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void detached(void)
{
	pthread_attr_t a;
	pthread_t t;
	int state, st;

	pthread_attr_init(&a);
	pthread_attr_setdetachstate(&a, PTHREAD_CREATE_DETACHED);
	for (int i = 0; i < 200; i++) {
		if (pthread_create(&t, &a, ends_detached, NULL))
			tap_bail("detached");
		start(&t, ends_detached, &a);
	}
	while (ended < 400)
		usleep(500);
	check(1, "400 detached threads end by themselves");
	go = 0;
	pthread_create(&t, &a, until_go, NULL);
	st = pthread_join(t, NULL);
	check_eq(st, EINVAL, "a detached one is not joined");
	check_eq(pthread_detach(t), EINVAL, "nor detached again");
	pthread_getattr_np(t, &a);
	pthread_attr_getdetachstate(&a, &state);
	check_eq(state, PTHREAD_CREATE_DETACHED, "it says so itself");
	go = 1;
}

/* ---- stacks -------------------------------------------------------------- */

static size_t stack_size, guard_size;

static void *use_stack(void *arg)
{
	volatile char *at = (char *)__builtin_frame_address(0);
	size_t room = stack_size - 16384;

	for (size_t i = 2048; i < room; i += 4096)
		at[-(long)i] = (char)i;
	return arg;
}

/* Down to the guard page, and on. */
static void *overflow(void *arg)
{
	volatile char *at = (char *)__builtin_frame_address(0);

	for (size_t i = 2048; i < 2 * stack_size; i += 1024)
		at[-(long)i] = (char)i;
	return arg;
}

static void overflow_in_child(void *arg)
{
	pthread_attr_t a;
	pthread_t t;

	(void)arg;
	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, stack_size);
	pthread_attr_setguardsize(&a, guard_size);
	pthread_create(&t, &a, overflow, NULL);
	pthread_join(t, NULL);
}

static void stacks(void)
{
	static char own[65536] __attribute__((aligned(4096)));
	pthread_attr_t a;
	pthread_t t;
	void *low;
	size_t size;

	pthread_attr_init(&a);
	check_eq(pthread_attr_setstacksize(&a, 1000), EINVAL, "no stack");
	for (stack_size = 65536; stack_size <= 64 << 20; stack_size *= 4) {
		pthread_attr_setstacksize(&a, stack_size);
		if (pthread_create(&t, &a, use_stack, own))
			tap_bail("create");
		check(join(t) == own, "a stack of %zu KiB", stack_size >> 10);
	}
	for (guard_size = 4096; guard_size <= 65536; guard_size *= 4) {
		stack_size = 262144;
		check_eq(in_child(overflow_in_child, NULL), SIGSEGV,
			 "a guard of %zu KiB stops an overflow",
			 guard_size >> 10);
	}
	pthread_attr_setstack(&a, own, sizeof(own));
	stack_size = 49152;
	pthread_create(&t, &a, use_stack, &size);
	check(join(t) == &size, "a stack of one's own");
	pthread_getattr_np(pthread_self(), &a);
	pthread_attr_getstack(&a, &low, &size);
	check((char *)&size > (char *)low && (char *)&size < (char *)low +
	      size, "the first thread's, by /proc/self/maps");
}

static pthread_barrier_t together;

static void *with_others(void *arg)
{
	pthread_barrier_wait(&together);
	return arg;
}

static void many(void)
{
	enum { N = 500 };
	static pthread_t t[N];
	pthread_attr_t a;
	long bad = 0;

	pthread_attr_init(&a);
	pthread_attr_setstacksize(&a, 65536);
	pthread_barrier_init(&together, NULL, N + 1);
	for (long i = 0; i < N; i++)
		if (pthread_create(&t[i], &a, with_others, (void *)i))
			tap_bail("create");
	pthread_barrier_wait(&together);
	for (long i = 0; i < N; i++)
		bad += join(t[i]) != (void *)i;
	check_eq(bad, 0, "%d threads at once", N);
	for (long i = 0; i < 2000; i++) {
		start(&t[0], give_back, (void *)i);
		bad += join(t[0]) != (void *)i;
	}
	check_eq(bad, 0, "2000 one after the other");
}

static void limited(void *arg)
{
	struct rlimit r = { 20, 20 };
	pthread_t t;
	int n = 0, err;

	(void)arg;
	setgroups(0, NULL);
	if (setrlimit(RLIMIT_NPROC, &r) || setresuid(54321, 54321, 54321))
		_exit(1);
	go = 0;
	while ((err = pthread_create(&t, NULL, until_go, NULL)) == 0)
		n++;
	go = 1;
	_exit(err == EAGAIN && n == 19 ? 0 : n + 2);
}

/* ---- once, atfork -------------------------------------------------------- */

static pthread_once_t once = PTHREAD_ONCE_INIT, broken = PTHREAD_ONCE_INIT;
static volatile int inits;

static void init(void)
{
	usleep(2000);
	inits++;
}

static void *call_once_more(void *arg)
{
	pthread_once(&once, init);
	return (void *)(long)inits;
}

static void init_cancelled(void)
{
	tell_tid();
	if (!go)
		pause();
	inits++;
}

static void *call_broken(void *arg)
{
	pthread_once(&broken, init_cancelled);
	return NULL;
}

static void onces(void)
{
	pthread_t t[8];
	int good = 1;

	for (int i = 0; i < COUNT(t); i++)
		start(&t[i], call_once_more, NULL);
	for (int i = 0; i < COUNT(t); i++)
		good &= join(t[i]) == (void *)1L;
	check(good && inits == 1, "pthread_once: once, and all wait for it");
	go = 0;
	start(&t[0], call_broken, NULL);
	told_and_asleep();
	start(&t[1], call_broken, NULL);
	pthread_cancel(t[0]);
	join(t[0]);
	told_and_asleep();	/* the second took over */
	pthread_cancel(t[1]);
	join(t[1]);
	go = 1;
	pthread_once(&broken, init_cancelled);
	check_eq(inits, 2, "again if the first was cancelled");
}

static int order;

static void prepare1(void) { order = order * 10 + 1; }
static void prepare2(void) { order = order * 10 + 2; }
static void parent1(void) { order = order * 10 + 3; }
static void parent2(void) { order = order * 10 + 4; }
static void child1(void) { order = order * 10 + 5; }
static void child2(void) { order = order * 10 + 6; }

static void forks(void)
{
	int st;
	pid_t pid;

	pthread_atfork(prepare1, parent1, child1);
	pthread_atfork(prepare2, parent2, child2);
	pid = fork();
	if (pid == 0)
		_exit(order == 2156 ? 0 : 1);
	waitpid(pid, &st, 0);
	check(st == 0 && order == 2134, "pthread_atfork, in order");
}

/* Others hold malloc's and stdio's locks while one forks. */
static void *allocates(void *arg)
{
	while (!go) {
		char *p = malloc(100);

		*(volatile char *)p = 1;
		free(p);
	}
	return arg;
}

static void fork_among_threads(void)
{
	pthread_t t[4];
	int bad = 0, st;

	go = 0;
	for (int i = 0; i < COUNT(t); i++)
		start(&t[i], allocates, NULL);
	for (int i = 0; i < 50; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			free(malloc(5000));
			_exit(0);
		}
		waitpid(pid, &st, 0);
		bad |= st;
	}
	go = 1;
	for (int i = 0; i < COUNT(t); i++)
		join(t[i]);
	check_eq(bad, 0, "a child may allocate, whoever did at the fork");
}

/* ---- ends ---------------------------------------------------------------- */

static pthread_t main_thread;

static void *after_main(void *arg)
{
	(void)arg;
	pthread_join(main_thread, NULL);
	_exit(33);
}

static void main_ends_first(void *arg)
{
	pthread_t t;

	main_thread = pthread_self();
	start(&t, after_main, NULL);
	pthread_exit(NULL);
}

static void *just_ends(void *arg)
{
	return arg;
}

static void last_one_ends(void *arg)
{
	pthread_t t;

	for (int i = 0; i < 8; i++)
		start(&t, just_ends, NULL);
	pthread_exit(NULL);
}

static void at_exit(void)
{
	_exit(44);
}

static void last_one_runs_atexit(void *arg)
{
	atexit(at_exit);
	last_one_ends(NULL);
}

static void *calls_exit(void *arg)
{
	exit(55);
}

static void exit_by_thread(void *arg)
{
	pthread_t t;

	start(&t, calls_exit, NULL);
	for (;;)
		pause();
}

static void *execs(void *arg)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	execl(tap_self, tap_self, "-pid", pid, NULL);
	_exit(1);
}

static void exec_by_thread(void *arg)
{
	pthread_t t;

	go = 0;
	for (int i = 0; i < 4; i++)
		start(&t, until_go, NULL);
	start(&t, execs, NULL);
	for (;;)
		pause();
}

static void *faults(void *arg)
{
	*(volatile int *)BAD = 1;
	return arg;
}

static void fault_in_thread(void *arg)
{
	pthread_t t;

	start(&t, faults, NULL);
	for (;;)
		pause();
}

static void ends(void)
{
	check_eq(in_child(main_ends_first, NULL), 33 << 8,
		 "the first thread ends, the others go on and join it");
	check_eq(in_child(last_one_ends, NULL), 0,
		 "the process ends with its last thread");
	check_eq(in_child(last_one_runs_atexit, NULL), 44 << 8,
		 "which runs what atexit noted");
	check_eq(in_child(exit_by_thread, NULL), 55 << 8,
		 "exit by any thread");
	check_eq(in_child(exec_by_thread, NULL), 66 << 8,
		 "exec by any thread keeps the process");
	check_eq(in_child(fault_in_thread, NULL), SIGSEGV,
		 "a fault of any thread");
}

/* ---- credentials --------------------------------------------------------- */

static pthread_barrier_t before, after;

static void *look_at_ids(void *arg)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	pthread_barrier_wait(&before);
	pthread_barrier_wait(&after);
	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	return (void *)(long)(r == 1001 && e == 1002 && s == 1003 &&
			      rg == 2001 && eg == 2002 && sg == 2003 &&
			      getgroups(0, NULL) == 1);
}

static void set_ids(void *arg)
{
	gid_t one = 4000;
	pthread_t t[6];
	long good = 1;

	pthread_barrier_init(&before, NULL, COUNT(t) + 1);
	pthread_barrier_init(&after, NULL, COUNT(t) + 1);
	for (int i = 0; i < COUNT(t); i++)
		start(&t[i], look_at_ids, NULL);
	pthread_barrier_wait(&before);
	good &= setgroups(1, &one) == 0;
	good &= setresgid(2001, 2002, 2003) == 0;
	good &= setresuid(1001, 1002, 1003) == 0;
	pthread_barrier_wait(&after);
	for (int i = 0; i < COUNT(t); i++)
		good &= (long)join(t[i]);
	_exit(good ? 7 : 8);
}

static void *sleeps_in_call(void *arg)
{
	tell_tid();
	for (;;)
		pause();
	return arg;
}

/* Threads that sleep are reached; the calls they sleep in go on. */
static void set_ids_asleep(void *arg)
{
	pthread_t t;

	for (int i = 0; i < 3; i++) {
		start(&t, sleeps_in_call, NULL);
		told_and_asleep();
	}
	_exit(setuid(1234) == 0 && getuid() == 1234 && setuid(0) == -1
	      ? 7 : 8);
}

static void credentials(void)
{
	if (getuid()) {
		tap_skip("set-id", "needs root");
		return;
	}
	check_eq(in_child(set_ids, NULL), 7 << 8,
		 "set-id calls reach every thread");
	check_eq(in_child(set_ids_asleep, NULL), 7 << 8,
		 "those that sleep as well");
	check_eq(in_child(limited, NULL), 0,
		 "RLIMIT_NPROC counts threads: EAGAIN");
}

/* ---- scheduling ---------------------------------------------------------- */

static void *where(void *arg)
{
	return (void *)(long)sched_getcpu();
}

static void affinity(void)
{
	pthread_attr_t a;
	cpu_set_t all, one;
	pthread_t t;
	int good = 1;

	pthread_getaffinity_np(pthread_self(), sizeof(all), &all);
	pthread_attr_init(&a);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		pthread_attr_setaffinity_np(&a, sizeof(one), &one);
		if (pthread_create(&t, &a, where, NULL))
			tap_bail("create");
		good &= (long)join(t) == cpu;
	}
	check(good, "a thread on each CPU");
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return getpid() == atoi(argv[2]) && gettid() == getpid()
			? 66 : 67;
	tap_find_self(argv[0]);
	joining();
	detached();
	stacks();
	many();
	onces();
	forks();
	fork_among_threads();
	ends();
	credentials();
	affinity();
	return tap_done();
}
