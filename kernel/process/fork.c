/* SPDX-License-Identifier: MIT */
/*
 * Making a task (lecture rows C1, D10 and D11 of docs/coverage.md).  The child
 * is built to the side, in steps that can each be undone; task_publish() makes
 * it visible, and nothing fails after that.  task_clone(), at the end of the
 * file, has the whole sequence; the steps come before it in their order.
 *
 *   step                 shared, if the flag says so      else
 *   task_alloc           --                               stack, record
 *   task_copy
 *     copy_plain         --                               values copied
 *     copy_files         CLONE_FILES   a reference        table copied
 *     copy_fs            CLONE_FS      a reference        root, cwd copied
 *     copy_sighand       CLONE_SIGHAND a reference        actions copied
 *     copy_process       CLONE_THREAD  a reference        a new process
 *     task_parts_copy    CLONE_SYSVSEM, CLONE_IO          extensions' parts
 *   copy_space           CLONE_VM      a reference        copy on write
 *   copy_registers       --                               copied, result 0
 *        |
 *        |    an error so far: task_undo(), and nobody has seen the child
 *        v
 *   task_publish         under tree_lock: number, place in the tree; a
 *        |               pending signal is the last reason to fail
 *        v
 *   sched_add            it runs, starting in fork_return
 */
#include <fs/open/fd.h>
#include <kernel/cred/cred.h>
#include <kernel/events.h>
#include <kernel/ops/cgroup_ops.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/ops/pidfd_ops.h>
#include <kernel/ops/sched_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/task/part.h>
#include <kernel/syscall/table.h>
#include "internal.h"
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

/* Flags that have an effect here, and flags that Linux ignores, too. */
#define CLONE_KNOWN (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
	CLONE_PIDFD | CLONE_PTRACE | CLONE_VFORK | CLONE_PARENT | \
	CLONE_THREAD | \
	CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
	CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_UNTRACED | \
	CLONE_CHILD_SETTID | CLONE_IO | CLONE_CLEAR_SIGHAND)

/*
 * Check the flags for the EINVAL cases of clone(2).  Threads must share signal
 * handlers, and tasks that share handlers must share memory, because a
 * handler's address is meaningful in one space only.
 */
static int check_args(const struct clone_args *a)
{
	u64 f = a->flags;

	if (f & ~CLONE_KNOWN & ~(u64)task_parts_flags)
		return -EINVAL;
	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	/* pidfds name processes; clone(2) stores both results at one address */
	if ((f & CLONE_PIDFD) && ((f & (CLONE_THREAD | CLONE_DETACHED)) ||
	    ((f & CLONE_PARENT_SETTID) && a->pidfd == a->parent_tid)))
		return -EINVAL;
	if ((f & CLONE_PIDFD) && !pidfd_ops)
		return -EINVAL;
	/* a sibling of init would have no parent */
	if ((f & CLONE_PARENT) && current->process->unkillable)
		return -EINVAL;
	return 0;
}

/* ---- the steps ----------------------------------------------------------- */

/*
 * Do the copies that cannot fail.  A CLONE_VM child that is no vfork child gets
 * no alternate signal stack, because its parent may be using it.
 */
static void copy_plain(struct task *child, const struct clone_args *a)
{
	struct task *t = current;

	child->cred = t->cred;
	cred_get(child->cred);
	child->flags = (a->flags & CLONE_THREAD) ? 0 : TF_FORKNOEXEC;
	sched_inherit(child);
	child->allowed = child->affinity = t->affinity;
	child->blocked = t->blocked;
	child->personality = t->personality;
	child->calls = t->calls;
	child->timer_slack = child->default_slack = t->timer_slack;
	if (!(a->flags & CLONE_VM) || (a->flags & CLONE_VFORK))
		child->altstack = t->altstack;
	else
		child->altstack.flags = SS_DISABLE;
	if (a->flags & CLONE_CHILD_SETTID) {
		child->set_child_tid = a->child_tid;
		child->ast |= AST_CHILD_TID;
	}
	asmp_trap_fork(child);
	if (a->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = a->child_tid;
	if (a->flags & CLONE_THREAD)
		child->exit_signal = 0;
	else if (a->flags & CLONE_PARENT)
		child->exit_signal = t->process->leader->exit_signal;
	else
		child->exit_signal = a->exit_signal;
}

/*
 * Each of the next steps takes a reference to an object of the parent, or
 * copies the object.  task_undo() undoes the steps whose pointer is not NULL.
 * Return: 0 or -ENOMEM; copy_files() may also return -EMFILE.
 */
static int copy_files(struct task *child, u64 flags)
{
	if (flags & CLONE_FILES) {
		child->files = current->files;
		files_get(child->files);
		return 0;
	}
	return files_clone(current->files, FILES_ALL, &child->files);
}

static int copy_fs(struct task *child, u64 flags)
{
	if (flags & CLONE_FS) {
		child->fs = current->fs;
		fs_get(child->fs);
	} else {
		child->fs = fs_clone(current->fs);
	}
	return child->fs ? 0 : -ENOMEM;
}

/*
 * Share or copy the actions of signals; no pending signal is inherited
 * (fork(2)).
 */
static int copy_sighand(struct task *child, u64 flags)
{
	if (flags & CLONE_SIGHAND) {
		child->sighand = current->sighand;
		ref_get(&child->sighand->refs);
		return 0;
	}
	child->sighand = sighand_clone(current->sighand);
	if (!child->sighand)
		return -ENOMEM;
	if (flags & CLONE_CLEAR_SIGHAND)
		sighand_reset(child->sighand, 0);
	return 0;
}

/*
 * A thread joins its caller's process.  A process inherits limits and the like
 * from its parent, but starts with times, timers and signals of its own
 * (fork(2)).
 */
static int copy_process(struct task *child, u64 flags)
{
	struct process *p = current->process;

	if (flags & CLONE_THREAD) {
		process_get(p);
		child->process = p;
		child->limits = p->limits;
		return 0;
	}
	child->process = process_alloc();
	if (!child->process)
		return -ENOMEM;
	child->limits = child->process->limits;
	spin_lock(&tree_lock);		/* prlimit(2) may be changing them */
	memcpy(child->process->limits, p->limits, sizeof(p->limits));
	spin_unlock(&tree_lock);
	process_parts_init(child->process, p);
	return 0;
}

static int copy_space(struct task *child, u64 flags)
{
	if (flags & CLONE_VM) {
		child->space = current->space;
		vm_space_get(child->space);
	} else {
		child->space = vm_space_fork(current->space);
	}
	return child->space ? 0 : -ENOMEM;
}

/* Free a child that was not published, with everything it has. */
void task_undo(struct task *child)
{
	task_parts_exit(child);
	if (child->space)
		vm_space_put(child->space);
	if (child->fs)
		fs_put(child->fs);
	if (child->files)
		files_put(child->files);
	task_discard(child);
}

/* ---- publication --------------------------------------------------------- */

/*
 * Give the child a free number, or the one requested in a->tid.
 * Context: [tree_lock].
 * Return: 0; -EPERM: the session has no group pgid; errors of pid_alloc() and
 * pid_take().
 */
static int assign_tid(struct task *child, const struct clone_args *a,
		      int pgid)
{
	int tid = a->tid, err;

	spin_must_hold(&tree_lock);
	if (pgid > 0 && !group_in_session(pgid, current->process->sid))
		return -EPERM;
	if (unlikely(child->process->space))
		return namespace_ops->pid_enter(child, a);
	if (tid) {
		err = pid_take(tid);
		child->tid = child->vtid = tid;
		return err;
	}
	child->tid = child->vtid = pid_alloc();
	return min(child->tid, 0);
}

/*
 * Link a new process into the tree as a child of the caller's process or, with
 * CLONE_PARENT, as a sibling of it.
 * Context: [tree_lock].
 */
static void link_process(struct task *child, u64 flags, int pgid)
{
	struct process *p = child->process, *me = current->process;

	spin_must_hold(&tree_lock);
	p->pid = child->tid;
	p->vpid = child->vtid;
	p->leader = child;
	p->parent = (flags & CLONE_PARENT) ? me->parent : me;
	p->ppid = pid_in(p->parent->pid, p->space);
	p->creator_tid = (flags & CLONE_PARENT) ? me->creator_tid :
		current->tid;
	p->parent_execs = (flags & CLONE_PARENT) ? me->parent_execs : me->execs;
	p->pgid = pgid < 0 ? me->pgid : pgid ? pgid : p->pid;
	p->sid = me->sid;
	p->tty = me->tty;
	list_append(&p->parent->children, &p->sibling);
	process_enter(p);
}

/*
 * Make the child visible.  A signal to the process group either finds the child
 * in the lists, or was already sent to the caller.  In the second case this
 * function fails, and the system call restarts after the signal.
 */
int task_publish(struct task *child, const struct clone_args *a, int pgid)
{
	struct process *p = child->process;
	u64 flags = a->flags;
	int err;

	spin_lock(&tree_lock);
	if (unlikely(flags & CLONE_FS && child->fs->in_exec))
		err = -EAGAIN;
	else
		err = signal_pending() ? -ERESTARTNOINTR : 0;
	if (!err)
		err = cgroup_task_publishes(child);
	if (!err)
		err = assign_tid(child, a, pgid);
	if (!err) {
		p->nr_threads++;
		p->nr_live++;
		if (!(flags & CLONE_THREAD))
			link_process(child, flags, pgid);
		/* holders of either lock may walk the list of threads */
		spin_lock(&child->sighand->lock);
		list_append(&p->threads, &child->thread_link);
		if (unlikely(p->stopped))
			job_join(child);
		spin_unlock(&child->sighand->lock);
		syscall_table_of(child, false);
		task_link(child);
		task_get(child);	/* a second reference: the child may run
					   now */
		tracer_fork(child, a);
		cgroup_task_published(child);
		task_count(current, -1);
		task_count(child, 1);	/* the child's user may differ from the
					   caller's */
		total_forks++;
	}
	spin_unlock(&tree_lock);
	return err;
}

/* ---- CLONE_PIDFD --------------------------------------------------------- */

struct pidfd {
	int fd;				/* reserved descriptor */
	struct file *file;
};

static void pidfd_undo(struct pidfd *pd)
{
	if (pd->fd >= 0)
		fd_cancel(pd->fd);
	if (pd->file)
		file_put(pd->file);
}

/*
 * Do everything for CLONE_PIDFD that can fail, including the store to the
 * caller's memory.
 */
static int pidfd_prepare(struct pidfd *pd, struct task *child, uaddr_t to)
{
	int err = 0;

	pd->file = pidfd_ops->pidfd_file(child->process, 0);
	if (!pd->file)
		return -ENOMEM;
	pd->fd = fd_reserve(0, true);
	if (pd->fd < 0)
		err = pd->fd;
	else if (put_user(pd->fd, to))
		err = -EFAULT;
	return err;
}

/* ---- the story of a fork ------------------------------------------------- */

/*
 * Give the child everything that the caller has except the address space, which
 * spawn always shares.
 */
int task_copy(struct task *child, const struct clone_args *a)
{
	int err;

	copy_plain(child, a);
	if ((err = copy_files(child, a->flags)) ||
	    (err = copy_fs(child, a->flags)) ||
	    (err = copy_sighand(child, a->flags)) ||
	    (err = copy_process(child, a->flags)) ||
	    (err = task_parts_copy(child, a->flags)))
		return err;
	return 0;
}

/*
 * Prepare the child's return to user mode, as if from the same system call: its
 * first trapframe is a copy of the caller's with a result of 0.
 */
static int copy_registers(struct task *child, const struct clone_args *a)
{
	arch_fork_init(child, current_trapframe(current->kstack), a->stack);
	if (a->flags & CLONE_SETTLS)
		return arch_fork_tls(child, a->tls);
	return 0;
}

/*
 * Check whether the caller may choose the child's number with clone3's set_tid,
 * which restores processes from a checkpoint.  Extension namespaces makes its
 * own check.
 * Return: 0, -EINVAL, -EPERM.
 */
static int fork_may_choose(const struct task *child, int tid)
{
	if (likely(!tid) || child->process->space)
		return 0;
	if (tid == BAD_TID || tid >= READ_ONCE(pid_max))
		return -EINVAL;
	return capable(CAP_CHECKPOINT_RESTORE) || capable(CAP_SYS_ADMIN) ? 0 :
		-EPERM;
}

/*
 * Wait until the child releases the space.  A parent that is killed meanwhile
 * must first take the completion back from the child, because the completion is
 * on the parent's stack.
 */
static void wait_vfork(struct task *child, struct completion *c)
{
	bool ours;

	if (completion_wait_killable(c)) {
		spin_lock(&tree_lock);
		ours = child->vfork_done != NULL;
		child->vfork_done = NULL;
		spin_unlock(&tree_lock);
		if (!ours)
			completion_wait(c);	/* complete() is in progress */
	}
	task_put(child);
}

long task_clone(const struct clone_args *a)
{
	struct pidfd pidfd = { .fd = -1 };
	struct completion vfork;
	struct task *child;
	unsigned event;
	int tid, shown, err;

	/* Refuse flags that contradict each other. */
	err = check_args(a);
	if (err)
		return err;
	/* Count the child against its user's limit before any work for it. */
	if (!task_reserve())
		return -EAGAIN;
	/* Allocate the child's record and kernel stack. */
	child = task_alloc(current->comm);
	if (!child) {
		err = -ENOMEM;
		goto unreserve;
	}
	if (a->flags & CLONE_VFORK) {
		completion_init(&vfork);
		child->vfork_done = &vfork;
	}
	event = tracer_clone_event(a);

	/*
	 * Share or copy what the caller has.  The space comes last, as the
	 * most expensive step: an earlier failure then wastes nothing.
	 */
	if ((err = task_copy(child, a)) ||
	    (err = copy_space(child, a->flags)) ||
	    (err = copy_registers(child, a)) ||
	    (err = fork_may_choose(child, a->tid)))
		goto undo;
	if (a->flags & CLONE_PIDFD && (err = pidfd_prepare(&pidfd, child,
							   a->pidfd)))
		goto undo;

	/*
	 * Give the child a number and make it visible: the last step that may
	 * fail.
	 */
	err = task_publish(child, a, -1);
	if (err)
		goto undo;
	tid = child->tid;
	shown = pid_shown(tid);

	/* Store the results in user memory before the child runs. */
	if (pidfd.file)
		fd_fill(pidfd.fd, pidfd.file);
	if (a->flags & CLONE_PARENT_SETTID)
		put_user(shown, a->parent_tid);	/* no error if this fails, as on
						   Linux */
	event_note(EVENT_FORK, child, 0, 0);

	/* Let the child run.  From now on it may be gone at any time. */
	if (a->flags & CLONE_VFORK)
		task_get(child);
	sched_add(child);

	/* Stop for a tracer; a vfork waits until the child execs or exits. */
	tracer_stop(event, (unsigned)tid);
	if (a->flags & CLONE_VFORK) {
		wait_vfork(child, &vfork);
		tracer_stop(TRACE_VFORK_DONE, (unsigned)tid);
	}
	return shown;
undo:
	pidfd_undo(&pidfd);
	task_undo(child);
unreserve:
	task_unreserve();
	return err;
}
