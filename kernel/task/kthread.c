/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads (row D12).  Task 2, kthreadd, creates all but the first two,
 * so that they inherit nothing from the requesting task.  A thread whose
 * function returns ends, unless it has become a process: then it enters user
 * mode.
 */
#define LOG_PREFIX "kthread"
#include <kernel/cred/cred.h>
#include <kernel/task/kthread.h>
#include <kernel/process/process.h>
#include <kernel/task/state.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>

struct request {
	struct list link;
	struct kthread *control;
	const char *name;
	struct task *task;
	struct completion done;
};

static struct spinlock request_lock = SPIN_INIT("kthreadd", IPL_SOFT);
static struct list requests = LIST_INIT(requests);
static struct wait_queue request_wait = WAIT_QUEUE_INIT(request_wait);
static struct task *daemon;
static struct cred *kernel_cred;

/*
 * End the current kernel thread.  No parent waits for it; only kthread_stop()
 * may wait.
 */
void kthread_exit(void)
{
	struct task *t = current;

	t->flags |= TF_EXITING;
	timer_cancel(&t->sleep_timer);
	kthread_ended(t);
	spin_lock(&tree_lock);
	task_unlink(t);
	pid_put(t->tid);
	task_set_state(t, TASK_DEAD);
	spin_unlock(&tree_lock);
	task_put(t);
	schedule();
	panic("a dead task runs");
}

/*
 * The entry point of a thread, on its own stack, with interrupts off.  If the
 * thread has become a process (init), this returns to user mode.
 */
static void kthread_entry(void *arg)
{
	struct kthread *k = arg;

	arch_irq_enable();
	if (!kthread_should_stop())
		k->fn(k->arg);
	if (!current->process)
		kthread_exit();
}

/*
 * Create the task with two references: the tree's and the caller's.  A running
 * task has a third reference, which task_start() takes.
 * Return: NULL: no memory.
 */
static struct task *task_create(struct kthread *k, const char *name)
{
	char comm[TASK_COMM] = { 0 };
	struct task *t;

	str_copy(comm, name, sizeof(comm));
	t = task_alloc(comm);
	if (!t)
		return NULL;
	t->flags = TF_KTHREAD;
	t->cred = kernel_cred;
	cred_get(t->cred);
	t->sighand = sighand_create();
	if (!t->sighand)
		goto fail;
	arch_kthread_init(t, kthread_entry, k);
	spin_lock(&tree_lock);
	t->tid = pid_alloc();
	if (t->tid > 0)
		task_link(t);
	spin_unlock(&tree_lock);
	if (t->tid < 0)
		goto fail;
	t->kthread = k;
	task_get(t);
	return t;
fail:
	task_discard(t);
	return NULL;
}

static struct kthread *control_create(void (*fn)(void *), void *arg)
{
	struct kthread *k = kzalloc(sizeof(*k));

	if (!k)
		return NULL;
	k->fn = fn;
	k->arg = arg;
	wait_queue_init(&k->wait);
	completion_init(&k->parked);
	completion_init(&k->ended);
	return k;
}

/*
 * Let kthreadd create the thread, and wait for it.  Before kthreadd exists, the
 * boot task creates the thread itself.
 * Return: the task with a reference, not yet started; NULL: no memory.
 */
struct task *kthread_create(void (*fn)(void *), void *arg, const char *name)
{
	struct kthread *k = control_create(fn, arg);
	struct request r = { .control = k, .name = name };

	if (!k)
		return NULL;
	if (!daemon) {
		r.task = task_create(k, name);
	} else {
		completion_init(&r.done);
		spin_lock(&request_lock);
		list_append(&requests, &r.link);
		spin_unlock(&request_lock);
		wake_up(&request_wait);
		completion_wait(&r.done);
	}
	if (!r.task)
		kfree(k);
	return r.task;
}

/*
 * Let t run.  Takes the reference that a running task has; task_left_cpu()
 * drops it.
 */
void task_start(struct task *t)
{
	__atomic_fetch_or(&t->kthread->requests, KTHREAD_STARTED,
			  __ATOMIC_RELAXED);
	task_get(t);
	sched_add(t);
}

/* ---- control of threads; the extension kthreads has the rest ------------- */

bool kthread_should_stop(void)
{
	return __atomic_load_n(&current->kthread->requests,
			       __ATOMIC_ACQUIRE) & KTHREAD_STOP;
}

/*
 * Complete `ended`, and also `parked`, so that nobody waits for t to park any
 * more.
 */
void kthread_ended(struct task *t)
{
	complete(&t->kthread->ended);
	complete(&t->kthread->parked);
}

/* ---- kthreadd ------------------------------------------------------------ */

static struct request *next_request(void)
{
	struct request *r = NULL;

	spin_lock(&request_lock);
	if (!list_empty(&requests)) {
		r = list_first(&requests, struct request, link);
		list_remove(&r->link);
	}
	spin_unlock(&request_lock);
	return r;
}

static void kthreadd_main(void *arg __unused)
{
	struct request *r;

	for (;;) {
		wait_event(&request_wait, (r = next_request()) != NULL);
		r->task = task_create(r->control, r->name);
		complete(&r->done);
	}
}

void kthreads_init(void)
{
	struct task *t = kthread_create(kthreadd_main, NULL, "kthreadd");

	if (!t)
		boot_refuse("no memory for kthreadd");
	daemon = t;
	task_start(t);
}

struct task *kthread_create_first(void (*fn)(void *), const char *name)
{
	struct kthread *k = control_create(fn, NULL);

	kernel_cred = cred_create_root();
	if (!k || !kernel_cred)
		boot_refuse("no memory for the first task");
	return task_create(k, name);
}
