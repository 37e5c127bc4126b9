/* SPDX-License-Identifier: MIT */
/*
 * Sending signals (rows B6, B8): put the signal into the queue of a task or a
 * process, then set an AST for one thread that does not block it.  A standard
 * signal is queued at most once; the number of queued real-time signals is
 * limited by RLIMIT_SIGPENDING.
 */
#include <kernel/cred/cred.h>
#include <kernel/events.h>
#include <kernel/ops/hooks.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/signal/internal.h>

/* ---- choosing the receiver ----------------------------------------------- */

/*
 * Set or clear AST_SIGNAL after the mask, the queues or the stop state changed.
 * Context: [sighand->lock].
 */
static inline void signal_ast_update(void)
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
	signal_ast_update();
}

/* True if t can take the signal soon.  Context: [sighand->lock]. */
static bool signal_takes(const struct task *t, sigmask_t bit)
{
	/* t may sleep or wake up meanwhile, but a stop needs the lock */
	enum task_state state = HINT(t->state);

	if (HINT(t->flags) & TF_EXITING)
		return false;
	if (bit & sig_bit(SIGKILL))
		return true;
	return !(t->blocked & bit) && state != TASK_STOPPED &&
		state != TASK_TRACED;
}

/* Set the AST before waking t, because a woken task checks it. */
static void signal_notify(struct task *t, int signo)
{
	task_set_ast(t, AST_SIGNAL);
	task_wake(t, signo == SIGKILL ? kill_states(t) : WAKE_SIGNAL);
}

/*
 * Choose a thread of p that can take the signal.  The first thread comes first:
 * programs let it sleep or wait for signals, and block nothing in the others.
 */
static struct task *signal_choose(struct process *p, sigmask_t bit)
{
	struct task *t;

	if (signal_takes(p->leader, bit))
		return p->leader;
	if (current->process == p && signal_takes(current, bit))
		return current;
	list_for_each(t, &p->threads, thread_link)
		if (signal_takes(t, bit))
			return t;
	return NULL;
}

/*
 * Notify all threads of a SIGKILL.  Any of them takes the signal, and the
 * others check for the signal when they are woken.
 */
static void notify_all(struct process *p)
{
	struct task *t;

	list_for_each(t, &p->threads, thread_link)
		if (signal_takes(t, sig_bit(SIGKILL)))
			signal_notify(t, SIGKILL);
}

/* Notify other threads of pending shared signals that current cannot take. */
static void signal_retarget(sigmask_t mask)
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
	signal_retarget(~current->blocked);
	if (unlikely(current->stop_due) && !current->process->exiting)
		last = job_stops_now(current);
	spin_unlock(&current->sighand->lock);
	if (unlikely(last))
		job_tell_stopped(last);
}

/*
 * Set current's mask.  Pending shared signals that current blocks now go to
 * another thread.
 */
static inline void set_mask(sigmask_t mask)
{
	sigmask_t newly = mask & ~current->blocked;

	current->blocked = mask;
	if (newly & current->process->pending.mask)
		signal_retarget(newly);
	signal_ast_update();
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
 * Get an entry for info in q: the built-in one, the sender's own (*more), or a
 * new one.  RLIMIT_SIGPENDING applies only to signals that POSIX lets a program
 * queue; the siginfo of a standard signal (the sender, the child that exited)
 * is always accepted.
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

/* Add info to q.  Return: 0; -EAGAIN: no room for a real-time signal. */
static int signal_enqueue(struct process *p, struct sigpending *q,
			  const struct siginfo *info, struct sigqueue **more)
{
	struct sigqueue *e = NULL;

	/* nobody reads the siginfo of SIGKILL: the bit is enough */
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

/*
 * True if p is exiting already; only SIGKILL still matters, as it can end the
 * writing of a core file.
 */
static bool signal_too_late(const struct process *p, int signo)
{
	return p->exiting && !(signo == SIGKILL && p->core);
}

/*
 * True if signo, which t can take, ends p without a core file, whatever t does
 * first.  A tracer may still change that.
 * Context: [sighand->lock].
 */
static bool signal_ends(const struct process *p, const struct task *t,
			int signo)
{
	sigmask_t bit = sig_bit(signo);

	return sighand_action(t->sighand, signo)->handler == SIG_DFL &&
		!(bit & (SIG_IGNORED_DEFAULT | SIG_STOPS | SIG_CORE)) &&
		!(t->awaited & bit) && !t->trace.tracer &&
		p != init_process && !p->unkillable;
}

void signal_end_threads(struct process *p, const struct task *but)
{
	struct task *t;

	list_for_each(t, &p->threads, thread_link) {
		if (t == but || t->state == TASK_ZOMBIE)
			continue;
		task_set_ast(t, AST_EXIT);
		task_wake(t, kill_states(t));
	}
}

/*
 * End p by signo, as SIGKILL does: the thread that takes the signal may be in
 * a wait that only a deadly signal ends, as for the child of its vfork(2), or
 * in execve(2).
 * Context: [tree_lock], [sighand->lock].
 */
static void signal_end_now(struct process *p, int signo)
{
	spin_must_hold(&tree_lock);
	p->exiting = true;
	p->exit_code = signo;
	signal_end_threads(p, NULL);
}

/*
 * Send info in the steps and the order of POSIX.  Stop and continue signals
 * cancel each other even if they are ignored.  An ignored signal is discarded,
 * unless a tracer must see it.  A standard signal that is already pending is
 * not queued again.  t: the receiver; NULL: the process p.
 * Context: [sighand->lock].
 */
static int send_locked(struct process *p, struct task *t,
		       const struct siginfo *info, struct sigqueue **more)
{
	struct sigpending *q = t ? &t->pending : &p->pending;
	struct task *any = t ? t : p->leader;
	int signo = info->signo, err, group = !t;
	sigmask_t bit = sig_bit(signo);

	if (signal_too_late(p, signo)) {
		event_note(EVENT_SIGNAL, info, any, group | SENT_IGNORED << 1);
		return 0;
	}
	if (bit & (SIG_STOPS | sig_bit(SIGCONT)))
		job_signal_sent(p, signo);
	/* a blocked signal may have a handler by the time it is unblocked */
	if (!((any->blocked | any->awaited) & bit) &&
	    signal_ignored(any, signo) &&
	    !(info->forced && bit & SIGMASK_UNBLOCKABLE) &&
	    (signo == SIGKILL || !any->trace.tracer)) {
		event_note(EVENT_SIGNAL, info, any, group | SENT_IGNORED << 1);
		return 0;
	}
	/* each timer has its own entry, so timer signals are not merged */
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
	else if (!signal_takes(t, bit))
		t = NULL;
	if (t)
		signal_notify(t, signo);
	/* current takes it on its way out of the kernel, if not earlier */
	if (t && t != current && signal_ends(p, t, signo))
		signal_end_now(p, signo);
	return 0;
}

/*
 * True if current is the only thread of p, so that no other thread can add
 * threads.
 */
static bool only_thread(const struct process *p)
{
	const struct list *mine = &current->thread_link;

	return p->threads.next == mine && p->threads.prev == mine;
}

/*
 * Send info as the receiver's namespaces show it.  Context: like send_stable().
 */
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

/*
 * Send a signal to p, which is in namespaces with their own PIDs or user ids.
 */
static __noinline int send_nested(struct process *p, struct task *t,
				  const struct siginfo *info,
				  struct sigqueue **more)
{
	struct siginfo seen;

	return send_seen(p, t, namespace_ops->signal_seen(p, info, &seen),
			 more);
}

/*
 * Send a signal.  Context: [tree_lock], or current is p's only thread, so that
 * the set of p's threads does not change.
 */
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

/*
 * Send current a signal for a fault of its own instruction.  The program cannot
 * continue, so a signal that is blocked or ignored ends it.  ends: end the
 * program even if there is a handler.
 */
static void signal_force_by(const struct siginfo *info, bool ends)
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
	/* the fault must be reported even if the signal was pending already */
	sigpending_drop(&t->pending, bit);
	send_locked(t->process, t, info, &more);
	spin_unlock(&t->sighand->lock);
}

void signal_force(const struct siginfo *info)
{
	signal_force_by(info, false);
}

void signal_force_end(const struct siginfo *info)
{
	signal_force_by(info, true);
}

/* ---- tests for signals --------------------------------------------------- */

bool signal_pending_fatal(void)
{
	struct task *t = current;

	if (READ_ONCE(t->ast) & AST_EXIT)
		return true;
	return t->process && sig_bit(SIGKILL) &
		PEEK(t->pending.mask | t->process->pending.mask);
}

/*
 * True if current ignores or blocks signo, for background jobs that use the
 * terminal (POSIX, "General Terminal Interface").
 */
bool signal_ignored_or_blocked(int signo)
{
	struct task *t = current;

	return t->blocked & sig_bit(signo) ||
		sighand_action(t->sighand, signo)->handler == SIG_IGN;
}

void signal_self(int signo)
{
	struct siginfo info;

	if (!current->process)
		return;
	info = (struct siginfo){
		.signo = signo, .code = SI_USER,
		.pid = current->process->vpid, .uid = current->cred->uid,
	};
	signal_send_task(current, &info);
}
