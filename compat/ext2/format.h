/* SPDX-License-Identifier: MIT */
/*
 * ext2 on the disk, and the readers of it: pure functions over bytes that may
 * say anything, so that they are tested and fuzzed on the host.  What they let
 * pass is safe to use: numbers lie inside the file system, entries inside
 * their block.  Numbers are little-endian, as every port is.
 */
#ifndef COMPAT_EXT2_FORMAT_H
#define COMPAT_EXT2_FORMAT_H

#include <lt/compiler.h>
#include <lt/types.h>
#include <compat/xattr/uapi.h>

#define EXT2_MAGIC		0xef53
#define EXT2_SUPER_OFFSET	1024		/* bytes from the start */
#define EXT2_ROOT_INO		2
#define EXT2_NR_PTRS		15		/* in an inode */
#define EXT2_NR_DIRECT		12
#define EXT2_NAME_MAX		255
#define EXT2_LINK_MAX		32000
#define EXT2_GOOD_INODE_SIZE	128
#define EXT2_MAX_BLOCK		4096

struct ext2_super_disk {
	u32 inodes, blocks, reserved, free_blocks, free_inodes;
	u32 first_data_block, log_block_size, log_frag_size;
	u32 blocks_per_group, frags_per_group, inodes_per_group;
	u32 mtime, wtime;
	u16 mnt_count, max_mnt_count;
	u16 magic, state, errors, minor_rev;
	u32 lastcheck, checkinterval, creator_os, rev;
	u16 resuid, resgid;
	u32 first_ino;
	u16 inode_size, group_nr;
	u32 compat, incompat, ro_compat;
	u8 uuid[16];
	char label[16], last_mounted[64];
	u32 algo;
	u8 prealloc[2];
	u16 reserved_gdt;
	u8 journal_uuid[16];
	u32 journal_ino, journal_dev, last_orphan;
	u32 hash_seed[4];
	u8 hash_version, journal_backup;
	u16 desc_size;
	u32 default_opts, first_meta_bg, mkfs_time;
	u32 journal_blocks[17];
	u32 blocks_hi, reserved_hi, free_hi;
	u16 min_extra, want_extra;
	u32 flags;
	u8 mmp[12], stripe[4];		/* of features that are refused */
	u8 log_flex_groups;
	u8 rest[1024 - 373];
};

#define EXT2_STATE_CLEAN	1
#define EXT2_STATE_ERRORS	2

#define EXT2_COMPAT_EXT_ATTR	0x8
#define EXT2_COMPAT_DIR_INDEX	0x20
#define EXT2_INCOMPAT_FILETYPE	0x2
#define EXT2_INCOMPAT_RECOVER	0x4
#define EXT2_INCOMPAT_EXTENTS	0x40
#define EXT2_INCOMPAT_64BIT	0x80
#define EXT2_INCOMPAT_FLEX_BG	0x200
#define EXT2_INCOMPAT_CSUM_SEED	0x2000
#define EXT2_INCOMPAT_LARGEDIR	0x4000
#define EXT2_RO_SPARSE_SUPER	0x1
#define EXT2_RO_LARGE_FILE	0x2
#define EXT2_RO_EXTRA_ISIZE	0x40

struct ext2_group_disk {
	u32 block_bitmap, inode_bitmap, inode_table;
	u16 free_blocks, free_inodes, used_dirs, flags;
	u8 rest[12];
};

struct ext2_inode_disk {
	u16 mode, uid;
	u32 size, atime, ctime, mtime, dtime;
	u16 gid, links;
	u32 blocks, flags, version;
	u32 block[EXT2_NR_PTRS];
	u32 generation, file_acl, size_high, faddr;
	u16 blocks_high, file_acl_high, uid_high, gid_high;
	u16 csum, reserved;
	/* only when inodes are larger than 128 bytes */
	u16 extra_size, csum_high;
	u32 ctime_extra, mtime_extra, atime_extra, crtime, crtime_extra;
	u32 version_high, projid;
};

#define EXT2_SECRM_FL		0x1
#define EXT2_IMMUTABLE_FL	0x10
#define EXT2_APPEND_FL		0x20
#define EXT2_INDEX_FL		0x1000	/* directory with a hash tree */
#define EXT2_HUGE_FILE_FL	0x40000
#define EXT2_EXTENTS_FL		0x80000
#define EXT2_INLINE_FL		0x10000000

struct ext2_dirent {
	u32 ino;			/* 0: a gap */
	u16 len;			/* bytes to the next */
	u8 name_len, type;
	char name[];
};

#define EXT2_DIRENT_SIZE(n)	(((n) + 8u + 3u) & ~3u)

/* Descriptors are kept in memory: enough for 128 TiB of 4 KiB blocks. */
#define EXT2_DESC_MAX		(64u << 20)	/* bytes */

/* What the superblock says, checked and worked out. */
struct ext2_geometry {
	unsigned block_bits, block_size;
	unsigned inode_size;
	u32 blocks, first_data;		/* the first block that can be used */
	u32 blocks_per_group;
	u32 inodes, inodes_per_group, first_ino;
	u32 groups;
	u32 flex_groups;		/* whose structures lie together */
	unsigned desc_size;		/* bytes of a group descriptor */
	u32 desc_blocks;		/* blocks of all of them */
	u32 table_blocks;		/* of the inodes of a group */
	bool filetype;			/* entries say what they name */
	bool extents;			/* files may have trees of extents */
	const char *read_only;		/* why, or NULL: it may be written */
};

/* A feature by name for the log; bit: one bit.  Return: "unknown" too. */
const char *ext2_incompat_name(u32 bit);
/*
 * size: bytes of the device.  Return: NULL with *g, or what is wrong;
 * *bad_feature: the incompat bit that is.
 */
const char *ext2_check_super(const struct ext2_super_disk *s, u64 size,
			     struct ext2_geometry *g, u32 *bad_feature);
/* Return: NULL or what is wrong with the descriptor of a group. */
const char *ext2_check_group(const struct ext2_geometry *g,
			     const struct ext2_group_disk *d);
/* Is this a block that files may have? */
static inline bool ext2_block_ok(const struct ext2_geometry *g, u64 block)
{
	return block > g->first_data && block < g->blocks;
}
static inline bool ext2_ino_ok(const struct ext2_geometry *g, u32 ino)
{
	return ino == EXT2_ROOT_INO || (ino >= g->first_ino &&
					ino <= g->inodes);
}
/*
 * The entry at off of a directory block.  Return: NULL: it is none, and the
 * rest of the block is not to be read.
 */
const struct ext2_dirent *ext2_dirent_at(const struct ext2_geometry *g,
					 const void *block, unsigned off);
/* Return: NULL or what is wrong; raw: inode_size bytes. */
const char *ext2_check_inode(const struct ext2_geometry *g,
			     const struct ext2_inode_disk *raw);
/* ns since 1970 of a time and its extra word (0: none) */
u64 ext2_time(u32 sec, u32 extra);
u32 ext2_time_extra(u64 ns);

/*
 * Files of ext4: one node of the tree of extents.  len: its bytes.
 * Return: 0 when a leaf or index was found for block: *at where it begins, *n
 * blocks from block on (0: to the end of the space), *disk the child or block (~0:
 * none), *depth of the node; -1: the node is damaged.
 */
int ext2_extent_find(const struct ext2_geometry *g, const void *node,
		     unsigned len, u32 block, u64 *disk, u64 *n,
		     unsigned *depth);

/* ---- extended attributes ------------------------------------------------- */

/*
 * Extended attributes on an ext2 disk: readers and writers of bytes, tested
 * and fuzzed on the host.  What a reader lets pass lies inside its area.
 */

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
 * share it.  Return: NULL, or what is wrong: fn may have been called before.
 */
const char *ext2_xattr_decode_block(const void *block, size_t size, u32 *users,
				    ext2_xattr_fn *fn, void *arg);
/* The same for what an inode has behind its fields; none is well. */
const char *ext2_xattr_decode_inode(const void *rest, size_t size,
				    ext2_xattr_fn *fn, void *arg);
/* n attributes, which are sorted, into a block.  Return: false: no room. */
bool ext2_xattr_encode(void *block, size_t size, struct ext2_xattr *x,
		       unsigned n);
/*
 * An ACL of the disk as programs see it; max: bytes of out.  Return: its
 * length, -1: it is none.
 */
long ext2_acl_decode(const void *disk, size_t len, struct acl *out,
		     size_t max);
/* A valid one for the disk, never longer.  Return: length. */
size_t ext2_acl_encode(const struct acl *a, size_t len, void *disk);

#endif
