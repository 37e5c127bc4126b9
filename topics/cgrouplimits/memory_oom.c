/* SPDX-License-Identifier: MIT */
/*
 * When a group is over its limit and nothing can be reclaimed, the process in
 * the group that has most memory is killed.  If memory.oom.group is set in a
 * group on the path to that process, the highest such group is killed as a
 * whole.  No process outside is considered.  If a task is dying already, wait
 * for its end, up to PATIENCE.
 */
#define LOG_PREFIX "oom"
#include "memory.h"
#include <kernel/signal/signal.h>
#include <kernel/task/task.h>
#include <lt/arch.h>
#include <lt/log.h>
#include <mm/vm.h>

#define NAP		4000000		/* ns between checks for dying tasks */
#define PATIENCE	1000000000	/* ns before another task is killed */

/* Return the memory of t's process, in pages; 0: it must not be killed. */
static unsigned long memory_oom_pages_of(const struct task *t,
					 unsigned long most __unused)
{
	const struct vm_space *s = t->space;

	if (t->process == init_process)
		return 0;
	return vm_rss(s) + (unsigned long)atomic_read(&s->pt_pages) +
		HINT(s->swapped) + 1;
}

static void kill_process(struct task *t)
{
	log_err("Memory cgroup out of memory: Killed process %d (%s)",
		t->process->pid, t->comm);
	signal_kernel_locked(t->process, SIGKILL);
}

unsigned long (*mem_badness)(const struct task *t, unsigned long most) =
	memory_oom_pages_of;
void (*mem_kill)(struct task *t) = kill_process;

/*
 * True if m's task is dying and may still have memory.  t->space does not tell
 * that, because it is cleared before the address space is freed.
 */
static bool is_dying(const struct member *m)
{
	return (member_mem(m)->killed || HINT(m->task->flags) & TF_EXITING) &&
		HINT(m->task->state) != TASK_ZOMBIE;
}

/* Context: [tree]. */
static bool any_dying(struct cgroup *top)
{
	struct cgroup *cg;
	struct member *m;

	cg_for_each(cg, top) {
		list_for_each(m, &cg->members, link)
			if (m->task != current && is_dying(m))
				return true;
		list_for_each(m, &cg->dying, link)
			if (m->task != current && is_dying(m))
				return true;
	}
	return false;
}

/*
 * Return the member with most memory that is not dying, or NULL.
 * Context: [tree].
 */
static struct member *memory_oom_worst(struct cgroup *top)
{
	unsigned long most = 0, points, max = HINT(group_mem(top)->max);
	struct member *m, *bad = NULL;
	struct cgroup *cg;

	cg_for_each(cg, top)
		list_for_each(m, &cg->members, link) {
			if (is_dying(m) || !m->task->space)
				continue;
			points = mem_badness(m->task, max);
			if (points <= most)
				continue;
			most = points;
			bad = m;
		}
	return bad;
}

static void memory_oom_count(struct cgroup *cg, enum mem_event event)
{
	spin_lock(&mem_lock);
	mem_count(cg, event);
	spin_unlock(&mem_lock);
}

/* Context: [tree]. */
static void kill_member(struct member *m)
{
	struct process *p = m->task->process;
	struct member *other;
	struct task *t;

	list_for_each(t, &p->threads, thread_link) {
		other = member_of(t);
		if (other)
			member_mem(other)->killed = true;
	}
	memory_oom_count(mem_payer(m->cg), MEM_OOM_KILL);
	mem_kill(m->task);
}

/*
 * Return the highest group from cg to top with memory.oom.group, or NULL.
 * Context: [tree].
 */
static struct cgroup *memory_oom_group_of(struct cgroup *cg, struct cgroup *top)
{
	struct cgroup *found = NULL;

	for (;; cg = cg->parent) {
		if (HINT(group_mem(cg)->as_one))
			found = cg;
		if (cg == top)
			return found;
	}
}

/* Context: [tree]. */
static void memory_oom_kill_all(struct cgroup *top)
{
	unsigned long max = HINT(group_mem(top)->max);
	struct cgroup *cg;
	struct member *m;

	memory_oom_count(top, MEM_OOM_GROUP);
	cg_for_each(cg, top)
		list_for_each(m, &cg->members, link)
			if (!is_dying(m) && m->task->space &&
			    mem_badness(m->task, max))
				kill_member(m);
}

/*
 * Kill a task in top, or decide to wait for a task that is dying.
 * Context: [tree].
 * Return: the group of the killed task, or top, with a reference; NULL: there
 * is no task to kill.
 */
static struct cgroup *memory_oom_kill_or_wait(struct cgroup *top)
{
	struct cgroup *all, *cg = top;
	struct member *bad;

	if (any_dying(top) && arch_clock() < group_mem(top)->patience_ends)
		goto out;
	memory_oom_count(top, MEM_OOM);
	bad = memory_oom_worst(top);
	if (!bad)
		return NULL;
	group_mem(top)->patience_ends = arch_clock() + PATIENCE;
	cg = bad->cg;
	all = memory_oom_group_of(mem_payer(cg), top);
	kill_member(bad);
	if (all)
		memory_oom_kill_all(all);
out:
	cg_get(cg);
	return cg;
}

bool mem_oom(struct cgroup *top)
{
	struct cgroup *cg;

	spin_lock(&tree_lock);
	cg = memory_oom_kill_or_wait(top);
	spin_unlock(&tree_lock);
	mem_tell(cg ? cg : top);
	if (cg)
		cg_put(cg);
	/* not schedule(): a real-time task would never let the victim run */
	if (!signal_pending_fatal())
		wait_nap(NAP);
	return cg;
}
