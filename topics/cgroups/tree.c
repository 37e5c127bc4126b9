/* SPDX-License-Identifier: MIT */
/*
 * The tree of groups: parents and children, the kind of each group, and which
 * groups have tasks.  A group is a domain, or threaded: a threaded group may
 * contain single threads of the processes in its domain.  All of this is under
 * tree_lock.
 */
#include "cgroup.h"
#include <fs/mount/mount.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <fs/inode/notify.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>

struct cgroup cgroup_root = {
	.refs = { 1 }, .name = "", .dom = &cgroup_root,
	.children = LIST_INIT(cgroup_root.children),
	.sibling = LIST_INIT(cgroup_root.sibling),
	.members = LIST_INIT(cgroup_root.members),
	.dying = LIST_INIT(cgroup_root.dying),
	.max_depth = CG_UNLIMITED, .max_descendants = CG_UNLIMITED,
	.poll = WAIT_QUEUE_INIT(cgroup_root.poll),
};

/* ---- life ---------------------------------------------------------------- */

struct cgroup *cg_alloc(struct cgroup *parent, const char *name)
{
	struct cgroup *cg = cg_alloc_record(
		sizeof(*cg), offsetof(struct cgroup, state), false);

	if (!cg)
		return NULL;
	cg->name = kstrdup(name);
	if (!cg->name || !cg_init_states(cg)) {
		kfree(cg->name);
		kfree(cg);
		return NULL;
	}
	ref_init(&cg->refs);
	cg->parent = parent;
	cg_get(parent);
	cg->depth = parent->depth + 1;
	cg->dom = cg;
	list_init(&cg->children);
	list_init(&cg->sibling);
	list_init(&cg->members);
	list_init(&cg->dying);
	cg->max_depth = cg->max_descendants = CG_UNLIMITED;
	for (int i = 0; i < CG_NR_EVENTS; i++)
		cg->notices[i].count = 1;
	wait_queue_init(&cg->poll);
	return cg;
}

/* Stop counting a dead group as dying in its ancestors. */
static void cgroup_uncount(struct cgroup *cg)
{
	struct cgroup *up;

	spin_lock(&tree_lock);
	for (up = cg->parent; up; up = up->parent)
		up->nr_dying--;
	spin_unlock(&tree_lock);
}

void cg_put(struct cgroup *cg)
{
	struct cgroup *parent;

	while (cg && ref_put(&cg->refs)) {
		if (cg->dead)
			cgroup_uncount(cg);
		parent = cg->parent;
		cg_free_states(cg);
		kfree(cg->name);
		kfree(cg);
		cg = parent;
	}
}

static int within_limits(const struct cgroup *cg)
{
	const struct cgroup *up;
	int level = 1;

	for (up = cg->parent; up; up = up->parent, level++)
		if (up->nr_descendants >= (unsigned)up->max_descendants ||
		    level > up->max_depth)
			return -EAGAIN;
	return 0;
}

int cg_link(struct cgroup *cg)
{
	struct cgroup *parent = cg->parent, *up;
	int err;

	spin_must_hold(&tree_lock);
	if (parent->dead)
		return -ENODEV;
	err = within_limits(cg);
	if (err)
		return err;
	list_append(&parent->children, &cg->sibling);
	for (up = parent; up; up = up->parent)
		up->nr_descendants++;
	cg->freezing = cg->frozen = parent->freezing;
	cg_toggle(cg, parent->control, 0);
	return 0;
}

int cg_unlink(struct cgroup *cg)
{
	struct cgroup *up;

	spin_must_hold(&tree_lock);
	if (cg_populated(cg) || !list_empty(&cg->children))
		return -EBUSY;
	cg->dead = true;
	list_remove(&cg->sibling);
	for (up = cg->parent; up; up = up->parent) {
		up->nr_descendants--;
		up->nr_dying++;
	}
	if (cg_is_threaded(cg))
		cg->parent->nr_threaded--;
	freeze_refresh(cg->parent);
	return 0;
}

/* ---- walks --------------------------------------------------------------- */

bool cg_below(const struct cgroup *cg, const struct cgroup *top)
{
	while (cg->depth > top->depth)
		cg = cg->parent;
	return cg == top;
}

struct cgroup *cg_next(struct cgroup *cg, struct cgroup *top)
{
	spin_must_hold(&tree_lock);
	if (!list_empty(&cg->children))
		return list_first(&cg->children, struct cgroup, sibling);
	while (cg != top && cg->sibling.next == &cg->parent->children)
		cg = cg->parent;
	return cg == top ? NULL : list_next(cg, sibling);
}

/*
 * Show "/.." for each step up from the reader's root to the nearest ancestor of
 * cg, then the names downward.  Each step down finds the group on the path at
 * the next depth.
 */
void cg_show_path(struct seq *s, const struct cgroup *cg)
{
	const struct cgroup *from = cg_top();

	if (cg == from)
		seq_print(s, "/");
	for (; !cg_below(cg, from); from = from->parent)
		seq_print(s, "/..");
	for (unsigned depth = from->depth + 1; depth <= cg->depth; depth++) {
		const struct cgroup *at = cg;

		while (at->depth > depth)
			at = at->parent;
		seq_print(s, "/%s", at->name);
	}
}

/* ---- kinds --------------------------------------------------------------- */

unsigned cg_available(const struct cgroup *cg)
{
	unsigned all = cg->parent ? cg->parent->control : cg_all;

	return cg_is_threaded(cg) ? all & cg_threaded : all;
}

/*
 * True if cg has threaded children, or is a domain with tasks that enables
 * threaded controllers.
 */
bool cg_thread_root(const struct cgroup *cg)
{
	if (cg_is_threaded(cg))
		return false;
	return cg->nr_threaded ||
		(cg->nr_members && cg->control & cg_threaded);
}

bool cg_may_be_thread_root(const struct cgroup *cg)
{
	if (!cg->parent)
		return true;
	return !cg_is_threaded(cg) && !cg->busy_domains &&
		!(cg->control & ~cg_threaded);
}

/*
 * True if cg is a valid domain.  A domain below a threaded domain is invalid:
 * it can have no tasks.
 */
bool cg_valid_domain(const struct cgroup *cg)
{
	if (cg_is_threaded(cg))
		return false;
	while ((cg = cg->parent))
		if (cg_is_threaded(cg) || (cg->parent && cg_thread_root(cg)))
			return false;
	return true;
}

void cg_populate(struct cgroup *cg, int by)
{
	struct cgroup *child = NULL;
	bool was;

	spin_must_hold(&tree_lock);
	for (; cg; child = cg, cg = cg->parent) {
		if (!child)
			was = by > 0 ? cg->busy_domains || cg->busy_threaded :
				true;
		else
			was = cg_populated(cg);
		if (child && cg_is_threaded(child))
			cg->busy_threaded += (unsigned)by;
		else if (child)
			cg->busy_domains += (unsigned)by;
		if (was == cg_populated(cg))
			return;
		cg_note(cg, CG_EVENTS);
	}
}

/* ---- telling ------------------------------------------------------------- */

void cg_note(struct cgroup *cg, unsigned event)
{
	spin_must_hold(&tree_lock);
	cg->notices[event].count++;
	cg->notices[event].due = true;
	wake_up(&cg->poll);
}

static void cgroup_tell_one(struct cgroup *cg, struct cg_notice *n)
{
	struct dentry *d = NULL;

	if (!HINT(n->due))
		return;
	spin_lock(&tree_lock);
	if (n->due && n->d) {
		d = n->d;
		dentry_get(d);
	}
	n->due = false;
	spin_unlock(&tree_lock);
	if (!d)
		return;
	notify_dentry(d, IN_MODIFY);
	dentry_put(d);
}

void cg_tell(struct cgroup *cg)
{
	for (; cg; cg = cg->parent)
		for (int i = 0; i < CG_NR_EVENTS; i++)
			cgroup_tell_one(cg, &cg->notices[i]);
}
