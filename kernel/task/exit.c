/* SPDX-License-Identifier: MIT */
/*
 * The end of tasks and processes (rows B16, C1, D2): resources go first, then
 * the task leaves the tree under tree_lock, and the last thread turns the
 * process into a zombie for its parent, or reaps it at once when the parent
 * does not care.
 */
#include <dev/tty.h>
#include <ext/check/cover.h>
#include <ext/coredump/core.h>
#include <ext/sysvipc/sem.h>
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/hooks.h>
#include <kernel/kthread.h>
#include <kernel/signal/internal.h>
#include <kernel/task/internal.h>
#include <kernel/task/state.h>
#include <kernel/task/work.h>
#include <lt/bug.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/ptrace.h>

/* ---- the space: who waits for it to be let go ---------------------------- */

/*
 * CLONE_CHILD_CLEARTID (set_tid_address(2)): pthread_join() waits on this word,
 * since the stack of the thread may be freed only when it is off it.  With no
 * other user of the space nobody can be waiting.
 */
static void clear_tid(struct task *t)
{
	uaddr_t at = t->clear_child_tid;

	t->clear_child_tid = 0;
	if (!at || ref_read(&t->space->users) <= 1)
		return;
	if (put_user((u32)0, at) == 0)
		sys_futex(at, 1 /* FUTEX_WAKE */, 1, 0, 0, 0);
}

/*
 * Also at exec: for those who wait the old memory has gone either way.  The
 * completion is taken under the lock, as wait_vfork() may take it back.
 */
void task_release_space(struct task *t)
{
	struct completion *c;

	if (t->robust_list)
		robust_exit(t);
	if (t->clear_child_tid)
		clear_tid(t);
	if (!(t->flags & TF_EXITING))
		posix_timers_exit(t->process);	/* exec */
	if (!t->vfork_done)
		return;
	spin_lock(&tree_lock);
	c = t->vfork_done;
	t->vfork_done = NULL;
	spin_unlock(&tree_lock);
	if (c)
		complete(c);
}

/*
 * From here on the task is a name and a status: nothing of it can be asked for
 * any more but what waits for wait4.  => may sleep; no lock
 */
static void drop_resources(struct task *t)
{
	struct vm_space *s = t->space;
	struct files *files = t->files;
	struct fs_context *fs = t->fs;
	unsigned long peak = s ? vm_hiwater(s) : 0;

	if (s)
		task_release_space(t);
	/* who finds them through us takes its reference under the lock */
	spin_lock(&tree_lock);
	t->space = NULL;
	t->files = NULL;
	t->fs = NULL;
	if (peak > t->process->maxrss)
		t->process->maxrss = peak;
	spin_unlock(&tree_lock);
	if (s)
		vm_space_put(s);
	if (files)
		files_put(files);
	if (fs)
		fs_put(fs);
}

/* ---- orphans; [tree_lock] ------------------------------------------------ */

/* Who takes over p's children: the nearest living subreaper, or init. */
static struct process *find_reaper(struct process *p)
{
	struct process *r;

	for (r = p->parent; r && r != init_process; r = r->parent)
		if (r->is_subreaper && r->nr_threads)
			return r;
	return init_process;
}

/* Has the group any stopped member?  => [tree_lock] */
static bool group_stopped(int pgid)
{
	struct process *p;

	spin_must_hold(&tree_lock);
	list_for_each(p, &all_processes, all_link)
		if (p->pgid == pgid && p->stopped && !p->nr_stopping)
			return true;
	return false;
}

/*
 * POSIX (_exit, "Consequences of Process Termination"): when the end of
 * `leaving` makes the group of its child an orphan, and a member is stopped,
 * all get SIGHUP and SIGCONT: nobody is left who would let it go on.
 */
static void hang_up_orphans(struct process *child, struct process *leaving)
{
	struct process *p;

	if (!leaving->parent || child->pgid == leaving->pgid ||
	    child->sid != leaving->sid)
		return;
	if (!pgrp_orphaned(child->pgid, NULL) || !group_stopped(child->pgid))
		return;
	list_for_each(p, &all_processes, all_link) {
		if (p->pgid != child->pgid || p->zombie)
			continue;
		signal_kernel(p, SIGHUP);
		signal_kernel(p, SIGCONT);
	}
}

static void notify_parent(struct process *p, struct list *reaped);

/*
 * c is to's from now on.  Its end is told by SIGCHLD, whatever the old parent
 * had asked for, and it gets the signal of PR_SET_PDEATHSIG (prctl(2)).
 */
static void give_away(struct process *c, struct process *to)
{
	struct task *leader = c->leader;

	list_remove(&c->sibling);
	list_append(c->zombie ? &to->dead_children : &to->children,
		    &c->sibling);
	c->parent = to;
	c->ppid = to->pid;
	c->birth_tid = to->leader->tid;
	leader->exit_signal = SIGCHLD;
	if (leader->pdeath_signal)
		signal_kernel(c, leader->pdeath_signal);
}

static void give_away_children(struct process *p, struct list *reaped)
{
	struct process *c, *next, *to = find_reaper(p);

	list_for_each_safe(c, next, &p->dead_children, sibling) {
		give_away(c, to);
		notify_parent(c, reaped);
	}
	list_for_each_safe(c, next, &p->children, sibling) {
		give_away(c, to);
		hang_up_orphans(c, p);
	}
}

/* ---- leaving the tree; [tree_lock] --------------------------------------- */

int process_status(const struct process *p)
{
	return p->exiting ? p->exit_code : p->leader->exit_code;
}

/* A thread's figures stay with its process. */
static void add_thread_times(struct process *p, struct task *t)
{
	u64 u, s;

	task_times(t, &u, &s);
	p->utime += u;
	p->stime += s;
	p->minflt += t->minflt;
	p->majflt += t->majflt;
	p->nvcsw += t->nvcsw;
	p->nivcsw += t->nivcsw;
	io_counts_add(&p->moved, &t->moved);
}

/*
 * Out of the list of its process and of all: no look-up finds it any more.
 * Those who have a reference keep the structure alive.
 */
static void unlink_thread(struct process *p, struct task *t)
{
	add_thread_times(p, t);
	spin_lock(&t->sighand->lock);
	list_remove(&t->thread_link);
	spin_unlock(&t->sighand->lock);
	task_unlink(t);
	pid_put(t->tid);
	nr_tasks--;
}

/* times(2): what nobody waited for is nobody's. */
static void count_child(struct process *parent, const struct process *p)
{
	parent->cutime += p->utime + p->cutime;
	parent->cstime += p->stime + p->cstime;
	parent->cminflt += p->minflt + p->cminflt;
	parent->cmajflt += p->majflt + p->cmajflt;
	parent->cnvcsw += p->nvcsw + p->cnvcsw;
	parent->cnivcsw += p->nivcsw + p->cnivcsw;
	io_counts_add(&parent->moved, &p->moved);
	parent->cmaxrss = max(parent->cmaxrss, max(p->maxrss, p->cmaxrss));
}

void process_reap(struct process *p, bool waited)
{
	struct process *parent = p->parent;

	ASSERT(p->zombie);
	if (unlikely(task_traced(p->leader)))
		hooks.trace_unlink(p->leader);
	unlink_thread(p, p->leader);
	task_set_state(p->leader, TASK_DEAD);
	if (waited)
		count_child(parent, p);
	list_remove(&p->sibling);
	list_remove(&p->all_link);
	pid_put(p->pgid);
	pid_put(p->sid);
	p->zombie = false;
	p->reaped = true;
	wake_up(&p->wait_exit);
}

/* What the parent's disposition of SIGCHLD says about a child's end. */
static bool parent_ignores(struct process *parent, int signo, bool *quiet)
{
	struct sighand *s = parent->leader->sighand;
	const struct sigaction *act = &s->action[SIGCHLD - 1];
	bool ignores;

	*quiet = false;
	if (signo != SIGCHLD)
		return false;
	spin_lock(&s->lock);
	*quiet = act->handler == SIG_IGN;
	ignores = *quiet || (act->flags & SA_NOCLDWAIT);
	spin_unlock(&s->lock);
	return ignores;
}

/* The siginfo of SIGCHLD, as sigaction(2) describes it.  => [tree_lock] */
static void send_death(struct process *p, struct process *to, int signo)
{
	int status = process_status(p);
	u64 u, s;
	struct siginfo info = {
		.signo = signo,
		.of_child = true,
		.pid = p->pid,
		.uid = p->leader->cred->uid,
		.code = (status & 0x80) ? CLD_DUMPED :
			(status & 0x7f) ? CLD_KILLED : CLD_EXITED,
		.status = (status & 0x7f) ? status & 0x7f : status >> 8,
	};

	spin_must_hold(&tree_lock);
	process_times(p, &u, &s);
	info.utime = u / SI_TICK;
	info.stime = s / SI_TICK;
	signal_send_process(to, &info);
}

/*
 * All threads are gone.  One nobody waits for goes onto reaped.  A tracer that
 * is not the parent is told first; what it has seen becomes the parent's.
 */
static void notify_parent(struct process *p, struct list *reaped)
{
	struct process *parent = p->parent;
	struct task *tracer = p->leader->trace.tracer;
	int signo = p->leader->exit_signal;
	bool quiet, ignored;

	/* the program that would know the child's own signal is gone */
	if (signo != SIGCHLD && p->parent_execs != parent->execs)
		signo = SIGCHLD;
	if (unlikely(tracer && tracer->process != parent)) {
		send_death(p, tracer->process, SIGCHLD);
		wake_up(&tracer->process->wait_child);
		return;
	}
	ignored = parent_ignores(parent, signo, &quiet);
	if (signo && signo <= NSIG && !quiet)
		send_death(p, parent, signo);
	if (ignored && !tracer) {
		process_reap(p, false);
		list_append(reaped, &p->sibling);
	}
	wake_up(&parent->wait_child);
}

void zombie_untraced(struct process *p, bool told, struct list *reaped)
{
	bool quiet;

	if (!told) {
		notify_parent(p, reaped);
	} else if (parent_ignores(p->parent, p->leader->exit_signal, &quiet)) {
		process_reap(p, false);
		list_append(reaped, &p->sibling);
	}
}

/* __WNOTHREAD: the children of one thread become another's. */
static void hand_over_children(struct process *p, int from, int to)
{
	struct process *c;

	list_for_each(c, &p->children, sibling)
		if (c->birth_tid == from)
			c->birth_tid = to;
	list_for_each(c, &p->dead_children, sibling)
		if (c->birth_tid == from)
			c->birth_tid = to;
}

/* Any thread that stays; the leader's corpse if there is none. */
static int staying_thread(struct process *p)
{
	struct task *t;

	list_for_each(t, &p->threads, thread_link)
		if (!(HINT(t->flags) & TF_EXITING))
			return t->tid;
	return p->pid;
}

/*
 * All threads are gone, and no corpse waits for a tracer: now wait4 of the
 * parent, and pollers of pidfds, find the end.  => [tree_lock]
 */
static void become_zombie(struct process *p, struct list *reaped)
{
	spin_must_hold(&tree_lock);
	p->zombie = true;
	list_remove(&p->sibling);
	list_append(&p->parent->dead_children, &p->sibling);
	wake_up(&p->wait_exit);
	notify_parent(p, reaped);
}

/* Its tracer is told how the thread ended, and reaps it. */
static void tell_thread_death(struct task *t)
{
	int s = t->process->exiting ? t->process->exit_code : t->exit_code;
	int code = s & 0x80 ? CLD_DUMPED : s & 0x7f ? CLD_KILLED : CLD_EXITED;

	hooks.trace_tell(t, code, s & 0x7f ? s & 0x7f : s >> 8);
}

/* The last corpse held the process back from being a zombie. */
void thread_reap(struct task *t, struct list *reaped)
{
	struct process *p = t->process;

	hooks.trace_unlink(t);
	unlink_thread(p, t);
	task_set_state(t, TASK_DEAD);
	if (--p->nr_corpses == 0 && p->nr_threads == 0)
		become_zombie(p, reaped);
}

/*
 * The end of one thread, seen from outside.  One that is not the leader goes at
 * once, unless its tracer has to be told; the leader stays as the process's
 * name until that is reaped, though other threads may go on.  => true: nobody
 * will ask for the task t, its reference is ours; [tree_lock]
 */
static bool leave_tree(struct task *t, struct list *reaped)
{
	struct process *p = t->process;
	bool last = --p->nr_threads == 0, gone = t != p->leader;
	bool kept = gone && task_traced(t);

	spin_must_hold(&tree_lock);
	if (unlikely(t->tracees))
		hooks.trace_release_all(t, reaped);
	if (last)
		give_away_children(p, reaped);
	else if (!list_empty(&p->children) || !list_empty(&p->dead_children))
		hand_over_children(p, t->tid, staying_thread(p));
	if (gone && !kept)
		unlink_thread(p, t);
	p->nr_corpses += kept;
	task_set_state(t, gone && !kept ? TASK_DEAD : TASK_ZOMBIE);
	if (kept)
		tell_thread_death(t);
	if (last && !p->nr_corpses)
		become_zombie(p, reaped);
	/* a thread in exec waits to be alone */
	else if (p->exec_task)
		wake_up(&p->wait_child);
	return gone && !kept;
}

/* Outside tree_lock: the last reference frees, and closes what is left open. */
void drop_reaped(struct list *reaped)
{
	struct process *p, *next;

	list_for_each_safe(p, next, reaped, sibling) {
		list_remove(&p->sibling);
		task_put(p->leader);
	}
}

/* The last thread, before it gives up anything. */
static void end_process(struct process *p)
{
	if (p == init_process)
		panic("init has ended, status %#x", process_status(p));
	itimer_exit(p);
	posix_timers_exit(p);
	if (p->sid == p->pid && (p->tty || p->hung_up_pgid))
		tty_disassociate(p, true);
}

/*
 * Row D2.  TF_EXITING comes first, so that no signal, tracer or OOM killer
 * expects anything more of the task.  What may sleep is done before tree_lock;
 * after leave_tree() the task may be reaped on another CPU before it is off
 * this one, which is why its stack goes in task_off_cpu() only.  The first
 * thread to find itself the last one ends what is the process's.
 */
void task_exit(int code)
{
	struct task *t = current;
	struct process *p = t->process;
	struct list reaped = LIST_INIT(reaped);
	bool gone, last;

	if (t->flags & TF_EXITING)
		panic("task %d ends twice", t->tid);
	if (unlikely(task_traced(t)))
		hooks.trace_event(PTRACE_EVENT_EXIT, (unsigned)code);
	t->flags |= TF_EXITING;
	timer_cancel(&t->sleep_timer);
	t->exit_code = code;
	signal_exit_thread();
	cover_drop(t);
	task_work_exit();
	if (unlikely(t->sem_undo))
		sem_exit(t);
	spin_lock(&tree_lock);
	if (unlikely(p->core))
		core_park(p);
	last = --p->nr_live == 0;
	spin_unlock(&tree_lock);
	if (last)
		end_process(p);
	drop_resources(t);
	spin_lock(&tree_lock);
	gone = leave_tree(t, &reaped);
	spin_unlock(&tree_lock);
	drop_reaped(&reaped);
	if (gone)
		task_put(t);
	schedule();
	panic("a dead task runs");
}

/* ---- the whole process --------------------------------------------------- */

/*
 * Each thread is woken wherever it sleeps for a signal, and ends on its way to
 * user mode.
 */
void process_kill_others(struct process *p)
{
	struct task *t;

	spin_lock(&current->sighand->lock);
	list_for_each(t, &p->threads, thread_link) {
		if (t == current || t->state == TASK_ZOMBIE)
			continue;
		task_set_ast(t, AST_EXIT);
		task_wake(t, kill_states(t));
	}
	spin_unlock(&current->sighand->lock);
}

/*
 * exit_group(2) and deadly signals.  The first to come sets the status; a
 * thread that ends later by its own exit(2) does not change it.
 */
void process_exit(int code)
{
	struct process *p = current->process;
	struct sighand *s = current->sighand;

	spin_lock(&tree_lock);
	spin_lock(&s->lock);
	if (!p->exiting) {
		p->exiting = true;
		p->exit_code = code;
	}
	code = p->exit_code;
	spin_unlock(&s->lock);
	process_kill_others(p);
	if (p->exec_task)
		wake_up(&p->wait_child);
	spin_unlock(&tree_lock);
	task_exit(code);
}

/* [tree_lock] Only the caller is left, or only the leader's corpse besides. */
static bool alone(struct process *p)
{
	bool yes;

	spin_lock(&tree_lock);
	yes = p->nr_threads == 1 || p->exiting;
	spin_unlock(&tree_lock);
	return yes;
}

/*
 * After exec the caller is the process: it takes the number and the place of
 * the dead leader, whose corpse has waited for that (execve(2), "exec and
 * threads").  => the old leader, whose reference is the caller's; NULL: it was
 * the leader already. [tree_lock]
 */
static struct task *become_leader(struct process *p)
{
	struct task *t = current, *old = p->leader;

	if (t == old)
		return NULL;
	task_unlink(t);
	pid_put(t->tid);
	hand_over_children(p, t->tid, p->pid);
	add_thread_times(p, old);
	spin_lock(&old->sighand->lock);
	list_remove(&old->thread_link);
	spin_unlock(&old->sighand->lock);
	if (task_traced(old)) {
		/* it was the last of that name: no end of it is told */
		wake_up(&old->trace.tracer->process->wait_child);
		hooks.trace_unlink(old);
	}
	task_unlink(old);
	nr_tasks--;
	t->tid = p->pid;
	t->exit_signal = old->exit_signal;
	t->started = old->started;
	p->leader = t;
	task_link(t);
	return old;
}

/* => 0; -EAGAIN: another thread ends the process, or is in exec as well */
int task_kill_other_threads(void)
{
	struct process *p = current->process;
	struct task *old = NULL;
	int err = 0;

	spin_lock(&tree_lock);
	if (p->exiting || p->exec_task) {
		spin_unlock(&tree_lock);
		return -EAGAIN;
	}
	if (p->nr_threads > 1) {
		p->exec_task = current;
		process_kill_others(p);
		spin_unlock(&tree_lock);
		wait_event(&p->wait_child, alone(p));
		spin_lock(&tree_lock);
		p->exec_task = NULL;
	}
	if (p->exiting)
		err = -EAGAIN;
	else
		old = become_leader(p);
	spin_unlock(&tree_lock);
	if (old)
		task_put(old);
	return err;
}

long sys_exit(int code)
{
	task_exit((code & 0xff) << 8);
}

long sys_exit_group(int code)
{
	process_exit((code & 0xff) << 8);
}
