/* SPDX-License-Identifier: MIT */
/*
 * Deferred work (row B1), besides the task work of <kernel/task/work.h>:
 * - work queues, run by a kernel thread, which may sleep;
 * - deferred procedure calls, run soon after the interrupt that queued
 *   them, at IPL_SOFT, with interrupts on.
 * Neither allocates memory: the caller embeds the work in its own structure.
 */
#ifndef TOPICS_KTHREADS_WORKQUEUE_H
#define TOPICS_KTHREADS_WORKQUEUE_H

#include <kernel/time/time.h>
#include <kernel/wait/wait.h>

/* ---- work queues --------------------------------------------------------- */

struct workqueue;

struct work {
	struct list link;		/* [queue's lock] */
	/* const; may sleep, may queue the work again */
	void (*fn)(struct work *);
	/* [wq->lock] the queue that the work was last on */
	struct workqueue *wq;
	bool pending;			/* [queue's lock] */
};

struct workqueue {
	struct spinlock lock;		/* IPL_HIGH */
	struct list works;		/* [lock] */
	/* [lock] the work that runs; NULL: none */
	struct work *running;
	struct wait_queue wait;		/* the thread waits here for works */
	struct wait_queue flush; /* flushers wait here for the end of a work */
	struct task *thread;		/* const */
};

#define WORK_INIT(w, f) { .link = LIST_INIT((w).link), .fn = (f) }
void work_init(struct work *w, void (*fn)(struct work *));

/*
 * Create a queue with a thread of its own.
 * Context: may sleep.
 * Return: NULL: no memory.
 */
struct workqueue *workqueue_create(const char *name);
/* Destroy a queue, after running all its works.  Context: may sleep. */
void workqueue_destroy(struct workqueue *wq);
/* The common queue, for short and rare works. */
extern struct workqueue *system_workqueue;	/* const after boot */

/* Queue w.  Context: any.  Return: false: w is queued already. */
bool queue_work(struct workqueue *wq, struct work *w);
/*
 * Remove w from its queue; if w is running already, it continues.
 * Return: true: w was queued and will not run.
 */
bool cancel_work(struct work *w);
/* Wait until w is neither queued nor running.  Context: may sleep, not in w. */
void flush_work(struct work *w);
/*
 * Wait for all works queued before.  Context: may sleep, not in a work of wq.
 */
void flush_workqueue(struct workqueue *wq);

struct delayed_work {
	struct work work;
	struct timer timer;
	struct workqueue *wq;		/* const while armed */
};

void delayed_work_init(struct delayed_work *d, void (*fn)(struct work *));
/*
 * Queue d after ns nanoseconds; this replaces an earlier time.  Context: any.
 */
void queue_delayed_work(struct workqueue *wq, struct delayed_work *d, u64 ns);
/* Cancel d.  Return: true: d will not run. */
bool cancel_delayed_work(struct delayed_work *d);

/* ---- deferred procedure calls -------------------------------------------- */

struct dpc {
	struct list link;		/* [dpc_lock] */
	/* const; runs at IPL_SOFT: must not sleep */
	void (*fn)(struct dpc *);
	bool queued;			/* [dpc_lock] set until fn begins */
};

void dpc_init(struct dpc *d, void (*fn)(struct dpc *));
/* Queue d.  Context: any.  Return: false: d is queued already. */
bool dpc_queue(struct dpc *d);

#endif
