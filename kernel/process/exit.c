/* SPDX-License-Identifier: MIT */
/*
 * The end of a thread (lecture rows B16, C1 and D2 of docs/coverage.md): first
 * the thread drops its resources, then it leaves the tree under tree_lock
 * (reap.c).  The last thread turns the process into a zombie for its parent.
 *
 *   task_exit()
 *     TF_EXITING        signals and tracers ignore the task from here
 *     process_end_last()     last thread only: release what the process has
 *     drop_resources()  memory, descriptors, directories; may sleep
 *     tree_lock
 *       thread_leave_tree()   zombie or dead; the parent may reap it now
 *     schedule()        never returns; the kernel stack is freed by the next
 *                       task on this CPU (task_left_cpu)
 */
#include <dev/tty.h>
#include <fs/vfs.h>
#include <kernel/events.h>
#include <kernel/futex/futex.h>
#include <kernel/ops/core_ops.h>
#include <kernel/futex/ops.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/task/kthread.h>
#include <kernel/task/part.h>
#include <kernel/signal/pending.h>
#include "internal.h"
#include <kernel/task/state.h>
#include <kernel/task/work.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

/* ---- the address space: others may wait until it is released ------------- */

/*
 * Store 0 for CLONE_CHILD_CLEARTID (set_tid_address(2)).  pthread_join() waits
 * on this word, because it may free the thread's user stack only when the
 * thread has left the stack.  If no other task uses the space, no task can be
 * waiting.
 */
static void clear_tid(struct task *t)
{
	uaddr_t at = t->clear_child_tid;

	t->clear_child_tid = 0;
	if (!at || ref_read(&t->space->users) <= 1)
		return;
	if (put_user((u32)0, at) == 0)
		sys_futex(at, FUTEX_WAKE, 1, 0, 0, 0);
}

/*
 * Tell waiters that t no longer uses its space.  exec calls this, too, because
 * the waiters do not care whether t exits or execs.  The completion is fetched
 * under the lock, because wait_vfork() may take it back.
 */
void task_release_space(struct task *t)
{
	struct completion *c;

	if (futex_ops)
		futex_ops->robust_exit(t);
	if (t->clear_child_tid)
		clear_tid(t);
	if (!(t->flags & TF_EXITING))
		process_parts_exec(t->process);
	if (!t->vfork_done)
		return;
	spin_lock(&tree_lock);
	c = t->vfork_done;
	t->vfork_done = NULL;
	spin_unlock(&tree_lock);
	if (c)
		complete(c);
}

/*
 * Drop t's memory, descriptors and directories.  Afterwards the task is only a
 * number and a status, kept for wait4(2).
 * Context: may sleep; no locks.
 */
static void drop_resources(struct task *t)
{
	struct vm_space *s = t->space;
	struct files *files = t->files;
	struct fs_context *fs = t->fs;
	unsigned long peak = s ? vm_hiwater(s) : 0;

	if (s)
		task_release_space(t);
	/*
	 * Other tasks read these pointers of t and take a reference under
	 * tree_lock, so clear them under it.
	 */
	spin_lock(&tree_lock);
	t->space = NULL;
	t->files = NULL;
	t->fs = NULL;
	if (peak > t->process->maxrss)
		t->process->maxrss = peak;
	spin_unlock(&tree_lock);
	if (s)
		vm_space_put(s);
	if (files)
		files_put(files);
	if (fs)
		fs_put(fs);
}

/*
 * Release what belongs to the whole process.  Called by the last thread, before
 * it drops any resource.
 */
static void process_end_last(struct process *p)
{
	if (p == init_process)
		panic("init has ended, status %#x", process_status(p));
	process_parts_exit(p);
	if (p->sid == p->pid && (p->tty || p->hung_up_pgid))
		tty_disassociate(p, true);
}

/*
 * Set the exit status of p, unless an earlier caller has.  A SIGKILL that was
 * sent but not yet handled overrides code.
 * Context: [tree_lock].
 * Return: true if this call set the status.
 */
static bool process_set_status(struct process *p, int code)
{
	struct sighand *s = current->sighand;
	bool first;

	spin_must_hold(&tree_lock);
	spin_lock(&s->lock);
	first = !p->exiting;
	if (first) {
		p->exiting = true;
		p->exit_code = p->killed ? SIGKILL : code;
	}
	spin_unlock(&s->lock);
	return first;
}

/*
 * Stop for the tracer before the thread releases anything.  A core dump in
 * progress comes first, because the dump must not wait for a tracer.
 */
static bool trace_exit_stop(struct process *p, int code)
{
	spin_lock(&tree_lock);
	if (p->core)
		core_ops->core_park(p);
	if (++p->nr_leaving == p->nr_live)
		process_set_status(p, code);
	spin_unlock(&tree_lock);
	tracer_ops->trace_event(TRACE_EXIT, (unsigned)code);
	return true;
}

/*
 * End the current task.  TF_EXITING is set right after the exit stop of a
 * traced task, so that signals, tracers and the OOM killer ignore the task.
 * All steps that may sleep come before tree_lock is taken for the last time:
 * after thread_leave_tree() the parent may reap the task on another CPU while
 * the task still runs on this one.  Therefore only task_left_cpu() frees its
 * stack.
 */
void task_exit(int code)
{
	struct task *t = current;
	struct process *p = t->process;
	struct list reaped = LIST_INIT(reaped);
	bool gone, last, told = false;

	if (t->flags & TF_EXITING)
		panic("task %d ends twice", t->tid);
	if (unlikely(task_traced(t)))
		told = trace_exit_stop(p, code);
	__atomic_fetch_or(&t->flags, TF_EXITING, __ATOMIC_SEQ_CST);
	mb_after_atomic();
	event_note(EVENT_EXIT, 0, 0, 0);
	timer_cancel(&t->sleep_timer);
	t->exit_code = code;
	signal_exit_thread();
	task_work_exit();
	task_parts_exit(t);
	spin_lock(&tree_lock);
	if (unlikely(p->core && !told))
		core_ops->core_park(p);
	p->nr_leaving -= told;
	last = --p->nr_live == 0;
	if (last)
		process_set_status(p, code);
	spin_unlock(&tree_lock);
	if (last)
		process_end_last(p);
	drop_resources(t);
	if (unlikely(last && p->space))
		namespace_ops->space_ends(p);
	spin_lock(&tree_lock);
	if (last)
		process_part(p, &reaped);
	gone = thread_leave_tree(t, &reaped);
	spin_unlock(&tree_lock);
	drop_reaped(&reaped);
	if (gone)
		task_put(t);
	schedule();
	panic("a dead task runs");
}

/* ---- the whole process --------------------------------------------------- */

/*
 * Wake all other threads, as SIGKILL does; each ends on its way to user mode.
 */
void process_kill_others(struct process *p)
{
	spin_lock(&current->sighand->lock);
	signal_end_threads(p, current);
	spin_unlock(&current->sighand->lock);
}

/*
 * End the whole process, for exit_group(2) and deadly signals.  The first
 * caller sets the status; a thread that ends later by its own exit(2) does not
 * change it.  A SIGKILL still pending for the process has nothing left to end.
 * Drop it, since each thread would mistake it for a signal of its own.
 */
void process_exit(int code)
{
	struct process *p = current->process;
	struct sighand *s = current->sighand;

	spin_lock(&tree_lock);
	if (process_set_status(p, code))
		process_kill_others(p);
	spin_lock(&s->lock);
	process_drop(p, sig_bit(SIGKILL));
	code = p->exit_code;
	spin_unlock(&s->lock);
	if (p->exec_task)
		wake_up(&p->wait_child);
	spin_unlock(&tree_lock);
	task_exit(code);
}

long sys_exit(int code)
{
	task_exit((code & 0xff) << 8);
}

long sys_exit_group(int code)
{
	process_exit((code & 0xff) << 8);
}
