/* SPDX-License-Identifier: MIT */
/*
 * unshare(2): stop sharing what clone(2) shared.  Namespaces are parts of tasks
 * (topics/namespaces).  kcmp(2): compare whether two tasks share a resource.
 */
#include <fs/open/fd.h>
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <kernel/process/process.h>
#include <mm/vm.h>
#include <syscalls.h>

/*
 * Flags that need a process without other threads, or without sharers of its
 * memory.
 */
#define ALONE (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWUSER)
#define SHARES (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)

/*
 * Replace current->fs.  Other tasks read it under tree_lock.
 * Return: the old one.
 */
static struct fs_context *change_fs(struct fs_context *fs)
{
	struct fs_context *old = current->fs;

	spin_lock(&tree_lock);
	current->fs = fs;
	spin_unlock(&tree_lock);
	return old;
}

/*
 * Unshare everything but the root and working directory.  The caller has copied
 * those already, if requested, and restores them after an error.
 */
static int unshare_rest(unsigned long flags)
{
	int err = task_parts_unshare(flags & ~(unsigned long)CLONE_SYSVSEM);

	/* the semaphores to be undone do not exist in a new IPC namespace */
	if (!err && (flags & (CLONE_SYSVSEM | CLONE_NEWIPC)))
		err = task_parts_unshare(CLONE_SYSVSEM);
	if (!err && (flags & CLONE_FILES))
		err = files_unshare_current(FILES_ALL);
	return err;
}

/*
 * Serve unshare(2).  Memory, signal handlers and the thread group cannot be
 * unshared: their flags succeed only if the caller already shares them with
 * nobody.
 */
long sys_unshare(unsigned long flags)
{
	struct task *t = current;
	struct fs_context *fs = NULL;
	int err;

	if (flags & ~(unsigned long)(SHARES | CLONE_FS | CLONE_FILES |
				     CLONE_SYSVSEM |
				     (task_parts_flags & CLONE_NEW)))
		return -EINVAL;
	if ((flags & ALONE) && t->process->nr_threads > 1)
		return -EINVAL;
	if ((flags & SHARES) && (ref_read(&t->sighand->refs) > 1 ||
				 ref_read(&t->space->users) > 1))
		return -EINVAL;
	/* always make a copy, without checking whether it is shared */
	if (flags & (CLONE_FS | CLONE_NEWNS | CLONE_NEWUSER)) {
		fs = fs_clone(t->fs);
		if (!fs)
			return -ENOMEM;
		fs = change_fs(fs);
	}
	err = unshare_rest(flags);
	if (fs)
		fs_put(err ? change_fs(fs) : fs);
	return err;
}

/* ---- kcmp(2) ------------------------------------------------------------- */

/*
 * Order two addresses.  The order reveals less than the addresses; Linux hides
 * even the order, by a secret.
 */
static long compare(const void *a, const void *b)
{
	return a == b ? 0 : a < b ? 1 : 2;
}

/* Compare a resource of two tasks.  Context: [tree_lock]. */
static long compare_tasks(struct task *a, struct task *b, int type)
{
	unsigned part = task_part_kcmp(type);

	spin_must_hold(&tree_lock);
	switch (type) {
	case KCMP_VM:
		return compare(a->space, b->space);
	case KCMP_FILES:
		return compare(a->files, b->files);
	case KCMP_FS:
		return compare(a->fs, b->fs);
	case KCMP_SIGHAND:
		return compare(a->sighand, b->sighand);
	case KCMP_IO:
	case KCMP_SYSVSEM:
		return part ? compare(*task_slot(a, part),
				      *task_slot(b, part)) : -EOPNOTSUPP;
	}
	return -EINVAL;
}

/*
 * Get file fd of t.  The table's own reference is taken under tree_lock,
 * because an exiting task drops its reference under that lock.  The permission
 * is checked under the same hold of the lock, so that no set-id exec comes
 * between the check and the reference.
 */
int task_get_file(struct task *t, unsigned fd, bool attach, struct file **f)
{
	struct files *table = NULL;
	int err = -EPERM;

	spin_lock(&tree_lock);
	if (task_may_access_locked(t, true, attach)) {
		table = t->files;
		err = table ? 0 : -ESRCH;
	}
	if (table)
		files_get(table);
	spin_unlock(&tree_lock);
	if (err)
		return err;
	*f = files_get_file(table, fd);
	files_put(table);
	return *f ? 0 : -EBADF;
}

/*
 * Return: the task, referenced, so that the lock need not be held while
 * sleeping; or NULL.
 */
static struct task *unshare_find_task(int pid)
{
	struct task *t;

	spin_lock(&tree_lock);
	t = task_find(pid);
	if (t)
		task_get(t);
	spin_unlock(&tree_lock);
	return t;
}

/*
 * Compare two files.  task_get_file() checks the permission.  -EPERM for either
 * task takes precedence over all results.  A task that has ended has no files:
 * -EBADF.
 */
static long compare_files(int pid1, int pid2, unsigned fd1, unsigned fd2)
{
	struct task *t1 = unshare_find_task(pid1),
		    *t2 = unshare_find_task(pid2);
	struct file *a = NULL, *b = NULL;
	long result = -ESRCH;

	if (t1 && t2) {
		int err1 = task_get_file(t1, fd1, false, &a);
		int err2 = task_get_file(t2, fd2, false, &b);

		if (err1 == -EPERM || err2 == -EPERM)
			result = -EPERM;
		else
			result = a && b ? compare(a, b) : -EBADF;
	}
	if (a)
		file_put(a);
	if (b)
		file_put(b);
	if (t1)
		task_put(t1);
	if (t2)
		task_put(t2);
	return result;
}

long sys_kcmp(int pid1, int pid2, int type, unsigned long a, unsigned long b)
{
	struct task *t1, *t2;
	long result = -ESRCH;

	if (type == KCMP_FILE)
		return compare_files(pid1, pid2, (unsigned)a, (unsigned)b);
	spin_lock(&tree_lock);
	t1 = task_find(pid1);
	t2 = task_find(pid2);
	if (t1 && t2)
		result = task_may_access_locked(t1, true, false) &&
			 task_may_access_locked(t2, true, false) ?
			 compare_tasks(t1, t2, type) : -EPERM;
	spin_unlock(&tree_lock);
	return result;
}
