/* SPDX-License-Identifier: MIT */
/*
 * signalfd(2): pending signals read as records (row B6).  A read takes the
 * signals of the reader, not of the creator of the descriptor, so a task waits
 * at a queue of its own process.  An epoll set waits at the queue of the
 * process that added the descriptor, even after that process has ended.  So the
 * descriptor holds references to all queues at which it was polled.
 */
#include <fs/open/anon_inode.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <kernel/ops/hooks.h>
#include <kernel/ops/timer_ops.h>
#include <kernel/task/part.h>
#include <kernel/signal/pending.h>
#include <kernel/signal/siginfo.h>
#include <kernel/time/time.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>
#include <syscalls.h>

struct signalfd {
	sigmask_t mask;			/* [lock] signals to read */
	struct hold *holds;		/* [lock] watches that are referenced */
	struct spinlock lock;		/* IPL_SOFT */
};

/* Tasks that wait for signals of one process. */
struct watch {
	ref_t refs;
	bool ended;			/* read without a lock: the process has
					   ended */
	struct wait_queue wait;
};

struct hold {
	struct hold *next;
	struct watch *watch;		/* referenced */
};

struct record {				/* of the ABI: 128 bytes */
	u32 signo;
	s32 err, code;
	u32 pid, uid;
	s32 fd;
	u32 tid, band, overrun, trapno;
	s32 status, integer;
	u64 pointer, utime, stime, addr;
	u16 addr_lsb;
	u8 pad[46];
};

_Static_assert(sizeof(struct record) == 128, "signalfd_siginfo of the ABI");

/* ---- the queues ---------------------------------------------------------- */

static unsigned part_at;

/*
 * Queue for tasks that got no watch, for lack of memory: every signal wakes it.
 */
static struct wait_queue lacking = WAIT_QUEUE_INIT(lacking);

/* Context: [sighand->lock]. */
static struct watch **signalfd_slot_of(struct process *p)
{
	return process_slot(p, part_at);
}

static void watch_put(struct watch *w)
{
	if (ref_put(&w->refs))
		kfree(w);
}

/*
 * Get the watch of the caller's process, creating it if necessary.
 * Return: the watch, which the process references; NULL: no memory.
 */
static struct watch *my_watch(void)
{
	struct watch **slot = signalfd_slot_of(current->process), *w, *fresh;

	w = READ_ONCE(*slot);
	if (w)
		return w;
	fresh = kzalloc(sizeof(*fresh));
	if (!fresh)
		return NULL;
	ref_init(&fresh->refs);
	wait_queue_init(&fresh->wait);
	spin_lock(&current->sighand->lock);
	w = *slot;
	if (!w)
		WRITE_ONCE(*slot, fresh);
	spin_unlock(&current->sighand->lock);
	if (!w)
		return fresh;
	kfree(fresh);			/* another thread was faster */
	return w;
}

/* True if w is unused: its process has ended, and no epoll set waits at it. */
static bool is_deserted(struct watch *w)
{
	bool empty;

	if (!READ_ONCE(w->ended))
		return false;
	spin_lock(&w->wait.lock);
	empty = list_empty(&w->wait.entries);
	spin_unlock(&w->wait.lock);
	return empty;
}

/*
 * Find the hold on w in the list of s, and move holds on unused watches to
 * *gone.
 * Context: [lock].  Return: the link to the hold, or the end of the list.
 */
static struct hold **find_hold(struct signalfd *s, const struct watch *w,
			       struct hold **gone)
{
	struct hold **at = &s->holds, *h;

	spin_must_hold(&s->lock);
	while ((h = *at) && h->watch != w) {
		if (is_deserted(h->watch)) {
			*at = h->next;
			h->next = *gone;
			*gone = h;
		} else {
			at = &h->next;
		}
	}
	return at;
}

static void holds_free(struct hold *h)
{
	while (h) {
		struct hold *next = h->next;

		watch_put(h->watch);
		kfree(h);
		h = next;
	}
}

/*
 * Make s hold a reference to w.  If s holds none yet, the memory `fresh`
 * becomes the record of the reference; if `fresh` is NULL, s is not changed.
 * Frees `fresh` if it is not needed.
 * Return: true if s holds a reference now.
 */
static bool hold_by(struct signalfd *s, struct watch *w, struct hold *fresh)
{
	struct hold *gone = NULL, **at;
	bool held;

	spin_lock(&s->lock);
	at = find_hold(s, w, &gone);
	held = *at || fresh;
	if (!*at && fresh) {
		ref_get(&w->refs);
		fresh->watch = w;
		*at = fresh;
		fresh = NULL;
	}
	spin_unlock(&s->lock);
	kfree(fresh);
	holds_free(gone);
	return held;
}

/*
 * Make s hold a reference to w, at whose queue s is about to be polled.
 * Return: false: no memory.
 */
static bool hold_watch(struct signalfd *s, struct watch *w)
{
	return hold_by(s, w, NULL) ||
		hold_by(s, w, kzalloc(sizeof(struct hold)));
}

/* Wake tasks that wait for a signal of p.  Context: [sighand->lock]. */
static void signal_comes(struct process *p)
{
	struct watch *w = *signalfd_slot_of(p);

	if (w)
		wake_up(&w->wait);
	if (unlikely(wait_queue_active(&lacking)))
		wake_up(&lacking);
}

static void signalfd_process_begins(struct process *p, struct process *parent)
{
	(void)parent;
	*signalfd_slot_of(p) = NULL;
}

static void signalfd_process_ends(struct process *p)
{
	struct watch *w;

	spin_lock(&current->sighand->lock);
	w = *signalfd_slot_of(p);
	*signalfd_slot_of(p) = NULL;
	spin_unlock(&current->sighand->lock);
	if (!w)
		return;
	WRITE_ONCE(w->ended, true);
	watch_put(w);
}

static const struct process_part parts[] __table(process_part) = {
	{ .size = sizeof(struct watch *), .at = &part_at,
	  .init = signalfd_process_begins, .exit = signalfd_process_ends },
};

static void signalfd_init(void)
{
	hooks.signal_queued = signal_comes;
}
INIT(fs, signalfd_init);

/* ---- records ------------------------------------------------------------- */

static sigmask_t signalfd_mask_of(struct signalfd *s)
{
	sigmask_t m;

	spin_lock(&s->lock);
	m = s->mask;
	spin_unlock(&s->lock);
	return m;
}

static bool is_pending(sigmask_t mask)
{
	struct sighand *h = current->sighand;
	bool yes;

	spin_lock(&h->lock);
	yes = ((current->pending.mask | current->process->pending.mask) &
	       mask) != 0;
	spin_unlock(&h->lock);
	return yes;
}

static void put_child(struct record *r, const struct siginfo *info)
{
	r->pid = (u32)info->pid;
	r->uid = info->uid;
	r->status = info->status;
	r->utime = info->utime;
	r->stime = info->stime;
}

static void put_queued(struct record *r, const struct siginfo *info)
{
	r->pointer = info->value;
	r->integer = (s32)info->value;
}

/* Fill in only the fields that belong to the signal's kind; others stay 0. */
static void fill_kind(struct record *r, const struct siginfo *info)
{
	switch (siginfo_kind(info->signo, info->code)) {
	case SIGINFO_TIMER:
		r->tid = (u32)info->timer_id;
		r->overrun = (u32)info->overrun;
		put_queued(r, info);
		break;
	case SIGINFO_QUEUE:
		put_queued(r, info);
		/* fall through */
	case SIGINFO_KILL:
		r->pid = (u32)info->pid;
		r->uid = info->uid;
		break;
	case SIGINFO_CHILD:
		put_child(r, info);
		break;
	case SIGINFO_FAULT:
		r->addr = info->addr;
		break;
	case SIGINFO_POLL:
		r->band = (u32)info->band;
		r->fd = info->fd;
		break;
	}
}

/*
 * Fill a record by the number and code of the signal.  A signal about a child
 * may have any number.  It is converted to a siginfo_t and back, which gives
 * the fields of the record's kind the bytes that Linux would.
 */
static void signalfd_fill(struct record *r, const struct siginfo *info)
{
	struct siginfo seen = *info;
	unsigned long words[SIGINFO_SIZE / sizeof(long)];

	if (info->of_child) {
		siginfo_encode(words, info);
		siginfo_decode(&seen, words);
	}
	memset(r, 0, sizeof(*r));
	r->signo = (u32)info->signo;
	r->err = info->err;
	r->code = info->code;
	fill_kind(r, &seen);
}

/* Take a signal like sigwaitinfo(2): it is consumed, and no handler runs. */
static bool signalfd_take(sigmask_t mask, struct siginfo *info)
{
	struct sighand *h = current->sighand;
	int signo;

	spin_lock(&h->lock);
	signo = signal_dequeue(~mask, info);
	signal_recompute();
	spin_unlock(&h->lock);
	if (signo && info->code == SI_TIMER && timer_ops)
		timer_ops->timer_taken(info);
	return signo != 0;
}

static long signalfd_read(struct file *f, struct uio *u, loff_t *pos)
{
	sigmask_t mask = signalfd_mask_of(f->private);
	struct watch *w = my_watch();
	struct siginfo info;
	struct record r;
	long done = 0;
	int err;

	if (u->left < sizeof(r))
		return -EINVAL;
	while (u->left >= sizeof(r)) {
		if (signalfd_take(mask, &info)) {
			signalfd_fill(&r, &info);
			if (uio_put(u, &r, sizeof(r)) < sizeof(r))
				return done ? done : -EFAULT;
			done += (long)sizeof(r);
			continue;
		}
		if (done)
			break;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(w ? &w->wait : &lacking,
					       is_pending(mask));
		if (err)
			return err;
	}
	return done;
}

/* Reports the signals of the polling process (signalfd(2)). */
static unsigned signalfd_poll(struct file *f, struct poll_table *pt)
{
	struct watch *w = my_watch();

	poll_wait(pt, w && hold_watch(f->private, w) ? &w->wait : &lacking);
	return is_pending(signalfd_mask_of(f->private)) ? POLLIN : 0;
}

/* Epoll sets have left the queues of s already. */
static void signalfd_release(struct file *f)
{
	struct signalfd *s = f->private;

	holds_free(s->holds);
	kfree(s);
}

static void signalfd_show(struct seq *s, struct file *f)
{
	seq_print(s, "sigmask:\t%016llx\n",
		  (unsigned long long)signalfd_mask_of(f->private));
}

static const struct file_ops signalfd_fops = {
	.no_splice = true, .read = signalfd_read, .poll = signalfd_poll,
	.release = signalfd_release, .show_fdinfo = signalfd_show,
};

static long signalfd_make(sigmask_t mask, unsigned flags)
{
	struct signalfd *s = kzalloc(sizeof(*s));
	bool alive;
	long fd;

	if (!s)
		return -ENOMEM;
	spin_init(&s->lock, "signalfd", IPL_SOFT);
	s->mask = mask;
	fd = anon_open(ANON_SIGNALFD, &signalfd_fops, s, O_RDWR | flags,
		       &alive);
	if (alive)
		kfree(s);
	return fd;
}

static long signalfd_change(int fd, sigmask_t mask)
{
	struct fdref r = fdref_get(fd);
	struct signalfd *s;
	long err = fd;

	if (!r.file)
		return -EBADF;
	if (r.file->ops == &signalfd_fops) {
		s = r.file->private;
		spin_lock(&s->lock);
		s->mask = mask;
		spin_unlock(&s->lock);
		spin_lock(&current->sighand->lock);
		signal_comes(current->process);
		spin_unlock(&current->sighand->lock);
	} else {
		err = -EINVAL;
	}
	fdref_put(r);
	return err;
}

long sys_signalfd4(int fd, uaddr_t mask, unsigned long size, unsigned flags)
{
	sigmask_t m;
	int err = sigset_get(&m, mask, size);

	if (err)
		return err;
	if (flags & ~(unsigned)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	m &= ~SIGMASK_UNBLOCKABLE;
	return fd == -1 ? signalfd_make(m, flags) : signalfd_change(fd, m);
}

long sys_signalfd(int fd, uaddr_t mask, unsigned long size)
{
	return sys_signalfd4(fd, mask, size, 0);
}
