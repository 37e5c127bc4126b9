/* SPDX-License-Identifier: MIT */
/*
 * Path look-up (lecture row A1 of docs/coverage.md).
 *
 *   "/home/ann/../bob/note"      for each component:
 *
 *     component_parse   its name and hash, up to the next slash
 *     walk_lookup       the dentry: cached, or from the file system
 *     cross_mounts      replace it by the root of a mount on it
 *     walk_follow       a symlink: walk its text, then the rest
 *     walk_up           "..": to the parent, or out of a mount
 *
 * The walk runs under dcache_lock and holds no references at all while names
 * are cached.  It takes a reference to its current place (the anchor) only when
 * it has to release the lock: to look a name up in the file system, or to read
 * a symlink.
 */
#include "walk.h"
#include <mm/uaccess.h>

/* One component of a path text. */
struct component {
	const char *name;
	const char *next;	/* the text behind this component and its
				 * slashes */
	unsigned len;
	u32 hash;
	bool slash;		/* followed by slashes */
	bool final;		/* the text ends with this component */
};

void walk_unlock(struct walk *w)
{
	struct path old = w->anchor;
	struct dentry *hold = w->hold;

	path_get(&w->at);
	w->anchor = w->at;
	w->hold = NULL;
	br_read_unlock(&dcache_lock);
	/*
	 * done after the lock is released, as dropping the last reference to a
	 * file may sleep
	 */
	if (old.dentry)
		path_put(&old);
	if (hold)
		dentry_put(hold);
}

/* Context: dcache_lock not held, as the last reference may be dropped here. */
static void walk_end(struct walk *w)
{
	while (w->frame)
		walk_frame_pop(w);
	if (w->anchor.dentry)
		path_put(&w->anchor);
	if (w->crossed.dentry)
		path_put(&w->crossed);
	if (w->hold)
		dentry_put(w->hold);
}

/*
 * The length of a path is limited, but not how many mounts lie on each other,
 * nor how deep a directory lies in what a bind mount shows.  So a walk counts
 * its steps along these, and now and then releases the lock.
 */
#define WALK_STEPS 2048		/* most steps in one hold of the lock */

/* Context: [dcache_lock], before and after. */
static void walk_count(struct walk *w, unsigned steps)
{
	w->steps += steps;
	if (likely(w->steps < WALK_STEPS))
		return;
	w->steps = 0;
	walk_unlock(w);
	walk_lock();
}

/*
 * Replace p by the root of the mount that covers it.
 * Context: [dcache_lock].
 * Return: false: none does.
 */
static bool cross_mount(struct path *p)
{
	struct mount *m;

	br_must_hold(&dcache_lock);
	if (likely(!p->dentry->mounted))
		return false;
	m = mount_covering(p->mount, p->dentry);
	if (!m)
		return false;
	atomic_add(&m->entered, 1);
	p->mount = m;
	p->dentry = m->root;
	return true;
}

/*
 * Release the lock on the way from w->at, a directory, to p, a mount on one of
 * its names.
 * Context: [dcache_lock], before and after.
 */
static void walk_pause_at(struct walk *w, const struct path *p)
{
	struct path old = w->crossed;

	path_get(p);
	w->crossed = *p;
	w->steps = 0;
	walk_unlock(w);
	if (old.dentry)
		path_put(&old);
	walk_lock();
}

/*
 * Replace p by the root of the mount that covers it, which may be covered in
 * turn.
 */
static void cross_mounts(struct walk *w, struct path *p)
{
	while (unlikely(cross_mount(p)))
		if (unlikely((w->steps += 16) >= WALK_STEPS))
			walk_pause_at(w, p);
}

/*
 * A mount may show the same dentry as the place it covers (a bind of a
 * directory on itself), so the mounts are compared.
 */
void path_cross_mounts(struct path *p)
{
	struct path old;
	unsigned n;

	do {
		old = *p;
		br_read_lock(&dcache_lock);
		for (n = 0; n < WALK_STEPS / 16 && cross_mount(p); )
			n++;
		if (p->mount != old.mount)
			path_get(p);
		br_read_unlock(&dcache_lock);
		if (p->mount != old.mount)
			path_put(&old);
	} while (n);
}

/* ---- steps --------------------------------------------------------------- */

/*
 * True unless rename(2) has moved w->at out of the part of a file system that a
 * bind mount shows.  It may still be the working directory of a task, but a
 * walk cannot go up from it, as that would lead out of the mount
 * (CVE-2015-2925).
 * Its depth is climbed in one hold of the lock, and counted after that.
 * Context: [dcache_lock].
 */
static bool is_shown(struct walk *w)
{
	const struct dentry *top = w->at.mount ? w->at.mount->root : NULL;
	const struct dentry *d = w->at.dentry;
	unsigned depth = 0;

	if (likely(!top || top->parent == top))
		return true;
	for (; d != top && d->parent != d; d = d->parent)
		depth++;
	if (d != top)
		return false;
	walk_count(w, depth);
	return true;
}

/* Handle "..": never above the root, and out of a mount to its mount point. */
static int walk_up(struct walk *w)
{
	const struct path *root = current_root();
	struct path *p = &w->at;
	struct mount *from = p->mount;

	if (walk_limited(w, RESOLVE_SCOPED)) {
		int stay = w->scope->may_go_up(w);

		if (stay)
			return stay < 0 ? stay : 0;
	}

	for (;;) {
		if (p->dentry == root->dentry && p->mount == root->mount)
			break;
		if (!p->mount || p->dentry != p->mount->root) {
			p->dentry = p->dentry->parent;
			if (unlikely(!is_shown(w)))
				return -ENOENT;
			break;
		}
		if (!p->mount->parent)
			break;
		p->dentry = p->mount->at;
		p->mount = p->mount->parent;
		walk_count(w, 1);
	}
	cross_mounts(w, p);
	return walk_limited(w, RESOLVE_NO_XDEV) && p->mount != from ? -EXDEV : 0;
}

/*
 * Searching a directory needs execute permission (path_resolution(7)); most
 * directories grant it to all, and have no ACL.
 */
static int may_search(struct inode *i)
{
	if (unlikely(!S_ISDIR(i->mode)))
		return -ENOTDIR;
	if (likely((i->mode & 0111) == 0111 && !i->xattrs))
		return 0;
	return inode_permission(i, X_OK);
}

/*
 * Find a name in the cache or in the file system.
 * Context: [dir->inode->lock], so nobody else makes or removes the name
 * meanwhile.
 * Return: the dentry, negative if there is no such name; NULL with *err.
 */
struct dentry *dir_lookup(struct dentry *dir, const char *name, unsigned len,
			  u32 hash, int *err)
{
	const struct inode_ops *ops = dir->inode->ops;
	struct dentry *d;
	int valid;

	br_read_lock(&dcache_lock);
	d = dcache_find(dir, name, len, hash);
	if (d)
		dentry_get(d);
	br_read_unlock(&dcache_lock);
	if (d) {
		valid = ops->revalidate ? ops->revalidate(d) : 1;
		if (valid > 0)
			return d;
		if (!valid)
			dentry_delete(d);
		dentry_put(d);
		*err = valid;
		if (valid)
			return NULL;
	}
	d = dentry_alloc(dir, name, len, hash);
	*err = -ENOMEM;
	if (!d)
		return NULL;
	if (!ops->lookup)
		return d;
	*err = ops->lookup(dir->inode, d);
	if (*err) {
		dentry_put(d);
		return NULL;
	}
	if (!d->inode && !ops->revalidate)
		dentry_set_negative(d);
	return d;
}

/*
 * Look up a name that is not in the cache.  The file system may sleep, so
 * dcache_lock is released, and w->at is referenced instead.
 * Context: [dcache_lock], before and after.
 */
static int walk_lookup(struct walk *w, const struct component *c,
		       struct dentry **out)
{
	struct dentry *dir = w->at.dentry, *d;
	int err = -ENOENT;

	br_must_hold(&dcache_lock);
	if (!dir->inode->ops->lookup)
		return -ENOENT;		/* all names are in the cache */
	if (walk_limited(w, RESOLVE_CACHED))
		return -EAGAIN;
	walk_unlock(w);
	mutex_lock(&dir->inode->lock);
	d = dir_lookup(dir, c->name, c->len, c->hash, &err);
	mutex_unlock(&dir->inode->lock);
	walk_lock();
	w->hold = d;		/* until the walk moves on */
	if (!d)
		return err;
	*out = d;
	return 0;
}

/* Computes the hash while it reads the name, so that each byte is read once. */
static void component_parse(struct component *c, const char *s,
			    const struct walk *w)
{
	u32 h = NAME_HASH_INIT;
	const char *p = s;

	for (; *p && *p != '/'; p++)
		h = name_hash_step(h, (u8)*p);
	c->name = s;
	c->len = (unsigned)(p - s);
	c->hash = h;
	c->slash = *p == '/';
	while (*p == '/')
		p++;
	c->next = p;
	c->final = !*p && !(w->frame && *w->frame->rest);
}

static bool namei_is_dots(const struct component *c)
{
	return c->name[0] == '.' && (c->len == 1 ||
		(c->len == 2 && c->name[1] == '.'));
}

/*
 * Walk one component down from w->at.  A symlink that is not the last component
 * is always followed.  A symlink that is the last component with a slash behind
 * it is followed, too, and must lead to a directory (POSIX, "Pathname
 * Resolution").
 * Context: [dcache_lock], before and after.
 * Return: 0 with *s, the rest of the text; or -errno.
 */
static int walk_step(struct walk *w, const struct component *c, const char **s)
{
	struct inode *dir = w->at.dentry->inode, *i;
	struct path to = { w->at.mount, NULL };
	struct mount *from;
	int err;

	br_must_hold(&dcache_lock);
	if (likely(!dir->ops->revalidate))
		to.dentry = dcache_find(w->at.dentry, c->name, c->len,
					c->hash);
	if (!to.dentry) {
		err = walk_lookup(w, c, &to.dentry);
		if (err)
			return err;
	}
	if (!to.dentry->inode)
		return -ENOENT;
	from = w->at.mount;
	cross_mounts(w, &to);
	if (walk_limited(w, RESOLVE_NO_XDEV) && to.mount != from)
		return -EXDEV;
	i = to.dentry->inode;
	if (unlikely(S_ISLNK(i->mode))) {
		if (c->final && c->slash)
			w->flags |= LOOKUP_DIR | LOOKUP_FOLLOW;
		if (!c->final)
			return walk_follow(w, i, s);
		if (w->flags & LOOKUP_FOLLOW)
			return walk_follow_last(w, dir, i, s);
	}
	if (c->final && c->slash && !S_ISDIR(i->mode))
		return -ENOTDIR;
	w->at = to;
	return 0;
}

/* Copy the last name: it may lie in the text of a symlink, which is freed. */
static void last_record(struct last_name *l, const struct component *c)
{
	memcpy(l->name, c->name, c->len);
	l->name[c->len] = 0;
	l->len = c->len;
	l->hash = c->hash;
	l->slash = c->slash;
	l->dot = namei_is_dots(c);
}

/*
 * Walk a text, up to the end of the outermost frame, or before its last
 * component if w->last is set.
 * Context: [dcache_lock].
 */
static int walk_text(struct walk *w, const char *s)
{
	struct component c;
	int err;

	br_must_hold(&dcache_lock);
	for (;;) {
		while (*s == '/')
			s++;
		if (!*s) {
			struct link_frame *f = w->frame;

			if (!f || !*f->rest)
				return 0;
			s = f->rest;
			walk_frame_pop(w);
			continue;
		}
		err = may_search(w->at.dentry->inode);
		if (unlikely(err))
			return err;
		component_parse(&c, s, w);
		if (unlikely(c.len > NAME_MAX))
			return -ENAMETOOLONG;
		if (c.final && w->last) {
			last_record(w->last, &c);
			return 0;
		}
		s = c.next;
		if (unlikely(namei_is_dots(&c))) {
			err = c.len == 2 ? walk_up(w) : 0;
			if (unlikely(err))
				return err;
			continue;
		}
		err = walk_step(w, &c, &s);
		if (unlikely(err))
			return err;
	}
}

/* Get the path of a descriptor, referenced. */
static int fd_path(int fd, struct path *out)
{
	struct fdref r = fdref_get_any(fd);
	int err = -EBADF;

	if (r.file) {
		err = r.file->path.dentry ? 0 : -ENOTDIR;
		*out = r.file->path;
		if (!err)
			path_get(out);
	}
	fdref_put(r);
	return err;
}

/*
 * Set the starting point and take the lock.  Root and working directory need no
 * reference, as they change under dcache_lock only.
 * Return: 0 with the lock held; -errno without it.
 */
static int walk_start(struct walk *w, int dirfd, const char *name)
{
	int err;

	if (name[0] != '/' && dirfd != AT_FDCWD) {
		err = fd_path(dirfd, &w->anchor);
		if (err) {
			w->anchor.dentry = NULL;
			return err;
		}
		w->at = w->anchor;
		walk_lock();
		return 0;
	}
	walk_lock();
	w->at = name[0] == '/' ? *current_root() : *current_cwd();
	return 0;
}

/*
 * Adjust the starting point for a scope, in which "/" may mean a directory
 * other than the root.
 * Context: [dcache_lock].
 */
static int walk_scoped_start(struct walk *w, const char *name)
{
	br_must_hold(&dcache_lock);
	return name[0] == '/' ? walk_to_root(w) : 0;
}

/* Take references to the result, and release the lock. */
static int walk_finish(struct walk *w, int err, struct path *out)
{
	if (!err) {
		*out = w->at;
		path_get(out);
	}
	br_read_unlock(&dcache_lock);
	walk_end(w);
	return err;
}

static inline int namei_look_up(int dirfd, const char *name, unsigned flags,
				const struct scope *scope, struct path *out)
{
	struct walk w = { .flags = flags, .scope = scope };
	int err;

	if (unlikely(!name[0]) && !(flags & LOOKUP_EMPTY))
		return -ENOENT;
	err = walk_start(&w, dirfd, name);
	if (unlikely(err))
		return err;
	err = unlikely(scope) ? walk_scoped_start(&w, name) : 0;
	if (likely(!err))
		err = walk_text(&w, name);
	if (!err && w.flags & LOOKUP_DIR &&
	    !S_ISDIR(w.at.dentry->inode->mode))
		err = -ENOTDIR;
	return walk_finish(&w, err, out);
}

int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out)
{
	return namei_look_up(dirfd, name, flags, NULL, out);
}

int path_lookup_scoped(int dirfd, const char *name, unsigned flags,
		       const struct scope *scope, struct path *out)
{
	return namei_look_up(dirfd, name, flags, scope, out);
}

static void last_init(struct last_name *l)
{
	l->len = 0;
	l->name[0] = 0;
	l->slash = false;
	l->dot = true;		/* "/": no name */
}

/* Used by calls that create, remove or rename. */
int path_parent(int dirfd, const char *name, struct last_name *out)
{
	return path_parent_scoped(dirfd, name, NULL, out);
}

int path_parent_scoped(int dirfd, const char *name, const struct scope *scope,
		       struct last_name *out)
{
	struct walk w = { .last = out, .scope = scope };
	int err;

	if (!name[0])
		return -ENOENT;
	last_init(out);
	out->scope = scope;
	err = walk_start(&w, dirfd, name);
	if (err)
		return err;
	err = unlikely(scope) ? walk_scoped_start(&w, name) : 0;
	if (!err)
		err = walk_text(&w, name);
	return walk_finish(&w, err, &out->dir);
}

/*
 * Used for O_CREAT, when the last name is a symlink whose target may not exist.
 * *depth counts the links followed in several calls.
 */
int path_parent_link(struct last_name *l, struct dentry *link, unsigned *depth)
{
	struct walk w = { .last = l, .at = l->dir, .links = *depth,
			  .scope = l->scope };
	struct path from = l->dir;
	const char *s = "";
	int err;

	if (link->inode->ops->follow)
		return -ELOOP;		/* a magic link has no target name */
	walk_lock();
	last_init(l);
	err = walk_follow_last(&w, l->dir.dentry->inode, link->inode, &s);
	if (!err)
		err = walk_text(&w, s);
	*depth = w.links;
	err = walk_finish(&w, err, &l->dir);
	if (err)
		l->dir = from;
	else
		path_put(&from);
	return err;
}

void path_get(const struct path *p)
{
	dentry_get(p->dentry);
	if (likely(p->mount))
		mount_get(p->mount);
}

void path_put(struct path *p)
{
	dentry_put(p->dentry);
	if (likely(p->mount))
		mount_put(p->mount);
}
