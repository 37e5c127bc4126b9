/* SPDX-License-Identifier: MIT */
/*
 * Programs that the kernel starts by itself (row D12).  A kernel thread, which
 * inherits nothing from the requesting task, becomes a process, as task 1 does,
 * and executes the program.
 *
 *	requesting task        kthreadd           the thread
 *	  kthread_create() -->   makes it
 *	  task_start() ------------------------->  become_process()
 *	  completion_wait()                        a pipe, descriptor 0
 *	       ^                                   exec_kernel()
 *	       +----------------------------------  started
 *	                                           to user mode, or its end
 *
 * The parent is task 2, represented by a process that is in no list and ignores
 * SIGCHLD, so the child is reaped automatically when it ends.  Its process
 * group and session are 0, a number that no program can get.
 */
#include "helper.h"
#include <fs/open/fd.h>
#include <fs/pipe/pipe.h>
#include <kernel/exec/exec.h>
#include <kernel/ops/cgroup_ops.h>
#include <kernel/task/part.h>
#include <kernel/syscall/table.h>
#include <kernel/process/process.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <lt/init.h>

#define KTHREADD 2			/* number of the task */

struct helper {
	const char *const *argv;
	struct file *to;	/* write end of the pipe; set if err is 0 */
	int err;
	/* done when the program runs or err is set */
	struct completion started;
};

/*
 * The parent of all helpers.  It has the number of task 2, which is a kernel
 * thread and so has no process, and is in no list.  Const after init.
 */
static struct process *nobody;

static struct rlimit limits[RLIM_NLIMITS];	/* const after boot */

void helper_limits(const struct process *first)
{
	memcpy(limits, first->limits, sizeof(limits));
	/* a helper's own core dump must not start another helper (core(5)) */
	limits[RLIMIT_CORE] = (struct rlimit){ 1, 1 };
}

/* ---- in the thread ------------------------------------------------------- */

struct fs_context *helper_context(void)
{
	struct fs_context *first, *f;

	spin_lock(&tree_lock);
	first = init_process->leader->fs;
	if (first)
		fs_get(first);
	spin_unlock(&tree_lock);
	if (!first)
		return NULL;
	f = fs_clone(first);
	fs_put(first);
	if (f)
		f->umask = 022;
	return f;
}

/*
 * Make the thread a process in the process tree; from here on it ends as a
 * process does.  Cannot fail.
 */
static void coredump_enter_tree(struct task *t, struct process *p)
{
	p->leader = t;
	p->pid = p->vpid = t->vtid = t->tid;
	p->parent = nobody;
	p->ppid = p->creator_tid = KTHREADD;
	p->nr_threads = p->nr_live = 1;
	t->exit_signal = SIGCHLD;
	t->timer_slack = t->default_slack = 50000;
	spin_lock(&tree_lock);
	list_append(&p->threads, &t->thread_link);
	list_append(&nobody->children, &p->sibling);
	process_enter(p);
	__atomic_fetch_and(&t->flags, ~TF_KTHREAD, __ATOMIC_RELAXED);
	t->process = p;
	t->limits = p->limits;
	syscall_table_of(t, false);
	cgroup_task_published(t);
	task_count(t, 1);
	total_forks++;
	spin_unlock(&tree_lock);
}

/* Return: 0; -EAGAIN: current is still a kernel thread. */
static int become_process(void)
{
	struct files *files = files_create();
	struct fs_context *fs = helper_context();
	struct process *p = process_alloc();

	if (!files || !fs || !p || HINT(nr_tasks) >= HINT(max_tasks)) {
		if (files)
			files_put(files);
		if (fs)
			fs_put(fs);
		if (p)
			process_put(p);
		return -EAGAIN;
	}
	memcpy(p->limits, limits, sizeof(limits));
	process_parts_init(p, NULL);
	current->files = files;
	current->fs = fs;
	coredump_enter_tree(current, p);
	return 0;
}

/*
 * Create the pipe.  The helper does this itself, so that the pipe belongs and
 * is charged to root.
 */
static int open_pipe(struct helper *h)
{
	struct file *end[2];
	int err = pipe_create_files(end, 0);

	if (err)
		return err;
	err = fd_install(end[0], 0, false);
	if (err < 0) {
		file_put(end[0]);
		file_put(end[1]);
		return err;
	}
	h->to = end[1];
	return 0;
}

/* Become a process and execute the program; if that fails, exit. */
static void run_helper(void *arg)
{
	static const char *const no_environment[] = { NULL };
	struct helper *h = arg;
	int err;

	err = become_process();
	if (!err)
		err = open_pipe(h);
	if (!err) {
		err = exec_kernel(h->argv[0], h->argv, no_environment);
		if (err)
			file_put(h->to);
	}
	h->err = err;
	complete(&h->started);
	if (err && current->process)
		process_exit(0);
}

/* ---- the requesting task ------------------------------------------------- */

int helper_start(const char *const *argv, struct file **to)
{
	struct helper h = { .argv = argv };
	struct task *t;

	completion_init(&h.started);
	t = kthread_create(run_helper, &h, "helper");
	if (!t)
		return -ENOMEM;
	task_start(t);
	task_put(t);
	completion_wait(&h.started);
	*to = h.to;
	return h.err;
}

/* ---- boot ---------------------------------------------------------------- */

static void helpers_init(void)
{
	struct task *t;
	int err;

	nobody = process_alloc();
	if (!nobody)
		panic("no memory for the parent of helpers");
	nobody->pid = nobody->vpid = KTHREADD;
	spin_lock(&tree_lock);
	err = pid_take(0);
	nobody->leader = t = task_at(KTHREADD);
	ASSERT(!err && t);
	spin_lock(&t->sighand->lock);
	sighand_set(t->sighand, SIGCHLD)->handler = SIG_IGN;
	spin_unlock(&t->sighand->lock);
	spin_unlock(&tree_lock);
}
INIT(task, helpers_init);
