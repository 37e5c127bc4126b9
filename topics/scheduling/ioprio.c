/* SPDX-License-Identifier: MIT */
/*
 * ioprio_get(2), ioprio_set(2): the priority of a task's I/O requests (row D10,
 * CLONE_IO).  The priority is kept in an I/O context, which tasks may share.  A
 * task has a context only after a priority was set for it or for the task that
 * created it.  Requests are served in order here, so only these calls use the
 * priority.
 */
#include "schedpolicy.h"
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <kernel/sched/tasks.h>
#include <kernel/process/process.h>
#include <mm/frames/slab.h>
#include <syscalls.h>
#include <uapi/sched.h>

/* A priority is a class and 13 bits, of which the lowest three are a level. */
enum { CLASS_NONE, CLASS_RT, CLASS_BE, CLASS_IDLE };
#define CLASS_SHIFT	13
#define LEVELS		8
#define CLASS_OF(prio)	((unsigned)(prio) >> CLASS_SHIFT & 7)
#define LEVEL_OF(prio)	((unsigned)(prio) & (LEVELS - 1))

enum { WHO_PROCESS = 1, WHO_PGRP, WHO_USER };

struct io_context {
	ref_t refs;			/* one per task */
	int prio;			/* read and written without a lock */
};

static unsigned io_at;

/*
 * Return: the place of the pointer to t's context.  The pointer is NULL if no
 * priority was set.  Context: [tree_lock].
 */
static struct io_context **io_of(struct task *t)
{
	return (struct io_context **)task_slot(t, io_at);
}

static struct io_context *context_create(int prio)
{
	struct io_context *io = kmalloc(sizeof(*io));

	if (io) {
		ref_init(&io->refs);
		io->prio = prio;
	}
	return io;
}

/* Share the context with the child (CLONE_IO), or copy it. */
static int io_copy(struct task *child, u64 flags)
{
	struct io_context *io = *io_of(current);

	if (!io)
		return 0;
	if (flags & CLONE_IO)
		ref_get(&io->refs);
	else
		io = context_create(READ_ONCE(io->prio));
	*io_of(child) = io;
	return io ? 0 : -ENOMEM;
}

static void io_free(struct task *t)
{
	struct io_context *io = *io_of(t);

	if (ref_put(&io->refs))
		kfree(io);
}

static const struct task_part part[] __table(task_part) = {
	{ .at = &io_at, .flag = CLONE_IO, .kcmp = KCMP_IO, .copy = io_copy,
	  .free = io_free },
};

/* ---- selecting tasks ----------------------------------------------------- */

/* IOPRIO_WHO_ values begin with 1, but the PRIO_ values of nice with 0. */
static struct task *ioprio_select_next(int which, int who, int *next)
{
	return sched_select_next(which - WHO_PROCESS, who, next);
}

/* ---- ioprio_get ---------------------------------------------------------- */

/* Return: the class that corresponds to t's policy. */
static int natural_class(const struct task *t)
{
	switch (HINT(t->policy)) {
	case SCHED_FIFO:
	case SCHED_RR:
		return CLASS_RT;
	case SCHED_IDLE:
		return CLASS_IDLE;
	}
	return CLASS_BE;
}

/* Return: the priority that was set; 0: none.  Context: [tree_lock]. */
static int ioprio_own(struct task *t)
{
	struct io_context *io = *io_of(t);

	return io ? READ_ONCE(io->prio) : 0;
}

/*
 * Return: the priority; if none was set, one derived from policy and nice
 * value.
 */
static int effective(struct task *t)
{
	int prio = ioprio_own(t);

	if (CLASS_OF(prio) != CLASS_NONE)
		return prio;
	return natural_class(t) << CLASS_SHIFT | (HINT(t->nice) + 20) / 5;
}

long sys_ioprio_get(int which, int who)
{
	struct task *t;
	int best = -ESRCH, prio;

	if (which < WHO_PROCESS || which > WHO_USER)
		return -EINVAL;
	for (int next = 0; next != SELECT_END; ) {
		spin_lock(&tree_lock);
		t = ioprio_select_next(which, who, &next);
		if (t) {
			prio = which == WHO_PROCESS ? ioprio_own(t) :
				effective(t);
			best = best < 0 ? prio : min(best, prio);
		}
		spin_unlock(&tree_lock);
	}
	return best;
}

/* ---- ioprio_set ---------------------------------------------------------- */

static int ioprio_check(int prio)
{
	switch (CLASS_OF(prio)) {
	case CLASS_RT:
		return capable(CAP_SYS_ADMIN) || capable(CAP_SYS_NICE) ? 0 :
			-EPERM;
	case CLASS_BE:
	case CLASS_IDLE:
		return 0;
	case CLASS_NONE:
		return LEVEL_OF(prio) ? -EINVAL : 0;
	}
	return -EINVAL;
}

static bool may_set(const struct task *t)
{
	const struct cred *me = current->cred;

	return ((t->cred->uid == me->euid || t->cred->uid == me->uid) &&
		sched_within_caps(t)) || capable(CAP_SYS_NICE);
}

/*
 * Set t's priority.  *spare: an unused context; NULL: t has taken it.
 * Context: [tree_lock].
 * Return: 0; -EPERM.
 */
static int ioprio_set_one(struct task *t, int prio, struct io_context **spare)
{
	spin_must_hold(&tree_lock);
	if (!may_set(t))
		return -EPERM;
	if (HINT(t->flags) & TF_EXITING)
		return 0;		/* t makes no more requests */
	if (*io_of(t)) {
		WRITE_ONCE((*io_of(t))->prio, prio);
		return 0;
	}
	(*spare)->prio = prio;
	WRITE_ONCE(*io_of(t), *spare);
	*spare = NULL;
	return 0;
}

long sys_ioprio_set(int which, int who, int prio)
{
	struct io_context *spare = NULL;
	int err = ioprio_check(prio);
	struct task *t;

	if (err)
		return err;
	if (which < WHO_PROCESS || which > WHO_USER)
		return -EINVAL;
	err = -ESRCH;
	for (int next = 0; next != SELECT_END && (!err || err == -ESRCH); ) {
		if (!spare)
			spare = context_create(0);
		if (!spare)
			return -ENOMEM;
		spin_lock(&tree_lock);
		t = ioprio_select_next(which, who, &next);
		if (t)
			err = ioprio_set_one(t, prio, &spare);
		spin_unlock(&tree_lock);
	}
	kfree(spare);
	return err;
}
