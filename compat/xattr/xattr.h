/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes of an inode (row B17): each inode has one set in memory,
 * whatever its file system, and a change replaces the whole set.
 *
 * Invariant: a set that belongs to an inode never changes, except the
 * permissions in its access ACL.  That ACL is valid, has entries that the mode
 * cannot express, and agrees with the mode.
 */
#ifndef COMPAT_XATTR_XATTR_H
#define COMPAT_XATTR_XATTR_H

#include "uapi.h"
#include <lt/types.h>

struct cred;
struct inode;

#define XATTR_SPACE	16384		/* largest set, in bytes */

/* One attribute, aligned to 4 bytes: its value, then its name without a NUL. */
struct xattr {
	u32 size;			/* bytes to the next */
	u16 value_len;
	u8 name_len;
	u8 unused;
	char value[];
};

struct xattrs {
	u32 len;			/* bytes of records */
	u32 acl_entries;		/* entries of acl; 0: none */
	struct acl_entry *acl;		/* access ACL, within its record */
	char records[];
};

static inline const char *xattr_name(const struct xattr *a)
{
	return a->value + a->value_len;
}

/*
 * Return: the record after a (NULL: the first); NULL: no more. x may be NULL.
 */
const struct xattr *xattr_next(const struct xattrs *x, const struct xattr *a);
const struct xattr *xattr_find(const struct xattrs *x, const char *name,
			       size_t len);
/*
 * Make a new set from old (may be NULL): with this value of the attribute, or,
 * if value is NULL, without the attribute.
 * Return: 0: the caller frees *out, which is NULL if the set is empty; -ENOMEM;
 * -ENOSPC.
 */
int xattrs_with(const struct xattrs *old, const char *name, size_t name_len,
		const void *value, size_t len, struct xattrs **out);

/* ---- what an inode has (compat/xattr/xattr.c) ---------------------------- */

/*
 * Make `new` the set of i, on the disk first.  Takes over `new`, and frees it
 * on failure.
 * Context: [i->lock].  Return: 0, -EOPNOTSUPP, or the file system's error.
 */
int inode_set_xattrs(struct inode *i, struct xattrs *new);

/* ---- capabilities of files (compat/xattr/filecaps.c) --------------------- */

struct file_caps;
/*
 * Read the capabilities of a file.
 * Return: 0 with *f; -ENODATA: none that are valid in this namespace; -EINVAL:
 * malformed.
 */
int file_caps_get(struct inode *i, struct file_caps *f);
/* Check a new value.  Return: 0 or -EINVAL. */
int file_caps_check(const void *value, size_t len);
/*
 * Convert a value for getxattr(2) in place; its buffer has FILE_CAPS_MAX bytes.
 * Return: the new length; -EOVERFLOW: the value belongs to a user namespace
 * that is not visible.
 */
#define FILE_CAPS_MAX	24
long file_caps_show(void *value, size_t len);
/*
 * Convert a checked value, with room for FILE_CAPS_MAX, for storing.
 * Return: 0; -EINVAL: no such user.
 */
int file_caps_store(void *value, size_t *len);
/*
 * Function that is true if `root` is root of current's user namespace or of an
 * ancestor.  NULL: there is only one namespace, whose root is 0.
 */
extern bool (*caps_root_here)(unsigned root);	/* const after init */
/*
 * Remove the capabilities of a file that changes.
 * Context: [i->lock].  Return: 0; -errno: they are still there.
 */
int file_caps_drop(struct inode *i);

/* ---- access control lists (compat/xattr/acl.c) --------------------------- */

/*
 * Check the value of an ACL.
 * Return: number of entries; 0: empty; -EINVAL; -EOPNOTSUPP (version).
 */
int acl_check(const void *value, size_t len);
/*
 * Store the permissions of a valid ACL in *mode.
 * Return: true: the mode expresses them all, and no ACL is needed.
 */
bool acl_to_mode(const struct acl_entry *e, unsigned n, unsigned *mode);
/* Store the bits of mode in the corresponding entries. */
void acl_from_mode(struct acl_entry *e, unsigned n, unsigned mode);
/* Remove the permissions that `mode`, an argument of creat(2), lacks. */
void acl_and_mode(struct acl_entry *e, unsigned n, unsigned mode);
/*
 * Check permissions of a user other than the owner; mask: R_OK, W_OK, X_OK.
 * Return: 0, -EACCES.
 */
int acl_permission(const struct acl_entry *e, unsigned n, int mask,
		   unsigned uid, unsigned owning_group, const struct cred *c);
/*
 * Set the access ACL or (dflt) the default ACL to n entries; n 0: remove it.
 * Context: [i->lock].  Return: 0 or -errno.
 */
int inode_set_acl(struct inode *i, bool dflt, const struct acl *a, unsigned n);

#endif
