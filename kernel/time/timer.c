/* SPDX-License-Identifier: MIT */
/*
 * Kernel timers: a red-black tree by deadline, without a periodic tick.  The
 * clock of each CPU is set to the end of its slice.  One CPU watches the timers:
 * its clock is set to the earliest deadline, if that is sooner.  So a timer
 * wakes one CPU, and the slices of the others end without the lock of the
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
static struct rb_tree timers;
static struct timer *first_timer;	/* [timer_lock] */
/*
 * The CPU whose clock is set to the deadline of first_timer or earlier: the CPU
 * that armed a first timer last.  Only that CPU itself sets this.
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

/* Insert t into the tree.  Context: [timer_lock]. */
static void timer_insert(struct timer *t)
{
	struct rb_node **link = &timers.root, *parent = NULL;
	bool first = true;

	while (*link) {
		parent = *link;
		if (t->deadline < timer_of(parent)->deadline) {
			link = &parent->left;
		} else {
			link = &parent->right;
			first = false;
		}
	}
	rb_link(&t->node, parent, link);
	rb_insert_fixup(&timers, &t->node, NULL);
	t->armed = true;
	if (first)
		first_timer = t;
}

/* Remove t from the tree.  Context: [timer_lock]. */
static void timer_remove(struct timer *t)
{
	if (first_timer == t) {
		struct rb_node *n = rb_next(&t->node);

		first_timer = n ? timer_of(n) : NULL;
	}
	rb_remove(&timers, &t->node, NULL);
	t->armed = false;
}

/*
 * Arm t, on this CPU's clock if t is the first timer.  The clock of the CPU that
 * watched before may be set too early now; its interrupt finds nothing due.
 */
void timer_set(struct timer *t, ktime_t deadline)
{
	spin_lock(&timer_lock);
	if (t->armed)
		timer_remove(t);
	t->deadline = deadline;
	timer_insert(t);
	if (first_timer == t) {
		timer_watcher = cpu_self();
		timer_program(deadline);
	}
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
		left = max(t->deadline, (ktime_t)(now + NSEC_PER_USEC)) - now;
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
 * Remove the next timer that is due from the tree, and store it in
 * c->timer_running.
 * Return: the timer, or NULL: none is due.
 */
static struct timer *next_due(struct cpu *c, ktime_t now)
{
	struct timer *t;

	spin_lock(&timer_lock);
	t = first_timer;
	if (t && t->deadline <= now)
		timer_remove(t);
	else
		t = NULL;
	__atomic_store_n(&c->timer_running, t, __ATOMIC_RELEASE);
	spin_unlock(&timer_lock);
	return t;
}

/* Return: the deadline of the first timer, if c watches the timers. */
static ktime_t watched_deadline(struct cpu *c)
{
	ktime_t deadline = KTIME_NEVER;

	if (HINT(timer_watcher) != c)
		return deadline;
	spin_lock(&timer_lock);
	if (timer_watcher == c && first_timer)
		deadline = first_timer->deadline;
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
