/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores (row D10, CLONE_SYSVSEM): sets of counters, several of
 * which change in one atomic operation.  A task that cannot proceed leaves its
 * operations in the queue of the set.  Any task that changes the set then
 * performs the queued operations that have become possible, in order of
 * arrival.
 *
 * Adjustments for SEM_UNDO are kept in a list that several tasks may share.
 * The adjustments are applied when the last of these tasks exits.
 *
 * Invariant: everything changes under sem_lock.
 */
#include "sem.h"
#include <kernel/cred/cred.h>
#include <kernel/lock/lock.h>
#include <kernel/process/oom.h>
#include <kernel/task/part.h>
#include <kernel/process/process.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

static struct mutex sem_lock = {
	.wait = WAIT_QUEUE_INIT(sem_lock.wait), .name = "semaphores",
};

/* proc_sys_kernel(5): four numbers in one file. */
SYSCTL_NUMBERS(numbers) = {
	{ "kernel/sem", &ipc_first.semmsl, 0, 0x7fffffff, ipc_word },
	{ NULL, &ipc_first.semmns, 0, 0x7fffffff, ipc_word },
	{ NULL, &ipc_first.semopm, 0, 0x7fffffff, ipc_word },
	{ NULL, &ipc_first.sem.most, 0, IPC_MAX, ipc_word },
	{ "kernel/sem_next_id", &ipc_first.sem.next_id, 0, 0x7fffffff,
	  ipc_word, ipc_restorer, 0444 },
};

static unsigned used_sems;		/* [sem_lock] of all namespaces */

void sem_enter(void)
{
	mutex_lock(&sem_lock);
}

void sem_leave(void)
{
	mutex_unlock(&sem_lock);
}

/* ---- semget -------------------------------------------------------------- */

static long sem_create(int key, int n, unsigned mode)
{
	struct ipc_space *in = ipc_space();
	struct sem_set *s;
	size_t size;
	int id;

	if (n == 0)
		return -EINVAL;
	if (in->sems + (unsigned)n > READ_ONCE(in->semmns))
		return -ENOSPC;
	/* root may have set a limit for which the size overflows */
	if (__builtin_mul_overflow((size_t)n, sizeof(s->sem[0]), &size) ||
	    __builtin_add_overflow(size, sizeof(*s), &size))
		return -ENOMEM;
	if (!ipc_fits((u64)size + (u64)used_sems * sizeof(s->sem[0])))
		return -ENOMEM;
	s = kzalloc(size);
	if (!s)
		return -ENOMEM;
	s->n = (unsigned)n;
	list_init(&s->pending);
	list_init(&s->undos);
	id = ipc_add(&in->sem, &s->ipc, key, mode);
	if (id < 0) {
		kfree(s);
		return id;
	}
	in->sems += (unsigned)n;
	used_sems += (unsigned)n;
	return id;
}

static long sem_get(int key, int n, unsigned flags)
{
	struct sem_set *s;
	void *found;
	int err = ipc_look_up(&ipc_space()->sem, key, flags, &found);

	if (err)
		return err;
	s = found;
	if (!s)
		return sem_create(key, n, flags);
	if ((unsigned)n > s->n)
		return -EINVAL;
	return ipc_allowed(&s->ipc, flags) ? s->ipc.id : -EACCES;
}

long sys_semget(int key, int n, int flags)
{
	long id;

	if (n < 0 || (unsigned)n > READ_ONCE(ipc_space()->semmsl))
		return -EINVAL;
	mutex_lock(&sem_lock);
	id = sem_get(key, n, (unsigned)flags);
	mutex_unlock(&sem_lock);
	return id;
}

/* ---- operations; [sem_lock] ---------------------------------------------- */

#define BLOCKED 1

static void sem_take_back(struct sem_set *s, const struct sem_request *r,
			  unsigned n)
{
	while (n--) {
		const struct sembuf *op = &r->ops[n];

		s->sem[op->num].value -= op->op;
		if (op->flags & SEM_UNDO)
			r->undo->adjust[op->num] += op->op;
	}
}

/*
 * Apply one operation.
 * Return: 0; BLOCKED or -ERANGE with nothing changed.
 */
static int sem_apply(struct sem_set *s, const struct sem_request *r,
		     const struct sembuf *op)
{
	int value = s->sem[op->num].value + op->op, adjust;

	if (op->op == 0)
		return s->sem[op->num].value ? BLOCKED : 0;
	if (value < 0)
		return BLOCKED;
	if (value > SEMVMX)
		return -ERANGE;
	if (op->flags & SEM_UNDO) {
		adjust = r->undo->adjust[op->num] - op->op;
		if (adjust < -SEMVMX - 1 || adjust > SEMVMX)
			return -ERANGE;
		r->undo->adjust[op->num] = (s16)adjust;
	}
	s->sem[op->num].value = value;
	return 0;
}

/* Perform all operations or none.  Return: 0, BLOCKED, -EAGAIN or -ERANGE. */
static int perform(struct sem_set *s, struct sem_request *r)
{
	int result = 0;
	unsigned i;

	for (i = 0; i < r->n && !result; i++)
		result = sem_apply(s, r, &r->ops[i]);
	if (result) {
		i--;
		r->blocker = i;
		sem_take_back(s, r, i);
		if (result == BLOCKED && r->ops[i].flags & IPC_NOWAIT)
			result = -EAGAIN;
		return result;
	}
	for (i = 0; i < r->n; i++)
		s->sem[r->ops[i].num].pid = r->pid;
	s->otime = realtime_from(arch_clock());
	return 0;
}

static void sem_answer(struct sem_request *r, int result)
{
	list_remove(&r->link);
	r->result = result;
	WRITE_ONCE(r->done, true);
	wake_up(&r->wait);
}

/* Perform queued requests that are possible now; each may enable others. */
static void sem_serve(struct sem_set *s)
{
	struct sem_request *r, *next;
	bool again;

	do {
		again = false;
		list_for_each_safe(r, next, &s->pending, link) {
			int result = perform(s, r);

			if (result == BLOCKED)
				continue;
			sem_answer(r, result);
			if (!result) {
				again = true;
				break;
			}
		}
	} while (again);
}

void sem_changed(struct sem_set *s)
{
	s->ipc.ctime = realtime_from(arch_clock());
	sem_serve(s);
}

unsigned sem_waiting(const struct sem_set *s, unsigned num, bool zero)
{
	const struct sem_request *r;
	unsigned count = 0;

	list_for_each(r, &s->pending, link) {
		const struct sembuf *op = &r->ops[r->blocker];

		count += op->num == num && (op->op == 0) == zero;
	}
	return count;
}

/* ---- undo ---------------------------------------------------------------- */

static size_t undo_size(const struct sem_set *s)
{
	return sizeof(struct sem_undo) + s->n * sizeof(s16);
}

static void undo_free(struct sem_undo *u)
{
	u->list->bytes -= undo_size(u->set);
	list_remove(&u->of_set);
	list_remove(&u->of_list);
	kfree(u);
}

static unsigned undo_at;

/*
 * Return: the slot of t's list, which holds NULL if there is nothing to undo.
 * Context: called by t itself, except in sem_copy() and undo_bytes().
 */
static struct sem_undo_list **list_of(struct task *t)
{
	return (struct sem_undo_list **)task_slot(t, undo_at);
}

static struct sem_undo_list *my_list(void)
{
	struct sem_undo_list *l = *list_of(current);

	if (!l) {
		l = kzalloc(sizeof(*l));
		if (!l)
			return NULL;
		ref_init(&l->refs);
		list_init(&l->undos);
		*list_of(current) = l;
	}
	return l;
}

/*
 * Find or create the adjustments of the caller's list for s.
 * Return: NULL: no memory.
 */
static struct sem_undo *my_undo(struct sem_set *s)
{
	struct sem_undo_list *l = my_list();
	struct sem_undo *u;

	if (!l)
		return NULL;
	list_for_each(u, &l->undos, of_list)
		if (u->set == s)
			return u;
	u = kzalloc(undo_size(s));
	if (!u)
		return NULL;
	u->set = s;
	u->list = l;
	l->bytes += undo_size(s);
	list_append(&l->undos, &u->of_list);
	list_append(&s->undos, &u->of_set);
	return u;
}

void sem_forget(struct sem_set *s, unsigned first, unsigned n)
{
	struct sem_undo *u;

	list_for_each(u, &s->undos, of_set)
		for (unsigned i = first; i < first + n; i++)
			u->adjust[i] = 0;
}

/* Apply adjustments; values are limited to the range from 0 to SEMVMX. */
static void undo(struct sem_undo *u)
{
	struct sem_set *s = u->set;
	bool any = false;

	for (unsigned i = 0; i < s->n; i++) {
		if (!u->adjust[i])
			continue;
		any = true;
		s->sem[i].value += u->adjust[i];
		s->sem[i].value = max(0, min(s->sem[i].value, SEMVMX));
		s->sem[i].pid = current->process->pid;
	}
	undo_free(u);
	if (any) {
		s->otime = realtime_from(arch_clock());
		sem_serve(s);
	}
}

/*
 * With CLONE_SYSVSEM the child shares the list, which is created if necessary;
 * otherwise nothing is inherited.
 */
static int sem_copy(struct task *child, u64 flags)
{
	struct sem_undo_list *l;

	if (!(flags & CLONE_SYSVSEM))
		return 0;
	l = my_list();
	if (!l)
		return -ENOMEM;
	ref_get(&l->refs);
	*list_of(child) = l;
	return 0;
}

/* Apply and free a list after its last task has left it. */
static __noinline void undo_all(struct sem_undo_list *l)
{
	struct sem_undo *u, *next;

	/* wait for undo_bytes(), which may be reading l under this lock */
	spin_lock(&tree_lock);
	spin_unlock(&tree_lock);
	mutex_lock(&sem_lock);
	list_for_each_safe(u, next, &l->undos, of_list)
		undo(u);
	mutex_unlock(&sem_lock);
	kfree(l);
}

static void sem_exit(struct task *t)
{
	struct sem_undo_list *l = *list_of(t);

	WRITE_ONCE(*list_of(t), NULL);
	if (ref_put(&l->refs))
		undo_all(l);
}

/* Context: [tree_lock].  While a task exits, the list may have 0 references. */
static unsigned long undo_bytes(struct task *t)
{
	const struct sem_undo_list *l = HINT(*list_of(t));
	unsigned nr = l ? (unsigned)ref_read(&l->refs) : 0;

	return nr ? HINT(l->bytes) / nr : 0;
}

static const struct task_part part[] __table(task_part) = {
	{ .at = &undo_at, .flag = CLONE_SYSVSEM, .kcmp = KCMP_SYSVSEM,
	  .copy = sem_copy, .exit = sem_exit, .pins = undo_bytes },
};

/* ---- semop --------------------------------------------------------------- */

void sem_remove(struct sem_set *s)
{
	struct sem_request *r, *next;
	struct sem_undo *u, *after;

	list_for_each_safe(r, next, &s->pending, link)
		sem_answer(r, -EIDRM);
	list_for_each_safe(u, after, &s->undos, of_set)
		undo_free(u);
	ipc_remove(&s->ipc.space->sem, &s->ipc);
	s->ipc.space->sems -= s->n;
	used_sems -= s->n;
	kfree(s);
}

void sem_space_clear(struct ipc_space *n)
{
	struct sem_set *s;
	int at = 0;

	mutex_lock(&sem_lock);
	while ((s = ipc_next(&n->sem, &at)) != NULL)
		sem_remove(s);
	mutex_unlock(&sem_lock);
	idr_shrink(&n->sem.idr);
}

/*
 * Perform or queue a request.
 * Return: 0: done; BLOCKED: r is queued; -errno.
 */
static int sem_begin(int id, struct sem_request *r)
{
	bool alters = false, undoes = false;
	struct sem_set *s;
	unsigned most = 0;
	int err;

	for (unsigned i = 0; i < r->n; i++) {
		alters |= r->ops[i].op != 0;
		undoes |= r->ops[i].flags & SEM_UNDO;
		most = max(most, (unsigned)r->ops[i].num);
	}
	s = ipc_find(&ipc_space()->sem, id, 0, &err);
	if (!s)
		return err;
	if (most >= s->n)
		return -EFBIG;
	if (!ipc_allowed(&s->ipc, alters ? 0222 : 0444))
		return -EACCES;
	if (undoes) {
		r->undo = my_undo(s);
		if (!r->undo)
			return -ENOMEM;
	}
	err = perform(s, r);
	if (err == BLOCKED)
		list_append(&s->pending, &r->link);
	else if (!err && alters)
		sem_serve(s);
	return err;
}

/* Wait until another task has performed r.  Return: its result. */
static int sem_wait_for(struct sem_request *r, ktime_t deadline)
{
	int err = wait_event_deadline(&r->wait, READ_ONCE(r->done), deadline);

	/* once we have the lock, the waker has finished with r */
	mutex_lock(&sem_lock);
	if (!r->done) {
		list_remove(&r->link);
		r->result = err == -ETIMEDOUT ? -EAGAIN : -EINTR;
	}
	mutex_unlock(&sem_lock);
	return r->result;
}

/* Perform r, waiting if necessary; the caller frees r->ops. */
static int perform_all(int id, struct sem_request *r,
		       const struct timespec64 *timeout)
{
	ktime_t deadline = 0;
	int result;

	if (id < 0)
		return -EINVAL;
	if (timeout) {
		if (timeout->sec < 0 || (u64)timeout->nsec >= NSEC_PER_SEC)
			return -EINVAL;
		deadline = ktime_after(arch_clock(), timespec_ns(timeout));
	}
	mutex_lock(&sem_lock);
	result = sem_begin(id, r);
	mutex_unlock(&sem_lock);
	return result == BLOCKED ? sem_wait_for(r, deadline) : result;
}

static long operate(int id, uaddr_t ops, unsigned n,
		    const struct timespec64 *timeout)
{
	struct sem_request r = { .n = n, .pid = current->process->pid };
	size_t size;
	int result;

	if (n > READ_ONCE(ipc_space()->semopm))
		return -E2BIG;
	if (n < 1)
		return -EINVAL;
	if (__builtin_mul_overflow((size_t)n, sizeof(r.ops[0]), &size))
		return -ENOMEM;
	r.ops = kmalloc(size);
	if (!r.ops)
		return -ENOMEM;
	wait_queue_init(&r.wait);
	result = copy_from_user(r.ops, ops, size);
	if (!result)
		result = perform_all(id, &r, timeout);
	kfree(r.ops);
	return result;
}

long sys_semop(int id, uaddr_t ops, unsigned n)
{
	return operate(id, ops, n, NULL);
}

static long sem_timed(int id, uaddr_t ops, unsigned n, uaddr_t timeout,
		      bool word)
{
	struct timespec64 ts;

	if (!timeout)
		return operate(id, ops, n, NULL);
	if (timespec_get_raw(&ts, timeout, word))
		return -EFAULT;
	return operate(id, ops, n, &ts);
}

long sys_semtimedop(int id, uaddr_t ops, unsigned n, uaddr_t timeout)
{
	return sem_timed(id, ops, n, timeout, false);
}

long sys_semtimedop_time32(int id, uaddr_t ops, unsigned n, uaddr_t timeout)
{
	return sem_timed(id, ops, n, timeout, true);
}
