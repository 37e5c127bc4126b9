/* SPDX-License-Identifier: MIT */
/*
 * The options of a mount of procfs (proc(5), rows B17, D1): hidepid= hides the
 * tasks that the reader could not trace, except from the group gid=; subset=pid
 * leaves out everything but tasks.
 *
 * An option decides at each look-up and listing, by the rights of the caller.
 * So a remount counts at once, also for names that are in the cache.
 */
#include "proc.h"
#include <fs/mount/options.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/mem.h>

static const char *const hide_names[] = {
	[HIDE_NOTHING] = "off", [HIDE_FILES] = "noaccess",
	[HIDE_TASKS] = "invisible", [HIDE_UNTRACEABLE] = "ptraceable",
};

/* ---- what is hidden ------------------------------------------------------ */

/* Context: [tree_lock]. */
int proc_hides_locked(const struct inode *i, struct task *t)
{
	const struct proc_mount *m = proc_mount_of(i);
	unsigned hide = READ_ONCE(m->hide);

	if (likely(hide == HIDE_NOTHING) || !current->cred)
		return 0;
	if (hide != HIDE_UNTRACEABLE &&
	    cred_has_group(current->cred, READ_ONCE(m->gid)))
		return 0;
	if (task_may_access_locked(t, false, false))
		return 0;
	return hide == HIDE_FILES ? -EPERM : -ENOENT;
}

int proc_hides(const struct inode *i)
{
	struct task *t;
	int err;

	if (likely(READ_ONCE(proc_mount_of(i)->hide) == HIDE_NOTHING))
		return 0;
	t = proc_task(i);
	if (!t)
		return 0;	/* the caller finds out by itself */
	spin_lock(&tree_lock);
	err = proc_hides_locked(i, t);
	spin_unlock(&tree_lock);
	task_put(t);
	return err;
}

int proc_closes(const struct inode *i)
{
	int err = proc_hides(i);

	return err && READ_ONCE(proc_mount_of(i)->hide) == HIDE_UNTRACEABLE ?
		-EPERM : err;
}

bool proc_leaves_out(const struct inode *root, const char *name, unsigned len)
{
	return READ_ONCE(proc_mount_of(root)->tasks_only) &&
		!(len == 4 && !memcmp(name, "self", 4)) &&
		!(len == 11 && !memcmp(name, "thread-self", 11));
}

/* ---- parsing ------------------------------------------------------------- */

static bool take_hidepid(struct proc_mount *m, const char *value)
{
	unsigned n;

	for (n = 0; n < ARRAY_SIZE(hide_names); n++)
		if (hide_names[n] && !strcmp(hide_names[n], value))
			break;
	if (n == ARRAY_SIZE(hide_names) && !mount_option_u32(value, 0, &n))
		return false;
	if (n >= ARRAY_SIZE(hide_names) || !hide_names[n])
		return false;
	m->hide = n;
	return true;
}

static bool take_gid(struct proc_mount *m, const char *value)
{
	unsigned n;

	if (!mount_option_u32(value, 0, &n))
		return false;
	m->gid = gid_meant(n);
	return true;
}

static bool take_option(void *arg, const char *key, const char *value)
{
	struct proc_mount *m = arg;

	if (!value)
		return false;
	if (!strcmp(key, "hidepid"))
		return take_hidepid(m, value);
	if (!strcmp(key, "gid"))
		return take_gid(m, value);
	if (strcmp(key, "subset") || strcmp(value, "pid"))
		return false;
	m->tasks_only = true;
	return true;
}

int proc_take_options(struct proc_mount *m, const char *data)
{
	return mount_options_set(data, take_option, m);
}

/* ---- for mount(2) and /proc/mounts --------------------------------------- */

/* An option that is not given keeps its value, as on Linux. */
int proc_reconfigure(struct super *s, const char *data)
{
	struct proc_mount *m = s->private, new = *m;
	int err = proc_take_options(&new, data);

	if (err)
		return err;
	WRITE_ONCE(m->gid, new.gid);
	WRITE_ONCE(m->hide, new.hide);
	WRITE_ONCE(m->tasks_only, new.tasks_only);
	return 0;
}

void proc_show_options(struct seq *to, struct super *s)
{
	const struct proc_mount *m = s->private;
	unsigned gid = READ_ONCE(m->gid), hide = READ_ONCE(m->hide);

	if (gid)
		seq_print(to, ",gid=%u", gid == ~0u ? 65534 : gid);
	if (hide != HIDE_NOTHING)
		seq_print(to, ",hidepid=%s", hide_names[hide]);
	if (READ_ONCE(m->tasks_only))
		seq_print(to, ",subset=pid");
}
