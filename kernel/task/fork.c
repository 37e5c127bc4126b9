/* SPDX-License-Identifier: MIT */
/*
 * fork, vfork, clone, clone3 (rows C1, D10, D11).  The child is built to the
 * side, in steps that each can be undone; only publish() makes it visible,
 * and nothing fails after that.
 */
#include <ext/ioprio/ioprio.h>
#include <ext/sysvipc/sem.h>
#include <fs/internal.h>
#include <kernel/cred.h>
#include <kernel/hooks.h>
#include <kernel/syscall/table.h>
#include <kernel/task/internal.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/ptrace.h>

/* Flags with a meaning here, and those that Linux ignores as well. */
#define CLONE_KNOWN (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
	CLONE_PIDFD | CLONE_PTRACE | CLONE_VFORK | CLONE_PARENT | \
	CLONE_THREAD | \
	CLONE_SYSVSEM | CLONE_SETTLS | CLONE_PARENT_SETTID | \
	CLONE_CHILD_CLEARTID | CLONE_DETACHED | CLONE_UNTRACED | \
	CLONE_CHILD_SETTID | CLONE_IO | CLONE_CLEAR_SIGHAND)

#define BAD_TID	-1		/* no number can be this */

/*
 * clone(2)'s EINVALs.  Threads share signal handlers, and sharers of handlers
 * memory: a handler's address means something in one space only.
 */
static int check_args(const struct clone_args *a)
{
	u64 f = a->flags;

	if (f & ~CLONE_KNOWN)
		return -EINVAL;
	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	/* pidfds are of processes; the two would store to one place */
	if ((f & CLONE_PIDFD) && ((f & (CLONE_THREAD | CLONE_DETACHED)) ||
	    ((f & CLONE_PARENT_SETTID) && a->pidfd == a->parent_tid)))
		return -EINVAL;
	/* init's children would have no one to go to */
	if ((f & CLONE_PARENT) && current->process == init_process)
		return -EINVAL;
	return 0;
}

/* Row D14: no more than RLIMIT_NPROC tasks of one user. */
bool task_within_limits(void)
{
	unsigned long limit = HINT(current->process->limits[RLIMIT_NPROC].cur);
	unsigned uid = current->cred->uid;
	unsigned long n = 0;
	struct task *t;

	/*
	 * a hint without the lock, as on Linux: the kernel's own bound is soft
	 */
	if (HINT(nr_tasks) >= HINT(max_tasks))
		return false;
	if (limit == RLIM_INFINITY || capable(CAP_SYS_RESOURCE) ||
	    capable(CAP_SYS_ADMIN))
		return true;
	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		n += t->process && t->cred->uid == uid;
	spin_unlock(&tree_lock);
	return n < limit;
}

/* ---- the steps ----------------------------------------------------------- */

/*
 * What cannot fail.  A child that runs on the caller's memory at once with it
 * must not share its signal stack, unless the caller sleeps meanwhile (vfork).
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
	child->timer_slack = child->default_slack = t->timer_slack;
	if (!(a->flags & CLONE_VM) || (a->flags & CLONE_VFORK))
		child->altstack = t->altstack;
	else
		child->altstack.flags = SS_DISABLE;
	if (a->flags & CLONE_CHILD_SETTID) {
		child->set_child_tid = a->child_tid;
		child->ast |= AST_CHILD_TID;
	}
	if (t->rseq && !(a->flags & CLONE_VM)) {
		child->rseq = t->rseq;
		child->rseq_len = t->rseq_len;
		child->rseq_sig = t->rseq_sig;
		child->ast |= AST_RSEQ;
	}
	if (unlikely(hooks.trap_fork))
		hooks.trap_fork(child);
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
 * Each of the next: shared with a reference more, or a copy.  => 0 or -ENOMEM;
 * task_undo() finds what is there by the pointer not being NULL
 */
static int copy_files(struct task *child, u64 flags)
{
	if (flags & CLONE_FILES) {
		child->files = current->files;
		files_get(child->files);
	} else {
		child->files = files_clone(current->files);
	}
	return child->files ? 0 : -ENOMEM;
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

/* CLONE_CLEAR_SIGHAND: handlers go, ignored signals stay ignored. */
static void clear_handlers(struct sighand *s)
{
	for (unsigned i = 0; i < NSIG; i++)
		if (s->action[i].handler != SIG_IGN)
			s->action[i] = (struct sigaction){ 0 };
}

/* The dispositions; what is pending is never inherited (fork(2)). */
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
		clear_handlers(child->sighand);
	return 0;
}

/* Last of the steps, as the dearest: an error elsewhere costs no copy. */
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

/*
 * A thread joins its caller's process; a process has limits and the like of its
 * parent's, and begins with times, timers and signals of its own (fork(2)).
 */
static int copy_process(struct task *child, u64 flags)
{
	struct process *p = current->process;

	if (flags & CLONE_THREAD) {
		process_get(p);
		child->process = p;
		return 0;
	}
	child->process = process_alloc();
	if (!child->process)
		return -ENOMEM;
	memcpy(child->process->limits, p->limits, sizeof(p->limits));
	child->process->oom_score_adj = p->oom_score_adj;
	child->process->core_filter = p->core_filter;
	cpu_timers_update(child->process);
	return 0;
}

/* What few have: System V's undo list, and an I/O context. */
static int copy_rare(struct task *child, u64 flags)
{
	int err = 0;

	if (flags & CLONE_SYSVSEM)
		err = sem_share(child);
	if (!err && unlikely(current->io))
		err = io_share(child, flags & CLONE_IO);
	return err;
}

/* Of a child that nobody has seen: whatever is there goes. */
void task_undo(struct task *child)
{
	if (child->sem_undo)
		sem_exit(child);
	if (child->space)
		vm_space_put(child->space);
	if (child->fs)
		fs_put(child->fs);
	if (child->files)
		files_put(child->files);
	task_discard(child);
}

/* ---- publication --------------------------------------------------------- */

/* [tree_lock] Its number: any, or the wanted one; its group must exist. */
static int number(struct task *child, int tid, int pgid)
{
	int err;

	spin_must_hold(&tree_lock);
	if (pgid > 0 && !group_in_session(pgid, current->process->sid))
		return -EPERM;
	if (tid) {
		err = pid_take(tid);
		child->tid = tid;
		return err;
	}
	child->tid = pid_alloc();
	return min(child->tid, 0);
}

/* [tree_lock] A new process beside or below the caller's. */
static void link_process(struct task *child, u64 flags, int pgid)
{
	struct process *p = child->process, *me = current->process;

	spin_must_hold(&tree_lock);
	p->pid = child->tid;
	p->leader = child;
	p->parent = (flags & CLONE_PARENT) ? me->parent : me;
	p->ppid = p->parent->pid;
	p->birth_tid = (flags & CLONE_PARENT) ? me->birth_tid : current->tid;
	p->parent_execs = (flags & CLONE_PARENT) ? me->parent_execs : me->execs;
	p->pgid = pgid < 0 ? me->pgid : pgid ? pgid : p->pid;
	p->sid = me->sid;
	p->tty = me->tty;
	/* the number itself came with one reference, as the leader's tid */
	pid_get(p->pgid);
	pid_get(p->sid);
	list_append(&p->parent->children, &p->sibling);
	list_append(&all_processes, &p->all_link);
}

/*
 * A signal to the group either finds the child in the lists or finds the
 * caller before it got here, and then the call starts again after the signal.
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
		err = signal_pending() ? -ERESTARTNOINTR :
			number(child, a->tid, pgid);
	if (!err) {
		if (!(flags & CLONE_THREAD))
			link_process(child, flags, pgid);
		p->nr_threads++;
		p->nr_live++;
		child->counts_io = current->counts_io;
		/* threads: who holds either lock may walk the list */
		spin_lock(&child->sighand->lock);
		list_append(&p->threads, &child->thread_link);
		if (unlikely(p->stopped))
			job_join(child);
		spin_unlock(&child->sighand->lock);
		syscall_table_of(child, false);
		task_link(child);
		task_get(child);	/* it may run */
		if (unlikely(task_traced(current)))
			hooks.trace_fork(child, flags & CLONE_PTRACE ||
					 hooks.trace_clone_event(a));
		nr_tasks++;
		total_forks++;
	}
	spin_unlock(&tree_lock);
	return err;
}

/* ---- CLONE_PIDFD --------------------------------------------------------- */

struct pidfd {
	int fd;				/* reserved */
	struct file *file;
};

static void pidfd_undo(struct pidfd *pd)
{
	if (pd->fd >= 0)
		fd_cancel(pd->fd);
	if (pd->file)
		file_put(pd->file);
}

/* All that can fail of it, the caller's word included. */
static int pidfd_prepare(struct pidfd *pd, struct task *child, uaddr_t to)
{
	int err = 0;

	pd->file = pidfd_file(child->process, 0);
	if (!pd->file)
		return -ENOMEM;
	pd->fd = fd_reserve(0, true);
	if (pd->fd < 0)
		err = pd->fd;
	else if (put_user(pd->fd, to))
		err = -EFAULT;
	return err;
}

/* ---- putting it together ------------------------------------------------- */

int task_copy(struct task *child, const struct clone_args *a)
{
	int err;

	copy_plain(child, a);
	if ((err = copy_files(child, a->flags)) ||
	    (err = copy_fs(child, a->flags)) ||
	    (err = copy_sighand(child, a->flags)) ||
	    (err = copy_process(child, a->flags)) ||
	    (err = copy_rare(child, a->flags)))
		return err;
	return 0;
}

/*
 * The child's first frame is a copy of the caller's with a result of 0: it
 * leaves the kernel as if by the same system call.
 */
static int build(struct task *child, const struct clone_args *a)
{
	int err = task_copy(child, a);

	if (!err)
		err = copy_space(child, a->flags);
	if (err)
		return err;
	arch_fork_init(child, current_trapframe(current->kstack), a->stack);
	if (a->flags & CLONE_SETTLS)
		return arch_fork_tls(child, a->tls);
	return 0;
}

/*
 * Until the child lets go of the space.  A parent that is killed must not
 * leave: the completion is on its stack, so it takes it back from the child.
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
			completion_wait(c);	/* complete() is under way */
	}
	task_put(child);
}

/* clone3's set_tid: whoever brings a process back from a file may choose. */
static int may_choose(int tid)
{
	if (likely(!tid))
		return 0;
	if (tid == BAD_TID || tid >= READ_ONCE(pid_max))
		return -EINVAL;
	return capable(CAP_CHECKPOINT_RESTORE) || capable(CAP_SYS_ADMIN) ? 0 :
		-EPERM;
}

/*
 * Rows C1, D10, D11.  Before task_publish() everything may fail and is undone;
 * after it nothing does.  The child does not run before sched_add(), so a
 * tracer and the caller's memory know its number first.
 */
long task_clone(const struct clone_args *a)
{
	struct pidfd pidfd = { .fd = -1 };
	struct completion vfork;
	struct task *child;
	unsigned event = 0;
	int tid, err = check_args(a);

	if (err)
		return err;
	if (!task_within_limits())
		return -EAGAIN;
	child = task_alloc(current->comm);
	if (!child)
		return -ENOMEM;
	if (a->flags & CLONE_VFORK) {
		completion_init(&vfork);
		child->vfork_done = &vfork;
	}
	if (unlikely(task_traced(current)))
		event = hooks.trace_clone_event(a);
	err = build(child, a);
	if (!err)
		err = may_choose(a->tid);
	if (!err && (a->flags & CLONE_PIDFD))
		err = pidfd_prepare(&pidfd, child, a->pidfd);
	if (!err)
		err = task_publish(child, a, -1);
	if (err) {
		pidfd_undo(&pidfd);
		task_undo(child);
		return err;
	}
	if (pidfd.file)
		fd_fill(pidfd.fd, pidfd.file);
	tid = child->tid;
	if (a->flags & CLONE_PARENT_SETTID)
		put_user(tid, a->parent_tid);	/* as Linux: no error */
	if (a->flags & CLONE_VFORK)
		task_get(child);
	sched_add(child);
	if (unlikely(event))
		hooks.trace_event(event, (unsigned)tid);
	if (a->flags & CLONE_VFORK) {
		wait_vfork(child, &vfork);
		if (unlikely(task_traced(current)))
			hooks.trace_event(PTRACE_EVENT_VFORK_DONE,
					  (unsigned)tid);
	}
	return tid;
}

/* ---- system calls -------------------------------------------------------- */

/*
 * On both machines tls comes before ctid (clone(2), "C library/kernel
 * differences").  CLONE_PIDFD stores to ptid: no other argument was left.
 */
long sys_clone(unsigned long flags, uaddr_t stack, uaddr_t ptid, uaddr_t tls,
	       uaddr_t ctid)
{
	struct clone_args a = {
		.flags = flags & 0xffffff00ul,
		.exit_signal = flags & 0xff,
		.stack = stack,
		.tls = tls,
		.parent_tid = ptid,
		.child_tid = ctid,
		.pidfd = ptid,
	};

	return task_clone(&a);
}

long sys_fork(void)
{
	struct clone_args a = { .exit_signal = SIGCHLD };

	return task_clone(&a);
}

long sys_vfork(void)
{
	struct clone_args a = {
		.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD
	};

	return task_clone(&a);
}

/* struct clone_args of the ABI; version 0 ends after tls. */
struct uabi_clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack,
	    stack_size, tls;
	u64 set_tid, set_tid_size, cgroup;
};

#define CLONE_ARGS_SIZE0 64

/* The size is the version. */
static int get_clone_args(struct uabi_clone_args *u, uaddr_t args,
			  unsigned long size)
{
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE0)
		return -EINVAL;
	return struct_from_user(u, sizeof(*u), args, size);
}

/* The signal has its own field, and numbers one level. */
static bool clone_args_valid(const struct uabi_clone_args *u)
{
	return u->set_tid_size <= 32 && !u->set_tid == !u->set_tid_size &&
		u->exit_signal <= NSIG;
}

static bool clone_flags_valid(const struct uabi_clone_args *u)
{
	if (u->flags & (0xff | CLONE_DETACHED))
		return false;
	if (u->flags & (CLONE_THREAD | CLONE_PARENT) && u->exit_signal)
		return false;
	if (!u->stack != !u->stack_size)
		return false;
	return !u->stack || user_range_ok(u->stack, u->stack_size);
}

/* The number wanted for the child, or BAD_TID: it is told as such later. */
static int get_wanted_tid(const struct uabi_clone_args *u, int *tid)
{
	int wanted[32];

	if (!u->set_tid)
		return 0;
	if (u->set_tid > (uaddr_t)-1 ||
	    copy_from_user(wanted, (uaddr_t)u->set_tid,
			   u->set_tid_size * sizeof(int)))
		return -EFAULT;
	*tid = u->set_tid_size == 1 && wanted[0] > 0 ? wanted[0] : BAD_TID;
	return 0;
}

long sys_clone3(uaddr_t args, unsigned long size)
{
	struct uabi_clone_args u;
	struct clone_args a;
	int tid = 0, err = get_clone_args(&u, args, size);

	if (!err && !clone_args_valid(&u))
		err = -EINVAL;
	if (!err)
		err = get_wanted_tid(&u, &tid);
	if (!err && !clone_flags_valid(&u))
		err = -EINVAL;
	if (err)
		return err;
	a = (struct clone_args){
		.flags = u.flags,
		.exit_signal = u.exit_signal,
		.stack = u.stack + u.stack_size,
		.tls = u.tls,
		.parent_tid = u.parent_tid,
		.child_tid = u.child_tid,
		.pidfd = u.pidfd,
		.tid = tid,
	};
	return task_clone(&a);
}
