/* SPDX-License-Identifier: MIT */
/*
 * Cgroup namespaces (rows D8, D9): which control group a task sees as "/", in
 * /proc/PID/cgroup and in what it mounts.  This is the group of the task that
 * made the namespace, at that time.  A task that is later moved out of that
 * group sees itself at "/../elsewhere".
 */
#include <topics/cgroups/cgroup.h>
#include "namespace.h"
#include <lt/init.h>
#include <mm/frames/slab.h>

struct cgroup_ns {
	struct ns ns;
	struct cgroup *top;		/* const, referenced */
};

static struct cgroup *top_here(void)
{
	struct ns *n = ns_current(NS_CGROUP);

	return n ? container_of(n, struct cgroup_ns, ns)->top : &cgroup_root;
}

static struct ns *cgroup_copy(const struct ns *old)
{
	struct cgroup_ns *n = kmalloc(sizeof(*n));

	if (!n)
		return NULL;
	spin_lock(&tree_lock);
	n->top = cg_of(current);
	cg_get(n->top);
	spin_unlock(&tree_lock);
	return &n->ns;
}

static void cgroup_free(struct ns *n)
{
	struct cgroup_ns *c = container_of(n, struct cgroup_ns, ns);

	cg_put(c->top);
	kfree(c);
}

static const struct ns_kind kind __table(ns_kind) = {
	NS_CGROUP, CLONE_NEWCGROUP, cgroup_copy, cgroup_free,
};

static void ns_cgroups_hook_init(void)
{
	cg_namespace = top_here;
}
INIT(fs, ns_cgroups_hook_init);
