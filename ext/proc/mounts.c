/* SPDX-License-Identifier: MIT */
/* /proc/mounts and mountinfo: the mounts that the caller's root reaches. */
#include <ext/proc/proc.h>

static void mount_flags_show(struct seq *s, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ MS_NOSUID, "nosuid" }, { MS_NODEV, "nodev" },
		{ MS_NOEXEC, "noexec" }, { MS_NOATIME, "noatime" },
		{ MS_NODIRATIME, "nodiratime" }, { MS_RELATIME, "relatime" },
		{ MS_NOSYMFOLLOW, "nosymfollow" },
	};

	seq_print(s, flags & MS_RDONLY ? "ro" : "rw");
	for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
		if (flags & names[k].flag)
			seq_print(s, ",%s", names[k].name);
}

static int mount_parent_id(const struct mount *m)
{
	int id;

	br_read_lock(&dcache_lock);
	id = m->parent ? m->parent->id : 0;
	br_read_unlock(&dcache_lock);
	return id;
}

/* Can the caller's root see m at all?  After a chroot not all are below. */
static bool mount_reachable(const struct mount *m)
{
	const struct path *root = current_root();
	struct dentry *d = m->root;
	bool yes = false;

	br_read_lock(&dcache_lock);
	for (;;) {
		struct dentry *at = d;

		while (m == root->mount && at != root->dentry &&
		       at->parent != at)
			at = at->parent;
		yes = m == root->mount && at == root->dentry;
		if (yes || !m->parent)
			break;
		d = m->at;
		m = m->parent;
	}
	br_read_unlock(&dcache_lock);
	return yes;
}

static void mount_line(struct seq *s, struct mount *m, bool info, char *buf)
{
	struct path p = { m, m->root };
	int err;
	char *name = mount_reachable(m) ?
		path_name(&p, buf, PATH_MAX, &err) : NULL;

	if (!name)
		return;
	if (!info) {
		seq_print(s, "%s %s %s ", m->source, name,
			  m->super->type->name);
		mount_flags_show(s, m->flags |
				 (m->super->flags & MS_RDONLY));
		if (m->super->show_options)
			m->super->show_options(s, m->super);
		seq_print(s, " 0 0\n");
		return;
	}
	seq_print(s, "%d %d %u:%u / %s ", m->id, mount_parent_id(m),
		  DEV_MAJOR(m->super->dev), DEV_MINOR(m->super->dev), name);
	mount_flags_show(s, m->flags);
	if (m->flags & MS_UNBINDABLE)
		seq_print(s, " unbindable");
	seq_print(s, " - %s %s %s", m->super->type->name, m->source,
		  m->super->flags & MS_RDONLY ? "ro" : "rw");
	if (m->super->show_options)
		m->super->show_options(s, m->super);
	seq_print(s, "\n");
}

/* The mount with the lowest number above id, referenced; NULL: none. */
static struct mount *mount_after(int id)
{
	struct mount *m, *best = NULL;

	br_read_lock(&dcache_lock);
	list_for_each(m, &all_mounts, link)
		if (m->id > id && (!best || m->id < best->id))
			best = m;
	if (best)
		mount_get(best);
	br_read_unlock(&dcache_lock);
	return best;
}

/*
 * By numbers, one at a time: what is printed may wait for memory, and the list
 * change meanwhile.
 */
static void mount_show(struct seq *s, bool info)
{
	struct mount *m;
	char *buf = name_alloc();

	if (!buf)
		return;
	for (int id = 0; (m = mount_after(id)); ) {
		mount_line(s, m, info, buf);
		id = m->id;
		mount_put(m);
	}
	name_put(buf);
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
