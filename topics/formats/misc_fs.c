/* SPDX-License-Identifier: MIT */
/*
 * The file system binfmt_misc.  Writing a line to `register` adds a format.
 * Each format has a file of its name, which describes it; writing 1, 0 or -1 to
 * that file enables, disables or removes the format, and writing to `status`
 * does so for all formats.  There is one instance, which every mount shows.
 *
 * Invariant: a format is on the list as long as its file has a name.  The inode
 * of the file holds a reference to the format until the last close.  The open
 * interpreter is put when the format is removed, not with the last reference to
 * the format, so that no final file_put() causes another final file_put().
 */
#define LOG_PREFIX "binfmt_misc"
#include "binfmt_misc.h"
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

#define BINFMT_MISC_MAGIC	0x42494e4d
#define LINE_MIN	11	/* the shortest valid line */
#define LINE_MAX	1920	/* as on Linux, including the newline */
#define COMMAND_MAX	3

static struct super *misc_super;	/* const after init */

/* ---- commands ------------------------------------------------------------ */

enum command { NOTHING, SWITCH_OFF, SWITCH_ON, FORGET };

/* Return: a command; -EINVAL, -EFAULT. */
static int read_command(struct uio *u, unsigned long n)
{
	char s[COMMAND_MAX];

	if (n > COMMAND_MAX)
		return -EINVAL;
	if (uio_get(u, s, n) != n)
		return -EFAULT;
	if (!n)
		return NOTHING;
	if (s[n - 1] == '\n')
		n--;
	if (n == 1 && (s[0] == '0' || s[0] == '1'))
		return s[0] == '0' ? SWITCH_OFF : SWITCH_ON;
	return n == 2 && s[0] == '-' && s[1] == '1' ? FORGET : -EINVAL;
}

/*
 * Remove a format's file and its entry in the list.
 * Context: [the root's lock].
 * Return: the interpreter that the format held, for the caller to put; or NULL.
 */
static struct file *misc_fs_unlist(struct dentry *d)
{
	struct format *f = d->inode->private;
	struct file *interp;

	spin_lock(&misc_lock);
	list_remove(&f->link);
	interp = f->file;
	f->file = NULL;
	spin_unlock(&misc_lock);
	d->inode->nlink = 0;
	dentry_delete(d);
	return interp;
}

/*
 * Look a name up, existing or not.
 * Context: [the root's lock].
 * Return: the dentry, referenced; NULL with *err.
 */
static struct dentry *misc_fs_find_file(const char *name, int *err)
{
	unsigned n = (unsigned)strlen(name);

	if (n > NAME_MAX) {
		*err = -ENAMETOOLONG;
		return NULL;
	}
	return dir_lookup(misc_super->root, name, n, name_hash(name, n), err);
}

/*
 * Remove f unless it was removed already; a new format may have f's name by
 * now.
 */
static void misc_fs_forget(const struct format *f)
{
	struct inode *dir = misc_super->root->inode;
	struct file *interp = NULL;
	struct dentry *d;
	int err;

	mutex_lock(&dir->lock);
	d = misc_fs_find_file(f->name, &err);
	if (d && d->inode && d->inode->private == f)
		interp = misc_fs_unlist(d);
	mutex_unlock(&dir->lock);
	if (d)
		dentry_put(d);
	if (interp)
		file_put(interp);
}

/* Return: the newest format, referenced; NULL: there is none. */
static struct format *misc_fs_newest_get(void)
{
	struct format *f = NULL;

	spin_lock(&misc_lock);
	if (!list_empty(&formats)) {
		f = list_first(&formats, struct format, link);
		ref_get(&f->refs);
	}
	spin_unlock(&misc_lock);
	return f;
}

static void misc_fs_forget_all(void)
{
	struct format *f;

	while ((f = misc_fs_newest_get())) {
		misc_fs_forget(f);
		format_put(f);
	}
}

/* ---- the files of a format and `status` --------------------------------- */

static void show_hex(struct seq *s, const char *what, const char *bytes,
		     unsigned n)
{
	seq_print(s, "%s ", what);
	for (unsigned i = 0; i < n; i++)
		seq_print(s, "%02x", (u8)bytes[i]);
	seq_print(s, "\n");
}

/*
 * Return: the enabled flag of f, or of all formats for `status`, where f is
 * NULL.
 */
static bool *misc_fs_enabled_flag(struct format *f)
{
	return f ? &f->enabled : &misc_enabled;
}

static void misc_fs_show(struct seq *s, struct format *f)
{
	seq_print(s, READ_ONCE(*misc_fs_enabled_flag(f)) ? "enabled\n" :
							   "disabled\n");
	if (!f)
		return;
	seq_print(s, "interpreter %s\nflags: %s%s%s%s\n", f->interp,
		  f->flags & KEEPS_ARGV0 ? "P" : "",
		  f->flags & OPENS ? "O" : "",
		  f->flags & GIVES_RIGHTS ? "C" : "",
		  f->flags & FIXED ? "F" : "");
	if (f->extension) {
		seq_print(s, "extension .%s\n", f->magic);
		return;
	}
	seq_print(s, "offset %u\n", f->offset);
	show_hex(s, "magic", f->magic, f->size);
	if (f->mask)
		show_hex(s, "mask", f->mask, f->size);
}

/*
 * Read the description of a format.  The text is never longer than the
 * registered line with two digits per byte.
 */
static long misc_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct seq s = { .size = 2 * LINE_MAX };
	unsigned long from, n;

	if (*pos < 0)
		return -EINVAL;
	s.buf = kmalloc(s.size);
	if (!s.buf)
		return -ENOMEM;
	misc_fs_show(&s, f->inode->private);
	from = (unsigned long)min((loff_t)s.len, *pos);
	n = uio_put(u, s.buf + from, s.len - from);
	kfree(s.buf);
	*pos += (loff_t)n;
	return n || from == s.len ? (long)n : -EFAULT;
}

static long misc_write(struct file *file, struct uio *u, loff_t *pos)
{
	struct format *f = file->inode->private;
	unsigned long n = u->left;
	int command = read_command(u, n);

	if (command < 0)
		return command;
	if (command == SWITCH_OFF || command == SWITCH_ON)
		WRITE_ONCE(*misc_fs_enabled_flag(f), command == SWITCH_ON);
	else if (command == FORGET && f)
		misc_fs_forget(f);
	else if (command == FORGET)
		misc_fs_forget_all();
	return (long)n;
}

static void format_evict(struct inode *i)
{
	if (i->private)
		format_put(i->private);
}

/*
 * Set the size, and nothing else: a shell opens a file that it writes to with
 * O_TRUNC.
 */
static int misc_truncate(struct inode *i, loff_t size)
{
	i->size = size;
	return 0;
}

static const struct inode_ops file_ops = {
	.evict = format_evict, .truncate = misc_truncate,
};
static const struct file_ops misc_fops = {
	.read = misc_read, .write = misc_write, .seek = pagefile_seek,
	.reads_pieces = true, .writes_pieces = true,
};

/* ---- register ------------------------------------------------------------ */

/* If FIXED, open the interpreter now. */
static int misc_fs_open_fixed(struct format *f)
{
	int err;

	if (!(f->flags & FIXED))
		return 0;
	err = file_open_exec(AT_FDCWD, f->interp, LOOKUP_FOLLOW, &f->file);
	if (err)
		log_info("register: failed to install interpreter file %s",
			 f->interp);
	return err;
}

/*
 * Create a format's file, which takes over the caller's reference.
 * Context: [the root's lock].
 */
static int misc_fs_add_file(struct dentry *d, struct format *f)
{
	struct inode *i;

	if (d->inode)
		return -EEXIST;
	i = inode_alloc(misc_super, S_IFREG | 0644);
	if (!i)
		return -ENOMEM;
	inode_init_owner(i, NULL);
	i->uid = i->gid = 0;
	i->ops = &file_ops;
	i->fops = &misc_fops;
	i->private = f;
	dentry_set_inode(d, i);
	spin_lock(&misc_lock);
	list_push(&formats, &f->link);
	spin_unlock(&misc_lock);
	return 0;
}

static int misc_fs_add(struct format *f)
{
	struct inode *dir = misc_super->root->inode;
	struct dentry *d;
	int err;

	mutex_lock(&dir->lock);
	d = misc_fs_find_file(f->name, &err);
	if (d) {
		err = misc_fs_add_file(d, f);
		dentry_put(d);
	}
	mutex_unlock(&dir->lock);
	return err;
}

static int register_format(const char *line, size_t n)
{
	int err;
	struct format *f = format_parse(line, n, &err);

	if (!f)
		return err;
	err = misc_fs_open_fixed(f);
	if (!err)
		err = misc_fs_add(f);
	if (err) {
		if (f->file)
			file_put(f->file);
		format_put(f);
	}
	return err;
}

static long register_write(struct file *f, struct uio *u, loff_t *pos)
{
	unsigned long n = u->left;
	char *line;
	int err;

	if (n < LINE_MIN || n > LINE_MAX)
		return -EINVAL;
	line = kmalloc(n);
	if (!line)
		return -ENOMEM;
	err = uio_get(u, line, n) == n ? register_format(line, n) : -EFAULT;
	kfree(line);
	return err ? err : (long)n;
}

static const struct file_ops register_fops = {
	.write = register_write, .writes_pieces = true,
};

/* ---- the file system ----------------------------------------------------- */

/* Refuse create and unlink: files appear and disappear only through writes. */
static int misc_fs_refuse(struct inode *dir, struct dentry *d, unsigned mode,
			  unsigned rdev)
{
	return S_ISREG(mode) ? -EACCES : -EPERM;
}

static const struct inode_ops dir_ops = { .create = misc_fs_refuse };
static const struct file_ops dir_fops = {
	.seek = dcache_dir_seek, .readdir = dcache_readdir,
};

static int misc_mount(const struct fs_type *type, const char *source,
		      unsigned flags, const char *data, struct super **out)
{
	ref_get(&misc_super->refs);
	*out = misc_super;
	return 0;
}

static struct fs_type misc_type = {
	.name = "binfmt_misc", .magic = BINFMT_MISC_MAGIC, .nodev = true,
	.mount = misc_mount,
};

static bool misc_fs_make_file(const char *name, unsigned mode,
			      const struct file_ops *ops)
{
	struct inode *i = inode_alloc(misc_super, S_IFREG | mode);
	struct dentry *d;
	int err;

	if (!i)
		return false;
	inode_init_owner(i, NULL);
	i->ops = &file_ops;
	i->fops = ops;
	d = misc_fs_find_file(name, &err);
	if (d) {
		dentry_set_inode(d, i);
		dentry_put(d);
	} else {
		inode_put(i);
	}
	return d;
}

static bool make_super(void)
{
	struct super *s = super_alloc(&misc_type, 0);
	struct inode *i = s ? inode_alloc(s, S_IFDIR | 0755) : NULL;

	if (!i)
		return false;
	inode_init_owner(i, NULL);
	i->ops = &dir_ops;
	i->fops = &dir_fops;
	i->nlink = 2;
	s->pin_names = true;
	if (super_make_root(s, i))
		return false;
	misc_super = s;
	return misc_fs_make_file("status", 0644, &misc_fops) &&
		misc_fs_make_file("register", 0200, &register_fops);
}

static void misc_init(void)
{
	fs_register(&misc_type);
	if (!make_super())
		panic("no memory for binfmt_misc");
}
INIT(fs, misc_init);

PROC_FILES(place) = {
	{ "sys/fs/binfmt_misc", .mode = S_IFDIR | 0755 },
};
