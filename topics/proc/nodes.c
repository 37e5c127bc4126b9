/* SPDX-License-Identifier: MIT */
/*
 * A tree of nodes made by the kernel: directories, text files and links.
 * procfs has one such tree under its root, and sysfs and tracefs consist of
 * one.  Only tracefs also removes nodes again.
 */
#include <fs/path/dcache.h>
#include <fs/io/pagefile.h>
#include "proc.h"
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <mm/frames/slab.h>

static u64 next_ino = 3;		/* [proc_lock] */

/* Context: [proc_lock]. */
static struct proc_node *find_child(struct proc_node *dir, const char *name,
				    unsigned len)
{
	struct proc_node *n;

	spin_must_hold(&proc_lock);
	for (n = dir->children; n; n = n->next)
		if (!strncmp(n->name, name, len) && !n->name[len])
			return n;
	return NULL;
}

/* Append the child, so that positions of a listing stay valid. */
static struct proc_node *add_child(struct proc_node *dir, const char *name,
				   unsigned len, unsigned mode)
{
	struct proc_node *n = kzalloc(sizeof(*n));
	struct proc_node **at;

	if (!n)
		return NULL;
	n->name = kmalloc(len + 1);
	if (!n->name) {
		kfree(n);
		return NULL;
	}
	memcpy(n->name, name, len);
	n->name[len] = 0;
	n->mode = mode;
	n->parent = dir;
	n->dir_ops = dir->dir_ops;
	n->sysctl = dir->sysctl;
	n->keeps_times = dir->keeps_times;
	spin_lock(&proc_lock);
	n->ino = next_ino++;
	for (at = &dir->children; *at; at = &(*at)->next)
		;
	*at = n;
	spin_unlock(&proc_lock);
	return n;
}

int node_add(struct proc_node *dir, const char *path, unsigned mode,
	     struct proc_node **out)
{
	struct proc_node *n;

	for (;;) {
		const char *slash = strchr(path, '/');
		unsigned len = (unsigned)(slash ? (size_t)(slash - path) :
					  strlen(path));

		spin_lock(&proc_lock);
		n = find_child(dir, path, len);
		spin_unlock(&proc_lock);
		if (!slash) {
			if (n)
				return -EEXIST;
			*out = add_child(dir, path, len, mode);
			return *out ? 0 : -ENOMEM;
		}
		if (!n)
			n = add_child(dir, path, len, S_IFDIR | 0555);
		if (!n)
			return -ENOMEM;
		dir = n;
		path = slash + 1;
	}
}

/* ---- nodes that are removed ---------------------------------------------- */

static void free_node(struct proc_node *n)
{
	kfree(n->name);
	kfree(n);
}

void node_put(struct proc_node *n)
{
	bool last;

	spin_lock(&proc_lock);
	if (n->inodes)
		n->inodes--;
	last = n->gone && !n->inodes;
	spin_unlock(&proc_lock);
	if (last)
		free_node(n);
}

bool node_gone(const struct proc_node *n)
{
	return READ_ONCE(n->gone);
}

/*
 * Context: [proc_lock].
 * Return: the node at path, or NULL.
 */
static struct proc_node *find_path(struct proc_node *dir, const char *path)
{
	const char *slash;

	for (; dir && (slash = strchr(path, '/')); path = slash + 1)
		dir = find_child(dir, path, (unsigned)(slash - path));
	return dir ? find_child(dir, path, (unsigned)strlen(path)) : NULL;
}

/*
 * Unlink a leaf at or below top.  *out: the leaf to free, or NULL if inodes
 * still point to it.
 * Context: [proc_lock].
 * Return: false if the leaf was top.
 */
static bool node_unlink_leaf(struct proc_node *top, struct proc_node **out)
{
	struct proc_node **at, *n = top;

	while (n->children)
		n = n->children;
	for (at = &n->parent->children; *at != n; at = &(*at)->next)
		;
	*at = n->next;
	n->gone = true;
	*out = n->inodes ? NULL : n;
	return n != top;
}

void node_remove(struct proc_node *dir, const char *path)
{
	struct proc_node *top, *leaf;
	bool more = true;

	spin_lock(&proc_lock);
	top = find_path(dir, path);
	spin_unlock(&proc_lock);
	while (top && more) {
		spin_lock(&proc_lock);
		more = node_unlink_leaf(top, &leaf);
		spin_unlock(&proc_lock);
		if (leaf)
			free_node(leaf);
	}
}

static long node_readlink(struct inode *i, char *buf, size_t size)
{
	const struct proc_node *n = proc_of(i)->node;

	return n->link ? n->link(i, buf, size) :
		fmt_print(buf, size, "%s", (const char *)n->arg);
}

/* ---- inodes -------------------------------------------------------------- */

void node_changed(struct inode *i)
{
	struct proc_node *n = proc_of(i)->node;

	spin_lock(&proc_lock);
	n->set = true;
	n->mode = i->mode;
	n->uid = i->uid;
	n->gid = i->gid;
	n->atime = i->atime;
	n->mtime = i->mtime;
	n->ctime = i->ctime;
	spin_unlock(&proc_lock);
}

/* Copy the attributes set on an earlier inode of this node to a new inode. */
static void node_copy_set_attrs(struct inode *i, const struct proc_node *n)
{
	spin_lock(&proc_lock);
	i->mode = n->mode;
	i->uid = n->uid;
	i->gid = n->gid;
	if (n->set && n->keeps_times) {
		i->atime = n->atime;
		i->mtime = n->mtime;
		i->ctime = n->ctime;
	}
	spin_unlock(&proc_lock);
}

static const struct inode_ops node_link_ops = {
	.readlink = node_readlink,
	.evict = proc_evict,
	.changed = node_changed,
};

static const struct inode_ops node_file_ops = {
	.evict = proc_evict,
	.changed = node_changed,
	.truncate = proc_truncate,
};

static const struct inode_ops node_dir_ops, sysctl_dir_ops;
static const struct file_ops node_dir_fops;

/*
 * True if the node's own may_set() allows the access.  If so, the file may be
 * read and written whatever its mode says.
 */
static bool node_may_set(struct inode *i, int mask)
{
	const struct proc_node *n = proc_of(i)->node;

	return !(mask & X_OK) && n->may_set && n->may_set();
}

/* The modes and owners of files in /proc/sys cannot be changed. */
static const struct inode_ops sysctl_file_ops = {
	.evict = proc_evict,
	.truncate = proc_truncate,
	.permits = node_may_set,
	.keeps = KEEPS_MODE | KEEPS_OWNER,
};

/* Return: the inode operations of a directory or a file. */
static const struct inode_ops *node_inode_ops(const struct proc_node *n)
{
	if (S_ISDIR(n->mode))
		return n->dir_ops ? n->dir_ops :
			n->sysctl ? &sysctl_dir_ops : &node_dir_ops;
	return n->sysctl ? &sysctl_file_ops : &node_file_ops;
}

/* The inode counts in n->inodes of its node until the inode is evicted. */
int node_lookup(struct inode *dir, struct dentry *d)
{
	struct proc_node *n;
	struct inode *i;

	spin_lock(&proc_lock);
	n = find_child(proc_of(dir)->node, d->name, d->name_len);
	if (n)
		n->inodes++;
	spin_unlock(&proc_lock);
	if (!n)
		return 0;
	i = proc_inode(dir->super, &(struct proc_inode){ .node = n }, n->mode);
	if (!i) {
		node_put(n);
		return -ENOMEM;
	}
	i->ino = n->ino;
	i->size = n->size;
	node_copy_set_attrs(i, n);
	if (S_ISLNK(n->mode)) {
		i->ops = &node_link_ops;
	} else {
		i->ops = node_inode_ops(n);
		i->fops = n->fops ? n->fops :
			S_ISDIR(n->mode) ? &node_dir_fops :
			n->sysctl ? &proc_sysctl_fops : &proc_text_fops;
	}
	dentry_set_inode(d, i);
	return 0;
}

loff_t node_emit(struct file *f, struct dir_context *ctx, bool *full)
{
	struct proc_node *n;
	loff_t at = 2;

	*full = false;
	spin_lock(&proc_lock);
	for (n = proc_of(f->inode)->node->children; n; n = n->next, at++) {
		if (at < ctx->pos || *full)
			continue;
		*full = !ctx->emit(ctx, n->name, (unsigned)strlen(n->name),
				   at + 1, n->ino, n->mode >> 12 & 15);
		if (!*full)
			ctx->pos = at + 1;
	}
	spin_unlock(&proc_lock);
	return at;
}

static int node_readdir(struct file *f, struct dir_context *ctx)
{
	bool full;

	if (proc_emit_dots(f, ctx))
		node_emit(f, ctx, &full);
	return 0;
}

static const struct inode_ops node_dir_ops = {
	.lookup = node_lookup,
	.evict = proc_evict,
	.changed = node_changed,
};

static const struct inode_ops sysctl_dir_ops = {
	.lookup = node_lookup,
	.evict = proc_evict,
	.keeps = KEEPS_MODE | KEEPS_OWNER,
};

static const struct file_ops node_dir_fops = {
	.seek = sized_dir_seek,
	.readdir = node_readdir,
};

int node_mount(const struct fs_type *t, struct proc_node *root,
	       unsigned flags, const struct inode_ops *ops,
	       const struct file_ops *fops, struct super **out)
{
	struct super *s = super_alloc(t, flags);
	struct inode *i;

	if (!s)
		return -ENOMEM;
	i = proc_inode(s, &(struct proc_inode){ .node = root },
		       root->mode);
	if (!i)
		goto no_inode;
	i->ops = ops ? ops : &node_dir_ops;
	i->fops = fops ? fops : &node_dir_fops;
	s->root = dentry_alloc(NULL, "", 0, 0);
	if (!s->root)
		goto no_root;
	dentry_set_inode(s->root, i);
	*out = s;
	return 0;
no_root:
	inode_put(i);
no_inode:
	super_free(s);
	return -ENOMEM;
}
