/* SPDX-License-Identifier: MIT */
/*
 * Scheduler activations (row C12): a thread that sleeps in the kernel leaves
 * its processor to the program's other threads, and the program hears of its
 * end, though it be busy; every error; what is left when such a process forks,
 * begins another program, is killed or lies.
 */
#include <activation.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread.h>
#include <time.h>
#include <uthread.h>
#include "audit.h"

#define MS	1000000L
#define USER_END	((void *)-4096L)
#define SLACK	64

/* Which came in which order. */
static char order[64];

static void note_order(char c)
{
	size_t n = strlen(order);

	order[n] = c;
}

static void nap(long ms)
{
	struct timespec t = { 0, ms * MS };

	nanosleep(&t, NULL);
}

/* Each is a program of its own: a process begins once. */
static void run_threads(unsigned processors, unsigned activations,
			void (*fn)(void *))
{
	alarm(60);			/* ends it if it hangs */
	if (uthread_run(processors, activations, fn, NULL))
		_exit(99);
}

/* => its exit status, or the signal that killed it, negative */
static int end_of_program(void (*fn)(void *), void *arg)
{
	int st = in_child(fn, arg);

	return WIFSIGNALED(st) ? -WTERMSIG(st) : WEXITSTATUS(st);
}

/*
 * The same for what a sleep in the kernel spoils that is chance, as for a lock
 * that another CPU has: another activation gets the processor meanwhile.
 */
static int end_in_peace(void (*fn)(void *), void *arg)
{
	int st = end_of_program(fn, arg);

	for (int i = 0; i < 4 && st > 0; i++)
		st = end_of_program(fn, arg);
	return st;
}

#define told(what)	(uthread_upcalls[ACTIVATION_##what] > 0)

/* ---- who sleeps leaves its processor ----------------------------------------- */

static int ends[2];

static void read_in_thread(void *arg)
{
	char c = 0;

	(void)arg;
	note_order('r');
	if (read(ends[0], &c, 1) == 1)
		note_order(c);
}

static void write_in_thread(void *arg)
{
	(void)arg;
	note_order('w');
	write(ends[1], "x", 1);
	note_order('W');
	for (int i = 0; i < 100 && !strchr(order, 'x'); i++) {
		nap(1);
		uthread_yield();
	}
}

static void start_reader_and_writer(void *arg)
{
	(void)arg;
	uthread_create(read_in_thread, NULL);
	uthread_create(write_in_thread, NULL);
}

static void sleeper_leaves(void *arg)
{
	(void)arg;
	pipe(ends);
	run_threads(1, 3, start_reader_and_writer);
	/* who writes may be stopped at once, for the end of the other's sleep */
	_exit(strcmp(order, "rwWx") && strcmp(order, "rwxW") ? 1 :
	      !told(ADDED) ? 2 : !told(BLOCKED) ? 3 : !told(UNBLOCKED) ? 4 : 0);
}

/* ---- the end of a sleep stops who is busy ---------------------------------- */

static volatile int woke, busy;

/* On a busy host a sleep may be over before the other thread has begun. */
static void nap_until_busy(void *arg)
{
	(void)arg;
	do
		nap(5);
	while (!busy);
	woke = 1;
}

/*
 * Only an upcall takes its processor away.  Had it to sleep for a lock of the
 * kernel's, and woke after the other thread, that one stands behind it in the
 * list and no upcall comes: so it yields after three seconds.
 */
static void computes(void *arg)
{
	uint64_t end = now_ns() + 3000ull * MS;

	(void)arg;
	busy = 1;
	while (!woke)
		if (now_ns() > end)
			uthread_yield();
}

static void sleeps_beside(void *arg)
{
	(void)arg;
	uthread_create(nap_until_busy, NULL);
	uthread_create(computes, NULL);
}

static void busy_is_stopped(void *arg)
{
	(void)arg;
	run_threads(1, 3, sleeps_beside);
	_exit(woke && told(PREEMPTED) ? 0 : 1);
}

/* ---- critical sections ------------------------------------------------------- */

static int woke_inside, woke_after;

static void keeps_it(void *arg)
{
	struct timespec from, now;

	clock_gettime(CLOCK_MONOTONIC, &from);
	uthread_enter();
	busy = 1;
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - from.tv_sec) * 1000 * MS +
	       now.tv_nsec - from.tv_nsec < 30 * MS);
	woke_inside = woke;
	if (arg)
		uthread_yield();
	uthread_leave();
	woke_after = woke;
}

static void keeps_beside(void *arg)
{
	(void)arg;
	uthread_create(nap_until_busy, NULL);
	uthread_create(keeps_it, NULL);
}

static void critical_section(void *arg)
{
	(void)arg;
	run_threads(1, 3, keeps_beside);
	_exit(woke_inside ? 1 : !woke_after ? 2 : 0);
}

/* One that is left to another thread, which hears what has come. */
static void start_three(void *arg)
{
	(void)arg;
	uthread_create(nap_until_busy, NULL);
	uthread_create(keeps_it, (void *)1L);
	uthread_create(computes, NULL);
}

static void left_inside(void *arg)
{
	(void)arg;
	run_threads(1, 4, start_three);
	_exit(woke_inside ? 1 : woke && told(PREEMPTED) ? 0 : 2);
}

/* Who sleeps inside goes on to the end of it, beside whoever runs. */
static void sleeps_inside(void *arg)
{
	(void)arg;
	uthread_enter();
	nap(5);
	woke = 1;
	uthread_leave();
	nap(5);				/* is told as ever */
}

static void inside_beside(void *arg)
{
	(void)arg;
	uthread_create(sleeps_inside, NULL);
	uthread_create(computes, NULL);
}

static void sleep_in_critical(void *arg)
{
	(void)arg;
	run_threads(1, 3, inside_beside);
	_exit(woke && uthread_upcalls[ACTIVATION_BLOCKED] >= 2 ? 0 : 1);
}

/* ---- many threads ---------------------------------------------------------- */

#define THREADS	24
#define TURNS	200

static struct uthread_mutex mutex;
static long sum;

static void adds(void *arg)
{
	for (int i = 0; i < TURNS; i++) {
		long was;

		uthread_lock(&mutex);
		was = sum;
		if (i % 16 == (int)(long)arg % 16)
			uthread_yield();
		if (i % 100 == (int)(long)arg)
			nap(1);
		sum = was + 1;
		uthread_unlock(&mutex);
	}
}

static void add_together(void *arg)
{
	(void)arg;
	for (long i = 0; i < THREADS; i++)
		uthread_create(adds, (void *)i);
}

static void add_in_many_threads(void *processors)
{
	run_threads((unsigned)(long)processors, 6, add_together);
	_exit(sum == THREADS * TURNS ? 0 : 1);
}

/* All that there are sleep at once: the others wait until one wakes. */
static void naps(void *arg)
{
	(void)arg;
	nap(3);
	uthread_lock(&mutex);
	sum++;
	uthread_unlock(&mutex);
}

static void nap_together(void *arg)
{
	(void)arg;
	for (int i = 0; i < 8; i++)
		uthread_create(naps, NULL);
}

static void nap_in_threads(void *arg)
{
	(void)arg;
	run_threads(2, 3, nap_together);
	_exit(sum == 8 ? 0 : 1);
}

/* The kernel's thread ends, with the thread that it runs. */
static void is_gone(void *arg)
{
	(void)arg;
	syscall(SYS_exit, 0);
}

static void is_left(void *arg)
{
	(void)arg;
	_exit(11);
}

static void gone_and_left(void *arg)
{
	(void)arg;
	uthread_create(is_gone, NULL);
	uthread_create(is_left, NULL);
}

static void processor_is_left(void *arg)
{
	(void)arg;
	run_threads(1, 2, gone_and_left);
	_exit(96);
}

/* ---- errors ---------------------------------------------------------------- */

static void exit_in_entry(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
	_exit(7);
}

static char stack[ACTIVATION_STACK_MIN] __attribute__((aligned(16)));
static struct activation_area area;

static void begin_errors(void)
{
	check_err(EINVAL, activation_park(stack, sizeof(stack), &area),
		  "park before begin");
	check_err(EINVAL, activation_poll(ACTIVATION_MORE),
		  "poll before begin");
	check_err(EINVAL, activation_begin(NULL, 1), "begin: no entry");
	check_err(EINVAL, activation_begin((activation_entry *)USER_END, 1),
		  "begin: an entry of the kernel's");
	check_err(EINVAL, activation_begin(exit_in_entry, 0),
		  "begin: no processor");
	check_err(EINVAL, activation_begin(exit_in_entry, ACTIVATIONS_MAX + 1),
		  "begin: too many");
}

static void *only_parks(void *arg)
{
	(void)arg;
	activation_park(malloc(ACTIVATION_STACK_MIN), ACTIVATION_STACK_MIN,
			calloc(1, sizeof(area)));
	_exit(errno);
}

static void nothing_to_do(int signo, siginfo_t *info, void *context)
{
	struct activation_area *a = info->si_value.sival_ptr;

	(void)signo;
	(void)context;
	activation_park(malloc(ACTIVATION_STACK_MIN), ACTIVATION_STACK_MIN, a);
	_exit(98);
}

static void one_too_many(void *arg)
{
	static struct thread t[ACTIVATIONS_MAX + 1];

	(void)arg;
	activation_begin(nothing_to_do, 1);
	for (int i = 0; i < ACTIVATIONS_MAX + 1; i++)
		thread_create(&t[i], only_parks, NULL);
	sleep(5);
	_exit(0);
}

static int park_fails(int err, void *at, size_t size, void *shared)
{
	return activation_park(at, size, shared) == -1 && errno == err;
}

static void begun_errors(void *arg)
{
	char *ro = anon_pages(1, PROT_READ);

	(void)arg;
	if (activation_begin(exit_in_entry, 1))
		_exit(1);
	if (activation_begin(exit_in_entry, 1) != -1 || errno != EBUSY)
		_exit(2);
	if (activation_poll(2) != -1 || errno != EINVAL ||
	    activation_poll(0) != -1 || errno != EINVAL)
		_exit(3);
	if (!park_fails(EINVAL, stack, sizeof(stack) - 1, &area))
		_exit(4);
	if (!park_fails(EINVAL, stack, sizeof(stack), (char *)&area + 4))
		_exit(5);
	if (!park_fails(EFAULT, USER_END, sizeof(stack), &area) ||
	    !park_fails(EFAULT, stack, -1UL, &area))
		_exit(6);
	if (!park_fails(EFAULT, stack, sizeof(stack), ro) ||
	    !park_fails(EFAULT, stack, sizeof(stack), USER_END))
		_exit(8);
	activation_park(stack, sizeof(stack), &area);
	_exit(9);
}

/* ---- lies ------------------------------------------------------------------ */

static int lie_where;

/* What is told lies, then somebody sleeps: the kernel must look there. */
static void lie_and_sleep(int signo, siginfo_t *info, void *context)
{
	struct activation_area *a = info->si_value.sival_ptr;
	static char other[65536] __attribute__((aligned(16)));

	(void)signo;
	(void)context;
	if (lie_where == 0)
		munmap(a, PG);			/* the area is gone */
	if (lie_where == 1)
		a->critical = (uintptr_t)USER_END;
	if (lie_where == 2)
		a->critical = 1ULL << 40 | 8;
	if (lie_where == 3)			/* the stack, at the next one */
		munmap((void *)((uintptr_t)&signo & -PG), PG);
	extern _Noreturn void __call_on(void *, void (*)(void *), void *);
	__call_on(other + sizeof(other), read_in_thread, NULL);
}

static void lie_about_stack(void *where)
{
	void *a = anon_pages(1, PROT_READ | PROT_WRITE);
	char *s = anon_pages(4, PROT_READ | PROT_WRITE);
	static char c;
	pid_t self = getpid();

	lie_where = (int)(long)where;
	pipe(ends);
	if (fork() == 0) {
		/* it sleeps, or that is its end already */
		(void)eventually(tap_state(self, self) != 'R');
		write(ends[1], &c, 1);
		_exit(0);
	}
	activation_begin(lie_and_sleep, 1);
	activation_park(s, 4 * PG, a);
	_exit(97);
}

/* ---- other programs --------------------------------------------------------- */

static void fork_with_processors(void *arg)
{
	int st = -1;
	pid_t pid = fork();

	(void)arg;
	if (pid == 0)
		_exit(activation_poll(ACTIVATION_MORE) == -1 &&
		      errno == EINVAL ? 33 : 34);
	if (waitpid(pid, &st, 0) == pid && WIFEXITED(st))
		sum = WEXITSTATUS(st);
}

static void fork_has_none(void *arg)
{
	(void)arg;
	run_threads(1, 2, fork_with_processors);
	_exit(sum == 33 ? 0 : 1);
}

static void exec_from_thread(void *arg)
{
	char *argv[] = { tap_self, "ends", NULL };

	(void)arg;
	uthread_create(naps, NULL);
	uthread_yield();
	execv(tap_self, argv);
	_exit(96);
}

/* By the only thread, without a sleep on the way. */
static void execs_at_once(int signo, siginfo_t *info, void *context)
{
	char *argv[] = { tap_self, "ends", NULL };

	(void)signo;
	(void)info;
	(void)context;
	execv(tap_self, argv);
	_exit(94);
}

static void exec_alone(void *arg)
{
	(void)arg;
	activation_begin(execs_at_once, 1);
	activation_park(stack, sizeof(stack), &area);
	_exit(93);
}

static void exec_leaves_them(void *arg)
{
	(void)arg;
	run_threads(2, 4, exec_from_thread);
	_exit(95);
}

static void sleeps_long(void *arg)
{
	(void)arg;
	sleep(1000);
}

static void sleep_together(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++)
		uthread_create(sleeps_long, NULL);
}

static void killed_asleep(void *arg)
{
	(void)arg;
	run_threads(2, 4, sleep_together);
}

static int is_killed_later(void)
{
	int st = 0;
	pid_t pid = start_child(killed_asleep, NULL);

	nap(30);
	kill(pid, SIGKILL);
	return waitpid(pid, &st, 0) == pid && WIFSIGNALED(st);
}

/* ---- signals --------------------------------------------------------------- */

static volatile int handled;

static void count_handled(int signo)
{
	(void)signo;
	handled++;
}

static void *parks_open(void *arg)
{
	sigset_t none = 0;

	sigprocmask(SIG_SETMASK, &none, NULL);
	return only_parks(arg);
}

/* To one that waits: it has the handler run, and parks again. */
static void signal_while_parked(void *arg)
{
	struct thread t;

	(void)arg;
	signal(SIGUSR1, count_handled);
	activation_begin(nothing_to_do, 1);
	thread_create(&t, parks_open, NULL);
	alarm(60);
	nap(20);
	for (int i = 0; i < 3; i++) {
		syscall(SYS_tgkill, getpid(), t.tid, SIGUSR1);
		do
			nap(20);
		while (handled <= i);
	}
	_exit(handled == 3 ? 0 : 1);
}

/* A call that a signal interrupts begins again, or not, as ever. */
static int reader;

static void reads_interrupted(void *arg)
{
	sigset_t none = 0;

	sigprocmask(SIG_SETMASK, &none, NULL);
	reader = (int)syscall(SYS_gettid);
	read_in_thread(arg);
}

static void interrupt_reader(void *restarts)
{
	struct sigaction sa = { .sa_handler = count_handled,
				.sa_flags = restarts ? SA_RESTART : 0 };

	sigaction(SIGUSR1, &sa, NULL);
	wait_asleep(reader);
	syscall(SYS_tgkill, getpid(), reader, SIGUSR1);
	while (!handled)
		nap(10);
	write(ends[1], "x", 1);
}

static void interrupted_together(void *restarts)
{
	uthread_create(reads_interrupted, NULL);
	uthread_create(interrupt_reader, restarts);
}

static void restarted(void *restarts)
{
	pipe(ends);
	alarm(60);
	if (uthread_run(1, 3, interrupted_together, restarts))
		_exit(99);
	_exit(handled == 1 && !strcmp(order, restarts ? "rx" : "r") ? 0 : 1);
}

int main(int argc, char **argv)
{
	tap_find_self(argv[0]);
	if (argc > 1)
		return 44;
	if (on_other_kernel())
		return tap_skip_all("native calls of Lectern");
	audit_take();
	begin_errors();
	check_eq(end_of_program(begun_errors, NULL), 7,
		 "errors once it has begun");
	check_eq(end_of_program(one_too_many, NULL), EAGAIN,
		 "one activation too many");
	check_eq(end_of_program(sleeper_leaves, NULL), 0,
		 "who sleeps leaves its processor to another thread");
	check_eq(end_in_peace(busy_is_stopped, NULL), 0,
		 "the end of a sleep stops who is busy");
	check_eq(end_in_peace(critical_section, NULL), 0,
		 "not in a critical section, but at its end");
	check_eq(end_in_peace(left_inside, NULL), 0,
		 "what came in one is heard by who goes on");
	check_eq(end_in_peace(sleep_in_critical, NULL), 0,
		 "who sleeps in one goes on to its end");
	check_eq(end_of_program(add_in_many_threads, (void *)1L), 0,
		 "24 threads, 1 processor");
	check_eq(end_of_program(add_in_many_threads, (void *)3L), 0,
		 "24 threads, 3 processors");
	check_eq(end_of_program(nap_in_threads, NULL), 0,
		 "all activations asleep");
	check_eq(end_of_program(processor_is_left, NULL), 11,
		 "who ends leaves its processor");
	check_eq(end_of_program(fork_has_none, NULL), 0, "a child has none");
	check_eq(end_of_program(exec_leaves_them, NULL), 44,
		 "another program has none");
	check_eq(end_of_program(exec_alone, NULL), 44,
		 "nor if it was the only one");
	check(is_killed_later(), "killed, with threads asleep");
	check_eq(end_of_program(signal_while_parked, NULL), 0,
		 "a signal to one that waits");
	check_eq(end_in_peace(restarted, (void *)1L), 0,
		 "a call that begins again");
	check_eq(end_in_peace(restarted, NULL), 0,
		 "a call that a signal ends");
	for (long i = 0; i < 4; i++)
		check_eq(end_of_program(lie_about_stack, (void *)i), -SIGSEGV,
			 "lie %ld is its end", i);
	check(audit_same(SLACK), "all comes back");
	return tap_done();
}
