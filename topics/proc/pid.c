/* SPDX-License-Identifier: MIT */
/* The directory of each task under /proc, and task/ below it (row D1). */
#include <fs/io/pagefile.h>
#include "proc.h"
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/printf.h>
#include <mm/vm.h>

static const struct inode_ops task_dir_ops, comm_ops;
static const struct file_ops task_dir_fops;

TABLE(pid_file);

PID_FILES(files) = {
	{ .name = "stat", .mode = 0444, .show = pid_show_stat },
	{ .name = "statm", .mode = 0444, .show = pid_show_statm },
	{ .name = "status", .mode = 0444, .show = pid_show_status },
	{ .name = "comm", .mode = 0644, .ops = &comm_ops,
	  .show = pid_show_comm, .store = pid_store_comm },
	{ .name = "cmdline", .mode = 0444, .show = pid_show_cmdline },
	{ .name = "environ", .mode = 0400, .show = pid_show_environ,
	  .of_space = true },
	{ .name = "auxv", .mode = 0400, .show = pid_show_auxv,
	  .of_space = true },
	{ .name = "wchan", .mode = 0444, .show = pid_show_wchan },
	{ .name = "maps", .mode = 0444, .show = pid_show_maps,
	  .of_space = true },
	{ .name = "mounts", .mode = 0444, .show = pid_show_mounts,
	  .fops = &proc_mounts_fops },
	{ .name = "mountinfo", .mode = 0444, .show = pid_show_mountinfo,
	  .fops = &proc_mounts_fops },
	{ .name = "exe", .mode = S_IFLNK | 0777, .follow = pid_follow_exe },
	{ .name = "cwd", .mode = S_IFLNK | 0777, .follow = pid_follow_cwd },
	{ .name = "root", .mode = S_IFLNK | 0777, .follow = pid_follow_root },
	{ .name = "fd", .mode = S_IFDIR | 0500, .ops = &pid_fd_ops,
	  .fops = &pid_fd_fops },
	{ .name = "fdinfo", .mode = S_IFDIR | 0500, .ops = &pid_fdinfo_ops,
	  .fops = &pid_fdinfo_fops },
	{ .name = "children", .mode = 0444, .show = pid_show_children,
	  .thread_only = true },
	{ .name = "task", .mode = S_IFDIR | 0555, .ops = &task_dir_ops,
	  .fops = &task_dir_fops, .process_only = true },
};

int proc_lookup_number(const struct inode *dir, const struct dentry *d)
{
	int nr = proc_number(d->name, d->name_len);

	return nr > 0 ? pid_from(nr, proc_view(dir)) : nr;
}

struct task *proc_task_since(int tid, ktime_t started)
{
	struct task *t;

	spin_lock(&tree_lock);
	t = task_at(tid);
	if (t && (started == t->started || !started))
		task_get(t);
	else
		t = NULL;
	spin_unlock(&tree_lock);
	return t;
}

struct task *proc_task(const struct inode *i)
{
	return proc_task_since(proc_of(i)->tid, proc_of(i)->started);
}

struct vm_space *proc_space(struct task *t)
{
	struct vm_space *s;

	spin_lock(&tree_lock);
	s = t->space;
	if (!vm_space_get_live(s))
		s = NULL;
	spin_unlock(&tree_lock);
	return s;
}

bool proc_may_inspect(struct task *t)
{
	return task_may_access(t, false, false);
}

bool proc_may_look_in(const struct proc_inode *p)
{
	struct task *t = proc_task_since(p->tid, p->started);
	bool may = !t || proc_may_inspect(t);

	if (t)
		task_put(t);
	return may;
}

bool proc_may_control(struct task *t)
{
	return task_may_access(t, false, true);
}

/* ---- inodes -------------------------------------------------------------- */

static int entry_follow(struct inode *i, struct path *out)
{
	struct task *t = proc_task(i);
	int err = -ESRCH;

	if (!t)
		return err;
	err = -EACCES;
	if (proc_may_inspect(t))
		err = proc_of(i)->entry->follow(t, out);
	task_put(t);
	return err;
}

long proc_link_text(struct path *p, char *buf, size_t size)
{
	int err;
	char *name = path_name(p, buf, size, &err);
	size_t n;

	path_put(p);
	if (!name)
		return err;
	n = strlen(name);
	memmove(buf, name, n + 1);
	return (long)n;
}

static long entry_readlink(struct inode *i, char *buf, size_t size)
{
	struct path p;
	int err = entry_follow(i, &p);

	return err ? err : proc_link_text(&p, buf, size);
}

static const struct inode_ops entry_link_ops = {
	.readlink = entry_readlink,
	.follow = entry_follow,
	.refresh = proc_pid_refresh,
	.evict = proc_evict,
	.keeps = KEEPS_MODE,
};

static const struct inode_ops entry_file_ops = {
	.refresh = proc_pid_refresh,
	.evict = proc_evict,
	.truncate = proc_truncate,
	.keeps = KEEPS_MODE,
};

/*
 * Return: the user or group ID of root of the user namespace that owns t's
 * memory; 0 if t has no memory or that root has no ID here.
 */
static unsigned pid_owner_root(const struct task *t, int from)
{
	unsigned root = t->cred && t->space ?
		id_map(from, 0, READ_ONCE(t->space->owner)) : 0;

	return root == ~0u ? 0 : root;
}

/*
 * A task's files belong to its effective user, or to root if the task is not
 * dumpable.  Directories that everyone may list always show the effective user.
 */
static void pid_set_owner(struct task *t, struct inode *i)
{
	bool listed = i->mode == (S_IFDIR | 0555), roots;

	spin_lock(&tree_lock);
	roots = !t->cred || (!listed && !(t->space && t->space->dumpable ==
					  DUMP_USER));
	i->uid = roots ? pid_owner_root(t, UID_FROM) : t->cred->euid;
	i->gid = roots ? pid_owner_root(t, GID_FROM) : t->cred->egid;
	spin_unlock(&tree_lock);
}

/*
 * Update the owner before stat(2) of an open file: the task's IDs may have
 * changed.
 */
void proc_pid_refresh(struct inode *i)
{
	struct task *t = proc_task(i);

	if (!t)
		return;
	pid_set_owner(t, i);
	task_put(t);
}

/*
 * A process may always read its own descriptor directories, whatever their
 * owner.
 * Context: dcache_lock may be held, so tree_lock, which keeps the task alive,
 * cannot be taken: compare PIDs only.
 */
bool proc_pid_permits(struct inode *i, int mask)
{
	return !(mask & W_OK) && proc_of(i)->pid == current->process->pid;
}

/*
 * Threads may name each other in task/, whatever the owner: a daemon that gave
 * up root is not dumpable.
 */
static bool comm_permits(struct inode *i, int mask)
{
	return proc_of(i)->thread && !(mask & X_OK) &&
		proc_of(i)->pid == current->process->pid;
}

static const struct inode_ops comm_ops = {
	.permits = comm_permits,
	.refresh = proc_pid_refresh,
	.evict = proc_evict,
	.truncate = proc_truncate,
	.keeps = KEEPS_MODE,
};

int proc_instantiate(struct inode *dir, struct dentry *d,
		     const struct proc_inode *p, unsigned mode,
		     const struct inode_ops *ops, const struct file_ops *fops)
{
	struct task *t = proc_task_since(p->tid, p->started);
	struct proc_inode own = *p;
	struct inode *i;

	if (!t)
		return -ENOENT;
	own.pid = t->process ? t->process->pid : 0;
	i = proc_inode(dir->super, &own, mode);
	if (i) {
		i->ops = ops;
		i->fops = fops;
		pid_set_owner(t, i);
		dentry_set_inode(d, i);
	}
	task_put(t);
	return i ? 0 : -ENOMEM;
}

/* True if the directory of a process, or of a thread in task/, has the file. */
static bool pid_dir_has(const struct proc_inode *dir, const struct pid_file *e)
{
	return dir->thread ? !e->process_only : !e->thread_only;
}

static int pid_dir_make(struct inode *dir, struct dentry *d,
			const struct pid_file *e)
{
	struct proc_inode new = *proc_of(dir);
	unsigned mode = e->mode & S_IFMT ? e->mode : S_IFREG | e->mode;

	new.entry = e;
	if (e->follow)
		return proc_instantiate(dir, d, &new, mode, &entry_link_ops,
					NULL);
	return proc_instantiate(dir, d, &new, mode,
				e->ops ? e->ops : &entry_file_ops,
				e->fops ? e->fops : &proc_plain_fops);
}

/* In the directory of a task that has ended, no name can be looked up. */
static int pid_dir_lookup(struct inode *dir, struct dentry *d)
{
	struct task *t = proc_task(dir);
	int err;

	if (!t)
		return -ESRCH;
	task_put(t);
	err = proc_of(dir)->thread ? 0 : proc_hides(dir);
	if (err)
		return err;
	table_each(e, pid_file) {
		if (strncmp(e->name, d->name, d->name_len) ||
		    e->name[d->name_len] || !pid_dir_has(proc_of(dir), e))
			continue;
		err = pid_dir_make(dir, d, e);
		return err == -ENOENT ? -ESRCH : err;
	}
	return 0;
}

static int pid_dir_readdir(struct file *f, struct dir_context *ctx)
{
	const struct proc_inode *p = proc_of(f->inode);
	const struct pid_file *first = __table_pid_file;
	size_t i, n = (size_t)(__table_pid_file_end - first);
	struct task *t = proc_task(f->inode);

	if (!t)
		return -ENOENT;
	task_put(t);
	if (!proc_emit_dots(f, ctx))
		return 0;
	for (i = (size_t)ctx->pos - 2; i < n; i++) {
		const struct pid_file *e = &first[i];
		unsigned type = e->mode & S_IFMT ? e->mode >> 12 & 15 : DT_REG;

		ctx->pos = (loff_t)i + 2;
		if (!pid_dir_has(p, e))
			continue;
		if (!ctx->emit(ctx, e->name, (unsigned)strlen(e->name),
			       ctx->pos + 1, f->inode->ino + i + 1, type))
			return 0;
	}
	ctx->pos = (loff_t)i + 2;
	return 0;
}

/* What is hidden from the caller stays in the cache for others. */
static int pid_dir_revalidate(struct dentry *d)
{
	int err = d->inode && !proc_of(d->inode)->thread ?
		proc_hides(d->inode) : 0;

	return err ? err : proc_pid_revalidate(d);
}

static int pid_dir_refuses(struct inode *i)
{
	struct task *t = proc_task(i);

	if (!t)
		return -ESRCH;
	task_put(t);
	return proc_of(i)->thread ? 0 : proc_closes(i);
}

static const struct inode_ops pid_dir_ops = {
	.lookup = pid_dir_lookup,
	.refuses = pid_dir_refuses,
	.revalidate = pid_dir_revalidate,
	.refresh = proc_pid_refresh,
	.evict = proc_evict,
	.keeps = KEEPS_MODE | KEEPS_OWNER | KEEPS_TIMES,
};

/*
 * Get the process of a directory under /proc, for pidfd_send_signal(2).  The
 * directory of a thread stands for no process.
 */
static int pid_dir_process(struct file *f, struct process **out)
{
	struct task *t = proc_of(f->inode)->thread ? NULL : proc_task(f->inode);
	int err = proc_of(f->inode)->thread ? -EBADF : -ESRCH;

	if (t && t->process) {
		*out = t->process;
		process_get(*out);
		err = 0;
	}
	if (t)
		task_put(t);
	return err;
}

static const struct file_ops pid_dir_fops = {
	.process = pid_dir_process,
	.seek = sized_dir_seek,
	.readdir = pid_dir_readdir,
};

int proc_pid_lookup(struct inode *dir, struct dentry *d, int tid, bool thread)
{
	struct task *t = proc_task_since(tid, 0);
	struct proc_inode p = { .tid = tid, .thread = thread };
	int err;

	if (!t)
		return 0;
	p.started = t->started;
	spin_lock(&tree_lock);
	err = thread ? 0 : proc_hides_locked(dir, t);
	spin_unlock(&tree_lock);
	task_put(t);
	if (err == -ENOENT)
		return 0;
	err = proc_instantiate(dir, d, &p, S_IFDIR | 0555, &pid_dir_ops,
			       &pid_dir_fops);
	return err == -ENOENT ? 0 : err;
}

/* A name in /proc or in task/ is valid if it still stands for the same task. */
int proc_pid_revalidate(struct dentry *d)
{
	struct task *t;
	int err = 0;

	if (!d->inode)
		return 0;
	if (!proc_of(d->inode)->tid)
		return 1;
	t = proc_task(d->inode);
	if (!t)
		return 0;
	pid_set_owner(t, d->inode);
	task_put(t);
	if (!proc_of(d->inode)->thread)
		err = proc_hides(d->inode);
	return err == -ENOENT ? err : 1;
}

/* ---- listing ------------------------------------------------------------- */

static bool emit_number(struct dir_context *ctx, int n, loff_t next)
{
	char name[12];
	int len = fmt_print(name, sizeof(name), "%d", n);

	return ctx->emit(ctx, name, (unsigned)len, next,
			 (u64)PROC_PID_INO + (unsigned)n, DT_DIR);
}

int (*proc_next_number)(const struct pid_space *s, int above);

/*
 * Find the first task with a number above *nr and set *nr to its number, or to
 * 0 if there is none.
 * Context: [tree_lock].
 * Return: the task, or NULL.
 */
static struct task *proc_next_task(const struct pid_space *view, int *nr)
{
	struct task *t;

	if (likely(!view)) {
		t = task_next(*nr + 1);
		*nr = t ? t->tid : 0;
		return t;
	}
	do {	/* skip numbers of groups that have no task */
		*nr = proc_next_number(view, *nr);
		t = *nr ? task_at(pid_from(*nr, view)) : NULL;
	} while (*nr && !t);
	return t;
}

#define POS_PID 0x10000

#define PID_LOOKS 64		/* at tasks, in one hold of the lock */

/*
 * Look for the first process above *nr that root shows, and set *nr to the
 * number looked at last; 0: there is none.
 * Context: [tree_lock].
 * Return: false: *nr is not shown; go on.
 */
static bool look_for_pid(const struct inode *root, int *nr)
{
	struct task *t;

	for (unsigned n = 0; n < PID_LOOKS; n++) {
		t = proc_next_task(proc_view(root), nr);
		if (!t || ((!t->process || t->process->leader == t) &&
			   proc_hides_locked(root, t) != -ENOENT))
			return true;
	}
	return false;
}

/*
 * Each call searches for the smallest PID above the last one.  So the list may
 * change between two calls, and no process that lives on is missed.
 */
static int next_pid(const struct inode *root, int above)
{
	bool found;

	do {
		spin_lock(&tree_lock);
		found = look_for_pid(root, &above);
		spin_unlock(&tree_lock);
	} while (!found);
	return above;
}

int proc_pid_readdir(struct file *f, struct dir_context *ctx)
{
	int pid = (int)(ctx->pos - POS_PID);

	while ((pid = next_pid(f->inode, pid))) {
		if (!emit_number(ctx, pid, POS_PID + pid))
			return 0;
		ctx->pos = POS_PID + pid;
	}
	return 0;
}

static int task_dir_lookup(struct inode *dir, struct dentry *d)
{
	int tid = proc_lookup_number(dir, d);
	struct task *leader, *t;
	bool same = false;

	if (tid <= 0)
		return 0;
	leader = proc_task(dir);
	if (!leader)
		return -ENOENT;
	t = proc_task_since(tid, 0);
	if (t) {
		same = t == leader ||
			(t->process && t->process == leader->process);
		task_put(t);
	}
	task_put(leader);
	return same ? proc_pid_lookup(dir, d, tid, true) : 0;
}

static int next_tid(const struct pid_space *view, struct task *leader,
		    int above)
{
	struct task *t;
	int best = above;

	if (!leader->process)
		return leader->tid > above ? leader->tid : 0;
	spin_lock(&tree_lock);
	do {
		t = proc_next_task(view, &best);
	} while (t && t->process != leader->process);
	spin_unlock(&tree_lock);
	return best;
}

static int task_dir_readdir(struct file *f, struct dir_context *ctx)
{
	struct task *leader;
	int tid;

	if (!proc_emit_dots(f, ctx))
		return 0;
	leader = proc_task(f->inode);
	if (!leader)
		return -ENOENT;
	tid = (int)(ctx->pos - 2);
	while ((tid = next_tid(proc_view(f->inode), leader, tid))) {
		if (!emit_number(ctx, tid, tid + 2))
			break;
		ctx->pos = tid + 2;
	}
	task_put(leader);
	return 0;
}

/* A folder has a link for each folder in it. */
static void task_dir_refresh(struct inode *i)
{
	struct task *t = proc_task(i);

	if (!t)
		return;
	i->nlink = 2 + (t->process ?
			(unsigned)HINT(t->process->nr_threads) : 1);
	task_put(t);
}

static const struct inode_ops task_dir_ops = {
	.lookup = task_dir_lookup,
	.revalidate = proc_pid_revalidate,
	.refresh = task_dir_refresh,
	.evict = proc_evict,
	.keeps = KEEPS_MODE,
};

static const struct file_ops task_dir_fops = {
	.seek = sized_dir_seek,
	.readdir = task_dir_readdir,
};
