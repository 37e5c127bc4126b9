/* SPDX-License-Identifier: MIT */
/*
 * Attributes and access control lists of inodes (row B17): permission checks,
 * chmod, and what a new file inherits from its directory.
 */
#include "xattr.h"
#include <fs/inode/inode.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

/*
 * Held to replace an inode's set of attributes (i->xattrs), and to read the set
 * in a permission check, which does not take i->lock.
 */
static struct spinlock acl_lock = SPIN_INIT("acl", IPL_SOFT);

/*
 * Check permissions by the ACL.  Path lookup calls this without i->lock, while
 * another task may replace the set and free the old one; acl_lock guards only
 * against that.
 */
static int acl_decide(struct inode *i, int mask, const struct cred *c)
{
	const struct xattrs *x;
	int err = 1;

	spin_lock(&acl_lock);
	x = i->xattrs;
	if (x && x->acl)
		err = acl_permission(x->acl, x->acl_entries, mask, c->fsuid,
				     i->gid, c);
	spin_unlock(&acl_lock);
	return err;
}

/*
 * The disk is written first: a set that the file system rejects must not become
 * visible in memory.
 */
int inode_set_xattrs(struct inode *i, struct xattrs *new)
{
	struct xattrs *old;
	int err = i->ops->set_xattrs ? i->ops->set_xattrs(i, new) :
		-EOPNOTSUPP;

	if (err) {
		kfree(new);
		return err;
	}
	spin_lock(&acl_lock);
	old = i->xattrs;
	i->xattrs = new;
	spin_unlock(&acl_lock);
	kfree(old);
	return 0;
}

/* Apply chmod's rule for set-gid to a mode that is set by an ACL. */
static unsigned settled_mode(const struct inode *i, unsigned mode)
{
	if (!inode_may_setgid(i))
		mode &= ~(unsigned)S_ISGID;
	return mode;
}

/* Set an ACL.  If the mode can express the ACL, only the mode is set. */
int inode_set_acl(struct inode *i, bool dflt, const struct acl *a, unsigned n)
{
	const char *name = dflt ? XATTR_ACL_DEFAULT : XATTR_ACL_ACCESS;
	unsigned mode = i->mode;
	struct xattrs *new;
	int err;

	if (!dflt && n) {
		if (acl_to_mode(a->entry, n, &mode))
			n = 0;
		mode = settled_mode(i, mode);
	}
	err = xattrs_with(i->xattrs, name, strlen(name), n ? a : NULL,
			  sizeof(*a) + n * sizeof(a->entry[0]), &new);
	if (!err)
		err = inode_set_xattrs(i, new);
	if (!err)
		i->mode = mode;
	return err;
}

/*
 * Update the ACL after chmod.  A copy is changed, as the current set may be in
 * use.
 */
static int acl_chmod(struct inode *i, unsigned mode)
{
	const struct xattrs *x = i->xattrs;
	struct xattrs *new;
	const struct xattr *a;
	int err;

	if (!x || !x->acl)
		return 0;
	a = xattr_find(x, XATTR_ACL_ACCESS, sizeof(XATTR_ACL_ACCESS) - 1);
	err = xattrs_with(x, xattr_name(a), a->name_len, a->value,
			  a->value_len, &new);
	if (err)
		return err;
	acl_from_mode(new->acl, new->acl_entries, mode);
	return inode_set_xattrs(i, new);
}

/* Context: [dir->lock].  Return: the default ACL, or NULL. */
static const struct xattr *default_acl(const struct inode *dir)
{
	return xattr_find(dir->xattrs, XATTR_ACL_DEFAULT,
			  sizeof(XATTR_ACL_DEFAULT) - 1);
}

static bool has_default(const struct inode *dir)
{
	return default_acl(dir) != NULL;
}

/*
 * Make *out's access ACL from default ACL d, without permissions that creat(2)
 * did not ask for, and update the mode.
 */
static int inherit_access(struct inode *i, const struct xattr *d,
			  struct xattrs **out)
{
	const char *name = XATTR_ACL_ACCESS;
	struct xattrs *x;
	int err = xattrs_with(*out, name, strlen(name), d->value,
			      d->value_len, &x);

	if (err)
		return err;
	acl_and_mode(x->acl, x->acl_entries, i->mode);
	kfree(*out);
	*out = x;
	if (!acl_to_mode(x->acl, x->acl_entries, &i->mode))
		return 0;
	err = xattrs_with(*out, name, strlen(name), NULL, 0, &x);
	if (err)
		return err;
	kfree(*out);
	*out = x;
	return 0;
}

/*
 * Make the attributes of a new inode.  A new directory inherits the default ACL
 * of its parent both as default and as access ACL, a file only as access ACL.
 * Symbolic links have none.
 */
static int acl_inherit(struct inode *i, const struct inode *dir,
		       struct xattrs **out)
{
	const struct xattr *d = default_acl(dir);
	int err = 0;

	*out = NULL;
	if (!d || S_ISLNK(i->mode))
		return 0;
	if (S_ISDIR(i->mode))
		err = xattrs_with(NULL, xattr_name(d), d->name_len, d->value,
				  d->value_len, out);
	if (!err)
		err = inherit_access(i, d, out);
	if (err) {
		kfree(*out);
		*out = NULL;
	}
	return err;
}

static const struct xattr_ops ops = {
	.permission = acl_decide,
	.has_default = has_default,
	.inherit = acl_inherit,
	.chmod = acl_chmod,
	.drop_caps = file_caps_drop,
	.caps = file_caps_get,
};

static void xattr_init(void)
{
	xattr_ops = &ops;
}
INIT(fs, xattr_init);
