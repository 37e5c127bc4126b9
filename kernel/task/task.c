/* SPDX-License-Identifier: MIT */
/*
 * Tasks and processes as objects (rows B16, D1, D8): allocation, reference
 * counts, PIDs and look-up.  RLIMIT_NPROC and max_tasks limit the number of
 * tasks, which stops a fork bomb (row D14).  Invariant: a linked task has one
 * reference for the tree, and one more while it may run.
 */
#include <kernel/cred/cred.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/task/part.h>
#include <kernel/sched/tasks.h>
#include <kernel/process/process.h>
#include <kernel/cred/user.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/cache/idr.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

struct spinlock tree_lock = SPIN_INIT("process tree", IPL_HIGH);
struct list all_tasks = LIST_INIT(all_tasks);
struct list all_processes = LIST_INIT(all_processes);
struct process *init_process;
unsigned long total_forks;
unsigned nr_tasks;
unsigned max_tasks, tasks_room;

static struct slab_cache *task_cache, *process_cache;

/* ---- numbers ------------------------------------------------------------- */

/*
 * A PID.  Its number is free again when no thread, process group or session
 * uses it.
 */
struct pid {
	unsigned users;			/* [tree_lock] tasks, groups and
					   sessions with this number */
	struct task *task;		/* [tree_lock] task with that tid, or
					   NULL */
	struct group group;		/* [tree_lock] with this number */
};

#define PID_LOW	300			/* first number after a wrap; before a
					   wrap lower ones are used, too */

int pid_max = 32768;
unsigned nested_pids;

static struct idr pids;			/* [tree_lock] number to struct pid */
static struct slab_cache *pid_cache;

/* Return: a number with one user and no group yet, or NULL: no memory. */
static struct pid *pid_new(void)
{
	struct pid *p = slab_alloc(pid_cache);

	if (!p)
		return NULL;
	*p = (struct pid){ .users = 1 };
	list_init(&p->group.members);
	return p;
}

/*
 * Allocate a number.  Numbers are assigned cyclically, so that a number is
 * reused as late as possible, because a program may still use a number for the
 * process that had it before.
 * Context: [tree_lock].
 */
int pid_alloc(void)
{
	struct pid *p = pid_new();
	int nr;

	spin_must_hold(&tree_lock);
	if (!p)
		return -ENOMEM;
	nr = idr_alloc_cyclic(&pids, p, pids.next > PID_LOW ? PID_LOW : 1,
			      READ_ONCE(pid_max) - 1);
	if (nr > 0)
		return nr;
	slab_free(pid_cache, p);
	return nr == -ENOMEM ? nr : -EAGAIN;
}

/*
 * Allocate the number nr.  clone3(2) does so for set_tid, with which a program
 * restores processes from a checkpoint.  A program that the kernel itself
 * starts gets number 0 for its process group.
 * Context: [tree_lock].
 */
int pid_take(int nr)
{
	struct pid *p;
	int got;

	spin_must_hold(&tree_lock);
	if (nr < 0 || nr >= READ_ONCE(pid_max))
		return -EINVAL;
	if (idr_find(&pids, nr))
		return -EEXIST;
	p = pid_new();
	if (!p)
		return -ENOMEM;
	got = idr_alloc(&pids, p, nr, nr);
	if (got == nr)
		return 0;
	slab_free(pid_cache, p);
	return -ENOMEM;
}

/*
 * Take a reference to nr for another holder, such as a process group or
 * session.
 */
void pid_get(int nr)
{
	struct pid *p = idr_find(&pids, nr);

	spin_must_hold(&tree_lock);
	ASSERT(p);
	p->users++;
}

void pid_put(int nr)
{
	struct pid *p = idr_find(&pids, nr);

	spin_must_hold(&tree_lock);
	ASSERT(p);
	if (unlikely(nested_pids))
		namespace_ops->pid_leave(nr, p->users == 1);
	if (--p->users)
		return;
	idr_remove(&pids, nr);
	slab_free(pid_cache, p);
}

struct group *group_at(int pgid)
{
	struct pid *p = idr_find(&pids, pgid);

	spin_must_hold(&tree_lock);
	return p ? &p->group : NULL;
}

void process_enter(struct process *p)
{
	static u64 last;			/* [tree_lock] */

	spin_must_hold(&tree_lock);
	p->serial = ++last;
	list_append(&all_processes, &p->all_link);
	group_enter(p, p->pgid);
	pid_get(p->sid);
	group_settle(p);
}

void pid_shrink(void)
{
	spin_lock(&tree_lock);
	idr_shrink(&pids);
	spin_unlock(&tree_lock);
}

void task_link(struct task *t)
{
	struct pid *p = idr_find(&pids, t->tid);

	spin_must_hold(&tree_lock);
	p->task = t;
	list_append(&all_tasks, &t->all_link);
}

/*
 * Remove t from the lists.  Its number may stay in use for a process group or
 * session.
 */
void task_unlink(struct task *t)
{
	struct pid *p = idr_find(&pids, t->tid);

	spin_must_hold(&tree_lock);
	if (p->task == t)
		p->task = NULL;
	list_remove(&t->all_link);
}

struct task *task_at(int tid)
{
	struct pid *p = idr_find(&pids, tid);

	spin_must_hold(&tree_lock);
	return p ? p->task : NULL;
}

struct task *task_next(int tid)
{
	struct pid *p;

	spin_must_hold(&tree_lock);
	while ((p = idr_next(&pids, &tid))) {
		if (p->task)
			return p->task;
		tid++;
	}
	return NULL;
}

/* Find a process.  The tid of a thread other than the first one is no pid. */
struct process *process_at(int pid)
{
	struct task *t = task_at(pid);

	spin_must_hold(&tree_lock);
	if (!t || !t->process || t->process->pid != pid)
		return NULL;
	return t->process;
}

/* ---- tasks --------------------------------------------------------------- */

/*
 * End a sleep whose time is over.  Set timed_out before the wake-up, because
 * the sleeper reads it when it runs.
 */
static void sleep_timeout(struct timer *timer)
{
	struct task *t = container_of(timer, struct task, sleep_timer);

	t->timed_out = true;
	task_wake(t, WAKE_NORMAL);
}

void task_set_comm(struct task *t, const char *text, size_t n)
{
	spin_lock(&tree_lock);
	memset(t->comm, 0, TASK_COMM);
	memcpy(t->comm, text, min(n, (size_t)TASK_COMM - 1));
	spin_unlock(&tree_lock);
}

void task_get_comm(const struct task *t, char name[TASK_COMM])
{
	spin_lock(&tree_lock);
	memcpy(name, t->comm, TASK_COMM);
	spin_unlock(&tree_lock);
}

/*
 * Allocate a task.  Its state is UNINTERRUPTIBLE, so that no signal wakes it
 * before sched_add().
 */
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
	t->ipl = IPL_HIGH;	/* t starts inside a switch, with rq->lock
				   held */
	t->allowed = t->affinity = ~0ul;
	sched_init_task(t);
	spin_lock(&tree_lock);		/* comm may be a task's */
	memcpy(t->comm, comm, TASK_COMM);
	spin_unlock(&tree_lock);
	list_init(&t->all_link);
	list_init(&t->thread_link);
	sigpending_init(&t->pending);
	timer_init(&t->sleep_timer, sleep_timeout);
	t->started = arch_clock();
	return t;
}

/* Free t when its last reference is gone; task_left_cpu() freed the stack. */
static void task_free(struct task *t)
{
	sigpending_flush(&t->pending);
	if (unlikely(task_has_parts(t)))
		task_parts_free(t);
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

/*
 * Free the stack of t, a dead task, and drop the reference that t had as a
 * running task.  The task that runs next calls this function, because a task
 * cannot free the stack on which it runs.
 */
static void task_left_cpu(struct task *t)
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
	list_init(&p->dead_children);
	list_init(&p->sibling);
	list_init(&p->all_link);
	list_init(&p->group_link);
	wait_queue_init(&p->wait_child);
	wait_queue_init(&p->wait_exit);
	sigpending_init(&p->pending);
	p->started = arch_clock();
	return p;
}

void process_put(struct process *p)
{
	if (!ref_put(&p->refs))
		return;
	sigpending_flush(&p->pending);
	slab_free(process_cache, p);
}

void tasks_init(void)
{
	sched_task_left = task_left_cpu;
	task_cache = slab_create("task", task_parts_place());
	process_cache = slab_create("process", process_parts_place());
	pid_cache = slab_create("pid", sizeof(struct pid));
	/* as on Linux, kernel stacks may take an eighth of the memory */
	tasks_room = (unsigned)min(kstack_room(), (unsigned long)PID_LIMIT);
	max_tasks = page_total() / (8 * (KSTACK_SIZE / PAGE_SIZE));
	max_tasks = min(max_tasks, min(tasks_room, PID_LIMIT / 2u));
	max_tasks = max(TASKS_MIN, max_tasks);
}

void task_count(struct task *t, int n)
{
	spin_must_hold(&tree_lock);
	nr_tasks += (unsigned)n;
	t->cred->user->tasks += (unsigned)n;
}

/*
 * True if current's user may have one more task: RLIMIT_NPROC (row D14), except
 * for root.  The result is exact under tree_lock, otherwise a hint.
 */
static bool task_has_room(void)
{
	unsigned long limit = HINT(current->process->limits[RLIMIT_NPROC].cur);

	if (HINT(nr_tasks) >= HINT(max_tasks))
		return false;
	return HINT(current->cred->user->tasks) < limit ||
		!current->cred->uid ||
		capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN);
}

/*
 * Count a new task before fork() does its work.  Otherwise all concurrent forks
 * of a fork bomb would fail at their end, after waiting for locks.  The first
 * test, without the lock, keeps forks that must fail from contending for it.
 */
bool task_reserve(void)
{
	bool room;

	if (!task_has_room())
		return false;
	spin_lock(&tree_lock);
	room = task_has_room();
	if (room)
		task_count(current, 1);
	spin_unlock(&tree_lock);
	return room;
}

void task_unreserve(void)
{
	spin_lock(&tree_lock);
	task_count(current, -1);
	spin_unlock(&tree_lock);
}
