/* SPDX-License-Identifier: MIT */
/*
 * Leases (fcntl(2), "Leases"): the holder gets a signal before another task
 * opens or truncates the file, and has some time to give the lease up.
 *
 * Invariant: an opener counts itself as reader or writer before it looks for
 * leases, and a new lease is entered before these counts are checked.  So of
 * two concurrent tasks at least one sees the other.
 */
#include "async.h"
#include "locks.h"
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/path/namei.h>
#include <kernel/task/task.h>
#include <kernel/time/time.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

struct lease {
	struct list link;		/* [locks_lock] in inode_locks.leases */
	struct file *file;		/* const: file that holds the lease; no
					   reference */
	struct async *async;		/* const: gets the signal; referenced */
	int fd;				/* [locks_lock] for si_fd */
	int type;			/* [locks_lock] F_RDLCK, F_WRLCK */
	int pid;			/* const: for /proc/locks */
	bool goes, shrinks;		/* [locks_lock] a break is in progress;
					   the lease must be removed (goes) or
					   become F_RDLCK (shrinks) */
	ktime_t goes_at, shrinks_at;	/* [locks_lock] deadlines; 0: none */
};

static unsigned long leases_enable = 1;
static unsigned long break_seconds = 45;

SYSCTL_NUMBERS(numbers) = {
	{ "fs/leases-enable", &leases_enable, 0, 0x7fffffff },
	{ "fs/lease-break-time", &break_seconds, 0, 0x7fffffff },
};

/* Find the lease of f.  Context: [locks_lock]. */
static struct lease *lease_of(const struct inode_locks *s,
			      const struct file *f)
{
	struct lease *l;

	spin_must_hold(&locks_lock);
	list_for_each(l, &s->leases, link)
		if (l->file == f)
			return l;
	return NULL;
}

/*
 * Return: the type that l will have after the break in progress; without a
 * break, the type that l has.
 */
static int target_of(const struct lease *l)
{
	return l->goes ? F_UNLCK : l->shrinks ? F_RDLCK : l->type;
}

/*
 * Change the type of l.  F_UNLCK moves l to `dead`, for the caller to free.
 * Context: [locks_lock].
 */
static void lease_change(struct inode_locks *s, struct lease *l, int type,
			 struct list *dead)
{
	spin_must_hold(&locks_lock);
	l->goes = l->shrinks = false;
	l->goes_at = l->shrinks_at = 0;
	l->type = type;
	if (type == F_UNLCK) {
		__atomic_fetch_and(&l->file->flags, ~(unsigned)O_ASYNC,
				   __ATOMIC_RELAXED);
		list_remove(&l->link);
		list_append(dead, &l->link);
	}
	wake_up(&s->wait);
}

static void free_leases(struct list *dead)
{
	while (!list_empty(dead)) {
		struct lease *l = list_first(dead, struct lease, link);

		list_remove(&l->link);
		async_put(l->async);
		kfree(l);
	}
}

/*
 * Remove or downgrade leases whose deadline has passed.  Context: [locks_lock].
 */
static void leases_expire(struct inode_locks *s, struct list *dead)
{
	ktime_t now = arch_clock();
	struct lease *l, *next;

	spin_must_hold(&locks_lock);
	list_for_each_safe(l, next, &s->leases, link) {
		if (l->goes_at && l->goes_at <= now)
			lease_change(s, l, F_UNLCK, dead);
		else if (l->shrinks_at && l->shrinks_at <= now)
			lease_change(s, l, F_RDLCK, dead);
	}
}

/* ---- breaking ------------------------------------------------------------ */

static bool lease_in_the_way(const struct lease *l, bool write)
{
	return write || l->type == F_WRLCK;
}

/*
 * True if any lease prevents the access; *until: the first deadline of these
 * leases, or KTIME_NEVER.
 * Context: [locks_lock].
 */
static bool blocked(struct inode_locks *s, bool write, ktime_t *until)
{
	struct lease *l;
	bool any = false;

	spin_must_hold(&locks_lock);
	*until = KTIME_NEVER;
	list_for_each(l, &s->leases, link) {
		ktime_t at = l->goes ? l->goes_at : l->shrinks_at;

		if (!lease_in_the_way(l, write))
			continue;
		any = true;
		if (at && at < *until)
			*until = at;
	}
	return any;
}

/*
 * Start breaking l if the access requires that and no such break is in
 * progress.
 * Context: [locks_lock].  Return: true if a break was started.
 */
static bool begin_break(struct lease *l, bool write)
{
	ktime_t ns = READ_ONCE(break_seconds) * (ktime_t)NSEC_PER_SEC;
	ktime_t at = ns ? arch_clock() + ns : 0;

	spin_must_hold(&locks_lock);
	if (!lease_in_the_way(l, write) || l->goes || (!write && l->shrinks))
		return false;
	if (write) {
		l->goes = true;
		l->goes_at = at;
	} else {
		l->shrinks = true;
		l->shrinks_at = at;
	}
	return true;
}

/*
 * Start breaking one lease.
 * Return: the receiver of the holder's signal, referenced; NULL: all necessary
 * breaks have been started.
 */
static struct async *break_next_lease(struct inode_locks *s, bool write,
				      int *fd)
{
	struct async *a = NULL;
	struct lease *l;

	spin_lock(&locks_lock);
	list_for_each(l, &s->leases, link) {
		if (!begin_break(l, write))
			continue;
		a = async_get(l->async);
		*fd = l->fd;
		break;
	}
	spin_unlock(&locks_lock);
	return a;
}

static bool still_blocked(struct inode_locks *s, bool write, ktime_t *until)
{
	struct list dead = LIST_INIT(dead);
	bool yes;

	spin_lock(&locks_lock);
	leases_expire(s, &dead);
	yes = blocked(s, write, until);
	spin_unlock(&locks_lock);
	free_leases(&dead);
	return yes;
}

int lease_break(struct inode *i, unsigned flags)
{
	struct inode_locks *s = i->locks;
	bool write = (flags & O_ACCMODE) != O_RDONLY;
	struct async *a;
	ktime_t until, seen;
	int fd, err = 0;

	while (s && !err && still_blocked(s, write, &until)) {
		while ((a = break_next_lease(s, write, &fd))) {
			async_message(a, fd);
			async_put(a);
		}
		if (flags & O_NONBLOCK)
			return -EAGAIN;
		/* the breaks started above have set the deadline */
		if (!still_blocked(s, write, &until))
			break;
		err = wait_event_deadline(&s->wait,
			!still_blocked(s, write, &seen) || seen != until,
			until == KTIME_NEVER ? 0 : until);
		if (err == -ETIMEDOUT)
			err = 0;
	}
	return err;
}

/* ---- taking -------------------------------------------------------------- */

/*
 * True if the open files of the inode make the lease impossible.  F_RDLCK
 * allows no file that is open for writing, not even f itself.  F_WRLCK allows
 * no open file but f.
 */
static bool others_open(const struct file *f, int type)
{
	const struct inode *i = f->inode;
	int writers = f->mode & FMODE_WRITE ? 1 : 0;
	int readers = f->mode & FMODE_READ && !writers ? 1 : 0;
	int denied = __atomic_load_n(&i->write_denied, __ATOMIC_SEQ_CST);

	if (type == F_RDLCK)
		return denied < 0;
	return denied != -writers || atomic_read(&i->readers) != readers;
}

/*
 * Check whether f may have a lease; *own: the lease that f has now, or NULL.
 * Context: [locks_lock].
 */
static int may_lease(struct inode_locks *s, const struct file *f, int type,
		     struct lease **own)
{
	struct lease *l;

	spin_must_hold(&locks_lock);
	*own = NULL;
	if (others_open(f, type))
		return -EAGAIN;
	list_for_each(l, &s->leases, link) {
		if (l->file == f)
			*own = l;
		else if (type == F_WRLCK || l->goes)
			return -EAGAIN;
	}
	return !*own && !READ_ONCE(leases_enable) ? -EINVAL : 0;
}

/*
 * Change the lease of f.  If f has none, enter *n, which then becomes NULL.
 * Return: 0, -EAGAIN, -EINVAL.
 */
static int lease_enter(struct inode_locks *s, struct lease **n, int fd,
		       int type)
{
	struct list dead = LIST_INIT(dead);
	struct lease *own;
	int err;

	spin_lock(&locks_lock);
	leases_expire(s, &dead);
	err = may_lease(s, (*n)->file, type, &own);
	if (!err && own) {
		lease_change(s, own, type, &dead);
		own->fd = fd;
	} else if (!err) {
		list_append(&s->leases, &(*n)->link);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (others_open((*n)->file, type)) {
			err = -EAGAIN;
			list_remove(&(*n)->link);
		} else {
			/* as on Linux, F_GETFL shows that f has a lease */
			__atomic_fetch_or(&(*n)->file->flags, O_ASYNC,
					  __ATOMIC_RELAXED);
			*n = NULL;
		}
	}
	spin_unlock(&locks_lock);
	free_leases(&dead);
	return err;
}

static long lease_take(int fd, struct file *f, int type)
{
	static const struct file_owner nobody;
	struct inode_locks *s = inode_locks(f->inode);
	struct lease *n = kzalloc(sizeof(*n));
	int err = -ENOMEM;

	if (!s || !n)
		goto out;
	n->file = f;
	n->fd = fd;
	n->type = type;
	n->pid = current->process->pid;
	n->async = async_own(f, &nobody);
	if (!n->async)
		goto out;
	err = lease_enter(s, &n, fd, type);
	if (n)
		async_put(n->async);
out:
	kfree(n);
	return err;
}

/* Remove the lease of f.  Return: true if f had one. */
static bool lease_remove(struct file *f)
{
	struct inode_locks *s = f->inode->locks;
	struct list dead = LIST_INIT(dead);
	struct lease *l;

	if (!s)
		return false;
	spin_lock(&locks_lock);
	l = lease_of(s, f);
	if (l)
		lease_change(s, l, F_UNLCK, &dead);
	spin_unlock(&locks_lock);
	free_leases(&dead);
	return l != NULL;
}

void lease_drop(struct file *f)
{
	lease_remove(f);
}

/* Remove the lease, and also the owner and signal of f. */
static long lease_end(struct file *f)
{
	if (!lease_remove(f))
		return -EAGAIN;
	async_set_owner(f, 0);
	async_set_signal(f, 0);
	return 0;
}

long lease_set(int fd, struct file *f, unsigned long type)
{
	if (type != F_RDLCK && type != F_WRLCK && type != F_UNLCK)
		return -EINVAL;
	if (current->cred->fsuid != f->inode->uid && !capable(CAP_LEASE))
		return -EACCES;
	if (!S_ISREG(f->inode->mode))
		return -EINVAL;
	return type == F_UNLCK ? lease_end(f) : lease_take(fd, f, (int)type);
}

long lease_get(struct file *f)
{
	struct inode_locks *s = f->inode->locks;
	struct list dead = LIST_INIT(dead);
	struct lease *l;
	long type = F_UNLCK;

	if (!s)
		return type;
	spin_lock(&locks_lock);
	leases_expire(s, &dead);
	l = lease_of(s, f);
	if (l)
		type = target_of(l);
	spin_unlock(&locks_lock);
	free_leases(&dead);
	return type;
}

void leases_show(struct lock_page *page, const struct inode_locks *s)
{
	unsigned dev = s->inode->super ? s->inode->super->dev : 0;
	static const char *const names[] = { "READ", "WRITE", "UNLCK" };
	struct lease *l;

	list_for_each(l, &s->leases, link) {
		if (!lock_page_takes(page))
			continue;
		seq_print(page->s,
			  "%u: LEASE  %s  %s %d %02x:%02x:%llu 0 EOF\n",
			  page->n, l->goes || l->shrinks ? "BREAKING" :
			  "ACTIVE  ", names[target_of(l)],
			  pid_shown(l->pid),
			  DEV_MAJOR(dev), DEV_MINOR(dev),
			  (unsigned long long)s->inode->ino);
	}
}
