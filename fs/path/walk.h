/* SPDX-License-Identifier: MIT */
/*
 * Between namei.c, namei_link.c and extension calls: the path look-up.  Here
 * "/mnt/cd/x", with a disk mounted on /mnt, and "cd" in it a symlink to
 * "../tmp":
 *
 *   left to walk     w->at: mount, dentry   what happens
 *
 *   "/mnt/cd/x"      first root, "/"        a slash: start at the root
 *   "mnt/cd/x"       first root, "mnt"      covered: on to the mount's root
 *   "cd/x"           disk, "/"              a link: at stays, "x" is put aside
 *   "../tmp"  ("x")  disk, "/"              "..": from the mount's root to
 *                    first root, "mnt"        where it hangs, and up
 *   "tmp"     ("x")  first root, "/"
 *             "x"    first root, "tmp"      the text is used up: its frame goes
 *                    first root, "x"        done
 */
#ifndef FS_PATH_WALK_H
#define FS_PATH_WALK_H

#include <fs/internal.h>

/*
 * The text of a symlink being walked, and what was left of the one before.  It
 * is a list and no recursion, since a kernel stack is small and links may be
 * SYMLINK_MAX_DEPTH deep.
 */
struct link_frame {
	struct link_frame *up;
	const char *rest;	/* in up's text; "" only when nothing is left */
	char text[PATH_MAX];
};

struct walk {
	struct path at;		/* [dcache_lock] here, not referenced */
	struct path anchor;	/* referenced, or dentry NULL */
	struct dentry *hold;	/* referenced, or NULL */
	struct link_frame *frame;
	unsigned links;		/* followed so far */
	unsigned flags;		/* LOOKUP_ */
	struct last_name *last;	/* where to stop (path_parent), or NULL */
	const struct scope *scope;	/* NULL: no limits */
};

static inline void walk_lock(void)
{
	br_read_lock(&dcache_lock);
}

/* Release the lock; the anchor keeps w->at alive. */
void walk_unlock(struct walk *w);

/* ---- the limits of openat2 ----------------------------------------------- */

static inline bool walk_limited(const struct walk *w, unsigned resolve)
{
	return unlikely(w->scope) && w->scope->resolve & resolve;
}

/* [dcache_lock] Start over at the root: a name or link begins with a slash. */
static inline int walk_to_root(struct walk *w)
{
	if (unlikely(w->scope))
		return w->scope->to_root(w);
	w->at = *current_root();
	return 0;
}

/* ---- namei_link.c ------------------------------------------------------- */

/*
 * [dcache_lock] Follow the symlink inode i found in w->at.
 * Return: 0 with *s, where to go on; or -errno.
 */
int walk_follow(struct walk *w, struct inode *i, const char **s);
/* The same for the last name, which stands in dir (sticky_rules). */
int walk_follow_last(struct walk *w, const struct inode *dir, struct inode *i,
		     const char **s);
/* The present text is done with. */
void walk_frame_pop(struct walk *w);

#endif
