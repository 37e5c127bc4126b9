/* SPDX-License-Identifier: MIT */
/* Process 1 (row D12): it has no parent, so the kernel sets up its fields. */
#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <kernel/syscall/table.h>
#include <kernel/process/process.h>
#include <lt/bug.h>

/* Set Linux's default limits, except those that depend on the memory size. */
static void initial_limits(struct process *p)
{
	for (unsigned i = 0; i < RLIM_NLIMITS; i++)
		p->limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	p->limits[RLIMIT_STACK].cur = 8ul << 20;
	p->limits[RLIMIT_CORE].cur = 0;
	p->limits[RLIMIT_NPROC] = (struct rlimit){ max_tasks / 2,
						   max_tasks / 2 };
	p->limits[RLIMIT_NOFILE] = (struct rlimit){ 1024, 4096 };
	p->limits[RLIMIT_MEMLOCK] = (struct rlimit){ 8ul << 20, 8ul << 20 };
	p->limits[RLIMIT_SIGPENDING] = (struct rlimit){ max_tasks / 2,
							max_tasks / 2 };
	p->limits[RLIMIT_MSGQUEUE] = (struct rlimit){ 819200, 819200 };
	p->limits[RLIMIT_NICE] = (struct rlimit){ 0, 0 };
	p->limits[RLIMIT_RTPRIO] = (struct rlimit){ 0, 0 };
}

/*
 * Turn task 1, so far a kernel thread, into process 1.  From here on orphans
 * have a process that adopts them.
 */
void task_become_init(void)
{
	struct task *t = current;
	struct process *p = process_alloc();
	struct cred *cred = cred_create_root();

	ASSERT(t->tid == 1);
	t->files = files_create();
	t->fs = fs_create();
	if (!p || !cred || !t->files || !t->fs)
		boot_refuse("no memory for process 1");
	cred_put(t->cred);
	t->cred = cred;
	initial_limits(p);
	process_parts_init(p, NULL);
	p->leader = t;
	p->pid = p->vpid = p->pgid = p->sid = t->vtid = 1;
	p->unkillable = true;
	p->nr_threads = p->nr_live = 1;
	t->flags &= ~TF_KTHREAD;
	t->exit_signal = SIGCHLD;
	t->timer_slack = t->default_slack = 50000;
	spin_lock(&tree_lock);
	syscall_table_of(t, false);
	list_append(&p->threads, &t->thread_link);
	process_enter(p);
	t->process = p;
	t->limits = p->limits;
	task_count(t, 1);
	init_process = p;
	spin_unlock(&tree_lock);
}
