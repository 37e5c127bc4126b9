/* SPDX-License-Identifier: MIT */
/*
 * Symlinks in a path look-up (lecture row A1 of docs/coverage.md).  Texts not
 * yet walked to their end are in a list of frames:
 *
 *   walking "a/b" in     frame -> [ text of link 2 ]
 *                                   | up    rest: what follows link 2
 *                                   v
 *                                 [ text of link 1 ]
 *                                   | up    rest: what follows link 1
 *                                   v
 *                                 the path itself
 */
#include "walk.h"
#include <mm/frames/slab.h>

static struct slab_cache *frame_cache;

void walk_frame_pop(struct walk *w)
{
	struct link_frame *f = w->frame;

	w->frame = f->up;
	slab_free(frame_cache, f);
}

/* Copy the text of a symlink to buf, of PATH_MAX bytes.  Return: 0, -errno. */
static int link_text(struct inode *i, char *buf)
{
	long n = i->ops->readlink ? i->ops->readlink(i, buf, PATH_MAX)
				  : -EINVAL;

	if (n < 0)
		return (int)n;
	return n ? 0 : -ENOENT;
}

/*
 * Begin a new text, after which the rest of the present text is walked.  If
 * there is no rest, the old frame is freed at once: a chain of links needs no
 * more than two frames.
 */
static void frame_push(struct walk *w, struct link_frame *f, const char *rest)
{
	struct link_frame *old = w->frame;

	f->up = old;
	f->rest = rest;
	if (!*rest && old) {
		f->up = old->up;
		f->rest = old->rest;
		slab_free(frame_cache, old);
	}
	w->frame = f;
}

/*
 * Follow a magic link of /proc, which has no text, but gives a path at which
 * the walk continues.
 * Context: dcache_lock not held.
 */
static int walk_jump(struct walk *w, struct inode *i)
{
	struct path to;
	int err = -ELOOP;

	if (walk_limited(w, RESOLVE_NO_MAGICLINKS))
		return err;
	err = i->ops->follow(i, &to);
	if (err)
		return err;
	if (walk_limited(w, RESOLVE_SCOPED) ||
	    (walk_limited(w, RESOLVE_NO_XDEV) && to.mount != w->at.mount)) {
		path_put(&to);
		return -EXDEV;
	}
	path_put(&w->anchor);
	w->anchor = to;
	w->at = to;
	return 0;
}

/*
 * Reading the text may sleep, so dcache_lock is released meanwhile.  The anchor
 * keeps the directory alive.  i gets a reference, as the name of the symlink
 * may be removed.
 */
int walk_follow(struct walk *w, struct inode *i, const char **s)
{
	struct link_frame *f = NULL;
	int err = -ELOOP;

	br_must_hold(&dcache_lock);
	if (++w->links > SYMLINK_MAX_DEPTH ||
	    walk_limited(w, RESOLVE_NO_SYMLINKS) ||
	    (w->at.mount && w->at.mount->flags & MS_NOSYMFOLLOW))
		return err;
	inode_get(i);
	walk_unlock(w);
	inode_touch_atime(i, w->at.mount);
	if (i->ops->follow) {
		err = walk_jump(w, i);
	} else {
		f = slab_alloc(frame_cache);
		err = f ? link_text(i, f->text) : -ENOMEM;
	}
	inode_put(i);
	walk_lock();
	if (err) {
		if (f)
			slab_free(frame_cache, f);
		return err;
	}
	if (!f)
		return 0;
	frame_push(w, f, *s);
	*s = f->text;
	return f->text[0] == '/' ? walk_to_root(w) : 0;
}

const struct sticky_rules *sticky_rules;

int walk_follow_last(struct walk *w, const struct inode *dir, struct inode *i,
		     const char **s)
{
	int err = sticky_rules ? sticky_rules->may_follow(dir, i) : 0;

	return err ? err : walk_follow(w, i, s);
}

void namei_init(void)
{
	frame_cache = slab_create("link_frame", sizeof(struct link_frame));
}
