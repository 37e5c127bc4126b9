/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/mounts and mountinfo: the mounts that can be reached from a task's
 * root.  Container programs read these files many times over, so the fields of
 * every line are printed without format strings.
 */
#include <kernel/lock/brlock.h>
#include <fs/mount/mount.h>
#include <fs/path/walk.h>
#include <fs/path/dcache.h>
#include "proc.h"
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>

static void mounts_show_text(struct seq *s, const char *text)
{
	seq_put(s, text, strlen(text));
}

static void mounts_show_number(struct seq *s, unsigned v)
{
	char buf[10];
	unsigned at = sizeof(buf);

	do {
		buf[--at] = '0' + v % 10;
		v /= 10;
	} while (v);
	seq_put(s, buf + at, sizeof(buf) - at);
}

static void mount_flags_show(struct seq *s, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ MS_NOSUID, ",nosuid" }, { MS_NODEV, ",nodev" },
		{ MS_NOEXEC, ",noexec" }, { MS_NOATIME, ",noatime" },
		{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
		{ MS_NOSYMFOLLOW, ",nosymfollow" },
	};

	mounts_show_text(s, flags & MS_RDONLY ? "ro" : "rw");
	for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
		if (flags & names[k].flag)
			mounts_show_text(s, names[k].name);
}

int (*mount_space_of)(struct task *t, struct mount_space **out);
void (*mount_space_put)(struct mount_space *s);
void (*mount_show_sharing)(struct seq *s, const struct mount *m,
			   const struct path *root);

static void mount_space_drop(struct mount_space *s)
{
	if (mount_space_put)
		mount_space_put(s);
}

int mounts_record(struct inode *i, struct mounts_seen **out)
{
	struct mounts_seen *seen = kzalloc(sizeof(*seen));
	struct task *t = proc_task(i);
	int err = -EINVAL;

	if (!seen)
		err = -ENOMEM;
	if (!seen || !t)
		goto out;
	seen->space = &first_mounts;
	if (mount_space_of && mount_space_of(t, &seen->space))
		goto out;
	err = pid_follow_root(t, &seen->root);
	if (err)
		mount_space_drop(seen->space);
out:
	if (t)
		task_put(t);
	if (err)
		kfree(seen);
	else
		seen->told = READ_ONCE(seen->space->changes);
	*out = seen;
	return err;
}

void mounts_drop_record(struct mounts_seen *seen)
{
	path_put(&seen->root);
	mount_space_drop(seen->space);
	kfree(seen);
}

/* The mount at the root of the tree counts as its own parent. */
static int mount_parent_id(const struct mount *m)
{
	int id;

	br_read_lock(&dcache_lock);
	id = m->parent ? m->parent->id : m->id;
	br_read_unlock(&dcache_lock);
	return id;
}

bool mount_reachable(const struct mount *m, const struct path *root)
{
	struct dentry *d = m->root;

	br_must_hold(&dcache_lock);
	for (; m != root->mount; m = m->parent) {
		if (!m->parent)
			return false;
		d = m->at;
	}
	while (d != root->dentry && d->parent != d)
		d = d->parent;
	return d == root->dentry;
}

/* Characters to escape: a blank would end a field, a line feed the line. */
#define FIELD_ENDS " \t\n\\"

/*
 * Print the path, within its file system, of the directory or file that m
 * shows.  What has no name any more is marked in another way than elsewhere.
 */
static void mounts_show_root(struct seq *s, struct mount *m, char *buf)
{
	static const char deleted[] = " (deleted)";
	const struct path top = { NULL, m->super->root };
	struct path p = { NULL, m->root };
	bool gone = !dentry_hashed(m->root) && m->root->parent != m->root;
	int err;
	char *name;

	if (m->super->show_root) {
		m->super->show_root(s, m->root);
		return;
	}
	name = path_name_from(&p, &top, buf, PATH_MAX, &err);
	if (name && gone && strlen(name) >= sizeof(deleted))
		name[strlen(name) + 1 - sizeof(deleted)] = '\0';
	seq_escape(s, name ? name : "/", FIELD_ENDS);
	if (gone)
		mounts_show_text(s, "//deleted");
}

/* Hide MS_RELATIME of file systems that cannot be bind-mounted. */
static unsigned shown_flags(const struct mount *m)
{
	return m->super->type->may_bind ? m->flags & ~MS_RELATIME : m->flags;
}

static void show_mount(struct seq *s, struct mount *m, const char *name)
{
	seq_escape(s, m->source, FIELD_ENDS);
	mounts_show_text(s, " ");
	seq_escape(s, name, FIELD_ENDS);
	mounts_show_text(s, " ");
	mounts_show_text(s, m->super->type->name);
	mounts_show_text(s, " ");
	mount_flags_show(s, shown_flags(m) | (m->super->flags & MS_RDONLY));
	if (m->super->show_options)
		m->super->show_options(s, m->super);
	mounts_show_text(s, " 0 0\n");
}

static void show_info(struct seq *s, struct mount *m, const char *name,
		      char *buf)
{
	mounts_show_number(s, (unsigned)m->id);
	mounts_show_text(s, " ");
	mounts_show_number(s, (unsigned)mount_parent_id(m));
	mounts_show_text(s, " ");
	mounts_show_number(s, DEV_MAJOR(m->super->dev));
	mounts_show_text(s, ":");
	mounts_show_number(s, DEV_MINOR(m->super->dev));
	mounts_show_text(s, " ");
	mounts_show_root(s, m, buf);
	mounts_show_text(s, " ");
	seq_escape(s, name, FIELD_ENDS);
	mounts_show_text(s, " ");
	mount_flags_show(s, shown_flags(m));
	if (mount_show_sharing)
		mount_show_sharing(s, m, &s->mounts->root);
	if (m->flags & MS_UNBINDABLE)
		mounts_show_text(s, " unbindable");
	mounts_show_text(s, " - ");
	mounts_show_text(s, m->super->type->name);
	mounts_show_text(s, " ");
	seq_escape(s, m->source, FIELD_ENDS);
	mounts_show_text(s, m->super->flags & MS_RDONLY ? " ro" : " rw");
	if (m->super->show_options)
		m->super->show_options(s, m->super);
	mounts_show_text(s, "\n");
}

/* bufs: two buffers of PATH_MAX bytes each */
static void mount_line(struct seq *s, struct mount *m, bool info,
		       char *bufs[2])
{
	struct path p = { m, m->root };
	bool reachable;
	char *name;
	int err;

	br_read_lock(&dcache_lock);
	reachable = mount_reachable(m, &s->mounts->root);
	/* where it is mounted: its own root may have lost its name */
	if (m->parent && m != s->mounts->root.mount)
		p = (struct path){ m->parent, m->at };
	if (reachable)
		path_get(&p);
	br_read_unlock(&dcache_lock);
	if (!reachable)
		return;
	name = path_name_from(&p, &s->mounts->root, bufs[0], PATH_MAX, &err);
	path_put(&p);
	if (name && info)
		show_info(s, m, name, bufs[1]);
	else if (name)
		show_mount(s, m, name);
}

/*
 * Return: the mount with the lowest number above id, with a reference, or NULL.
 */
static struct mount *mount_get_after(struct mount_space *space, int id)
{
	struct mount *m;

	br_read_lock(&dcache_lock);
	m = mount_after(space, id);
	if (m)
		mount_get(m);
	br_read_unlock(&dcache_lock);
	return m;
}

/*
 * Look up each mount by its number, without a lock across the whole loop:
 * printing may wait for memory, and the list may change meanwhile.
 */
static void mount_show(struct seq *s, bool info)
{
	char *bufs[2] = { name_alloc(), name_alloc() };
	struct mount *m;

	for (int id = 0; bufs[0] && bufs[1] &&
	     (m = mount_get_after(s->mounts->space, id)); ) {
		mount_line(s, m, info, bufs);
		id = m->id;
		mount_put(m);
	}
	name_put(bufs[0]);
	name_put(bufs[1]);
}

int pid_show_mounts(struct seq *s, struct task *t)
{
	mount_show(s, false);
	return 0;
}

int pid_show_mountinfo(struct seq *s, struct task *t)
{
	mount_show(s, true);
	return 0;
}
