/* SPDX-License-Identifier: MIT */
/*
 * procfs itself: the file system type, its inodes and its fixed tree of nodes,
 * which exists as long as the kernel.  The contents come from text.c and the
 * code that registers nodes.  The files of all kernel directories are listed in
 * the tables of <lt/procfile.h>, which only procfs reads.  procfs uses no
 * kernel interface that other code could not use.
 */
#include "proc.h"
#include <fs/io/pagefile.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <fs/open/poll.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

void (*proc_hold_view)(struct pid_space *s, bool hold);
struct spinlock proc_lock = SPIN_INIT("proc", IPL_SOFT);

static struct proc_node sys_node;
struct proc_node proc_root = {
	.mode = S_IFDIR | 0555, .ino = 1, .children = &sys_node,
};
static struct proc_node sys_node = {
	.name = "sys", .mode = S_IFDIR | 0555, .ino = 2,
	.parent = &proc_root, .sysctl = true,
};

/* ---- inodes -------------------------------------------------------------- */

void proc_evict(struct inode *i)
{
	const struct proc_inode *p = i->private;

	if (p->node)
		node_put(p->node);
	kfree(i->private);
}

struct inode *proc_inode(struct super *s, const struct proc_inode *p,
			 unsigned mode)
{
	struct proc_inode *copy = kmalloc(sizeof(*copy));
	struct inode *i;

	if (!copy)
		return NULL;
	i = inode_alloc(s, mode);
	if (!i) {
		kfree(copy);
		return NULL;
	}
	*copy = *p;
	i->private = copy;
	if (S_ISDIR(mode))
		i->nlink = 2;
	return i;
}

/* Reject leading zeros: each task has only one name. */
int proc_number(const char *name, unsigned len)
{
	int n = 0;

	if (len == 0 || len > 9 || (name[0] == '0' && len > 1))
		return -1;
	while (len--) {
		if (*name < '0' || *name > '9')
			return -1;
		n = n * 10 + (*name++ - '0');
	}
	return n;
}

bool proc_emit_dots(struct file *f, struct dir_context *ctx)
{
	struct dentry *d = f->path.dentry;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, 1, d->inode->ino, DT_DIR))
			return false;
		ctx->pos = 1;
	}
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, 2, d->parent->inode->ino, DT_DIR))
			return false;
		ctx->pos = 2;
	}
	return true;
}

/* Opening with O_TRUNC before a write, as a shell does, changes nothing. */
int proc_truncate(struct inode *i, loff_t size)
{
	return 0;
}

/* ---- registering in /proc ------------------------------------------------ */

/*
 * True for files that only root may read: debugging data helps attackers and is
 * costly to produce.
 */
static bool proc_is_root_only(const char *name)
{
	static const char debugging[] = "lectern/";

	return !strncmp(name, debugging, sizeof(debugging) - 1) ||
		!strcmp(name, "slabinfo");
}

int proc_add(const char *name, unsigned mode, struct proc_node **out)
{
	return node_add(&proc_root, name, S_IFREG | mode, out);
}

static int proc_add_file(const char *name, void (*show)(struct seq *s),
			 bool stores, struct proc_node **out)
{
	unsigned reads = !show ? 0 : proc_is_root_only(name) ? 0400 : 0444;
	int err = proc_add(name, reads | (stores ? 0200 : 0), out);

	if (!err)
		(*out)->show = show;
	return err;
}

int proc_register(const char *name, void (*show)(struct seq *s),
		  int (*store)(const char *text, size_t n))
{
	struct proc_node *n;
	int err = proc_add_file(name, show, store, &n);

	if (!err)
		n->store = store;
	return err;
}

int proc_register_arg(const char *name, void (*show)(struct seq *s),
		      int (*store)(void *arg, const char *text, size_t n),
		      void *arg)
{
	struct proc_node *n;
	int err = proc_add_file(name, show, store, &n);

	if (!err) {
		n->arg = arg;
		n->store_arg = store;
	}
	return err;
}

int proc_mkdir(const char *name, unsigned mode)
{
	struct proc_node *n;
	int err = node_add(&proc_root, name, S_IFDIR | mode, &n);

	if (!err)
		n->sysctl = false;
	return err;
}

int proc_link(const char *name, long (*link)(const struct inode *i, char *buf,
					     size_t size))
{
	struct proc_node *n;
	int err = node_add(&proc_root, name, S_IFLNK | 0777, &n);

	if (!err)
		n->link = link;
	return err;
}

TABLE(proc_file);

static bool is_directory(const struct proc_file *f)
{
	return !f->show && !f->store;
}

static void add_listed(const struct proc_file *f)
{
	struct proc_node *n;

	if (proc_add_file(f->name, f->show, f->store, &n))
		panic("proc: no memory for %s", f->name);
	n->store = f->store;
	n->line = f->line;
	n->changes = f->changes;
	n->fops = f->plain ? &proc_plain_fops : NULL;
}

/*
 * Registers directories first, as registering a file whose directory is missing
 * would create the directory with the default mode.
 */
void proc_files_init(void)
{
	table_each(f, proc_file)
		if (is_directory(f) && proc_mkdir(f->name, f->mode))
			panic("proc: no memory for %s", f->name);
	table_each(f, proc_file)
		if (!is_directory(f))
			add_listed(f);
}

/* ---- the root: nodes and tasks ------------------------------------------- */

/* No file of the fixed tree has a number as its name. */
static int root_lookup(struct inode *dir, struct dentry *d)
{
	int tid = proc_lookup_number(dir, d);

	if (tid > 0)
		return proc_pid_lookup(dir, d, tid, false);
	if (proc_leaves_out(dir, d->name, d->name_len))
		return 0;
	return node_lookup(dir, d);
}

static int root_revalidate(struct dentry *d)
{
	if (d->inode && !proc_of(d->inode)->tid &&
	    proc_leaves_out(d->inode, d->name, d->name_len))
		return -ENOENT;
	return proc_pid_revalidate(d);
}

#define PID_POS 0x10000		/* readdir positions of tasks start here */

/* A listing that takes only what the mount's options do not leave out. */
struct subset {
	struct dir_context ctx;
	struct dir_context *to;
	const struct inode *root;
};

static bool subset_emit(struct dir_context *c, const char *name, unsigned len,
			loff_t next, u64 ino, unsigned type)
{
	struct subset *s = container_of(c, struct subset, ctx);

	return proc_leaves_out(s->root, name, len) ||
		s->to->emit(s->to, name, len, next, ino, type);
}

/* Return: false: the buffer is full. */
static bool root_emit_nodes(struct file *f, struct dir_context *ctx)
{
	struct subset s = {
		.ctx = { .emit = subset_emit, .pos = ctx->pos },
		.to = ctx, .root = f->inode,
	};
	bool full;

	node_emit(f, &s.ctx, &full);
	ctx->pos = full ? s.ctx.pos : PID_POS;
	return !full;
}

static int root_readdir(struct file *f, struct dir_context *ctx)
{
	if (!proc_emit_dots(f, ctx))
		return 0;
	if (ctx->pos < PID_POS && !root_emit_nodes(f, ctx))
		return 0;
	return proc_pid_readdir(f, ctx);
}

static const struct inode_ops root_dir_ops = {
	.lookup = root_lookup,
	.revalidate = root_revalidate,
	.evict = proc_evict,
};

static const struct file_ops root_dir_fops = {
	.seek = sized_dir_seek,
	.readdir = root_readdir,
};

static int proc_mount(const struct fs_type *t, const char *source,
		      unsigned flags, const char *data, struct super **out)
{
	struct proc_mount *m = kzalloc(sizeof(*m));
	struct super *s;
	int err;

	if (!m)
		return -ENOMEM;
	err = proc_take_options(m, data);
	if (!err)
		err = node_mount(t, &proc_root, flags, &root_dir_ops,
				 &root_dir_fops, &s);
	if (err) {
		kfree(m);
		return err;
	}
	m->view = pid_space();
	s->block_size = 1024;	/* st_blksize of Linux's procfs */
	s->private = m;
	s->reconfigure = proc_reconfigure;
	s->show_options = proc_show_options;
	if (proc_hold_view)
		proc_hold_view(m->view, true);
	*out = s;
	return 0;
}

static void proc_unmount(struct super *s)
{
	struct proc_mount *m = s->private;

	if (proc_hold_view)
		proc_hold_view(m->view, false);
	kfree(m);
}

static struct fs_type proc_type = {
	.name = "proc",
	.boot_place = "/proc",
	.noexec = true,
	.magic = 0x9fa0,
	.nodev = true,
	.mount = proc_mount,
	.unmount = proc_unmount,
};

static void proc_init(void)
{
	fs_register(&proc_type);
	proc_system_init();
}
INIT(fs, proc_init);
