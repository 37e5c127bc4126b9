/* SPDX-License-Identifier: MIT */
/* CLONE_INTO_CGROUP of clone3(2): a child that starts in another group. */
#include "cgroup.h"
#include <fs/open/fd.h>
#include <kernel/ops/cgroup_ops.h>
#include <kernel/task/task.h>

/*
 * Check if the child may start in `to`, as if the caller moved it there.
 * Conditions that can change meanwhile are checked again when the child is
 * published.
 */
static int into_check(struct cgroup *from, struct cgroup *to, bool thread)
{
	const struct cg_opener o = { current->cred, cg_top() };
	int err = HINT(to->dead) ? -ENOENT : cg_may_write(to, o.cred);

	if (!err)
		err = cg_may_attach(from, to, &o);
	if (err)
		return err;
	spin_lock(&tree_lock);
	err = cg_takes_tasks(to);
	if (!err && thread && from->dom != to->dom)
		err = -EOPNOTSUPP;
	if (!err)
		err = member_prepare(current);
	if (!err) {
		member_of(current)->into = to;
		cg_get(to);
	}
	spin_unlock(&tree_lock);
	return err;
}

static void cgroup_clear_into(void)
{
	struct member *m = member_of(current);
	struct cgroup *cg = m->into;

	m->into = NULL;
	cg_tell(cg);
	cg_put(cg);
}

int cg_clone_into(int fd, bool thread)
{
	struct cgroup *from, *to;
	struct fdref r;
	int err = -EBADF;

	if (fd < 0) {
		cgroup_clear_into();
		return 0;
	}
	r = fdref_get_any(fd);
	to = r.file ? cg_of_file(r.file) : NULL;
	if (to) {
		spin_lock(&tree_lock);
		from = cg_of(current);
		cg_get(from);
		spin_unlock(&tree_lock);
		err = into_check(from, to, thread);
		cg_put(from);
	}
	fdref_put(r);
	return err;
}
