/* SPDX-License-Identifier: MIT */
/*
 * Capabilities of files (row B17): the attribute security.capability, as
 * written by setcap(8), in revisions 1 to 3 of capabilities(7).  Words are
 * little-endian.  A value of revision 3 names the root user of a user
 * namespace, and is valid in that namespace and its descendants.
 */
#include "xattr.h"
#include <fs/inode/inode.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>

#define REVISION	0xff000000u
#define EFFECTIVE	0x1u
#define SIZE_1		12
#define SIZE_2		20
#define SIZE_3		24

struct value {
	u32 magic;
	struct {
		u32 permitted, inheritable;
	} set[2];
	u32 root;
};

static size_t size_of(u32 magic)
{
	switch (magic & REVISION) {
	case 0x01000000:
		return SIZE_1;
	case 0x02000000:
		return SIZE_2;
	case 0x03000000:
		return SIZE_3;
	}
	return 0;
}

bool (*caps_root_here)(unsigned root);

/* True if `root` is root of current's user namespace or of an ancestor. */
static bool is_root_here(unsigned root)
{
	return !root || (caps_root_here && caps_root_here(root));
}

/*
 * Decode a value.
 * Return: 0 with *f; -ENODATA: not valid in this namespace; -EINVAL.
 */
static int filecaps_decode(const void *value, size_t len, struct file_caps *f)
{
	struct value v = { 0 };

	if (len < sizeof(v.magic) || len > sizeof(v))
		return -EINVAL;
	memcpy(&v, value, len);
	if (size_of(v.magic) != len)
		return -EINVAL;
	if (!is_root_here(v.root))
		return -ENODATA;
	f->effective = v.magic & EFFECTIVE;
	f->permitted = (v.set[0].permitted |
			(u64)v.set[1].permitted << 32) & CAP_ALL;
	f->inheritable = (v.set[0].inheritable |
			  (u64)v.set[1].inheritable << 32) & CAP_ALL;
	return 0;
}

static const struct xattr *filecaps_find(const struct inode *i)
{
	return xattr_find(i->xattrs, XATTR_CAPS, sizeof(XATTR_CAPS) - 1);
}

int file_caps_get(struct inode *i, struct file_caps *f)
{
	const struct xattr *a;
	int err = -ENODATA;

	mutex_lock(&i->lock);
	a = filecaps_find(i);
	if (a)
		err = filecaps_decode(a->value, a->value_len, f);
	mutex_unlock(&i->lock);
	return err;
}

int file_caps_check(const void *value, size_t len)
{
	u32 magic;

	if (len != SIZE_2 && len != SIZE_3)
		return -EINVAL;
	memcpy(&magic, value, sizeof(magic));
	if (size_of(magic) != len || magic & ~(REVISION | EFFECTIVE))
		return -EINVAL;
	return 0;
}

/*
 * Show revision 3 if the root user of the value has an id other than 0 in the
 * reader's namespace.  Otherwise show revision 2, if that user is root of the
 * reader's namespace or of an ancestor.
 */
long file_caps_show(void *value, size_t len)
{
	struct value v = { 0 };
	unsigned root;

	if (len != SIZE_2 && len != SIZE_3)
		return (long)len;
	memcpy(&v, value, len);
	root = id_map(UID_KNOWN, v.root, current->cred->space);
	if ((!root || root == ~0u) && !is_root_here(v.root))
		return -EOVERFLOW;
	len = root && root != ~0u ? SIZE_3 : SIZE_2;
	v.root = root;
	v.magic = (v.magic & EFFECTIVE) |
		(len == SIZE_3 ? 0x03000000 : 0x02000000);
	memcpy(value, &v, len);
	return (long)len;
}

/*
 * In the first user namespace, store a value of revision 2 unchanged.  In
 * others store revision 3, with the namespace's root.
 */
int file_caps_store(void *value, size_t *len)
{
	struct value v = { 0 };

	memcpy(&v, value, *len);
	if (*len == SIZE_2 && !current->cred->space)
		return 0;
	v.root = uid_meant(v.root);
	if (v.root == ~0u)
		return -EINVAL;
	v.magic = (v.magic & EFFECTIVE) | 0x03000000;
	*len = SIZE_3;
	memcpy(value, &v, SIZE_3);
	return 0;
}

int file_caps_drop(struct inode *i)
{
	struct xattrs *new;
	int err;

	if (!filecaps_find(i))
		return 0;
	err = xattrs_with(i->xattrs, XATTR_CAPS, sizeof(XATTR_CAPS) - 1, NULL,
			  0, &new);
	return err ? err : inode_set_xattrs(i, new);
}
