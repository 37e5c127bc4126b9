/* SPDX-License-Identifier: MIT */
/*
 * O_ASYNC, F_SETOWN and F_SETSIG (row B5): an open file sends a signal to a
 * task, process or group when it becomes readable or writable.
 *
 * Such a file has entries on its own wait queues, like an item of epoll.
 * Wakers may hold any lock, so signals are sent later: when the waker next
 * enters user mode, or by a kernel thread, whichever comes first.  The thread
 * is needed because a writer may block in the kernel, waiting for room.
 */
#include "async.h"
#include <topics/kthreads/workqueue.h>
#include <fs/hooks.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <fs/open/poll.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <kernel/task/work.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/frames/slab.h>

#define HOOKS	2		/* most wait queues of one file */

/* Events to report: values of si_code, and bit numbers of `due`. */
enum { TELL_IN = 1, TELL_OUT, TELL_MSG, TELL_PRI = 5, TELL_HUP, TELLS };

struct async;

struct async_hook {
	struct wait_entry wait;
	struct wait_queue *queue;	/* NULL: unused */
	struct async *async;
};

struct async {
	ref_t refs;			/* held by the file, and each sender */
	struct poll_table table;
	struct async_hook hook[HOOKS];	/* [async_mutex] */
	unsigned nr_hooks;		/* [async_mutex] */
	unsigned kind;			/* const: S_IFIFO, S_IFSOCK or other */
	unsigned mode;			/* const: FMODE_ flags of the file */
	int fd;				/* [async_mutex] for si_fd; read without
					   the lock */
	unsigned due;			/* atomic: TELL_ bits of events to
					   send */
	unsigned full;			/* atomic flag: a write found no room;
					   signal once when there is room */
	unsigned by_task, by_call;	/* atomic flags: `work` is queued,
					   `call` is queued */
	struct task_work work;
	struct work call;
	/* [tree_lock] the owner; task and process are referenced */
	int type, pgid;
	struct task *task;
	struct process *process;
	unsigned uid, euid;		/* [tree_lock] ids of the task that set
					   the owner */
	int signo;			/* [tree_lock] 0: SIGIO without si_fd */
};

/* Serializes changes of the hooks and of file->async. */
static struct mutex async_mutex = {
	.wait = WAIT_QUEUE_INIT(async_mutex.wait), .name = "async",
};

void async_put(struct async *a)
{
	if (!ref_put(&a->refs))
		return;
	if (a->task)
		task_put(a->task);
	if (a->process)
		process_put(a->process);
	kfree(a);
}

struct async *async_get(struct async *a)
{
	ref_get(&a->refs);
	return a;
}

/* ---- sending ------------------------------------------------------------- */

/*
 * True if the task that set the owner may send signals to t.
 * Context: [tree_lock].
 */
static bool permitted(const struct async *a, const struct task *t)
{
	const struct cred *c = t->cred;

	spin_must_hold(&tree_lock);
	return a->euid == 0 || a->euid == c->suid || a->euid == c->uid ||
		a->uid == c->suid || a->uid == c->uid;
}

/*
 * Return: the si_code for event `tell`; SI_SIGIO if the codes of signo have
 * other meanings.
 */
static int code_for(int signo, int tell)
{
	switch (signo) {
	case SIGILL: case SIGFPE: case SIGSEGV: case SIGBUS: case SIGTRAP:
	case SIGCHLD: case SIGSYS:
		return SI_SIGIO;
	}
	return tell;
}

/* Context: [tree_lock]. */
static int send_to(struct process *p, struct task *t,
		   const struct siginfo *info)
{
	return t ? signal_send_task_locked(t, info) :
		signal_send_process_locked(p, info);
}

/* Send a signal to t, or, if t is NULL, to process p.  Context: [tree_lock]. */
static void async_tell_one(const struct async *a, struct process *p,
			   struct task *t, int tell, int fd)
{
	static const int bands[TELLS] = {
		[TELL_IN] = POLLIN | POLLRDNORM,
		[TELL_OUT] = POLLOUT | POLLWRNORM | POLLWRBAND,
		[TELL_MSG] = POLLIN | POLLRDNORM | POLLMSG,
		[TELL_PRI] = POLLPRI | POLLRDBAND,
		[TELL_HUP] = POLLHUP | POLLERR,
	};
	struct siginfo info = { .signo = a->signo };

	spin_must_hold(&tree_lock);
	if (process_ended(p) || !permitted(a, t ?: p->leader))
		return;
	if (a->signo) {
		info.code = code_for(a->signo, tell);
		info.band = bands[tell];
		info.fd = fd;
		if (!send_to(p, t, &info))
			return;
	}
	info = (struct siginfo){ .signo = SIGIO, .code = SI_KERNEL };
	send_to(p, t, &info);
}

/* Send a signal to the owner.  Context: [tree_lock]. */
static void tell_owner(const struct async *a, int tell, int fd)
{
	struct list *members;
	struct process *p;

	spin_must_hold(&tree_lock);
	if (a->task && !(HINT(a->task->flags) & TF_EXITING))
		async_tell_one(a, a->task->process, a->task, tell, fd);
	if (a->process)
		async_tell_one(a, a->process, NULL, tell, fd);
	if (!a->pgid)
		return;
	members = group_members(a->pgid);
	list_for_each(p, members, group_link)
		async_tell_one(a, p, NULL, tell, fd);
}

static void send_due(struct async *a)
{
	unsigned due = __atomic_exchange_n(&a->due, 0, __ATOMIC_SEQ_CST);

	spin_lock(&tree_lock);
	for (int tell = 1; tell < TELLS; tell++)
		if (due & 1u << tell)
			tell_owner(a, tell, HINT(a->fd));
	spin_unlock(&tree_lock);
}

void async_message(const struct async *a, int fd)
{
	spin_lock(&tree_lock);
	tell_owner(a, TELL_MSG, fd);
	spin_unlock(&tree_lock);
}

static void send_by_task(struct task_work *w)
{
	struct async *a = container_of(w, struct async, work);

	__atomic_store_n(&a->by_task, 0, __ATOMIC_SEQ_CST);
	send_due(a);
	async_put(a);
}

static void send_by_call(struct work *w)
{
	struct async *a = container_of(w, struct async, call);

	__atomic_store_n(&a->by_call, 0, __ATOMIC_SEQ_CST);
	send_due(a);
	async_put(a);
}

static bool async_claim(unsigned *sender)
{
	return !__atomic_exchange_n(sender, 1u, __ATOMIC_SEQ_CST);
}

/* Queue an event for sending.  Context: any. */
static void make_due(struct async *a, int tell)
{
	__atomic_fetch_or(&a->due, 1u << tell, __ATOMIC_SEQ_CST);
	if (async_claim(&a->by_task)) {
		ref_get(&a->refs);
		if (task_work_add(current, &a->work)) {
			__atomic_store_n(&a->by_task, 0, __ATOMIC_SEQ_CST);
			(void)ref_put(&a->refs);	/* not the last
							   reference */
		}
	}
	if (async_claim(&a->by_call)) {
		ref_get(&a->refs);
		queue_work(system_workqueue, &a->call);
	}
}

/* Return: the event to report for a wake-up with this key; 0: none. */
static int worth_telling(struct async *a, unsigned key)
{
	bool in = key & (POLLIN | POLLRDNORM), out = key & POLLOUT;

	if (a->kind == S_IFIFO)
		return in && a->mode & FMODE_READ ? TELL_IN :
			out && a->mode & FMODE_WRITE ? TELL_OUT : 0;
	if (key & POLLHUP)
		return in && a->kind == S_IFSOCK ? TELL_HUP : 0;
	if (key & POLLPRI)
		return TELL_PRI;
	if (in)
		return TELL_IN;
	return out && __atomic_exchange_n(&a->full, 0, __ATOMIC_SEQ_CST) ?
		TELL_OUT : 0;
}

static bool async_hook_wake(struct wait_entry *w, unsigned long key)
{
	struct async *a = container_of(w, struct async_hook, wait)->async;
	int tell = worth_telling(a, (unsigned)key);

	if (tell)
		make_due(a, tell);
	return false;
}

void async_full(struct file *f)
{
	struct async *a = READ_ONCE(f->async);

	if (a)
		__atomic_store_n(&a->full, 1, __ATOMIC_SEQ_CST);
}

/* ---- on and off ---------------------------------------------------------- */

static void hook_queue(struct poll_table *t, struct wait_queue *q)
{
	struct async *a = container_of(t, struct async, table);
	struct async_hook *h;

	ASSERT(a->nr_hooks < HOOKS);	/* no file has more queues */
	h = &a->hook[a->nr_hooks++];
	wait_entry_init(&h->wait);
	h->wait.wake = async_hook_wake;
	h->queue = q;
	h->async = a;
	wait_add(q, &h->wait);
}

/*
 * Get f->async, creating it if necessary.
 * Context: [async_mutex].  Return: NULL: no memory.
 */
static struct async *async_of(struct file *f)
{
	struct async *a = f->async;

	mutex_must_hold(&async_mutex);
	if (a)
		return a;
	a = kzalloc(sizeof(*a));
	if (!a)
		return NULL;
	ref_init(&a->refs);
	a->table.queue = hook_queue;
	a->kind = f->inode->mode & S_IFMT;
	a->mode = f->mode;
	a->work.fn = send_by_task;
	work_init(&a->call, send_by_call);
	WRITE_ONCE(f->async, a);
	file_set_hook(f, HOOK_ASYNC);
	return a;
}

/*
 * Get f->async, creating it if necessary.
 * Context: no lock.  Return: f->async, valid while f is open; NULL: no memory.
 */
static struct async *async_make(struct file *f)
{
	struct async *a;

	mutex_lock(&async_mutex);
	a = async_of(f);
	mutex_unlock(&async_mutex);
	return a;
}

static void async_unhook(struct async *a)
{
	while (a->nr_hooks) {
		struct async_hook *h = &a->hook[--a->nr_hooks];

		wait_remove(h->queue, &h->wait);
	}
}

static void hook(struct file *f, int fd)
{
	struct async *a = f->async;

	a->fd = fd;
	if (a->nr_hooks)
		return;
	if (!(f->ops->poll(f, &a->table) & POLLOUT))
		async_full(f);
}

/* Give f the default owner for its file type, unless f has an owner. */
static void own_first(struct file *f)
{
	struct file_owner o = { F_OWNER_PGRP,
		pid_shown(f->ops->async_owner(f)) };
	struct async *a = async_own(f, &o);

	if (a)
		async_put(a);
}

static int async_set(int fd, struct file *f, bool on)
{
	struct async *a;
	int err = 0;

	if (!f->ops->sends_sigio)
		return -ENOTTY;
	mutex_lock(&async_mutex);
	a = on ? async_of(f) : f->async;
	if (on && !a) {
		err = -ENOMEM;
	} else if (on) {
		hook(f, fd);
		f->flags |= O_ASYNC;
	} else {
		f->flags &= ~(unsigned)O_ASYNC;
		if (a)
			async_unhook(a);
	}
	mutex_unlock(&async_mutex);
	if (!err && on && f->ops->async_owner)
		own_first(f);
	return err;
}

static void async_release(struct file *f)
{
	async_unhook(f->async);
	async_put(f->async);
}

/* ---- the owner ----------------------------------------------------------- */

/*
 * Set the owner to task *t, process *p or a group, as o->type says.
 * Context: [tree_lock].
 * Return: the previous owner in *t and *p; the caller drops its references.
 */
static void owner_store(struct async *a, const struct file_owner *o,
			struct task **t, struct process **p)
{
	struct task *task = o->type == F_OWNER_TID ? *t : NULL;
	struct process *process = o->type == F_OWNER_PID ? *p : NULL;

	spin_must_hold(&tree_lock);
	*t = a->task;
	*p = a->process;
	a->type = o->type;
	a->pgid = o->type == F_OWNER_PGRP ? pid_meant(o->id) : 0;
	a->task = task;
	a->process = process;
	if (task)
		task_get(task);
	if (process)
		process_get(process);
	a->uid = current->cred->uid;
	a->euid = current->cred->euid;
}

/* Context: [tree_lock]. */
static bool group_exists(int pgid)
{
	spin_must_hold(&tree_lock);
	return !list_empty(group_members(pgid));
}

int async_set_owner_ex(struct file *f, const struct file_owner *o)
{
	struct process *p = NULL;
	struct task *t = NULL;
	struct async *a;
	int err = -ESRCH;

	if (o->type < F_OWNER_TID || o->type > F_OWNER_PGRP)
		return -EINVAL;
	a = async_make(f);
	if (!a)
		return -ENOMEM;
	spin_lock(&tree_lock);
	if (o->id > 0) {
		t = task_find(o->id);
		p = process_find(o->id);
	}
	/*
	 * as on Linux any id in use is accepted, even if it does not fit
	 * o->type
	 */
	if (!o->id || t || p || (o->id > 0 && group_exists(pid_meant(o->id)))) {
		owner_store(a, o, &t, &p);
		err = 0;
	}
	spin_unlock(&tree_lock);
	if (!err && t)
		task_put(t);
	if (!err && p)
		process_put(p);
	return err;
}

struct async *async_own(struct file *f, const struct file_owner *o)
{
	struct file_owner self = { F_OWNER_PID, current->process->vpid };

	if (!async_owner(f).id && async_set_owner_ex(f, o->id ? o : &self))
		return NULL;
	ref_get(&f->async->refs);
	return f->async;
}

int async_set_owner(struct file *f, int who)
{
	struct file_owner o = { F_OWNER_PID, who };

	if (who == (int)0x80000000u)
		return -EINVAL;
	if (who < 0)
		o = (struct file_owner){ F_OWNER_PGRP, -who };
	return async_set_owner_ex(f, &o);
}

struct file_owner async_owner(struct file *f)
{
	struct async *a = READ_ONCE(f->async);
	struct file_owner o = { F_OWNER_TID, 0 };

	if (!a)
		return o;
	spin_lock(&tree_lock);
	o.type = a->type;
	if (a->task && task_at(a->task->tid) == a->task)
		o.id = pid_shown(a->task->tid);
	else if (a->process && !a->process->reaped)
		o.id = pid_shown(a->process->pid);
	else if (a->pgid && group_exists(a->pgid))
		o.id = pid_shown(a->pgid);
	spin_unlock(&tree_lock);
	return o;
}

void async_owner_uids(struct file *f, u32 ids[2])
{
	struct async *a = READ_ONCE(f->async);

	ids[0] = ids[1] = 0;
	if (!a)
		return;
	spin_lock(&tree_lock);
	ids[0] = id_map(UID_KNOWN, a->uid, current->cred->space);
	ids[1] = id_map(UID_KNOWN, a->euid, current->cred->space);
	spin_unlock(&tree_lock);
}

int async_owner_word(struct file *f)
{
	struct file_owner o = async_owner(f);

	return o.type == F_OWNER_PGRP ? -o.id : o.id;
}

int async_set_signal(struct file *f, unsigned long signo)
{
	struct async *a;

	if (signo > NSIG)
		return -EINVAL;
	a = async_make(f);
	if (!a)
		return -ENOMEM;
	spin_lock(&tree_lock);
	a->signo = (int)signo;
	spin_unlock(&tree_lock);
	return 0;
}

int async_signal(struct file *f)
{
	struct async *a = READ_ONCE(f->async);

	return a ? HINT(a->signo) : 0;
}

FILE_HOOKS(file_hooks) = {
	{ .bit = HOOK_ASYNC, .end = async_release, .full = async_full,
	  .set_async = async_set },
};
