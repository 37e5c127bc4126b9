/* SPDX-License-Identifier: MIT */
/*
 * POSIX access control lists (row B17; POSIX 1003.1e draft 17, section 23).
 * The mode gives permissions to three classes, an ACL also to single users and
 * groups.  If an inode has an ACL, the group bits of its mode are the ACL's
 * mask.
 */
#include "xattr.h"
#include <kernel/cred/cred.h>
#include <lt/types.h>
#include <uapi/errno.h>

/*
 * True if e may follow an entry of tag `before`: entries are sorted by tag, and
 * only entries for a named user or group may repeat a tag.
 */
static bool entry_fits(const struct acl_entry *e, unsigned before)
{
	bool named = e->tag == ACL_USER || e->tag == ACL_GROUP;

	if (e->perm & ~7u || !e->tag || e->tag & (e->tag - 1) ||
	    e->tag > ACL_OTHER)
		return false;
	if (named && e->id == ACL_NO_ID)
		return false;
	return named ? e->tag >= before : e->tag > before;
}

int acl_check(const void *value, size_t len)
{
	const struct acl *a = value;
	size_t n = (len - sizeof(*a)) / sizeof(a->entry[0]);
	unsigned tags = 0, last = 0;

	if (len < sizeof(*a))
		return -EINVAL;
	if (a->version != ACL_VERSION)
		return -EOPNOTSUPP;
	if ((len - sizeof(*a)) % sizeof(a->entry[0]))
		return -EINVAL;
	for (size_t k = 0; k < n; k++) {
		if (!entry_fits(&a->entry[k], last))
			return -EINVAL;
		last = a->entry[k].tag;
		tags |= last;
	}
	if (n && (tags & (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER)) !=
	    (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER))
		return -EINVAL;
	if (tags & (ACL_USER | ACL_GROUP) && !(tags & ACL_MASK))
		return -EINVAL;
	return (int)n;
}

/*
 * Return: the shift of the mode bits that correspond to the entry; -1: no bits
 * of the mode do.
 */
static int mode_shift(const struct acl_entry *e, bool masked)
{
	switch (e->tag) {
	case ACL_USER_OBJ:
		return 6;
	case ACL_GROUP_OBJ:
		return masked ? -1 : 3;
	case ACL_MASK:
		return 3;
	case ACL_OTHER:
		return 0;
	default:
		return -1;
	}
}

/*
 * True if the ACL has a mask, which then corresponds to the mode's group bits.
 */
static bool has_mask(const struct acl_entry *e, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		if (e[k].tag == ACL_MASK)
			return true;
	return false;
}

bool acl_to_mode(const struct acl_entry *e, unsigned n, unsigned *mode)
{
	bool masked = has_mask(e, n);

	for (unsigned k = 0; k < n; k++) {
		int shift = mode_shift(&e[k], masked);

		if (shift >= 0)
			*mode = (*mode & ~(7u << shift)) |
				(unsigned)e[k].perm << shift;
	}
	return n <= 3;
}

void acl_from_mode(struct acl_entry *e, unsigned n, unsigned mode)
{
	bool masked = has_mask(e, n);

	for (unsigned k = 0; k < n; k++) {
		int shift = mode_shift(&e[k], masked);

		if (shift >= 0)
			e[k].perm = mode >> shift & 7;
	}
}

void acl_and_mode(struct acl_entry *e, unsigned n, unsigned mode)
{
	bool masked = has_mask(e, n);

	for (unsigned k = 0; k < n; k++) {
		int shift = mode_shift(&e[k], masked);

		if (shift >= 0)
			e[k].perm &= (u16)(mode >> shift & 7);
	}
}

/*
 * Check access by section 23.1.5: the first matching user entry decides; among
 * the group entries, any that matches may grant.
 */
int acl_permission(const struct acl_entry *e, unsigned n, int mask,
		   unsigned uid, unsigned owning_group, const struct cred *c)
{
	unsigned want = (unsigned)mask & 7, most = 7;
	bool in_group = false;

	for (unsigned k = 0; k < n; k++)
		if (e[k].tag == ACL_MASK)
			most = e[k].perm;
	for (unsigned k = 0; k < n; k++) {
		unsigned id = e[k].tag == ACL_GROUP_OBJ ? owning_group :
			e[k].id;

		switch (e[k].tag) {
		case ACL_USER:
			if (id == uid)
				return want & ~(e[k].perm & most) ? -EACCES : 0;
			break;
		case ACL_GROUP_OBJ:
		case ACL_GROUP:
			if (!cred_has_group(c, id))
				break;
			in_group = true;
			if (!(want & ~(e[k].perm & most)))
				return 0;
			break;
		case ACL_OTHER:
			return in_group || want & ~(unsigned)e[k].perm ?
				-EACCES : 0;
		}
	}
	return -EACCES;
}
