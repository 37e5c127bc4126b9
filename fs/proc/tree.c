/* SPDX-License-Identifier: MIT */
/*
 * procfs: the file system itself, its fixed tree and its text files.  A text
 * is made whole at the first read of an open file (or a read at offset 0) and
 * handed out from there, so one reader sees one state.
 */
#include <fs/internal.h>
#include <fs/poll.h>
#include <fs/proc/proc.h>
#include <kernel/cred.h>
#include <lib/printf.h>
#include <lib/mem.h>
#include <lt/procfile.h>
#include <mm/slab.h>
#include <mm/vm.h>

#define TEXT_FIRST	2048		/* bytes of the first try */
#define TEXT_MAX	(8u << 20)
#define STORE_MAX	4096		/* bytes of one write */
#define LINE_SIZE	136		/* of the longest name, with its end */

struct spinlock proc_lock = SPIN_INIT("proc", IPL_SOFT);

/* What an open file has of it.  Reads at a position come all at once. */
struct text {
	struct seq seq;			/* [lock], but for arg of a space */
	struct mutex lock;
};

static struct proc_node sys_node;
static struct proc_node root_node = {
	.mode = S_IFDIR | 0555, .ino = 1, .children = &sys_node,
};
static struct proc_node sys_node = {
	.name = "sys", .mode = S_IFDIR | 0555, .ino = 2,
	.parent = &root_node, .sysctl = true,
};

/* ---- text ---------------------------------------------------------------- */

static int show_once(struct file *f, struct seq *s)
{
	struct proc_inode *p = proc_of(f->inode);
	struct task *t;
	int err;

	s->len = 0;
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

/*
 * Made again if it did not fit: the text may have grown meanwhile, so a quarter
 * more is asked for.  => the text in a buffer that fits it (one byte is kept
 * for its NUL)
 */
static int make_text(struct file *f, struct seq *s)
{
	int err;

	for (;;) {
		err = show_once(f, s);
		if (err)
			return err;
		if (s->len < s->size)
			return 0;
		size_t size = ALIGN_UP(s->len + s->len / 4 + 1,
				       (size_t)TEXT_FIRST);

		if (size > TEXT_MAX)
			return -EFBIG;
		kfree(s->buf);
		s->size = 0;
		s->buf = kmalloc(size);
		if (!s->buf)
			return -ENOMEM;
		s->size = size;
	}
}

static bool of_space(const struct inode *i)
{
	const struct proc_inode *p = proc_of(i);

	return p->entry && p->entry->of_space;
}

/* Of /proc/sys and /sys: there the rights of a file bind root as well. */
static bool binds_root(const struct proc_node *n)
{
	if (n->sysctl)
		return true;
	while (n->parent)
		n = n->parent;
	return n != &root_node;
}

static bool can_store(const struct proc_inode *p)
{
	return p->node ? p->node->store || p->node->store_arg :
		p->entry->store != NULL;
}

/* What only the file's rights would say, and root is not asked for. */
static int check_rights(const struct proc_inode *p, unsigned mode)
{
	if (!p->node || !binds_root(p->node))
		return 0;
	if (mode & FMODE_WRITE && p->node->restores &&
	    !capable(CAP_CHECKPOINT_RESTORE) && !capable(CAP_SYS_ADMIN))
		return -EACCES;
	return (mode & FMODE_READ && !p->node->show) ||
		(mode & FMODE_WRITE && !can_store(p)) ? -EACCES : 0;
}

/*
 * What is about memory is asked for at open, and stays about that memory: by
 * whom it is read does not matter.
 */
static int text_open(struct inode *i, struct file *f)
{
	struct vm_space *m = NULL;
	struct text *t;
	int err = check_rights(proc_of(i), f->mode);

	if (!err && of_space(i))
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
	t->seq.arg = m;
	f->private = t;
	return 0;
}

static void text_release(struct file *f)
{
	struct text *t = f->private;

	if (of_space(f->inode) && t->seq.arg)
		vm_space_drop(t->seq.arg);
	kfree(t->seq.buf);
	kfree(t);
}

/* [lock] of its text */
static long read_locked(struct file *f, struct uio *u, loff_t *pos)
{
	struct text *t = f->private;
	struct seq *s = &t->seq;
	unsigned long n, done;
	int err;

	if (*pos == 0 || !s->buf) {
		err = make_text(f, s);
		if (err)
			return err;
	}
	if (*pos < 0 || (u64)*pos >= s->len)
		return 0;
	n = min(u->left, (unsigned long)(s->len - (size_t)*pos));
	done = uio_put(u, s->buf + *pos, n);
	*pos += (loff_t)done;
	return done || !n ? (long)done : -EFAULT;
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
	n = read_locked(f, u, pos);
	mutex_unlock(&t->lock);
	return n;
}

/* What a name is.  => its bytes, without the end of the line */
static size_t line_now(const struct proc_node *n, char line[LINE_SIZE])
{
	struct seq s = { .buf = line, .size = LINE_SIZE };

	n->show(&s);
	return s.len - 1;
}

/*
 * A write behind the beginning, which in /proc/sys is nobody's: but a name goes
 * on there, unless it ended before (sysctl_writes_strict).  => bytes of line
 * that stay before what is written, or -1
 */
static long stays(const struct proc_node *n, loff_t pos, char line[LINE_SIZE])
{
	if (!n || !n->sysctl || !pos)
		return 0;
	if (!n->line || (u64)pos > line_now(n, line))
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
	struct task *t = proc_task(f->inode);
	int err;

	if (!t)
		return -ESRCH;
	err = proc_of(f->inode)->entry->store(t, text, len);
	task_put(t);
	return err;
}

/* One write is one order: all of it. */
static long text_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct proc_inode *p = proc_of(f->inode);
	char line[LINE_SIZE], *text;
	size_t n = u->left, kept;
	int err = -EFAULT;
	long stay;

	if (!can_store(p))
		return p->node ? -EIO : -EINVAL;
	if (n > STORE_MAX)
		return -EINVAL;
	stay = stays(p->node, *pos, line);
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
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	return seek_to(f, off, TEXT_MAX);
}

const struct file_ops proc_text_fops = {
	.open = text_open,
	.release = text_release,
	.read = text_read,
	.write = text_write,
	.seek = text_seek,
};

/* What is said of a task comes by read(2) alone, as on Linux. */
const struct file_ops proc_task_fops = {
	.no_splice = true,
	.open = text_open,
	.release = text_release,
	.read = text_read,
	.write = text_write,
	.seek = text_seek,
};

/* ---- what is mounted ----------------------------------------------------- */

static int mounts_open(struct inode *i, struct file *f)
{
	int err = text_open(i, f);
	struct text *t = f->private;

	if (!err)
		t->seq.told = READ_ONCE(mount_changes);
	return err;
}

/* A change is told to each open file once, as an exception. */
static unsigned mounts_poll(struct file *f, struct poll_table *pt)
{
	struct text *t = f->private;
	unsigned now;

	poll_wait(pt, &mount_wait);
	now = READ_ONCE(mount_changes);
	if (now == READ_ONCE(t->seq.told))
		return POLLIN | POLLRDNORM;
	WRITE_ONCE(t->seq.told, now);
	return POLLIN | POLLRDNORM | POLLERR | POLLPRI;
}

const struct file_ops proc_mounts_fops = {
	.open = mounts_open,
	.release = text_release,
	.read = text_read,
	.write = text_write,
	.seek = text_seek,
	.poll = mounts_poll,
};

/* ---- inodes -------------------------------------------------------------- */

void proc_evict(struct inode *i)
{
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

/* "007" is not 7: a task has one name. */
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

/* What helps to debug the kernel helps to attack it, and costs to make. */
static bool is_roots(const char *name)
{
	static const char debugging[] = "lectern/";

	return !strncmp(name, debugging, sizeof(debugging) - 1) ||
		!strcmp(name, "slabinfo");
}

int proc_add(const char *name, unsigned mode, struct proc_node **out)
{
	return node_add(&root_node, name, S_IFREG | mode, out);
}

static int add_file(const char *name, void (*show)(struct seq *s),
		    bool can_store, struct proc_node **out)
{
	unsigned reads = !show ? 0 : is_roots(name) ? 0400 : 0444;
	int err = proc_add(name, reads | (can_store ? 0200 : 0), out);

	if (!err)
		(*out)->show = show;
	return err;
}

int proc_register(const char *name, void (*show)(struct seq *s),
		  int (*store)(const char *text, size_t n))
{
	struct proc_node *n;
	int err = add_file(name, show, store, &n);

	if (!err)
		n->store = store;
	return err;
}

int proc_register_arg(const char *name, void (*show)(struct seq *s),
		      int (*store)(void *arg, const char *text, size_t n),
		      void *arg)
{
	struct proc_node *n;
	int err = add_file(name, show, store, &n);

	if (!err) {
		n->arg = arg;
		n->store_arg = store;
	}
	return err;
}

int proc_mkdir(const char *name, unsigned mode)
{
	struct proc_node *n;
	int err = node_add(&root_node, name, S_IFDIR | mode, &n);

	if (!err)
		n->sysctl = false;
	return err;
}

int proc_link(const char *name, long (*link)(char *buf, size_t size))
{
	struct proc_node *n;
	int err = node_add(&root_node, name, S_IFLNK | 0777, &n);

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

	if (add_file(f->name, f->show, f->store, &n))
		panic("proc: no memory for %s", f->name);
	n->store = f->store;
	n->line = f->line;
}

/* Directories first: a file that is there before its own makes one. */
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

/* No file of the fixed tree is called by a number. */
static int root_lookup(struct inode *dir, struct dentry *d)
{
	int tid = proc_number(d->name, d->name_len);

	if (tid > 0)
		return proc_pid_lookup(dir, d, tid, false);
	return node_lookup(dir, d);
}

#define PID_POS 0x10000		/* readdir positions of tasks start here */

static int root_readdir(struct file *f, struct dir_context *ctx)
{
	bool full;

	if (!proc_emit_dots(f, ctx))
		return 0;
	if (ctx->pos < PID_POS) {
		node_emit(f, ctx, &full);
		if (full)
			return 0;
		ctx->pos = PID_POS;
	}
	return proc_pid_readdir(f, ctx);
}

static const struct inode_ops root_dir_ops = {
	.lookup = root_lookup,
	.revalidate = proc_pid_revalidate,
	.evict = proc_evict,
};

static const struct file_ops root_dir_fops = {
	.seek = dcache_dir_seek,
	.readdir = root_readdir,
};

static int proc_mount(const struct fs_type *t, const char *source,
		      unsigned flags, const char *data, struct super **out)
{
	int err = node_mount(t, &root_node, flags, &root_dir_ops,
			     &root_dir_fops, out);

	if (!err)
		(*out)->block_size = 1024;	/* what st_blksize is there */
	return err;
}

static struct fs_type proc_type = {
	.name = "proc",
	.noexec = true,
	.magic = 0x9fa0,
	.nodev = true,
	.mount = proc_mount,
};

void proc_init(void)
{
	fs_register(&proc_type);
	proc_system_init();
}
