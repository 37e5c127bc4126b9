/* SPDX-License-Identifier: MIT */
/*
 * Records of the namespaces that tasks are in.  Tasks share them.  This file
 * also makes and replaces them for clone(2), unshare(2) and execve(2).
 */
#include "namespace.h"
#include <kernel/cred/capable.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/task/part.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

TABLE(ns_kind);

#define FIRST_INO	4026532000u	/* first number after the initial
					 * namespaces' */

struct nsproxy {
	ref_t refs;			/* tasks */
	struct ns *ns[NS_TYPES];	/* const, referenced; NULL: initial */
	struct ns *time;		/* of the tasks; ns[NS_TIME]: of their
					 * children */
};

static unsigned proxy_at;
static atomic_t inos;			/* numbers given out */

/*
 * Return the slot for the proxy of t.  Only t changes its own slot.
 * Context: [tree_lock], unless t is current.
 */
static struct nsproxy **proxy_of(struct task *t)
{
	return (struct nsproxy **)task_slot(t, proxy_at);
}

/* ---- one namespace ------------------------------------------------------- */

void ns_get(struct ns *n)
{
	if (n)
		ref_get(&n->refs);
}

/*
 * A namespace that is freed drops its reference to its owner, which may be the
 * last one, and so on.
 */
void ns_put(struct ns *n)
{
	struct user_space *owner;

	while (n && ref_put(&n->refs)) {
		owner = n->owner;
		ns_uncount(n->kind->type, owner, n->by, n->maker);
		n->kind->free(n);
		n = owner ? &owner->ns : NULL;
	}
}

static int ns_make(const struct ns_kind *k, const struct ns *old,
		   struct user_space *owner, struct fs_context *fs,
		   struct ns **out)
{
	unsigned by = current->cred->euid;
	struct user *u;
	struct ns *n;
	int err = k->may_copy ? k->may_copy(old) : 0;

	if (!err)
		err = ns_count(k->type, owner, by, &u);
	if (err)
		return err;
	n = k->copy_tree ? k->copy_tree(old, owner, fs) : k->copy(old);
	if (!n) {
		ns_uncount(k->type, owner, by, u);
		return -ENOMEM;
	}
	ref_init(&n->refs);
	n->kind = k;
	n->maker = u;
	n->by = by;
	n->owner = owner;
	if (owner)
		ns_get(&owner->ns);
	n->ino = FIRST_INO + (unsigned)atomic_add(&inos, 1);
	*out = n;
	return 0;
}

/* ---- records ------------------------------------------------------------- */

/* Context: no lock. */
static void proxy_put(struct nsproxy *p)
{
	if (!p || !ref_put(&p->refs))
		return;
	for (int i = 0; i < NS_TYPES; i++)
		ns_put(p->ns[i]);
	ns_put(p->time);
	kfree(p);
}

/* Clone current's proxy.  Return: NULL: no memory. */
static struct nsproxy *proxy_clone(void)
{
	struct nsproxy *old = *proxy_of(current);
	struct nsproxy *p = kzalloc(sizeof(*p));

	if (!p)
		return NULL;
	ref_init(&p->refs);
	for (int i = 0; old && i < NS_TYPES; i++) {
		p->ns[i] = old->ns[i];
		ns_get(p->ns[i]);
	}
	p->time = old ? old->time : NULL;
	ns_get(p->time);
	return p;
}

/*
 * Replace current's proxy by p (NULL: all initial).  Takes over the caller's
 * reference to p.
 */
static void proxy_set(struct nsproxy *p)
{
	struct nsproxy **slot = proxy_of(current), *old = *slot;

	spin_lock(&tree_lock);
	*slot = p;
	spin_unlock(&tree_lock);
	proxy_put(old);
}

/*
 * Move the tasks of p into the time namespace that was set for their children.
 */
static void enter_time(struct nsproxy *p)
{
	ns_get(p->ns[NS_TIME]);
	ns_put(p->time);
	p->time = p->ns[NS_TIME];
	time_ns_enter(p->time);
}

/*
 * Make a proxy like current's, with new namespaces of the kinds in flags, owned
 * by the user namespace `owner`.  fs: the paths of the task that will use the
 * proxy; a new mount namespace moves them into its own mounts.
 */
static int proxy_new(u64 flags, struct user_space *owner,
		     struct fs_context *fs, struct nsproxy **out)
{
	struct nsproxy *p = proxy_clone();
	int err = p ? 0 : -ENOMEM;

	table_each(k, ns_kind) {
		struct ns *old;

		if (err || !(flags & k->flag) || k->type == NS_USER)
			continue;
		old = p->ns[k->type];
		p->ns[k->type] = NULL;
		err = ns_make(k, old, owner, fs, &p->ns[k->type]);
		ns_put(old);
	}
	if (err) {
		proxy_put(p);
		return err;
	}
	*out = p;
	return 0;
}

/* Make credentials in a new user namespace below current's. */
static int user_ns_new_cred(struct cred **out)
{
	struct ns *old = user_ns_of(current->cred), *n;
	int err = 0;

	table_each(k, ns_kind)
		if (k->type == NS_USER)
			err = ns_make(k, old, current->cred->space, NULL, &n);
	if (err)
		return err;
	*out = user_cred(user_space_of(n));
	return *out ? 0 : -ENOMEM;
}

/*
 * Check that current may make the namespaces in flags.  Flags of kinds that are
 * not built in are invalid.  With CLONE_NEWUSER no privilege is needed.
 */
static int may_make(u64 flags)
{
	u64 unknown = flags & CLONE_NEW;

	table_each(k, ns_kind)
		unknown &= ~(u64)k->flag;
	if (unknown)
		return -EINVAL;
	return flags & CLONE_NEWUSER || capable_here(CAP_SYS_ADMIN) ? 0 :
		-EPERM;
}

/*
 * Set the PID namespace of a new process to the one in its proxy.  A thread
 * stays in the PID namespace of its process.
 */
static int proxy_enter_pid_ns(struct task *child, u64 flags)
{
	struct process *p = child->process;

	if (flags & CLONE_THREAD)
		return 0;
	p->space = pid_space_of((*proxy_of(child))->ns[NS_PID]);
	p->nested = p->space || child->cred->space;
	return 0;
}

/*
 * Make the child's namespaces: the user namespace first, because it owns the
 * others.
 */
static int proxy_new_for_child(struct task *child, u64 flags)
{
	struct cred *c;
	int err = flags & CLONE_NEW ? may_make(flags) : 0;

	/* the list of SEM_UNDO must not be shared across IPC namespaces */
	if (!err && flags & CLONE_NEWIPC && flags & CLONE_SYSVSEM)
		err = -EINVAL;
	if (!err && flags & CLONE_NEWUSER) {
		err = user_ns_new_cred(&c);
		if (!err) {
			cred_put(child->cred);
			child->cred = c;
		}
	}
	return err ? err : proxy_new(flags, child->cred->space, child->fs,
				     proxy_of(child));
}

/*
 * Give the child its proxy.  A child with memory of its own enters at once the
 * time namespace that was set for children.
 */
static int proxy_copy(struct task *child, u64 flags)
{
	struct nsproxy *old;
	bool moves;
	int err;

	if (flags & CLONE_NEWUSER && flags & (CLONE_THREAD | CLONE_FS))
		return -EINVAL;
	if (flags & CLONE_THREAD && (flags & CLONE_NEWPID ||
	    pid_space_of(ns_current(NS_PID)) != pid_space()))
		return -EINVAL;
	old = *proxy_of(current);
	moves = old && old->time != old->ns[NS_TIME] && !(flags & CLONE_VM);
	if (likely(!(flags & CLONE_NEW)) && !moves) {
		*proxy_of(child) = old;
		ref_get(&(*proxy_of(child))->refs);
		return proxy_enter_pid_ns(child, flags);
	}
	/* all paths of one fs_context lie in one mount tree */
	if ((flags & CLONE_NEWNS) && (flags & CLONE_FS))
		return -EINVAL;
	err = proxy_new_for_child(child, flags);
	if (!err && !(flags & CLONE_VM))
		enter_time(*proxy_of(child));
	return err ? err : proxy_enter_pid_ns(child, flags);
}

/* Drop the proxy of t, which exits, or whose clone(2) has failed. */
static void proxy_exit(struct task *t)
{
	struct nsproxy *old = *proxy_of(t);

	spin_lock(&tree_lock);
	*proxy_of(t) = NULL;
	spin_unlock(&tree_lock);
	proxy_put(old);
}

static int proxy_unshare(u64 flags)
{
	struct cred *c = NULL;
	struct nsproxy *p;
	int err = may_make(flags);

	if (!err && flags & CLONE_NEWUSER)
		err = user_ns_new_cred(&c);
	if (!err)
		err = proxy_new(flags, (c ? c : current->cred)->space,
				current->fs, &p);
	if (err) {
		if (c)
			cred_put(c);
		return err;
	}
	if (c)
		user_enter(c);
	proxy_set(p);
	return 0;
}

static const struct task_part part __table(task_part) = {
	.at = &proxy_at, .flag = CLONE_NEW, .copy = proxy_copy,
	.exit = proxy_exit, .unshare = proxy_unshare,
};

/*
 * Enter the time namespace that was set for children: a new program has memory
 * of its own.
 */
static void proxy_exec(struct process *p)
{
	struct nsproxy *old = *proxy_of(current), *new;

	if (likely(!old) || old->time == old->ns[NS_TIME])
		return;
	new = proxy_clone();
	if (!new) {
		signal_kernel(p, SIGKILL);
		return;
	}
	enter_time(new);
	proxy_set(new);
}

static unsigned exec_at;
static void no_record(struct process *p, struct process *parent) {}
static const struct process_part exec_part __table(process_part) = {
	.at = &exec_at, .init = no_record, .exec = proxy_exec,
};

/* ---- for the core -------------------------------------------------------- */

static const struct namespace_ops ops = {
	.uts_name = uts_ns_names,
	.clock_ahead = time_ns_ahead, .vdso_frame = time_ns_frame,
	.pid_in = pid_ns_nr_in, .pid_from = pid_ns_nr_from,
	.pid_owner = pid_ns_owner, .pid_list = pid_ns_list,
	.pid_enter = pid_ns_enter, .pid_leave = pid_ns_leave,
	.space_reboot = pid_ns_reboot, .space_ends = pid_ns_end,
	.space_init = pid_ns_init_of, .signal_seen = pid_ns_seen,
	.id_map = user_ns_map, .user_has = user_ns_has,
	.user_hold = user_ns_hold, .stat_shown = user_ns_show,
};

static void namespaces_init(void)
{
	namespace_ops = &ops;
}
INIT(fs, namespaces_init);

/* ---- for the other files ------------------------------------------------- */

struct ns *ns_current(enum ns_type type)
{
	struct nsproxy *p = *proxy_of(current);

	if (type == NS_USER)
		return user_ns_of(current->cred);
	return p ? p->ns[type] : NULL;
}

struct ns *ns_time(void)
{
	struct nsproxy *p = *proxy_of(current);

	return p ? p->time : NULL;
}

int ns_of_task(struct task *t, enum ns_type type, bool children,
	       struct ns **out)
{
	struct nsproxy *p;
	int err = -ESRCH;

	*out = NULL;
	spin_lock(&tree_lock);
	if (type == NS_PID && !children) {
		if (!t->process || !t->process->reaped) {
			err = 0;
			*out = pid_ns_of(t->process);
			ns_get(*out);
		}
	} else if (type == NS_USER) {
		err = 0;
		*out = t->cred ? user_ns_of(t->cred) : NULL;
		ns_get(*out);
	} else if (!(HINT(t->flags) & TF_EXITING)) {
		err = 0;
		p = *proxy_of(t);
		*out = !p ? NULL : type == NS_TIME && !children ? p->time :
			p->ns[type];
		if (type == NS_PID && *out && !pid_space_of(*out)->init) {
			*out = NULL;
			err = -ESRCH;
		}
		ns_get(*out);
	}
	spin_unlock(&tree_lock);
	return err;
}

/*
 * Enter namespaces.  A task that is back in all initial namespaces needs no
 * proxy.  A task in a user namespace keeps one, so that proxy_copy() is called
 * for its children.
 */
int ns_enter(struct ns *const *to, unsigned types)
{
	struct nsproxy *p = proxy_clone();
	bool any = current->cred->space || types & 1u << NS_USER;

	if (!p)
		return -ENOMEM;
	for (int i = 0; i < NS_TYPES; i++) {
		if (types & 1u << i && i != NS_USER) {
			ns_get(to[i]);
			ns_put(p->ns[i]);
			p->ns[i] = to[i];
		}
		any |= p->ns[i] != NULL;
	}
	if (types & 1u << NS_TIME)
		enter_time(p);
	any |= p->time != NULL;
	if (!any) {
		proxy_put(p);
		p = NULL;
	}
	proxy_set(p);
	return 0;
}
