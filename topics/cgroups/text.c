/* SPDX-License-Identifier: MIT */
/*
 * Reading, writing and polling the files of a group.  The whole text is made at
 * the first read.  Each write is one command, with the rights of the opener.
 */
#include "cgroup.h"
#include <fs/io/pagefile.h>
#include <fs/io/seqfile.h>
#include <fs/nodes.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <fs/open/poll.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

#define POLL_ANY	(POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM)

/* An open file. */
struct cg_open {
	struct mutex lock;
	struct seq seq;			/* [lock] */
	struct cg_opener by;		/* const */
	unsigned seen;			/* number of the last change shown */
};

static const struct cg_file *file_of(const struct inode *i)
{
	return i->fs_info;
}

static struct cgroup *cgroup_text_group_of(const struct inode *i)
{
	return i->private;
}

static int cg_open(struct inode *i, struct file *f)
{
	struct cg_open *o = kzalloc(sizeof(*o));

	if (!o)
		return -ENOMEM;
	mutex_init(&o->lock, "text of a cgroup");
	o->by = (struct cg_opener){ current->cred, cg_top() };
	cred_get(o->by.cred);
	cg_get(o->by.top);
	f->private = o;
	return 0;
}

static void cg_release(struct file *f)
{
	struct cg_open *o = f->private;

	cred_put(o->by.cred);
	cg_put(o->by.top);
	kfree(o->seq.buf);
	kfree(o);
}

static int cgroup_show_once(struct file *f, struct seq *s)
{
	struct cg_open *o = f->private;
	const struct cg_file *file = file_of(f->inode);
	struct cgroup *cg = cgroup_text_group_of(f->inode);
	int err;

	if (!file->show)
		return -EINVAL;
	spin_lock(&tree_lock);
	WRITE_ONCE(o->seen, cg->notices[file->event].count);
	err = cg->dead ? -ENODEV : file->show(s, cg);
	spin_unlock(&tree_lock);
	return err;
}

static long cg_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct cg_open *o = f->private;
	long n;

	mutex_lock(&o->lock);
	n = seq_read(&o->seq, f, cgroup_show_once, u, pos);
	mutex_unlock(&o->lock);
	return n;
}

/* Strip spaces from both ends of text, which has n bytes. */
static char *stripped(char *text, size_t n)
{
	n = strnlen(text, n);
	while (n && char_is_space(text[n - 1]))
		n--;
	text[n] = '\0';
	return (char *)str_skip_spaces(text);
}

/*
 * True if this write would change, from inside a namespace, the limits of the
 * whole namespace: with nsdelegate, the files of its root group that are not
 * `delegated` can only be written from outside.
 */
static bool from_inside(const struct cg_open *o, const struct cgroup *cg,
			const struct cg_file *file)
{
	return READ_ONCE(cg_nsdelegate) && !file->delegated && cg->parent &&
		cg == o->by.top;
}

/* One write is one command. */
static long cg_write(struct file *f, struct uio *u, loff_t *pos)
{
	const struct cg_file *file = file_of(f->inode);
	struct cgroup *cg = cgroup_text_group_of(f->inode);
	struct cg_open *o = f->private;
	size_t n = u->left;
	int err = -EFAULT;
	char *text;

	if (from_inside(o, cg, file))
		return -EPERM;
	if (n > PAGE_SIZE)
		return -E2BIG;
	if (!n)
		return 0;
	text = kmalloc(n + 1);
	if (!text)
		return -ENOMEM;
	text[n] = '\0';
	if (uio_get(u, text, n) == n)
		err = HINT(cg->dead) ? -ENODEV : !file->store ? -EINVAL :
			file->store(cg, stripped(text, n), &o->by);
	cg_tell(cg);
	kfree(text);
	if (err)
		return err;
	*pos += (loff_t)n;
	return (long)n;
}

static loff_t cg_seek(struct file *f, loff_t off, int whence)
{
	return seek_plain(f, off, whence, SEQ_TEXT_MAX);
}

/* Report a change since the last read as POLLERR and POLLPRI, as sysfs does. */
static unsigned cg_poll(struct file *f, struct poll_table *pt)
{
	struct cgroup *cg = cgroup_text_group_of(f->inode);
	struct cg_open *o = f->private;

	poll_wait(pt, &cg->poll);
	if (READ_ONCE(o->seen) !=
	    HINT(cg->notices[file_of(f->inode)->event].count))
		return POLL_ANY | POLLERR | POLLPRI;
	return POLL_ANY;
}

static unsigned long cg_pins(const struct file *f)
{
	const struct cg_open *o = f->private;

	return sizeof(*o) + HINT(o->seq.size);
}

const struct file_ops cg_text_fops = {
	.open = cg_open, .release = cg_release, .pins = cg_pins,
	.read = cg_read, .write = cg_write, .seek = cg_seek,
	.poll = cg_poll,
};
