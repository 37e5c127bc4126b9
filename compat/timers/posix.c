/* SPDX-License-Identifier: MIT */
/*
 * POSIX timers: timer_create(2) and related calls.  A timer that expires while
 * its last signal is still queued increases the overrun count of that signal
 * instead of queueing another.  It is then armed only rarely until the signal
 * is taken, so that short intervals cannot occupy the machine.
 *
 * Each setting of a timer has a number, its turn, which no other timer has.  A
 * signal of an earlier turn counts nothing.
 *
 * A timer of a CPU-time clock is not in a timer queue: the tick checks it
 * (compat/timers/cpu.c) while its process runs.
 */
#include "timers.h"
#include <kernel/cred/cred.h>
#include <kernel/process/oom.h>
#include <kernel/signal/signal.h>
#include <kernel/task/task.h>
#include <kernel/time/clock.h>
#include <lib/mem.h>
#include <lt/procfile.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1
#define SIGEV_THREAD	2	/* like SIGEV_SIGNAL; libc starts threads */
#define SIGEV_THREAD_ID	4
#define TIMERS_MAX	1024		/* per process */
#define OVERRUN_MAX	0x7fffffff
#define UNHEARD_NS	(20 * 1000 * NSEC_PER_USEC)

struct posix_timer {
	struct list link;		/* [tree_lock] process_timers.posix */
	struct timer timer;
	struct process *process;	/* const */
	struct task *task;		/* receiver, referenced; NULL: the
					   process */
	struct cpu_alarm cpu;		/* clock of a CPU-time timer */
	bool counts_cpu;		/* const */
	int id;				/* const */
	int clock;			/* const */
	int notify, signo;		/* const */
	uaddr_t value;			/* const: sigval */
	u64 first_turn;			/* const */
	u64 turn;			/* [tree_lock] of the last setting */
	struct sigqueue *entry;		/* [tree_lock] queue entry of the next
					   signal; NULL while a signal is
					   queued */
	ktime_t interval;		/* [tree_lock] ns */
	enum timer_clock by;		/* [tree_lock] clock of `next`, unless
					   counts_cpu */
	ktime_t next;			/* [tree_lock] first uncounted
					   expiry; armed for then or later */
	ktime_t late;			/* [tree_lock] how long before `next`
					   the expiry was due */
	int overrun;			/* [tree_lock] of the last signal
					   taken */
	bool sent;			/* [tree_lock] a signal is not taken
					   yet */
	bool postponed;			/* [tree_lock] waits for its signal
					   to be taken */
	bool armed;			/* [tree_lock] an expiry at `next` is to
					   come; unused if counts_cpu.  The
					   struct timer is armed only until it
					   fires, and posix_fire() may then wait
					   for the lock. */
};

static u64 turns;			/* [tree_lock] */

/* struct sigevent: all of it must be readable, although the rest is unused. */
struct uabi_sigevent {
	unsigned long value;
	int signo, notify, tid;
	char rest[52 - sizeof(long)];
};

/* ---- its clock ----------------------------------------------------------- */

/* Return: the time that `next` is compared with.  Context: [tree_lock]. */
static ktime_t timer_now(const struct posix_timer *pt)
{
	return pt->counts_cpu ? cpu_clock_time(&pt->cpu.clock) :
		timer_clock_now(pt->by);
}

/* Arm the timer for `at`, a time of timer_now().  Context: [tree_lock]. */
static void posix_wait_until(struct posix_timer *pt, ktime_t at)
{
	timer_set_on(&pt->timer, (struct timer_deadline){ at, pt->by });
}

/* Context: [tree_lock]. */
static bool is_armed(const struct posix_timer *pt)
{
	spin_must_hold(&tree_lock);
	return pt->counts_cpu ? pt->cpu.armed : pt->armed;
}

/* ---- expiry -------------------------------------------------------------- */

/*
 * Return: the receiver of the signal; *queue: the queue for the signal.
 * Context: [tree_lock].
 */
static struct task *posix_receiver(const struct posix_timer *pt,
				   struct sigpending **queue)
{
	struct task *t = pt->task ? pt->task : pt->process->leader;

	*queue = pt->task ? &t->pending : &pt->process->pending;
	return t;
}

/* True if the timer has sent this signal, by this setting or another. */
static bool is_sender(const struct posix_timer *pt, const struct siginfo *info)
{
	return info->code == SI_TIMER && info->timer_id == pt->id &&
		info->turn >= pt->first_turn;
}

/*
 * Context: [sighand->lock].  Return: the queued signal of the timer, or NULL.
 */
static struct sigqueue *find_queued(struct sigpending *p,
				    const struct posix_timer *pt)
{
	struct sigqueue *q;

	list_for_each(q, &p->queue, link)
		if (is_sender(pt, &q->info))
			return q;
	return NULL;
}

/*
 * The timer is set anew or deleted: its signal that is still queued, if any,
 * has no overruns any more.
 * Context: [tree_lock].
 */
static void forget_overruns(struct posix_timer *pt)
{
	struct sigpending *p;
	struct task *t = posix_receiver(pt, &p);
	struct sigqueue *q;

	spin_must_hold(&tree_lock);
	if (!t->process)
		return;
	spin_lock(&t->sighand->lock);
	q = find_queued(p, pt);
	if (q)
		q->info.overrun = 0;
	spin_unlock(&t->sighand->lock);
}

/*
 * Send the signal.  Its queue entry was allocated before, so an expiry in an
 * interrupt cannot fail.
 * Context: [tree_lock].
 */
static void notify(struct posix_timer *pt, u64 missed)
{
	struct siginfo info = {
		.signo = pt->signo,
		.code = SI_TIMER,
		.timer_id = pt->id,
		.overrun = missed > OVERRUN_MAX ? OVERRUN_MAX : missed,
		.value = pt->value,
		.turn = pt->turn,
	};
	struct sigpending *p;
	struct task *t = posix_receiver(pt, &p);
	struct sigqueue *q;

	spin_must_hold(&tree_lock);
	if (pt->notify == SIGEV_NONE || !t->process)
		return;
	spin_lock(&t->sighand->lock);
	q = find_queued(p, pt);
	if (q) {
		missed += (u64)q->info.overrun + 1;
		q->info.overrun = min(missed, (u64)OVERRUN_MAX);
		q->info.turn = pt->turn;
	}
	spin_unlock(&t->sighand->lock);
	if (!q)
		pt->sent = !signal_send_entry(pt->process, pt->task, &info,
					      &pt->entry);
}

/* Advance `next` past now.  Return: number of expiries, less one. */
static u64 posix_advance(struct posix_timer *pt, ktime_t now)
{
	u64 behind = now - pt->next + pt->late;
	u64 missed = behind / pt->interval;

	pt->late = 0;
	pt->next = now + pt->interval - (behind - missed * pt->interval);
	return missed;
}

/*
 * True if a task has dequeued the signal and will call posix_timer_taken()
 * next: expiries up to then belong to that signal.  A signal that was discarded
 * looks the same.  So the timer waits only once, but long enough for that task
 * to lose the CPU meanwhile.
 * Context: [tree_lock].
 */
static bool is_being_taken(struct posix_timer *pt)
{
	struct sigpending *p;
	struct task *t = posix_receiver(pt, &p);
	bool queued;

	spin_must_hold(&tree_lock);
	if (!pt->sent || pt->postponed || !t->process)
		return false;
	spin_lock(&t->sighand->lock);
	queued = find_queued(p, pt);
	spin_unlock(&t->sighand->lock);
	return !queued;
}

/*
 * Count an expiry and send its signal.  While the last signal is not taken, the
 * timer fires only every UNHEARD_NS; posix_timer_taken() computes the full
 * count.
 * Context: interrupt.
 */
static void posix_fire(struct timer *timer)
{
	struct posix_timer *pt = container_of(timer, struct posix_timer,
					      timer);
	ktime_t now;
	u64 missed = 0;

	spin_lock(&tree_lock);
	now = timer_now(pt);
	if (pt->next > now) {
		/*
		 * the clock was set back, or posix_timer_taken() on another CPU
		 * has advanced `next`
		 */
		if (pt->armed)
			posix_wait_until(pt, pt->next);
	} else if (pt->interval && is_being_taken(pt)) {
		pt->postponed = true;
		posix_wait_until(pt, now + UNHEARD_NS);
	} else {
		pt->postponed = false;
		if (pt->interval) {
			missed = posix_advance(pt, now);
			posix_wait_until(pt, max(pt->next, (ktime_t)
						 (now + UNHEARD_NS)));
		}
		pt->armed = pt->interval != 0;
		notify(pt, missed);
	}
	spin_unlock(&tree_lock);
}

/* Context: [tree_lock]. */
static void posix_cpu_look(struct cpu_alarm *a)
{
	struct posix_timer *pt = container_of(a, struct posix_timer, cpu);
	ktime_t now = timer_now(pt);
	u64 missed = 0;

	spin_must_hold(&tree_lock);
	if (pt->next > now)
		return;
	if (pt->interval)
		missed = posix_advance(pt, now);
	else
		cpu_alarm_arm(a, false);
	notify(pt, missed);
}

/* Context: [tree_lock].  Return: NULL: p has no such timer. */
static struct posix_timer *posix_find(struct process *p, int id)
{
	struct posix_timer *pt;

	spin_must_hold(&tree_lock);
	list_for_each(pt, &timers_of(p)->posix, link)
		if (pt->id == id)
			return pt;
	return NULL;
}

/*
 * The signal of an interval timer was dequeued: later expiries count as its
 * overruns (timer_getoverrun(2)), and the timer is armed for its interval.
 * Context: [tree_lock].
 */
static void count_overruns(struct posix_timer *pt, struct siginfo *info)
{
	ktime_t now = timer_now(pt);
	u64 missed;

	spin_must_hold(&tree_lock);
	if (is_armed(pt)) {
		if (pt->next <= now) {
			missed = posix_advance(pt, now) + 1 +
				(u64)info->overrun;
			info->overrun = min(missed, (u64)OVERRUN_MAX);
		}
		if (!pt->counts_cpu)
			posix_wait_until(pt, pt->next);
	}
	pt->overrun = info->overrun;
}

void posix_timer_taken(struct siginfo *info)
{
	struct sigqueue *more = sigqueue_alloc();
	struct posix_timer *pt;

	spin_lock(&tree_lock);
	pt = posix_find(current->process, info->timer_id);
	if (pt && !pt->entry) {
		pt->entry = more;
		more = NULL;
	}
	if (pt && is_sender(pt, info)) {
		if (pt->interval && info->turn == pt->turn)
			count_overruns(pt, info);
		pt->sent = pt->postponed = false;
	}
	spin_unlock(&tree_lock);
	sigqueue_free(more);
}

/* ---- creation and deletion ----------------------------------------------- */

/*
 * Remove pt from the list of its process; the caller then frees it by
 * posix_destroy().
 * Context: [tree_lock].
 */
static void unlink_timer(struct posix_timer *pt)
{
	spin_must_hold(&tree_lock);
	list_remove(&pt->link);
	cpu_alarm_arm(&pt->cpu, false);
}

/* Free pt.  Context: no lock, as this may wait for posix_fire(). */
static void posix_destroy(struct posix_timer *pt)
{
	timer_stop(&pt->timer);
	if (pt->task)
		task_put(pt->task);
	cpu_clock_put(&pt->cpu.clock);
	sigqueue_free(pt->entry);
	kfree(pt);
}

void posix_timers_exit(struct process *p)
{
	struct posix_timer *pt;

	/* the list cannot change: this is the only thread */
	while (!list_empty(&timers_of(p)->posix)) {
		pt = list_first(&timers_of(p)->posix, struct posix_timer, link);
		spin_lock(&tree_lock);
		unlink_timer(pt);
		spin_unlock(&tree_lock);
		posix_destroy(pt);
	}
}

/*
 * Set the notification from a struct sigevent (sigevent(7)); NULL: SIGALRM.
 * SIGEV_THREAD_ID names a thread of the caller's process.  Invalid values are
 * not stored.
 * Context: nobody else sees the timer yet.
 */
static int use_event(struct posix_timer *pt, const struct uabi_sigevent *e)
{
	struct task *t;
	int notify = e ? e->notify : SIGEV_SIGNAL;
	int signo = e ? e->signo : SIGALRM;

	if (notify != SIGEV_NONE &&
	    ((notify != SIGEV_SIGNAL && notify != SIGEV_THREAD &&
	      notify != SIGEV_THREAD_ID) || signo < 1 || signo > NSIG))
		return -EINVAL;
	pt->notify = notify;
	pt->signo = signo;
	if (e)
		pt->value = e->value;
	if (notify != SIGEV_THREAD_ID)
		return 0;
	spin_lock(&tree_lock);
	t = task_find(e->tid);
	if (t && t->process == pt->process) {
		task_get(t);
		pt->task = t;
	}
	spin_unlock(&tree_lock);
	return pt->task ? 0 : -EINVAL;
}

/*
 * Insert pt with the lowest free id; the list is sorted by id.
 * RLIMIT_SIGPENDING limits timers, as each may have a signal queued.
 * Context: [tree_lock].
 */
static int posix_insert(struct process *p, struct posix_timer *pt)
{
	unsigned long most = HINT(p->limits[RLIMIT_SIGPENDING].cur), n = 0;
	struct list *all = &timers_of(p)->posix, *after = all;
	struct posix_timer *t;

	spin_must_hold(&tree_lock);
	pt->id = 0;
	list_for_each(t, all, link) {
		n++;
		if (t->id == pt->id)
			pt->id++;
		else if (after == all)
			after = &t->link;
	}
	if (pt->id >= TIMERS_MAX || n >= most)
		return -EAGAIN;
	pt->first_turn = pt->turn = ++turns;
	list_append(after, &pt->link);
	return 0;
}

unsigned long posix_timers_bytes(struct process *p)
{
	const struct posix_timer *pt;
	unsigned long n = 0;

	spin_must_hold(&tree_lock);
	list_for_each(pt, &timers_of(p)->posix, link)
		n += sizeof(*pt) + sizeof(struct sigqueue);
	return n;
}

/* Return: 0; -EINVAL: no such clock; -ENOTSUP: no timers of this clock. */
static int check_clock(int clock)
{
	ktime_t now;

	switch (clock) {
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -ENOTSUP;
	}
	if (clock < 0)
		return clock_is_device(clock) ? -ENOTSUP : 0;
	return clock_read(clock, &now) ? -EINVAL : 0;
}

/*
 * Set the clock of pt: find the process of a CPU-time clock, check privilege
 * for alarms.
 * Return: 0 or -errno, to be reported after other errors.
 */
static int use_clock(struct posix_timer *pt, int clock)
{
	int err = 0;

	pt->clock = clock;
	pt->counts_cpu = clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID ||
			 clock == CLOCK_THREAD_CPUTIME_ID;
	if (pt->counts_cpu)
		err = cpu_clock_get(clock, &pt->cpu.clock);
	else if (clock_is_alarm(clock) && !capable(CAP_WAKE_ALARM))
		err = -EPERM;
	if (err)	/* other threads may see pt: make it an ordinary
			   timer */
		pt->counts_cpu = false;
	return err;
}

static long create_timer(int clock, const struct uabi_sigevent *e, uaddr_t id)
{
	struct process *p = current->process;
	struct posix_timer *pt;
	int clock_err, event_err, err = check_clock(clock);

	if (err)
		return err;
	pt = kzalloc(sizeof(*pt));
	if (!pt)
		return -EAGAIN;
	timer_init(&pt->timer, posix_fire);
	pt->cpu.look = posix_cpu_look;
	pt->process = p;
	clock_err = use_clock(pt, clock);
	pt->entry = sigqueue_alloc();
	if (!pt->entry) {
		posix_destroy(pt);
		return -EAGAIN;
	}
	event_err = use_event(pt, e);
	spin_lock(&tree_lock);
	err = posix_insert(p, pt);
	if (!e)
		pt->value = (uaddr_t)pt->id;
	spin_unlock(&tree_lock);
	if (err) {
		posix_destroy(pt);
		return err;
	}
	err = event_err;
	if (!err)
		err = put_user(pt->id, id);
	if (!err)
		err = clock_err;
	if (!err)
		return 0;
	spin_lock(&tree_lock);
	unlink_timer(pt);
	spin_unlock(&tree_lock);
	posix_destroy(pt);
	return err;
}

long sys_timer_create(int clock, uaddr_t event, uaddr_t id)
{
	struct uabi_sigevent e;

	if (event && get_user(&e, event))
		return -EFAULT;
	return create_timer(clock, event ? &e : NULL, id);
}

long sys_timer_delete(int id)
{
	struct posix_timer *pt;

	spin_lock(&tree_lock);
	pt = posix_find(current->process, id);
	if (pt) {
		forget_overruns(pt);
		unlink_timer(pt);
	}
	spin_unlock(&tree_lock);
	if (!pt)
		return -EINVAL;
	posix_destroy(pt);
	return 0;
}

long sys_timer_getoverrun(int id)
{
	struct posix_timer *pt;
	long n = -EINVAL;

	spin_lock(&tree_lock);
	pt = posix_find(current->process, id);
	if (pt)
		n = pt->overrun;
	spin_unlock(&tree_lock);
	return n;
}

/* ---- setting and reading ------------------------------------------------- */

struct setting {
	ktime_t interval, value;
};

/* Context: [tree_lock, IPL_HIGH]. */
static void read_setting(struct posix_timer *pt, struct setting *s)
{
	ktime_t now = timer_now(pt);

	*s = (struct setting){ .interval = pt->interval };
	if (!is_armed(pt))
		return;
	if (pt->next > now)
		s->value = pt->next - now;
	else if (pt->interval)
		s->value = pt->interval - (now - pt->next) % pt->interval;
	else
		s->value = 1;
}

static long posix_gettime(int id, uaddr_t to, bool word)
{
	struct posix_timer *pt;
	struct setting s;

	spin_lock(&tree_lock);
	pt = posix_find(current->process, id);
	if (pt)
		read_setting(pt, &s);
	spin_unlock(&tree_lock);
	return pt ? itimerspec_put(s.interval, s.value, to, word) : -EINVAL;
}

/* Set the timer.  Context: [tree_lock]; the timer is stopped. */
static void posix_arm(struct posix_timer *pt, const struct setting *s,
		      int flags)
{
	ktime_t now, at = s->value, seen;

	spin_must_hold(&tree_lock);
	pt->by = clock_of_timers(pt->clock, flags & TIMER_ABSTIME);
	now = timer_now(pt);
	forget_overruns(pt);
	pt->turn = ++turns;
	pt->interval = s->interval;
	pt->overrun = 0;
	pt->late = 0;
	cpu_alarm_arm(&pt->cpu, false);
	pt->armed = s->value != 0;
	if (!s->value)
		return;
	if (!(flags & TIMER_ABSTIME)) {
		at = ktime_after(now, s->value);
	} else if ((seen = now + clock_ahead(pt->clock)) != now) {
		if (at < seen)		/* perhaps before boot */
			pt->late = seen - at;
		at = at > seen ? ktime_after(now, at - seen) : now;
	}
	pt->next = at;
	if (!pt->counts_cpu) {
		posix_wait_until(pt, at);
		return;
	}
	cpu_alarm_arm(&pt->cpu, true);
	posix_cpu_look(&pt->cpu);		/* check now: the process of the
						   clock may never run again */
}

static long posix_settime(int id, int flags, uaddr_t new, uaddr_t old,
			  bool word)
{
	struct setting s, was;
	struct posix_timer *pt;
	bool stopped;
	int err;

	if (!new)
		return -EINVAL;
	err = itimerspec_get(&s.interval, &s.value, new, word);
	if (err)
		return err;
	/*
	 * posix_fire() may be waiting for the lock: let it finish, then look
	 * again
	 */
	do {
		stopped = true;
		spin_lock(&tree_lock);
		pt = posix_find(current->process, id);
		if (pt) {
			read_setting(pt, &was);
			stopped = timer_try_stop(&pt->timer);
			if (stopped)
				posix_arm(pt, &s, flags);
		}
		spin_unlock(&tree_lock);
	} while (!stopped);
	if (!pt)
		return -EINVAL;
	return old ? itimerspec_put(was.interval, was.value, old, word) : 0;
}

long sys_timer_gettime(int id, uaddr_t to)
{
	return posix_gettime(id, to, false);
}

long sys_timer_gettime_time32(int id, uaddr_t to)
{
	return posix_gettime(id, to, true);
}

long sys_timer_settime(int id, int flags, uaddr_t new, uaddr_t old)
{
	return posix_settime(id, flags, new, old, false);
}

long sys_timer_settime_time32(int id, int flags, uaddr_t new, uaddr_t old)
{
	return posix_settime(id, flags, new, old, true);
}

/* ---- /proc/PID/timers (proc(5)) ------------------------------------------ */

static void show_timer(struct seq *s, const struct posix_timer *pt)
{
	static const char *const how[] = {
		[SIGEV_SIGNAL] = "signal", [SIGEV_NONE] = "none",
		[SIGEV_THREAD] = "thread", [SIGEV_THREAD_ID] = "signal",
	};

	seq_print(s, "ID: %d\nsignal: %d/%0*lx\nnotify: %s/%s.%d\n"
		  "ClockID: %d\n", pt->id, pt->signo,
		  (int)(2 * sizeof(pt->value)), (unsigned long)pt->value,
		  how[pt->notify], pt->task ? "tid" : "pid",
		  pid_in(pt->task ? pt->task->tid : pt->process->pid, s->view),
		  pt->clock);
}

/* Lists the newest timer first, as on Linux. */
static int show_timers(struct seq *s, struct task *t)
{
	struct list *head, *at;

	spin_lock(&tree_lock);
	if (t->process) {
		head = &timers_of(t->process)->posix;
		for (at = head->prev; at != head; at = at->prev)
			show_timer(s, list_entry(at, struct posix_timer,
						 link));
	}
	spin_unlock(&tree_lock);
	return 0;
}

PID_FILES(files) = {
	{ .name = "timers", .mode = 0444, .show = show_timers,
	  .process_only = true },
};
