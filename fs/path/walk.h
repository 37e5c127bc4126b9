/* SPDX-License-Identifier: MIT */
/*
 * Path look-up: interface between namei.c, namei_link.c and extension calls.
 * As an example, "/mnt/cd/x" with a disk mounted on /mnt, and in it "cd", a
 * symlink to "../tmp":
 *
 *   left to walk     w->at: mount, dentry   what happens
 *
 *   "/mnt/cd/x"      first root, "/"        a slash: start at the root
 *   "mnt/cd/x"       first root, "mnt"      covered: on to the mount's root
 *   "cd/x"           disk, "/"              a link: at stays, "x" is saved
 *   "../tmp"  ("x")  disk, "/"              "..": from the mount's root to
 *                    first root, "mnt"        its mount point, and up
 *   "tmp"     ("x")  first root, "/"
 *             "x"    first root, "tmp"      end of the text: pop its frame
 *                    first root, "x"        done
 */
#ifndef FS_PATH_WALK_H
#define FS_PATH_WALK_H

#include <fs/internal.h>

/*
 * The text of a symlink being walked, and the rest of the text before it.  A
 * list instead of recursion, since a kernel stack is small and links may be
 * nested SYMLINK_MAX_DEPTH deep.
 */
struct link_frame {
	struct link_frame *up;
	const char *rest;	/* the rest of the outer text (that of `up`),
				 * from which the walk continues; "" only if
				 * nothing is left */
	char text[PATH_MAX];
};

struct walk {
	struct path at;		/* [dcache_lock] the current place, not
				 * referenced */
	struct path anchor;	/* referenced: the place where the lock was last
				 * released; dentry NULL: none */
	struct path crossed;	/* referenced: a mount among many on each other,
				 * where the lock was released; dentry NULL:
				 * none */
	struct dentry *hold;	/* referenced, or NULL */
	struct link_frame *frame;
	unsigned links;		/* number followed so far */
	unsigned steps;		/* up or down a tree, since the walk last had
				 * the lock free */
	unsigned flags;		/* LOOKUP_ */
	struct last_name *last;	/* where to stop (path_parent), or NULL */
	const struct scope *scope;	/* limits of openat2(2); NULL: none */
};

static inline void walk_lock(void)
{
	br_read_lock(&dcache_lock);
}

/* Move the anchor to w->at, which it keeps alive, and release the lock. */
void walk_unlock(struct walk *w);

/* ---- the limits of openat2 ----------------------------------------------- */

static inline bool walk_limited(const struct walk *w, unsigned resolve)
{
	return unlikely(w->scope) && w->scope->resolve & resolve;
}

/*
 * [dcache_lock] Start over at the root, for a name or link that begins with a
 * slash.
 */
static inline int walk_to_root(struct walk *w)
{
	if (unlikely(w->scope))
		return w->scope->to_root(w);
	w->at = *current_root();
	return 0;
}

/* ---- namei_link.c ------------------------------------------------------- */

/*
 * [dcache_lock] Follow the symlink with inode i found in w->at.
 * Return: 0 with *s, the text to walk next; or -errno.
 */
int walk_follow(struct walk *w, struct inode *i, const char **s);
/* As walk_follow(), for the last name, an entry of dir (sticky_rules). */
int walk_follow_last(struct walk *w, const struct inode *dir, struct inode *i,
		     const char **s);
/* Free the frame of the text just finished. */
void walk_frame_pop(struct walk *w);

#endif
