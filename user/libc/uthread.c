/* SPDX-License-Identifier: MIT */
/*
 * User threads over scheduler activations (row C12).
 *
 *	  threads      T1   T2   T3   T4      each with a stack of STACK bytes
 *	                \    \   /            at a multiple of it, and its record
 *	  ready list     \    T2 T3           at the bottom
 *	                  \    |
 *	  activations      A1  A2   A3        upcall stacks; A1 blocked with T1,
 *	                   |   |    |         A2 runs T4, A3 is spare
 *	  kernel          task task task
 *
 * The ready list has a spin lock.  Its holder is in a critical section, so no
 * upcall stops it.  A thread that gives up its processor keeps the lock until
 * the processor uses another stack, because another processor may continue the
 * thread at once; the thread that runs next releases the lock.
 *
 * A thread is identified by the address of its stack, never by thread-local
 * storage, because it moves between activations.  So errno belongs to the
 * kernel thread that happens to run it.
 */
#include <activation.h>
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread.h>
#include <unistd.h>
#include <uthread.h>

#define STACK		(64UL << 10)
#define UPCALL_STACK	(16UL << 10)
#define SPINS		100

struct processor {			/* an activation */
	struct activation_area area;	/* first */
	char *stack;
	struct thread thread;
};

struct uthread {
	struct uthread *next;		/* [lock] in a list */
	uint32_t critical;		/* CRITICAL_ bits */
	unsigned depth;			/* own: nesting of critical sections */
	struct processor *processor;	/* own: where it runs */
	int began;			/* own */
	uint64_t context;		/* the kernel's signal frame; 0: regs */
	jmp_buf regs;
	void (*fn)(void *);
	void *arg;
};

unsigned long uthread_upcalls[5];
void (*uthread_heard)(uint32_t self, const struct activation_event *e);

static struct {
	int lock;
	struct uthread_list ready;		/* [lock] */
	struct uthread *dead;		/* [lock] its stack is still in use */
	struct uthread_list free;	/* [lock] ended threads, to reuse */
	unsigned threads;		/* [lock] number not ended */
	unsigned processors;		/* const after uthread_run() */
	volatile int done;		/* futex */
	struct processor *all;
} rt;

/* In arch/NAME/activation.S. */
_Noreturn void __call_on(void *top, void (*fn)(void *), void *arg);
_Noreturn void __resume(uint64_t frame);

/* ---- native calls -------------------------------------------------------- */

int activation_begin(activation_entry *entry, unsigned processors)
{
	return (int)syscall(SYS_lt_activation_begin, entry, processors);
}

int activation_park(void *stack, size_t size, struct activation_area *area)
{
	return (int)syscall(SYS_lt_activation_park, stack, size, area);
}

int activation_poll(unsigned flags)
{
	return (int)syscall(SYS_lt_activation_poll, flags);
}

/* ---- the list ------------------------------------------------------------ */

static void append(struct uthread_list *l, struct uthread *t)
{
	t->next = NULL;
	if (l->first)
		l->last->next = t;
	else
		l->first = t;
	l->last = t;
}

static struct uthread *take(struct uthread_list *l)
{
	struct uthread *t = l->first;

	if (t)
		l->first = t->next;
	return t;
}

/* Yields now and then: the holder may sleep in a fault, or have no CPU. */
static void lock(void)
{
	unsigned n = 0;

	while (__atomic_exchange_n(&rt.lock, 1, __ATOMIC_ACQUIRE))
		if (++n % SPINS == 0)
			sched_yield();
}

static void unlock(void)
{
	__atomic_store_n(&rt.lock, 0, __ATOMIC_RELEASE);
}

/* ---- switching ----------------------------------------------------------- */

static struct uthread *of_stack(uintptr_t at)
{
	return (struct uthread *)(at & -STACK);
}

static struct uthread *self(void)
{
	return of_stack((uintptr_t)__builtin_frame_address(0));
}

void uthread_enter(void)
{
	struct uthread *t = self();

	if (!t->depth)
		__atomic_store_n(&t->critical, CRITICAL_ON, __ATOMIC_SEQ_CST);
	t->depth++;
}

/* Leave a critical section, and take an upcall that came meanwhile. */
void uthread_leave(void)
{
	struct uthread *t = self();

	if (--t->depth)
		return;
	if (__atomic_exchange_n(&t->critical, 0, __ATOMIC_SEQ_CST) &
	    CRITICAL_PENDING)
		activation_poll(0);
}

/*
 * Release the lock on a new stack; the dead thread's stack may be reused now.
 * Context: [lock], which is released.
 */
static void unlock_elsewhere(void)
{
	if (rt.dead)
		append(&rt.free, rt.dead);
	rt.dead = NULL;
	unlock();
}

static void arrived(void)
{
	struct uthread *t = self();

	unlock_elsewhere();
	if (t->processor->area.pending) {	/* since the switch */
		t->processor->area.pending = 0;
		__atomic_fetch_or(&t->critical, CRITICAL_PENDING,
				  __ATOMIC_SEQ_CST);
	}
}

static _Noreturn void next(struct processor *p);

static void begin(void *arg)
{
	struct uthread *t = arg;

	arrived();
	uthread_leave();
	t->fn(t->arg);
	uthread_enter();
	lock();
	rt.dead = t;			/* for reuse, once off its stack */
	if (--rt.threads == 0) {
		rt.done = 1;
		futex(&rt.done, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL,
		      0);
	}
	next(t->processor);
}

static void resume_thread(void *arg)
{
	struct uthread *t = arg;
	uint64_t frame = t->context;

	t->context = 0;
	arrived();
	uthread_leave();
	__resume(frame);
}

/*
 * Continue the processor with thread t.  An upcall that was left pending by the
 * previous thread's critical section passes to t.
 * Context: [lock], which t releases.
 */
static _Noreturn void dispatch(struct processor *p, struct uthread *t)
{
	uint32_t *before = (uint32_t *)(uintptr_t)p->area.critical;

	t->processor = p;
	t->critical = CRITICAL_ON;
	__atomic_store_n(&p->area.critical, (uintptr_t)&t->critical,
			 __ATOMIC_SEQ_CST);
	if (before && before != &t->critical)
		__atomic_fetch_or(&t->critical, *before & CRITICAL_PENDING,
				  __ATOMIC_SEQ_CST);
	if (!t->began) {
		t->began = 1;
		t->depth = 1;
		__call_on((char *)t + STACK - 64, begin, t);
	}
	if (t->context) {
		t->depth++;
		__call_on((void *)((uintptr_t)t->context & -16UL),
			  resume_thread, t);
	}
	longjmp(t->regs, 1);
}

/* Park the processor, running on the upcall stack and no thread's. */
static void idle(void *arg)
{
	struct processor *p = arg;

	p->area.critical = 0;
	unlock_elsewhere();
	activation_park(p->stack, UPCALL_STACK, &p->area);
	abort();
}

/* Run the next ready thread, or idle.  Context: [lock]. */
static _Noreturn void next(struct processor *p)
{
	struct uthread *t = take(&rt.ready);

	if (t)
		dispatch(p, t);
	__call_on(p->stack + UPCALL_STACK, idle, p);
}

/*
 * Give up the processor; t is the current thread, already in some list.
 * Context: critical section, [lock], which is released.
 */
static void switch_away(struct uthread *t)
{
	if (setjmp(t->regs) == 0)
		next(t->processor);
	arrived();
}

/* ---- upcalls ------------------------------------------------------------- */

static void note_event(const struct processor *p,
		       const struct activation_event *e)
{
	uthread_upcalls[e->what]++;
	if (uthread_heard)
		uthread_heard(p->area.id, e);
	if (e->what == ACTIVATION_UNBLOCKED ||
	    e->what == ACTIVATION_PREEMPTED) {
		struct uthread *t = of_stack((uintptr_t)e->context);

		t->context = e->context;
		append(&rt.ready, t);
	}
}

static void entry(int signo, siginfo_t *info, void *context)
{
	struct processor *p = info->si_value.sival_ptr;

	(void)signo;
	(void)context;
	lock();
	uthread_upcalls[0]++;
	for (uint32_t i = 0; i < p->area.nr; i++)
		note_event(p, &p->area.event[i]);
	next(p);
}

/* ---- the interface ------------------------------------------------------- */

/* Return: a stack at a multiple of its size, or NULL. */
static struct uthread *new_stack(void)
{
	char *at = mmap(NULL, 2 * STACK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t before;

	if (at == MAP_FAILED)
		return NULL;
	before = -(uintptr_t)at & (STACK - 1);
	if (before)
		munmap(at, before);
	munmap(at + before + STACK, STACK - before);
	return (struct uthread *)(at + before);
}

static struct uthread *prepared(struct uthread *t, void (*fn)(void *),
				void *arg)
{
	if (t) {
		t->began = 0;
		t->fn = fn;
		t->arg = arg;
	}
	return t;
}

/* Unlock, and tell the kernel that a thread is ready for an idle processor. */
static void unlock_and_tell(void)
{
	unlock();
	uthread_leave();
	if (rt.processors > 1)
		activation_poll(ACTIVATION_MORE);
}

int uthread_create(void (*fn)(void *), void *arg)
{
	struct uthread *t;

	uthread_enter();
	lock();
	t = take(&rt.free);
	if (!t) {
		unlock();
		t = new_stack();
		lock();
	}
	if (prepared(t, fn, arg)) {
		rt.threads++;
		append(&rt.ready, t);
	}
	unlock_and_tell();
	return t ? 0 : ENOMEM;
}

void uthread_yield(void)
{
	struct uthread *t = self();

	uthread_enter();
	lock();
	if (rt.ready.first) {
		append(&rt.ready, t);
		switch_away(t);
	} else {
		unlock();
	}
	uthread_leave();
}

void uthread_lock(struct uthread_mutex *m)
{
	struct uthread *t = self();

	uthread_enter();
	lock();
	if (m->held) {
		append(&m->waiting, t);
		switch_away(t);		/* returns with the mutex held */
	} else {
		m->held = 1;
		unlock();
	}
	uthread_leave();
}

void uthread_unlock(struct uthread_mutex *m)
{
	struct uthread *t;

	uthread_enter();
	lock();
	t = take(&m->waiting);
	if (t) {
		append(&rt.ready, t);
		unlock_and_tell();
	} else {
		m->held = 0;
		unlock();
		uthread_leave();
	}
}

/* The kernel thread of an activation; ends with the process. */
static void *activation(void *arg)
{
	struct processor *p = arg;

	activation_park(p->stack, UPCALL_STACK, &p->area);
	abort();
}

int uthread_run(unsigned processors, unsigned activations,
		void (*fn)(void *), void *arg)
{
	struct uthread *t = prepared(new_stack(), fn, arg);
	sigset_t all, old;

	rt.all = calloc(activations, sizeof(*rt.all));
	if (!t || !rt.all)
		return ENOMEM;
	append(&rt.ready, t);
	rt.threads = 1;
	rt.processors = processors;
	if (activation_begin(entry, processors))
		return errno;
	sigfillset(&all);		/* only this thread takes signals */
	sigprocmask(SIG_SETMASK, &all, &old);
	for (unsigned i = 0; i < activations; i++) {
		struct processor *p = &rt.all[i];

		p->stack = malloc(UPCALL_STACK);
		if (!p->stack || thread_create(&p->thread, activation, p))
			return ENOMEM;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	while (!rt.done)
		futex(&rt.done, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL,
		      0);
	return 0;
}
