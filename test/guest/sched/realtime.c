/* SPDX-License-Identifier: MIT */
/*
 * Who runs when (rows B13, B14): real-time tasks by priority and in turn,
 * before all others, on whatever CPU runs something lower; weights of those
 * that share; and policies that change under way.  A watchdog of the highest
 * priority ends the test if a task spins for ever.
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "sched_calls.h"
#include "texts.h"

#define MAX	16

/* Shared with the children. */
static struct {
	volatile int ready, go, done;
	volatile int order[MAX], n;
	volatile int flag[MAX];
	volatile int word[2];		/* futexes */
	volatile unsigned long count[MAX];
} *s;

static int gate[2];
static pid_t child[MAX];
static int children;

/*
 * A new test, on those CPUs.  While it lasts its parent is before all of its
 * children: they begin as high, and go down to what they shall be.
 */
static void begin_scene(unsigned long cpus)
{
	memset((void *)s, 0, sizeof(*s));
	children = 0;
	set_cpus(0, cpus);
	set_policy(0, SCHED_FIFO, 98);
}

static int atomic_add(volatile int *p)
{
	return __atomic_fetch_add(p, 1, __ATOMIC_SEQ_CST);
}

static void spin_wall_ms(int ms)
{
	struct timespec t, end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += ms * 1000000L;
	end.tv_sec += end.tv_nsec / 1000000000;
	end.tv_nsec %= 1000000000;
	do
		clock_gettime(CLOCK_MONOTONIC, &t);
	while (t.tv_sec < end.tv_sec ||
	       (t.tv_sec == end.tv_sec && t.tv_nsec < end.tv_nsec));
}

/*
 * A child of a policy that calls fn(its number).  mask: its CPUs; `then`, if
 * not 0, replaces them before it goes down from its parent's priority, as
 * one that waits for a CPU cannot change what it may use.
 */
static unsigned long then;

static void start_task(int policy, int priority, unsigned long mask,
		       void (*fn)(int))
{
	int i = children++;
	pid_t pid = fork();

	if (pid < 0)
		tap_bail("fork");
	if (pid == 0) {
		if ((mask && set_cpus(0, mask)) ||
		    (then && set_cpus(0, then)) ||
		    set_policy(0, policy, priority))
			_exit(1);
		fn(i);
		_exit(0);
	}
	child[i] = pid;
}

static int end_scene(int doomed)
{
	int status, ok = 1;

	for (int i = 0; i < children; i++) {
		if (doomed)
			kill(child[i], SIGKILL);
		while (waitpid(child[i], &status, 0) < 0 && errno == EINTR)
			;
		ok &= doomed || status == 0;
	}
	set_policy(0, SCHED_OTHER, 0);
	return ok;
}

/* Until all children have come to where they sleep. */
static void await_all_asleep(void)
{
	(void)eventually(s->ready >= children);
	for (int i = 0; i < children; i++)
		comes_to(child[i], "S");
}

/* ---- order --------------------------------------------------------------- */

/* Sleeps in a read, then notes when it came. */
static void come(int i)
{
	char c;

	s->flag[i] = atomic_add(&s->ready);
	read(gate[0], &c, 1);
	s->order[s->n++] = i;		/* one CPU: one at a time */
}

/* All on one CPU, woken by one who is before all of them. */
static void woken_in_order(void)
{
	static const int priority[] = { 10, 30, 20, 30, 5, 97 };
	int want[] = { 5, 1, 3, 2, 0, 4 }, ok = 1;

	begin_scene(1);
	for (int i = 0; i < COUNT(priority); i++)
		start_task(i & 1 ? SCHED_FIFO : SCHED_RR, priority[i], 1, come);
	await_all_asleep();
	/* one byte each: whoever wakes reads it when it is his turn */
	write(gate[1], "123456", 6);
	check_eq(s->n, 0, "nobody runs before a higher one");
	ok = end_scene(0);
	if (s->flag[3] < s->flag[1]) {
		want[1] = 3;
		want[2] = 1;
	}
	for (int i = 0; i < COUNT(want); i++)
		if (s->order[i] != want[i]) {
			printf("# place %d: %d\n", i, s->order[i]);
			ok = 0;
		}
	check(ok, "they run by priority, equals in the order they came");
}

static void wait_for_wake(int i)
{
	atomic_add(&s->ready);
	futex(&s->word[i == 0], FUTEX_WAIT, 0, NULL, NULL, 0);
	s->order[atomic_add(&s->n)] = i;
}

/*
 * Tasks that wait for a futex are woken by priority, equals in the order they
 * came, also where some were moved from another futex.
 */
static void futex_in_order(void)
{
	static const int priority[] = { 20, 0, 10, 0, 30, 10 };
	static const int want[] = { 4, 0, 2, 5, 1, 3 };
	int ok = 1;

	begin_scene(1);
	for (int i = 0; i < COUNT(priority); i++) {
		start_task(priority[i] ? SCHED_FIFO : SCHED_OTHER, priority[i],
			   1, wait_for_wake);
		await_all_asleep();
	}
	check_eq(futex(&s->word[0], FUTEX_REQUEUE, 0, (void *)9L, &s->word[1],
		       0), COUNT(priority) - 1, "five are moved to the sixth");
	for (int i = 0; i < COUNT(want); i++) {
		futex(&s->word[1], FUTEX_WAKE, 1, NULL, NULL, 0);
		ok &= eventually(s->n == i + 1) && s->order[i] == want[i];
		if (!ok)
			printf("# place %d: %d\n", i, s->order[i]);
	}
	check(ok, "a futex wakes by priority, then in the order they came");
	end_scene(!ok);
}

static void answer_bytes(int i)
{
	char c;

	atomic_add(&s->ready);
	while (read(gate[0], &c, 1) == 1 && c != 'x')
		s->count[i]++;
}

/* A real-time task woken by an ordinary one runs at once. */
static void preempts(void)
{
	int late = 0;

	begin_scene(1);
	start_task(SCHED_FIFO, 1, 1, answer_bytes);
	await_all_asleep();
	set_policy(0, SCHED_OTHER, 0);
	for (unsigned long i = 1; i <= 200; i++) {
		write(gate[1], "a", 1);
		late += s->count[0] != i;
	}
	write(gate[1], "x", 1);
	end_scene(0);
	check_eq(late, 0, "before the waker's next step");
}

/* Whoever comes first has a long turn. */
static void fifo_turn(int i)
{
	char c;

	(void)i;
	atomic_add(&s->ready);
	read(gate[0], &c, 1);
	if (s->n++ == 0) {
		spin_wall_ms(150);	/* longer than a turn of SCHED_RR */
		s->flag[0] = s->flag[1];
		sched_yield();
		s->flag[2] = s->flag[1];
	} else {
		s->flag[1] = 1;
	}
}

/* The first of two equals runs until it yields. */
static void fifo_waits(void)
{
	begin_scene(1);
	start_task(SCHED_FIFO, 20, 1, fifo_turn);
	start_task(SCHED_FIFO, 20, 1, fifo_turn);
	await_all_asleep();
	write(gate[1], "12", 2);
	end_scene(0);
	check(!s->flag[0], "SCHED_FIFO: an equal waits");
	check(s->flag[2], "until the first yields");
}

static void count_up(int i)
{
	atomic_add(&s->ready);
	while (!s->done) {
		/* slowly: a count that wraps would be little for a moment */
		for (volatile int n = 0; n < 100; n++)
			;
		s->count[i]++;
	}
}

/* Ends the children that compute. */
static void enough(void)
{
	s->done = 1;
	end_scene(0);
}

/*
 * Children compete until the counts are as they should be, but for a while at
 * least: a host that is away now and then bends them, for a time; a scheduler
 * that is wrong bends them for ever.  => were they so?
 */
static int share_as(int (*good)(void))
{
	int ok;

	usleep(1500000);
	ok = eventually(good());
	if (!ok)
		printf("# counts %lu %lu %lu\n", s->count[0], s->count[1],
		       s->count[2]);
	enough();
	return ok;
}

static void rr_takes_turns(void)
{
	begin_scene(1);
	start_task(SCHED_RR, 20, 1, count_up);
	start_task(SCHED_RR, 20, 1, count_up);
	start_task(SCHED_RR, 19, 1, count_up);
	start_task(SCHED_OTHER, 0, 1, count_up);
	check(eventually(s->count[0] && s->count[1]),
	      "SCHED_RR: equals take turns");
	enough();
}

/* ---- shares -------------------------------------------------------------- */

static void nice_10(int i)
{
	set_nice(PRIO_PROCESS, 0, 10);
	count_up(i);
}

static int about_a_ninth(void)
{
	return s->count[0] > 4 * s->count[1] &&
		s->count[1] > s->count[0] / 25;
}

static int idle_has_little(void)
{
	return s->count[0] > 20 * s->count[1] &&
		s->count[2] > 20 * s->count[1] &&
		s->count[0] < 2 * s->count[2] &&
		s->count[2] < 2 * s->count[0];
}

static void share_by_weight(void)
{
	begin_scene(1);
	start_task(SCHED_OTHER, 0, 1, count_up);
	start_task(SCHED_OTHER, 0, 1, nice_10);
	check(share_as(about_a_ninth), "nice 10 has about a ninth of nice 0");
	begin_scene(1);
	start_task(SCHED_OTHER, 0, 1, count_up);
	start_task(SCHED_IDLE, 0, 1, count_up);
	start_task(SCHED_BATCH, 0, 1, count_up);
	check(share_as(idle_has_little),
	      "SCHED_IDLE has little, SCHED_BATCH its share");
}

/* The share follows a change while both run. */
static void change_under_way(void)
{
	begin_scene(1);
	start_task(SCHED_OTHER, 0, 1, count_up);
	start_task(SCHED_FIFO, 10, 1, count_up);
	check(eventually(s->count[1] > 0), "SCHED_FIFO runs");
	set_policy(child[1], SCHED_IDLE, 0);
	set_policy(child[0], SCHED_RR, 1);
	s->count[0] = 0;
	check(eventually(s->count[0] > 0),
	      "and no more, when it is made SCHED_IDLE");
	s->done = 1;
	end_scene(0);
}

/* The end comes after the warning, however slow the machine. */
static void on_xcpu(int sig)
{
	struct rlimit r = { 1, 1 };

	(void)sig;
	s->flag[0]++;
	setrlimit(RLIMIT_RTTIME, &r);
}

static void never_sleeps(int i)
{
	struct rlimit r = { 50000, RLIM_INFINITY };	/* us */

	(void)i;
	signal(SIGXCPU, on_xcpu);
	setrlimit(RLIMIT_RTTIME, &r);
	for (;;)
		;
}

static void time_limit(void)
{
	int status;

	begin_scene(1);
	start_task(SCHED_FIFO, 10, 1, never_sleeps);
	waitpid(child[0], &status, 0);
	children = 0;
	end_scene(0);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "RLIMIT_RTTIME ends one that never sleeps");
	check(s->flag[0] > 0, "after a SIGXCPU");
}

/* ---- what real-time leaves to others ------------------------------------- */

static void until_told(int i)
{
	(void)i;
	while (!s->flag[0])
		;
}

static void raise_first_flag(int i)
{
	(void)i;
	s->flag[0] = 1;
}

/* Longer than the period, and not shorter on a slow machine. */
static void keep_cpu(int i)
{
	(void)i;
	spin_wall_ms(1500);
	s->flag[1] = s->flag[0];
}

static int put_runtime(const char *us)
{
	int fd = open("/proc/sys/kernel/sched_rt_runtime_us", O_WRONLY);
	int err = write(fd, us, strlen(us)) < 0 ? errno : 0;

	close(fd);
	return err;
}

/* An ordinary task behind one that never sleeps has its part of a second. */
static void throttled(void)
{
	put_runtime("950000");
	begin_scene(1);
	start_task(SCHED_FIFO, 10, 1, until_told);
	start_task(SCHED_OTHER, 0, 1, raise_first_flag);
	check(end_scene(0), "real-time tasks leave a part of a CPU to others");
	check_eq(put_runtime("1000001"), EINVAL, "not more than all");
	check_eq(put_runtime("-2"), EINVAL, "nor less than nothing");
	if (on_other_kernel()) {
		tap_skip("-1 leaves nothing", "not so since Linux 6.12");
		return;
	}
	check_eq(put_runtime("-1"), 0, "sched_rt_runtime_us -1");
	begin_scene(1);
	start_task(SCHED_FIFO, 10, 1, keep_cpu);
	start_task(SCHED_OTHER, 0, 1, raise_first_flag);
	check(end_scene(0) && !s->flag[1], "leaves nothing to them");
}

/* ---- several CPUs -------------------------------------------------------- */

static unsigned long all_cpus;
static int nr_cpus;

static void meet_all_cpus(int i)
{
	(void)i;
	atomic_add(&s->ready);
	while (s->ready < nr_cpus)
		;
}

/*
 * As many as CPUs, none of which gives way before all run: each has to find
 * a CPU of its own, though all begin on the first.
 */
static void spread(void)
{
	begin_scene(all_cpus);
	then = all_cpus;
	for (int i = 0; i < nr_cpus; i++)
		start_task(SCHED_FIFO, 10, 1, meet_all_cpus);
	then = 0;
	check(end_scene(0), "as many real-time tasks as CPUs run at once");
}

static void hold_cpu(int i)
{
	(void)i;
	atomic_add(&s->ready);
	while (!s->done)
		;
}

/* One that may run anywhere is not kept waiting by a higher one on its CPU. */
static void goes_elsewhere(void)
{
	char c = 'a';
	int ok = 1;

	begin_scene(1);
	start_task(SCHED_FIFO, 10, 1, answer_bytes);	/* last on CPU 0 */
	await_all_asleep();
	set_cpus(child[0], all_cpus);
	set_cpus(0, all_cpus);
	start_task(SCHED_FIFO, 20, 1, hold_cpu);
	(void)eventually(s->ready >= 2);
	for (unsigned long n = 1; n <= 100 && ok; n++) {
		write(gate[1], &c, 1);
		ok = eventually(s->count[0] >= n) && s->count[0] == n;
	}
	s->done = 1;
	write(gate[1], "x", 1);
	end_scene(!ok);
	check(ok, "it is woken where something lower runs");
}

/* And one that waits is fetched when a CPU goes to something lower, or idles. */
static void is_fetched(int lower)
{
	int ok;

	begin_scene(1);
	for (int i = 0; i < nr_cpus; i++)
		start_task(SCHED_FIFO, 20, 1ul << i, hold_cpu);
	(void)eventually(s->ready >= nr_cpus);
	start_task(SCHED_FIFO, 10, all_cpus, count_up);
	if (lower)
		start_task(SCHED_FIFO, 5, 1ul << (nr_cpus - 1), count_up);
	usleep(20000);
	check_eq(s->count[nr_cpus], 0, "all CPUs run something higher");
	/* the last CPU is free now; the first stays held */
	kill(child[nr_cpus - 1], SIGKILL);
	ok = eventually(s->count[nr_cpus]);
	check(ok, "a CPU that %s now fetches the one that waits",
	      lower ? "runs lower" : "idles");
	end_scene(1);
	set_cpus(0, all_cpus);
}

/* ---- everything at once -------------------------------------------------- */

static unsigned random_of(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 16;
}

/* Changes itself and the others without end, computing in between. */
static void churn(int i)
{
	static const int policies[] = { SCHED_OTHER, SCHED_FIFO, SCHED_RR,
					SCHED_BATCH, SCHED_IDLE };
	unsigned seed = (unsigned)i * 7919 + 1;

	for (int n = 0; n < 600; n++) {
		unsigned r = random_of(&seed);
		int whom = (int)s->order[random_of(&seed) % MAX];
		int policy = policies[r % COUNT(policies)];

		switch (r / 8 % 6) {
		case 0:
			set_policy(whom, policy, policy == SCHED_FIFO ||
				   policy == SCHED_RR ?
				   1 + (int)random_of(&seed) % 40 : 0);
			break;
		case 1:
			set_nice(PRIO_PROCESS, whom,
				 (int)(random_of(&seed) % 40) - 20);
			break;
		case 2:
			set_cpus(whom, random_of(&seed) & all_cpus ?: 1);
			break;
		case 3:
			sched_yield();
			break;
		case 4:
			usleep(random_of(&seed) % 300);
			break;
		default:
			for (unsigned k = random_of(&seed) % 20000; k; k--)
				__asm__ volatile("" ::: "memory");
		}
		s->count[i]++;
	}
}

static void stress(void)
{
	int n = 0;

	begin_scene(all_cpus);
	for (int i = 0; i < MAX; i++) {
		start_task(SCHED_OTHER, 0, 0, churn);
		s->order[i] = child[i];
	}
	check(end_scene(0), "policies, weights and CPUs change under way");
	for (int i = 0; i < MAX; i++)
		n += s->count[i] == 600;
	check_eq(n, MAX, "and everybody gets to the end");
}

/* Beyond all, on any CPU: a hang must not be one of the machine. */
static pid_t watchdog(void)
{
	pid_t me = getpid(), pid = fork();

	if (pid == 0) {
		set_policy(0, SCHED_FIFO, 99);
		for (int i = 0; i < 280; i++)
			sleep(1);
		printf("Bail out! watchdog\n");
		for (int i = 0; i < children; i++)
			kill(child[i], SIGKILL);
		kill(-me, SIGKILL);
		_exit(1);
	}
	return pid;
}

int main(void)
{
	pid_t dog;

	s = share_memory(sizeof(*s));
	setpgid(0, 0);
	if (pipe(gate))
		tap_bail("pipe");
	if (set_policy(0, SCHED_FIFO, 1))
		return tap_skip_all("not allowed to be real-time");
	set_policy(0, SCHED_OTHER, 0);
	dog = watchdog();
	all_cpus = get_cpus(0);
	nr_cpus = __builtin_popcountl(all_cpus);
	/* so that the tests of order need not think of it */
	put_runtime("-1");
	woken_in_order();
	futex_in_order();
	preempts();
	fifo_waits();
	rr_takes_turns();
	share_by_weight();
	change_under_way();
	time_limit();
	throttled();
	spread();
	if (nr_cpus > 1 && !text_behind("/proc/cmdline", "asmp")) {
		goes_elsewhere();
		is_fetched(0);
		is_fetched(1);
	} else {
		tap_skip("real-time tasks find a CPU", nr_cpus > 1 ?
			 "asmp: one serves them all" : "there is only one");
	}
	put_runtime("950000");
	stress();
	kill(dog, SIGKILL);
	waitpid(dog, NULL, 0);
	return tap_done();
}
