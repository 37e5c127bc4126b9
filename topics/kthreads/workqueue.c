/* SPDX-License-Identifier: MIT */
/*
 * Work queues and deferred procedure calls (rows B1, D12): each is a list and a
 * kernel thread.  A work is on at most one list; its `pending` is cleared
 * before it runs, so it may be queued again from then on.  The threads are
 * started at INIT(task); an extension that queues works lists this extension as
 * a dependency.
 */
#include "control.h"
#include "workqueue.h"
#include <kernel/task/kthread.h>
#include <kernel/task/task.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

struct workqueue *system_workqueue;

void work_init(struct work *w, void (*fn)(struct work *))
{
	*w = (struct work)WORK_INIT(*w, fn);
}

/* ---- the thread ---------------------------------------------------------- */

/* Remove the next work and mark it as running.  Return: NULL: none. */
static struct work *take_work(struct workqueue *wq)
{
	struct work *w = NULL;

	spin_lock(&wq->lock);
	if (!list_empty(&wq->works)) {
		w = list_first(&wq->works, struct work, link);
		list_remove(&w->link);
		w->pending = false;
	}
	wq->running = w;
	spin_unlock(&wq->lock);
	return w;
}

/* Run a work, which may free itself: do not touch it after fn. */
static void run_work(struct workqueue *wq, struct work *w)
{
	w->fn(w);
	spin_lock(&wq->lock);
	wq->running = NULL;
	spin_unlock(&wq->lock);
	wake_up(&wq->flush);
}

/*
 * Run the works of a queue.  Each queue has only one thread, so works of a
 * queue never run concurrently.
 */
static void worker(void *arg)
{
	struct workqueue *wq = arg;
	struct work *w;

	for (;;) {
		wait_event(&wq->wait, (w = take_work(wq)) || kthread_called());
		if (w)
			run_work(wq, w);
		else if (kthread_should_stop())
			return;
		else
			kthread_park_here();
	}
}

struct workqueue *workqueue_create(const char *name)
{
	struct workqueue *wq = kzalloc(sizeof(*wq));

	if (!wq)
		return NULL;
	spin_init(&wq->lock, "work queue", IPL_HIGH);
	list_init(&wq->works);
	wait_queue_init(&wq->wait);
	/*
	 * This queue may be woken under the lock of another wait queue
	 * (compat/filelock/async.c): only the worker thread waits here.
	 */
	wq->wait.lock.nests = true;
	wait_queue_init(&wq->flush);
	wq->thread = kthread_create(worker, wq, name);
	if (!wq->thread) {
		kfree(wq);
		return NULL;
	}
	task_start(wq->thread);
	return wq;
}

void workqueue_destroy(struct workqueue *wq)
{
	flush_workqueue(wq);
	kthread_stop(wq->thread);
	task_put(wq->thread);
	ASSERT(list_empty(&wq->works));
	kfree(wq);
}

/* ---- works --------------------------------------------------------------- */

bool queue_work(struct workqueue *wq, struct work *w)
{
	bool added = false;

	spin_lock(&wq->lock);
	if (!w->pending) {
		w->pending = added = true;
		w->wq = wq;
		list_append(&wq->works, &w->link);
	}
	spin_unlock(&wq->lock);
	if (added)
		wake_up(&wq->wait);
	return added;
}

bool cancel_work(struct work *w)
{
	struct workqueue *wq = READ_ONCE(w->wq);
	bool was;

	if (!wq)
		return false;		/* never queued */
	spin_lock(&wq->lock);
	was = w->pending;
	if (was) {
		list_remove(&w->link);
		w->pending = false;
	}
	spin_unlock(&wq->lock);
	if (was)
		wake_up(&wq->flush);
	return was;
}

static bool is_done(struct workqueue *wq, const struct work *w)
{
	bool done;

	spin_lock(&wq->lock);
	done = !w->pending && wq->running != w;
	spin_unlock(&wq->lock);
	return done;
}

void flush_work(struct work *w)
{
	struct workqueue *wq = READ_ONCE(w->wq);

	if (wq)
		wait_event(&wq->flush, is_done(wq, w));
}

struct barrier {
	struct work work;
	struct completion done;
};

static void workqueue_pass(struct work *w)
{
	complete(&container_of(w, struct barrier, work)->done);
}

void flush_workqueue(struct workqueue *wq)
{
	struct barrier b;

	work_init(&b.work, workqueue_pass);
	completion_init(&b.done);
	queue_work(wq, &b.work);
	completion_wait(&b.done);
	flush_work(&b.work);
}

/* ---- delayed ------------------------------------------------------------- */

static void due(struct timer *t)
{
	struct delayed_work *d = container_of(t, struct delayed_work, timer);

	queue_work(d->wq, &d->work);
}

void delayed_work_init(struct delayed_work *d, void (*fn)(struct work *))
{
	work_init(&d->work, fn);
	timer_init(&d->timer, due);
	d->wq = NULL;
}

void queue_delayed_work(struct workqueue *wq, struct delayed_work *d, u64 ns)
{
	timer_cancel(&d->timer);
	d->wq = wq;
	timer_set(&d->timer, arch_clock() + ns);
}

bool cancel_delayed_work(struct delayed_work *d)
{
	bool armed = timer_cancel(&d->timer);

	return cancel_work(&d->work) || armed;
}

/* ---- deferred procedure calls -------------------------------------------- */

static struct spinlock dpc_lock = SPIN_INIT("dpc", IPL_HIGH);
static struct list dpcs = LIST_INIT(dpcs);	/* [dpc_lock] */
static struct wait_queue dpc_wait = WAIT_QUEUE_INIT(dpc_wait);

void dpc_init(struct dpc *d, void (*fn)(struct dpc *))
{
	list_init(&d->link);
	d->fn = fn;
	d->queued = false;
}

bool dpc_queue(struct dpc *d)
{
	bool added = false;

	spin_lock(&dpc_lock);
	if (!d->queued) {
		d->queued = added = true;
		list_append(&dpcs, &d->link);
	}
	spin_unlock(&dpc_lock);
	if (added)
		wake_up(&dpc_wait);
	return added;
}

static struct dpc *next_dpc(void)
{
	struct dpc *d = NULL;

	spin_lock(&dpc_lock);
	if (!list_empty(&dpcs)) {
		d = list_first(&dpcs, struct dpc, link);
		list_remove(&d->link);
		d->queued = false;
	}
	spin_unlock(&dpc_lock);
	return d;
}

static void serve_dpcs(void *arg __unused)
{
	enum ipl old;
	struct dpc *d;

	for (;;) {
		wait_event(&dpc_wait, (d = next_dpc()) != NULL);
		old = ipl_raise(IPL_SOFT);
		d->fn(d);
		ipl_restore(old);
	}
}

static void workqueues_init(void)
{
	struct task *t = kthread_create(serve_dpcs, NULL, "kdpcd");

	system_workqueue = workqueue_create("kworkerd");
	if (!t || !system_workqueue)
		boot_refuse("no memory for kernel threads");
	task_start(t);
	task_put(t);
}

INIT(task, workqueues_init);
