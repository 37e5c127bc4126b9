/* SPDX-License-Identifier: MIT */
/*
 * PID namespaces (rows D8, D10): tasks, process groups and sessions have a
 * number in the namespace of the task and in each one above it.  The kernel
 * identifies them by the number in the initial namespace.  This file translates
 * between that number and the numbers that programs see and pass (pid_in(),
 * pid_from() in <kernel/task/pids.h>).  Four tasks, one a column:
 *
 *	namespace   numbers of the tasks	table of the records
 *	initial     300  301  302  303	`all`: of 301, 302, 303
 *	  A              1    2    3	A.ids
 *	    B                 1    2	B.ids
 *
 * Task 303 is number 2 in its own namespace, B.  Its record holds a reference
 * to B, so B exists as long as a number in B is used.  B in turn keeps A alive.
 *
 * Invariant: a record is in `all` and in the ids of each of its namespaces, or
 * in none of them.
 */
#include "namespace.h"
#include <topics/proc/proc.h>
#include <kernel/cred/ids.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/task/part.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

#define PID_LOW	300		/* as in the initial one */

/*
 * The numbers of one task, process group or session: `nr` in the initial
 * namespace, and `at` in the namespaces below it, down to `space`.
 */
struct pid_names {
	struct pid_space *space;	/* const, referenced: the innermost */
	int nr;				/* const */
	int at[PID_LEVELS - 1];		/* const: index: level - 1 */
};

/* May be taken with tree_lock held or without it. */
static struct spinlock names_lock = SPIN_INIT("pid names", IPL_HIGH);
static struct idr all;			/* [names_lock] by nr */

/* Return n or its ancestor at a level; NULL: none, or the initial namespace. */
static const struct pid_space *at_level(const struct pid_space *n,
					unsigned level)
{
	while (n && n->level > level)
		n = n->parent;
	return n;
}

bool pid_space_within(const struct pid_space *n, const struct pid_space *outer)
{
	return !outer || at_level(n, outer->level) == outer;
}

/* ---- translation --------------------------------------------------------- */

/* Context: [names_lock]. */
static int ns_number_in(const struct pid_names *r, const struct pid_space *to)
{
	if (!r || !pid_space_within(r->space, to))
		return 0;
	return to ? r->at[to->level - 1] : r->nr;
}

int pid_ns_nr_in(int nr, const struct pid_space *to)
{
	int in;

	spin_lock(&names_lock);
	in = ns_number_in(idr_find(&all, nr), to);
	spin_unlock(&names_lock);
	return in;
}

int pid_ns_nr_from(int nr, const struct pid_space *from)
{
	struct pid_names *r;
	int meant = -1;

	spin_lock(&names_lock);
	r = idr_find(&from->ids, nr);
	if (r)
		meant = r->nr;
	spin_unlock(&names_lock);
	return meant;
}

/* List the numbers from `to` down to `own`, outermost first. */
int pid_ns_list(int nr, const struct pid_space *own,
		const struct pid_space *to, int *in)
{
	unsigned first = to ? to->level : 0, last = own ? own->level : 0;
	int n = 0;

	in[0] = pid_in(nr, to);
	if (!pid_space_within(own, to))
		return 1;
	for (unsigned level = first; level <= last; level++)
		in[n++] = pid_in(nr, level ? at_level(own, level) : NULL);
	return n;
}

/* ---- numbers come and go; [tree_lock] ------------------------------------ */

static bool ns_may_choose(const struct pid_space *n)
{
	const struct user_space *owner = n ? n->ns.owner : NULL;

	return capable_in(owner, CAP_CHECKPOINT_RESTORE) ||
		capable_in(owner, CAP_SYS_ADMIN);
}

/*
 * Find the number that set_tid of clone3(2) requests at a level.
 * Return: the number; 0: none is requested; or -errno.
 */
static int ns_wanted(const struct clone_args *a, const struct pid_space *own,
		     unsigned level, bool has_init)
{
	unsigned i = own->level - level;
	int nr;

	if (!a->tids || i >= (unsigned)a->tids[0])
		return 0;
	nr = a->tids[1 + i];
	if (nr < 1 || nr >= READ_ONCE(pid_max) || (nr != 1 && !has_init))
		return -EINVAL;
	return ns_may_choose(level ? at_level(own, level) : NULL) ? nr : -EPERM;
}

/*
 * Allocate r's number in n; want: the number requested, or 0.
 * Context: [names_lock].
 * Return: the number or -errno.
 */
static int enter_space(struct pid_space *n, struct pid_names *r, int want)
{
	int nr;

	if (want) {
		nr = idr_alloc(&n->ids, r, want, want);
		return nr == -ENOSPC ? -EEXIST : nr;
	}
	nr = idr_alloc_cyclic(&n->ids, r, n->ids.next > PID_LOW ? PID_LOW : 1,
			      READ_ONCE(pid_max) - 1);
	return nr == -ENOSPC ? -EAGAIN : nr;
}

/* Remove the numbers of r in n and its ancestors.  Context: [names_lock]. */
static void leave_spaces(struct pid_space *n, const struct pid_names *r)
{
	for (; n; n = n->parent)
		idr_remove(&n->ids, r->at[n->level - 1]);
}

/*
 * Allocate numbers in all namespaces except the initial one, innermost first.
 * Return: 0 or -errno.
 */
static int enter_all(struct pid_names *r, const struct clone_args *a)
{
	struct pid_space *n, *done;
	int nr = 0;

	for (n = r->space; n; n = n->parent) {
		nr = ns_wanted(a, r->space, n->level, n->init);
		if (nr < 0)
			break;
		spin_lock(&names_lock);
		nr = enter_space(n, r, nr);
		spin_unlock(&names_lock);
		if (nr < 0)
			break;
		r->at[n->level - 1] = nr;
	}
	if (!n)
		return 0;
	spin_lock(&names_lock);
	for (done = r->space; done != n; done = done->parent)
		idr_remove(&done->ids, r->at[done->level - 1]);
	spin_unlock(&names_lock);
	return nr;
}

/*
 * Allocate the number in the initial namespace.
 * Return: the number or -errno.
 */
static int enter_first(struct pid_names *r, const struct clone_args *a)
{
	int nr = ns_wanted(a, r->space, 0, true), err;

	if (nr < 0)
		return nr;
	if (nr > 0) {
		err = pid_take(nr);
		nr = err ? err : nr;
	} else {
		nr = pid_alloc();
	}
	if (nr < 0)
		return nr;
	spin_lock(&names_lock);
	err = idr_alloc(&all, r, nr, nr);
	spin_unlock(&names_lock);
	if (err == nr)
		return nr;
	pid_put(nr);
	return -ENOMEM;
}

/*
 * Free r, which is not used after all.  If the namespace has no init yet, its
 * next task is number 1 again.  idr_shrink() runs before `next` is reset,
 * because it finds by `next` the node that is kept for the following number.
 */
static void ns_forget(struct pid_names *r)
{
	spin_lock(&names_lock);
	if (!r->space->init) {
		idr_shrink(&r->space->ids);
		r->space->ids.next = 0;
	}
	spin_unlock(&names_lock);
	kfree(r);
}

int pid_ns_enter(struct task *child, const struct clone_args *a)
{
	struct process *p = child->process;
	struct pid_space *n = p->space;
	struct pid_names *r;
	int err;

	spin_must_hold(&tree_lock);
	if (a->tids && (unsigned)a->tids[0] > n->level + 1)
		return -EINVAL;
	r = kzalloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->space = n;
	err = enter_all(r, a);
	if (err) {
		ns_forget(r);
		return err;
	}
	err = n->dead ? -ENOMEM : enter_first(r, a);
	if (err < 0) {
		spin_lock(&names_lock);
		leave_spaces(n, r);
		spin_unlock(&names_lock);
		ns_forget(r);
		return err;
	}
	ns_get(&n->ns);
	nested_pids++;
	r->nr = child->tid = err;
	child->vtid = r->at[n->level - 1];
	if (!n->init) {
		n->init = p;
		p->unkillable = true;
	}
	return 0;
}

/*
 * Note that a use of number nr has ended.  Wake every init above that waits to
 * be alone in its namespace.  With the last use of the number, its record is
 * freed and drops its reference to the namespace.
 */
void pid_ns_leave(int nr, bool last)
{
	struct pid_names *r;

	spin_must_hold(&tree_lock);
	spin_lock(&names_lock);
	r = last ? idr_remove(&all, nr) : idr_find(&all, nr);
	if (r && last)
		leave_spaces(r->space, r);
	spin_unlock(&names_lock);
	if (!r)
		return;
	for (struct pid_space *n = r->space; n; n = n->parent)
		if (n->init)
			wake_up(&n->init->wait_child);
	if (!last)
		return;
	nested_pids--;
	ns_put(&r->space->ns);
	kfree(r);
}

/* ---- init, and its end --------------------------------------------------- */

struct process *pid_ns_init_of(const struct process *p)
{
	struct process *init = p->space->init;

	spin_must_hold(&tree_lock);
	return init && init != p ? init : init_process;
}

/* Context: [tree_lock]. */
static bool ns_inside(const struct process *q, const struct process *init)
{
	return q && q != init && pid_space_within(q->space, init->space);
}

static void ns_kill_all(struct process *init)
{
	struct process *q;

	spin_must_hold(&tree_lock);
	list_for_each(q, &all_processes, all_link)
		if (ns_inside(q, init) && !q->zombie)
			signal_kernel_locked(q, SIGKILL);
}

/* Return a zombie that init can reap, or NULL.  Context: [tree_lock]. */
static struct process *zombie_of(struct process *init)
{
	struct process *c;

	list_for_each(c, &init->dead_children, sibling)
		if (!c->leader->trace.tracer ||
		    c->leader->trace.tracer->process == init)
			return c;
	return NULL;
}

/* True if init has a zombie to reap, or is alone in its namespace. */
static bool pid_ns_reap_ready(struct process *init)
{
	bool other = false;
	struct task *t;

	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		other |= ns_inside(t->process, init);
	other &= !zombie_of(init);
	spin_unlock(&tree_lock);
	return !other;
}

/* Reap all zombies that init can reap.  Return: true: init is alone now. */
static bool reap_all(struct process *init)
{
	struct list reaped = LIST_INIT(reaped);
	struct process *c;
	struct task *t;
	bool alone = true;

	spin_lock(&tree_lock);
	while ((c = zombie_of(init)) != NULL) {
		process_reap(c, false);
		list_append(&reaped, &c->sibling);
	}
	list_for_each(t, &all_tasks, all_link)
		alone &= !ns_inside(t->process, init);
	spin_unlock(&tree_lock);
	drop_reaped(&reaped);
	return alone;
}

/*
 * End the PID namespace of p, its init: kill all other tasks in it and wait for
 * them, including those that a process other than init has to reap.
 */
void pid_ns_end(struct process *p)
{
	struct list reaped = LIST_INIT(reaped);
	struct pid_space *n = p->space;

	if (HINT(n->init) != p)
		return;
	spin_lock(&current->sighand->lock);
	sighand_set(current->sighand, SIGCHLD)->handler = SIG_IGN;
	spin_unlock(&current->sighand->lock);
	spin_lock(&tree_lock);
	n->dead = true;
	if (current->tracees)
		tracer_ops->trace_release_all(current, &reaped);
	ns_kill_all(p);
	spin_unlock(&tree_lock);
	drop_reaped(&reaped);
	while (!reap_all(p))
		wait_event(&p->wait_child, pid_ns_reap_ready(p));
	spin_lock(&tree_lock);
	n->init = NULL;
	if (n->reboot) {
		spin_lock(&current->sighand->lock);
		p->exiting = true;
		p->exit_code = n->reboot;
		spin_unlock(&current->sighand->lock);
	}
	spin_unlock(&tree_lock);
}

/*
 * Handle reboot(2) in a PID namespace: the parent of init learns the kind of
 * reboot from its exit status.
 */
void pid_ns_reboot(int signo)
{
	struct pid_space *n = current->process->space;

	spin_lock(&tree_lock);
	n->reboot = signo;
	if (n->init)
		signal_kernel_locked(n->init, SIGKILL);
	spin_unlock(&tree_lock);
}

/* ---- signals ------------------------------------------------------------- */

/* True if info names its sender. */
static bool has_sender(const struct siginfo *info)
{
	enum siginfo_kind k = siginfo_kind(info->signo, info->code);

	return info->of_child || k == SIGINFO_KILL || k == SIGINFO_QUEUE ||
		k == SIGINFO_CHILD;
}

/*
 * Return the siginfo as p sees it.  A sender outside has no number in p's
 * namespace and is shown as 0.  Init gets signals it cannot block only from
 * outside or from the kernel.  User ids are translated to p's user namespace.
 */
const struct siginfo *pid_ns_seen(const struct process *p,
				  const struct siginfo *info,
				  struct siginfo *copy)
{
	bool outside = !pid_in(current->tid, p->space);

	*copy = *info;
	if (p->space)
		copy->forced = outside || info->code == SI_KERNEL;
	if (!has_sender(info))
		return copy;
	copy->uid = uid_in(info->uid, p->leader->cred->space);
	if (outside)
		copy->pid = 0;
	return copy;
}

/* ---- namespaces ---------------------------------------------------------- */

struct user_space *pid_ns_owner(const struct pid_space *n)
{
	return n->ns.owner;
}

struct ns *pid_ns_of(const struct process *p)
{
	return p && p->space ? &p->space->ns : NULL;
}

struct ns *pid_ns_parent(const struct ns *n)
{
	const struct pid_space *parent = pid_space_of(n)->parent;

	return parent ? (struct ns *)&parent->ns : NULL;
}

/*
 * Check if current may create a PID namespace below `old`.  Refused after an
 * unshare(2) that put future children into another namespace, because current
 * itself has stayed where it was.
 */
static int ns_may_copy(const struct ns *old)
{
	if (pid_space_of(old) != pid_space())
		return -EINVAL;
	return old && pid_space_of(old)->level + 1 >= PID_LEVELS ? -ENOSPC : 0;
}

static struct ns *pid_ns_copy(const struct ns *old)
{
	struct pid_space *n = kzalloc(sizeof(*n));

	if (!n)
		return NULL;
	n->parent = pid_space_of(old);
	n->level = n->parent ? n->parent->level + 1 : 1;
	idr_init(&n->ids);
	if (n->parent)
		ns_get(&n->parent->ns);
	return &n->ns;
}

static void ns_release(struct ns *ns)
{
	struct pid_space *n = pid_space_of(ns);

	idr_shrink(&n->ids);
	if (n->parent)
		ns_put(&n->parent->ns);
	kfree(n);
}

static const struct ns_kind kind __table(ns_kind) = {
	.type = NS_PID,
	.flag = CLONE_NEWPID,
	.copy = pid_ns_copy,
	.free = ns_release,
	.may_copy = ns_may_copy,
};

/* ---- procfs -------------------------------------------------------------- */

static void hold_view(struct pid_space *n, bool hold)
{
	if (n && hold)
		ns_get(&n->ns);
	else if (n)
		ns_put(&n->ns);
}

static int next_number(const struct pid_space *n, int above)
{
	int nr = above + 1;
	bool any;

	spin_lock(&names_lock);
	any = idr_next(&n->ids, &nr) != NULL;
	spin_unlock(&names_lock);
	return any ? nr : 0;
}

static void pid_spaces_init(void)
{
	idr_init(&all);
	proc_hold_view = hold_view;
	proc_next_number = next_number;
}
INIT(fs, pid_spaces_init);
