/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of deferred work and of the control of kernel threads (rows B1,
 * D12): work queues, delays, deferred calls, task work, stop and park.
 */
#include "selftest.h"
#include <topics/kthreads/control.h>
#include <topics/kthreads/workqueue.h>
#include <kernel/task/kthread.h>
#include <kernel/task/task.h>
#include <kernel/task/work.h>
#include <lib/mem.h>

#define MS 1000000ull

/* ---- work queues --------------------------------------------------------- */

struct job {
	struct work work;
	unsigned ran, at;
	u64 sleep;
};

static unsigned sequence;
static struct task *ran_in;

static void do_job(struct work *w)
{
	struct job *j = container_of(w, struct job, work);

	if (j->sleep)
		selftest_sleep(j->sleep);
	j->ran++;
	j->at = ++sequence;
	ran_in = current;
}

static void test_queue(void)
{
	struct workqueue *wq = workqueue_create("selftestq");
	static struct job job[3];

	if (!SELFTEST_CHECK(wq != NULL))
		return;
	sequence = 0;
	memset(job, 0, sizeof(job));
	for (unsigned i = 0; i < 3; i++)
		work_init(&job[i].work, do_job);
	job[0].sleep = MS;
	SELFTEST_CHECK(queue_work(wq, &job[0].work));
	selftest_sleep(MS / 4);		/* job 0 runs now, and sleeps */
	SELFTEST_CHECK(queue_work(wq, &job[1].work));
	SELFTEST_CHECK(!queue_work(wq, &job[1].work));
	SELFTEST_CHECK(queue_work(wq, &job[2].work));
	SELFTEST_CHECK(cancel_work(&job[2].work));
	SELFTEST_CHECK(!cancel_work(&job[2].work));
	SELFTEST_CHECK(!cancel_work(&job[0].work));
	SELFTEST_CHECK(job[0].ran == 0);
	flush_work(&job[1].work);
	SELFTEST_CHECK(job[0].at == 1 && job[1].at == 2 && job[1].ran == 1);
	SELFTEST_CHECK(job[2].ran == 0 && ran_in == wq->thread);
	queue_work(wq, &job[1].work);
	flush_workqueue(wq);
	SELFTEST_CHECK(job[1].ran == 2);
	queue_work(wq, &job[0].work);
	workqueue_destroy(wq);		/* first runs queued jobs */
	SELFTEST_CHECK(job[0].ran == 2);
}

static struct {
	struct delayed_work work;
	struct completion done;
	ktime_t at;
} later;

static void note_time(struct work *w __unused)
{
	later.at = arch_clock();
	complete(&later.done);
}

static void test_delayed(void)
{
	ktime_t selftest_start = arch_clock();

	completion_init(&later.done);
	delayed_work_init(&later.work, note_time);
	queue_delayed_work(system_workqueue, &later.work, 100 * MS);
	queue_delayed_work(system_workqueue, &later.work, 2 * MS);
	completion_wait(&later.done);
	SELFTEST_CHECK(later.at - selftest_start >= 2 * MS);
	SELFTEST_CHECK(later.at - selftest_start < 20 * MS);
	flush_work(&later.work.work);
	completion_init(&later.done);
	queue_delayed_work(system_workqueue, &later.work, 2 * MS);
	SELFTEST_CHECK(cancel_delayed_work(&later.work));
	SELFTEST_CHECK(!cancel_delayed_work(&later.work));
	selftest_sleep(4 * MS);
	SELFTEST_CHECK(!later.done.done);
}

/* ---- deferred procedure calls -------------------------------------------- */

static struct {
	struct dpc dpc;
	struct timer timer;
	struct completion done;
	enum ipl ipl;
	bool in_interrupt, queued_twice;
} call;

static void called(struct dpc *d __unused)
{
	call.ipl = current->ipl;
	call.in_interrupt = current->in_interrupt;
	complete(&call.done);
}

static void selftest_interrupt(struct timer *t __unused)
{
	dpc_queue(&call.dpc);
	call.queued_twice = dpc_queue(&call.dpc);
}

static void test_dpc(void)
{
	completion_init(&call.done);
	dpc_init(&call.dpc, called);
	timer_init(&call.timer, selftest_interrupt);
	timer_set(&call.timer, arch_clock() + MS / 2);
	completion_wait(&call.done);
	SELFTEST_CHECK(call.ipl == IPL_SOFT && !call.in_interrupt);
	SELFTEST_CHECK(!call.queued_twice);
}

/* ---- control of kernel threads ------------------------------------------- */

struct subject {
	struct wait_queue q;
	unsigned rounds, wanted;
	bool left;
};

static void selftest_obey(void *arg)
{
	struct subject *s = arg;

	while (!kthread_should_stop()) {
		kthread_park_here();
		wait_event(&s->q, s->rounds != READ_ONCE(s->wanted) ||
			   kthread_called());
		if (s->rounds != s->wanted)
			s->rounds++;
	}
	s->left = true;
}

static struct task *selftest_start(struct subject *s)
{
	struct task *t;

	memset(s, 0, sizeof(*s));
	wait_queue_init(&s->q);
	t = kthread_create(selftest_obey, s, "selftest");
	if (!SELFTEST_CHECK(t != NULL))
		return NULL;
	return t;
}

static void test_stop(void)
{
	static struct subject s;
	struct task *t = selftest_start(&s);

	if (!t)
		return;
	task_start(t);
	s.wanted = 1;
	wake_up(&s.q);
	selftest_sleep(MS);
	SELFTEST_CHECK(s.rounds == 1 && !s.left);
	kthread_stop(t);
	SELFTEST_CHECK(s.left);
	SELFTEST_CHECK(kthread_park(t) == -ESRCH);
	task_put(t);
	/* a thread that is stopped before its start never runs */
	t = selftest_start(&s);
	if (!t)
		return;
	kthread_stop(t);
	SELFTEST_CHECK(!s.left && s.rounds == 0);
	task_put(t);
}

static void test_park(void)
{
	static struct subject s;
	struct task *t = selftest_start(&s);

	if (!t)
		return;
	task_start(t);
	SELFTEST_CHECK(kthread_park(t) == 0);
	selftest_sleep(MS);
	SELFTEST_CHECK(t->state == TASK_PARKED);
	s.wanted = 1;
	wake_up(&s.q);
	selftest_sleep(MS);
	SELFTEST_CHECK(s.rounds == 0);
	kthread_unpark(t);
	selftest_sleep(MS);
	SELFTEST_CHECK(s.rounds == 1 && t->state == TASK_UNINTERRUPTIBLE);
	SELFTEST_CHECK(kthread_park(t) == 0);
	kthread_stop(t);		/* a parked thread sees the stop, too */
	SELFTEST_CHECK(s.left);
	task_put(t);
}

/* A bound thread runs on its CPU, whether bound before or after its start. */
static void test_bind(void)
{
	static struct subject s;
	struct task *t = selftest_start(&s);
	unsigned last = nr_cpus - 1;

	if (!t)
		return;
	SELFTEST_CHECK(kthread_bind(t, nr_cpus) == -EINVAL);
	SELFTEST_CHECK(kthread_bind(t, last) == 0);
	task_start(t);
	s.wanted = 1;
	wake_up(&s.q);
	selftest_sleep(MS);
	SELFTEST_CHECK(s.rounds == 1 && t->cpu->id == last);
	SELFTEST_CHECK(kthread_bind(t, 0) == 0);
	s.wanted = 2;
	wake_up(&s.q);
	selftest_sleep(MS);
	SELFTEST_CHECK(s.rounds == 2 && t->cpu->id == 0);
	kthread_stop(t);
	task_put(t);
}

/* ---- task work ----------------------------------------------------------- */

static void never_called(struct task_work *w __unused)
{
	SELFTEST_CHECK(false);
}

/* Kernel threads never return to user mode, so they accept no task work. */
static void test_task_work(void)
{
	struct task_work w = { .fn = never_called };

	SELFTEST_CHECK(task_work_add(current, &w) == -ESRCH);
}

static const struct selftest_case cases[] = {
	{ "works run in order, once", test_queue },
	{ "delayed work comes in time", test_delayed },
	{ "deferred calls follow their interrupt", test_dpc },
	{ "kernel thread stops", test_stop },
	{ "kernel thread parks", test_park },
	{ "kernel thread stays on its CPU", test_bind },
	{ "no task work for kernel threads", test_task_work },
};

SELFTEST_GROUP(task) = {
	"task", cases, ARRAY_SIZE(cases)
};
