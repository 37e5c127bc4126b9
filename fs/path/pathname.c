/* SPDX-License-Identifier: MIT */
/*
 * Path strings: copied from user memory, and built from a path.
 *
 *   [ unused ...          /mnt/disk/note (deleted)\0 ]
 *     buf                 ^ result, built from the end towards the front
 *
 * A dentry leads to its parent, so the last component is known first, and the
 * length of the whole only at the root.
 */
#include <fs/internal.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>

static struct slab_cache *name_cache;

void pathname_init(void)
{
	name_cache = slab_create("path_name", PATH_MAX);
}

char *name_alloc(void)
{
	return slab_alloc(name_cache);
}

/*
 * Return: a string for name_put(); NULL with *err: -EFAULT, -ENAMETOOLONG,
 * -ENOMEM.
 */
char *name_from_user(uaddr_t name, int *err)
{
	char *text = slab_alloc(name_cache);
	long n;

	*err = -ENOMEM;
	if (!text)
		return NULL;
	n = string_from_user(text, name, PATH_MAX);
	if (likely(n >= 0))
		return text;
	slab_free(name_cache, text);
	*err = (int)n;
	return NULL;
}

void name_put(char *name)
{
	if (name)
		slab_free(name_cache, name);
}

/* Put s in front of *at.  Return: false: no room. */
static bool prepend(char **at, const char *buf, const char *s, unsigned len)
{
	if ((size_t)(*at - buf) < len)
		return false;
	*at -= len;
	memcpy(*at, s, len);
	return true;
}

static bool prepend_name(char **at, const char *buf, const struct dentry *d)
{
	return prepend(at, buf, d->name, d->name_len) &&
		prepend(at, buf, "/", 1);
}

/*
 * Build the name backwards into the buffer, from the last component up to the
 * root, across mount points.  *outside: the walk ended at another root.  A path
 * that was moved out of its bind mount has no name: as on Linux "/" is shown.
 * Context: [dcache_lock].
 * Return: false: no room.
 */
static bool build_name(struct path p, const struct path *root, char **at,
		       const char *buf, bool *outside)
{
	char *end = *at;

	for (;;) {
		if (root && p.dentry == root->dentry && p.mount == root->mount)
			return true;
		if (p.mount && p.dentry == p.mount->root) {
			if (!p.mount->parent) {
				*outside = root;
				return true;
			}
			p.dentry = p.mount->at;
			p.mount = p.mount->parent;
			continue;
		}
		if (p.dentry->parent == p.dentry && p.mount) {
			*at = end;
			*outside = true;
			return true;
		}
		if (p.dentry->parent == p.dentry) {
			/* a file in no tree: "pipe:[7]" */
			return prepend(at, buf, p.dentry->name,
				       p.dentry->name_len);
		}
		if (!prepend_name(at, buf, p.dentry))
			return false;
		p.dentry = p.dentry->parent;
	}
}

/*
 * True if d is not in the cache although it has a parent.  Only a dentry that
 * was never in a directory, such as a pipe's, is its own parent.
 */
static bool is_deleted(const struct dentry *d)
{
	return !dentry_hashed(d) && d->parent != d;
}

static char *make_name(const struct path *p, const struct path *root,
		       char *buf, size_t size, bool *outside, int *err)
{
	static const char deleted[] = " (deleted)";
	char *at = buf + size - 1;
	bool ok = true;

	*outside = false;
	*at = 0;
	br_read_lock(&dcache_lock);
	if (is_deleted(p->dentry))
		ok = prepend(&at, buf, deleted, sizeof(deleted) - 1);
	ok = ok && build_name(*p, root, &at, buf, outside);
	if (ok && (!*at || *at == ' '))
		ok = prepend(&at, buf, "/", 1);
	br_read_unlock(&dcache_lock);
	if (ok)
		return at;
	*err = -ENAMETOOLONG;
	return NULL;
}

char *path_name_from(const struct path *p, const struct path *root,
		     char *buf, size_t size, int *err)
{
	bool outside;

	return make_name(p, root, buf, size, &outside, err);
}

/* Used by getcwd(2): a path outside the caller's root has no absolute name. */
char *path_name_marked(const struct path *p, char *buf, size_t size, int *err)
{
	static const char mark[] = "(unreachable)";
	bool outside;
	char *at = make_name(p, current_root(), buf, size, &outside, err);

	if (!at || !outside)
		return at;
	*err = -ENAMETOOLONG;
	return prepend(&at, buf, mark, sizeof(mark) - 1) ? at : NULL;
}

char *path_name(const struct path *p, char *buf, size_t size, int *err)
{
	return path_name_from(p, current_root(), buf, size, err);
}

int path_lookup_user(int dirfd, uaddr_t name, unsigned flags, struct path *out)
{
	int err;
	char *text = name_from_user(name, &err);

	if (!text)
		return err;
	err = path_lookup(dirfd, text, flags, out);
	name_put(text);
	return err;
}
