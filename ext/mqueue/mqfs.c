/* SPDX-License-Identifier: MIT */
/*
 * mqueue: the file system whose files are POSIX message queues (row D10).
 * Each name space has one, which mq_open(2) finds by itself and any mount made
 * there shows; a file made in it is a queue of the default size.  A queue
 * counts against the RLIMIT_MSGQUEUE of who made it as long as it has a name or
 * is open.
 */
#include <ext/mqueue/mqueue.h>
#include <fs/internal.h>
#include <fs/notify.h>
#include <kernel/task.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define MQUEUE_MAGIC	0x19800202
#define FILE_SIZE	80		/* what stat tells, as on Linux */
#define DIRENT_SIZE	20
/* What Linux keeps beside the text: a message, a priority in use; words. */
#define MESSAGE_WORDS	6
#define PRIORITY_WORDS	6
#define PRIORITIES	32768u
/* Beyond these nobody may go. */
#define HARD_MAX	65536
#define HARD_SIZE_MAX	16777216

/* Flags of mq_open that do something, at once or later. */
#define MQ_ONCE		(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC)
#define MQ_LOOKED_AT	(O_ACCMODE | O_NONBLOCK | O_PATH)

struct mq_space mq_first;
atomic_t mq_others;
struct mq_space *(*mq_other)(void);

/* current's, which it keeps. */
static struct mq_space *mq_space(void)
{
	return likely(!atomic_read(&mq_others)) ? &mq_first : mq_other();
}

static unsigned long *limit_here(unsigned long *of_first)
{
	return &mq_space()->limits[of_first - mq_first.limits];
}

SYSCTL_NUMBERS(numbers) = {
	{ "fs/mqueue/queues_max", &mq_first.limits[QUEUES_MAX], 0, 0x7fffffff,
	  limit_here },
	{ "fs/mqueue/msg_max", &mq_first.limits[MSG_MAX], 1, HARD_MAX,
	  limit_here },
	{ "fs/mqueue/msgsize_max", &mq_first.limits[MSGSIZE_MAX], 128,
	  HARD_SIZE_MAX, limit_here },
	{ "fs/mqueue/msg_default", &mq_first.limits[MSG_DEFAULT], 1, HARD_MAX,
	  limit_here },
	{ "fs/mqueue/msgsize_default", &mq_first.limits[MSGSIZE_DEFAULT], 128,
	  HARD_SIZE_MAX, limit_here },
};

static struct mutex mq_lock = {
	.wait = WAIT_QUEUE_INIT(mq_lock.wait), .name = "mqueues",
};
static struct list queues = LIST_INIT(queues);	/* [mq_lock] by link */

static long limit_of(const struct mq_space *n, int which)
{
	return (long)READ_ONCE(n->limits[which]);
}

/* ---- what a queue costs -------------------------------------------------- */

/* Bytes that it may come to hold, by Linux's count. */
static u64 charge_of(const struct mq_attr *a)
{
	u64 n = (u64)a->max;

	return n * (u64)a->msg_size + n * MESSAGE_WORDS * sizeof(long) +
		min(n, (u64)PRIORITIES) * PRIORITY_WORDS * sizeof(long);
}

static int check_attr(const struct mq_attr *a)
{
	const struct mq_space *n = mq_space();
	bool any = capable(CAP_SYS_RESOURCE);
	u64 most = ~0ul;

	if (a->max <= 0 || a->msg_size <= 0 ||
	    a->max > (any ? HARD_MAX : limit_of(n, MSG_MAX)) ||
	    a->msg_size > (any ? HARD_SIZE_MAX : limit_of(n, MSGSIZE_MAX)))
		return -EINVAL;
	return charge_of(a) > most ? -EOVERFLOW : 0;
}

/* => 0; -EACCES: the name space of s is gone */
static int default_attr(const struct super *s, struct mq_attr *a)
{
	const struct mq_space *n;

	mutex_lock(&mq_lock);
	n = s->private;
	if (n) {
		a->max = min(limit_of(n, MSG_MAX), limit_of(n, MSG_DEFAULT));
		a->msg_size = min(limit_of(n, MSGSIZE_MAX),
				  limit_of(n, MSGSIZE_DEFAULT));
	}
	mutex_unlock(&mq_lock);
	return n ? 0 : -EACCES;
}

/* q is the caller's from now on, and counts.  => 0, -ENOSPC, -EMFILE */
static int charge(struct super *s, struct mqueue *q, u64 bytes)
{
	u64 most = HINT(current->process->limits[RLIMIT_MSGQUEUE].cur);
	u64 sum = bytes;
	struct mqueue *other;
	struct mq_space *n;
	int err = 0;

	q->uid = current->cred->uid;
	q->charge = bytes;
	mutex_lock(&mq_lock);
	list_for_each(other, &queues, link)
		if (other->uid == q->uid)
			sum += other->charge;
	n = s->private;
	if (!n) {
		err = -EACCES;
	} else if (n->queues >= limit_of(n, QUEUES_MAX) &&
		   !capable(CAP_SYS_RESOURCE)) {
		err = -ENOSPC;
	} else if (sum > most) {
		err = -EMFILE;
	} else {
		list_append(&queues, &q->link);
		n->queues++;
	}
	mutex_unlock(&mq_lock);
	return err;
}

/* ---- names --------------------------------------------------------------- */

static void mq_evict(struct inode *i)
{
	struct mqueue *q = i->private;
	struct mq_space *n;

	if (!q)
		return;
	mutex_lock(&mq_lock);
	list_remove(&q->link);
	n = i->super->private;
	if (n)
		n->queues--;
	mutex_unlock(&mq_lock);
	mqueue_free(q);
}

/* What stat tells is all that a size says of a queue. */
static int mq_truncate(struct inode *i, loff_t size)
{
	i->size = size;
	return 0;
}

static const struct inode_ops file_ops = {
	.truncate = mq_truncate, .evict = mq_evict,
};

static void dir_changed(struct inode *dir, int entries)
{
	dir->size += entries * DIRENT_SIZE;
	dir->mtime = dir->ctime = inode_now();
}

/* => [dir's lock]; a new queue by the name of d */
static int make_queue(struct inode *dir, struct dentry *d, unsigned mode,
		      const struct mq_attr *a)
{
	struct mqueue *q = mqueue_create(a->max, a->msg_size);
	struct inode *i;
	int err;

	if (!q)
		return -ENOMEM;
	i = inode_alloc(dir->super, mode);
	err = i ? charge(i->super, q, charge_of(a)) : -ENOMEM;
	if (err)
		goto fail;
	inode_init_owner(i, dir);
	i->private = q;
	i->ops = &file_ops;
	i->fops = &mq_fops;
	i->size = FILE_SIZE;
	dentry_set_inode(d, i);
	dir_changed(dir, 1);
	return 0;
fail:
	if (i)
		inode_put(i);
	mqueue_free(q);
	return err;
}

static int mq_create(struct inode *dir, struct dentry *d, unsigned mode,
		     unsigned rdev)
{
	struct mq_attr a;
	int err;

	if (!S_ISREG(mode))
		return -EPERM;
	err = default_attr(dir->super, &a);
	return err ? err : make_queue(dir, d, mode, &a);
}

static int mq_remove(struct inode *dir, struct dentry *d)
{
	d->inode->nlink--;
	d->inode->ctime = inode_now();
	dir_changed(dir, -1);
	return 0;
}

static const struct inode_ops dir_ops = {
	.create = mq_create, .unlink = mq_remove,
};
static const struct file_ops dir_fops = {
	.seek = dcache_dir_seek, .readdir = dcache_readdir,
};

/* ---- mq_open, mq_unlink -------------------------------------------------- */

/* A name without slashes.  => its length, or -errno */
static int check_name(const char *name)
{
	size_t n = strlen(name);

	if (!n)
		return -ENOENT;
	if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EACCES;
	return n > NAME_MAX ? -ENAMETOOLONG : (int)n;
}

/* current's, without a reference. */
static struct path mq_root(void)
{
	const struct mq_space *n = mq_space();

	return (struct path){ n->mount, n->super->root };
}

/* => [the root's lock]; the dentry by a user's name, NULL with *err */
static struct dentry *find_name(const char *name, int *err)
{
	int n = check_name(name);

	*err = n;
	return n < 0 ? NULL : dir_lookup(mq_root().dentry, name, (unsigned)n,
					 name_hash(name, (unsigned)n), err);
}

/* => [the root's lock]; 0: there is a queue by the name of d now */
static int create_queue(struct dentry *d, unsigned mode,
			const struct mq_attr *attr)
{
	struct path root = mq_root();
	struct inode *dir = root.dentry->inode;
	struct mq_attr a;
	int err = dir_may_add(&root);

	if (err)
		return err;
	err = default_attr(dir->super, &a);
	if (attr)
		err = check_attr(attr);
	if (!err)
		err = make_queue(dir, d, S_IFREG |
				 inode_new_mode(dir, mode & 07777),
				 attr ? attr : &a);
	if (!err)
		notify_name(dir, d->name, IN_CREATE);
	return err;
}

/* => [the root's lock]; 0 with *out */
static int open_queue(struct dentry *d, unsigned flags, unsigned mode,
		      const struct mq_attr *attr, struct file **out)
{
	struct path p = { mq_root().mount, d };
	bool created = !d->inode;
	int err;

	if (created) {
		if (!(flags & O_CREAT))
			return -ENOENT;
		err = create_queue(d, mode, attr);
		if (err)
			return err;
	} else if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
		return -EEXIST;
	} else if ((flags & O_ACCMODE) == O_ACCMODE) {
		return -EINVAL;
	}
	if (flags & O_DIRECT)
		return -EINVAL;
	/* of a path nobody else asks */
	if (!created && flags & O_PATH) {
		err = inode_permission(d->inode,
				       file_access_mask(flags & O_ACCMODE));
		if (err)
			return err;
	}
	err = created ? file_open_new(&p, flags & MQ_LOOKED_AT, out) :
		file_open_path(&p, flags & MQ_LOOKED_AT, out);
	if (!err)	/* the others mean nothing, and are told by F_GETFL */
		(*out)->flags |= flags & O_PATH ? flags :
			flags & ~(MQ_LOOKED_AT | MQ_ONCE);
	if (err && created) {
		mq_remove(mq_root().dentry->inode, d);
		dentry_delete(d);
	}
	return err;
}

static long open_named(const char *name, unsigned flags, unsigned mode,
		       const struct mq_attr *attr)
{
	struct inode *dir = mq_root().dentry->inode;
	struct dentry *d;
	struct file *f;
	int err, fd;

	if (!name[0])
		return -ENOENT;
	fd = fd_reserve(0, true);
	if (fd < 0)
		return fd;
	mutex_lock(&dir->lock);
	d = find_name(name, &err);
	if (d)
		err = open_queue(d, flags, mode, attr, &f);
	mutex_unlock(&dir->lock);
	if (d)
		dentry_put(d);
	if (err) {
		fd_cancel(fd);
		return err;
	}
	fd_fill(fd, f);
	return fd;
}

long sys_mq_open(uaddr_t name, int flags, unsigned mode, uaddr_t attr)
{
	struct mq_attr a;
	char *text;
	long fd;
	int err;

	if (attr && get_user(&a, attr))
		return -EFAULT;
	text = name_from_user(name, &err);
	if (!text)
		return err;
	fd = open_named(text, (unsigned)flags, mode, attr ? &a : NULL);
	name_put(text);
	return fd;
}

static int unlink_named(const char *name)
{
	struct path root = mq_root();
	struct inode *dir = root.dentry->inode;
	struct dentry *d;
	int err;

	mutex_lock(&dir->lock);
	d = find_name(name, &err);
	if (d) {
		err = d->inode ? dir_may_remove(&root, d) : -ENOENT;
		if (!err) {
			mq_remove(dir, d);
			dentry_delete(d);
			notify_name(dir, d->name, IN_DELETE);
		}
	}
	mutex_unlock(&dir->lock);
	if (d)
		dentry_put(d);
	return err;
}

long sys_mq_unlink(uaddr_t name)
{
	char *text;
	int err;

	text = name_from_user(name, &err);
	if (!text)
		return err;
	err = unlink_named(text);
	name_put(text);
	return err;
}

/* ---- mounting, limits ---------------------------------------------------- */

static int mq_do_mount(const struct fs_type *type, const char *source,
		       unsigned flags, const char *data, struct super **out)
{
	*out = mq_space()->super;
	ref_get(&(*out)->refs);
	return 0;
}

static struct fs_type mq_type = {
	.name = "mqueue", .magic = MQUEUE_MAGIC, .nodev = true,
	.noexec = true,
	.mount = mq_do_mount,
};

static struct super *make_super(void)
{
	struct super *s = super_alloc(&mq_type, 0);
	struct inode *i = s ? inode_alloc(s, S_IFDIR | 01777) : NULL;

	if (!i)
		goto fail;
	inode_init_owner(i, NULL);
	i->ops = &dir_ops;
	i->fops = &dir_fops;
	i->nlink = 2;
	s->pin_names = true;
	if (super_make_root(s, i))
		goto fail;
	return s;
fail:
	if (s)
		super_free(s);
	return NULL;
}

int mq_space_init(struct mq_space *n)
{
	*n = (struct mq_space){
		.limits = {
			[QUEUES_MAX] = 256, [MSG_MAX] = 10,
			[MSGSIZE_MAX] = 8192, [MSG_DEFAULT] = 10,
			[MSGSIZE_DEFAULT] = 8192,
		},
	};
	n->super = make_super();
	if (!n->super)
		return -ENOMEM;
	dentry_get(n->super->root);
	n->mount = mount_alloc(n->super, n->super->root, 0, "none");
	if (!n->mount) {
		dentry_put(n->super->root);
		super_put(n->super);
		return -ENOMEM;
	}
	n->super->private = n;
	return 0;
}

void mq_space_clear(struct mq_space *n)
{
	mutex_lock(&mq_lock);
	n->super->private = NULL;
	mutex_unlock(&mq_lock);
	mount_put(n->mount);
}

static void mqfs_init(void)
{
	fs_register(&mq_type);
	if (mq_space_init(&mq_first))
		panic("no memory for mqueue");
}
INIT(fs, mqfs_init);
