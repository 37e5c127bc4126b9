/* SPDX-License-Identifier: MIT */
/*
 * The limits of openat2(2) on a lookup: below a directory, within a root, on
 * one mount.  A walk without limits pays for one test (walk_limited); a walk
 * with limits calls these functions through its struct scope.
 */
#include "scope.h"
#include <fs/path/walk.h>

/* True if p is the scope's root or below it.  Context: [dcache_lock]. */
static bool in_scope(const struct scope *s, const struct path *p)
{
	const struct dentry *d = p->dentry;
	const struct mount *m = p->mount;

	br_must_hold(&dcache_lock);
	for (;;) {
		if (d == s->root.dentry && m == s->root.mount)
			return true;
		if (m && d == m->root) {
			if (!m->parent)
				return false;
			d = m->at;
			m = m->parent;
		} else if (d->parent != d) {
			d = d->parent;
		} else {
			return false;
		}
	}
}

/*
 * Check a step to "..": a directory that was moved out of the scope during the
 * walk must not lead out.
 */
static int may_go_up(const struct walk *w)
{
	const struct scope *s = w->scope;

	if (w->at.dentry == s->root.dentry && w->at.mount == s->root.mount)
		return s->resolve & RESOLVE_BENEATH ? -EXDEV : 1;
	return in_scope(s, &w->at) ? 0 : -EAGAIN;
}

static int to_root(struct walk *w)
{
	if (walk_limited(w, RESOLVE_BENEATH))
		return -EXDEV;
	if (walk_limited(w, RESOLVE_IN_ROOT)) {
		w->at = w->scope->root;
		return 0;
	}
	if (walk_limited(w, RESOLVE_NO_XDEV) && w->at.mount &&
	    w->at.mount != current_root()->mount)
		return -EXDEV;
	w->at = *current_root();
	return 0;
}

int scope_start(struct scope *s, int dirfd, const char *name, unsigned resolve)
{
	*s = (struct scope){
		.resolve = resolve, .may_go_up = may_go_up, .to_root = to_root,
	};
	if (name[0] == '/' && !(resolve & RESOLVE_SCOPED))
		dirfd = AT_FDCWD;	/* dirfd is ignored, as in openat(2) */
	return path_lookup(dirfd, "", LOOKUP_EMPTY, &s->root);
}
