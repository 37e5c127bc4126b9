/* SPDX-License-Identifier: MIT */
/*
 * spawn: create a process that runs a new program, in one system call, like
 * Exec of Nachos, whose other two process calls are Join and Exit (row B15).
 *
 *   caller                            child
 *     task_copy(): all but the space
 *     share the caller's space, as vfork does
 *     task_publish(), sched_add() ----> spawn_begin(), in the kernel
 *     waits                             file actions, on its own table
 *        |                              exec_file(): the rules of execve(2)
 *        |<--- exec_commit() ---------- a new space: no longer unborn
 *     returns its number                runs the program
 *
 * The child executes the program itself, so every rule of execve(2) about what
 * a new program gets and loses holds for it; this file adds none.  No page is
 * copied.  Invariant: a child that fails was `unborn` all its life: wait4(2)
 * does not find it, and no signal reports its end.
 */
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <kernel/events.h>
#include <kernel/exec/format.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/process/oom.h>
#include <kernel/process/process.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

#define SPAWN_SETPGROUP	0x1u
#define SPAWN_SETSIGMASK 0x2u
#define SPAWN_SETSIGDEF	0x4u
#define SPAWN_FLAGS	(SPAWN_SETPGROUP | SPAWN_SETSIGMASK | SPAWN_SETSIGDEF)
#define SPAWN_ACTIONS_MAX 256u

/* The ABI, which is the same for every word size. */
struct uabi_spawn {
	u64 path, argv, envp, actions;
	u32 nr_actions, flags;
	/* for SETPGROUP: the process group; 0: a new group */
	s32 pgid;
	u32 zero;
	u64 mask, defaults;		/* for SETSIGMASK; for SETSIGDEF */
};

/* A call in progress. */
struct spawn {
	ref_t refs;			/* the caller's and the child's */
	struct uabi_spawn args;		/* const */
	char *name;			/* const: path of the program */
	/* The child's until it ends, then the caller's: why it has failed, */
	int err;
	bool starved;			/* for lack of a block of memory */
	u8 order;			/* and the block's order */
};

enum { ACTION_CLOSE = 1, ACTION_DUP2, ACTION_OPEN };

struct uabi_action {
	u32 op;
	/* the descriptor that the action changes */
	s32 fd;
	s32 from;			/* for DUP2 */
	u32 flags, mode;		/* for OPEN */
	u32 zero;
	u64 path;			/* for OPEN */
};

/* ---- file actions, on the child's descriptor table ----------------------- */

/*
 * Open a file (posix_spawn_file_actions_addopen(3)).  A file that is open at
 * that number is closed once the new one is open.
 */
static int action_open(const struct uabi_action *a)
{
	struct file *f;
	char *name;
	int err;

	name = name_from_user((uaddr_t)a->path, &err);
	if (!name)
		return err;
	err = file_open(AT_FDCWD, name, a->flags, a->mode, &f);
	name_put(name);
	return err ? err : fd_replace(f, (unsigned)a->fd,
				      a->flags & O_CLOEXEC);
}

/*
 * Duplicate a descriptor.  As in POSIX, a dup2 to the same number clears
 * close-on-exec.
 */
static int action_dup2(const struct uabi_action *a)
{
	int err = (int)sys_dup2(a->from, a->fd);

	if (err >= 0 && a->from == a->fd)
		fd_set_cloexec((unsigned)a->fd, false);
	return err;
}

static int spawn_do_action(const struct uabi_action *a)
{
	int err;

	if (a->fd < 0 || (unsigned)a->fd >= fd_limit())
		return -EBADF;
	switch (a->op) {
	case ACTION_CLOSE:
		return fd_close(a->fd);
	case ACTION_DUP2:
		err = action_dup2(a);
		break;
	case ACTION_OPEN:
		err = action_open(a);
		break;
	default:
		return -EINVAL;
	}
	return err < 0 ? err : 0;
}

/* Do the actions in order; the first error ends the child. */
static int spawn_do_actions(const struct uabi_spawn *s)
{
	struct uabi_action a;
	int err = 0;

	for (unsigned i = 0; i < s->nr_actions && !err; i++) {
		if (copy_from_user(&a, (uaddr_t)s->actions + i * sizeof(a),
				   sizeof(a)))
			return -EFAULT;
		err = spawn_do_action(&a);
	}
	return err;
}

/* ---- the child ----------------------------------------------------------- */

static void spawn_put(struct spawn *s)
{
	if (!ref_put(&s->refs))
		return;
	name_put(s->name);
	kfree(s);
}

/* Become the program. */
static int spawn_exec(struct spawn *s)
{
	struct arg_source argv = { .user = (uaddr_t)s->args.argv };
	struct arg_source envp = { .user = (uaddr_t)s->args.envp };
	struct file *file;
	int err;

	err = spawn_do_actions(&s->args);
	if (!err)
		err = file_open_exec(AT_FDCWD, s->name, LOOKUP_FOLLOW, &file);
	return err ? err : exec_file(file, s->name, 0, &argv, &envp);
}

/*
 * The child's first function, with interrupts off.  It returns to user mode, to
 * the new program.  A child that was interrupted cannot restart the call, since
 * its signals are its own.
 */
static void spawn_begin(void *arg)
{
	struct spawn *s = arg;
	int err;

	arch_irq_enable();
	err = spawn_exec(s);
	s->err = err <= -ERESTARTSYS ? -EINTR : err;
	s->starved = READ_ONCE(current->ast) & AST_STARVED;
	s->order = current->refused_order;
	spawn_put(s);
	if (err)
		process_exit(0);
}

/* ---- the caller ---------------------------------------------------------- */

/*
 * Set the signals as exec would, and as SETSIGDEF and SETSIGMASK ask for.  The
 * handlers go before the child exists: it must not run them in the caller's
 * space.
 */
static void spawn_set_signals(struct task *child, const struct uabi_spawn *s)
{
	sighand_reset(child->sighand,
		      s->flags & SPAWN_SETSIGDEF ? s->defaults : 0);
	if (s->flags & SPAWN_SETSIGMASK)
		child->blocked = s->mask & ~SIGMASK_UNBLOCKABLE;
}

/* True if the child p runs its program, or has ended. */
static bool spawn_is_over(struct process *p)
{
	bool over;

	spin_lock(&tree_lock);
	over = !p->unborn || process_ended(p);
	spin_unlock(&tree_lock);
	return over;
}

/*
 * Wait until the child runs its program or has failed.  If it lacked memory,
 * the caller lacks it, too.
 * Return: 0; the child's error; -ERESTARTSYS (the caller is killed).
 */
static int spawn_wait(struct spawn *s, struct process *p)
{
	int err = wait_event_killable(&current->process->wait_child,
				      spawn_is_over(p));

	if (err || !READ_ONCE(p->unborn))
		return err;
	if (s->starved)
		oom_note_refused(s->order);
	return s->err;
}

/* ---- the call ------------------------------------------------------------ */

/*
 * Copy the arguments.  All pointers are 64 bits wide on both machines; their
 * values must fit into a machine word.
 */
static int get_args(struct uabi_spawn *s, uaddr_t args, unsigned long size)
{
	if (size != sizeof(*s))
		return -EINVAL;
	if (copy_from_user(s, args, sizeof(*s)))
		return -EFAULT;
	if ((s->flags & ~SPAWN_FLAGS) || s->zero ||
	    s->nr_actions > SPAWN_ACTIONS_MAX)
		return -EINVAL;
	if ((s->flags & SPAWN_SETPGROUP) && s->pgid < 0)
		return -EINVAL;
	if ((s->path | s->argv | s->envp | s->actions) > (uaddr_t)-1)
		return -EFAULT;
	return 0;
}

/* Give the child everything that it has before it runs. */
static int spawn_copy(struct task *child, const struct clone_args *a,
		      struct spawn *s)
{
	int err = task_copy(child, a);

	if (err)
		return err;
	child->space = current->space;
	vm_space_get(child->space);
	child->process->unborn = true;
	spawn_set_signals(child, &s->args);
	arch_kthread_init(child, spawn_begin, s);
	return 0;
}

/* Number the child and make it visible, in the process group it asks for. */
static int spawn_publish(struct task *child, const struct clone_args *a,
			 const struct uabi_spawn *s)
{
	int pgid = -1;

	if (s->flags & SPAWN_SETPGROUP) {
		pgid = s->pgid ? pid_meant(s->pgid) : 0;
		if (pgid < 0)
			return -EPERM;
	}
	return task_publish(child, a, pgid);
}

/*
 * Create the child and wait until it runs its program.  Uses up the reservation
 * of task_reserve().
 * Return: the child's number or -errno.
 */
static long spawn_child(struct spawn *s)
{
	static const struct clone_args like_vfork = {
		.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD
	};
	unsigned event = tracer_clone_event(&like_vfork);
	struct task *child = task_alloc(current->comm);
	struct process *p;
	int err = -ENOMEM, tid, shown;

	if (!child)
		goto unreserve;
	if ((err = spawn_copy(child, &like_vfork, s)) ||
	    (err = spawn_publish(child, &like_vfork, &s->args)))
		goto undo;
	tid = child->tid;
	shown = pid_shown(tid);
	event_note(EVENT_FORK, child, 0, 0);

	/* Let the child run: from now on it may be gone at any time. */
	p = child->process;
	process_get(p);
	ref_get(&s->refs);
	sched_add(child);
	tracer_stop(event, (unsigned)tid);
	err = spawn_wait(s, p);
	process_put(p);
	tracer_stop(TRACE_VFORK_DONE, (unsigned)tid);
	return err ? err : shown;
undo:
	task_undo(child);
unreserve:
	task_unreserve();
	return err;
}

/* Copy the arguments.  Return: the call, with one reference, or NULL and *err. */
static struct spawn *spawn_create(uaddr_t args, unsigned long size, int *err)
{
	struct spawn *s = kzalloc(sizeof(*s));

	*err = -ENOMEM;
	if (!s)
		return NULL;
	ref_init(&s->refs);
	*err = get_args(&s->args, args, size);
	if (!*err)
		s->name = name_from_user((uaddr_t)s->args.path, err);
	if (s->name)
		return s;
	kfree(s);
	return NULL;
}

long sys_spawn(uaddr_t args, unsigned long size)
{
	struct spawn *s;
	long id;
	int err;

	s = spawn_create(args, size, &err);
	if (!s)
		return err;
	id = task_reserve() ? spawn_child(s) : -EAGAIN;
	spawn_put(s);
	return id;
}
