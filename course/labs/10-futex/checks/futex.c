/* SPDX-License-Identifier: MIT */
/* Lab 10: what programs see of futexes. */
#include "futex.h"

static word_t *w;		/* shared with all children */

static void wait_for_zero(void *arg)
{
	lab_equal(wait_on(arg, 0), 0, "what a wait returned that was woken");
}

/* One sleeps, another wakes it. */
static void wakes(void)
{
	pid_t pid;

	w = shared_words();
	lab_equal(wake(w, 1), 0, "tasks woken while nobody waits");
	pid = lab_fork(wait_for_zero, (void *)w);
	nap(MS);
	lab_equal(waitpid(pid, NULL, WNOHANG), 0, "the waiter still sleeps");
	lab_equal(wake(w, 1), 1, "tasks woken while one waits");
	lab_join(pid);
	lab_equal(wake(w, 1), 0, "tasks woken after that");
	drop(w);
}

/* The word is compared, and a wait that does not sleep leaves no trace. */
static void value(void)
{
	static word_t mine;

	mine = 5;
	for (int private = 0; private <= PRIVATE; private += PRIVATE) {
		for (unsigned found = 0; found < 5; found++)
			lab_equal(futex(&mine, WAIT | private, found, NULL, 0),
				  -EAGAIN, "a wait for another value");
		lab_equal(futex(&mine, WAIT | private, 0xffffff05, NULL, 0),
			  -EAGAIN, "a wait for a value with one equal byte");
		lab_equal(futex(&mine, WAKE | private, 9, NULL, 0), 0,
			  "tasks woken after these waits");
	}
	w = shared_words();
	*w = ~0u;
	lab_equal(wait_on(w, 0), -EAGAIN, "a wait for 0 on a word of ones");
	lab_equal(wake(w, 1), 0, "tasks woken after this wait");
	drop(w);
}

static void errors(void)
{
	static word_t mine[2];
	struct timespec bad = { 0, 1000000000L }, short_time = time_of(MS);
	word_t *odd = (word_t *)((uintptr_t)mine + 2), *gone = shared_words();

	drop(gone);
	lab_equal(wait_on(odd, 0), -EINVAL, "a wait on half a word");
	lab_equal(wake(odd, 1), -EINVAL, "a wake on half a word");
	lab_equal(futex(mine, WAIT_BITSET, 0, &short_time, 0), -EINVAL,
		  "a wait with an empty set of bits");
	lab_equal(futex(mine, WAKE_BITSET, 1, NULL, 0), -EINVAL,
		  "a wake with an empty set of bits");
	lab_equal(wait_on(gone, 0), -EFAULT, "a wait on memory that is gone");
	lab_equal(futex(gone, WAIT | PRIVATE, 0, NULL, 0), -EFAULT,
		  "a private wait on memory that is gone");
	lab_equal(wake(gone, 1), -EFAULT, "a wake on memory that is gone");
	lab_equal(futex(gone, WAKE | PRIVATE, 1, NULL, 0), 0,
		  "a private wake on memory that is gone");
	lab_equal(futex(mine, WAIT, 0, &bad, 0), -EINVAL,
		  "a wait with 1000000000 ns");
	lab_equal(futex(mine, WAIT, 0, (void *)gone, 0), -EFAULT,
		  "a wait with its timeout in memory that is gone");
	lab_equal(futex(mine, WAKE, 9, NULL, 0), 0, "tasks woken after all");
}

/* ---- how many, and whom -------------------------------------------------- */

#define WAITERS	5

static void wait_and_tell(void *arg)
{
	unsigned number = (unsigned)(intptr_t)arg;

	lab_equal(wait_on(w, 0), 0, "what a wait returned that was woken");
	w[1 + number] = ++w[1];
}

static void start_waiters(pid_t *pids)
{
	for (int i = 0; i < WAITERS; i++) {
		pids[i] = lab_fork(wait_and_tell, (void *)(intptr_t)(i + 1));
		nap(MS);
	}
}

static void join_all(pid_t *pids, int count)
{
	while (count--)
		lab_join(pids[count]);
}

/* As many as asked for, those first that came first. */
static void count(void)
{
	pid_t pids[WAITERS];

	w = shared_words();
	start_waiters(pids);
	lab_equal(wake(w, 2), 2, "tasks woken of five, if two are asked for");
	nap(MS);
	lab_equal(w[1], 2, "waiters that went on");
	lab_check(w[2] && w[3], "others went on than those that came first");
	lab_equal(wake(w, 1), 1, "tasks woken of three, if one is asked for");
	nap(MS);
	lab_equal(w[4], 3, "the third waiter was woken as number");
	lab_equal(wake(w, INT_MAX), 2, "tasks woken of two, if all are asked "
		  "for");
	lab_equal(wake(w, INT_MAX), 0, "tasks woken while nobody waits");
	join_all(pids, WAITERS);
	lab_equal(w[1], WAITERS, "waiters that went on");
	w[1] = 0;
	start_waiters(pids);
	lab_equal(wake(w, 0), 1, "tasks woken, if none is asked for (one is, "
		  "as on Linux)");
	lab_equal(wake(w, INT_MAX), WAITERS - 1, "tasks woken of the rest");
	join_all(pids, WAITERS);
	drop(w);
}

/* ---- keys ---------------------------------------------------------------- */

#define MANY	4096

static word_t many[MANY];

static void wait_privately(void *arg)
{
	struct timespec t = time_of(20 * MS);

	lab_equal(futex(arg, WAIT | PRIVATE, 0, &t, 0), -ETIMEDOUT,
		  "a wait on private memory, while another process wakes its "
		  "own word at the same address");
}

static void wait_elsewhere(void *arg)
{
	int fd = (int)(intptr_t)arg;
	word_t *at = mmap(NULL, 4 * LAB_PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	lab_equal(wait_on(at + 2 * LAB_PAGE / 4 + 3, 0), 0,
		  "a wait on a file's word");
}

#define OTHERS	1024

/* The same position in other pieces of shared memory is another word. */
static void wake_in_others(int position)
{
	static word_t *others[OTHERS];

	for (int i = 0; i < OTHERS; i++) {
		others[i] = shared_words();
		lab_equal(wake(others[i] + position, 1), 0,
			  "tasks woken by a wake on other shared memory");
	}
	for (int i = 0; i < OTHERS; i++)
		drop(others[i]);
}

/* Who waits for the word, and not for one that has the same address or hash. */
static void keys(void)
{
	int fd = open("/tmp/words", O_RDWR | O_CREAT | O_TRUNC, 0600);
	word_t *at;
	pid_t pid;

	w = shared_words();
	pid = lab_fork(wait_for_zero, (void *)(w + 9));
	nap(MS);
	for (int i = 0; i < MANY; i++) {
		lab_equal(futex(&many[i], WAKE | PRIVATE, 1, NULL, 0), 0,
			  "tasks woken by a wake on another word");
		if (i < 1024 && i != 9)
			lab_equal(wake(w + i, 1), 0,
				  "tasks woken by a wake on another word");
	}
	wake_in_others(9);
	lab_equal(wake(w + 9, 1), 1, "tasks woken by a wake on their word");
	lab_join(pid);
	drop(w);

	pid = lab_fork(wait_privately, (void *)&many[7]);
	nap(MS);
	lab_equal(futex(&many[7], WAKE | PRIVATE, 1, NULL, 0), 0,
		  "tasks of another process woken by a private wake");
	lab_equal(wake(&many[7], 1), 0,
		  "tasks woken by a wake on private memory of another process");
	lab_join(pid);

	lab_must(fd, "open /tmp/words");
	lab_must(ftruncate(fd, 4 * LAB_PAGE), "ftruncate");
	pid = lab_fork(wait_elsewhere, (void *)(intptr_t)fd);
	at = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		  2 * LAB_PAGE);
	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	nap(MS);
	lab_equal(wake(at + 2, 1), 0, "tasks woken by a wake on the word "
		  "before");
	lab_equal(wake(at + 3, 1), 1, "tasks woken by a wake on the same word "
		  "of a file, mapped at another address");
	lab_join(pid);
	drop(at);
	close(fd);
}

/* ---- time ---------------------------------------------------------------- */

static unsigned long long clock_of(int id)
{
	struct timespec t;

	lab_must(clock_gettime(id, &t), "clock_gettime");
	return (unsigned long long)t.tv_sec * 1000000000ULL +
	       (unsigned long long)t.tv_nsec;
}

static void wait_until(word_t *at, int op, int id)
{
	struct timespec t = time_of(clock_of(id) + 4 * MS);
	unsigned long long begin = lab_clock();

	lab_equal(futex(at, op, 0, &t, ANY), -ETIMEDOUT,
		  "a wait until a point of time");
	must_end_after(lab_clock() - begin, 4 * MS - 50000);
	begin = lab_clock();
	t = time_of(clock_of(id) - MS);
	lab_equal(futex(at, op, 0, &t, ANY), -ETIMEDOUT,
		  "a wait until a point of time in the past");
	t = time_of(0);
	lab_equal(futex(at, op, 0, &t, ANY), -ETIMEDOUT,
		  "a wait until the time 0");
	must_end_after(lab_clock() - begin, 0);
}

/* Timeouts: a span of time for one operation, a point of it for the other. */
static void timeout(void)
{
	struct timespec t = time_of(5 * MS);
	unsigned long long begin = lab_clock();
	static word_t mine;

	lab_equal(futex(&mine, WAIT, 0, &t, 0), -ETIMEDOUT,
		  "a wait that nobody wakes");
	must_end_after(lab_clock() - begin, 5 * MS);
	lab_equal(wake(&mine, 1), 0, "tasks woken after the timeout");
	t = time_of(0);
	begin = lab_clock();
	lab_equal(futex(&mine, WAIT, 0, &t, 0), -ETIMEDOUT,
		  "a wait with a timeout of 0");
	must_end_after(lab_clock() - begin, 0);
	lab_equal(futex(&mine, WAIT, 1, &t, 0), -EAGAIN,
		  "a wait with a timeout of 0 for another value");
	wait_until(&mine, WAIT_BITSET, CLOCK_MONOTONIC);
	wait_until(&mine, WAIT_BITSET | REALTIME, CLOCK_REALTIME);
	lab_equal(futex(&mine, WAIT | REALTIME, 0, &t, 0), -ENOSYS,
		  "a wait for a span of the real time");
	lab_equal(wake(&mine, 1), 0, "tasks woken after the timeouts");
}

/* ---- sets of bits -------------------------------------------------------- */

static void wait_with_bits(void *arg)
{
	unsigned bits = (unsigned)(uintptr_t)arg;

	lab_equal(futex(w, WAIT_BITSET, 0, NULL, bits), 0,
		  "a wait with a set of bits");
	w[1] |= bits;
}

static void bitset(void)
{
	static const unsigned sets[] = { 1, 6, 0x80000000u };
	pid_t pids[3];

	w = shared_words();
	for (int i = 0; i < 3; i++)
		pids[i] = lab_fork(wait_with_bits,
				   (void *)(uintptr_t)sets[i]);
	nap(MS);
	lab_equal(futex(w, WAKE_BITSET, 9, NULL, 8), 0,
		  "tasks woken by a bit that nobody waits for");
	lab_equal(futex(w, WAKE_BITSET, 1, NULL, 0xc), 1,
		  "tasks woken by the bits 4 and 8");
	nap(MS);
	lab_equal(w[1], 6, "the bits of the task that went on");
	lab_equal(futex(w, WAKE_BITSET, 9, NULL, 0x80000000u), 1,
		  "tasks woken by the highest bit");
	lab_equal(wake(w, 9), 1, "tasks woken by a wake without bits");
	join_all(pids, 3);
	w[1] = 0;
	pids[0] = lab_fork(wait_for_zero, (void *)w);
	nap(MS);
	lab_equal(futex(w, WAKE_BITSET, 9, NULL, 0x100), 1,
		  "tasks woken by one bit, if they wait without bits");
	lab_join(pids[0]);
	drop(w);
}

/* ---- signals ------------------------------------------------------------- */

static void wait_for_signal(void *arg)
{
	struct timespec t = time_of(50 * MS);
	const struct timespec *timeout = arg ? &t : NULL;

	handle(SIGUSR1, arg ? SA_RESTART : 0);
	lab_equal(futex(w, WAIT, 0, timeout, 0), -EINTR, arg ?
		  "a wait with a timeout, interrupted by a handler" :
		  "a wait that a handler interrupted");
}

static void wait_on_after_signal(void *arg)
{
	(void)arg;
	handle(SIGUSR1, SA_RESTART);
	lab_equal(wait_on(w, 0), 0, "a wait that went on after a handler with "
		  "SA_RESTART");
}

static void signals(void)
{
	pid_t pid;

	w = shared_words();
	for (uintptr_t timed = 0; timed < 2; timed++) {
		pid = lab_fork(wait_for_signal, (void *)timed);
		nap(MS);
		lab_must(kill(pid, SIGUSR1), "kill");
		lab_join(pid);
		lab_equal(wake(w, 1), 0, "tasks woken after the signal");
	}
	pid = lab_fork(wait_on_after_signal, NULL);
	nap(MS);
	lab_must(kill(pid, SIGUSR1), "kill");
	nap(MS);
	lab_equal(wake(w, 2), 1, "tasks woken that wait again after a signal");
	lab_join(pid);
	drop(w);
}

/* ---- a mutex ------------------------------------------------------------- */

#define LOCKERS	4
#define TURNS	100

/* 0: free, 1: taken, 2: taken, and somebody may sleep. */
static void take(word_t *m)
{
	unsigned was = 0;

	if (__atomic_compare_exchange_n(m, &was, 1, 0, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST))
		return;
	while (__atomic_exchange_n(m, 2, __ATOMIC_SEQ_CST))
		wait_on(m, 2);
}

static void give(word_t *m)
{
	if (__atomic_exchange_n(m, 0, __ATOMIC_SEQ_CST) == 2)
		wake(m, 1);
}

static void locker(void *arg)
{
	(void)arg;
	for (int i = 0; i < TURNS; i++) {
		unsigned found;

		take(w);
		found = w[1];
		sched_yield();
		w[1] = found + 1;
		give(w);
	}
}

static void mutex(void)
{
	pid_t pids[LOCKERS];

	w = shared_words();
	for (int i = 0; i < LOCKERS; i++)
		pids[i] = lab_fork(locker, NULL);
	join_all(pids, LOCKERS);
	lab_equal(w[1], LOCKERS * TURNS, "what the counter holds");
	drop(w);
}

/* ---- lost wake-ups ------------------------------------------------------- */

#define SPAN	20000		/* ns from the start to the wake */
#define EARLY	4500		/* ns before it, when the waiter sets out */
#define SWEEP	2400		/* waits, each a little later */

enum { WORD, ROUND, DONE, SLOW };

/* Let some instructions go by: two or three for each step. */
static void delay(unsigned steps)
{
	for (; steps; steps--)
		__asm__ volatile("" : "+r"(steps));
}

static void sweep_waiter(void *arg)
{
	volatile unsigned long long *times = arg;
	struct timespec t = time_of(5 * MS);

	for (unsigned round = 1; round <= SWEEP; round++) {
		while (w[ROUND] != round)
			sched_yield();
		while (lab_clock() < times[0] + SPAN - EARLY)
			;
		delay(SWEEP - round);
		futex(w, WAIT, 0, &t, 0);
		if (lab_clock() - times[0] > 4 * MS)
			w[SLOW]++;
		w[DONE] = round;
	}
}

/*
 * Let the wake come at each moment of the wait, by and by: the waker has a
 * higher priority, and its timer interrupts the waiter.
 */
static void lost(void)
{
	volatile unsigned long long *times;
	pid_t pid;

	w = shared_words();
	times = (volatile unsigned long long *)(w + 16);
	pid = lab_fork(sweep_waiter, (void *)times);
	go_first(1);
	for (unsigned round = 1; round <= SWEEP; round++) {
		w[WORD] = 0;
		times[0] = lab_clock();
		w[ROUND] = round;
		nap(SPAN);
		w[WORD] = 1;
		wake(w, 1);
		while (w[DONE] != round)
			nap(SPAN);
	}
	go_first(0);
	lab_join(pid);
	lab_check(!w[SLOW], "%u of %u waits slept on after their wake, until "
		  "their timeout", w[SLOW], SWEEP);
	drop(w);
}

static const struct lab_case cases[] = {
	{ "wakes", wakes },
	{ "value", value },
	{ "errors", errors },
	{ "count", count },
	{ "keys", keys },
	{ "timeout", timeout },
	{ "bitset", bitset },
	{ "signal", signals },
	{ "mutex", mutex },
	{ "lost", lost },
};

LAB_MAIN(cases)
