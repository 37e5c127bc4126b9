/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes on an ext2 disk: readers and writers of bytes, tested
 * and fuzzed on the host.  What a reader lets pass lies inside its area.
 */
#ifndef EXT_EXT2_XATTR_FORMAT_H
#define EXT_EXT2_XATTR_FORMAT_H

#include <ext/xattr/uapi.h>
#include <lt/compiler.h>
#include <lt/types.h>

#define EXT2_XATTR_MAGIC	0xea020000u

/* The first part of a name is a number on the disk. */
#define EXT2_XATTR_USER		1
#define EXT2_XATTR_ACL_ACCESS	2	/* and the name is empty */
#define EXT2_XATTR_ACL_DEFAULT	3
#define EXT2_XATTR_TRUSTED	4
#define EXT2_XATTR_SECURITY	6

struct ext2_xattr {
	u8 index, name_len;
	const char *name;		/* without its first part */
	const void *value;		/* any alignment */
	u32 value_len;
};

typedef void ext2_xattr_fn(void *arg, const struct ext2_xattr *x);

/*
 * Calls fn for each attribute of a block of `size` bytes; *users: inodes that
 * share it.  => NULL, or what is wrong: fn may have been called before
 */
const char *ext2_xattr_decode_block(const void *block, size_t size, u32 *users,
				    ext2_xattr_fn *fn, void *arg);
/* The same for what an inode has behind its fields; none is well. */
const char *ext2_xattr_decode_inode(const void *rest, size_t size,
				    ext2_xattr_fn *fn, void *arg);
/* n attributes, which are sorted, into a block.  => false: no room */
bool ext2_xattr_encode(void *block, size_t size, struct ext2_xattr *x,
		       unsigned n);
/*
 * An ACL of the disk as programs see it; max: bytes of out.
 * => its length, -1: it is none
 */
long ext2_acl_decode(const void *disk, size_t len, struct acl *out,
		     size_t max);
/* A valid one for the disk, never longer.  => length */
size_t ext2_acl_encode(const struct acl *a, size_t len, void *disk);

#endif
