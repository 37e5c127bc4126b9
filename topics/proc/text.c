/* SPDX-License-Identifier: MIT */
/*
 * Text files of procfs.  The whole text is generated at the first read of an
 * open file (and again at each read at offset 0), and reads copy from it.  A
 * reader thus sees one consistent state, however small its reads are.
 */
#include <kernel/cred/cred.h>
#include <fs/io/pagefile.h>
#include <fs/io/seqfile.h>
#include "proc.h"
#include <fs/open/poll.h>
#include <kernel/syscall/uname.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

#define STORE_MAX	4096		/* bytes of one write */
#define LINE_SIZE	136		/* longest name, with its line end */

/*
 * State of an open text file.  The lock also serializes reads at different
 * offsets.
 */
struct text {
	struct seq seq;			/* [lock]; seq.arg is const if it is a
					 * space */
	struct mutex lock;
	struct cred *by;		/* const, referenced: the opener */
	unsigned seen;			/* count of changes that a poll told of
					   last */
};

/* ---- text ---------------------------------------------------------------- */

static int proc_show_once(struct file *f, struct seq *s)
{
	struct proc_inode *p = proc_of(f->inode);
	struct task *t;
	int err;

	s->view = proc_view(f->inode);
	if (p->node) {
		s->arg = p->node->arg;
		p->node->show(s);
		return 0;
	}
	t = proc_task(f->inode);
	if (!t)
		return -ESRCH;
	if (!p->entry->of_space)
		s->arg = p;
	err = p->entry->show(s, t);
	task_put(t);
	return err;
}

static bool text_is_of_space(const struct inode *i)
{
	const struct proc_inode *p = proc_of(i);

	return p->entry && p->entry->of_space;
}

/* True for files in /proc/sys and /sys, whose mode bits bind root as well. */
static bool binds_root(const struct proc_node *n)
{
	if (n->sysctl)
		return true;
	while (n->parent)
		n = n->parent;
	return n != &proc_root;
}

bool proc_can_store(const struct proc_inode *p)
{
	return p->node ? p->node->store || p->node->store_arg :
		p->entry->store || p->entry->store_by;
}

/*
 * Return: true if current may write to an open file.  In /proc/sys, current
 * must itself be allowed to open the file for writing.  If the node has
 * may_set(), current must be in the user namespace of the opener instead: the
 * opener's right was checked at open, but the write sets the value of the
 * writer's namespace.
 */
static bool may_store(const struct file *f)
{
	const struct proc_node *n = proc_of(f->inode)->node;
	const struct text *t = f->private;

	if (!n || !n->sysctl)
		return true;
	return n->may_set ? t->by->space == current->cred->space :
		!inode_permission(f->inode, W_OK);
}

/* Check what the mode bits do not express, or do not enforce for root. */
static int check_open_rights(const struct proc_inode *p, unsigned mode)
{
	if (p->entry && p->entry->of_machine && !capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (p->entry && p->entry->looks_in && !proc_may_look_in(p))
		return -EACCES;
	if (!p->node || !binds_root(p->node))
		return 0;
	if (mode & FMODE_WRITE && p->node->may_set && !p->node->may_set())
		return -EACCES;
	return (mode & FMODE_READ && !p->node->show) ||
		(mode & FMODE_WRITE && !proc_can_store(p)) ? -EACCES : 0;
}

/*
 * For a file about memory, check the right to the address space at open, and
 * keep that space.  The task that reads later needs no right of its own.
 */
static int text_open(struct inode *i, struct file *f)
{
	struct vm_space *m = NULL;
	struct text *t;
	int err = check_open_rights(proc_of(i), f->mode);

	if (!err && text_is_of_space(i))
		err = pid_hold_space(i, false, &m);
	if (err)
		return err;
	t = kzalloc(sizeof(*t));
	if (!t) {
		if (m)
			vm_space_drop(m);
		return -ENOMEM;
	}
	mutex_init(&t->lock, "text of proc");
	t->by = current->cred;
	cred_get(t->by);
	t->seq.by = t->by;
	t->seq.arg = m;
	if (proc_of(i)->node && proc_of(i)->node->changes)
		t->seen = HINT(proc_of(i)->node->changes->count);
	f->private = t;
	return 0;
}

static void text_release(struct file *f)
{
	struct text *t = f->private;

	if (text_is_of_space(f->inode) && t->seq.arg)
		vm_space_drop(t->seq.arg);
	cred_put(t->by);
	kfree(t->seq.buf);
	kfree(t);
}

static long text_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct proc_inode *p = proc_of(f->inode);
	struct text *t = f->private;
	long n;

	if (p->node && !p->node->show)
		return -EIO;
	if (!p->node && !p->entry->show)
		return -EINVAL;
	mutex_lock(&t->lock);
	n = seq_read(&t->seq, f, proc_show_once, u, pos);
	mutex_unlock(&t->lock);
	return n;
}

/*
 * Get the current value of a one-line file, such as a host name.
 * Return: its length, without the line end.
 */
static size_t text_current_line(const struct proc_node *n, char line[LINE_SIZE])
{
	struct seq s = { .buf = line, .size = LINE_SIZE };

	n->show(&s);
	return s.len - 1;
}

/*
 * Decide about a write at an offset.  In /proc/sys a write past the beginning
 * has no effect, except that it continues a line if it starts within the
 * current value or at its end (sysctl_writes_strict).
 * Return: number of bytes of line to keep before the written text; -1: no
 * effect.
 */
static long text_kept_bytes(const struct proc_node *n, loff_t pos,
			    char line[LINE_SIZE])
{
	if (!n || !n->sysctl || !pos)
		return 0;
	if (!n->line || (u64)pos > text_current_line(n, line))
		return -1;
	return (long)pos;
}

static int store_node(const struct proc_node *n, const char *text, size_t len)
{
	return n->store ? n->store(text, len) :
		n->store_arg(n->arg, text, len);
}

static int store_task(struct file *f, const char *text, size_t len)
{
	const struct pid_file *e = proc_of(f->inode)->entry;
	struct task *t = proc_task(f->inode);
	const struct text *o = f->private;
	int err;

	if (!t)
		return -ESRCH;
	len = strnlen(text, len);	/* a 0 ends it, as on Linux */
	err = e->store ? e->store(t, text, len) :
		e->store_by(t, text, len, o->by);
	task_put(t);
	return err;
}

/* One write is one command: it is stored as a whole or not at all. */
static long text_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct proc_inode *p = proc_of(f->inode);
	char line[LINE_SIZE], *text;
	size_t n = u->left, kept;
	int err = -EFAULT;
	long stay;

	if (!proc_can_store(p))
		return p->node ? -EIO : -EINVAL;
	if (!may_store(f))
		return -EPERM;
	if (n > STORE_MAX)
		return -EINVAL;
	stay = text_kept_bytes(p->node, *pos, line);
	kept = stay > 0 ? (size_t)stay : 0;
	text = kmalloc(kept + n + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, line, kept);
	text[kept + n] = 0;
	if (uio_get(u, text + kept, n) == n)
		err = stay < 0 ? 0 :
			p->node ? store_node(p->node, text, kept + n) :
			store_task(f, text, n);
	kfree(text);
	if (err)
		return err;
	*pos += (loff_t)n;
	return (long)n;
}

static loff_t text_seek(struct file *f, loff_t off, int whence)
{
	return seek_plain(f, off, whence, SEQ_TEXT_MAX);
}

static unsigned long text_pins(const struct file *f)
{
	const struct text *t = f->private;

	return sizeof(*t) + HINT(t->seq.size);
}

const struct file_ops proc_text_fops = {
	.open = text_open,
	.release = text_release,
	.pins = text_pins,
	.read = text_read,
	.write = text_write,
	.seek = text_seek,
};

/*
 * Operations of files that cannot be spliced and that take one buffer at a
 * time, like a task's files in Linux's /proc.  A few other files use them, too.
 */
const struct file_ops proc_plain_fops = {
	.no_splice = true,
	.reads_pieces = true,
	.writes_pieces = true,
	.open = text_open,
	.release = text_release,
	.pins = text_pins,
	.read = text_read,
	.write = text_write,
	.seek = text_seek,
};

/* ---- numbers and names of /proc/sys -------------------------------------- */

/* Report a change once to each open file, as POLLERR | POLLPRI. */
static unsigned sysctl_poll(struct file *f, struct poll_table *pt)
{
	struct proc_changes *c = proc_of(f->inode)->node->changes;
	struct text *t = f->private;
	unsigned now;

	if (c) {
		poll_wait(pt, &c->wait);
		now = READ_ONCE(c->count);
		if (now != READ_ONCE(t->seen)) {
			WRITE_ONCE(t->seen, now);
			return POLLIN | POLLRDNORM | POLLERR | POLLPRI;
		}
	}
	return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;
}

const struct file_ops proc_sysctl_fops = {
	.open = text_open,
	.release = text_release,
	.pins = text_pins,
	.read = text_read,
	.write = text_write,
	.seek = text_seek,
	.poll = sysctl_poll,
};

/* ---- what is mounted ----------------------------------------------------- */

static int mounts_open(struct inode *i, struct file *f)
{
	int err = text_open(i, f);
	struct text *t = f->private;

	if (err)
		return err;
	err = mounts_record(i, &t->seq.mounts);
	if (err)
		text_release(f);
	return err;
}

static void mounts_release(struct file *f)
{
	struct text *t = f->private;

	mounts_drop_record(t->seq.mounts);
	text_release(f);
}

/* Report a change once to each open file, as POLLERR | POLLPRI. */
static unsigned mounts_poll(struct file *f, struct poll_table *pt)
{
	struct text *t = f->private;
	struct mounts_seen *seen = t->seq.mounts;
	unsigned now;

	poll_wait(pt, &mount_wait);
	now = READ_ONCE(seen->space->changes);
	if (now == READ_ONCE(seen->told))
		return POLLIN | POLLRDNORM;
	WRITE_ONCE(seen->told, now);
	return POLLIN | POLLRDNORM | POLLERR | POLLPRI;
}

const struct file_ops proc_mounts_fops = {
	.open = mounts_open,
	.release = mounts_release,
	.pins = text_pins,
	.read = text_read,
	.write = text_write,
	.seek = text_seek,
	.poll = mounts_poll,
};
