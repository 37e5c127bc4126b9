/* SPDX-License-Identifier: MIT */
/*
 * Mount namespaces (rows D8, D10): each has its own tree of mounts
 * (fs/mount/mount.h), which began as a copy of its maker's.  A task's root and
 * working directory lie in the tree of its namespace; tasks that share an
 * fs_context are in one mount namespace.
 *
 * The mounts are removed when the last task leaves the namespace and the last
 * file of the namespace is closed.  One of the mounts may hold the last
 * reference to another mount namespace.
 */
#include <lt/init.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <kernel/cred/capable.h>
#include <kernel/task/work.h>
#include <mm/frames/slab.h>
#include <topics/mounts/tree.h>
#include <topics/proc/proc.h>
#include "namespace.h"

struct mnt_ns {
	struct ns ns;
	struct mount_space space;
	struct list link;		/* [own task] in ending.dying */
	struct task_work work;		/* runs mnt_ns_end() later */
};

static struct mnt_ns *mnt_ns_of(struct ns *n)
{
	return container_of(n, struct mnt_ns, ns);
}

static struct mount_space *ns_mounts_space_of(struct ns *n)
{
	return n ? &mnt_ns_of(n)->space : &first_mounts;
}

static struct mount_space *current_space(void)
{
	return ns_mounts_space_of(ns_current(NS_MNT));
}

/* ---- a copy -------------------------------------------------------------- */

struct copying {
	struct mount_space *from, *to;
	struct fs_context *fs;
	struct path old[2];		/* paths of fs before the move */
};

/*
 * Move p to the copied tree, if its mount has been copied.
 * Return: the old path, for the caller to put, or an empty one.
 */
static struct path move_path(struct path *p, const struct mount_space *from)
{
	struct path old = *p;

	if (!p->mount || p->mount->space != from || !p->mount->copy)
		return (struct path){ NULL, NULL };
	p->mount = p->mount->copy;
	path_get(p);
	return old;
}

/*
 * Copy the tree.  A namespace owned by another user namespace gets slave
 * mounts, which are locked, so that nothing in it can reveal or change what is
 * outside.
 * Context: [mount_mutex].
 */
static int copy_step(struct mount_stock *s, void *arg)
{
	struct copying *c = arg;
	struct mount *top = c->from->root, *m = NULL;
	bool others = c->from->owner != c->to->owner;

	while ((m = mount_after(c->from, m ? m->id : 0)))
		m->copy = NULL;
	if (mount_stock_fill(s, mount_tree_chain(top, NULL, LEAVE_SPACES)))
		return -ENOMEM;
	m = mount_tree_copy(top, top->root, 0, s,
			    others && mount_sharing ? mount_sharing->follow :
			    NULL);
	if (others)
		mount_tree_lock(m);
	c->to->root = m;
	for (; m; m = m->chain) {
		br_write_lock(&dcache_lock);
		mount_enter(m, c->to);
		br_write_unlock(&dcache_lock);
	}
	br_write_lock(&dcache_lock);
	c->old[0] = move_path(&c->fs->root, c->from);
	c->old[1] = move_path(&c->fs->cwd, c->from);
	br_write_unlock(&dcache_lock);
	return 0;
}

static struct ns *mnt_copy(const struct ns *old, struct user_space *owner,
			   struct fs_context *fs)
{
	struct mnt_ns *n = kzalloc(sizeof(*n));
	struct copying c = { .from = ns_mounts_space_of((struct ns *)old),
			     .fs = fs };

	if (!n)
		return NULL;
	c.to = &n->space;
	n->space.owner = owner;
	if (mount_stock_run(copy_step, &c)) {
		kfree(n);
		return NULL;
	}
	for (int k = 0; k < 2; k++)
		if (c.old[k].dentry)
			path_put(&c.old[k]);
	return &n->ns;
}

/* ---- its end ------------------------------------------------------------- */

static void ns_mounts_destroy(struct mnt_ns *n)
{
	struct list gone = LIST_INIT(gone);

	mutex_lock(&mount_mutex);
	mount_tree_cut_all(n->space.root, false, &gone);
	mutex_unlock(&mount_mutex);
	mounts_put(&gone);
	kfree(n);
}

/*
 * A task that ends mount namespaces.  The last reference to a namespace may be
 * dropped deep in the kernel, and unmounting may destroy a file system.  So the
 * mounts are removed on the way to user mode, or at once by a task that is
 * exiting.  Namespaces that hold each other by a mount are destroyed in a loop,
 * not by recursion.
 */
struct ending {
	struct task *who;
	struct list dying;		/* [own task] */
	struct list link;		/* [ending_lock] in `endings` */
};

static struct spinlock ending_lock = SPIN_INIT("ends of mount spaces", IPL_SOFT);
static struct list endings = LIST_INIT(endings);	/* [ending_lock] */

/* Return the `ending` of current; NULL: current is not ending a namespace. */
static struct ending *ending_of_current(void)
{
	struct ending *e, *mine = NULL;

	spin_lock(&ending_lock);
	list_for_each(e, &endings, link)
		if (e->who == current)
			mine = e;
	spin_unlock(&ending_lock);
	return mine;
}

static void mnt_ns_end(struct mnt_ns *n)
{
	struct ending mine = { .who = current }, *e = ending_of_current();

	if (e) {
		list_append(&e->dying, &n->link);
		return;
	}
	list_init(&mine.dying);
	spin_lock(&ending_lock);
	list_append(&endings, &mine.link);
	spin_unlock(&ending_lock);
	for (;;) {
		ns_mounts_destroy(n);
		if (list_empty(&mine.dying))
			break;
		n = list_first(&mine.dying, struct mnt_ns, link);
		list_remove(&n->link);
	}
	spin_lock(&ending_lock);
	list_remove(&mine.link);
	spin_unlock(&ending_lock);
}

static void mnt_ns_end_work(struct task_work *w)
{
	mnt_ns_end(container_of(w, struct mnt_ns, work));
}

static void mnt_free(struct ns *ns)
{
	struct mnt_ns *n = mnt_ns_of(ns);

	list_init(&n->link);
	n->work.fn = mnt_ns_end_work;
	if (task_work_add(current, &n->work))
		mnt_ns_end(n);
}

/* ---- entering ------------------------------------------------------------ */

/*
 * Check if current may enter n.  A shared fs_context is refused: it would put
 * its tasks into two mount namespaces.
 */
static int ns_mounts_may_enter(const struct ns *n,
			       const struct user_space *users)
{
	if (!ns_may_enter(n, users) || !capable_in(users, CAP_SYS_CHROOT))
		return -EPERM;
	return ref_read(&current->fs->refs) == 1 ? 0 : -EINVAL;
}

/* Set root and working directory to the topmost mount on the new root. */
static void ns_mounts_entered(struct ns *n)
{
	struct path root, cwd;

	mount_space_top(ns_mounts_space_of(n), &root);
	cwd = root;
	path_get(&cwd);
	fscontext_set_cwd(&cwd);
	fscontext_set_root(&root);
}

static const struct ns_kind kind __table(ns_kind) = {
	.type = NS_MNT,
	.flag = CLONE_NEWNS,
	.free = mnt_free,
	.copy_tree = mnt_copy,
	.may_enter = ns_mounts_may_enter,
	.entered = ns_mounts_entered,
};

/* ---- for fs/ and procfs -------------------------------------------------- */

static bool ns_mounts_has_mount(const struct dentry *d)
{
	bool found;

	br_read_lock(&dcache_lock);
	found = mount_at_place(d, current_space(), NULL);
	br_read_unlock(&dcache_lock);
	return found;
}

/*
 * Return: a mount on d in the tree of any namespace; NULL: none.  A mount on d
 * that was only kept on its parent goes to `gone`.
 */
static struct mount *mounted_on(struct dentry *d, struct list *gone)
{
	struct mount *m;

	br_write_lock(&dcache_lock);
	m = mount_at_place(d, NULL, NULL);
	if (m && !mount_in_tree(m))
		mount_detach_one(m, false, gone);
	br_write_unlock(&dcache_lock);
	return m;
}

static void ns_mounts_forget(struct dentry *d)
{
	struct list gone = LIST_INIT(gone);
	struct mount *m;

	mutex_lock(&mount_mutex);
	while ((m = mounted_on(d, &gone)))
		if (mount_in_tree(m))
			mount_tree_cut_all(m, false, &gone);
	mutex_unlock(&mount_mutex);
	mounts_put(&gone);
	wake_up(&mount_wait);
}

static int ns_mounts_find_space(struct task *t, struct mount_space **out)
{
	struct ns *n;
	int err = ns_of_task(t, NS_MNT, false, &n);

	if (!err)
		*out = ns_mounts_space_of(n);
	return err;
}

static void put_space(struct mount_space *s)
{
	if (s != &first_mounts)
		ns_put(&container_of(s, struct mnt_ns, space)->ns);
}

static void mnt_init(void)
{
	mount_space_of = ns_mounts_find_space;
	mount_space_put = put_space;
}
INIT(task, mnt_init);

/* ---- what may be mounted ------------------------------------------------- */

/*
 * What root of a user namespace may mount (mount_namespaces(7)): file systems
 * that show nothing from outside, or only what belongs to a namespace that it
 * owns.  /proc and /sys also must already be fully visible in a mount: parts of
 * them may have been covered on purpose.
 */

/*
 * The owner of the current namespace of kind `of` may mount a file system of
 * this type.  NS_USER: the owner is the user namespace itself.
 */
static const struct {
	const char *type;
	enum ns_type of;
	bool tells;			/* shows the whole machine */
} types[] = {
	{ "tmpfs", NS_USER },
	{ "devpts", NS_USER },
	{ "proc", NS_PID, true },
	{ "sysfs", NS_NET, true },
	{ "cgroup", NS_CGROUP },
	{ "cgroup2", NS_CGROUP },
};

static struct user_space *owner_for(enum ns_type type)
{
	if (type == NS_USER)
		return current->cred->space;
	return ns_owner(type == NS_PID ? pid_ns_of(current->process) :
			ns_current(type));
}

/*
 * True if the directory exists only to be mounted on, and is otherwise empty.
 */
static bool is_mount_point(const struct dentry *d)
{
	static const char *const names[][2] = {
		{ "fs", "cgroup" }, { "kernel", "tracing" },
		{ "kernel", "debug" }, { "fs", "binfmt_misc" },
	};

	for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
		if (!strcmp(d->name, names[k][1]) &&
		    !strcmp(d->parent->name, names[k][0]))
			return true;
	return false;
}

/*
 * True if no locked mount covers a part of m.
 * Context: [mount_mutex, dcache_lock].
 */
static bool is_whole(const struct mount *m)
{
	struct mount *o;

	if (m->root != m->super->root)
		return false;
	list_for_each(o, &m->children, sibling)
		if (o->locked & MOUNT_HELD && !is_mount_point(o->at))
			return false;
	return true;
}

#define TIMES (MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

/*
 * Check if a mount with these flags would show no more than m does.  *locked:
 * the flags that must stay.
 * Context: [mount_mutex, dcache_lock].
 */
static bool shows_all(const struct mount *m, unsigned flags, unsigned *locked)
{
	unsigned fixed = m->locked & (MS_RDONLY | MOUNT_TIMES);

	if (m->super->flags & MS_RDONLY)
		fixed |= MS_RDONLY;
	if ((fixed & MS_RDONLY && !(flags & MS_RDONLY)) ||
	    (fixed & MOUNT_TIMES && (flags ^ m->flags) & TIMES) ||
	    !is_whole(m))
		return false;
	*locked = fixed;
	return true;
}

static bool ns_mounts_is_visible(const struct fs_type *t, unsigned flags,
				 unsigned *locked)
{
	const struct mount_space *here = mount_space_current();
	struct mount *m = NULL;
	bool seen = false;

	if (!here->owner)
		return true;
	mutex_lock(&mount_mutex);
	while (!seen && (m = mount_after(here, m ? m->id : 0))) {
		if (m->super->type != t)
			continue;
		br_read_lock(&dcache_lock);
		seen = shows_all(m, flags, locked);
		br_read_unlock(&dcache_lock);
	}
	mutex_unlock(&mount_mutex);
	return seen;
}

static int ns_mounts_may_mount(const struct fs_type *t, unsigned flags,
			       unsigned *locked)
{
	for (unsigned k = 0; k < ARRAY_SIZE(types); k++) {
		if (strcmp(types[k].type, t->name))
			continue;
		if (!capable_in(owner_for(types[k].of), CAP_SYS_ADMIN))
			return -EPERM;
		if (types[k].tells &&
		    !ns_mounts_is_visible(t, mount_flags_kept(flags), locked))
			return -EPERM;
		return 0;
	}
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static const struct mount_space_ops ops = {
	.space = current_space,
	.here = ns_mounts_has_mount,
	.forget = ns_mounts_forget,
	.allow = ns_mounts_may_mount,
};

static void mounting_init(void)
{
	mount_space_ops = &ops;
}
INIT(task, mounting_init);
