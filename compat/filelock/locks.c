/* SPDX-License-Identifier: MIT */
/*
 * Advisory file locks: record locks, owned by a descriptor table (POSIX) or by
 * an open file (F_OFD_), and flock(2) locks, owned by an open file.  Record
 * locks and flock locks do not conflict with each other.
 *
 * Invariant: the locks of one owner on a file do not overlap, and adjacent ones
 * of the same type are merged.  In the list, the locks of an owner follow each
 * other, sorted by start, and owners come in the order of their oldest lock.
 * So F_GETLK finds the first conflict in this order.
 */
#include "locks.h"
#include <fs/open/anon_inode.h>
#include <fs/fs.h>
#include <fs/hooks.h>
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/task/task.h>
#include <kernel/wait/many.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <syscalls.h>

#define LOCK_SH	1
#define LOCK_EX	2
#define LOCK_NB	4
#define LOCK_UN	8
#define LOCK_MAND 32

#define OFFSET_MAX 0x7fffffffffffffffll

/*
 * Most locks of one file.  Users choose their number, and locks_lock is held
 * for a look at all of them; with more, fcntl(2) fails with ENOLCK, "the lock
 * table is full".  Linux has no such limit.
 */
#define LOCKS_MAX	8192
#define DROP_SOME	512	/* locks that are dropped in one hold */

struct file_lock {
	struct list link;
	const void *owner;		/* struct files or struct file */
	unsigned *records;		/* counter: number of the owner's
					   locks */
	loff_t start, end;		/* first and last byte */
	int pid;
	bool posix;			/* record lock, not flock */
	bool write;
};

/*
 * A task that waits until no lock of owner `by` conflicts with the lock that it
 * wants.  A waiter of F_SETLKW is an edge of the graph that is searched for
 * deadlocks: from its own owner to `by`.  If the lock of a third owner
 * conflicts after the wait, begin_wait() sets `by` to that owner.
 */
struct waiter {
	struct list link;		/* [locks_lock] in waiters */
	struct inode_locks *locks;	/* const: locks of its file */
	const struct file_lock *want;	/* const */
	const void *by;			/* [locks_lock] owner it waits for */
	bool listed;			/* [locks_lock] */
};

struct spinlock locks_lock = SPIN_INIT("file locks", IPL_SOFT);
static struct list waiters = LIST_INIT(waiters);	/* [locks_lock] */
/* [locks_lock] struct inode_locks of all inodes */
static struct list locked_files = LIST_INIT(locked_files);

static void inode_locks_free(struct inode *i)
{
	struct inode_locks *s = i->locks;

	spin_lock(&locks_lock);
	list_remove(&s->link);
	spin_unlock(&locks_lock);
	kfree(s);
}

/*
 * Allocate before taking the lock; if two tasks allocate, the first one wins.
 */
struct inode_locks *inode_locks(struct inode *i)
{
	struct inode_locks *n;

	if (i->locks)
		return i->locks;
	n = kmalloc(sizeof(*n));
	if (!n)
		return NULL;
	list_init(&n->all);
	n->nr = 0;
	list_init(&n->leases);
	n->inode = i;
	wait_queue_init(&n->wait);
	spin_lock(&locks_lock);
	if (!i->locks) {
		list_append(&locked_files, &n->link);
		i->locks = n;
		inode_set_hook(i, HOOK_LOCKS);
		n = NULL;
	}
	spin_unlock(&locks_lock);
	kfree(n);
	return i->locks;
}

static bool same_owner(const struct file_lock *a, const struct file_lock *b)
{
	return a->posix == b->posix && a->owner == b->owner;
}

static bool locks_conflict(const struct file_lock *l,
			   const struct file_lock *want)
{
	return l->posix == want->posix && l->owner != want->owner &&
		(l->write || want->write) &&
		l->start <= want->end && want->start <= l->end;
}

/*
 * Context: [locks_lock].  Return: a lock that conflicts with `want`, or NULL.
 */
static struct file_lock *find_conflict(struct inode_locks *s,
				       const struct file_lock *want)
{
	struct file_lock *l;

	spin_must_hold(&locks_lock);
	list_for_each(l, &s->all, link)
		if (locks_conflict(l, want))
			return l;
	return NULL;
}

/*
 * True if a lock of the owner that w waits for still conflicts.
 * Context: [locks_lock].
 */
static bool is_kept_out(const struct waiter *w)
{
	const struct file_lock *l;

	spin_must_hold(&locks_lock);
	list_for_each(l, &w->locks->all, link)
		if (l->owner == w->by && locks_conflict(l, w->want))
			return true;
	return false;
}

/*
 * Length of the chains of waiters that are searched for a deadlock (EDEADLK),
 * as on Linux.
 */
#define DEADLOCK_STEPS 11

/*
 * Find the owner that `owner` waits for.  A waiter whose conflict is gone is
 * about to retry, and waits for nobody.
 * Context: [locks_lock].  Return: the owner waited for, or NULL.
 */
static const void *waited_for(const void *owner)
{
	struct waiter *w;

	spin_must_hold(&locks_lock);
	list_for_each(w, &waiters, link)
		if (w->want->owner == owner && is_kept_out(w))
			return w->by;
	return NULL;
}

/*
 * True if waiting for owner `by` would close a cycle.  Locks of open files are
 * not checked, as any process may release them.
 * Context: [locks_lock].
 */
static bool deadlocks(const struct file_lock *want, const void *by)
{
	spin_must_hold(&locks_lock);
	for (unsigned k = 0; k < DEADLOCK_STEPS; k++) {
		by = waited_for(by);
		if (!by)
			return false;
		if (by == want->owner)
			return true;
	}
	return false;
}

/*
 * Record that w waits for the owner of lock `by`.
 * Context: [locks_lock].  Return: -EAGAIN; -EDEADLK: the wait would never end.
 */
static int begin_wait(struct waiter *w, const struct file_lock *by)
{
	spin_must_hold(&locks_lock);
	if (!w)
		return -EAGAIN;
	w->by = by->owner;
	if (!w->want->posix || w->want->pid < 0)
		return -EAGAIN;
	if (deadlocks(w->want, by->owner))
		return -EDEADLK;
	if (!w->listed)
		list_append(&waiters, &w->link);
	w->listed = true;
	return -EAGAIN;
}

static void end_wait(struct waiter *w)
{
	spin_lock(&locks_lock);
	if (w->listed)
		list_remove(&w->link);
	w->listed = false;
	spin_unlock(&locks_lock);
}

/*
 * Insert n, sorted by start among the locks of its owner; a new owner goes to
 * the end.
 * Context: [locks_lock].
 */
static void filelock_insert(struct inode_locks *s, struct file_lock *n)
{
	struct file_lock *l;
	bool among = false;

	spin_must_hold(&locks_lock);
	list_for_each(l, &s->all, link) {
		if (same_owner(l, n)) {
			among = true;
			if (l->start >= n->start)
				break;
		} else if (among) {
			break;
		}
	}
	list_append(&l->link, &n->link);
	++*n->records;
	s->nr++;
}

/* Remove l from the list of locks.  Context: [locks_lock]. */
static void filelock_take_out(struct inode_locks *s, struct file_lock *l,
			      struct list *dead)
{
	spin_must_hold(&locks_lock);
	s->nr--;
	list_remove(&l->link);
	list_append(dead, &l->link);
	--*l->records;
}

/*
 * Split l, which begins before `want` and ends behind it.  *spare becomes the
 * part behind `want`, and enters the list behind n (NULL: behind l).
 */
static void filelock_split(struct inode_locks *s, struct file_lock *l,
			   const struct file_lock *want, struct file_lock *n,
			   struct file_lock **spare)
{
	struct file_lock *high = *spare;

	*high = *l;
	high->start = want->end + 1;
	list_push(n ? &n->link : &l->link, &high->link);
	++*high->records;
	s->nr++;
	l->end = want->start - 1;
	*spare = NULL;
}

/*
 * Remove the range of `want` from all locks of its owner, except from n, the
 * lock that replaces them (NULL: there is none).
 * Context: [locks_lock].
 */
static void locks_cut_range(struct inode_locks *s, const struct file_lock *want,
			    struct file_lock *n, struct file_lock **spare,
			    struct list *dead)
{
	struct file_lock *l, *tmp;

	spin_must_hold(&locks_lock);
	list_for_each_safe(l, tmp, &s->all, link) {
		if (l == n || !same_owner(l, want) || l->end < want->start ||
		    l->start > want->end)
			continue;
		if (l->start < want->start && l->end > want->end) {
			filelock_split(s, l, want, n, spare);
			return;
		}
		if (l->start < want->start) {
			l->end = want->start - 1;
		} else if (l->end > want->end) {
			l->start = want->end + 1;
		} else {
			filelock_take_out(s, l, dead);
		}
	}
}

/*
 * True if there is no room for the locks that the request adds: one, and one
 * more if it cuts a hole.
 * Context: [locks_lock].
 */
static bool filelock_full(const struct inode_locks *s,
			  const struct file_lock *want, bool unlock)
{
	const struct file_lock *l;

	spin_must_hold(&locks_lock);
	if (likely(s->nr < LOCKS_MAX - 1))
		return false;
	if (!unlock)
		return true;
	list_for_each(l, &s->all, link)
		if (same_owner(l, want) && l->start < want->start &&
		    l->end > want->end)
			return true;
	return false;
}

/*
 * Merge n with adjacent locks of the same owner and type.
 * Context: [locks_lock].
 */
static void merge(struct inode_locks *s, struct file_lock *n, struct list *dead)
{
	struct file_lock *l, *tmp;

	spin_must_hold(&locks_lock);
	list_for_each_safe(l, tmp, &s->all, link) {
		if (l == n || !same_owner(l, n) || l->write != n->write)
			continue;
		if (l->end != OFFSET_MAX && l->end + 1 == n->start)
			n->start = l->start;
		else if (n->end != OFFSET_MAX && n->end + 1 == l->start)
			n->end = l->end;
		else
			continue;
		filelock_take_out(s, l, dead);
	}
}

static void free_list(struct list *dead)
{
	while (!list_empty(dead)) {
		struct file_lock *l = list_first(dead, struct file_lock, link);

		list_remove(&l->link);
		kfree(l);
	}
}

/*
 * Release the flock(2) lock of want's owner if its type is to change.  The lock
 * stays released if the new type cannot be had.  Otherwise two owners of a
 * shared lock that both want an exclusive one would deadlock.
 * Context: [locks_lock].
 */
static void drop_other_kind(struct inode_locks *s,
			    const struct file_lock *want, struct list *dead)
{
	struct file_lock *l, *tmp;

	spin_must_hold(&locks_lock);
	list_for_each_safe(l, tmp, &s->all, link)
		if (same_owner(l, want) && l->write != want->write)
			filelock_take_out(s, l, dead);
}

/*
 * Set the lock `want`, which conflicts with no other: *n becomes the new lock.
 * If *n is NULL, unlock the range of `want` instead.
 */
static void filelock_take(struct inode_locks *s, const struct file_lock *want,
			  struct file_lock **n, struct file_lock **spare,
			  struct list *dead)
{
	struct file_lock *new = *n;

	if (!new) {
		locks_cut_range(s, want, NULL, spare, dead);
		return;
	}
	*new = *want;
	filelock_insert(s, new);
	locks_cut_range(s, want, new, spare, dead);
	merge(s, new, dead);
	*n = NULL;
}

/*
 * Lock or unlock a range.  Unlocking never conflicts.  w: filled in if the
 * caller has to wait for a conflicting lock; NULL: the caller does not wait.
 * Return: 0; -EAGAIN: another lock conflicts; -EDEADLK, -ENOMEM, -ENOLCK.
 */
static int filelock_apply(struct inode_locks *s, const struct file_lock *want,
			  bool unlock, struct waiter *w)
{
	struct file_lock *n = unlock ? NULL : kmalloc(sizeof(*n));
	struct file_lock *spare = kmalloc(sizeof(*spare)), *by = NULL;
	struct list dead = LIST_INIT(dead);
	int err = -ENOMEM;
	bool full;

	if ((!n && !unlock) || !spare)
		goto out;
	spin_lock(&locks_lock);
	full = filelock_full(s, want, unlock);
	if (!want->posix && !unlock && !full)
		drop_other_kind(s, want, &dead);
	if (!unlock)
		by = find_conflict(s, want);
	err = by ? begin_wait(w, by) : full ? -ENOLCK : 0;
	if (!err)
		filelock_take(s, want, &n, &spare, &dead);
	spin_unlock(&locks_lock);
	if (!err || !list_empty(&dead))
		wake_up_many(&s->wait);
out:
	kfree(n);
	kfree(spare);
	free_list(&dead);
	return err;
}

static bool must_wait(const struct waiter *w)
{
	bool yes;

	spin_lock(&locks_lock);
	yes = is_kept_out(w);
	spin_unlock(&locks_lock);
	return yes;
}

/*
 * Lock or unlock.  Unlocking wakes all waiters of the file.  Each waiter checks
 * its conflict, and most sleep again.  The order in which waiters get a lock is
 * not defined.
 */
static int apply_wait(struct inode_locks *s, const struct file_lock *want,
		      bool unlock, bool wait)
{
	struct waiter w = { .locks = s, .want = want };
	int err;

	while ((err = filelock_apply(s, want, unlock, wait ? &w : NULL)) ==
		       -EAGAIN &&
	       wait) {
		err = wait_event_interruptible(&s->wait,
					       !must_wait(&w));
		if (err)
			break;
	}
	if (wait)
		end_wait(&w);
	return err;
}

/* Remove some of the owner's locks.  Return: true if there may be more. */
static bool filelock_drop_some(struct inode_locks *s,
			       const struct file_lock *owner)
{
	struct list dead = LIST_INIT(dead);
	struct file_lock *l, *tmp;
	unsigned n = 0;

	spin_lock(&locks_lock);
	list_for_each_safe(l, tmp, &s->all, link) {
		if (n == DROP_SOME)
			break;
		if (same_owner(l, owner)) {
			filelock_take_out(s, l, &dead);
			n++;
		}
	}
	spin_unlock(&locks_lock);
	if (n)
		wake_up_many(&s->wait);
	free_list(&dead);
	return n == DROP_SOME;
}

/* Remove all locks of a closing owner from the inode. */
static void filelock_drop_owner(struct inode *i, const void *owner, bool posix)
{
	const struct file_lock of = { .owner = owner, .posix = posix };

	while (filelock_drop_some(i->locks, &of))
		;
}

/*
 * Drop the record locks of `owner` on the file when one of its descriptors for
 * f is closed.
 */
static void locks_close(struct file *f, struct files *owner)
{
	filelock_drop_owner(f->inode, owner, true);
}

/* Drop the lease and the locks of f when the last reference to f is dropped. */
static void locks_end(struct file *f)
{
	lease_drop(f);
	filelock_drop_owner(f->inode, f, false);
	filelock_drop_owner(f->inode, f, true);
}

/*
 * Convert a struct flock to a range of bytes.  Return: 0, -EINVAL, -EOVERFLOW.
 */
static int filelock_lock_range(struct file *f, const struct kflock *k,
			       struct file_lock *l)
{
	loff_t start = 0;

	if (k->whence == SEEK_CUR)
		start = file_pos_get(f);
	else if (k->whence == SEEK_END)
		start = inode_size(f->inode);
	else if (k->whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(start, k->start, &start))
		return k->start < 0 ? -EINVAL : -EOVERFLOW;
	l->end = OFFSET_MAX;
	if (start < 0)
		return -EINVAL;
	if (k->len > 0) {
		if (__builtin_add_overflow(start, k->len - 1, &l->end))
			return -EOVERFLOW;
	} else if (k->len < 0) {
		l->end = start - 1;
		start += k->len;
	}
	l->start = start;
	return start < 0 ? -EINVAL : 0;
}

static void get_lock(struct inode_locks *s, const struct file_lock *want,
		     struct kflock *k)
{
	struct file_lock *l;

	spin_lock(&locks_lock);
	l = find_conflict(s, want);
	k->type = F_UNLCK;
	if (l) {
		k->type = l->write ? F_WRLCK : F_RDLCK;
		k->whence = SEEK_SET;
		k->start = l->start;
		k->len = l->end == OFFSET_MAX ? 0 : l->end - l->start + 1;
		k->pid = l->pid < 0 ? l->pid : pid_shown(l->pid);
	}
	spin_unlock(&locks_lock);
}

/*
 * Run a command for record locks.  ofd: the lock belongs to the open file, and
 * has pid -1.
 */
static long posix_lock(struct file *f, unsigned cmd, struct kflock *k,
		       bool ofd)
{
	struct file_lock want = {
		.owner = ofd ? (void *)f : (void *)current->files,
		.records = ofd ? &f->records : &current->files->records,
		.posix = true, .pid = ofd ? -1 : current->process->pid,
		.write = k->type == F_WRLCK,
	};
	struct inode_locks *s;
	int err;

	if (cmd == F_GETLK && k->type != F_RDLCK && k->type != F_WRLCK)
		return -EINVAL;
	err = filelock_lock_range(f, k, &want);
	if (err)
		return err;
	if (k->type < F_RDLCK || k->type > F_UNLCK)
		return -EINVAL;
	if (cmd != F_GETLK && ((k->type == F_RDLCK && !(f->mode & FMODE_READ))
	    || (k->type == F_WRLCK && !(f->mode & FMODE_WRITE))))
		return -EBADF;
	if (ofd && k->pid)
		return -EINVAL;
	s = inode_locks(f->inode);
	if (!s)
		return -ENOLCK;
	if (cmd == F_GETLK) {
		get_lock(s, &want, k);
		return 0;
	}
	err = apply_wait(s, &want, k->type == F_UNLCK, cmd == F_SETLKW);
	return err == -ENOMEM ? -ENOLCK : err;
}

/*
 * True if another thread closed the descriptor while this thread waited.  The
 * new lock did not exist yet at that close, so nothing else will drop it.
 */
static bool closed_meanwhile(int fd, const struct file *f)
{
	struct file *now = files_get_file(current->files, (unsigned)fd);

	if (now)
		file_put(now);
	return now != f;
}

long do_fcntl_lock(int fd, unsigned cmd, struct kflock *k)
{
	struct fdref r = fdref_get(fd);
	bool ofd = cmd >= F_OFD_GETLK;
	long err;

	if (!r.file)
		return -EBADF;
	if (ofd)
		cmd += F_GETLK - F_OFD_GETLK;
	err = posix_lock(r.file, cmd, k, ofd);
	if (!err && !ofd && r.counted && cmd != F_GETLK &&
	    closed_meanwhile(fd, r.file)) {
		filelock_drop_owner(r.file->inode, current->files, true);
		err = -EBADF;
	}
	fdref_put(r);
	return err;
}

long sys_flock(int fd, unsigned op)
{
	struct file_lock want = { .start = 0, .end = OFFSET_MAX };
	unsigned kind = op & ~(unsigned)LOCK_NB;
	struct inode_locks *s;
	struct fdref r;
	long err;

	if (op & LOCK_MAND)
		return 0;		/* LOCK_MAND has no effect, as in Linux
					   since 5.17 */
	if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
		return -EINVAL;
	r = fdref_get(fd);
	if (!r.file)
		return -EBADF;
	if (kind != LOCK_UN && !(r.file->mode & (FMODE_READ | FMODE_WRITE))) {
		fdref_put(r);
		return -EBADF;
	}
	want.owner = r.file;
	want.records = &r.file->records;
	want.pid = current->process->pid;
	want.write = kind == LOCK_EX;
	s = inode_locks(r.file->inode);
	err = -ENOLCK;
	if (s)
		err = apply_wait(s, &want, kind == LOCK_UN, !(op & LOCK_NB));
	fdref_put(r);
	return err;
}

/* ---- /proc/locks --------------------------------------------------------- */

static void show_lock(struct seq *s, unsigned n, const struct inode *i,
		      const struct file_lock *l)
{
	unsigned dev = i->super ? i->super->dev : 0;
	int pid = l->pid < 0 ? l->pid : pid_shown(l->pid);

	if (!pid)
		return;
	seq_print(s, "%u: %s ADVISORY  %s %d %02x:%02x:%llu %lld ", n,
		  !l->posix ? "FLOCK " : l->pid < 0 ? "OFDLCK" : "POSIX ",
		  l->write ? "WRITE" : "READ", pid, DEV_MAJOR(dev),
		  DEV_MINOR(dev), (unsigned long long)i->ino,
		  (long long)l->start);
	if (l->end == OFFSET_MAX)
		seq_print(s, "EOF\n");
	else
		seq_print(s, "%lld\n", (long long)l->end);
}

static void locks_show_page(struct lock_page *p)
{
	struct inode_locks *f;
	struct file_lock *l;

	spin_lock(&locks_lock);
	list_for_each(f, &locked_files, link) {
		list_for_each(l, &f->all, link)
			if (lock_page_takes(p))
				show_lock(p->s, p->n, f->inode, l);
		leases_show(p, f);
	}
	spin_unlock(&locks_lock);
}

/* As on Linux, what changes between two pages may be missed or seen twice. */
static void locks_show(struct seq *s)
{
	struct lock_page p = { .s = s, .to = 1 };

	do {
		p.n = 0;
		p.from = p.to;
		p.to += 64;
		locks_show_page(&p);
	} while (p.n >= p.to);
}

PROC_FILES(files) = {
	{ "locks", locks_show },
};

FILE_HOOKS(file_hooks) = {
	{ .bit = HOOK_LOCKS, .close = locks_close, .end = locks_end,
	  .free = inode_locks_free, .open = lease_break },
};

/*
 * Allocate the struct inode_locks of the inodes that all unnamed files share,
 * so that flock(2) on such a descriptor need not allocate.  Neither these
 * inodes nor their struct inode_locks are ever freed.
 */
static void locks_init(void)
{
	for (unsigned k = 0; k < ANON_KINDS; k++)
		if (!inode_locks(anon_inode(k)))
			panic("no memory for file locks");
}
INIT(fs, locks_init);
