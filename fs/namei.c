/* SPDX-License-Identifier: MIT */
/*
 * Path look-up (row A1).  The walk runs under dcache_lock with no references
 * at all while names are cached; it takes one on where it stands (the anchor)
 * only when it must let go of the lock: a name to ask the file system for, or
 * a symlink to read.
 */
#include <fs/internal.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

/*
 * The text of a symlink being walked, and what was left of the one before: a
 * list instead of recursion, since a kernel stack is small and links may be
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

/* One component of the text. */
struct component {
	const char *name;
	const char *next;	/* after it and the slashes behind it */
	unsigned len;
	u32 hash;
	bool slash;		/* slashes follow */
	bool final;		/* nothing is left after it */
};

static struct slab_cache *frame_cache;

static void walk_lock(void)
{
	spin_lock(&dcache_lock);
}

/* Let go of the lock; w->at stays alive through the anchor. */
static void walk_unlock(struct walk *w)
{
	struct path old = w->anchor;
	struct dentry *hold = w->hold;

	path_get(&w->at);
	w->anchor = w->at;
	w->hold = NULL;
	spin_unlock(&dcache_lock);
	if (old.dentry)
		path_put(&old);
	if (hold)
		dentry_put(hold);
}

/* => dcache_lock not held: the last reference may have to be dropped */
static void walk_end(struct walk *w)
{
	while (w->frame) {
		struct link_frame *f = w->frame;

		w->frame = f->up;
		slab_free(frame_cache, f);
	}
	if (w->anchor.dentry)
		path_put(&w->anchor);
	if (w->hold)
		dentry_put(w->hold);
}

/*
 * What is mounted here stands for what it covers, and may be covered in turn.
 * => [dcache_lock]
 */
static void cross_mounts(struct path *p)
{
	spin_must_hold(&dcache_lock);
	while (unlikely(p->dentry->mounted)) {
		struct mount *m = mount_covering(p->mount, p->dentry);

		if (!m)
			break;
		m->entered++;
		p->mount = m;
		p->dentry = m->root;
	}
}

void path_cross_mounts(struct path *p)
{
	struct path old = *p;

	spin_lock(&dcache_lock);
	cross_mounts(p);
	if (p->dentry != old.dentry)
		path_get(p);
	spin_unlock(&dcache_lock);
	if (p->dentry != old.dentry)
		path_put(&old);
}

/* ---- the limits of openat2 ----------------------------------------------- */

static inline bool limited(const struct walk *w, unsigned resolve)
{
	return unlikely(w->scope) && w->scope->resolve & resolve;
}

/* Is p the scope's root or below it?  => [dcache_lock] */
static bool in_scope(const struct scope *s, const struct path *p)
{
	const struct dentry *d = p->dentry;
	const struct mount *m = p->mount;

	spin_must_hold(&dcache_lock);
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
 * May a scoped walk go up from here?  A directory that was moved away while
 * the walk stood in it must not lead out.  => 0; 1: stay here; -errno
 */
static int may_go_up(const struct walk *w)
{
	const struct scope *s = w->scope;

	if (w->at.dentry == s->root.dentry && w->at.mount == s->root.mount)
		return s->resolve & RESOLVE_BENEATH ? -EXDEV : 1;
	return in_scope(s, &w->at) ? 0 : -EAGAIN;
}

/* Start over at the root: a name or a link that begins with a slash. */
static int walk_to_root(struct walk *w)
{
	if (limited(w, RESOLVE_BENEATH))
		return -EXDEV;
	if (limited(w, RESOLVE_IN_ROOT)) {
		w->at = w->scope->root;
		return 0;
	}
	if (limited(w, RESOLVE_NO_XDEV) && w->at.mount &&
	    w->at.mount != current_root()->mount)
		return -EXDEV;
	w->at = *current_root();
	return 0;
}

int scope_start(struct scope *s, int dirfd, const char *name, unsigned resolve)
{
	s->resolve = resolve;
	if (name[0] == '/' && !(resolve & RESOLVE_SCOPED))
		dirfd = AT_FDCWD;	/* nobody asks where it would begin */
	return path_lookup(dirfd, "", LOOKUP_EMPTY, &s->root);
}

/* ---- steps --------------------------------------------------------------- */

/* `..`: never above the root, and out of a mount to where it hangs. */
static int walk_up(struct walk *w)
{
	const struct path *root = current_root();
	struct path *p = &w->at;
	struct mount *from = p->mount;

	if (limited(w, RESOLVE_SCOPED)) {
		int stay = may_go_up(w);

		if (stay)
			return stay < 0 ? stay : 0;
	}

	for (;;) {
		if (p->dentry == root->dentry && p->mount == root->mount)
			break;
		if (!p->mount || p->dentry != p->mount->root) {
			p->dentry = p->dentry->parent;
			break;
		}
		if (!p->mount->parent)
			break;
		p->dentry = p->mount->at;
		p->mount = p->mount->parent;
	}
	cross_mounts(p);
	return limited(w, RESOLVE_NO_XDEV) && p->mount != from ? -EXDEV : 0;
}

/*
 * A folder is searched with execute permission (path_resolution(7)); most grant
 * it to all, and have no list of rights.
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
 * => [dir->inode->lock], so nobody else makes or removes the name meanwhile;
 * the dentry, negative if there is no such name, or NULL with *err
 */
struct dentry *dir_lookup(struct dentry *dir, const char *name, unsigned len,
			  u32 hash, int *err)
{
	const struct inode_ops *ops = dir->inode->ops;
	struct dentry *d;

	spin_lock(&dcache_lock);
	d = dcache_find(dir, name, len, hash);
	if (d)
		dentry_get(d);
	spin_unlock(&dcache_lock);
	if (d && ops->revalidate && !ops->revalidate(d)) {
		dentry_delete(d);
		dentry_put(d);
		d = NULL;
	}
	if (d)
		return d;
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
 * Not in the cache: ask the file system, which may sleep: so dcache_lock is let
 * go, and all that w->at stands on is held instead.  => [dcache_lock] in and
 * out
 */
static int walk_lookup(struct walk *w, const struct component *c,
		       struct dentry **out)
{
	struct dentry *dir = w->at.dentry, *d;
	int err = -ENOENT;

	spin_must_hold(&dcache_lock);
	if (!dir->inode->ops->lookup)
		return -ENOENT;		/* the cache is the directory */
	if (limited(w, RESOLVE_CACHED))
		return -EAGAIN;
	walk_unlock(w);
	mutex_lock(&dir->inode->lock);
	d = dir_lookup(dir, c->name, c->len, c->hash, &err);
	mutex_unlock(&dir->inode->lock);
	walk_lock();
	w->hold = d;
	if (!d)
		return err;
	*out = d;
	return 0;
}

/* The hash is computed as the name is read: each byte is looked at once. */
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

static bool is_dots(const struct component *c)
{
	return c->name[0] == '.' && (c->len == 1 ||
		(c->len == 2 && c->name[1] == '.'));
}

int link_text(struct inode *i, char *buf)
{
	long n = i->ops->readlink ? i->ops->readlink(i, buf, PATH_MAX)
				  : -EINVAL;

	if (n < 0)
		return (int)n;
	return n ? 0 : -ENOENT;
}

/* Keep what is left of the present text behind the new one. */
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
 * A magic link of /proc: it has no text, but says where it leads.  =>
 * dcache_lock not held; the walk stands there
 */
static int walk_jump(struct walk *w, struct inode *i)
{
	struct path to;
	int err = -ELOOP;

	if (limited(w, RESOLVE_NO_MAGICLINKS))
		return err;
	err = i->ops->follow(i, &to);
	if (err)
		return err;
	if (limited(w, RESOLVE_SCOPED) ||
	    (limited(w, RESOLVE_NO_XDEV) && to.mount != w->at.mount)) {
		path_put(&to);
		return -EXDEV;
	}
	path_put(&w->anchor);
	w->anchor = to;
	w->at = to;
	return 0;
}

/*
 * Follow the symlink inode i found in w->at; *s is where to go on.
 * => [dcache_lock] in and out
 */
static int walk_follow(struct walk *w, struct inode *i, const char **s)
{
	struct link_frame *f = NULL;
	int err = -ELOOP;

	spin_must_hold(&dcache_lock);
	if (++w->links > SYMLINK_MAX_DEPTH ||
	    limited(w, RESOLVE_NO_SYMLINKS) ||
	    (w->at.mount && w->at.mount->flags & MS_NOSYMFOLLOW))
		return err;
	inode_get(i);
	walk_unlock(w);
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

static int walk_follow_last(struct walk *w, const struct inode *dir,
			    struct inode *i, const char **s)
{
	int err = sticky_may_follow(dir, i);

	return err ? err : walk_follow(w, i, s);
}

/*
 * One component, down from w->at.  A link that is not last is followed whatever
 * the flags say; one with a slash behind it names what it leads to (POSIX,
 * "Pathname Resolution").  => [dcache_lock] in and out; *s: what is left
 */
static int walk_step(struct walk *w, const struct component *c, const char **s)
{
	struct inode *dir = w->at.dentry->inode, *i;
	struct path to = { w->at.mount, NULL };
	int err;

	spin_must_hold(&dcache_lock);
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
	cross_mounts(&to);
	if (limited(w, RESOLVE_NO_XDEV) && to.mount != w->at.mount)
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

/* The last name is copied: the text it is in may be a link's, and go. */
static void last_record(struct last_name *l, const struct component *c)
{
	memcpy(l->name, c->name, c->len);
	l->name[c->len] = 0;
	l->len = c->len;
	l->hash = c->hash;
	l->slash = c->slash;
	l->dot = is_dots(c);
}

/*
 * The walk itself.  It ends with the text of the outermost frame, or before its
 * last component if w->last asks for that.  => [dcache_lock]
 */
static int walk_text(struct walk *w, const char *s)
{
	struct component c;
	int err;

	spin_must_hold(&dcache_lock);
	for (;;) {
		while (*s == '/')
			s++;
		if (!*s) {
			struct link_frame *f = w->frame;

			if (!f || !*f->rest)
				return 0;
			s = f->rest;
			w->frame = f->up;
			slab_free(frame_cache, f);
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
		if (unlikely(is_dots(&c))) {
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

/* The path a descriptor stands for, referenced. */
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
 * Stand where the path starts and take the lock.  Root and working folder need
 * no reference: they are changed under dcache_lock only.  => 0 with the lock;
 * -errno without
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

/* The same within a scope, where "/" may be elsewhere. => [dcache_lock] */
static int walk_scoped_start(struct walk *w, const char *name)
{
	spin_must_hold(&dcache_lock);
	return name[0] == '/' ? walk_to_root(w) : 0;
}

/* The lock is held: take the references of the result and let go. */
static int walk_finish(struct walk *w, int err, struct path *out)
{
	if (!err) {
		*out = w->at;
		path_get(out);
	}
	spin_unlock(&dcache_lock);
	walk_end(w);
	return err;
}

static inline int look_up(int dirfd, const char *name, unsigned flags,
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
	return look_up(dirfd, name, flags, NULL, out);
}

int path_lookup_scoped(int dirfd, const char *name, unsigned flags,
		       const struct scope *scope, struct path *out)
{
	return look_up(dirfd, name, flags, scope, out);
}

static void last_init(struct last_name *l)
{
	l->len = 0;
	l->name[0] = 0;
	l->slash = false;
	l->dot = true;		/* "/": no name at all */
}

/*
 * For those who make, remove or rename: the folder, and the last name's text.
 */
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
 * For O_CREAT: the last name is a link to what may not exist. *depth counts
 * over several calls.
 */
int path_parent_link(struct last_name *l, struct dentry *link, unsigned *depth)
{
	struct walk w = { .last = l, .at = l->dir, .links = *depth,
			  .scope = l->scope };
	struct path from = l->dir;
	const char *s = "";
	int err;

	if (link->inode->ops->follow)
		return -ELOOP;		/* a magic link has no last name */
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

int user_path(int dirfd, uaddr_t name, unsigned flags, struct path *out)
{
	int err;
	char *text = name_from_user(name, &err);

	if (!text)
		return err;
	err = path_lookup(dirfd, text, flags, out);
	name_put(text);
	return err;
}

void namei_init(void)
{
	frame_cache = slab_create("link_frame", sizeof(struct link_frame));
}
