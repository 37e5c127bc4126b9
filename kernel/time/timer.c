/* SPDX-License-Identifier: MIT */
/*
 * Kernel timers: a red-black tree by deadline for each clock that a deadline
 * can belong to, without a periodic tick.  Setting CLOCK_REALTIME moves whole
 * trees against arch_clock(), however many timers they hold.
 *
 * The clock of each CPU is set to the end of its slice.  One CPU watches the
 * timers: its clock is set to the earliest deadline, if that is sooner.  So a
 * timer wakes one CPU, and the slices of the others end without the lock of the
 * timers.  If the earliest time becomes later, the clock is not set again: an
 * interrupt that comes too early finds nothing due and then sets the clock.  So
 * arming and canceling around a short sleep rarely accesses the hardware.
 */
#include <kernel/current.h>
#include <kernel/sched/sched.h>
#include <kernel/time/time.h>
#include <lt/bug.h>

#define FAR (10 * NSEC_PER_SEC)	/* latest deadline of an idle CPU */

static struct spinlock timer_lock = SPIN_INIT("timer", IPL_HIGH);
static struct timer_queue {
	struct rb_tree tree;
	struct timer *first;
} queues[TIMER_CLOCKS];			/* [timer_lock] */
/*
 * The CPU whose clock is set to the time of the next timer or earlier: the CPU
 * that armed a next timer last.  Only that CPU itself sets this.
 */
static struct cpu *timer_watcher;	/* [timer_lock] */

static struct timer *timer_of(struct rb_node *n)
{
	return rb_entry(n, struct timer, node);
}

void timers_init(void)
{
	cpu_self()->hw_deadline = cpu_self()->slice_at = KTIME_NEVER;
}

void timer_init(struct timer *t, void (*fn)(struct timer *))
{
	t->fn = fn;
	t->armed = false;
}

/* Make the clock of this CPU interrupt at `at` or earlier. */
static void timer_program(ktime_t at)
{
	struct cpu *c = cpu_self();

	if (at < c->hw_deadline) {
		c->hw_deadline = at;
		arch_timer(at);
	}
}

/* Return: when t fires, by arch_clock().  Context: [timer_lock]. */
static ktime_t timer_fires(const struct timer *t)
{
	s64 ahead = timer_clock_ahead(t->deadline.clock);

	if (ahead > 0 && t->deadline.at <= (u64)ahead)
		return 0;
	return t->deadline.at - (u64)ahead;
}

/* Return: when the next timer of all clocks fires.  Context: [timer_lock]. */
static ktime_t timers_next(void)
{
	ktime_t next = KTIME_NEVER;

	for (unsigned i = 0; i < TIMER_CLOCKS; i++)
		if (queues[i].first)
			next = min(next, timer_fires(queues[i].first));
	return next;
}

/* Watch the timers on this CPU, as the next fires at `at`. */
static void timers_watch(ktime_t at)
{
	timer_watcher = cpu_self();
	timer_program(at);
}

/* Insert t into the tree of its clock.  Context: [timer_lock]. */
static void timer_insert(struct timer *t)
{
	struct timer_queue *q = &queues[t->deadline.clock];
	struct rb_node **link = &q->tree.root, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (t->deadline.at < timer_of(parent)->deadline.at) {
			link = &parent->left;
		} else {
			link = &parent->right;
			first = false;
		}
	}
	rb_link(&t->node, parent, link);
	rb_insert_fixup(&q->tree, &t->node, NULL);
	t->armed = true;
	if (first)
		q->first = t;
}

/* Remove t from the tree.  Context: [timer_lock]. */
static void timer_remove(struct timer *t)
{
	struct timer_queue *q = &queues[t->deadline.clock];

	if (q->first == t) {
		struct rb_node *n = rb_next(&t->node);

		q->first = n ? timer_of(n) : NULL;
	}
	rb_remove(&q->tree, &t->node, NULL);
	t->armed = false;
}

/*
 * Arm t, on this CPU's clock if t is the next timer.  The clock of the CPU that
 * watched before may be set too early now; its interrupt finds nothing due.
 */
void timer_set_on(struct timer *t, struct timer_deadline deadline)
{
	ktime_t at;

	spin_lock(&timer_lock);
	if (t->armed)
		timer_remove(t);
	t->deadline = deadline;
	timer_insert(t);
	if (queues[deadline.clock].first == t) {
		at = timer_fires(t);
		if (at <= timers_next())
			timers_watch(at);
	}
	spin_unlock(&timer_lock);
}

void timer_set(struct timer *t, ktime_t deadline)
{
	timer_set_on(t, timer_deadline(deadline));
}

void timers_clock_set(void)
{
	spin_lock(&timer_lock);
	timers_watch(timers_next());
	spin_unlock(&timer_lock);
}

/*
 * Disarm t.  The function of t may still be running; timer_stop() would wait
 * for it.
 * Return: true if t was armed.
 */
bool timer_cancel(struct timer *t)
{
	bool was;

	spin_lock(&timer_lock);
	was = t->armed;
	if (was)
		timer_remove(t);
	spin_unlock(&timer_lock);
	return was;
}

/* True if the function of t runs on a CPU.  Context: [timer_lock]. */
static bool is_running(const struct timer *t)
{
	for (unsigned i = 0; i < nr_cpus; i++)
		if (__atomic_load_n(&cpus[i].timer_running,
				    __ATOMIC_ACQUIRE) == t)
			return true;
	return false;
}

ktime_t timer_left(const struct timer *t)
{
	ktime_t now = arch_clock(), left = 0;

	spin_lock(&timer_lock);
	if (t->armed || is_running(t))
		left = max(timer_fires(t), (ktime_t)(now + NSEC_PER_USEC)) -
			now;
	spin_unlock(&timer_lock);
	return left;
}

bool timer_try_stop(struct timer *t)
{
	bool running;

	spin_lock(&timer_lock);
	if (t->armed)
		timer_remove(t);
	running = is_running(t);
	spin_unlock(&timer_lock);
	return !running;
}

void timer_stop(struct timer *t)
{
	while (!timer_try_stop(t))
		arch_relax();
}

void timer_slice(ktime_t at)
{
	cpu_self()->slice_at = at;
	timer_program(at);
}

/*
 * Remove a timer that is due from its tree, and store it in c->timer_running.
 * Return: the timer, or NULL: none is due.
 */
static struct timer *next_due(struct cpu *c, ktime_t now)
{
	struct timer *t = NULL;

	spin_lock(&timer_lock);
	for (unsigned i = 0; i < TIMER_CLOCKS && !t; i++)
		if (queues[i].first && timer_fires(queues[i].first) <= now)
			t = queues[i].first;
	if (t)
		timer_remove(t);
	__atomic_store_n(&c->timer_running, t, __ATOMIC_RELEASE);
	spin_unlock(&timer_lock);
	return t;
}

/* Return: when the next timer fires, if c watches the timers. */
static ktime_t watched_deadline(struct cpu *c)
{
	ktime_t deadline = KTIME_NEVER;

	if (HINT(timer_watcher) != c)
		return deadline;
	spin_lock(&timer_lock);
	if (timer_watcher == c)
		deadline = timers_next();
	spin_unlock(&timer_lock);
	return deadline;
}

/*
 * Programs choose how many timers are due at one moment.  After DUE_MOST of
 * them the interrupt ends, and the clock interrupts again after DUE_GAP.
 */
#define DUE_MOST	64
#define DUE_GAP		(20 * NSEC_PER_USEC)

/*
 * Run the timers that are due.  Their functions run without timer_lock, and may
 * set their timer again; timer_running shows which timer's function runs.
 * Another CPU may begin to watch meanwhile.
 * Return: true if more may be due.
 */
static bool run_due(struct cpu *c, ktime_t now)
{
	for (unsigned left = DUE_MOST; left; left--) {
		struct timer *t = next_due(c, now);

		if (!t)
			return false;
		t->fn(t);
	}
	spin_lock(&timer_lock);
	WRITE_ONCE(c->timer_running, NULL);
	spin_unlock(&timer_lock);
	return true;
}

/*
 * Serve the clock: run the timers that are due, if this CPU watches them, and
 * end the time slice.
 * Context: interrupt.
 */
void timer_interrupt(bool user)
{
	struct cpu *c = cpu_self();
	ktime_t now = arch_clock(), next;
	bool more;

	c->hw_deadline = KTIME_NEVER;
	more = HINT(timer_watcher) == c && run_due(c, now);
	if (c->slice_at <= now) {
		c->slice_at = KTIME_NEVER;
		sched_tick(user);
	}
	next = more ? arch_clock() + DUE_GAP : watched_deadline(c);
	next = min(c->slice_at, next);
	c->hw_deadline = KTIME_NEVER;
	timer_program(min(next, (ktime_t)(now + FAR)));
}

/*
 * Set a far deadline if no deadline is set, so that a lost interrupt causes
 * only a delay of seconds, not a hang.
 */
void timer_idle(void)
{
	if (cpu_self()->hw_deadline == KTIME_NEVER)
		timer_program(arch_clock() + FAR);
}
