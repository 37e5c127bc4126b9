/* SPDX-License-Identifier: MIT */
/*
 * The checker `race`: finds accesses of two CPUs to the same memory at the same
 * time (rows B11, B13).  At least one of the accesses must be a write, and at
 * least one must be neither atomic nor volatile.
 *
 * The compiler inserts a call before each access.  One of many accesses is
 * sampled: the CPU sets a watchpoint on the address, waits a little and removes
 * the watchpoint.  If another CPU accesses the address meanwhile, it finds the
 * watchpoint, notes its own access there and goes on.  The sampling CPU then
 * has both accesses:
 *
 * CPU 0 (samples)                CPU 1
 * set a watchpoint               ...
 * wait                           read the same place: note it there
 * remove it, find the note       ...
 * report both accesses
 *
 * Only accesses that really met are reported, so every report is a race that
 * happened.  Races between two samples are missed.
 *
 * A sampling CPU has interrupts off, so races with its own interrupt handlers
 * are not found.
 */
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/atomic.h>
#include <lt/bug.h>
#include <lt/ksym.h>
#include <lt/log.h>

#define SAMPLE_EVERY	300	/* mean accesses between samples */
#define SAMPLE_WAIT	3000	/* iterations of arch_relax() */
#define REPORTS_MAX	256	/* reported pairs with `race=warn` */

enum { PLAIN_READ, PLAIN_WRITE, MARKED_READ, MARKED_WRITE };
#define IS_WRITE(kind)	((kind) & 1)
#define IS_MARKED(kind)	((kind) & 2)

enum { WATCH_FREE, WATCH_SET, WATCH_TAKEN, WATCH_MET };

struct access {
	uintptr_t at;			/* first byte */
	size_t size;
	unsigned kind;
	unsigned long pc;		/* address of the access's code */
	int tid;
};

/* The watchpoint of a CPU. */
struct watch {
	unsigned state;			/* atomic: WATCH_ */
	struct access own;		/* constant while state is WATCH_SET */
	struct access other;		/* [the CPU that set WATCH_TAKEN] */
};

static struct watch watches[MAX_CPUS];
static unsigned watching;		/* atomic: number of set watchpoints */
static unsigned skip[MAX_CPUS];		/* [owner CPU] accesses left to skip */
static u32 seeds[MAX_CPUS];		/* [owner CPU] */

static bool race_overlap(const struct access *a, const struct access *b)
{
	return a->at < b->at + b->size && b->at < a->at + a->size;
}

static bool is_race(const struct access *a, const struct access *b)
{
	return race_overlap(a, b) && (IS_WRITE(a->kind) || IS_WRITE(b->kind)) &&
		!(IS_MARKED(a->kind) && IS_MARKED(b->kind));
}

/* Note access a on every watchpoint that it races with. */
static void race_note_access(const struct access *a, unsigned cpu)
{
	for (unsigned i = 0; i < MAX_CPUS; i++) {
		struct watch *w = &watches[i];
		unsigned set = WATCH_SET;

		if (i == cpu ||
		    __atomic_load_n(&w->state, __ATOMIC_ACQUIRE) != set ||
		    !is_race(a, &w->own))
			continue;
		if (!atomic_publish(&w->state, &set, WATCH_TAKEN))
			continue;
		w->other = *a;
		/*
		 * the watchpoint may have been replaced since the check above
		 */
		__atomic_store_n(&w->state, is_race(a, &w->own) ? WATCH_MET :
				 WATCH_SET, __ATOMIC_RELEASE);
	}
}

/* ---- reports ------------------------------------------------------------- */

struct pair { unsigned long a, b; };

/*
 * Record a pair of places; both orders count as one pair.
 * Return: false if the pair was reported before.
 */
static bool is_new(unsigned long a, unsigned long b)
{
	static struct pair seen[REPORTS_MAX];
	static int lock, nr;
	bool found = false;

	while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE))
		arch_relax();
	for (int i = 0; i < nr && !found; i++)
		found = (seen[i].a == a && seen[i].b == b) ||
			(seen[i].a == b && seen[i].b == a);
	if (!found && nr < REPORTS_MAX)
		seen[nr++] = (struct pair){ a, b };
	else
		found = true;
	__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	return !found;
}

static void race_tell(const struct access *a)
{
	static const char *const kinds[] = { "read", "write", "marked read",
					     "marked write" };
	uintptr_t offset = 0;
	const char *name = ksym_lookup(a->pc - 1, &offset);

	log_print(LOG_ERR, "race", "  %s of %zu bytes at %#lx by task %d:",
		  kinds[a->kind], a->size, (unsigned long)a->at, a->tid);
	log_print(LOG_ERR, "race", "  [%0*lx] %s+%#lx", (int)sizeof(long) * 2,
		  a->pc, name ? name : "?", (unsigned long)offset + 1);
}

static void race_report(const struct watch *w)
{
	static int warn = -1;

	if (warn < 0) {
		const char *how = boot_option("race");

		warn = how && !strcmp(how, "warn");
	}
	if (!is_new(w->own.pc, w->other.pc))
		return;
	log_print(LOG_ERR, "race", "race of two CPUs:");
	race_tell(&w->own);
	race_tell(&w->other);
	if (!warn)
		panic("race of two CPUs, told above");
}

/* ---- samples ------------------------------------------------------------- */

/*
 * Choose the next sample at a random distance, so that no loop of the kernel
 * stays in step with the samples.
 */
static void race_reset(unsigned cpu)
{
	seeds[cpu] = seeds[cpu] * 1664525 + 1013904223;
	skip[cpu] = SAMPLE_EVERY / 2 + (seeds[cpu] >> 8) % SAMPLE_EVERY;
}

/*
 * Remove the watchpoint.
 * Return: true if another access has met the watchpoint, whose state is still
 * WATCH_MET then.
 */
static bool race_take_away(struct watch *w)
{
	for (;;) {
		unsigned set = WATCH_SET;

		if (atomic_publish(&w->state, &set, WATCH_FREE))
			return false;
		if (set == WATCH_MET)
			return true;
		arch_relax();
	}
}

/*
 * Watch the place of access a for a while, and report a race.
 * Context: interrupts off; not while this CPU reports.
 */
static void race_watch(struct watch *w, const struct access *a)
{
	w->own = *a;
	__atomic_store_n(&w->state, WATCH_SET, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&watching, 1, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < SAMPLE_WAIT; i++)
		arch_relax();
	__atomic_sub_fetch(&watching, 1, __ATOMIC_SEQ_CST);
	if (race_take_away(w)) {
		race_report(w);
		__atomic_store_n(&w->state, WATCH_FREE, __ATOMIC_RELEASE);
	}
}

static void race_sample(const struct access *a)
{
	bool on = arch_irq_enabled();
	unsigned cpu;

	if (on)
		arch_irq_disable();
	cpu = current->cpu->id;
	race_reset(cpu);
	if (watches[cpu].state == WATCH_FREE)
		race_watch(&watches[cpu], a);
	if (on)
		arch_irq_enable();
}

/*
 * Handle an access: note it on the watchpoints that it meets, and perhaps
 * sample it.  With a single CPU there are no races.  Reads by a task with
 * `peeks` are ignored, because it reads on purpose what other tasks write.
 */
static inline void access(const void *at, size_t size, unsigned kind,
			  void *pc)
{
	struct access a;
	unsigned cpu;

	if (likely(READ_ONCE(nr_cpus) < 2) ||
	    (!IS_WRITE(kind) && current->peeks))
		return;
	cpu = current->cpu->id;
	if (likely(!READ_ONCE(watching) && skip[cpu]--))
		return;
	a = (struct access){ .at = (uintptr_t)at, .size = size, .kind = kind,
			     .pc = (unsigned long)pc, .tid = current->tid };
	if (READ_ONCE(watching))
		race_note_access(&a, cpu);
	if (skip[cpu] > 2 * SAMPLE_EVERY)
		race_sample(&a);
}

/*
 * Add `more` to `peeks` of the task, not of the CPU, because the task may move
 * to another CPU.  Without a task, as when the first log lines are printed, do
 * nothing.
 */
void race_peek(int more)
{
	if (likely(current))
		current->peeks += more;
}

/* ---- functions that the compiler calls ----------------------------------- */

#define PC __builtin_return_address(0)

#define ACCESS(n)							\
void __tsan_read##n(void *at);						\
void __tsan_read##n(void *at) { access(at, n, PLAIN_READ, PC); }	\
void __tsan_write##n(void *at);						\
void __tsan_write##n(void *at) { access(at, n, PLAIN_WRITE, PC); }	\
void __tsan_unaligned_read##n(void *at);				\
void __tsan_unaligned_read##n(void *at)					\
{ access(at, n, PLAIN_READ, PC); }					\
void __tsan_unaligned_write##n(void *at);				\
void __tsan_unaligned_write##n(void *at)				\
{ access(at, n, PLAIN_WRITE, PC); }					\
void __tsan_volatile_read##n(void *at);					\
void __tsan_volatile_read##n(void *at)					\
{ access(at, n, MARKED_READ, PC); }					\
void __tsan_volatile_write##n(void *at);				\
void __tsan_volatile_write##n(void *at)					\
{ access(at, n, MARKED_WRITE, PC); }

ACCESS(1) ACCESS(2) ACCESS(4) ACCESS(8) ACCESS(16)

void __tsan_read_range(void *at, size_t size);
void __tsan_read_range(void *at, size_t size)
{
	access(at, size, PLAIN_READ, PC);
}

void __tsan_write_range(void *at, size_t size);
void __tsan_write_range(void *at, size_t size)
{
	access(at, size, PLAIN_WRITE, PC);
}

void __tsan_init(void);
void __tsan_init(void)
{
}

/* Atomic operations, always with the strongest memory order. */
#define FETCH(n, type, op, fn)						\
type __tsan_atomic##n##_##op(volatile type *p, type v, int order);	\
type __tsan_atomic##n##_##op(volatile type *p, type v, int order __unused) \
{									\
	access((void *)p, n / 8, MARKED_WRITE, PC);			\
	return fn(p, v, __ATOMIC_SEQ_CST);				\
}

#define SWAP(n, type, kind)						\
int __tsan_atomic##n##_compare_exchange_##kind(volatile type *p,	\
	type *expect, type v, int order, int failed);			\
int __tsan_atomic##n##_compare_exchange_##kind(volatile type *p,	\
	type *expect, type v, int order __unused, int failed __unused)	\
{									\
	access((void *)p, n / 8, MARKED_WRITE, PC);			\
	return __atomic_compare_exchange_n(p, expect, v, false,		\
					   __ATOMIC_SEQ_CST,		\
					   __ATOMIC_SEQ_CST);		\
}

#define LOAD_STORE(n, type)						\
type __tsan_atomic##n##_load(const volatile type *p, int order);	\
type __tsan_atomic##n##_load(const volatile type *p, int order __unused) \
{									\
	access((void *)p, n / 8, MARKED_READ, PC);			\
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);			\
}									\
void __tsan_atomic##n##_store(volatile type *p, type v, int order);	\
void __tsan_atomic##n##_store(volatile type *p, type v, int order __unused) \
{									\
	access((void *)p, n / 8, MARKED_WRITE, PC);			\
	__atomic_store_n(p, v, __ATOMIC_SEQ_CST);			\
}

#define UPDATES(n, type)						\
FETCH(n, type, exchange, __atomic_exchange_n)				\
FETCH(n, type, fetch_add, __atomic_fetch_add)				\
FETCH(n, type, fetch_sub, __atomic_fetch_sub)				\
FETCH(n, type, fetch_and, __atomic_fetch_and)				\
FETCH(n, type, fetch_or, __atomic_fetch_or)				\
FETCH(n, type, fetch_xor, __atomic_fetch_xor)				\
SWAP(n, type, strong)							\
SWAP(n, type, weak)							\
type __tsan_atomic##n##_compare_exchange_val(volatile type *p,		\
	type expect, type v, int order, int failed);			\
type __tsan_atomic##n##_compare_exchange_val(volatile type *p,		\
	type expect, type v, int order __unused, int failed __unused)	\
{									\
	access((void *)p, n / 8, MARKED_WRITE, PC);			\
	__atomic_compare_exchange_n(p, &expect, v, false,		\
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	return expect;							\
}

LOAD_STORE(8, u8) LOAD_STORE(16, u16) LOAD_STORE(32, u32)
UPDATES(32, u32)
#if __SIZEOF_LONG__ == 8
LOAD_STORE(64, u64)
UPDATES(64, u64)
#endif

void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_thread_fence(int order __unused)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_signal_fence(int order __unused)
{
	barrier();
}
