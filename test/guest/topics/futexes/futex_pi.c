/* SPDX-License-Identifier: MIT */
/*
 * Futexes with priority inheritance (futex(2)): what is written into the word,
 * who is lent what, along how many locks and until when, what becomes of the
 * locks of one that ends, and the exact errno of all that is refused (row B14).
 */
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <thread.h>
#include <time.h>
#include "pi.h"

static volatile int a, b;		/* words */
static volatile int got, let, hits;

/* What a thread does: get b or not, wait for a, tell, give back. */
struct job {
	struct thread t;
	int fifo;			/* its priority, 0: none */
	volatile int *first, *second;
	const struct timespec *until;
	volatile long result;
	volatile int order, tid, word, ready;
	int keep;			/* end without giving second back */
};

static void *do_pi_job(void *arg)
{
	struct job *j = arg;

	j->tid = gettid();
	if (j->fifo)
		set_policy(0, SCHED_FIFO, j->fifo);
	if (j->first)
		pi_op(j->first, FUTEX_LOCK_PI, NULL);
	j->ready = 1;
	j->result = pi_op(j->second, FUTEX_LOCK_PI, j->until) ? errno : 0;
	j->order = __atomic_add_fetch(&got, 1, __ATOMIC_SEQ_CST);
	j->word = *j->second;
	if (!j->result && !j->keep)
		pi_op(j->second, FUTEX_UNLOCK_PI, NULL);
	if (j->first)
		pi_op(j->first, FUTEX_UNLOCK_PI, NULL);
	return NULL;
}

/* => once it sleeps for its lock, if it is to wait without end */
static void begin_job(struct job *j)
{
	j->ready = 0;
	j->order = 0;
	if (thread_create(&j->t, do_pi_job, j))
		tap_bail("thread_create");
	while (!j->ready)
		usleep(1000);
	if (!j->until)
		wait_asleep(j->t.tid);
}

/* ---- the word ------------------------------------------------------------ */

static void lock_alone(void)
{
	int me = gettid();

	a = 0;
	check_ok(pi_op(&a, FUTEX_LOCK_PI, NULL), "a free one is locked");
	check_eq(a, me, "it holds the owner's number");
	check_err(EDEADLK, pi_op(&a, FUTEX_LOCK_PI, NULL), "not twice");
	check_err(EDEADLK, pi_op(&a, FUTEX_TRYLOCK_PI, NULL), "nor tried");
	check_ok(pi_op(&a, FUTEX_UNLOCK_PI, NULL), "it is unlocked");
	check_eq(a, 0, "it is free");
	check_err(EPERM, pi_op(&a, FUTEX_UNLOCK_PI, NULL), "not twice");
	check_ok(pi_op(&a, FUTEX_TRYLOCK_PI, NULL), "tried");
	check_eq(a, me, "got");
	a = PI_WAITERS | me;
	check_ok(pi_op(&a, FUTEX_UNLOCK_PI, NULL), "with a bit of waiters");
	check_eq(a, 0, "nobody waited");
	a = PI_DIED;
	check_ok(pi_op(&a, FUTEX_LOCK_PI2, NULL), "its owner had died");
	check_eq(a, PI_DIED | me, "it still says so");
	check_ok(pi_op(&a, FUTEX_UNLOCK_PI, NULL), "unlocked");
	check_eq(a, 0, "not any more");
	a = PI_WAITERS;
	check_ok(pi_op(&a, FUTEX_LOCK_PI, NULL), "waiters of nobody");
	check_eq(a, me, "their bit goes");
}

static int dead_tid(void)
{
	pid_t p = fork();

	if (!p)
		_exit(0);
	waitpid(p, NULL, 0);
	return p;
}

static void refuse_pi_words(void)
{
	struct timespec bad = { 0, 1000000000 }, past = { 1, 0 };
	static const int ops[] = { FUTEX_LOCK_PI, FUTEX_TRYLOCK_PI };
	int dead = dead_tid();

	for (int i = 0; i < 2; i++) {
		a = dead;
		check_err(ESRCH, pi_op(&a, ops[i], NULL), "%d: of a dead one",
			  ops[i]);
		check_eq((unsigned)a, PI_WAITERS | (unsigned)dead,
			 "the bit was set");
		a = 2;
		check_err(EPERM, pi_op(&a, ops[i], NULL),
			  "%d: of a thread of the kernel", ops[i]);
	}
	a = 1;
	check_err(EAGAIN, pi_op(&a, FUTEX_TRYLOCK_PI, NULL), "of another");
	check_eq((unsigned)a, PI_WAITERS | 1u, "the bit was set");
	check_err(EPERM, pi_op(&a, FUTEX_UNLOCK_PI, NULL), "not ours");
	check_err(EINVAL, pi_op(&a, FUTEX_LOCK_PI, &bad), "a bad time");
	check_err(EINVAL, pi_op(&a, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME,
				&bad), "before the flag");
	check_err(ENOSYS, pi_op(&a, FUTEX_LOCK_PI | FUTEX_CLOCK_REALTIME,
				NULL), "LOCK_PI takes no flag");
	check_err(ENOSYS, pi_op(&a, FUTEX_TRYLOCK_PI | FUTEX_CLOCK_REALTIME,
				NULL), "nor does TRYLOCK_PI");
	check_err(ENOSYS, pi_op(&a, FUTEX_UNLOCK_PI | FUTEX_CLOCK_REALTIME,
				NULL), "nor UNLOCK_PI");
	check_err(EFAULT, pi_op(&a, FUTEX_LOCK_PI, BAD), "a time nowhere");
	check_err(ETIMEDOUT, pi_op(&a, FUTEX_LOCK_PI, &past), "long ago");
	check_err(ETIMEDOUT, pi_op(&a, FUTEX_LOCK_PI2, &past), "likewise");
	a = 0;
}

static void *plain_wait(void *arg)
{
	futex(arg, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, a, NULL, NULL, 0);
	return NULL;
}

/* Somebody waits for a: calls that know of no owners leave it alone. */
static void plain_calls(void)
{
	static volatile int other;
	int private = FUTEX_PRIVATE_FLAG, wakes = 5;

	check_err(EINVAL, futex(&a, FUTEX_WAKE | private, 1, NULL, NULL, 0),
		  "FUTEX_WAKE");
	check_err(EINVAL, futex(&a, 10 | private, 1, NULL, NULL, 8),
		  "FUTEX_WAKE_BITSET");
	check_err(EINVAL, futex(&a, 3 | private, 0, (void *)1, &other, 0),
		  "FUTEX_REQUEUE");
	check_err(EINVAL, futex(&a, 4 | private, 0, (void *)1, &other, a),
		  "FUTEX_CMP_REQUEUE");
	other = 0;
	check_err(EINVAL, futex(&other, wakes | private, 1, (void *)1, &a,
				2 << 28 | 1 << 24),
					"FUTEX_WAKE_OP, the second");
	check_eq(futex(&other, FUTEX_WAKE | private, 1, NULL, NULL, 0), 0,
		 "another word has nobody");
}

/* A word is used in one way at a time. */
static void mix_waits(void)
{
	struct job j = { .second = &a };
	struct thread t;

	a = gettid();
	thread_create(&t, plain_wait, (void *)&a);
	wait_asleep(t.tid);
	check_err(EINVAL, pi_op(&a, FUTEX_UNLOCK_PI, NULL),
		  "one waits plainly");
	a = 1;
	check_err(EINVAL, pi_op(&a, FUTEX_TRYLOCK_PI, NULL), "likewise");
	futex(&a, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
	thread_join(&t);
	a = gettid();
	begin_job(&j);
	check_eq(a, (int)(PI_WAITERS | (unsigned)gettid()), "one waits");
	plain_calls();
	a = 1;
	check_err(EINVAL, pi_op(&a, FUTEX_TRYLOCK_PI, NULL),
		  "word and owner differ");
	a = (int)(PI_WAITERS | (unsigned)gettid());
	check_ok(pi_op(&a, FUTEX_UNLOCK_PI, NULL), "handed over");
	thread_join(&j.t);
	check_eq(j.result, 0, "it has it");
	check_eq(j.word, (int)(PI_WAITERS | (unsigned)j.tid),
		 "as the word says");
	check_eq(a, 0, "and gave it back");
	check_eq(futex(&a, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0),
		 0,
		 "FUTEX_WAKE: nobody waits");
}

/* ---- what is lent -------------------------------------------------------- */

static void boost(void)
{
	struct job low = { .fifo = 20, .second = &a };
	struct job high = { .fifo = 30, .second = &a };
	struct job plain = { .second = &a };
	int me = gettid();

	got = 0;
	pi_op(&a, FUTEX_LOCK_PI, NULL);
	begin_job(&plain);
	check_runs(me, 0, "an ordinary one lends nothing");
	begin_job(&low);
	check_runs(me, 20, "one of 20 waits");
	begin_job(&high);
	check_runs(me, 30, "one of 30, too");
	check_eq(get_policy(0), SCHED_OTHER, "the policy is our own");
	check_eq(get_param(0), 0, "and the priority told");
	check_eq(get_20_nice(PRIO_PROCESS, 0), 20, "and the nice value");
	pi_op(&a, FUTEX_UNLOCK_PI, NULL);
	check_runs(me, 0, "given back: nothing is lent");
	thread_join(&high.t);
	thread_join(&low.t);
	thread_join(&plain.t);
	check_eq(high.order * 100 + low.order * 10 + plain.order, 123,
		 "the highest comes first");
}

/* main has a; one has b and waits for a; one waits for b. */
static void lend_along_chain(void)
{
	struct timespec soon;
	struct job mid = { .fifo = 5, .first = &b, .second = &a };
	struct job high = { .fifo = 40, .second = &b, .until = &soon };
	int me = gettid();

	pi_op(&a, FUTEX_LOCK_PI, NULL);
	begin_job(&mid);
	check_runs(me, 5, "one lock on");
	soon = time_later(CLOCK_REALTIME, 20);
	begin_job(&high);
	thread_join(&high.t);
	check_eq(high.result, ETIMEDOUT, "its time is over");
	check_runs(mid.tid, 5, "its own again");
	check_runs(me, 5, "and so here");
	high.until = NULL;
	begin_job(&high);
	check_runs(mid.tid, 40, "40 is lent");
	check_runs(me, 40, "and lent on");
	check_err(EDEADLK, pi_op(&b, FUTEX_LOCK_PI, NULL), "a circle of two");
	check_runs(me, 40, "still lent");
	pi_op(&a, FUTEX_UNLOCK_PI, NULL);
	thread_join(&mid.t);
	thread_join(&high.t);
	check_runs(me, 0, "all given back");
	check(!a && !b, "both are free");
}

/* A row of threads, each with a lock that the next one waits for. */
#define ROW 8
static void long_chain(void)
{
	static volatile int words[ROW + 1];
	static struct job row[ROW];
	int wrong = 0;

	pi_op(&words[0], FUTEX_LOCK_PI, NULL);
	for (int i = 0; i < ROW; i++) {
		row[i] = (struct job){ .first = &words[i + 1],
			.second = &words[i], .fifo = i == ROW - 1 ? 50 : 0 };
		begin_job(&row[i]);
	}
	check_runs(gettid(), 50, "from the last to the first");
	for (int i = 0; i < ROW; i++)
		wrong += runs_with(row[i].tid) != -51;
	check_eq(wrong, 0, "and all between");
	check_err(EDEADLK, pi_op(&words[ROW], FUTEX_LOCK_PI, NULL),
		  "a circle of all");
	pi_op(&words[0], FUTEX_UNLOCK_PI, NULL);
	for (int i = 0; i < ROW; i++)
		thread_join(&row[i].t);
	check_runs(gettid(), 0, "nothing is lent");
}

/* Priorities are set while they are lent. */
static void set_meanwhile(void)
{
	struct job x = { .fifo = 10, .second = &a };
	struct job y = { .fifo = 20, .second = &a };
	int me = gettid();

	got = 0;
	pi_op(&a, FUTEX_LOCK_PI, NULL);
	begin_job(&x);
	begin_job(&y);
	set_policy(0, SCHED_FIFO, 15);
	check_runs(me, 20, "its own is lower than what is lent");
	set_policy(0, SCHED_RR, 60);
	check_runs(me, 60, "it is higher");
	check_eq(get_param(0), 60, "it is told");
	set_policy(0, SCHED_OTHER, 0);
	check_runs(me, 20, "it has none");
	set_policy(x.tid, SCHED_FIFO, 70);
	check_runs(me, 70, "a waiter's is raised");
	set_policy(y.tid, SCHED_OTHER, 0);
	check_runs(me, 70, "another's does not count");
	pi_op(&a, FUTEX_UNLOCK_PI, NULL);
	thread_join(&x.t);
	thread_join(&y.t);
	check_eq(x.order * 10 + y.order, 12, "the raised one comes first");
	check_runs(me, 0, "nothing is lent");
}

/* A child begins with what is its maker's own. */
static void not_inherited(void)
{
	struct job x = { .fifo = 33, .second = &a };
	int st;
	pid_t p;

	pi_op(&a, FUTEX_LOCK_PI, NULL);
	begin_job(&x);
	p = fork();
	if (!p) {
		char text[512], *at;

		text_read("/proc/self/stat", text, sizeof(text));
		at = strrchr(text, ')') + 1;
		for (int i = 0; i < 15; i++)
			at = strchr(at + 1, ' ');
		_exit((int)atol(at + 1));
	}
	waitpid(p, &st, 0);
	check_eq(WEXITSTATUS(st), 20, "a child is lent nothing");
	pi_op(&a, FUTEX_UNLOCK_PI, NULL);
	thread_join(&x.t);
}

/* ---- signals ------------------------------------------------------------- */

static void count_pi_hits(int sig)
{
	hits += sig == SIGUSR1;
}

static void interrupt_owner_waits(void)
{
	/* without SA_RESTART */
	struct sigaction sa = { .sa_handler = count_pi_hits };
	struct job x = { .fifo = 12, .second = &a };

	sigaction(SIGUSR1, &sa, NULL);
	hits = 0;
	pi_op(&a, FUTEX_LOCK_PI, NULL);
	begin_job(&x);
	for (int i = 1; i <= 5; i++) {
		syscall(SYS_tgkill, getpid(), x.tid, SIGUSR1);
		check(eventually(hits == i), "handler %d", i);
		wait_asleep(x.tid);
	}
	check_runs(gettid(), 12, "it waits on, and lends");
	pi_op(&a, FUTEX_UNLOCK_PI, NULL);
	thread_join(&x.t);
	check_eq(x.result, 0, "and gets it");
}

/* ---- owners that end ----------------------------------------------------- */

static void *take_and_end(void *arg)
{
	pi_op(&a, FUTEX_LOCK_PI, NULL);
	got = gettid();
	while (!let)
		usleep(1000);
	return arg;
}

static void end_pi_owner(void)
{
	struct job x = { .fifo = 9, .second = &a }, y = { .second = &a };
	struct thread t;
	int old;

	a = got = let = 0;
	thread_create(&t, take_and_end, NULL);
	while (!got)
		usleep(1000);
	old = got;
	begin_job(&x);
	begin_job(&y);
	check_runs(old, 9, "it is lent 9");
	let = 1;
	thread_join(&t);
	thread_join(&x.t);
	thread_join(&y.t);
	check_eq(x.result + y.result, 0, "both have had it");
	check_eq(x.word, (int)(PI_WAITERS | PI_DIED | (unsigned)x.tid),
		 "the first learns that its owner ended");
	check_eq(y.word, (int)(PI_WAITERS | (unsigned)y.tid),
		 "the second does not");
	check_eq(a, 0, "it is free");
}

static void *inherit(void *arg)
{
	struct job *j = arg;

	j->tid = gettid();
	j->ready = 1;
	j->result = pi_op(&a, FUTEX_LOCK_PI, NULL) ? errno : 0;
	j->word = a;
	j->order = 1;
	while (let < 2)
		usleep(1000);
	return pi_op(&a, FUTEX_UNLOCK_PI, NULL) ? arg : NULL;
}

/* Who inherited has it like any other: word and owner are to agree again. */
static void heir_owns(void)
{
	struct job x = { .fifo = 0 }, y = { .fifo = 9, .second = &a };
	struct timespec soon = time_later(CLOCK_REALTIME, 300);
	struct thread t;
	int word;

	a = got = let = 0;
	thread_create(&t, take_and_end, NULL);
	while (!got)
		usleep(1000);
	if (thread_create(&x.t, inherit, &x))
		tap_bail("thread_create");
	while (!x.ready)
		usleep(1000);
	wait_asleep(x.t.tid);
	let = 1;
	thread_join(&t);
	while (!x.order)
		usleep(1000);
	check_eq(x.result, 0, "a heir has it");
	check_eq(x.word, (int)(PI_WAITERS | PI_DIED | (unsigned)x.tid),
		 "and knows of whom");
	begin_job(&y);
	check_runs(x.tid, 9, "it is lent what who waits has");
	word = a;
	a = (int)(PI_WAITERS | (unsigned)y.tid);
	check_err(EINVAL, pi_op(&a, FUTEX_LOCK_PI, &soon),
		  "a word that names another owner");
	a = word;
	let = 2;
	check(thread_join(&x.t) == NULL, "it gives it back");
	thread_join(&y.t);
	check_eq(y.result, 0, "to who waited");
	check_eq(y.word, (int)((word & (int)PI_WAITERS) | y.tid),
		 "who inherits nothing");
	check_eq(a, 0, "it is free");
}

struct shared {
	volatile int word, owned, go;
};

/* A process ends or becomes another while it owns a lock in shared memory. */
static void process_goes(struct shared *s, int how)
{
	static const char *const names[] = { "exits", "is killed", "execs" };
	char *const argv[] = { "futex_pi", "sleep", NULL };
	int err;
	pid_t p;

	memset(s, 0, sizeof(*s));
	p = fork();
	if (!p) {
		pi_shared(&s->word, FUTEX_LOCK_PI, NULL);
		s->owned = 1;
		while (!(s->word & PI_WAITERS))
			usleep(1000);
		if (how == 0)
			_exit(0);
		if (how == 1)
			kill(getpid(), SIGKILL);
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	while (!s->owned)
		usleep(1000);
	err = pi_shared(&s->word, FUTEX_LOCK_PI, NULL) ? errno : 0;
	check_eq(err, 0, "the owner %s: it is ours", names[how]);
	check_eq(s->word, (int)(PI_WAITERS | PI_DIED | (unsigned)gettid()),
		 "the owner %s: and we know", names[how]);
	check_ok(pi_shared(&s->word, FUTEX_UNLOCK_PI, NULL), "given back");
	kill(p, SIGKILL);
	waitpid(p, NULL, 0);
}

/* ---- robust ones --------------------------------------------------------- */

static struct {
	struct { void *next; } head;
	long offset;
	void *pending;
	struct { void *next; } entry;
	volatile int word;
} list;

static void *end_with_list(void *arg)
{
	int pending = arg != NULL;

	list.head.next = pending ? (void *)&list.head :
		(char *)&list.entry + 1;
	list.entry.next = &list.head;
	list.offset = (char *)&list.word - (char *)&list.entry;
	list.pending = pending ? (char *)&list.entry + 1 : NULL;
	syscall(SYS_set_robust_list, &list, 3 * sizeof(long));
	pi_op(&list.word, FUTEX_LOCK_PI, NULL);
	return NULL;
}

static void robust(void)
{
	struct thread t;

	for (long pending = 0; pending < 2; pending++) {
		list.word = 0;
		thread_create(&t, end_with_list, (void *)pending);
		thread_join(&t);
		check_eq(list.word, PI_DIED, "marked, %ld", pending);
		check_ok(pi_op(&list.word, FUTEX_LOCK_PI, NULL), "locked");
		check_eq(list.word, PI_DIED | gettid(), "and known");
		pi_op(&list.word, FUTEX_UNLOCK_PI, NULL);
	}
}

/* ---- many at once -------------------------------------------------------- */

#define ROUNDS	300
static volatile int sum, inside, wrong;

static void pi_lock(volatile int *w)
{
	int none = 0, me = gettid();

	if (!__atomic_compare_exchange_n(w, &none, me, 0, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST) &&
	    pi_op(w, FUTEX_LOCK_PI, NULL))
		wrong++;
}

static void pi_unlock(volatile int *w)
{
	int me = gettid();

	if (!__atomic_compare_exchange_n(w, &me, 0, 0, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST) &&
	    pi_op(w, FUTEX_UNLOCK_PI, NULL))
		wrong++;
}

static void *lend_many_times(void *arg)
{
	struct timespec t;

	for (int i = 0; i < ROUNDS; i++) {
		if (i % 7 == 3) {
			t = time_later(CLOCK_REALTIME, 0);
			if (!pi_op(&b, FUTEX_LOCK_PI, &t))
				pi_unlock(&b);
		}
		pi_lock(&b);
		pi_lock(&a);
		wrong += inside++ != 0;
		sum++;
		if (i % 16 == (int)(long)arg)
			usleep(100);
		inside--;
		pi_unlock(&a);
		pi_unlock(&b);
	}
	return NULL;
}

static void contention(void)
{
	struct thread t[4];

	a = b = sum = wrong = 0;
	for (long i = 0; i < COUNT(t); i++)
		thread_create(&t[i], lend_many_times, (void *)i);
	for (int i = 0; i < COUNT(t); i++)
		thread_join(&t[i]);
	check_eq(sum, ROUNDS * COUNT(t), "every turn was had");
	check_eq(wrong, 0, "one at a time");
	check(!a && !b, "both are free");
}

int main(int argc, char **argv)
{
	struct shared *s = (void *)mmap(NULL, PG, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)argv;
	if (argc > 1)
		return pause();
	lock_alone();
	refuse_pi_words();
	mix_waits();
	boost();
	lend_along_chain();
	long_chain();
	set_meanwhile();
	not_inherited();
	interrupt_owner_waits();
	end_pi_owner();
	heir_owns();
	for (int how = 0; how < 3; how++)
		process_goes(s, how);
	robust();
	contention();
	return tap_done();
}
