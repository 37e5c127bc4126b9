/* SPDX-License-Identifier: MIT */
/*
 * The lock checks of <kernel/lock/lock_debug.h> (rows B9, B11, B12, B13).  A
 * class of locks is a name.  An edge from class a to class b means that a lock
 * of b was taken while a lock of a was held.  The edge keeps the backtrace of
 * the first time.
 * Invariant: the graph has no cycle; an edge that would close a cycle is
 * reported and left out.
 */
#include "lock_held.h"
#include <kernel/current.h>
#include <kernel/lock/lock.h>
#include <kernel/lock/lock_debug.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/ksym.h>
#include <lt/log.h>

#define CLASSES		128
#define EDGES		1024
#define DEPTH		12		/* frames in a backtrace */
#define NAMES		256		/* cached name pointers */

struct trace {
	unsigned nr;
	unsigned long pc[DEPTH];
};

struct class {
	const char *name;		/* const once set */
	bool spin;			/* const: a spin lock; false: a mutex */
	u8 interrupt_level;		/* highest level of a handler that takes
					 * it */
	bool in_task;			/* also taken outside handlers */
	bool reported;
};

struct edge {
	u8 from, to;
	unsigned long held_at;		/* where `from` was taken */
	struct trace trace;		/* backtrace where `to` was taken */
};

static int graph_busy;			/* spin lock `graph`, innermost */
static struct class classes[CLASSES];	/* [graph] */
static unsigned nr_classes;		/* [graph] never falls */
static struct edge edges[EDGES];	/* [graph] */
static unsigned nr_edges;		/* [graph] never falls */
/*
 * Bit b of known[a]: the edge a -> b was seen before.  Read without a lock; set
 * under [graph], except by report_class().
 */
static u8 known[CLASSES][CLASSES / 8];
static struct {
	const char *name;
	bool spin;
	u8 class;
} names[NAMES];				/* [graph] to change */

static struct held_locks spins[MAX_CPUS];	/* [owner CPU] */
static struct trace *collecting[MAX_CPUS];	/* [owner CPU] */
static int expected;			/* true: reports are only counted */
static unsigned reports;
static bool full;			/* a table is full: checks are off */
static u32 jitter_seed[MAX_CPUS];	/* [owner CPU] */
static unsigned jitter;			/* one in this many locks waits; 0:
					 * none */
static bool jitter_asked;		/* jitter= was looked up */

static unsigned long graph_lock(void)
{
	unsigned long flags = arch_irq_save();

	while (__atomic_exchange_n(&graph_busy, 1, __ATOMIC_ACQUIRE))
		arch_relax();
	return flags;
}

static void graph_unlock(unsigned long flags)
{
	__atomic_store_n(&graph_busy, 0, __ATOMIC_RELEASE);
	arch_irq_restore(flags);
}

/* ---- reports ------------------------------------------------------------- */

static void lock_collect(unsigned long pc, bool exact)
{
	struct trace *t = collecting[cpu_self()->id];

	if (t->nr < DEPTH)
		t->pc[t->nr++] = pc + exact;
}

static __noinline void take_trace(struct trace *t)
{
	unsigned long flags = arch_irq_save();

	t->nr = 0;
	collecting[cpu_self()->id] = t;
	backtrace_walk((unsigned long)__builtin_frame_address(0), NULL,
		       lock_collect);
	arch_irq_restore(flags);
}

#define show(...) log_print(LOG_ERR, "locks", __VA_ARGS__)

static void lock_show_pc(const char *what, unsigned long pc)
{
	uintptr_t offset = 0;
	const char *name = ksym_lookup(pc - 1, &offset);

	show("  %s%s+%#lx", what, name ? name : "?",
	     (unsigned long)offset + 1);
}

static void lock_show_trace(const struct trace *t)
{
	for (unsigned i = 0; i < t->nr; i++)
		lock_show_pc("  ", t->pc[i]);
}

/*
 * Begin a report; while reports are expected, only count it.
 * Return: true if details must be printed.
 */
static bool report_begin(void)
{
	__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED);
	return !READ_ONCE(expected);
}

static void report_end(const char *what)
{
	const char *how = boot_option("locks");
	struct trace here;

	take_trace(&here);
	show("now:");
	lock_show_trace(&here);
	if (!how || strcmp(how, "warn"))
		panic("%s", what);
}

unsigned lock_debug_expect(bool expect)
{
	expected = expect;
	return __atomic_exchange_n(&reports, 0, __ATOMIC_RELAXED);
}

static void show_held(const struct held_locks *h)
{
	for (unsigned i = 0; i < h->nr; i++) {
		show("holds '%s', taken by", classes[h->lock[i].class].name);
		lock_show_pc("  ", h->lock[i].at);
	}
}

/* ---- the graph ----------------------------------------------------------- */

/* Context: [graph]. */
static unsigned find_class(const char *name, bool spin)
{
	unsigned i;

	for (i = 0; i < nr_classes; i++)
		if (classes[i].spin == spin && !strcmp(classes[i].name, name))
			return i;
	if (i == CLASSES) {
		full = true;
		return 0;
	}
	classes[i] = (struct class){ .name = name, .spin = spin };
	nr_classes = i + 1;
	return i;
}

static unsigned lock_class_of(const char *name, bool spin)
{
	unsigned slot = ((uintptr_t)name >> 2) % NAMES, class;
	unsigned long flags = graph_lock();

	if (names[slot].name != name || names[slot].spin != spin) {
		class = find_class(name, spin);
		names[slot].spin = spin;
		names[slot].class = class;
		names[slot].name = name;
	}
	class = names[slot].class;
	graph_unlock(flags);
	return class;
}

/*
 * Search the graph for a path.  *via: the first edge of the path.
 * Context: [graph].
 * Return: true if there is a path.
 */
static bool reaches(unsigned from, unsigned to, const struct edge **via)
{
	static u8 seen[CLASSES / 8];
	static u8 todo[CLASSES], first[CLASSES];
	unsigned head = 0, tail = 0;

	memset(seen, 0, sizeof(seen));
	todo[tail++] = from;
	while (head < tail) {
		unsigned at = todo[head++];

		for (unsigned i = 0; i < nr_edges; i++) {
			const struct edge *e = &edges[i];

			if (e->from != at || seen[e->to / 8] >> e->to % 8 & 1)
				continue;
			seen[e->to / 8] |= 1u << e->to % 8;
			first[e->to] = at == from ? e->to : first[at];
			if (e->to == to)
				goto found;
			todo[tail++] = e->to;
		}
	}
	return false;
found:
	for (unsigned i = 0; i < nr_edges; i++)
		if (edges[i].from == from && edges[i].to == first[to])
			*via = &edges[i];
	return true;
}

static void report_order(const struct held_lock *h, unsigned class,
			 const struct edge *via)
{
	if (!report_begin())
		return;
	show("'%s' taken while '%s' is held, which was taken by",
	     classes[class].name, classes[h->class].name);
	lock_show_pc("  ", h->at);
	show("but '%s' was taken while '%s' was held, taken by",
	     classes[via->to].name, classes[via->from].name);
	lock_show_pc("  ", via->held_at);
	show("then:");
	lock_show_trace(&via->trace);
	report_end("lock order");
}

/* True with `locks=edges`: print each edge when it is first found. */
static bool show_edges(void)
{
	const char *how = boot_option("locks");

	return how && !strcmp(how, "edges");
}

static __noinline void new_edge(const struct held_lock *h, unsigned class)
{
	const struct edge *via = NULL;
	struct trace here;
	unsigned long flags;
	bool circle = false;

	take_trace(&here);
	flags = graph_lock();
	lock_held_spoil(cpu_self()->id);
	if (!(known[h->class][class / 8] >> class % 8 & 1)) {
		known[h->class][class / 8] |= 1u << class % 8;
		circle = reaches(class, h->class, &via);
		if (!circle && nr_edges < EDGES)
			edges[nr_edges++] = (struct edge){
				h->class, class, h->at, here };
		else if (!circle)
			full = true;
	}
	graph_unlock(flags);
	if (circle)
		report_order(h, class, via);
	else if (show_edges())
		show("%s -> %s", classes[h->class].name, classes[class].name);
}

static void report_class(const struct held_lock *h, const char *what)
{
	if (known[h->class][h->class / 8] >> h->class % 8 & 1 ||
	    !report_begin())
		return;
	known[h->class][h->class / 8] |= 1u << h->class % 8;
	show("'%s' taken %s, while it is held, taken by",
	     classes[h->class].name, what);
	lock_show_pc("  ", h->at);
	report_end("two locks of one class");
}

static void check_order(const struct held_locks *held, const void *lock,
			unsigned class, bool below)
{
	for (unsigned i = 0; i < held->nr; i++) {
		const struct held_lock *h = &held->lock[i];

		if (h->lock == lock)
			report_class(h, "again");
		else if (h->class == class && h->lock > lock && !below)
			report_class(h, "below another");
		else if (h->class != class &&
			 !(known[h->class][class / 8] >> class % 8 & 1))
			new_edge(h, class);
	}
}

/*
 * Check for the following deadlock.  A handler takes A.  B is taken while A is
 * held, but does not block that handler.  A deadlock is possible: CPU 1 holds A
 * and waits for B; CPU 2 holds B, is interrupted, and its handler waits for A.
 */
static void check_outer(const struct held_locks *held, unsigned class,
			unsigned level)
{
	struct class *k = &classes[class];

	for (unsigned i = 0; i < held->nr; i++) {
		const struct held_lock *h = &held->lock[i];

		if (classes[h->class].interrupt_level <= level || k->reported)
			continue;
		k->reported = !expected;
		if (!report_begin())
			continue;
		show("'%s' blocks level %u, but '%s' is held, which a handler "
		     "of level %u takes", k->name, level,
		     classes[h->class].name,
		     classes[h->class].interrupt_level);
		report_end("lock below one that an interrupt takes");
	}
}

/*
 * Check the level at which a lock is taken: a handler that waits for a lock
 * held by its own CPU waits forever.
 */
static void lock_check_level(const struct cpu *c, unsigned class,
			     unsigned level)
{
	struct class *k = &classes[class];
	unsigned handler = c->running->in_interrupt;

	if (!handler)
		k->in_task = true;
	else if (handler > k->interrupt_level)
		k->interrupt_level = handler;
	if (!k->in_task || k->interrupt_level <= level || k->reported)
		return;
	k->reported = !expected;
	if (!report_begin())
		return;
	show("'%s' blocks level %u, and a handler of level %u takes it",
	     k->name, level, k->interrupt_level);
	report_end("lock taken at two interrupt levels");
}

/* ---- functions that locks call ------------------------------------------- */

static void lock_push(struct held_locks *held, const void *lock, unsigned class,
		      enum lock_kind kind, unsigned long at)
{
	if (held->nr == HELD_MAX)
		panic("%u locks held", held->nr);
	held->lock[held->nr++] = (struct held_lock){ lock, at, class, kind };
}

/*
 * `jitter=N`: one in N spin locks is taken after a short wait.  Another CPU
 * rarely acts in the short time between two locks; the wait makes this far more
 * likely, without any hook in the code under test.
 */
static void wait_sometimes(struct cpu *c)
{
	u32 x = jitter_seed[c->id] = jitter_seed[c->id] * 69069 + 2 * c->id + 1;

	if ((x >> 8) % jitter == 0)
		for (unsigned n = x >> 21; n; n--)
			arch_relax();
}

/*
 * A spin lock calls this function after it has raised its level.  A sleeping
 * lock belongs to the task, but a spin lock to the CPU, because the scheduler's
 * lock is released by another task than the one that took it.
 */
void lock_debug_take(const void *lock, const char *name, enum lock_kind kind,
		     unsigned level, enum lock_take how, unsigned long at)
{
	enum ipl old = preempt_disable();
	struct cpu *c = cpu_self();
	struct task *t = current;
	unsigned class;

	if (unlikely(READ_ONCE(jitter)) && kind == LOCK_SPIN && how != TAKE_TRY)
		wait_sometimes(c);
	if (READ_ONCE(full))
		goto out;
	class = lock_class_of(name, kind == LOCK_SPIN);
	if (how != TAKE_TRY) {
		check_order(&spins[c->id], lock, class, how == TAKE_BELOW);
		if (!t->in_interrupt)
			check_order(&t->held, lock, class, how == TAKE_BELOW);
	}
	if (kind == LOCK_SPIN) {
		unsigned long flags = arch_irq_save();

		lock_check_level(c, class, level);
		check_outer(&spins[c->id], class, level);
		lock_push(&spins[c->id], lock, class, kind, at);
		if (spins[c->id].nr == 1)
			lock_held_begin(c->id, HELD_LOCK, at);
		arch_irq_restore(flags);
	} else {
		lock_push(&t->held, lock, class, kind, at);
	}
out:
	preempt_enable(old);
}

static void lock_pop(struct held_locks *held, const void *lock,
		     const char *name)
{
	unsigned i = held->nr;

	while (i-- > 0) {
		if (held->lock[i].lock != lock)
			continue;
		held->nr--;
		for (; i < held->nr; i++)
			held->lock[i] = held->lock[i + 1];
		return;
	}
	if (!full)
		panic("'%s' released, but not held", name);
}

void lock_debug_give(const void *lock, const char *name, enum lock_kind kind)
{
	unsigned long flags;

	if (kind != LOCK_SPIN) {
		lock_pop(&current->held, lock, name);
		return;
	}
	flags = arch_irq_save();
	if (spins[cpu_self()->id].nr == 1)
		lock_held_end(cpu_self()->id, HELD_LOCK);
	lock_pop(&spins[cpu_self()->id], lock, name);
	arch_irq_restore(flags);
}

void lock_debug_holds(const void *lock, const char *name)
{
	unsigned long flags = arch_irq_save();
	const struct held_locks *held = &spins[cpu_self()->id];
	bool found = READ_ONCE(full);

	for (unsigned i = 0; i < held->nr; i++)
		found |= held->lock[i].lock == lock;
	arch_irq_restore(flags);
	if (found || !report_begin())
		return;
	show("without the lock '%s'", name);
	report_end("a lock that is needed is not held");
}

void lock_debug_owns(const struct mutex *m)
{
	if (mutex_held(m) || !report_begin())
		return;
	show("without the mutex '%s'", m->name);
	report_end("a lock that is needed is not held");
}

void lock_debug_writes(const struct rwlock *l)
{
	if (rw_write_held(l) || !report_begin())
		return;
	show("without the lock '%s' for writing", l->name);
	report_end("a lock that is needed is not held");
}

bool lock_debug_sleep(void)
{
	struct task *t = current;
	enum ipl level = preempt_disable();
	const struct held_locks *held = &spins[cpu_self()->id];
	bool may = level == IPL_NONE && !t->in_interrupt && !held->nr;

	preempt_enable(level);
	if (likely(may))
		return true;
	if (report_begin()) {
		show("sleeping call at level %u%s", level,
		     t->in_interrupt ? ", in an interrupt" : "");
		show_held(held);
		report_end("sleeping where one may not");
	}
	return false;
}

static void lock_begin_stretch(enum held_reason why, unsigned long at)
{
	unsigned long flags = arch_irq_save();

	lock_held_begin(cpu_self()->id, why, at);
	arch_irq_restore(flags);
}

static void lock_end_stretch(enum held_reason why)
{
	unsigned long flags = arch_irq_save();

	lock_held_end(cpu_self()->id, why);
	arch_irq_restore(flags);
}

__noinline void lock_debug_raise(void)
{
	lock_begin_stretch(HELD_LEVEL, LOCK_CALLER);
}

void lock_debug_lower(void)
{
	lock_end_stretch(HELD_LEVEL);
}

/* A place is the address of a return, behind the call: hence 1. */
void lock_debug_enter(unsigned long at)
{
	lock_begin_stretch(HELD_INTERRUPT, at + 1);
}

void lock_debug_leave(void)
{
	lock_end_stretch(HELD_INTERRUPT);
}

void lock_debug_cpu(void)
{
	struct task *t = current;

	if (likely(t->ipl != IPL_NONE || t->in_interrupt ||
		   !arch_irq_enabled() || !(t->allowed & (t->allowed - 1))))
		return;
	if (report_begin())
		report_end("cpu_self() where the task may move");
}

void lock_debug_exit(void)
{
	struct cpu *c = cpu_self();
	struct task *t = current;

	if (unlikely(!jitter_asked)) {
		jitter_asked = true;
		jitter = (unsigned)boot_option_number("jitter", 0);
	}
	if (likely(!spins[c->id].nr && !t->held.nr && t->ipl == IPL_NONE &&
		   !t->nr_locks))
		return;
	if (!report_begin())
		return;
	show("return to user mode at level %u, %u locks counted", t->ipl,
	     t->nr_locks);
	show_held(&spins[c->id]);
	show_held(&t->held);
	report_end("left the kernel with a lock or a raised level");
}
