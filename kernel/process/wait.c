/* SPDX-License-Identifier: MIT */
/*
 * wait4(2), waitid(2), waitpid(2) (rows B16, C1): find a child that has
 * changed state, report the change, and reap the child if it is dead.  Children
 * belong to the process: any of its threads may wait for any of them.
 */
#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/pidfd_ops.h>
#include <kernel/ops/tracer_ops.h>
#include "rusage.h"
#include <kernel/signal/siginfo.h>
#include "internal.h"
#include <mm/uaccess.h>
#include <syscalls.h>

#define WNOHANG		0x00000001u
#define WUNTRACED	0x00000002u
#define WSTOPPED	WUNTRACED
#define WEXITED		0x00000004u
#define WCONTINUED	0x00000008u
#define WNOWAIT		0x01000000u
#define WNOTHREAD	0x20000000u
#define WALL		0x40000000u
#define WCLONE		0x80000000u

enum wait_for { WAIT_ALL, WAIT_PID, WAIT_PGID, WAIT_PIDFD };

struct wait {
	enum wait_for what;
	int id;
	struct process *process;	/* for WAIT_PIDFD, with a reference */
	unsigned options;
	struct usage *usage;		/* where to store the usage, or NULL */
	/* the result: */
	int pid;
	unsigned uid;
	int code;			/* CLD_ code */
	int status;			/* exit status, or signal */
	int wait_status;		/* in the encoding of wait4 */
	struct task *zombie;		/* task to drop outside tree_lock, or
					   NULL */
	struct task *leader;		/* leader of a process that was reaped
					   with zombie */
};

/* True if p's parent traces p. */
static bool traced_by_parent(const struct process *p)
{
	const struct task *tracer = p->leader->trace.tracer;

	return unlikely(tracer) && tracer->process == p->parent;
}

/*
 * wait4(2): a child that does not send SIGCHLD at its end is a "clone" child,
 * waited for with __WCLONE or __WALL only; for a tracee this does not matter.
 * The parent of a child that spawn has not started yet does not know the child.
 */
static bool wait_matches(const struct wait *w, const struct process *p)
{
	bool clone = p->leader->exit_signal != SIGCHLD;

	if (p->unborn)
		return false;
	if (!(w->options & WALL) && clone != !!(w->options & WCLONE) &&
	    !traced_by_parent(p))
		return false;
	if ((w->options & WNOTHREAD) && p->creator_tid != current->tid)
		return false;
	switch (w->what) {
	case WAIT_PID:
		return p->pid == w->id;
	case WAIT_PGID:
		return p->pgid == w->id;
	case WAIT_PIDFD:
		return p == w->process;
	default:
		return true;
	}
}

/* Fill in the result from s, an exit status in the encoding of wait4(2). */
static void wait_set_status(struct wait *w, int s)
{
	w->wait_status = s;
	if (s & 0x7f) {
		w->code = (s & 0x80) ? CLD_DUMPED : CLD_KILLED;
		w->status = s & 0x7f;
	} else {
		w->code = CLD_EXITED;
		w->status = s >> 8;
	}
}

/*
 * True if another process traces p: then p's parent may wait for p only after
 * the tracer.
 */
static bool traced_elsewhere(const struct process *p)
{
	const struct task *tracer = p->leader->trace.tracer;

	return unlikely(tracer) && tracer->process != p->parent;
}

static void wait_note_usage(struct wait *w, struct process *p)
{
	if (w->usage)
		usage_process(w->usage, p, true);
}

/*
 * Reap p if it is a zombie.  The caller found p under the same hold of
 * tree_lock, so only one of two waiters gets the child.
 * Return: true if w holds the result.
 */
static bool take_zombie(struct wait *w, struct process *p)
{
	if (!p->zombie || !(w->options & WEXITED) || traced_elsewhere(p))
		return false;
	wait_set_status(w, process_status(p));
	wait_note_usage(w, p);
	if (!(w->options & WNOWAIT)) {
		w->zombie = p->leader;
		process_reap(p, true);
	}
	return true;
}

/* Report a stop or continuation of p that has not been reported yet. */
static bool take_job_control(struct wait *w, struct process *p)
{
	struct sighand *s = p->leader->sighand;
	bool keep = w->options & WNOWAIT, found = false;

	if (!(w->options & (WSTOPPED | WCONTINUED)))
		return false;
	/* take_stop() reports the stops of the parent's own tracee */
	if (traced_by_parent(p))
		return false;
	spin_lock(&s->lock);
	if ((w->options & WSTOPPED) && p->stopped && p->stop_code) {
		w->code = CLD_STOPPED;
		w->status = p->stop_code;
		w->wait_status = p->stop_code << 8 | 0x7f;
		if (!keep)
			p->stop_code = 0;
		found = true;
	} else if ((w->options & WCONTINUED) && p->continued) {
		w->code = CLD_CONTINUED;
		w->status = SIGCONT;
		w->wait_status = 0xffff;
		if (!keep)
			p->continued = false;
		found = true;
	}
	spin_unlock(&s->lock);
	if (found)
		wait_note_usage(w, p);
	return found;
}

/* ---- tracees: single tasks, dead or alive; [tree_lock] ------------------- */

/*
 * True if w asks for t.  A tracee is a single thread, so compare its tid, not
 * the pid.
 */
static bool matches_tracee(const struct wait *w, const struct task *t)
{
	switch (w->what) {
	case WAIT_PID:
		return t->tid == w->id;
	case WAIT_PGID:
		return t->process->pgid == w->id;
	case WAIT_PIDFD:
		return t->process == w->process && t == t->process->leader;
	default:
		return true;
	}
}

/*
 * Report a stop of t.  Each stop is reported once, whether or not the tracer
 * inspects t.
 */
static bool take_stop(struct wait *w, struct task *t)
{
	struct tracing *tr = &t->trace;
	bool found;

	spin_lock(&t->sighand->lock);
	found = tr->stopped && !tr->reported;
	if (found) {
		w->code = CLD_TRAPPED;
		w->status = tr->code;
		w->wait_status = tr->code << 8 | 0x7f;
		tr->reported = !(w->options & WNOWAIT);
	}
	spin_unlock(&t->sighand->lock);
	if (found)
		wait_note_usage(w, t->process);
	return found;
}

/*
 * Report the end of a traced process to its tracer.  Once the tracer has seen
 * the end, the parent may wait for the process.
 */
static void take_leader(struct wait *w, struct process *p,
			struct list *reaped)
{
	wait_set_status(w, process_status(p));
	wait_note_usage(w, p);
	if (w->options & WNOWAIT)
		return;
	tracer_ops->trace_unlink(p->leader);
	zombie_untraced(p, false, reaped);
}

/* Reap a dead thread.  Only its tracer can wait for it. */
static void take_thread(struct wait *w, struct task *t, struct list *reaped)
{
	struct process *p = t->process;

	wait_set_status(w, thread_status(t));
	wait_note_usage(w, p);
	if (w->options & WNOWAIT)
		return;
	thread_reap(t, reaped);
	w->zombie = t;
}

/*
 * Report a stop or the end of tracee t.  A leader's end is reported only when
 * its whole process has ended, as for a child.
 * Return: true if w holds the result.
 */
static bool take_tracee(struct wait *w, struct task *t)
{
	struct list reaped = LIST_INIT(reaped);
	struct process *p = t->process;
	bool exits = w->options & WEXITED;

	w->pid = pid_shown(t->tid);
	w->uid = t->cred->uid;
	if (take_stop(w, t))
		return true;
	if (!exits || READ_ONCE(t->state) != TASK_ZOMBIE)
		return false;
	if (t != p->leader)
		take_thread(w, t, &reaped);
	else if (p->zombie)
		take_leader(w, p, &reaped);
	else
		return false;
	/* the list holds no process except p */
	if (!list_empty(&reaped))
		w->leader = p->leader;
	return true;
}

/* Do what wait_scan() does for the tracees of one thread. */
static int scan_tracees_of(struct wait *w, struct task *tracer)
{
	int result = -ECHILD;

	for (struct task *t = tracer->tracees; t; t = t->trace.next) {
		if (!matches_tracee(w, t))
			continue;
		result = take_tracee(w, t);
		if (result)
			break;
	}
	return result;
}

/* Scan the tracees of all threads of the process, as any thread may wait. */
static __noinline int scan_tracees(struct wait *w)
{
	int result = -ECHILD, r;
	struct task *t;

	spin_lock(&tree_lock);
	list_for_each(t, &current->process->threads, thread_link) {
		if (!t->tracees ||
		    (w->options & WNOTHREAD && t != current))
			continue;
		r = scan_tracees_of(w, t);
		result = max(result, r);
		if (result > 0)
			break;
	}
	spin_unlock(&tree_lock);
	return result;
}

/* ---- the wait ------------------------------------------------------------ */

/* Do what scan_children() does, for the single process p. */
static int wait_check_child(struct wait *w, struct process *p)
{
	if (!wait_matches(w, p))
		return -ECHILD;
	w->pid = pid_shown(p->pid);
	w->uid = p->leader->cred->uid;
	if (take_zombie(w, p))
		return 1;
	/* the only change of a zombie to wait for is its end */
	if (p->zombie && !(w->options & WEXITED) && !p->leader->trace.tracer)
		return -ECHILD;
	return take_job_control(w, p);
}

/*
 * Do what scan_children() does, for all children of me.  Zombies come first, so
 * that a wait for an end finds a zombie at once.  If there is none, the first
 * living child that matches is enough to know that the caller has to wait.
 */
static int wait_check_all(struct wait *w, struct process *me)
{
	bool ends_only = !(w->options & (WSTOPPED | WCONTINUED));
	int result = -ECHILD, one;
	struct process *p;

	list_for_each(p, &me->dead_children, sibling) {
		one = wait_check_child(w, p);
		if (one > 0)
			return one;
		result = max(result, one);
	}
	list_for_each(p, &me->children, sibling) {
		one = wait_check_child(w, p);
		if (one > 0 || (one == 0 && ends_only))
			return one;
		result = max(result, one);
	}
	return result;
}

/* Do what wait_scan() does for the children. */
static int scan_children(struct wait *w)
{
	struct process *me = current->process, *p;
	int result;

	spin_lock(&tree_lock);
	if (w->what == WAIT_PID) {
		p = process_at(w->id);
		result = p && p->parent == me ? wait_check_child(w, p) :
						-ECHILD;
	} else {
		result = wait_check_all(w, me);
	}
	spin_unlock(&tree_lock);
	return result;
}

/*
 * Search the children and tracees for a change to report.
 * Return: 1: w holds the result; 0: no change yet; -ECHILD: nothing to wait
 * for.
 */
static int wait_scan(struct wait *w)
{
	int result = scan_children(w);

	if (unlikely(HINT(current->process->nr_tracees)) && result <= 0)
		result = max(result, scan_tracees(w));
	return result;
}

/*
 * Wait for a change.  A child changes its state first, then wakes wait_child.
 * The waiter enters the queue first, then scans (kernel/wait/wait.h), so it
 * misses no change.  The zombie's last reference is dropped outside tree_lock.
 * Return: 1: w holds the result; 0: no change, with WNOHANG; -errno.
 */
static int do_wait(struct wait *w)
{
	int result, err = 0;

	if (w->options & WNOHANG)
		result = wait_scan(w);
	else
		err = wait_event_queued(&current->process->wait_child,
					(result = wait_scan(w)) != 0,
					TASK_INTERRUPTIBLE, 0);
	result = result ? result : err;
	if (w->zombie)
		task_put(w->zombie);
	if (unlikely(w->leader))
		task_put(w->leader);
	return result;
}

/*
 * Serve wait4(2).  If the status cannot be stored, the child is reaped
 * nevertheless, as on Linux.
 */
long sys_wait4(int pid, uaddr_t status, int options, uaddr_t rusage)
{
	struct usage usage;
	struct wait w = { .options = options, .usage = rusage ? &usage : NULL };
	int result;

	if (w.options & ~(WNOHANG | WUNTRACED | WCONTINUED | WNOTHREAD |
			  WALL | WCLONE))
		return -EINVAL;
	if (pid == (int)0x80000000)
		return -ESRCH;
	w.options |= WEXITED;
	if (pid > 0) {
		w.what = WAIT_PID;
		w.id = pid_meant(pid);
	} else if (pid != -1) {
		w.what = WAIT_PGID;
		w.id = pid ? pid_meant(-pid) : current->process->pgid;
	}
	result = do_wait(&w);
	if (result <= 0)
		return result;
	if (status && put_user(w.wait_status, status))
		return -EFAULT;
	if (rusage && usage_put(&usage, rusage))
		return -EFAULT;
	return w.pid;
}

/* Wait for the end of the child with this id, like Nachos's Join (row B15). */
long sys_join(int id)
{
	struct wait w = {
		.what = WAIT_PID, .id = pid_meant(id), .options = WEXITED | WALL,
	};
	int result = id > 0 ? do_wait(&w) : -EINVAL;

	return result < 0 ? result : w.wait_status;
}

long sys_waitpid(int pid, uaddr_t status, int options)
{
	return sys_wait4(pid, status, options, 0);
}

/*
 * Make the process of a pidfd the target.  With O_NONBLOCK in the pidfd the
 * wait does not block: EAGAIN if the process has not ended.
 */
static int pidfd_target(struct wait *w, int fd, bool *again)
{
	unsigned flags;

	if (fd < 0 || !pidfd_ops)
		return -EINVAL;
	w->what = WAIT_PIDFD;
	w->process = pidfd_ops->pidfd_process(fd, &flags);
	if (!w->process)
		return -EBADF;
	if ((flags & O_NONBLOCK) && !(w->options & WNOHANG)) {
		*again = true;
		w->options |= WNOHANG;
	}
	return 0;
}

/* Set the target of a waitid(2) for P_ALL, P_PID, P_PGID and P_PIDFD. */
static int waitid_target(struct wait *w, int which, int id, bool *again)
{
	switch (which) {
	case 0:
		w->what = WAIT_ALL;
		return 0;
	case 1:
		w->what = WAIT_PID;
		w->id = pid_meant(id);
		return id > 0 ? 0 : -EINVAL;
	case 2:
		w->what = WAIT_PGID;
		w->id = id ? pid_meant(id) : current->process->pgid;
		return id >= 0 ? 0 : -EINVAL;
	case 3:
		return pidfd_target(w, id, again);
	}
	return -EINVAL;
}

#define WAITID_HEAD	12		/* bytes: number, error, code */
#define WAITID_TAIL	(sizeof(long) == 8 ? 16 : 12) /* bytes: pid, uid,
							 status */

/*
 * Store the result, or zeros if !found.  The other fields of siginfo are not
 * written.
 */
static int put_waitid(const struct wait *w, bool found, uaddr_t to)
{
	char buf[SIGINFO_SIZE] __aligned(8) = { 0 };
	struct siginfo info = {
		.signo = SIGCHLD, .code = w->code, .pid = w->pid,
		.uid = uid_shown(w->uid), .status = w->status,
	};

	if (found)
		siginfo_encode(buf, &info);
	if (copy_to_user(to, buf, WAITID_HEAD))
		return -EFAULT;
	return copy_to_user(to + WAITID_TAIL, buf + WAITID_TAIL, 12);
}

/*
 * Serve waitid(2), which, unlike wait4(2), has a flag for each kind of change.
 */
long sys_waitid(int which, int id, uaddr_t info, int options, uaddr_t rusage)
{
	struct usage usage;
	struct wait w = { .options = options, .usage = rusage ? &usage : NULL };
	bool again = false;
	int result;

	if ((w.options & ~(WNOHANG | WNOWAIT | WEXITED | WSTOPPED |
			   WCONTINUED | WNOTHREAD | WALL | WCLONE)) ||
	    !(w.options & (WEXITED | WSTOPPED | WCONTINUED)))
		result = -EINVAL;
	else
		result = waitid_target(&w, which, id, &again);
	if (result)
		goto out;
	result = do_wait(&w);
	if (w.process)
		process_put(w.process);
	if (!result && again)
		result = -EAGAIN;
	if (result > 0 && rusage && usage_put(&usage, rusage))
		return -EFAULT;
out:
	/* store "no child" also if the call fails, as on Linux */
	if (info && put_waitid(&w, result > 0, info))
		return -EFAULT;
	return min(result, 0);
}
