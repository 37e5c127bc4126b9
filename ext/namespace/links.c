/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/ns and the maps of ids: the name spaces of a task.  There is one of
 * each kind and all tasks are in it (row D8 is open), so what the links lead to
 * is the same inode for everybody, with the number that Linux gives its first.
 */
#include <ext/proc/proc.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

#define NS_GET_USERNS		0xb701
#define NS_GET_PARENT		0xb702
#define NS_GET_NSTYPE		0xb703
#define NS_GET_OWNER_UID	0xb704

/* By name; flag: CLONE_NEW of its kind. */
static const struct {
	const char *link, *kind;
	u64 ino;
	unsigned flag;
} spaces[] = {
	{ "cgroup", "cgroup", 4026531835u, 0x02000000 },
	{ "ipc", "ipc", 4026531839u, 0x08000000 },
	{ "mnt", "mnt", 4026531841u, 0x00020000 },
	{ "net", "net", 4026531840u, 0x40000000 },
	{ "pid", "pid", 4026531836u, 0x20000000 },
	{ "pid_for_children", "pid", 4026531836u, 0x20000000 },
	{ "time", "time", 4026531834u, 0x00000080 },
	{ "time_for_children", "time", 4026531834u, 0x00000080 },
	{ "user", "user", 4026531837u, 0x10000000 },
	{ "uts", "uts", 4026531838u, 0x04000000 },
};

#define USER_SPACE	8		/* place of the owner of all others */
#define PID_SPACE	4

static const struct fs_type ns_type = { .name = "nsfs", .magic = 0x6e736673 };
static long ns_ioctl(struct file *f, unsigned cmd, unsigned long arg);
static const struct file_ops ns_fops = {	/* there is nothing to read */
	.ioctl = ns_ioctl,
};
static const struct inode_ops ns_ops = { .truncate = proc_truncate };
static struct super *ns_super;			/* const after init */

/* A nameless file that is called by kind and number. */
static int ns_path(int which, struct path *out)
{
	char name[32];
	unsigned n = (unsigned)fmt_print(name, sizeof(name), "%s:[%llu]",
		spaces[which].kind, (unsigned long long)spaces[which].ino);
	struct dentry *d = dentry_alloc(NULL, name, n, 0);
	struct inode *i = d ? inode_alloc(ns_super, S_IFREG | 0444) : NULL;

	if (!i) {
		if (d)
			dentry_put(d);
		return -ENOMEM;
	}
	i->ino = spaces[which].ino;
	i->ops = &ns_ops;
	i->fops = &ns_fops;
	dentry_set_nameless(d, i);
	*out = (struct path){ NULL, d };
	return 0;
}

/* => a descriptor of the name space that owns all others */
static long open_owner(void)
{
	struct path p;
	struct file *f;
	int fd, err = ns_path(USER_SPACE, &p);

	if (err)
		return err;
	err = file_open_new(&p, O_RDONLY, &f);
	path_put(&p);
	if (err)
		return err;
	fd = fd_install(f, 0, true);
	if (fd < 0)
		file_put(f);
	return fd;
}

/* The first name spaces have no parents, and the first user owns them. */
static long ns_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	int which = 0;

	while (spaces[which].ino != f->inode->ino)
		which++;
	switch (cmd) {
	case NS_GET_USERNS:
		return which == USER_SPACE ? -EPERM : open_owner();
	case NS_GET_PARENT:
		return which == USER_SPACE || which == PID_SPACE ?
			-EPERM : -EINVAL;
	case NS_GET_NSTYPE:
		return (long)spaces[which].flag;
	case NS_GET_OWNER_UID:
		return which == USER_SPACE ? put_user(0u, arg) : -EINVAL;
	}
	return -ENOTTY;
}

static int ns_follow(struct inode *i, struct path *out)
{
	struct task *t = proc_task(i);
	int err = -ESRCH;

	if (!t)
		return err;
	err = proc_may_inspect(t) ? ns_path(proc_of(i)->fd, out) : -EACCES;
	task_put(t);
	return err;
}

static long ns_readlink(struct inode *i, char *buf, size_t size)
{
	struct path p;
	int which = proc_of(i)->fd, err = ns_follow(i, &p);

	if (err)
		return err;
	path_put(&p);
	return fmt_print(buf, size, "%s:[%llu]", spaces[which].kind,
			 (unsigned long long)spaces[which].ino);
}

static const struct inode_ops ns_link_ops = {
	.readlink = ns_readlink, .follow = ns_follow, .evict = proc_evict,
};

static int ns_lookup(struct inode *dir, struct dentry *d)
{
	struct proc_inode new = *proc_of(dir);

	for (int k = 0; k < (int)ARRAY_SIZE(spaces); k++) {
		if (strlen(spaces[k].link) != d->name_len ||
		    memcmp(spaces[k].link, d->name, d->name_len))
			continue;
		new.fd = k;
		return proc_instantiate(dir, d, &new, S_IFLNK | 0777,
					&ns_link_ops, NULL);
	}
	return 0;
}

static int ns_readdir(struct file *f, struct dir_context *ctx)
{
	if (!proc_emit_dots(f, ctx))
		return 0;
	for (; ctx->pos - 2 < (loff_t)ARRAY_SIZE(spaces); ctx->pos++) {
		const char *name = spaces[ctx->pos - 2].link;

		if (!ctx->emit(ctx, name, (unsigned)strlen(name),
			       ctx->pos + 1, f->inode->ino + 1000 +
			       (u64)ctx->pos, DT_LNK))
			break;
	}
	return 0;
}

static const struct inode_ops dir_ops = {
	.lookup = ns_lookup, .evict = proc_evict, .keeps = KEEPS_MODE,
};

static const struct file_ops dir_fops = {
	.seek = dcache_dir_seek, .readdir = ns_readdir,
};

/* The one user name space has every id as itself. */
static int show_id_map(struct seq *s, struct task *t)
{
	seq_print(s, "%10u %10u %10u\n", 0, 0, ~0u);
	return 0;
}

static int show_setgroups(struct seq *s, struct task *t)
{
	seq_print(s, "allow\n");
	return 0;
}

PID_FILES(files) = {
	{ .name = "ns", .mode = S_IFDIR | 0511, .ops = &dir_ops,
	  .fops = &dir_fops },
	{ .name = "uid_map", .mode = 0444, .show = show_id_map },
	{ .name = "gid_map", .mode = 0444, .show = show_id_map },
	{ .name = "projid_map", .mode = 0444, .show = show_id_map },
	{ .name = "setgroups", .mode = 0444, .show = show_setgroups },
};

static void ns_init(void)
{
	ns_super = anon_super(&ns_type);
}
INIT(fs, ns_init);
