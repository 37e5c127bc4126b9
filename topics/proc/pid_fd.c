/* SPDX-License-Identifier: MIT */
/* Open files of a task; links to its program, root and cwd (row B5). */
#include <kernel/lock/brlock.h>
#include <fs/path/walk.h>
#include <fs/path/dcache.h>
#include <fs/io/pagefile.h>
#include "proc.h"
#include <kernel/task/task.h>
#include <lib/printf.h>
#include <lt/seq.h>
#include <mm/vm.h>

int pid_follow_exe(struct task *t, struct path *out)
{
	struct vm_space *m = proc_space(t);
	int err = -ENOENT;

	if (!m)
		return err;
	rw_read_lock(&m->lock);
	if (m->exe) {
		*out = object_file(m->exe)->path;
		path_get(out);
		err = 0;
	}
	rw_read_unlock(&m->lock);
	vm_space_put(m);
	return err;
}

/*
 * Lock order: tree_lock, then dcache_lock.  tree_lock keeps t->fs from being
 * freed, dcache_lock keeps the paths in it from being replaced.
 */
static int follow_context(struct task *t, struct path *out, bool root)
{
	int err = -ENOENT;

	spin_lock(&tree_lock);
	br_read_lock(&dcache_lock);
	if (t->fs) {
		*out = root ? t->fs->root : t->fs->cwd;
		path_get(out);
		err = 0;
	}
	br_read_unlock(&dcache_lock);
	spin_unlock(&tree_lock);
	return err;
}

int pid_follow_cwd(struct task *t, struct path *out)
{
	return follow_context(t, out, false);
}

int pid_follow_root(struct task *t, struct path *out)
{
	return follow_context(t, out, true);
}

/*
 * Any task that may read the directory learns which descriptor numbers are in
 * use.  To see what is open there, it must also be allowed to inspect the task.
 * Return: the descriptor table of t with a reference, or NULL.
 */
static struct files *task_files(struct task *t)
{
	struct files *f;

	spin_lock(&tree_lock);
	f = t->files;
	if (f)
		files_get(f);
	spin_unlock(&tree_lock);
	return f;
}

static struct file *pid_fd_open_file(const struct proc_inode *p, bool *cloexec)
{
	struct task *t = proc_task_since(p->tid, p->started);
	struct files *table;
	struct file *f = NULL;
	unsigned fd = (unsigned)p->fd;

	if (!t)
		return NULL;
	table = task_files(t);
	if (table) {
		f = files_get_file(table, fd);
		if (f && cloexec)
			*cloexec = files_cloexec(table, fd);
		files_put(table);
	}
	task_put(t);
	return f;
}

/* ---- fd/N ---------------------------------------------------------------- */

/* Write the text that Linux shows for a file without a name. */
static int nameless_text(const struct inode *i, char *buf, size_t size)
{
	if (S_ISFIFO(i->mode))
		return fmt_print(buf, size, "pipe:[%llu]",
				 (unsigned long long)i->ino);
	if (S_ISSOCK(i->mode))
		return fmt_print(buf, size, "socket:[%llu]",
				 (unsigned long long)i->ino);
	return fmt_print(buf, size, "anon_inode:[%s]", i->super->type->name);
}

/*
 * Set *out to the path of f, with references.  For a file without a name make a
 * dentry that is in no directory.
 */
static int file_path(struct file *f, struct path *out)
{
	char name[48];
	struct dentry *d;
	int n;

	if (f->path.dentry) {
		*out = f->path;
		path_get(out);
		return 0;
	}
	n = nameless_text(f->inode, name, sizeof(name));
	d = dentry_alloc(NULL, name, (unsigned)n, 0);
	if (!d)
		return -ENOMEM;
	inode_get(f->inode);
	dentry_set_nameless(d, f->inode);
	*out = (struct path){ NULL, d };
	return 0;
}

static int fd_follow(struct inode *i, struct path *out)
{
	struct file *f;
	int err = -ENOENT;

	if (!proc_may_look_in(proc_of(i)))
		return -EACCES;
	f = pid_fd_open_file(proc_of(i), NULL);
	if (f) {
		err = file_path(f, out);
		file_put(f);
	}
	return err;
}

static long fd_readlink(struct inode *i, char *buf, size_t size)
{
	struct path p;
	int err = fd_follow(i, &p);

	return err ? err : proc_link_text(&p, buf, size);
}

static const struct inode_ops fd_link_ops = {
	.readlink = fd_readlink,
	.follow = fd_follow,
	.evict = proc_evict,
};

/* ---- fdinfo/N ------------------------------------------------------------ */

static int show_fdinfo(struct seq *s, struct task *t)
{
	int fd = ((const struct proc_inode *)s->arg)->fd;
	struct files *table = task_files(t);
	struct file *f = NULL;
	bool cloexec = false;

	if (table) {
		f = files_get_file(table, (unsigned)fd);
		cloexec = f && files_cloexec(table, (unsigned)fd);
		files_put(table);
	}
	if (!f)
		return -ENOENT;
	seq_print(s, "pos:\t%lld\nflags:\t0%o\nmnt_id:\t%d\nino:\t%llu\n",
		  (long long)f->pos, f->flags | (cloexec ? O_CLOEXEC : 0),
		  f->path.mount ? f->path.mount->id : 0,
		  (unsigned long long)f->inode->ino);
	if (f->ops && f->ops->show_fdinfo)
		f->ops->show_fdinfo(s, f);
	file_put(f);
	return 0;
}

static const struct pid_file fdinfo_entry = {
	.show = show_fdinfo, .looks_in = true,
};

static const struct inode_ops fdinfo_file_ops = {
	.evict = proc_evict, .keeps = KEEPS_MODE,
};

/* ---- the two directories ------------------------------------------------- */

/* The mode of the link tells how the file was opened (proc_pid_fd(5)). */
static int lookup_fd(struct inode *dir, struct dentry *d, bool info)
{
	struct proc_inode new = *proc_of(dir);
	struct file *f;
	unsigned mode;

	new.fd = proc_number(d->name, d->name_len);
	if (new.fd < 0)
		return 0;
	f = pid_fd_open_file(&new, NULL);
	if (!f)
		return 0;
	mode = S_IFLNK | (f->mode & FMODE_READ ? 0500 : 0) |
		(f->mode & FMODE_WRITE ? 0300 : 0);
	file_put(f);
	if (info) {
		new.entry = &fdinfo_entry;
		return proc_instantiate(dir, d, &new, S_IFREG | 0400,
					&fdinfo_file_ops, &proc_plain_fops);
	}
	return proc_instantiate(dir, d, &new, mode, &fd_link_ops, NULL);
}

static int fd_lookup(struct inode *dir, struct dentry *d)
{
	return lookup_fd(dir, d, false);
}

static int fdinfo_lookup(struct inode *dir, struct dentry *d)
{
	return lookup_fd(dir, d, true);
}

/* A cached name is never valid: the descriptor may have been closed. */
static int fd_revalidate(struct dentry *d)
{
	return 0;
}

/*
 * Positions are descriptor numbers, so the listing does not shift when files
 * are opened or closed meanwhile.
 */
static int readdir_fd(struct file *f, struct dir_context *ctx)
{
	struct task *t;
	struct files *table;
	char name[12];
	int fd;

	if (!proc_emit_dots(f, ctx))
		return 0;
	t = proc_task(f->inode);
	if (!t)
		return -ENOENT;
	table = task_files(t);
	task_put(t);
	if (!table)
		return 0;
	fd = (int)(ctx->pos - 2);
	while ((fd = files_next(table, (unsigned)fd)) >= 0) {
		int len = fmt_print(name, sizeof(name), "%d", fd);

		if (!ctx->emit(ctx, name, (unsigned)len, fd + 3,
			       f->inode->ino + 100 + (unsigned)fd,
			       f->ops == &pid_fd_fops ? DT_LNK : DT_REG))
			break;
		ctx->pos = ++fd + 2;
	}
	files_put(table);
	return 0;
}

const struct inode_ops pid_fd_ops = {
	.lookup = fd_lookup,
	.revalidate = fd_revalidate,
	.fleeting = true,
	.permits = proc_pid_permits,
	.refresh = proc_pid_refresh,
	.evict = proc_evict,
	.keeps = KEEPS_MODE,
};

const struct inode_ops pid_fdinfo_ops = {
	.lookup = fdinfo_lookup,
	.revalidate = fd_revalidate,
	.fleeting = true,
	.permits = proc_pid_permits,
	.refresh = proc_pid_refresh,
	.evict = proc_evict,
	.keeps = KEEPS_MODE,
};

const struct file_ops pid_fd_fops = {
	.seek = sized_dir_seek,
	.readdir = readdir_fd,
};

static int fdinfo_open(struct inode *i, struct file *f)
{
	return proc_may_look_in(proc_of(i)) ? 0 : -EACCES;
}

const struct file_ops pid_fdinfo_fops = {
	.open = fdinfo_open,
	.seek = sized_dir_seek,
	.readdir = readdir_fd,
};
