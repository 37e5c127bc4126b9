/* SPDX-License-Identifier: MIT */
/*
 * Sets of extended attributes in memory (row B17): pure functions, see xattr.h.
 */
#include "xattr.h"
#include <lib/mem.h>
#include <lt/compiler.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define RECORD(name_len, value_len)	\
	ALIGN_UP(sizeof(struct xattr) + (name_len) + (value_len), (size_t)4)

const struct xattr *xattr_next(const struct xattrs *x, const struct xattr *a)
{
	const char *at;

	if (!x)
		return NULL;
	at = a ? (const char *)a + a->size : x->records;
	return at < x->records + x->len ? (const void *)at : NULL;
}

const struct xattr *xattr_find(const struct xattrs *x, const char *name,
			       size_t len)
{
	const struct xattr *a = NULL;

	while ((a = xattr_next(x, a)))
		if (a->name_len == len && !memcmp(xattr_name(a), name, len))
			return a;
	return NULL;
}

/*
 * Cache the position of the access ACL, for permission checks.  acl_check() has
 * checked the ACL before it was added.
 */
static void find_acl(struct xattrs *x)
{
	const struct xattr *a = xattr_find(x, XATTR_ACL_ACCESS,
					   sizeof(XATTR_ACL_ACCESS) - 1);

	x->acl = NULL;
	x->acl_entries = 0;
	if (!a)
		return;
	x->acl = (struct acl_entry *)(a->value + sizeof(struct acl));
	x->acl_entries = (a->value_len - (u32)sizeof(struct acl)) /
		(u32)sizeof(struct acl_entry);
}

int xattrs_with(const struct xattrs *old, const char *name, size_t name_len,
		const void *value, size_t len, struct xattrs **out)
{
	const struct xattr *gone = xattr_find(old, name, name_len), *a = NULL;
	size_t total = (old ? old->len : 0) - (gone ? gone->size : 0) +
		(value ? RECORD(name_len, len) : 0);
	struct xattrs *x;
	struct xattr *new;
	char *to;

	*out = NULL;
	if (!total)
		return 0;
	if (total > XATTR_SPACE)
		return -ENOSPC;
	x = kmalloc(sizeof(*x) + total);
	if (!x)
		return -ENOMEM;
	x->len = (u32)total;
	to = x->records;
	while ((a = xattr_next(old, a))) {
		if (a == gone)
			continue;
		memcpy(to, a, a->size);
		to += a->size;
	}
	if (value) {
		new = (struct xattr *)to;
		memset(new, 0, RECORD(name_len, len));
		new->size = (u32)RECORD(name_len, len);
		new->value_len = (u16)len;
		new->name_len = (u8)name_len;
		memcpy(new->value, value, len);
		memcpy(new->value + len, name, name_len);
	}
	find_acl(x);
	*out = x;
	return 0;
}
