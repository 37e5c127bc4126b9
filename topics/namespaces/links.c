/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/ns: the namespaces of a task.  Following a link creates a nameless
 * file, whose inode number identifies the namespace.  The initial namespaces
 * have the numbers that Linux gives them.
 */
#include <fs/path/dcache.h>
#include <fs/io/pagefile.h>
#include "namespace.h"
#include <topics/proc/proc.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>

#define NS_GET_USERNS		0xb701
#define NS_GET_PARENT		0xb702
#define NS_GET_NSTYPE		0xb703
#define NS_GET_OWNER_UID	0xb704
#define NS_GET_PID_FROM_PIDNS	0x8004b706u
#define NS_GET_TGID_FROM_PIDNS	0x8004b707u
#define NS_GET_PID_IN_PIDNS	0x8004b708u
#define NS_GET_TGID_IN_PIDNS	0x8004b709u

/* The initial namespaces; flag: CLONE_NEW*. */
static const struct {
	const char *kind;
	u64 ino;
	u32 flag;
} types[NS_TYPES] = {
	[NS_CGROUP] = { "cgroup", 4026531835u, 0x02000000 },
	[NS_IPC] = { "ipc", 4026531839u, 0x08000000 },
	[NS_MNT] = { "mnt", 4026531841u, 0x00020000 },
	[NS_NET] = { "net", 4026531840u, 0x40000000 },
	[NS_PID] = { "pid", 4026531836u, 0x20000000 },
	[NS_TIME] = { "time", 4026531834u, 0x00000080 },
	[NS_USER] = { "user", 4026531837u, 0x10000000 },
	[NS_UTS] = { "uts", 4026531838u, 0x04000000 },
};

/* The links of /proc/PID/ns, sorted by name. */
static const struct {
	const char *link;
	enum ns_type type;
	bool children;
} links[] = {
	{ "cgroup", NS_CGROUP },
	{ "ipc", NS_IPC },
	{ "mnt", NS_MNT },
	{ "net", NS_NET },
	{ "pid", NS_PID },
	{ "pid_for_children", NS_PID, true },
	{ "time", NS_TIME },
	{ "time_for_children", NS_TIME, true },
	{ "user", NS_USER },
	{ "uts", NS_UTS },
};

static int ns_may_bind(const struct dentry *d);
static const struct fs_type ns_type = {
	.name = "nsfs", .magic = 0x6e736673, .may_bind = ns_may_bind,
};
static long ns_ioctl(struct file *f, unsigned cmd, unsigned long arg);
static const struct file_ops ns_fops = {	/* no read or write */
	.ioctl = ns_ioctl,
};
static struct super *ns_super;			/* const after init */

u32 ns_flag(enum ns_type type)
{
	return types[type].flag;
}

static u64 ns_number(enum ns_type type, const struct ns *n)
{
	return n ? n->ino : types[type].ino;
}

static void ns_evict(struct inode *i)
{
	ns_put(i->private);
}

static const struct inode_ops ns_ops = {
	.truncate = proc_truncate, .evict = ns_evict,
};

/*
 * Create a nameless file, shown as "KIND:[NUMBER]".  Takes over the reference
 * to n.
 */
static int ns_path(enum ns_type type, struct ns *n, struct path *out)
{
	char name[32];
	unsigned len = (unsigned)fmt_print(name, sizeof(name), "%s:[%llu]",
		types[type].kind, (unsigned long long)ns_number(type, n));
	struct dentry *d = dentry_alloc(NULL, name, len, 0);
	struct inode *i = d ? inode_alloc(ns_super, S_IFREG | 0444) : NULL;

	if (!i) {
		if (d)
			dentry_put(d);
		ns_put(n);
		return -ENOMEM;
	}
	i->ino = ns_number(type, n);
	i->private = n;
	i->ops = &ns_ops;
	i->fops = &ns_fops;
	dentry_set_nameless(d, i);
	*out = (struct path){ NULL, d };
	return 0;
}

static enum ns_type ns_type_of(const struct inode *i)
{
	const struct ns *n = i->private;
	int first = 0;

	while (!n && types[first].ino != i->ino)
		first++;
	return n ? n->kind->type : (enum ns_type)first;
}

bool ns_of_file(struct file *f, enum ns_type *type, struct ns **out)
{
	if (f->ops != &ns_fops)
		return false;
	*out = f->inode->private;
	*type = ns_type_of(f->inode);
	return true;
}

/*
 * Check whether a file of a namespace can be bind-mounted.  The mount keeps the
 * namespace alive.  To avoid a cycle of mount namespaces that keep each other
 * alive, a mount namespace can be bound only if it is newer than that of
 * current, and so has a higher number.
 */
static int ns_may_bind(const struct dentry *d)
{
	const struct ns *n = d->inode->private, *mine = ns_current(NS_MNT);

	if (ns_type_of(d->inode) != NS_MNT)
		return 0;
	return n && (!mine || n->ino > mine->ino) ? 1 : -EINVAL;
}

long ns_open(enum ns_type type, struct ns *n)
{
	struct path p;
	struct file *f;
	int err = ns_path(type, n, &p);

	if (err)
		return err;
	err = file_open_new(&p, O_RDONLY, &f);
	path_put(&p);
	if (err)
		return err;
	return fd_give(f, 0, true);
}

/* Open the user namespace that owns n. */
static long open_owner(const struct ns *n)
{
	struct user_space *owner = ns_owner(n);

	if (!user_space_within(owner, current->cred->space))
		return -EPERM;
	if (owner)
		ns_get(&owner->ns);
	return ns_open(NS_USER, owner ? &owner->ns : NULL);
}

static long put_maker(enum ns_type type, const struct ns *n, uaddr_t to)
{
	if (type != NS_USER)
		return -EINVAL;
	return put_user(n ? uid_shown(user_space_of(n)->uid) : uid_shown(0u),
			to);
}

/* Open the parent of a user or PID namespace, if current can see it. */
static long open_parent(enum ns_type type, struct ns *n)
{
	struct ns *parent;

	if (type == NS_USER)
		return n ? open_owner(n) : -EPERM;
	if (type != NS_PID)
		return -EINVAL;
	if (!n)
		return -EPERM;
	parent = pid_ns_parent(n);
	if (!pid_space_within(pid_space_of(parent), pid_space()))
		return -EPERM;
	ns_get(parent);
	return ns_open(NS_PID, parent);
}

/*
 * Translate nr from the PID namespace `from` to `to`.  group: return the number
 * of the task's process.
 * Return: a number, or -ESRCH: the task is not visible in one of the two.
 */
static long renumber(int nr, const struct pid_space *from,
		     const struct pid_space *to, bool group)
{
	struct task *t;
	int in = 0;

	spin_lock(&tree_lock);
	t = task_at(pid_from(nr, from));
	if (t && t->process)
		in = pid_in(group ? t->process->pid : t->tid, to);
	spin_unlock(&tree_lock);
	return in ? in : -ESRCH;
}

/* Translate nr between the PID namespace n and current's, as cmd says. */
static long tell_number(enum ns_type type, const struct ns *n, unsigned cmd,
			int nr)
{
	const struct pid_space *there = pid_space_of(n), *here = pid_space();
	bool group = cmd == NS_GET_TGID_FROM_PIDNS ||
		cmd == NS_GET_TGID_IN_PIDNS;

	if (type != NS_PID)
		return -EINVAL;
	if (cmd == NS_GET_PID_IN_PIDNS || cmd == NS_GET_TGID_IN_PIDNS)
		return renumber(nr, here, there, group);
	return renumber(nr, there, here, group);
}

static long ns_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	enum ns_type which;
	struct ns *n;

	if (!ns_of_file(f, &which, &n))
		return -ENOTTY;
	switch (cmd) {
	case NS_GET_USERNS:
		return which == NS_USER && !n ? -EPERM : open_owner(n);
	case NS_GET_PARENT:
		return open_parent(which, n);
	case NS_GET_NSTYPE:
		return (long)types[which].flag;
	case NS_GET_OWNER_UID:
		return put_maker(which, n, arg);
	case NS_GET_PID_FROM_PIDNS:
	case NS_GET_TGID_FROM_PIDNS:
	case NS_GET_PID_IN_PIDNS:
	case NS_GET_TGID_IN_PIDNS:
		return tell_number(which, n, cmd, (int)arg);
	}
	return -ENOTTY;
}

/*
 * Find a link's namespace.
 * Return: 0 with *n, referenced; -ESRCH: there is no such task any more;
 * -EACCES; -ENOENT: the task is exiting, or the PID namespace for its children
 * has no init yet.
 */
static int ns_find(struct inode *i, struct ns **n)
{
	struct task *t = proc_task(i);
	int err = -ESRCH;

	if (!t)
		return err;
	if (!proc_may_inspect(t))
		err = -EACCES;
	else if (!ns_of_task(t, links[proc_of(i)->fd].type,
			     links[proc_of(i)->fd].children, n))
		err = 0;
	else
		err = -ENOENT;
	task_put(t);
	return err;
}

static int ns_follow(struct inode *i, struct path *out)
{
	struct ns *n;
	int err = ns_find(i, &n);

	return err ? err : ns_path(links[proc_of(i)->fd].type, n, out);
}

static long ns_readlink(struct inode *i, char *buf, size_t size)
{
	enum ns_type type = links[proc_of(i)->fd].type;
	struct ns *n;
	long err = ns_find(i, &n);

	if (err)
		return err;
	err = fmt_print(buf, size, "%s:[%llu]", types[type].kind,
			(unsigned long long)ns_number(type, n));
	ns_put(n);
	return err;
}

static const struct inode_ops ns_link_ops = {
	.readlink = ns_readlink, .follow = ns_follow, .evict = proc_evict,
};

static int ns_lookup(struct inode *dir, struct dentry *d)
{
	struct proc_inode new = *proc_of(dir);

	for (int k = 0; k < (int)ARRAY_SIZE(links); k++) {
		if (strlen(links[k].link) != d->name_len ||
		    memcmp(links[k].link, d->name, d->name_len))
			continue;
		new.fd = k;
		return proc_instantiate(dir, d, &new, S_IFLNK | 0777,
					&ns_link_ops, NULL);
	}
	return 0;
}

static int ns_readdir(struct file *f, struct dir_context *ctx)
{
	struct task *t = proc_task(f->inode);

	if (!t)
		return -ENOENT;
	task_put(t);
	if (!proc_emit_dots(f, ctx))
		return 0;
	for (; ctx->pos - 2 < (loff_t)ARRAY_SIZE(links); ctx->pos++) {
		const char *name = links[ctx->pos - 2].link;

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
	.seek = sized_dir_seek, .readdir = ns_readdir,
};

PID_FILES(files) = {
	{ .name = "ns", .mode = S_IFDIR | 0511, .ops = &dir_ops,
	  .fops = &dir_fops },
};

static void ns_init(void)
{
	ns_super = anon_super(&ns_type);
}
INIT(fs, ns_init);
