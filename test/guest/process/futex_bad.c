/* SPDX-License-Identifier: MIT */
/*
 * futex(2) given what it must refuse: words that are unmapped, unaligned,
 * read-only, the kernel's, unmapped or forked while someone waits on them;
 * every operation with every bad value.  The exact errno, and nobody is woken
 * who should not be (rows B3, B4, D1).
 */
#include <limits.h>
#include <sched.h>
#include <stddef.h>
#include <thread.h>
#include <time.h>
#include "pi.h"


static int pi;			/* does this kernel know the PI operations? */
static volatile int word, word2;
static int *read_only;		/* a page of its own; it holds 5 */
static char *gone;		/* a page that is not there */

static volatile int *kernel_address(void)
{
	return (volatile int *)(sizeof(long) == 8 ? ~0UL << 38 : 3UL << 30);
}

/* An op by its number, with arguments that are good for it. */
static const struct op {
	const char *name;
	int nr, private_too, uses2, reads, pi;
} ops[] = {
	{ "WAIT", FUTEX_WAIT, 1, 0, 1, 0 },
	{ "WAKE", FUTEX_WAKE, 1, 0, 0, 0 },
	{ "REQUEUE", FUTEX_REQUEUE, 1, 1, 0, 0 },
	{ "CMP_REQUEUE", FUTEX_CMP_REQUEUE, 1, 1, 1, 0 },
	{ "WAKE_OP", FUTEX_WAKE_OP, 1, 1, 0, 0 },
	{ "WAIT_BITSET", FUTEX_WAIT_BITSET, 1, 0, 1, 0 },
	{ "WAKE_BITSET", FUTEX_WAKE_BITSET, 1, 0, 0, 0 },
	{ "LOCK_PI", FUTEX_LOCK_PI, 1, 0, 1, 1 },
	{ "TRYLOCK_PI", FUTEX_TRYLOCK_PI, 1, 0, 1, 1 },
	{ "UNLOCK_PI", FUTEX_UNLOCK_PI, 1, 0, 1, 1 },
};

/*
 * The fourth argument is a time for some, a count for others; the last is all
 * bits, or "set to 0, and compare with 0".
 */
static long call_futex(const struct op *op, int flags, volatile int *a,
		       volatile int *b)
{
	return futex(a, op->nr | flags, 1, op->uses2 ? (void *)1L : NULL, b,
		     op->nr == FUTEX_WAKE_OP ? 0 : -1);
}

static void pass_bad_addresses(const struct op *op, int flags)
{
	const char *kind = flags ? "private" : "shared";
	volatile int *odd = (int *)((char *)&word + 1);
	volatile int *even = (int *)((char *)&word + 2);
	int unmapped = flags && !op->reads ? 0 : -1;

	/* UNLOCK_PI looks first whose the word is */
	if (op->nr != FUTEX_UNLOCK_PI) {
		check_err(EINVAL, call_futex(op, flags, odd, &word2),
			  "%s %s: unaligned", kind, op->name);
		check_err(EINVAL, call_futex(op, flags, even, &word2),
			  "%s %s: half a word on", kind, op->name);
	}
	check_err(EFAULT, call_futex(op, flags, kernel_address(), &word2),
		  "%s %s: the kernel's", kind, op->name);
	check_err(EFAULT, call_futex(op, flags, (int *)-4L, &word2),
		  "%s %s: the last word", kind, op->name);
	if (!op->uses2 && unmapped == -1)
		check_err(EFAULT, call_futex(op, flags, (int *)gone, &word2),
			  "%s %s: not mapped", kind, op->name);
	/* nobody can wait there, so there is nobody to wake */
	else if (!op->uses2)
		check_eq(call_futex(op, flags, (int *)gone, &word2), 0,
			 "%s %s: not mapped", kind, op->name);
	if (!op->uses2)
		return;
	check_err(EINVAL, call_futex(op, flags, &word, odd),
		  "%s %s: the second unaligned", kind, op->name);
	check_err(EFAULT, call_futex(op, flags, &word, kernel_address()),
		  "%s %s: the second the kernel's", kind, op->name);
	if (!flags)
		check_err(EFAULT, call_futex(op, flags, &word, (int *)gone),
			  "%s %s: the second not mapped", kind, op->name);
}

static void pass_bad_values(void)
{
	struct timespec neg = { -1, 0 }, big = { 0, 1000000000 },
			minus = { 0, -1 }, none = { 0, 0 };
	static const int waits[] = { FUTEX_WAIT, FUTEX_WAIT_BITSET };

	word = 0;
	for (int i = 0; i < 2; i++) {
		int op = waits[i] | FUTEX_PRIVATE_FLAG;

		check_err(EINVAL, futex(&word, op, 0, &neg, NULL, -1),
			  "%d: seconds below 0", waits[i]);
		check_err(EINVAL, futex(&word, op, 0, &big, NULL, -1),
			  "%d: a second of nanoseconds", waits[i]);
		check_err(EINVAL, futex(&word, op, 0, &minus, NULL, -1),
			  "%d: less than none", waits[i]);
		check_err(EFAULT, futex(&word, op, 0, BAD, NULL, -1),
			  "%d: a time that is not there", waits[i]);
		check_err(EFAULT, futex(&word, op, 0, (void *)kernel_address(),
					NULL, -1), "%d: the kernel's time",
			  waits[i]);
		check_err(ETIMEDOUT, futex(&word, op, 0, &none, NULL, -1),
			  "%d: no time at all", waits[i]);
		check_err(EAGAIN, futex(&word, op, 1, &none, NULL, -1),
			  "%d: another value comes first", waits[i]);
	}
	check_err(EINVAL, futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0),
		  "no bit to wait for");
	check_err(EINVAL, futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0),
		  "no bit to wake");
	check_eq(futex(&word, FUTEX_WAKE, -1, NULL, NULL, 0), 0,
		 "a negative number to wake");
	check_eq(futex(&word, FUTEX_WAKE, INT_MIN, NULL, NULL, 0), 0,
		 "the most negative one");
	check_err(EINVAL, futex(&word, FUTEX_REQUEUE, -1, (void *)1L, &word2,
				0), "REQUEUE: wake below 0");
	check_err(EINVAL, futex(&word, FUTEX_REQUEUE, 1, (void *)-1L, &word2,
				0), "REQUEUE: move below 0");
	check_err(EINVAL, futex(&word, FUTEX_CMP_REQUEUE, -1, (void *)1L,
				&word2, 0), "CMP_REQUEUE: wake below 0");
	check_err(EAGAIN, futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1L,
				&word2, 1), "CMP_REQUEUE: another value");
}

/* Every number, with and without the two flags. */
static void unknown_ops(void)
{
	int wrong = 0;

	for (int nr = 0; nr < 128; nr++) {
		int known = nr == 2 ? 0 : nr <= 13;

		if (known)
			continue;
		for (int f = 0; f < 4; f++) {
			int flags = (f & 1 ? FUTEX_PRIVATE_FLAG : 0) |
				    (f & 2 ? FUTEX_CLOCK_REALTIME : 0);

			wrong += futex(&word, nr | flags, 0, NULL, &word2,
				       0) != -1 || errno != ENOSYS;
		}
	}
	check_eq(wrong, 0, "operations that do not exist: ENOSYS");
	for (int i = 0; i < COUNT(ops); i++) {
		int nr = ops[i].nr;

		if (nr == FUTEX_WAIT || nr == FUTEX_WAIT_BITSET ||
		    nr == FUTEX_LOCK_PI)
			continue;
		check_err(ENOSYS, call_futex(&ops[i], FUTEX_CLOCK_REALTIME,
					     &word,
					     &word2), "%s has no clock",
			  ops[i].name);
	}
	check_err(ENOSYS, futex(&word, 2, 0, NULL, NULL, 0), "FUTEX_FD");
	check_err(ENOSYS, futex(&word, FUTEX_WAKE | 512, 0, NULL, NULL, 0),
		  "an unknown flag");
}

/* Does comparison `cmp` of the old value with 5 wake whoever waits behind it? */
static int op_wakes(int cmp, int old)
{
	volatile int *shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t waiter;
	long woken;

	*shared = old;
	waiter = fork();
	if (!waiter) {
		futex(shared, FUTEX_WAIT, old, NULL, NULL, 0);
		_exit(0);
	}
	comes_to(waiter, "S");
	woken = futex(&word, FUTEX_WAKE_OP, 1, (void *)1L, shared,
		      (int)(1u << 28 | (unsigned)cmp << 24 | 5));
	futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0);
	waitpid(waiter, NULL, 0);
	munmap((void *)shared, PG);
	return (int)woken;
}

static void wake_op_compares(void)
{
	static const char *const names[] = { "==", "!=", "<", "<=", ">", ">=" };

	for (int cmp = 0; cmp < 6; cmp++)
		for (int old = 4; old <= 6; old++) {
			const int right[] = { old == 5, old != 5, old < 5,
					      old <= 5, old > 5, old >= 5 };

			check_eq(op_wakes(cmp, old), right[cmp],
				 "WAKE_OP: %d %s 5", old, names[cmp]);
		}
}

/* All sixteen comparisons and operations, with and without the shift. */
static void wake_ops(void)
{
	static const int good[] = { 7, 8, 7, 0, 2 };
	int wrong = 0;

	for (int op = 0; op < 16; op++) {
		for (int cmp = 0; cmp < 16; cmp++) {
			unsigned int code = (unsigned int)op << 28 |
				(unsigned int)cmp << 24 | 7 << 12 | 1;
			long r;

			word2 = op == 4 || op == 12 ? 5 : op == 1 ? 1 :
				op == 3 ? 7 : 1;
			r = futex(&word, FUTEX_WAKE_OP, 1, (void *)1L, &word2,
				  (int)code);
			if ((op & 7) > 4 || cmp > 5)
				wrong += r != -1 || errno != ENOSYS;
			else if (op < 5)
				wrong += r != 0 || word2 != good[op];
			else
				wrong += r != 0;
		}
	}
	check_eq(wrong, 0, "WAKE_OP: operations and comparisons");
	word2 = 3;
	check_eq(futex(&word, FUTEX_WAKE_OP, 1, (void *)1L, &word2,
		       (int)(9u << 28 | 4 << 12)), 0, "a shift");
	check_eq(word2, 19, "adds 1 << 4");
	check_eq(futex(&word, FUTEX_WAKE_OP, 1, (void *)1L, &word2,
		       (int)(10u << 28 | 31 << 12)), 0, "by all bits");
	check_eq(word2, -0x7fffffff - 1 + 19, "sets the highest");
	check_err(EFAULT, futex(&word, FUTEX_WAKE_OP, 1, (void *)1L,
				read_only, 1 << 28),
		  "on a read-only word");
	check_err(EFAULT, futex(&word, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1,
				(void *)1L, (int *)gone, 1 << 28),
		  "on one that is not mapped");
}

/* ---- words of other kinds ------------------------------------------------ */

static void readable_words(void)
{
	char *ro = anon_pages(1, PROT_READ), *none = anon_pages(1, PROT_NONE);
	struct timespec t = { 0, 1000000 };
	int fd;
	volatile int *p;

	check_err(ETIMEDOUT, futex(read_only, FUTEX_WAIT |
				   FUTEX_PRIVATE_FLAG, 5, &t, NULL, 0),
		  "waiting needs no right to write");
	check_err(EFAULT, futex(read_only, FUTEX_WAIT, 4, &t, NULL, 0),
		  "but a shared key of private memory does");
	check_err(ETIMEDOUT, futex((int *)ro, FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
				   0, &t, NULL, 0), "a page never written");
	check_err(EFAULT, futex((int *)none, FUTEX_WAIT | FUTEX_PRIVATE_FLAG,
				0, &t, NULL, 0), "one that is not to be read");
	check_err(EFAULT, futex((int *)none, FUTEX_WAIT, 0, &t, NULL, 0),
		  "shared, too");
	check_err(EFAULT, futex((int *)none, FUTEX_WAKE, 1, NULL, NULL, 0),
		  "nor woken on by a shared key");
	munmap(ro, PG);
	munmap(none, PG);
	fd = open("f", O_RDWR | O_CREAT, 0600);
	ftruncate(fd, PG);
	p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check_err(ETIMEDOUT, futex(p, FUTEX_WAIT, 0, &t, NULL, 0),
		  "a word of a file");
	check_err(EFAULT, futex(p + PG / 4, FUTEX_WAIT, 0, &t, NULL, 0),
		  "behind its end");
	check_ok(futex(p, FUTEX_WAKE, 1, NULL, NULL, 0), "woken on");
	check_err(EFAULT, futex(p + PG / 4, FUTEX_WAKE, 1, NULL, NULL, 0),
		  "not behind the end");
	ftruncate(fd, 0);
	check_err(EFAULT, futex(p, FUTEX_WAIT, 0, &t, NULL, 0),
		  "cut off");
	check_err(EFAULT, futex(p, FUTEX_WAKE, 1, NULL, NULL, 0),
		  "nor to be woken on");
	ftruncate(fd, PG);
	check_ok(futex(p, FUTEX_WAKE, 1, NULL, NULL, 0),
		 "there again, and never touched");
	munmap((void *)p, 2 * PG);
	close(fd);
	unlink("f");
}

/* ---- what happens to a word while someone waits -------------------------- */

static long result;
static volatile int *where;

static void *wait_in_thread(void *arg)
{
	result = futex(where, FUTEX_WAIT | (int)(long)arg, 0, NULL, NULL, 0);
	if (result)
		result = errno;
	return NULL;
}

static void begin_waiter(struct thread *t, volatile int *at, int flags)
{
	where = at;
	result = -77;
	if (thread_create(t, wait_in_thread, (void *)(long)flags))
		tap_bail("thread");
	wait_asleep(t->tid);
}

static void word_goes(void)
{
	volatile int *p = (int *)anon_pages(1, PROT_READ | PROT_WRITE);
	struct thread t;

	*p = 0;
	begin_waiter(&t, p, FUTEX_PRIVATE_FLAG);
	munmap((void *)p, PG);
	check_eq(futex(p, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0),
		 1, "unmapped meanwhile: a private key still wakes");
	thread_join(&t);
	check_eq(result, 0, "the waiter is told so");
	p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		 MAP_ANONYMOUS, -1, 0);
	begin_waiter(&t, p, 0);
	munmap((void *)p, PG);
	check_err(EFAULT, futex(p, FUTEX_WAKE, 1, NULL, NULL, 0),
		  "a shared one has no key any more");
	mmap((void *)p, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
	     MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	check_eq(futex(p, FUTEX_WAKE, 1, NULL, NULL, 0), 0,
		 "other memory there is another word");
	tgkill(getpid(), t.tid, SIGUSR1);
	thread_join(&t);
	check_eq(result, EINTR, "a signal ends that wait");
	munmap((void *)p, PG);
}

/* Memory is a copy after fork: a wake-up here is none there. */
static void word_forked(void)
{
	volatile int *p = (int *)anon_pages(1, PROT_READ | PROT_WRITE);
	struct thread t;
	int st;
	pid_t pid;

	*p = 0;
	begin_waiter(&t, p, 0);
	pid = fork();
	if (pid == 0) {
		*p = 1;
		_exit((int)futex(p, FUTEX_WAKE, 9, NULL, NULL, 0));
	}
	waitpid(pid, &st, 0);
	check_eq(st, 0, "forked meanwhile: the child's word is its own");
	*p = 1;			/* copied on write; still the same word */
	check_eq(futex(p, FUTEX_WAKE, 9, NULL, NULL, 0), 1,
		 "the parent's waiter is woken by the parent");
	thread_join(&t);
	munmap((void *)p, PG);
}

/* mremap moves a shared word: its waiters are found at the new place. */
static void word_moves(void)
{
	char *room = anon_pages(2, PROT_NONE);
	volatile int *p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
			       MAP_ANONYMOUS, -1, 0), *q;
	struct thread t;

	if (tap_lacks((long)mremap((void *)p, PG, PG, 0), "mremap"))
		return;
	begin_waiter(&t, p, 0);
	q = mremap((void *)p, PG, PG, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	check_eq(futex(q, FUTEX_WAKE, 1, NULL, NULL, 0), 1,
		 "moved meanwhile: found at its new place");
	thread_join(&t);
	munmap(room, 2 * PG);
}

/* Private and shared keys of one word are two; so are equal offsets. */
static void keys_differ(void)
{
	volatile int *p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
			       MAP_ANONYMOUS, -1, 0);
	struct thread t;

	begin_waiter(&t, p, 0);
	check_eq(futex(p, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0),
		 0, "a private wake-up does not meet a shared wait");
	check_eq(futex(p + 1, FUTEX_WAKE, 1, NULL, NULL, 0), 0,
		 "nor does the next word's");
	check_eq(futex(p, FUTEX_WAKE, 1, NULL, NULL, 0), 1, "the same does");
	thread_join(&t);
	munmap((void *)p, PG);
	word = 0;
	begin_waiter(&t, &word, 0);
	check_eq(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL,
		       0), 0, "nor in private memory");
	check_eq(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 1,
		 "the same does there");
	thread_join(&t);
	begin_waiter(&t, &word, FUTEX_PRIVATE_FLAG);
	check_eq(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0,
		 "a shared wake-up does not meet a private wait");
	check_eq(futex(&word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL,
		       0), 1, "a private one does");
	thread_join(&t);
}

/* A signal without restart: EINTR; and a killed waiter leaves no trace. */
static void waiters_end(void)
{
	volatile int *p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
			       MAP_ANONYMOUS, -1, 0);
	struct thread t;
	pid_t pid[8];
	int st;

	begin_waiter(&t, p, 0);
	tgkill(getpid(), t.tid, SIGUSR1);
	thread_join(&t);
	check_eq(result, EINTR, "a handler ends a wait");
	for (int i = 0; i < COUNT(pid); i++) {
		pid[i] = fork();
		if (pid[i] == 0) {
			p[1] = 1;
			futex(p, FUTEX_WAIT, 0, NULL, NULL, 0);
			_exit(3);
		}
		while (!p[1])
			usleep(500);
		p[1] = 0;
	}
	for (int i = 0; i < COUNT(pid); i += 2) {
		kill(pid[i], SIGKILL);
		waitpid(pid[i], &st, 0);
	}
	/* the other four come to wait in their own time */
	for (int woken = 0; woken < COUNT(pid) / 2; usleep(500))
		woken += (int)futex(p, FUTEX_WAKE, 100, NULL, NULL, 0);
	check_eq(futex(p, FUTEX_WAKE, 100, NULL, NULL, 0), 0,
		 "those who were killed are not woken");
	for (int i = 1; i < COUNT(pid); i += 2)
		waitpid(pid[i], &st, 0);
	munmap((void *)p, PG);
}

/* ---- robust lists -------------------------------------------------------- */

static void hostile_list(void *head)
{
	raw_syscall(SYS_set_robust_list, head, 3 * sizeof(long));
}

/* => are there any in this kernel? */
static int robust_lists(void)
{
	unsigned long *self = (unsigned long *)anon_pages(2, PROT_READ |
							  PROT_WRITE);
	void *heads[6];
	long len;

	if (tap_lacks(syscall(SYS_set_robust_list, self, 8), "robust"))
		return 0;
	check_err(EINVAL, syscall(SYS_set_robust_list, self, 8), "its size");
	/* to itself, to nowhere, into the kernel, off a page, odd, read-only */
	self[0] = (unsigned long)&self[0];
	self[1] = 4;
	heads[0] = self;
	heads[1] = BAD;
	heads[2] = (void *)kernel_address();
	heads[3] = (char *)self + 2 * PG - sizeof(long);
	heads[4] = (char *)self + 1;
	self[16] = (unsigned long)&self[32];	/* 16 -> 32 -> 16: no head */
	self[32] = (unsigned long)&self[48];
	self[48] = (unsigned long)&self[32];
	self[18] = (unsigned long)gone;
	heads[5] = &self[16];
	for (int i = 0; i < COUNT(heads); i++)
		check_eq(in_child(hostile_list, heads[i]), 0,
			 "an end with a hostile list %d", i);
	check_err(ESRCH, syscall(SYS_get_robust_list, 0x3ffffff, &self, &len),
		  "of nobody");
	check_err(EFAULT, syscall(SYS_get_robust_list, 0, BAD, &len),
		  "to nowhere");
	check_err(EFAULT, syscall(SYS_get_robust_list, 0, &self[1], BAD),
		  "its size to nowhere");
	munmap(self, 2 * PG);
	return 1;
}

/* ---- robust lists that are as they should be ------------------------------ */

#define OWNED_BY_OTHER	7
#define WAITERS		0x80000000u
#define OWNER_DIED	0x40000000u

struct entry {
	struct entry *next;
	unsigned word[3];	/* the second is the lock: bit 2 of its place */
};

struct robust {
	struct entry *first;
	long offset;
	struct entry *pending;
};

static struct locks {
	struct robust head;
	struct entry mine, other, waited, beyond, pending;
} *locks;

static void take_robust(struct entry *e, struct entry *next, unsigned word)
{
	e->next = next;
	e->word[1] = word;
}

enum how { WELL, RELEASED, ODD, TORN };

/*
 * RELEASED: the pending one is free already.  ODD: the walk meets a place that
 * can be no lock's.  TORN: the first entry lies where nothing can be read, its
 * lock before that.
 */
static void die_with_locks(void *arg)
{
	enum how how = *(enum how *)arg;
	struct locks *l = locks;
	struct entry *end = (struct entry *)&l->head;
	struct entry *after = how == ODD ?
		(struct entry *)((char *)&l->beyond + 2) : end;
	unsigned tid = (unsigned)gettid();
	unsigned *torn = (unsigned *)((char *)l + PG) - 1;

	take_robust(&l->mine, &l->other, tid);
	take_robust(&l->other, &l->waited, OWNED_BY_OTHER);
	take_robust(&l->waited, after, tid | WAITERS);
	take_robust(&l->pending, NULL, how == RELEASED ? 0 : tid);
	*torn = tid;
	l->head = (struct robust){ &l->mine, offsetof(struct entry, word[1]),
				   &l->pending };
	if (how == TORN)
		l->head = (struct robust){ (struct entry *)(torn + 1), -4,
					   &l->pending };
	raw_syscall(SYS_set_robust_list, &l->head, sizeof(l->head));
}

static void end_with_locks(enum how how, const char *what)
{
	check_eq(in_child(die_with_locks, &how), 0, "the owner ends: %s",
		 what);
}

/* Sleeps on a word of the list until the owner's end wakes it. */
static pid_t waiter_on(unsigned *at, unsigned value)
{
	pid_t pid = fork();

	if (pid == 0) {
		*at = value;
		_exit(raw_syscall(SYS_futex, at, FUTEX_WAIT, value, NULL, NULL,
				  0) != 0);
	}
	comes_to(pid, "S");
	return pid;
}

static int child_was_woken(pid_t pid)
{
	int st = -1;

	waitpid(pid, &st, 0);
	return st == 0;
}

static void robust_marks(void)
{
	pid_t pid;
	unsigned *torn;

	locks = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	torn = (unsigned *)((char *)locks + PG) - 1;
	mprotect(torn + 1, PG, PROT_NONE);
	pid = waiter_on(&locks->waited.word[1], 5);
	end_with_locks(WELL, "two locks and one it takes");
	check_eq(locks->mine.word[1], OWNER_DIED, "a lock says so");
	check_eq(locks->other.word[1], OWNED_BY_OTHER, "another's does not");
	check_eq(locks->waited.word[1], WAITERS | OWNER_DIED,
		 "that others wait stays");
	check(child_was_woken(pid), "... and one is woken");
	check_eq(locks->pending.word[1], OWNER_DIED, "the one being taken");
	pid = waiter_on(&locks->pending.word[1], 0);
	end_with_locks(RELEASED, "one just given back");
	check_eq(locks->pending.word[1], 0, "it is free");
	check(child_was_woken(pid), "... and its waiter is woken");
	end_with_locks(ODD, "a place that is no lock's");
	check_eq(locks->mine.word[1], OWNER_DIED, "those before say so");
	check(locks->pending.word[1] > 0 &&
	      !(locks->pending.word[1] & OWNER_DIED), "there it stops");
	end_with_locks(TORN, "an entry that cannot be read");
	check_eq(*torn, OWNER_DIED, "its lock says so");
	check(locks->mine.word[1] > 0 && !(locks->mine.word[1] & OWNER_DIED),
	      "there it stops, too");
	munmap(locks, 2 * PG);
}

/* The only lock that is held lies in the last word a program has. */
static void die_with_last(void *arg)
{
	static struct robust head;
	static struct entry entry;
	unsigned *last = arg;

	*last = (unsigned)gettid();
	entry.next = (struct entry *)&head;
	head = (struct robust){ &entry, (long)((char *)last - (char *)&entry),
				NULL };
	raw_syscall(SYS_set_robust_list, &head, sizeof(head));
}

/* Where a program may map it, the last page is as good as others. */
static void wait_in_last_page(int robust)
{
	char *end = (char *)(sizeof(long) == 8 ? (1UL << 38) - PG : 3UL << 30);
	char *p = mmap(end - PG, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		       MAP_ANONYMOUS | 0x100000, -1, 0);  /* NOREPLACE */
	struct timespec ts = { 0, 1 };
	int *last = (int *)(end - 4), fds[2];

	if (p != end - PG) {
		tap_skip("the last page", "it cannot be mapped");
		return;
	}
	check_err(EAGAIN, syscall(SYS_futex, last, FUTEX_WAIT, 1, &ts, NULL,
				  0), "its last word");
	if (pipe(fds))
		tap_bail("pipe");
	check_eq(write(fds[1], p, PG), PG, "all of it is written");
	check_eq(read(fds[0], p, PG), PG, "... and read");
	check_err(EFAULT, write(fds[1], end - 4, 5), "not what is behind");
	if (robust) {
		check_eq(in_child(die_with_last, last), 0,
			 "a lock's owner ends");
		check_eq(*last, OWNER_DIED, "its last word can be a lock");
	}
	close(fds[0]);
	close(fds[1]);
	munmap(p, PG);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = ignore_signal };
	int robust;

	sigaction(SIGUSR1, &sa, NULL);
	tap_scratch("futex_bad");
	read_only = (int *)anon_pages(1, PROT_READ | PROT_WRITE);
	*read_only = 5;
	mprotect(read_only, PG, PROT_READ);
	gone = anon_pages(1, PROT_READ);	/* the last one: stays free */
	munmap(gone, PG);
	word = 0;
	pi = raw_syscall(SYS_futex, &word, FUTEX_TRYLOCK_PI, 0, NULL, NULL,
			 0) != -ENOSYS;
	for (int i = 0; i < COUNT(ops); i++) {
		if (ops[i].pi && !pi) {
			tap_skip(ops[i].name, "not in this kernel");
			continue;
		}
		pass_bad_addresses(&ops[i], 0);
		pass_bad_addresses(&ops[i], FUTEX_PRIVATE_FLAG);
	}
	pass_bad_values();
	unknown_ops();
	wake_ops();
	wake_op_compares();
	readable_words();
	word_goes();
	word_forked();
	word_moves();
	keys_differ();
	waiters_end();
	robust = robust_lists();
	if (robust)
		robust_marks();
	wait_in_last_page(robust);
	tap_scratch_end();
	return tap_done();
}
