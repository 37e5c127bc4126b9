/* SPDX-License-Identifier: MIT */
/*
 * A POSIX message queue (row D10): messages by priority, the oldest of one
 * priority first.  Who finds it empty or full waits in order of importance,
 * and is served by the one whom it waits for: the message goes from hand to
 * hand, so that nobody who comes later can be faster.
 *
 * Invariant: receivers wait only while there is no message, senders only
 * while there is no room.
 */
#include <ext/mqueue/mqueue.h>
#include <fs/internal.h>
#include <kernel/sched.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/time/clock.h>
#include <lib/printf.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define MQ_PRIO_MAX	32768u

#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1
#define SIGEV_THREAD	2

struct message {
	struct rb_node node;		/* [queue] */
	unsigned prio;			/* const */
	unsigned long size;		/* const: bytes of text */
	char text[];			/* const */
};

struct mq_waiter {
	struct list link;		/* [queue] */
	struct task *task;		/* const */
	int rank;			/* const: higher is served first */
	struct message *msg;		/* [queue] to send, or received */
	bool served;			/* [queue] and off the list */
};

struct mqueue *mqueue_create(long max, long msg_size)
{
	struct mqueue *q = kzalloc(sizeof(*q));

	if (!q)
		return NULL;
	mutex_init(&q->lock, "mqueue");
	list_init(&q->senders);
	list_init(&q->receivers);
	list_init(&q->link);
	wait_queue_init(&q->wait);
	q->max = max;
	q->msg_size = msg_size;
	return q;
}

/* ---- messages; [q->lock] ------------------------------------------------- */

static void insert(struct mqueue *q, struct message *m)
{
	struct rb_node **at = &q->messages.root, *parent = NULL;

	while (*at) {
		parent = *at;
		at = m->prio > rb_entry(parent, struct message, node)->prio ?
			&parent->left : &parent->right;
	}
	rb_link(&m->node, parent, at);
	rb_insert_fixup(&q->messages, &m->node, NULL);
	q->count++;
	q->bytes += m->size;
}

static struct message *take_first(struct mqueue *q)
{
	struct message *m = rb_entry(rb_first(&q->messages), struct message,
				     node);

	rb_remove(&q->messages, &m->node, NULL);
	q->count--;
	q->bytes -= m->size;
	return m;
}

static void forget_listener(struct mqueue *q)
{
	if (q->listener)
		process_put(q->listener);
	q->listener = NULL;
}

void mqueue_free(struct mqueue *q)
{
	while (q->count)
		kfree(take_first(q));
	forget_listener(q);
	kfree(q);
}

/* The program that asked to be told is still there. [tree_lock] */
static bool still_listens(const struct mqueue *q)
{
	const struct process *p = q->listener;

	return !p->zombie && !p->reaped && p->execs == q->execs;
}

/* The first message of an empty queue that nobody waits for; once. */
static void tell_listener(struct mqueue *q)
{
	struct siginfo info = {
		.signo = q->signo, .code = SI_MESGQ,
		.uid = current->cred->uid, .value = q->value,
	};

	if (!q->listener)
		return;
	spin_lock(&tree_lock);		/* it may be dying */
	if (q->notify == SIGEV_SIGNAL && q->signo && still_listens(q)) {
		info.pid = pid_in(current->process->pid, q->listener->space);
		signal_send_process_locked(q->listener, &info);
	}
	spin_unlock(&tree_lock);
	forget_listener(q);
}

/* ---- waiting ------------------------------------------------------------- */

static int rank_of(const struct task *t)
{
	int priority = HINT(t->rt_priority);

	return priority ? 100 + priority : -HINT(t->nice);
}

/* [q->lock] Equals are served in the order in which they came. */
static void wait_in(struct list *waiters, struct mq_waiter *w)
{
	struct mq_waiter *other;

	list_for_each(other, waiters, link)
		if (other->rank < w->rank)
			break;
	list_append(&other->link, &w->link);
}

/* [q->lock] w may vanish as soon as the lock is free. */
static void serve(struct mq_waiter *w)
{
	list_remove(&w->link);
	WRITE_ONCE(w->served, true);
	task_wake(w->task, WAKE_NORMAL);
}

static int sleep_until_served(struct mq_waiter *w, ktime_t deadline)
{
	int err = 0;

	while (!err) {
		wait_set_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w->served))
			break;
		err = wait_sleep(TASK_INTERRUPTIBLE, deadline);
	}
	wait_set_running();
	return err;
}

/*
 * Until another one serves w.  => [q->lock], dropped and retaken; 0,
 * -ETIMEDOUT, -ERESTARTSYS
 */
static int wait_turn(struct mqueue *q, struct list *waiters,
		     struct mq_waiter *w, ktime_t deadline)
{
	int err;

	w->task = current;
	w->rank = rank_of(current);
	wait_in(waiters, w);
	mutex_unlock(&q->lock);
	err = sleep_until_served(w, deadline);
	mutex_lock(&q->lock);
	if (w->served)
		return 0;
	list_remove(&w->link);
	return err;
}

/* The limit of both calls is of the calendar's clock.  => 0 or -errno */
static int get_deadline(ktime_t *deadline, uaddr_t from, bool word)
{
	ktime_t t, now = arch_clock(), wall = realtime_from(now);
	int err;

	*deadline = 0;
	if (!from)
		return 0;
	err = timespec_get(&t, from, word);
	if (!err)
		*deadline = t > wall ? ktime_after(now, t - wall) : 1;
	return err;
}

/* ---- sending ------------------------------------------------------------- */

/* => 0 with *out, or -errno */
static int message_from_user(uaddr_t text, unsigned long size, unsigned prio,
			     struct message **out)
{
	struct message *m = kmalloc(sizeof(*m) + size);

	if (!m)
		return -ENOMEM;
	m->prio = prio;
	m->size = size;
	if (copy_from_user(m->text, text, size)) {
		kfree(m);
		return -EFAULT;
	}
	*out = m;
	return 0;
}

/* => [q->lock] 0: m is no longer the caller's */
static int send(struct mqueue *q, struct message *m, bool wait,
		ktime_t deadline)
{
	struct mq_waiter w = { .msg = m }, *r;

	mutex_must_hold(&q->lock);
	if (q->count == q->max)
		return wait ? wait_turn(q, &q->senders, &w, deadline) :
			-EAGAIN;
	if (!list_empty(&q->receivers)) {
		r = list_first(&q->receivers, struct mq_waiter, link);
		r->msg = m;
		serve(r);
		return 0;
	}
	insert(q, m);
	if (q->count == 1)
		tell_listener(q);
	wake_up_key(&q->wait, POLLIN | POLLRDNORM);
	return 0;
}

static int send_to(struct file *f, uaddr_t text, unsigned long size,
		   unsigned prio, ktime_t deadline)
{
	struct mqueue *q = mqueue_of(f);
	struct message *m;
	int err;

	if (!q || !(f->mode & FMODE_WRITE))
		return -EBADF;
	if (size > (unsigned long)q->msg_size)
		return -EMSGSIZE;
	err = message_from_user(text, size, prio, &m);
	if (err)
		return err;
	mutex_lock(&q->lock);
	err = send(q, m, !(f->flags & O_NONBLOCK), deadline);
	if (!err)
		f->inode->mtime = f->inode->ctime = inode_now();
	mutex_unlock(&q->lock);
	if (err)
		kfree(m);
	return err;
}

static long timed_send(int mqd, uaddr_t text, unsigned long size,
		       unsigned prio, uaddr_t timeout, bool word)
{
	ktime_t deadline;
	struct fdref r;
	long err = get_deadline(&deadline, timeout, word);

	if (err)
		return err;
	if (prio >= MQ_PRIO_MAX)
		return -EINVAL;
	r = fdref_get(mqd);
	err = r.file ? send_to(r.file, text, size, prio, deadline) : -EBADF;
	fdref_put(r);
	return err;
}

long sys_mq_timedsend(int mqd, uaddr_t text, unsigned long size,
		      unsigned prio, uaddr_t timeout)
{
	return timed_send(mqd, text, size, prio, timeout, false);
}

long sys_mq_timedsend_time32(int mqd, uaddr_t text, unsigned long size,
			     unsigned prio, uaddr_t timeout)
{
	return timed_send(mqd, text, size, prio, timeout, true);
}

/* ---- receiving ----------------------------------------------------------- */

/* => [q->lock] 0 with *out the caller's */
static int receive(struct mqueue *q, struct message **out, bool wait,
		   ktime_t deadline)
{
	struct mq_waiter w = { .msg = NULL }, *s;
	int err;

	mutex_must_hold(&q->lock);
	if (!q->count) {
		err = wait ? wait_turn(q, &q->receivers, &w, deadline) :
			-EAGAIN;
		*out = w.msg;
		return err;
	}
	*out = take_first(q);
	if (!list_empty(&q->senders)) {
		s = list_first(&q->senders, struct mq_waiter, link);
		insert(q, s->msg);
		serve(s);
	} else {
		wake_up_key(&q->wait, POLLOUT | POLLWRNORM);
	}
	return 0;
}

/* => its bytes */
static long message_to_user(const struct message *m, uaddr_t text,
			    uaddr_t prio)
{
	if (copy_to_user(text, m->text, m->size) ||
	    (prio && put_user(m->prio, prio)))
		return -EFAULT;
	return (long)m->size;
}

static long receive_from(struct file *f, uaddr_t text, unsigned long size,
			 uaddr_t prio, ktime_t deadline)
{
	struct mqueue *q = mqueue_of(f);
	struct message *m;
	long result;

	if (!q || !(f->mode & FMODE_READ))
		return -EBADF;
	if (size < (unsigned long)q->msg_size)
		return -EMSGSIZE;
	mutex_lock(&q->lock);
	result = receive(q, &m, !(f->flags & O_NONBLOCK), deadline);
	if (!result)
		f->inode->atime = f->inode->ctime = inode_now();
	mutex_unlock(&q->lock);
	if (result)
		return result;
	result = message_to_user(m, text, prio);
	kfree(m);
	return result;
}

static long timed_receive(int mqd, uaddr_t text, unsigned long size,
			  uaddr_t prio, uaddr_t timeout, bool word)
{
	ktime_t deadline;
	struct fdref r;
	long result = get_deadline(&deadline, timeout, word);

	if (result)
		return result;
	r = fdref_get(mqd);
	result = r.file ? receive_from(r.file, text, size, prio, deadline) :
		-EBADF;
	fdref_put(r);
	return result;
}

long sys_mq_timedreceive(int mqd, uaddr_t text, unsigned long size,
			 uaddr_t prio, uaddr_t timeout)
{
	return timed_receive(mqd, text, size, prio, timeout, false);
}

long sys_mq_timedreceive_time32(int mqd, uaddr_t text, unsigned long size,
				uaddr_t prio, uaddr_t timeout)
{
	return timed_receive(mqd, text, size, prio, timeout, true);
}

/* ---- notification, attributes -------------------------------------------- */

#define NOTIFY_COOKIE	32	/* bytes for whoever takes SIGEV_THREAD's */

/* struct sigevent: all of it must be there, though the rest says nothing. */
struct uabi_sigevent {
	unsigned long value;
	int signo, notify;
	char rest[56 - sizeof(long)];
};

/*
 * SIGEV_THREAD is told by a socket of netlink's that does not exist here.  All
 * that is wrong is found in its order.
 */
static int check_thread(const struct uabi_sigevent *e)
{
	char cookie[NOTIFY_COOKIE];
	struct fdref r;
	int err = -EINVAL;

	if (copy_from_user(cookie, e->value, sizeof(cookie)))
		return -EFAULT;
	r = fdref_get(e->signo);
	if (!r.file)
		err = -EBADF;
	else if (!S_ISSOCK(r.file->inode->mode))
		err = -ENOTSOCK;
	fdref_put(r);
	return err;
}

static int check_event(const struct uabi_sigevent *e)
{
	switch (e->notify) {
	case SIGEV_NONE:
		return 0;
	case SIGEV_SIGNAL:
		return (unsigned)e->signo > NSIG ? -EINVAL : 0;
	case SIGEV_THREAD:
		return check_thread(e);
	}
	return -EINVAL;
}

/* e NULL: the caller is no longer told.  => [q->lock] */
static int set_listener(struct mqueue *q, const struct uabi_sigevent *e)
{
	struct process *me = current->process;

	mutex_must_hold(&q->lock);
	if (!e) {
		if (q->listener == me)
			forget_listener(q);
		return 0;
	}
	if (q->listener)
		return -EBUSY;
	process_get(me);
	q->listener = me;
	q->execs = me->execs;		/* nobody else changes it */
	q->notify = e->notify;
	q->signo = e->signo;
	q->value = e->value;
	return 0;
}

long sys_mq_notify(int mqd, uaddr_t event)
{
	struct uabi_sigevent e;
	struct mqueue *q;
	struct fdref r;
	long err = 0;

	if (event && get_user(&e, event))
		return -EFAULT;
	if (event)
		err = check_event(&e);
	if (err)
		return err;
	r = fdref_get(mqd);
	q = r.file ? mqueue_of(r.file) : NULL;
	if (q) {
		mutex_lock(&q->lock);
		err = set_listener(q, event ? &e : NULL);
		mutex_unlock(&q->lock);
	}
	fdref_put(r);
	return q ? err : -EBADF;
}

/* Of the attributes only O_NONBLOCK can be set, and is the file's. */
static int swap_attr(struct file *f, const struct mq_attr *new,
		     struct mq_attr *old)
{
	struct mqueue *q = mqueue_of(f);

	if (!q)
		return -EBADF;
	mutex_lock(&q->lock);
	*old = (struct mq_attr){
		.flags = (long)(f->flags & O_NONBLOCK), .max = q->max,
		.msg_size = q->msg_size, .count = q->count,
	};
	if (new)
		f->flags = (f->flags & ~O_NONBLOCK) | (unsigned)new->flags;
	mutex_unlock(&q->lock);
	return 0;
}

long sys_mq_getsetattr(int mqd, uaddr_t new, uaddr_t old)
{
	struct mq_attr a, was;
	struct fdref r;
	long err;

	if (new && get_user(&a, new))
		return -EFAULT;
	if (new && a.flags & ~(long)O_NONBLOCK)
		return -EINVAL;
	r = fdref_get(mqd);
	err = r.file ? swap_attr(r.file, new ? &a : NULL, &was) : -EBADF;
	fdref_put(r);
	if (!err && old && put_user(was, old))
		err = -EFAULT;
	return err;
}

/* ---- the file ------------------------------------------------------------ */

#define STATUS_MAX	80

/* Read as a file, it tells how it stands. */
static long mq_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct mqueue *q = mqueue_of(f);
	char text[STATUS_MAX];
	unsigned long n, done;

	mutex_lock(&q->lock);
	n = (unsigned long)fmt_print(text, sizeof(text),
		"QSIZE:%-10llu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
		(unsigned long long)q->bytes, q->listener ? q->notify : 0,
		q->listener && q->notify == SIGEV_SIGNAL ? q->signo : 0,
		q->listener ? pid_shown(q->listener->pid) : 0);
	mutex_unlock(&q->lock);
	if (*pos >= (loff_t)n)
		return 0;
	n = min(n - (unsigned long)*pos, u->left);
	done = uio_put(u, text + *pos, n);
	*pos += (loff_t)done;
	return done < n ? -EFAULT : (long)done;
}

static unsigned mq_poll(struct file *f, struct poll_table *pt)
{
	struct mqueue *q = mqueue_of(f);
	long count = HINT(q->count);

	poll_wait(pt, &q->wait);
	return (count ? POLLIN | POLLRDNORM : 0) |
		(count < q->max ? POLLOUT | POLLWRNORM : 0);
}

/* Any close by who is told ends that. */
static void mq_flush(struct file *f)
{
	struct mqueue *q = mqueue_of(f);

	mutex_lock(&q->lock);
	set_listener(q, NULL);
	mutex_unlock(&q->lock);
}

/* All the bytes that stat tells of are data. */
static loff_t mq_seek_data(struct file *f, loff_t off, int whence)
{
	loff_t size = inode_size(f->inode);

	if (off >= size)
		return -ENXIO;
	return seek_to(f, whence == SEEK_DATA ? off : size, FILE_SIZE_MAX);
}

static loff_t mq_seek(struct file *f, loff_t off, int whence)
{
	if (whence == SEEK_END)
		return seek_by(f, inode_size(f->inode), off, FILE_SIZE_MAX);
	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		return mq_seek_data(f, off, whence);
	return seek_plain(f, off, whence, FILE_SIZE_MAX);
}

const struct file_ops mq_fops = {
	.no_splice = true, .reads_pieces = true,
	.read = mq_read, .poll = mq_poll, .flush = mq_flush, .seek = mq_seek,
};
