/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes of an inode (row B17): one set in memory, whichever
 * file system it is, replaced as a whole when one changes.
 *
 * Invariant: a set that an inode has is never changed, but for the
 * permissions in its access ACL; that ACL is valid, has more entries than the
 * mode can say, and agrees with the mode.
 */
#ifndef COMPAT_XATTR_XATTR_H
#define COMPAT_XATTR_XATTR_H

#include "uapi.h"
#include <lt/types.h>

struct cred;
struct inode;

#define XATTR_SPACE	16384		/* bytes of a set at most */

/* One attribute: its value, then its name without a NUL; 4 bytes aligned. */
struct xattr {
	u32 size;			/* bytes to the next */
	u16 value_len;
	u8 name_len;
	u8 unused;
	char value[];
};

struct xattrs {
	u32 len;			/* bytes of records */
	u32 acl_entries;		/* of the access ACL; 0: none */
	struct acl_entry *acl;		/* in its record */
	char records[];
};

static inline const char *xattr_name(const struct xattr *a)
{
	return a->value + a->value_len;
}

/*
 * The first record or the one after a.  Return: NULL: no more; x may be NULL.
 */
const struct xattr *xattr_next(const struct xattrs *x, const struct xattr *a);
const struct xattr *xattr_find(const struct xattrs *x, const char *name,
			       size_t len);
/*
 * A new set: old (may be NULL) with this value, or without it (value NULL).
 * Return: 0 with *out (kfree it), NULL there when it is empty; -ENOMEM;
 * -ENOSPC.
 */
int xattrs_with(const struct xattrs *old, const char *name, size_t name_len,
		const void *value, size_t len, struct xattrs **out);

/* ---- what an inode has (compat/xattr/xattr.c) ---------------------------- */

/*
 * Make `new` the set of i, on its disk first; takes it over, and frees it when
 * that fails.  Context: [i->lock].  Return: 0, -EOPNOTSUPP, or what the file
 * system says.
 */
int inode_set_xattrs(struct inode *i, struct xattrs *new);

/* ---- capabilities of files (compat/xattr/filecaps.c) --------------------- */

struct file_caps;
/* Return: 0 with *f; -ENODATA: it has none; -EINVAL: they mean nothing. */
int file_caps_get(struct inode *i, struct file_caps *f);
/* May that be set?  Return: 0 or -EINVAL. */
int file_caps_check(const void *value, size_t len);
/*
 * What getxattr tells, in place, with room for FILE_CAPS_MAX.  Return: its new
 * length; -EOVERFLOW: it is for a space out of sight.
 */
#define FILE_CAPS_MAX	24
long file_caps_show(void *value, size_t len);
/*
 * The reverse of what was checked, likewise.  Return: 0; -EINVAL: no such
 * user.
 */
int file_caps_store(void *value, size_t *len);
/* Is it root of current's name space, or of one around it?  NULL: 0 alone. */
extern bool (*caps_root_here)(unsigned root);	/* const after init */
/*
 * Somebody changes the file.  Context: [i->lock].  Return: 0 or -errno: they
 * are there yet.
 */
int file_caps_drop(struct inode *i);

/* ---- access control lists (compat/xattr/acl.c) --------------------------- */

/*
 * Is this the value of an ACL?  Return: number of entries, 0: an empty one;
 * -EINVAL, -EOPNOTSUPP (version).
 */
int acl_check(const void *value, size_t len);
/*
 * What is left of the mode's bits when a valid ACL is put into them.  Return:
 * true: they say it all, no ACL is needed.
 */
bool acl_to_mode(const struct acl_entry *e, unsigned n, unsigned *mode);
/* mode's bits into the entries that they stand for */
void acl_from_mode(struct acl_entry *e, unsigned n, unsigned mode);
/* The same, but only taking away: what creat(2) was asked for. */
void acl_and_mode(struct acl_entry *e, unsigned n, unsigned mode);
/* Whoever is not the owner.  mask: R_OK...  Return: 0, -EACCES. */
int acl_permission(const struct acl_entry *e, unsigned n, int mask,
		   unsigned uid, unsigned owning_group, const struct cred *c);
/*
 * setxattr of XATTR_ACL_...; n entries, 0: none.  Context: [i->lock].  Return:
 * -errno.
 */
int inode_set_acl(struct inode *i, bool dflt, const struct acl *a, unsigned n);

#endif
