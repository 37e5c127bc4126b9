/* SPDX-License-Identifier: MIT */
/*
 * Tasks and processes as objects (rows B16, D1, D8): allocation, references,
 * numbers and look-up.  A number is free when nobody refers to it as tid,
 * process group or session.  Invariant: a linked task holds one reference,
 * and one more while it may run.
 */
#include <kernel/cred.h>
#include <kernel/sched/sched.h>
#include <kernel/syscall/syscalls.h>
#include <kernel/task/internal.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/kmap.h>
#include <mm/page.h>
#include <mm/slab.h>

struct spinlock tree_lock = SPIN_INIT("process tree", IPL_HIGH);
struct list all_tasks = LIST_INIT(all_tasks);
struct list all_processes = LIST_INIT(all_processes);
struct process *init_process;
unsigned nr_tasks;
unsigned max_tasks;

static struct slab_cache *task_cache, *process_cache;

/* ---- numbers ------------------------------------------------------------- */

#define TID_BUCKETS 512

static u16 pid_users[PID_MAX];		/* [tree_lock] */
static int pid_last;			/* [tree_lock] */
static struct list tid_hash[TID_BUCKETS];	/* [tree_lock] */

int pid_alloc(void)
{
	for (int tries = 0; tries < PID_MAX; tries++) {
		if (++pid_last >= PID_MAX)
			pid_last = 300;	/* low ones stay with the system */
		if (pid_users[pid_last])
			continue;
		pid_users[pid_last] = 1;
		return pid_last;
	}
	return 0;
}

int pid_take(int nr)
{
	if (nr < 1 || nr >= PID_MAX)
		return -EINVAL;
	if (pid_users[nr])
		return -EEXIST;
	pid_users[nr] = 1;
	return 0;
}

void pid_get(int nr)
{
	ASSERT(pid_users[nr]);
	pid_users[nr]++;
}

void pid_put(int nr)
{
	ASSERT(pid_users[nr]);
	pid_users[nr]--;
}

static struct list *tid_bucket(int tid)
{
	return &tid_hash[(unsigned)tid % TID_BUCKETS];
}

void task_link(struct task *t)
{
	if (!t->syscall_table)
		syscall_table_of(t, false);
	list_append(&all_tasks, &t->all_link);
	list_push(tid_bucket(t->tid), &t->tid_link);
}

void task_unlink(struct task *t)
{
	list_remove(&t->all_link);
	list_remove(&t->tid_link);
}

struct task *task_find(int tid)
{
	struct task *t;

	if (tid <= 0)
		return NULL;
	list_for_each(t, tid_bucket(tid), tid_link)
		if (t->tid == tid)
			return t;
	return NULL;
}

struct process *process_find(int pid)
{
	struct task *t = task_find(pid);

	if (!t || !t->process || t->process->pid != pid)
		return NULL;
	return t->process;
}

/* ---- tasks --------------------------------------------------------------- */

static void sleep_timeout(struct timer *timer)
{
	struct task *t = container_of(timer, struct task, sleep_timer);

	t->timed_out = true;
	task_wake(t, WAKE_NORMAL);
}

struct task *task_alloc(const char *comm)
{
	struct task *t = slab_zalloc(task_cache);

	if (!t)
		return NULL;
	t->kstack = kstack_alloc();
	if (!t->kstack) {
		slab_free(task_cache, t);
		return NULL;
	}
	ref_init(&t->refs);
	t->state = TASK_UNINTERRUPTIBLE;
	t->cpu = current->cpu;
	t->ipl = IPL_HIGH;	/* begins in a switch, under its lock */
	t->allowed = ~0ul;
	sched_init_task(t);
	memcpy(t->comm, comm, TASK_COMM);
	list_init(&t->all_link);
	list_init(&t->tid_link);
	list_init(&t->thread_link);
	sigpending_init(&t->pending);
	timer_init(&t->sleep_timer, sleep_timeout);
	t->started = arch_clock();
	return t;
}

static void task_free(struct task *t)
{
	sigpending_flush(&t->pending);
	arch_task_free(t);
	kfree(t->kthread);
	if (t->sighand)
		sighand_put(t->sighand);
	if (t->cred)
		cred_put(t->cred);
	if (t->process)
		process_put(t->process);
	slab_free(task_cache, t);
}

void task_discard(struct task *t)
{
	kstack_free(t->kstack);
	task_free(t);
}

void task_put(struct task *t)
{
	if (ref_put(&t->refs))
		task_free(t);
}

void task_off_cpu(struct task *t)
{
	kstack_free(t->kstack);
	t->kstack = NULL;
	task_put(t);
}

/* ---- processes ----------------------------------------------------------- */

struct process *process_alloc(void)
{
	struct process *p = slab_zalloc(process_cache);

	if (!p)
		return NULL;
	ref_init(&p->refs);
	list_init(&p->threads);
	list_init(&p->children);
	list_init(&p->sibling);
	list_init(&p->all_link);
	list_init(&p->timers);
	wait_queue_init(&p->wait_child);
	wait_queue_init(&p->wait_exit);
	sigpending_init(&p->pending);
	itimer_init(p);
	p->started = arch_clock();
	p->dumpable = true;
	return p;
}

void process_put(struct process *p)
{
	if (!ref_put(&p->refs))
		return;
	itimer_exit(p);
	sigpending_flush(&p->pending);
	slab_free(process_cache, p);
}

void tasks_init(void)
{
	task_cache = slab_create("task", sizeof(struct task));
	process_cache = slab_create("process", sizeof(struct process));
	for (unsigned i = 0; i < TID_BUCKETS; i++)
		list_init(&tid_hash[i]);
	/* An eighth of memory in kernel stacks. */
	max_tasks = page_total() / (8 * (KSTACK_SIZE / PAGE_SIZE));
	max_tasks = max(32u, min(max_tasks, PID_MAX / 2u));
}
