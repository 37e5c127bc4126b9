/* SPDX-License-Identifier: MIT */
/*
 * System calls of extended attributes (row B17): permission checks, and copying
 * between user memory and the set of the inode (xattr.h).  Names begin with a
 * class: user., trusted. (superuser only), system. (only ACLs), or security.,
 * of which the kernel uses only the file capabilities.
 */
#include <kernel/cred/ids.h>
#include <fs/open/anon_inode.h>
#include "xattr.h"
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <fs/inode/notify.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define XATTR_PROTOCOL	"system.sockprotoname"

/* The file that a call refers to, by path or by descriptor. */
struct target {
	struct path path;		/* mount NULL: unnamed file */
	struct dentry nameless;
	struct fdref fd;
	struct inode *inode;
	bool by_fd;
};

/* Name of an attribute, as given by the caller. */
struct name {
	char text[XATTR_NAME_MAX + 1];
	size_t len;
};

/* Return: 0: the caller must call target_put(t); or -errno. */
static int by_path(struct target *t, uaddr_t name, unsigned lookup)
{
	int err = path_lookup_user(AT_FDCWD, name, lookup, &t->path);

	t->by_fd = false;
	if (!err)
		t->inode = t->path.dentry->inode;
	return err;
}

/*
 * Find a target by descriptor.  A pipe or socket has an inode without a name.
 * For it, a dentry on the stack stands in for the name, so that the rest of the
 * code treats all files alike.
 */
static int by_fd(struct target *t, int fd)
{
	t->fd = fdref_get(fd);
	if (!t->fd.file)
		return -EBADF;
	t->by_fd = true;
	t->inode = t->fd.file->inode;
	t->nameless.inode = t->inode;
	t->nameless.parent = &t->nameless;
	t->path = t->fd.file->path.dentry ? t->fd.file->path :
		(struct path){ NULL, &t->nameless };
	return 0;
}

static void target_put(struct target *t)
{
	if (t->by_fd)
		fdref_put(t->fd);
	else
		path_put(&t->path);
}

/* Read a name.  An empty name gets ERANGE, like a long one (setxattr(2)). */
static int get_name(struct name *n, uaddr_t from)
{
	long len = string_from_user(n->text, from, sizeof(n->text));

	if (len == -ENAMETOOLONG || !len)
		return -ERANGE;
	n->len = len < 0 ? 0 : (size_t)len;
	return len < 0 ? (int)len : 0;
}

static bool xattr_begins(const struct name *n, const char *class)
{
	size_t len = strlen(class);

	return n->len >= len && !memcmp(n->text, class, len);
}

static bool is_acl(const struct name *n, bool dflt)
{
	return !strcmp(n->text, dflt ? XATTR_ACL_DEFAULT : XATTR_ACL_ACCESS);
}

static bool is_caps(const struct name *n)
{
	return !strcmp(n->text, XATTR_CAPS);
}

static bool can_have(const struct inode *i)
{
	return i->ops->set_xattrs;
}

/* Return: protocol name of a socket, shown as an attribute that nobody set. */
static const char *protocol_of(const struct target *t)
{
	const struct file *f = t->by_fd ? t->fd.file : NULL;

	return f && f->ops->protocol ? f->ops->protocol(f) : NULL;
}

/* ---- who may ------------------------------------------------------------- */

/*
 * Check access; mask: R_OK to read the attribute, W_OK to change it.
 * Return: 0, -errno.
 */
static int xattr_may_access(const struct target *t, const struct name *n,
			    int mask)
{
	struct inode *i = t->inode;
	int no = mask & W_OK ? -EPERM : -ENODATA;

	if (mask & W_OK && mount_read_only(&t->path))
		return -EROFS;
	if (xattr_begins(n, "system.") || xattr_begins(n, "security."))
		return 0;
	if (xattr_begins(n, "trusted."))
		return capable(CAP_SYS_ADMIN) ? 0 : no;
	if (xattr_begins(n, "user.")) {
		if (!S_ISREG(i->mode) && !S_ISDIR(i->mode))
			return no;
		if (S_ISDIR(i->mode) && i->mode & S_ISVTX && mask & W_OK &&
		    !inode_owner_or_capable(i))
			return -EPERM;
	}
	return inode_permission(i, mask);
}

/* True for eventfds and the like, whose attributes are not protected. */
static bool xattr_is_kernels(const struct inode *i)
{
	return i->super && i->super->type->magic == ANON_MAGIC;
}

/* Check a change of a security. attribute (xattr(7)): value and privilege. */
static int may_secure(const struct inode *i, const struct name *n,
		      const void *value, size_t len)
{
	int err = 0;

	if (!xattr_begins(n, "security."))
		return 0;
	if (xattr_is_kernels(i) && !(value && is_caps(n)))
		return 0;
	if (!is_caps(n))
		return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
	if (value)
		err = file_caps_check(value, len);
	return err || inode_capable(i, CAP_SETFCAP) ? err : -EPERM;
}

/*
 * Check a change of an attribute of a socket.  security. attributes of sockets
 * belong to security modules, and there are none.
 */
static int check_socket(const struct name *n, bool removing)
{
	if (!xattr_begins(n, "security."))
		return -EOPNOTSUPP;
	if (!strchr(n->text, '.')[1])
		return -EINVAL;
	return removing ? -EAGAIN : -EOPNOTSUPP;
}

/*
 * Check that the class of the name is known, and that the file system has
 * attributes.
 */
static int check_class(const struct target *t, const struct name *n,
		       bool removing)
{
	const struct inode *i = t->inode;

	if (protocol_of(t))
		return check_socket(n, removing);
	if (!can_have(i))
		return -EOPNOTSUPP;
	if (is_acl(n, false) || is_acl(n, true))
		return S_ISLNK(i->mode) ? -EOPNOTSUPP : 0;
	if (!xattr_begins(n, "user.") && !xattr_begins(n, "trusted.") &&
	    !xattr_begins(n, "security."))
		return -EOPNOTSUPP;
	return n->text[n->len - 1] == '.' && !strchr(n->text, '.')[1] ?
		-EINVAL : 0;
}

/* ---- setting and removing ------------------------------------------------ */

/* Set an ACL; value NULL: remove it.  Context: [i->lock]. */
static int change_acl(struct inode *i, const struct name *n,
		      const void *value, size_t len)
{
	bool dflt = is_acl(n, true);
	int entries = 0;

	mutex_must_hold(&i->lock);
	if (value && len)
		entries = acl_check(value, len);
	if (entries < 0)
		return entries;
	if (!inode_owner_or_capable(i))
		return -EPERM;
	if (dflt && !S_ISDIR(i->mode))
		return value ? -EACCES : 0;
	return inode_set_acl(i, dflt, value, (unsigned)entries);
}

/* Context: [i->lock]. */
static int change_plain(struct inode *i, const struct name *n,
			const void *value, size_t len, int flags)
{
	bool there = xattr_find(i->xattrs, n->text, n->len);
	struct xattrs *new;
	int err;

	mutex_must_hold(&i->lock);
	if (there && flags & XATTR_CREATE)
		return -EEXIST;
	if (!there && (flags & XATTR_REPLACE || !value))
		return -ENODATA;
	if (len > XATTR_SPACE)
		return -ENOSPC;
	err = xattrs_with(i->xattrs, n->text, n->len, value, len, &new);
	return err ? err : inode_set_xattrs(i, new);
}

/*
 * Set an attribute; value has room for FILE_CAPS_MAX bytes.  If value is NULL,
 * remove the attribute.
 */
static int xattr_change(struct target *t, const struct name *n, void *value,
			size_t len, int flags)
{
	struct inode *i = t->inode;
	int err = xattr_may_access(t, n, W_OK);

	if (!err)
		err = may_secure(i, n, value, len);
	if (!err)
		err = check_class(t, n, !value);
	if (!err && value && is_caps(n))
		err = file_caps_store(value, &len);
	if (err)
		return err;
	mutex_lock(&i->lock);
	err = xattr_begins(n, "system.") ? change_acl(i, n, value, len) :
		change_plain(i, n, value, len, flags);
	if (!err) {
		i->ctime = inode_now();
		inode_changed(i);
	}
	mutex_unlock(&i->lock);
	if (!err)
		notify_dentry(t->path.dentry, IN_ATTRIB);
	return err;
}

/*
 * Map ids of named users and groups between current's user namespace and the
 * kernel; acl_check() rejects unmapped ones.
 */
static void acl_ids(struct acl *a, size_t len, int user,
		   int group)
{
	size_t n = len < sizeof(*a) ? 0 :
		(len - sizeof(*a)) / sizeof(a->entry[0]);
	struct user_space *here = current->cred->space;

	for (size_t k = 0; here && k < n; k++) {
		struct acl_entry *e = &a->entry[k];

		if (e->tag == ACL_USER)
			e->id = id_map(user, e->id, here);
		else if (e->tag == ACL_GROUP)
			e->id = id_map(group, e->id, here);
	}
}

/*
 * Set an attribute of *t, and put t.  If err is set, t was not found: return
 * err.
 */
static long xattr_set(struct target *t, int err, uaddr_t name, uaddr_t value,
		      unsigned long size, int flags)
{
	void *copy = NULL;
	struct name n;

	if (err)
		return err;
	err = -EINVAL;
	if (flags & ~(XATTR_CREATE | XATTR_REPLACE))
		goto out;
	err = get_name(&n, name);
	if (err)
		goto out;
	err = -E2BIG;
	if (size > XATTR_SIZE_MAX)
		goto out;
	err = -ENOMEM;
	copy = kmalloc(max(size, (unsigned long)FILE_CAPS_MAX));
	if (!copy)
		goto out;
	err = copy_from_user(copy, value, size);
	if (!err && (is_acl(&n, false) || is_acl(&n, true)))
		acl_ids(copy, size, UID_FROM, GID_FROM);
	if (!err)
		err = xattr_change(t, &n, copy, size, flags);
out:
	kfree(copy);
	target_put(t);
	return err;
}

static long xattr_drop(struct target *t, int err, uaddr_t name)
{
	struct name n;

	if (err)
		return err;
	err = get_name(&n, name);
	if (!err)
		err = xattr_change(t, &n, NULL, 0, 0);
	target_put(t);
	return err;
}

/* ---- reading ------------------------------------------------------------- */

/* Copy a value, so that i->lock is not held while user memory faults. */
static long read_value(struct inode *i, const struct name *n, void **copy)
{
	const struct xattr *a;
	long len = -ENODATA;

	mutex_lock(&i->lock);
	a = xattr_find(i->xattrs, n->text, n->len);
	if (a) {
		len = a->value_len;
		*copy = kmalloc(max((size_t)len + 1, (size_t)FILE_CAPS_MAX));
		if (*copy)
			memcpy(*copy, a->value, (size_t)len);
		else
			len = -ENOMEM;
	}
	mutex_unlock(&i->lock);
	return len;
}

/* Copy a result to the caller's buffer; size 0: return only its length. */
static long xattr_give(uaddr_t to, unsigned long size, const void *data,
		       long len)
{
	if (len <= 0 || !size)
		return len;
	if ((unsigned long)len > size)
		return -ERANGE;
	return copy_to_user(to, data, (unsigned long)len) ? -EFAULT : len;
}

static long xattr_get(struct target *t, int err, uaddr_t name, uaddr_t value,
		      unsigned long size)
{
	const char *protocol = err ? NULL : protocol_of(t);
	void *copy = NULL;
	struct name n;
	long len;

	if (err)
		return err;
	err = get_name(&n, name);
	if (!err)
		err = xattr_may_access(t, &n, R_OK);
	if (!err && protocol && !strcmp(n.text, XATTR_PROTOCOL)) {
		len = xattr_give(value, size, protocol,
				 (long)strlen(protocol) + 1);
		target_put(t);
		return len;
	}
	if (!err)
		err = check_class(t, &n, false);
	len = err;
	if (!err)
		len = read_value(t->inode, &n, &copy);
	if (len > 0 && is_caps(&n))
		len = file_caps_show(copy, (size_t)len);
	if (len > 0 && (is_acl(&n, false) || is_acl(&n, true)))
		acl_ids(copy, (size_t)len, UID_KNOWN, GID_KNOWN);
	len = xattr_give(value, size, copy, len);
	kfree(copy);
	target_put(t);
	return len;
}

/*
 * True if listxattr(2) may show a to the caller: only a privileged caller sees
 * attributes of the class trusted. (xattr(7)).
 */
static bool is_listed(const struct xattr *a)
{
	static const char hidden[] = "trusted.";
	size_t n = sizeof(hidden) - 1;

	return a->name_len < n || memcmp(xattr_name(a), hidden, n) ||
		capable(CAP_SYS_ADMIN);
}

/*
 * Copy all names, each with its NUL.  A buffer of the size of the records is
 * large enough, as records are longer than names.
 */
static long read_names(struct inode *i, char **copy)
{
	const struct xattr *a = NULL;
	long len = 0;

	mutex_lock(&i->lock);
	if (i->xattrs) {
		*copy = kmalloc(i->xattrs->len);
		len = *copy ? 0 : -ENOMEM;
	}
	while (*copy && (a = xattr_next(i->xattrs, a))) {
		if (!is_listed(a))
			continue;
		memcpy(*copy + len, xattr_name(a), a->name_len);
		len += a->name_len;
		(*copy)[len++] = '\0';
	}
	mutex_unlock(&i->lock);
	return len;
}

static long xattr_list(struct target *t, int err, uaddr_t to,
		       unsigned long size)
{
	char *copy = NULL;
	long len;

	if (err)
		return err;
	if (protocol_of(t)) {
		len = xattr_give(to, size, XATTR_PROTOCOL,
				 sizeof(XATTR_PROTOCOL));
	} else {
		len = read_names(t->inode, &copy);
		len = xattr_give(to, size, copy, len);
	}
	kfree(copy);
	target_put(t);
	return len;
}

/* ---- the calls ----------------------------------------------------------- */

long sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		  unsigned long size, int flags)
{
	struct target t;

	return xattr_set(&t, by_path(&t, path, LOOKUP_FOLLOW), name, value,
			 size, flags);
}

long sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		   unsigned long size, int flags)
{
	struct target t;

	return xattr_set(&t, by_path(&t, path, 0), name, value, size, flags);
}

long sys_fsetxattr(int fd, uaddr_t name, uaddr_t value, unsigned long size,
		   int flags)
{
	struct target t;

	return xattr_set(&t, by_fd(&t, fd), name, value, size, flags);
}

long sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		  unsigned long size)
{
	struct target t;

	return xattr_get(&t, by_path(&t, path, LOOKUP_FOLLOW), name, value,
			 size);
}

long sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		   unsigned long size)
{
	struct target t;

	return xattr_get(&t, by_path(&t, path, 0), name, value, size);
}

long sys_fgetxattr(int fd, uaddr_t name, uaddr_t value, unsigned long size)
{
	struct target t;

	return xattr_get(&t, by_fd(&t, fd), name, value, size);
}

long sys_removexattr(uaddr_t path, uaddr_t name)
{
	struct target t;

	return xattr_drop(&t, by_path(&t, path, LOOKUP_FOLLOW), name);
}

long sys_lremovexattr(uaddr_t path, uaddr_t name)
{
	struct target t;

	return xattr_drop(&t, by_path(&t, path, 0), name);
}

long sys_fremovexattr(int fd, uaddr_t name)
{
	struct target t;

	return xattr_drop(&t, by_fd(&t, fd), name);
}

long sys_listxattr(uaddr_t path, uaddr_t to, unsigned long size)
{
	struct target t;

	return xattr_list(&t, by_path(&t, path, LOOKUP_FOLLOW), to, size);
}

long sys_llistxattr(uaddr_t path, uaddr_t to, unsigned long size)
{
	struct target t;

	return xattr_list(&t, by_path(&t, path, 0), to, size);
}

long sys_flistxattr(int fd, uaddr_t to, unsigned long size)
{
	struct target t;

	return xattr_list(&t, by_fd(&t, fd), to, size);
}
