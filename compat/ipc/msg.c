/* SPDX-License-Identifier: MIT */
/*
 * System V message queues (row D10).  Each message has a type.  A receiver
 * chooses types, and gets messages of these types in the order in which they
 * were sent.  A sender without room, or a receiver without a matching message,
 * waits for the next change of the queue and tries again.
 *
 * Invariant: everything changes under msg_lock.  After IPC_RMID a queue stays
 * allocated for tasks that wait on it (refs).
 */
#include "ipc.h"
#include <kernel/cred/cred.h>
#include <kernel/lock/lock.h>
#include <kernel/task/task.h>
#include <kernel/wait/wait.h>
#include <lib/mem.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define MSG_STAT	11
#define MSG_INFO	12
#define MSG_STAT_ANY	13
#define MSG_NOERROR	010000
#define MSG_EXCEPT	020000
#define MSG_COPY	040000


struct msg {
	struct list link;		/* [msg_lock] */
	long type;			/* const: greater than 0 */
	unsigned size;			/* const: bytes of text */
	char text[];			/* const */
};

struct msg_queue {
	struct ipc_object ipc;
	unsigned refs;			/* held by the table, and by waiting
					   tasks */
	bool gone;			/* removed by IPC_RMID */
	unsigned changes;		/* change counter, compared by
					   waiters */
	struct wait_queue wait;		/* woken by a change */
	struct list messages;		/* struct msg, oldest first */
	unsigned long bytes, count;	/* used by messages */
	unsigned long room;		/* limit of bytes */
	ktime_t stime, rtime;		/* last send, receive; 0: never */
	int lspid, lrpid;
};

static struct mutex msg_lock = {
	.wait = WAIT_QUEUE_INIT(msg_lock.wait), .name = "messages",
};
static unsigned long all_bytes, all_count; /* [msg_lock] of all namespaces */

SYSCTL_NUMBERS(numbers) = {
	{ "kernel/msgmax", &ipc_first.msgmax, 0, 0x7fffffff, ipc_word },
	{ "kernel/msgmnb", &ipc_first.msgmnb, 0, 0x7fffffff, ipc_word },
	{ "kernel/msgmni", &ipc_first.msg.most, 0, IPC_MAX, ipc_word },
	{ "kernel/msg_next_id", &ipc_first.msg.next_id, 0, 0x7fffffff,
	  ipc_word, ipc_restorer, 0444 },
};

/* ---- queues; [msg_lock] -------------------------------------------------- */

static void msg_put(struct msg_queue *q)
{
	if (!--q->refs)
		kfree(q);
}

/* Make tasks that wait on q check q again. */
static void msg_changed(struct msg_queue *q)
{
	WRITE_ONCE(q->changes, q->changes + 1);
	wake_up(&q->wait);
}

static long msg_create(int key, unsigned flags)
{
	struct msg_queue *q = kzalloc(sizeof(*q));
	int id;

	if (!q)
		return -ENOMEM;
	q->refs = 1;
	q->room = READ_ONCE(ipc_space()->msgmnb);
	list_init(&q->messages);
	wait_queue_init(&q->wait);
	id = ipc_add(&ipc_space()->msg, &q->ipc, key, flags);
	if (id < 0)
		kfree(q);
	return id;
}

long sys_msgget(int key, int flags)
{
	struct msg_queue *q;
	void *found;
	long id;

	mutex_lock(&msg_lock);
	id = ipc_look_up(&ipc_space()->msg, key, (unsigned)flags, &found);
	q = found;
	if (!id && !q)
		id = msg_create(key, (unsigned)flags);
	else if (!id)
		id = ipc_allowed(&q->ipc, (unsigned)flags) ? q->ipc.id :
			-EACCES;
	mutex_unlock(&msg_lock);
	return id;
}

static void unlink_msg(struct msg_queue *q, struct msg *m)
{
	list_remove(&m->link);
	q->bytes -= m->size;
	q->count--;
	q->ipc.space->bytes -= m->size;
	q->ipc.space->messages--;
	all_bytes -= m->size;
	all_count--;
}

static void remove(struct msg_queue *q)
{
	struct msg *m, *next;

	ipc_remove(&q->ipc.space->msg, &q->ipc);
	list_for_each_safe(m, next, &q->messages, link) {
		unlink_msg(q, m);
		kfree(m);
	}
	q->gone = true;
	msg_changed(q);
	msg_put(q);
}

void msg_space_clear(struct ipc_space *n)
{
	struct msg_queue *q;
	int at = 0;

	mutex_lock(&msg_lock);
	while ((q = ipc_next(&n->msg, &at)) != NULL)
		remove(q);
	mutex_unlock(&msg_lock);
	idr_shrink(&n->msg.idr);
}

/*
 * Sleep until q changes.
 * Context: [msg_lock], dropped and retaken.
 * Return: 0; -EIDRM: q may be freed; -ERESTARTNOHAND.
 */
static int wait_change(struct msg_queue *q)
{
	unsigned seen = q->changes;
	int err;

	q->refs++;
	mutex_unlock(&msg_lock);
	err = wait_event_interruptible(&q->wait,
				       READ_ONCE(q->changes) != seen);
	mutex_lock(&msg_lock);
	if (q->gone)
		err = -EIDRM;
	else if (err)
		err = -ERESTARTNOHAND;
	msg_put(q);
	return err;
}

/* ---- msgsnd -------------------------------------------------------------- */

/*
 * Append m, waiting for room.
 * Context: [msg_lock].
 * Return: 0: q owns m; -errno.
 */
static int msg_append(struct msg_queue *q, struct msg *m, int flags)
{
	int err = 0;

	for (;;) {
		if (!ipc_allowed(&q->ipc, 0222))
			return -EACCES;
		/* empty messages count, too, so that a queue stays finite */
		if (q->bytes + m->size <= q->room && q->count < q->room)
			break;
		if (flags & IPC_NOWAIT)
			return -EAGAIN;
		err = wait_change(q);
		if (err)
			return err;
	}
	if (!ipc_fits(all_bytes + m->size + (all_count + 1) * sizeof(*m)))
		return -ENOMEM;
	list_append(&q->messages, &m->link);
	q->bytes += m->size;
	q->count++;
	q->ipc.space->bytes += m->size;
	q->ipc.space->messages++;
	all_bytes += m->size;
	all_count++;
	q->lspid = current->process->pid;
	q->stime = realtime_from(arch_clock());
	msg_changed(q);
	return 0;
}

long sys_msgsnd(int id, uaddr_t from, unsigned long size, int flags)
{
	struct msg_queue *q;
	struct msg *m;
	long type;
	int err;

	if (get_user(&type, from))
		return -EFAULT;
	if (size > READ_ONCE(ipc_space()->msgmax) || id < 0 || type < 1)
		return -EINVAL;
	m = kmalloc(sizeof(*m) + size);
	if (!m)
		return -ENOMEM;
	m->type = type;
	m->size = (unsigned)size;
	err = copy_from_user(m->text, from + sizeof(long), size);
	if (!err) {
		mutex_lock(&msg_lock);
		q = ipc_find(&ipc_space()->msg, id, 0, &err);
		if (q)
			err = msg_append(q, m, flags);
		mutex_unlock(&msg_lock);
	}
	if (err)
		kfree(m);
	return err;
}

/* ---- msgrcv -------------------------------------------------------------- */

/*
 * Find a message:
 *	type 0    the first
 *	type > 0  the first of this type; MSG_EXCEPT: of another type
 *	type < 0  the first of the lowest type, which must be at most -type
 * Context: [msg_lock].
 */
static struct msg *msg_find(const struct msg_queue *q, long type, int flags)
{
	struct msg *m, *best = NULL;
	unsigned long most = 0ul - (unsigned long)type;

	list_for_each(m, &q->messages, link) {
		if (type < 0) {
			if ((unsigned long)m->type <= most &&
			    (!best || m->type < best->type))
				best = m;
		} else if (!type ||
			   (m->type == type) == !(flags & MSG_EXCEPT)) {
			return m;
		}
	}
	return best;
}

/*
 * Take a matching message, waiting for one if necessary.
 * Context: [msg_lock], dropped while the caller waits.
 * Return: the message; NULL with *err.  After -EIDRM q may have been freed.
 */
static struct msg *msg_take(struct msg_queue *q, unsigned long size, long type,
			    int flags, int *err)
{
	struct msg *m;

	for (;;) {
		*err = -EACCES;
		if (!ipc_allowed(&q->ipc, 0444))
			return NULL;
		m = msg_find(q, type, flags);
		if (m)
			break;
		*err = flags & IPC_NOWAIT ? -ENOMSG : wait_change(q);
		if (*err)
			return NULL;
	}
	*err = -E2BIG;
	if (m->size > size && !(flags & MSG_NOERROR))
		return NULL;
	unlink_msg(q, m);
	q->lrpid = current->process->pid;
	q->rtime = realtime_from(arch_clock());
	msg_changed(q);
	*err = 0;
	return m;
}

static struct msg *alloc_msg(unsigned long size)
{
	struct msg *m = kmalloc(sizeof(*m) + size);

	if (m)
		m->size = (unsigned)size;
	return m;
}

/* Copy the n-th message of q, if c has room for it.  Context: [msg_lock]. */
static int copy_nth(const struct msg_queue *q, long n, unsigned long size,
		    int flags, struct msg *c)
{
	struct msg *m;

	if (!ipc_allowed(&q->ipc, 0444))
		return -EACCES;
	list_for_each(m, &q->messages, link) {
		if (n--)
			continue;
		if (m->size > size && !(flags & MSG_NOERROR))
			return -E2BIG;
		if (m->size > c->size)
			return -EINVAL;
		c->type = m->type;
		c->size = m->size;
		memcpy(c->text, m->text, m->size);
		return 0;
	}
	return -ENOMSG;
}

/*
 * Copy a message, given by its index, without removing it (MSG_COPY).  As on
 * Linux, the buffer is also read, before the queue is looked up.
 * Return: the copy; NULL with *err.
 */
static struct msg *receive_copy(int id, uaddr_t to, unsigned long size,
				long n, int flags, int *err)
{
	struct msg_queue *q;
	struct msg *c;

	*err = -EINVAL;
	if (flags & MSG_EXCEPT || !(flags & IPC_NOWAIT))
		return NULL;
	*err = -ENOMEM;
	c = alloc_msg(min(size, READ_ONCE(ipc_space()->msgmax)));
	if (!c)
		return NULL;
	*err = copy_from_user(c->text, to, c->size);
	if (!*err) {
		mutex_lock(&msg_lock);
		q = ipc_find(&ipc_space()->msg, id, 0, err);
		if (q)
			*err = copy_nth(q, n, size, flags, c);
		mutex_unlock(&msg_lock);
	}
	if (!*err)
		return c;
	kfree(c);
	return NULL;
}

static struct msg *msg_receive(int id, unsigned long size, long type, int flags,
			       int *err)
{
	struct msg *m = NULL;
	struct msg_queue *q;

	mutex_lock(&msg_lock);
	q = ipc_find(&ipc_space()->msg, id, 0, err);
	if (q)
		m = msg_take(q, size, type, flags, err);
	mutex_unlock(&msg_lock);
	return m;
}

long sys_msgrcv(int id, uaddr_t to, unsigned long size, long type, int flags)
{
	struct msg *m;
	long result;
	int err;

	if (id < 0 || (long)size < 0)
		return -EINVAL;
	m = flags & MSG_COPY ? receive_copy(id, to, size, type, flags, &err) :
		msg_receive(id, size, type, flags, &err);
	if (!m)
		return err;
	size = min(size, (unsigned long)m->size);
	result = (long)size;
	if (put_user(m->type, to) ||
	    copy_to_user(to + sizeof(long), m->text, size))
		result = -EFAULT;
	kfree(m);
	return result;
}

/* ---- msgctl -------------------------------------------------------------- */

/* Layout of struct msqid64_ds. */
struct msqid_ds {
	struct uabi_ipc_perm perm;
	unsigned long words[IPC_TIMES(3)];
	unsigned long bytes, count, room;
	s32 lspid, lrpid;
	unsigned long unused[2];
};

struct msginfo {
	int msgpool, msgmap, msgmax, msgmnb, msgmni, msgssz, msgtql;
	unsigned short msgseg;
};

static void msg_fill(const struct msg_queue *q, struct msqid_ds *d)
{
	unsigned long *w = d->words;

	memset(d, 0, sizeof(*d));
	ipc_fill(&d->perm, &q->ipc);
	w = ipc_put_time(w, q->stime);
	w = ipc_put_time(w, q->rtime);
	ipc_put_time(w, q->ipc.ctime);
	d->bytes = q->bytes;
	d->count = q->count;
	d->room = q->room;
	d->lspid = pid_shown(q->lspid);
	d->lrpid = pid_shown(q->lrpid);
}

/* Return: 0; the id if the queue was given by index; -errno. */
static long msg_stat(int id, int cmd, uaddr_t to)
{
	struct msg_queue *q = NULL;
	struct msqid_ds d;
	int err;

	mutex_lock(&msg_lock);
	if (cmd != IPC_STAT) {
		q = ipc_at(&ipc_space()->msg, id);
		id = q ? q->ipc.id : -1;
	}
	q = ipc_find(&ipc_space()->msg, id, cmd == MSG_STAT_ANY ? 0 : 0444, &err);
	if (q)
		msg_fill(q, &d);
	mutex_unlock(&msg_lock);
	if (err)
		return err;
	if (copy_to_user(to, &d, sizeof(d)))
		return -EFAULT;
	return cmd == IPC_STAT ? 0 : id;
}

/* Context: [msg_lock]. */
static int msg_set(struct msg_queue *q, const struct msqid_ds *d)
{
	int err;

	if (d->room > READ_ONCE(ipc_space()->msgmnb) && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	err = ipc_set(&q->ipc, &d->perm);
	if (err)
		return err;
	q->room = d->room;
	msg_changed(q);
	return 0;
}

static long msg_change(int id, int cmd, uaddr_t from)
{
	struct msqid_ds d;
	struct msg_queue *q;
	int err;

	if (cmd == IPC_SET && copy_from_user(&d, from, sizeof(d)))
		return -EFAULT;
	mutex_lock(&msg_lock);
	q = ipc_find(&ipc_space()->msg, id, 0, &err);
	if (q && !ipc_owns(&q->ipc))
		err = -EPERM;
	else if (q && cmd == IPC_RMID)
		remove(q);
	else if (q)
		err = msg_set(q, &d);
	mutex_unlock(&msg_lock);
	return err;
}

/* Report limits or, for MSG_INFO, usage.  Return: the highest index in use. */
static long msg_limits(int cmd, uaddr_t to)
{
	struct msginfo i;
	long highest;

	memset(&i, 0, sizeof(i));
	i.msgmax = (int)READ_ONCE(ipc_space()->msgmax);
	i.msgmnb = (int)READ_ONCE(ipc_space()->msgmnb);
	i.msgmni = (int)READ_ONCE(ipc_space()->msg.most);
	i.msgssz = 16;
	i.msgseg = 0xffff;
	i.msgpool = (int)((u64)(unsigned)i.msgmni * (unsigned)i.msgmnb / 1024);
	i.msgmap = i.msgtql = i.msgmnb;
	mutex_lock(&msg_lock);
	highest = ipc_highest(&ipc_space()->msg);
	if (cmd == MSG_INFO) {
		i.msgpool = (int)ipc_space()->msg.used;
		i.msgmap = (int)ipc_space()->messages;
		i.msgtql = (int)ipc_space()->bytes;
	}
	mutex_unlock(&msg_lock);
	return copy_to_user(to, &i, sizeof(i)) ? -EFAULT : highest;
}

long sys_msgctl(int id, int cmd, uaddr_t buf)
{
	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case MSG_INFO:
		return msg_limits(cmd, buf);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return msg_stat(id, cmd, buf);
	case IPC_SET:
	case IPC_RMID:
		return msg_change(id, cmd, buf);
	}
	return -EINVAL;
}

/* ---- /proc/sysvipc/msg --------------------------------------------------- */

void msg_show(struct seq *s)
{
	struct msg_queue *q;

	seq_print(s, "       key      msqid perms      cbytes       qnum lspid"
		  " lrpid   uid   gid  cuid  cgid      stime      rtime      "
		  "ctime\n");
	mutex_lock(&msg_lock);
	for (int i = 0; (q = ipc_next(&ipc_space()->msg, &i)) != NULL; i++)
		seq_print(s, "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u "
			  "%5u %10llu %10llu %10llu\n", q->ipc.key, q->ipc.id,
			  q->ipc.mode, q->bytes, q->count,
			  (unsigned)pid_shown(q->lspid),
			  (unsigned)pid_shown(q->lrpid),
			  uid_shown(q->ipc.uid), gid_shown(q->ipc.gid),
			  uid_shown(q->ipc.cuid), gid_shown(q->ipc.cgid),
			  (unsigned long long)(q->stime / NSEC_PER_SEC),
			  (unsigned long long)(q->rtime / NSEC_PER_SEC),
			  (unsigned long long)(q->ipc.ctime / NSEC_PER_SEC));
	mutex_unlock(&msg_lock);
}
