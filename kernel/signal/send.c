/* SPDX-License-Identifier: MIT */
/*
 * Sending signals (rows B6, B8): onto the queue of a task or a process, then
 * an AST for one thread that does not block it.  Standard signals collapse,
 * real-time ones queue up to RLIMIT_SIGPENDING.
 */
#include <kernel/events.h>
#include <kernel/ops/hooks.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/signal/internal.h>

/* ---- who gets it --------------------------------------------------------- */

/*
 * AST_SIGNAL again says whether there is anything to do, after mask, queues or
 * stop have changed.
 * Context: [sighand->lock].
 */
static inline void recompute(void)
{
	struct task *t = current;
	struct process *p = t->process;

	spin_must_hold(&current->sighand->lock);
	if (((t->pending.mask | p->pending.mask) & ~t->blocked) ||
	    (p->stopped && !t->trace.tracer) || p->tell)
		task_set_ast(t, AST_SIGNAL);
	else if (READ_ONCE(t->ast) & AST_SIGNAL)
		__atomic_fetch_and(&t->ast, ~AST_SIGNAL, __ATOMIC_RELAXED);
}

void signal_recompute(void)
{
	recompute();
}

/* May t take the signal soon?  Context: [sighand->lock]. */
static bool wants(const struct task *t, sigmask_t bit)
{
	/* it may go to sleep or wake up meanwhile; to stop takes the lock */
	enum task_state state = HINT(t->state);

	if (HINT(t->flags) & TF_EXITING)
		return false;
	if (bit & sig_bit(SIGKILL))
		return true;
	return !(t->blocked & bit) && state != TASK_STOPPED &&
		state != TASK_TRACED;
}

/* The AST before the wake-up: a task that wakes looks at it. */
static void signal_notify(struct task *t, int signo)
{
	task_set_ast(t, AST_SIGNAL);
	task_wake(t, signo == SIGKILL ? kill_states(t) : WAKE_SIGNAL);
}

/* A thread of p that takes it now: the caller or the leader if they do. */
static struct task *signal_choose(struct process *p, sigmask_t bit)
{
	struct task *t;

	if (current->process == p && wants(current, bit))
		return current;
	list_for_each(t, &p->threads, thread_link)
		if (wants(t, bit))
			return t;
	return NULL;
}

/*
 * SIGKILL: any of them takes it, and none that has been woken goes on without a
 * look at it.
 */
static void notify_all(struct process *p)
{
	struct task *t;

	list_for_each(t, &p->threads, thread_link)
		if (wants(t, sig_bit(SIGKILL)))
			signal_notify(t, SIGKILL);
}

/* Shared signals that current will not take now: wake others for them. */
static void retarget(sigmask_t mask)
{
	struct process *p = current->process;
	struct task *t;

	lock_debug_holds(&current->sighand->lock, "sighand");
	mask &= p->pending.mask;
	if (!mask)
		return;
	list_for_each(t, &p->threads, thread_link) {
		if (t == current || HINT(t->flags) & TF_EXITING ||
		    !(mask & ~t->blocked))
			continue;
		mask &= t->blocked;
		signal_notify(t, 0);
		if (!mask)
			return;
	}
}

void signal_exit_thread(void)
{
	int last = 0;

	spin_lock(&current->sighand->lock);
	retarget(~current->blocked);
	if (unlikely(current->stop_due) && !current->process->exiting)
		last = job_stops_now(current);
	spin_unlock(&current->sighand->lock);
	if (unlikely(last))
		job_tell_stopped(last);
}

/*
 * What we block from now on and the process has pending is for another thread.
 */
static inline void set_mask(sigmask_t mask)
{
	sigmask_t newly = mask & ~current->blocked;

	current->blocked = mask;
	if (newly & current->process->pending.mask)
		retarget(newly);
	recompute();
}

void signal_set_mask_locked(sigmask_t mask)
{
	set_mask(mask);
}

sigmask_t signal_set_mask(sigmask_t mask)
{
	sigmask_t old = current->blocked;

	mask &= ~SIGMASK_UNBLOCKABLE;
	if (mask == old)
		return old;
	spin_lock(&current->sighand->lock);
	set_mask(mask);
	spin_unlock(&current->sighand->lock);
	return old;
}

/* ---- sending ------------------------------------------------------------- */

/*
 * Room for info on q: the built-in entry, the sender's own, or one more.  The
 * limit is for what POSIX lets a program queue; what a plain signal tells by
 * itself (who sent it, which child ended) is never refused.
 */
static struct sigqueue *signal_entry(struct process *p, struct sigpending *q,
				     const struct siginfo *info,
				     struct sigqueue **more)
{
	struct sigqueue *e = *more;

	if (!e && (info->signo >= SIGRTMIN || info->code < 0) &&
	    q->queued >= HINT(p->limits[RLIMIT_SIGPENDING].cur))
		return NULL;
	if (!q->spare_used) {
		q->spare_used = true;
		return &q->spare;
	}
	*more = NULL;
	return e ? e : sigqueue_alloc();
}

/* Put info on q.  Return: 0; -EAGAIN: a real-time signal that finds no room. */
static int signal_enqueue(struct process *p, struct sigpending *q,
			  const struct siginfo *info, struct sigqueue **more)
{
	struct sigqueue *e = NULL;

	/* nobody is ever told of SIGKILL: the bit is enough */
	if (info->signo != SIGKILL)
		e = signal_entry(p, q, info, more);
	if (e) {
		e->info = *info;
		list_append(&q->queue, &e->link);
		q->queued++;
	} else if (info->signo >= SIGRTMIN && info->code != SI_USER) {
		return -EAGAIN;
	}
	return 0;
}

/* It ends already; only the writing of its core file can be cut short. */
static bool too_late(const struct process *p, int signo)
{
	return p->exiting && !(signo == SIGKILL && p->core);
}

/*
 * Steps in POSIX's order: stop and continue signals cancel each other even when
 * ignored; what is ignored goes, unless a tracer is to see it; a standard
 * signal that is pending already is not queued twice. t NULL: to all of p.
 * [sighand->lock]
 */
static int send_locked(struct process *p, struct task *t,
		       const struct siginfo *info, struct sigqueue **more)
{
	struct sigpending *q = t ? &t->pending : &p->pending;
	struct task *any = t ? t : p->leader;
	int signo = info->signo, err, group = !t;
	sigmask_t bit = sig_bit(signo);

	if (too_late(p, signo)) {
		event_note(EVENT_SIGNAL, info, any, group | SENT_IGNORED << 1);
		return 0;
	}
	if (bit & (SIG_STOPS | sig_bit(SIGCONT)))
		job_signal_sent(p, signo);
	/* a blocked one may find a handler by the time it is unblocked */
	if (!((any->blocked | any->awaited) & bit) &&
	    signal_ignored(any, signo) &&
	    !(info->forced && bit & SIGMASK_UNBLOCKABLE) &&
	    (signo == SIGKILL || !any->trace.tracer)) {
		event_note(EVENT_SIGNAL, info, any, group | SENT_IGNORED << 1);
		return 0;
	}
	/* timers bring their own entries, one each: theirs do not collapse */
	if (signo < SIGRTMIN && q->mask & bit && info->code != SI_TIMER) {
		event_note(EVENT_SIGNAL, info, any, group | SENT_TWICE << 1);
		return 0;
	}
	err = signal_enqueue(p, q, info, more);
	event_note(EVENT_SIGNAL, info, any, group | (err ? SENT_LOST : 0) << 1);
	if (err)
		return err;
	q->mask |= bit;
	if (hooks.signal_queued)
		hooks.signal_queued(p);
	if (signo == SIGKILL) {
		WRITE_ONCE(p->killed, p != init_process);
		notify_all(p);
		return 0;
	}
	if (!t)
		t = signal_choose(p, bit);
	else if (!wants(t, bit))
		t = NULL;
	if (t)
		signal_notify(t, signo);
	return 0;
}

/* Is current the only thread of p?  Nobody else makes or ends threads then. */
static bool only_thread(const struct process *p)
{
	const struct list *mine = &current->thread_link;

	return p->threads.next == mine && p->threads.prev == mine;
}

/* Context: as send_stable(). */
static int send_seen(struct process *p, struct task *t,
		     const struct siginfo *info, struct sigqueue **more)
{
	struct sighand *h = t ? t->sighand : p->leader->sighand;
	int err;

	spin_lock(&h->lock);
	err = send_locked(p, t, info, more);
	spin_unlock(&h->lock);
	return err;
}

/* p's name spaces have numbers or ids of their own. */
static __noinline int send_nested(struct process *p, struct task *t,
				  const struct siginfo *info,
				  struct sigqueue **more)
{
	struct siginfo seen;

	return send_seen(p, t, namespace_ops->signal_seen(p, info, &seen),
			 more);
}

/* Context: [tree_lock], or p stays as it is: leader and sighand are its own. */
static inline int send_stable(struct process *p, struct task *t,
			      const struct siginfo *info,
			      struct sigqueue **more)
{
	if (unlikely(p->nested))
		return send_nested(p, t, info, more);
	return send_seen(p, t, info, more);
}

int signal_send_entry(struct process *p, struct task *t,
		      const struct siginfo *info, struct sigqueue **more)
{
	spin_must_hold(&tree_lock);
	return send_stable(p, t, info, more);
}

static int signal_send(struct process *p, struct task *t,
		       const struct siginfo *info)
{
	struct sigqueue *none = NULL;
	int err;

	if (only_thread(p))
		return send_stable(p, t, info, &none);
	spin_lock(&tree_lock);
	err = send_stable(p, t, info, &none);
	spin_unlock(&tree_lock);
	return err;
}

int signal_send_task(struct task *t, const struct siginfo *info)
{
	return t->process ? signal_send(t->process, t, info) : 0;
}

int signal_send_task_locked(struct task *t, const struct siginfo *info)
{
	struct sigqueue *none = NULL;

	return t->process ? signal_send_entry(t->process, t, info, &none) : 0;
}

int signal_send_process(struct process *p, const struct siginfo *info)
{
	return signal_send(p, NULL, info);
}

int signal_send_process_locked(struct process *p, const struct siginfo *info)
{
	struct sigqueue *none = NULL;

	return signal_send_entry(p, NULL, info, &none);
}

/* In one hold of tree_lock: task_publish() counts on it. */
int signal_send_group(int pgid, const struct siginfo *info)
{
	struct process *p;
	int err = -ESRCH;

	spin_lock(&tree_lock);
	list_for_each(p, &all_processes, all_link)
		if (p->pgid == pgid && !p->zombie)
			err = signal_send_process_locked(p, info);
	spin_unlock(&tree_lock);
	return err;
}

void signal_kernel(struct process *p, int signo)
{
	struct siginfo info = { .signo = signo, .code = SI_KERNEL };

	signal_send_process(p, &info);
}

void signal_kernel_locked(struct process *p, int signo)
{
	struct siginfo info = { .signo = signo, .code = SI_KERNEL };

	signal_send_process_locked(p, &info);
}

int signal_kernel_group(int pgid, int signo)
{
	struct siginfo info = { .signo = signo, .code = SI_KERNEL };

	return signal_send_group(pgid, &info);
}

/*
 * For faults of the program's own instructions: it cannot go on, so a signal
 * that is blocked or ignored ends it.
 */
static void force(const struct siginfo *info, bool ends)
{
	struct task *t = current;
	sigmask_t bit = sig_bit(info->signo);
	struct sigqueue *more = NULL;
	struct sigaction *a;

	spin_lock(&t->sighand->lock);
	a = sighand_set(t->sighand, info->signo);
	if (ends || t->blocked & bit || a->handler == SIG_IGN) {
		a->handler = SIG_DFL;
		t->blocked &= ~bit;
	}
	if (a->handler == SIG_DFL && t->process == init_process)
		panic("process 1 (%s) died of signal %d, code %d, address %#lx",
		      t->comm, info->signo, info->code, info->addr);
	if (a->handler == SIG_DFL)
		t->process->unkillable = false;
	/* the fault must be told even if the same signal was pending */
	sigpending_drop(&t->pending, bit);
	send_locked(t->process, t, info, &more);
	spin_unlock(&t->sighand->lock);
}

void signal_force(const struct siginfo *info)
{
	force(info, false);
}

void signal_force_end(const struct siginfo *info)
{
	force(info, true);
}

/* ---- asking -------------------------------------------------------------- */

/*
 * Is a sleep to be interrupted?  Also when the signal turns out to be no
 * concern of ours: then the call is restarted.
 */
bool signal_pending_fatal(void)
{
	struct task *t = current;

	if (READ_ONCE(t->ast) & AST_EXIT)
		return true;
	return t->process && sig_bit(SIGKILL) &
		PEEK(t->pending.mask | t->process->pending.mask);
}

/*
 * For background jobs that use the terminal (POSIX, general terminal
 * interface).
 */
bool signal_ignored_or_blocked(int signo)
{
	struct task *t = current;

	return t->blocked & sig_bit(signo) ||
		sighand_action(t->sighand, signo)->handler == SIG_IGN;
}
