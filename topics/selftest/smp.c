/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of several CPUs at once (rows B13, C9): calls between CPUs, a spin
 * lock under contention, wake-ups and moves across CPUs, and TLB shoot-down.
 * On one CPU most of them test nothing.
 */
#include <topics/kthreads/control.h>
#include <topics/scheduling/schedpolicy.h>
#include "selftest.h"
#include <kernel/task/kthread.h>
#include <kernel/lock/lock.h>
#include <kernel/sched/preempt.h>
#include <kernel/sched/tasks.h>
#include <kernel/smp/smp.h>
#include <kernel/time/time.h>
#include <kernel/task/task.h>
#include <kernel/lock/ticket.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/vma.h>
#include <uapi/sched.h>

#define MS	1000000ull
#define PATIENCE (100000 * MS)	/* only a hang takes this long */
#define CALLS	10u
#define AT	0x10000000ul

/*
 * Threads that run fn, one bound to each CPU but the first; the caller is bound
 * to the first.
 */
struct crew {
	unsigned long allowed;		/* the caller's mask, to restore */
	struct task *task[MAX_CPUS];
	struct completion done[MAX_CPUS];
};

struct member {
	void (*fn)(void);
	struct completion *done;
};

static struct member members[MAX_CPUS];

static void work(void *arg)
{
	struct member *m = arg;

	m->fn();
	complete(m->done);
}

static bool crew_start(struct crew *crew, void (*fn)(void))
{
	crew->allowed = current->allowed;
	sched_set_affinity(current, 1);
	schedule();
	for (unsigned i = 1; i < nr_cpus; i++) {
		struct task *t;

		completion_init(&crew->done[i]);
		members[i] = (struct member){ fn, &crew->done[i] };
		t = kthread_create(work, &members[i], "selftest");
		crew->task[i] = t;
		if (!SELFTEST_CHECK(t))
			return false;
		SELFTEST_CHECK(kthread_bind(t, i) == 0);
		task_start(t);
	}
	return true;
}

static void crew_wait(struct crew *crew)
{
	for (unsigned i = 1; i < nr_cpus; i++) {
		completion_wait(&crew->done[i]);
		task_put(crew->task[i]);
	}
	sched_set_affinity(current, crew->allowed);
}

/* ---- calls --------------------------------------------------------------- */

static unsigned long called;		/* atomic */
static unsigned calls;			/* atomic */

static void note_call(void *arg)
{
	__atomic_fetch_or(&called, BIT(cpu_self()->id), __ATOMIC_RELAXED);
	__atomic_fetch_add((unsigned *)arg, 1, __ATOMIC_RELAXED);
}

static void test_call(void)
{
	enum ipl old = preempt_disable();
	unsigned long others = smp_mask() & ~BIT(cpu_self()->id);

	called = 0;
	calls = 0;
	for (unsigned i = 0; i < CALLS; i++)
		smp_call(smp_mask(), note_call, &calls);
	preempt_enable(old);
	SELFTEST_CHECK(called == others);
	SELFTEST_CHECK(calls == CALLS * (nr_cpus - 1));
}

static void call_all(void)
{
	for (unsigned i = 0; i < CALLS; i++)
		smp_call(smp_mask(), note_call, &calls);
}

/* All CPUs call each other at once; no CPU may wait forever. */
static void test_cross_calls(void)
{
	struct crew crew;

	calls = 0;
	if (!crew_start(&crew, call_all))
		return;
	call_all();
	crew_wait(&crew);
	SELFTEST_CHECK(calls == CALLS * nr_cpus * (nr_cpus - 1));
}

/* ---- a contended lock ---------------------------------------------------- */

static struct spinlock lock = SPIN_INIT("selftest", IPL_HIGH);
static volatile unsigned counter;	/* [lock] not atomic */
static unsigned count_to;		/* constant while CPUs count */

static void count(void)
{
	for (unsigned i = 0; i < count_to; i++) {
		spin_lock(&lock);
		counter = counter + 1;
		spin_unlock(&lock);
	}
}

static void count_on_all(unsigned rounds)
{
	struct crew crew;

	counter = 0;
	count_to = rounds;
	if (!crew_start(&crew, count))
		return;
	count();
	crew_wait(&crew);
	SELFTEST_CHECK(counter == rounds * nr_cpus);
}

static void test_lock(void)
{
	count_on_all(2000);
}

/*
 * Count with all CPUs in the queue of the lock: each unlock hands the lock
 * over.  The rounds are few, because the lock may be handed to a CPU that a
 * busy host does not run, and all others wait until it does.
 */
static void test_line(void)
{
	unsigned patience = spin_patience;

	spin_patience = 0;
	count_on_all(100);
	spin_patience = patience;
	SELFTEST_CHECK(!lock.handed && !ticket_count(lock.line));
}

static void count_and_call(void)
{
	for (unsigned i = 0; i < CALLS; i++) {
		spin_lock(&lock);
		counter = counter + 1;
		smp_call(smp_mask(), note_call, &calls);
		spin_unlock(&lock);
	}
}

/* The holder calls CPUs that spin for its lock; these must answer. */
static void test_call_under_lock(void)
{
	struct crew crew;

	counter = calls = 0;
	if (!crew_start(&crew, count_and_call))
		return;
	count_and_call();
	crew_wait(&crew);
	SELFTEST_CHECK(counter == CALLS * nr_cpus);
	SELFTEST_CHECK(calls == CALLS * nr_cpus * (nr_cpus - 1));
}

static void test_call_in_line(void)
{
	unsigned patience = spin_patience;

	spin_patience = 0;
	test_call_under_lock();
	spin_patience = patience;
}

/* ---- moving and waking --------------------------------------------------- */

static struct wait_queue ball_wait = WAIT_QUEUE_INIT(ball_wait);
static unsigned ball;			/* atomic: the CPU whose turn it is */

static void play(void)
{
	unsigned me = current->cpu->id;	/* bound */

	for (unsigned i = 0; i < 20; i++) {
		wait_event(&ball_wait, READ_ONCE(ball) == me);
		WRITE_ONCE(ball, (me + 1) % nr_cpus);
		wake_up(&ball_wait);
	}
}

/* No wake-up across CPUs may be lost: the ball goes round. */
static void test_wake(void)
{
	struct crew crew;

	ball = 0;
	if (crew_start(&crew, play)) {
		play();
		crew_wait(&crew);
	}
	SELFTEST_CHECK(ball == 0);
}

static void test_move(void)
{
	unsigned long old = current->allowed;

	for (unsigned n = 0; n < 4 * nr_cpus; n++) {
		unsigned to = n % nr_cpus;

		SELFTEST_CHECK(sched_set_affinity(current, BIT(to)) == 0);
		schedule();
		SELFTEST_CHECK(current->cpu->id == to);
	}
	SELFTEST_CHECK(sched_set_affinity(current, BIT(nr_cpus)) == -EINVAL);
	sched_set_affinity(current, old);
}

/* A busy CPU must not count as idle: sched_choose() must find an idle one. */
static void test_choose(void)
{
	ktime_t until = arch_clock() + PATIENCE;
	bool other = false;

	while (nr_cpus > 1 && !other && arch_clock() < until) {
		enum ipl old = preempt_disable();

		other = sched_choose(current, cpu_self()) != cpu_self();
		preempt_enable(old);
		schedule();
	}
	SELFTEST_CHECK(nr_cpus == 1 || other);
}

/* Of several idle CPUs, the task's last CPU is chosen: its caches are warm. */
static void test_choose_again(void)
{
	ktime_t until = arch_clock() + PATIENCE;
	bool again = nr_cpus < 3;	/* needs two other idle CPUs */

	while (!again && arch_clock() < until) {
		enum ipl old = preempt_disable();
		struct cpu *me = cpu_self(), *first = sched_choose(current, me);
		struct cpu *last = &cpus[nr_cpus - 1 - (me->id == nr_cpus - 1)];

		again = first != me && first != last &&
			sched_choose(current, last) == last;
		preempt_enable(old);
		schedule();
	}
	SELFTEST_CHECK(again);
}

/*
 * A bound task gets its CPU even if that CPU is busy, here with the current
 * task.
 */
static void test_choose_bound(void)
{
	static struct task bound = { .allowed = 1 };
	unsigned long old = current->allowed;

	sched_set_affinity(current, 1);
	schedule();
	SELFTEST_CHECK(sched_choose(&bound, &cpus[nr_cpus - 1]) == &cpus[0]);
	sched_set_affinity(current, old);
}

/* ---- shoot-down ---------------------------------------------------------- */

/*
 * A test of TLB shoot-down.  In round n the page holds n.  The other CPUs read
 * the page, so their TLBs hold its translation.  They stay in the kernel, and
 * the page is mapped as a supervisor page, so only the flush removes the
 * translation.  In half of the rounds (LENT) the other CPUs run no task of the
 * space meanwhile, but keep it loaded: then only a flush of tables calls them.
 */
#define TURNS	40u
#define OF_TABLES(n)	((n) % 4 == 3)
#define LENT(n)		((n) / 4 % 2)

static struct vm_space *space;
static pte_t *slot;
static unsigned turn, primed, looked, stale, lends, interrupted;	/* atomic */

static u64 flushes_here(void)
{
	return cpu_self()->vm.tlb_page + cpu_self()->vm.tlb_asid;
}

static void await_turn(u32 n)
{
	const volatile u32 *at = (const volatile u32 *)AT;
	struct vm_space *mine = LENT(n) ? vm_space_lend() : space;
	bool lent = !cpu_self()->mmu.wanted;
	u64 before = flushes_here();

	__atomic_fetch_add(&primed, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) < n)
		if (!lent && !PT_BREAK)	/* a break would fault */
			(void)*at;
	if (lent)
		__atomic_fetch_add(&lends, 1, __ATOMIC_RELAXED);
	if (lent && flushes_here() - before != OF_TABLES(n))
		__atomic_fetch_add(&interrupted, 1, __ATOMIC_RELAXED);
	vm_space_switch(mine);
}

static void smp_read_pages(void)
{
	const volatile u32 *at = (const volatile u32 *)AT;
	enum ipl level;

	current->space = space;
	vm_space_switch(space);
	level = preempt_disable();
	for (u32 n = 1; n <= TURNS; n++) {
		(void)*at;
		await_turn(n);
		if (*at != n)
			__atomic_fetch_add(&stale, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&looked, 1, __ATOMIC_RELEASE);
	}
	preempt_enable(level);
	current->space = NULL;
	vm_space_switch(NULL);
}

static void await_all(const unsigned *count, u32 n)
{
	while (__atomic_load_n(count, __ATOMIC_ACQUIRE) < n * (nr_cpus - 1))
		arch_relax();
}

/*
 * Flush, by turns: a page, a few pages, more pages than are flushed singly, and
 * tables.
 */
static void flush_somehow(u32 n)
{
	if (OF_TABLES(n))
		vm_flush_tables(space);
	else if (n % 4 == 0)
		vm_flush_page(space, AT);
	else if (n % 4 == 1)
		vm_flush_range(space, AT - PAGE_SIZE, AT + PAGE_SIZE);
	else
		vm_flush_range(space, AT - 20 * PAGE_SIZE, AT + PAGE_SIZE);
}

static void change_pages(struct page *frames[2])
{
	/* a space can be lent only while another CPU runs it as well */
	current->space = space;
	vm_space_switch(space);
	for (u32 n = 1; n <= TURNS; n++) {
		struct page *p = frames[n % 2];
		enum ipl level;

		await_all(&primed, n);
		*(volatile u32 *)page_virt(p) = n;
		level = preempt_disable();
		if (PT_BREAK) {
			pte_write(slot, (pte_t){ 0 });
			flush_somehow(n);
		}
		pte_write(slot, pte_leaf(page_pfn(p), MAP_R | MAP_W, 0));
		if (!PT_BREAK)
			flush_somehow(n);
		preempt_enable(level);
		__atomic_store_n(&turn, n, __ATOMIC_RELEASE);
		await_all(&looked, n);
	}
	current->space = NULL;
	vm_space_switch(NULL);
}

static void shoot_down(struct page *frames[2])
{
	unsigned level = 0;
	struct crew crew;

	slot = pt_walk(space->root, AT, &level, PT_MAKE);
	if (!SELFTEST_CHECK(slot))
		return;
	pte_write(slot, pte_leaf(page_pfn(frames[0]), MAP_R | MAP_W, 0));
	turn = primed = looked = stale = lends = interrupted = 0;
	if (crew_start(&crew, smp_read_pages)) {
		change_pages(frames);
		crew_wait(&crew);
	}
	SELFTEST_CHECK(stale == 0);
	SELFTEST_CHECK(interrupted == 0 && (lends || nr_cpus == 1));
	SELFTEST_CHECK(looked == TURNS * (nr_cpus - 1));
	pte_write(slot, (pte_t){ 0 });
	vm_flush_tables(space);
}

static void test_shootdown(void)
{
	struct page *frames[2] = {
		page_alloc_zero(PAGE_ANON), page_alloc_zero(PAGE_ANON),
	};

	space = vm_space_create();
	if (!SELFTEST_CHECK(space && frames[0] && frames[1]))
		return;
	shoot_down(frames);
	page_put(frames[0]);
	page_put(frames[1]);
	/*
	 * other CPUs may still have the space loaded; vm_space_put() makes them
	 * drop it
	 */
	vm_space_put(space);
	for (unsigned i = 0; i < nr_cpus; i++)
		SELFTEST_CHECK(cpus[i].mmu.space != space);
}

/* ---- spaces that are lent ------------------------------------------------ */

static struct page *lent_page;

/*
 * Free a page that this CPU's TLB still maps.  A CPU that runs no task of the
 * space keeps it loaded and is not called for a flush.  Freeing the page is
 * allowed: nothing uses the translation before the CPU drops its identifier.
 */
static void free_while_lent(void)
{
	enum ipl level;

	current->space = space;
	vm_space_switch(space);
	level = preempt_disable();
	(void)*(const volatile u32 *)AT;
	current->space = NULL;
	vm_space_switch(NULL);
	__atomic_fetch_add(&primed, 1, __ATOMIC_RELEASE);
	while (!__atomic_load_n(&turn, __ATOMIC_ACQUIRE))
		arch_relax();
	page_put(lent_page);
	__atomic_fetch_add(&looked, 1, __ATOMIC_RELEASE);
	preempt_enable(level);
}

static void unmap_lent(void)
{
	struct crew crew;
	enum ipl level;

	turn = primed = looked = 0;
	for (unsigned i = 1; i < nr_cpus; i++)
		page_get(lent_page);
	if (!crew_start(&crew, free_while_lent))
		return;
	await_all(&primed, 1);
	level = preempt_disable();
	pte_write(slot, (pte_t){ 0 });
	vm_flush_page(space, AT);
	preempt_enable(level);
	page_put(lent_page);
	__atomic_store_n(&turn, 1, __ATOMIC_RELEASE);
	await_all(&looked, 1);
	crew_wait(&crew);
}

static void test_lent(void)
{
	unsigned level = 0;

	lent_page = page_alloc_zero(PAGE_ANON);
	space = vm_space_create();
	if (!SELFTEST_CHECK(space && lent_page))
		return;
	slot = pt_walk(space->root, AT, &level, PT_MAKE);
	if (!SELFTEST_CHECK(slot))
		return;
	pte_write(slot, pte_leaf(page_pfn(lent_page), MAP_R | MAP_W, 0));
	unmap_lent();
	vm_flush_tables(space);
	vm_space_put(space);
	SELFTEST_CHECK(primed == nr_cpus - 1);
}

/* ---- real-time tasks that wait ------------------------------------------- */

#define LOW	5
#define WAITS	10
#define HOLDS	20
#define OURS	50

static bool holds, stop_hold, stop_low, came;	/* words */
static struct completion rt_ends;

static void hold_cpu(void *arg __unused)
{
	WRITE_ONCE(holds, true);
	while (!READ_ONCE(stop_hold))
		arch_relax();
	complete(&rt_ends);
}

static void run_low(void *arg __unused)
{
	while (!READ_ONCE(stop_low))
		arch_relax();
	complete(&rt_ends);
}

static void come(void *arg __unused)
{
	WRITE_ONCE(came, true);
	complete(&rt_ends);
}

static void make_fifo(struct task *t, int priority)
{
	struct sched_how how;

	sched_get_how(t, &how);
	how.policy = SCHED_FIFO;
	how.priority = priority;
	sched_set_how(t, &how);
}

static struct task *start_fifo(void (*fn)(void *), unsigned cpu, int priority)
{
	struct task *t = kthread_create(fn, NULL, "selftest");

	if (!SELFTEST_CHECK(t))
		return NULL;
	sched_set_affinity(t, BIT(cpu));
	make_fifo(t, priority);
	task_start(t);
	return t;
}

static void smp_await(const bool *what, ktime_t patience)
{
	ktime_t until = arch_clock() + patience;

	while (!READ_ONCE(*what) && arch_clock() < until)
		arch_relax();
	SELFTEST_CHECK(READ_ONCE(*what));
}

/*
 * A task waits for CPU 0, where a task of higher priority runs.  CPU 1 must
 * take the waiting task not only when it would idle, but also when it would
 * switch to a task of lower priority.
 */
static void wait_for_cpu(void)
{
	struct task *t[3] = { start_fifo(hold_cpu, 1, HOLDS) };

	smp_await(&holds, PATIENCE);
	t[1] = start_fifo(run_low, 1, LOW);
	t[2] = start_fifo(come, 0, WAITS);
	if (t[2])
		sched_set_affinity(t[2], 3);
	SELFTEST_CHECK(!READ_ONCE(came));
	WRITE_ONCE(stop_hold, true);
	smp_await(&came, 20000 * MS);
	WRITE_ONCE(stop_low, true);
	for (unsigned n = 0; n < 3; n++) {
		if (!t[n])
			continue;
		completion_wait(&rt_ends);
		task_put(t[n]);
	}
}

static void test_fetched(void)
{
	unsigned long allowed = current->allowed;
	struct sched_how how;

	if (nr_cpus == 1)
		return;
	holds = stop_hold = stop_low = came = false;
	completion_init(&rt_ends);
	sched_get_how(current, &how);
	sched_set_affinity(current, 1);
	schedule();
	make_fifo(current, OURS);
	wait_for_cpu();
	sched_set_how(current, &how);
	sched_set_affinity(current, allowed);
}

/* ---- timers -------------------------------------------------------------- */

#define SERIES	64u

static struct completion series_ends;

static void end_series(struct timer *t __unused)
{
	complete(&series_ends);
}

static void pass_timer(struct timer *t __unused)
{
}

static void sleep_shortly(void)
{
	selftest_sleep(2 * MS);
}

static unsigned long timer_irqs_of_all(void)
{
	unsigned long sum = 0;

	for (unsigned i = 0; i < nr_cpus; i++)
		sum += HINT(cpus[i].timer_irqs);
	return sum;
}

/*
 * A timer must wake one CPU, and not each CPU whose clock has once been set for
 * a timer.
 */
static void test_timers(void)
{
	static struct timer series[SERIES];
	ktime_t now = arch_clock();
	unsigned long irqs;
	struct crew crew;

	completion_init(&series_ends);
	for (unsigned i = 0; i < SERIES; i++) {
		timer_init(&series[i],
			   i == SERIES - 1 ? end_series : pass_timer);
		timer_set(&series[i], now + (i + 1) * MS);
	}
	irqs = timer_irqs_of_all();
	if (!crew_start(&crew, sleep_shortly))
		return;
	crew_wait(&crew);
	completion_wait(&series_ends);
	SELFTEST_CHECK(timer_irqs_of_all() - irqs < SERIES + SERIES / 2);
}

static struct timer slow, sooner[MAX_CPUS];
static bool slow_runs;			/* word */
static unsigned armed;			/* atomic */

static void run_slowly(struct timer *t __unused)
{
	ktime_t until = arch_clock() + PATIENCE;

	WRITE_ONCE(slow_runs, true);
	while (!__atomic_load_n(&armed, __ATOMIC_ACQUIRE) &&
	       arch_clock() < until)
		arch_relax();
}

static void arm_a_sooner_timer(void)
{
	struct timer *t = &sooner[current->cpu->id];	/* bound */

	while (!READ_ONCE(slow_runs))
		arch_relax();
	timer_init(t, pass_timer);
	timer_set(t, arch_clock());
	__atomic_fetch_add(&armed, 1, __ATOMIC_RELEASE);
}

/*
 * Another CPU begins to watch the timers while the function of one runs here.
 * When the function has returned, nobody may wait for it any longer.
 */
static void test_watcher_changes(void)
{
	struct crew crew;

	if (nr_cpus == 1)
		return;
	slow_runs = false;
	armed = 0;
	timer_init(&slow, run_slowly);
	if (!crew_start(&crew, arm_a_sooner_timer))
		return;
	timer_set(&slow, arch_clock());		/* due at once, on this CPU */
	crew_wait(&crew);
	SELFTEST_CHECK(timer_try_stop(&slow));
	for (unsigned i = 1; i < nr_cpus; i++)
		timer_stop(&sooner[i]);
}

/* ---- the idle tasks ------------------------------------------------------ */

/*
 * Idle tasks are not marked as plain fair tasks, and have not run for longer
 * than their CPUs have been up.
 */
static void test_idle(void)
{
	for (unsigned i = 0; i < nr_cpus; i++) {
		struct cpu *c = &cpus[i];

		SELFTEST_CHECK(!c->idle->plain);
		spin_lock(&c->rq.lock);
		SELFTEST_CHECK(c->idle_ns <= arch_clock() - c->started);
		spin_unlock(&c->rq.lock);
	}
}

static const struct selftest_case cases[] = {
	{ "a call reaches every other CPU", test_call },
	{ "everybody calls everybody", test_cross_calls },
	{ "a contended spin lock excludes", test_lock },
	{ "a line before a spin lock moves on", test_line },
	{ "who spins answers calls", test_call_under_lock },
	{ "who stands in line answers calls", test_call_in_line },
	{ "wake-ups reach other CPUs", test_wake },
	{ "a task moves where it is told", test_move },
	{ "an idle CPU is chosen before one that runs", test_choose },
	{ "the idle CPU it was on is chosen first", test_choose_again },
	{ "the CPU a task is bound to is chosen", test_choose_bound },
	{ "other CPUs forget what is unmapped", test_shootdown },
	{ "who borrows a space frees its page", test_lent },
	{ "a CPU fetches who is before what it runs", test_fetched },
	{ "a timer wakes one CPU", test_timers },
	{ "who stops to watch the timers has ended one", test_watcher_changes },
	{ "idle tasks are no others", test_idle },
};

SELFTEST_GROUP(smp) = {
	"smp", cases, sizeof(cases) / sizeof(*cases)
};
