/* SPDX-License-Identifier: MIT */
/*
 * spawn: create a process that runs a new program, in one system call, like
 * Exec of Nachos, whose other two process calls are Join and Exit (row B15).
 * The caller builds the child's descriptor table and address space beside its
 * own, and copies no pages or page tables.  All errors are reported before the
 * child exists.
 */
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <kernel/events.h>
#include <kernel/exec/format.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/process/process.h>
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
 * Open a file.  A file that is open at that number is closed first
 * (posix_spawn_file_actions_addopen(3)).
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

/* Do one action.  Context: current->files is the child's table. */
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

/* Do the actions in order; the first error ends the call without a child. */
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

/* ---- the program --------------------------------------------------------- */

/* Return: e with the program ready in e->space, or NULL and *err. */
static struct exec *spawn_load(const struct uabi_spawn *s, const char *name,
			       int *err)
{
	struct arg_source argv = { .user = (uaddr_t)s->argv };
	struct arg_source envp = { .user = (uaddr_t)s->envp };
	struct file *file;
	struct exec *e;

	*err = file_open_exec(AT_FDCWD, name, LOOKUP_FOLLOW, &file);
	if (*err)
		return NULL;
	e = exec_create(file, name);
	if (!e) {
		*err = -ENOMEM;
		return NULL;
	}
	*err = exec_build(e, &argv, &envp);
	if (*err) {
		exec_free(e);
		return NULL;
	}
	return e;
}

/*
 * Do the file actions and load the program.  Meanwhile the caller uses the
 * child's descriptor table, so the code of the ordinary calls applies to it.
 */
static struct exec *spawn_prepare(struct task *child,
				  const struct uabi_spawn *s, const char *name,
				  int *err)
{
	struct files *mine = current->files;
	struct exec *e = NULL;

	WRITE_ONCE(current->files, child->files);
	*err = spawn_do_actions(s);
	if (!*err)
		e = spawn_load(s, name, err);
	if (e) {
		files_close_on_exec();
		*err = e->binary ? e->pass_binary(e) : 0;
	}
	if (e && *err) {
		exec_free(e);
		e = NULL;
	}
	WRITE_ONCE(current->files, mine);
	return e;
}

/*
 * Set the signals as after exec: no handlers, and default actions as SETSIGDEF
 * asks for.
 */
static void set_signals(struct task *child, const struct uabi_spawn *s)
{
	sighand_reset(child->sighand,
		      s->flags & SPAWN_SETSIGDEF ? s->defaults : 0);
	if (s->flags & SPAWN_SETSIGMASK)
		child->blocked = s->mask & ~SIGMASK_UNBLOCKABLE;
	child->altstack = (struct sigaltstack){ .flags = SS_DISABLE };
}

/*
 * Do for the child what exec_commit() does for the caller.  The child is not
 * published yet, so no locks are needed.  Cannot fail.
 */
static void spawn_settle(struct task *child, struct exec *e)
{
	exec_set_dumpable(e);
	child->space = e->space;
	child->space->exe = &e->file->object;
	e->space = NULL;
	e->file = NULL;
	if (e->cred) {
		cred_put(child->cred);
		child->cred = e->cred;
		e->cred = NULL;
	}
	exec_set_comm(child, e->filename);
	exec_set_calls(child, e);
	child->flags &= ~TF_FORKNOEXEC;
	child->process->has_execed = true;
	arch_spawn_init(child, e->entry, e->sp);
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

/*
 * Create the child.  Until task_publish() task_undo() can undo everything; the
 * child owns its address space from spawn_settle() on.  The reservation of
 * task_reserve() is used or returned here.
 */
static long processes_spawn(const struct uabi_spawn *s, const char *name)
{
	static const struct clone_args plain = { .exit_signal = SIGCHLD };
	struct task *child = task_alloc(current->comm);
	struct exec *e;
	int err = -ENOMEM, id, pgid = -1;

	if (!child)
		goto unreserve;
	err = task_copy(child, &plain);
	if (err)
		goto fail;
	e = spawn_prepare(child, s, name, &err);
	if (!e)
		goto fail;
	set_signals(child, s);
	spawn_settle(child, e);
	exec_free(e);
	if (s->flags & SPAWN_SETPGROUP)
		pgid = s->pgid ? pid_meant(s->pgid) : 0;
	err = s->flags & SPAWN_SETPGROUP && pgid < 0 ? -EPERM :
		task_publish(child, &plain, pgid);
	if (err)
		goto fail;
	id = pid_shown(child->tid);
	event_note(EVENT_FORK, child, 0, 0);
	sched_add(child);
	tracer_stop(tracer_clone_event(&plain), (unsigned)id);
	return id;
fail:
	task_undo(child);
unreserve:
	task_unreserve();
	return err;
}

long sys_spawn(uaddr_t args, unsigned long size)
{
	struct uabi_spawn s;
	char *name;
	long id;
	int err = get_args(&s, args, size);

	if (err)
		return err;
	name = name_from_user((uaddr_t)s.path, &err);
	if (!name)
		return err;
	id = task_reserve() ? processes_spawn(&s, name) : -EAGAIN;
	name_put(name);
	return id;
}
