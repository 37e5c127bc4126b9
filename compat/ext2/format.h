/* SPDX-License-Identifier: MIT */
/*
 * Format of ext2 on the disk, and the functions that read it: pure functions
 * over untrusted bytes, so that the host can test and fuzz them.  Whatever they
 * accept is safe to use: block and inode numbers lie inside the file system,
 * entries inside their block.  Numbers are little-endian, as every port is.
 */
#ifndef COMPAT_EXT2_FORMAT_H
#define COMPAT_EXT2_FORMAT_H

#include <lt/compiler.h>
#include <lt/types.h>
#include <compat/xattr/uapi.h>

#define EXT2_MAGIC		0xef53
#define EXT2_SUPER_OFFSET	1024		/* bytes from the start of
						   the device */
#define EXT2_ROOT_INO		2
#define EXT2_NR_PTRS		15		/* block pointers in an inode */
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
	u8 mmp[12], stripe[4];		/* used only by features that this
					   driver refuses */
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
	/* fields present only in inodes larger than 128 bytes */
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
	u16 len;			/* bytes to the next entry */
	u8 name_len, type;
	char name[];
};

#define EXT2_DIRENT_SIZE(n)	(((n) + 8u + 3u) & ~3u)

/*
 * Maximum size of all group descriptors, which are kept in memory: enough for
 * 128 TiB in blocks of 4 KiB.
 */
#define EXT2_DESC_MAX		(64u << 20)	/* bytes */

/* Layout of the file system, checked and computed from the superblock. */
struct ext2_geometry {
	unsigned block_bits, block_size;
	unsigned inode_size;
	u32 blocks, first_data;		/* first_data: the first usable block */
	u32 blocks_per_group;
	u32 inodes, inodes_per_group, first_ino;
	u32 groups;
	u32 flex_groups;		/* number of groups whose structures lie
					   together */
	unsigned desc_size;		/* bytes of a group descriptor */
	u32 desc_blocks;		/* blocks of all group descriptors */
	u32 table_blocks;		/* blocks of the inode table of a
					   group */
	bool filetype;			/* entries hold the type of their
					   inode */
	bool extents;			/* files may have extent trees */
	const char *read_only;		/* why the file system is read-only;
					   NULL: it is writable */
};

/*
 * Name an incompat feature for the log; bit: exactly one bit.
 * Return: the name, or "unknown".
 */
const char *ext2_incompat_name(u32 bit);
/*
 * Check a superblock; size: bytes of the device.
 * Return: NULL with *g, or an error message with *bad_feature: the unsupported
 * incompat bit, or 0.
 */
const char *ext2_check_super(const struct ext2_super_disk *s, u64 size,
			     struct ext2_geometry *g, u32 *bad_feature);
/* Check a group descriptor.  Return: NULL or an error message. */
const char *ext2_check_group(const struct ext2_geometry *g,
			     const struct ext2_group_disk *d);
/* True if files may use this block. */
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
 * Find the entry at offset off of a directory block.
 * Return: NULL: the entry is invalid, and the rest of the block must not be
 * read.
 */
const struct ext2_dirent *ext2_dirent_at(const struct ext2_geometry *g,
					 const void *block, unsigned off);
/* Check an inode; raw: inode_size bytes.  Return: NULL or an error message. */
const char *ext2_check_inode(const struct ext2_geometry *g,
			     const struct ext2_inode_disk *raw);
/*
 * Convert a time on the disk.  extra: the second word of this time in a large
 * inode; 0: there is none.
 * Return: ns since 1970.
 */
u64 ext2_time(u32 sec, u32 extra);
u32 ext2_time_extra(u64 ns);

/*
 * Search one node of an ext4 extent tree for block; len: bytes of the node.
 * Return: 0 or, if the node is damaged, -1.  After 0, *depth is the depth of
 * the node (0: a leaf).  *disk is the child node or, in a leaf, the disk block;
 * ~0: a hole.  *n is the number of blocks, from `block` on, for which *disk is
 * right.
 */
int ext2_extent_find(const struct ext2_geometry *g, const void *node,
		     unsigned len, u32 block, u64 *disk, u64 *n,
		     unsigned *depth);

/* ---- extended attributes ------------------------------------------------- */

/*
 * Extended attributes on an ext2 disk: readers and writers of bytes, tested and
 * fuzzed on the host.  Whatever a reader accepts lies inside its area.
 */

#define EXT2_XATTR_MAGIC	0xea020000u

/* On the disk a number stands for the prefix of a name. */
#define EXT2_XATTR_USER		1
#define EXT2_XATTR_ACL_ACCESS	2	/* the rest of the name is empty */
#define EXT2_XATTR_ACL_DEFAULT	3
#define EXT2_XATTR_TRUSTED	4
#define EXT2_XATTR_SECURITY	6

struct ext2_xattr {
	u8 index, name_len;
	const char *name;		/* without its prefix */
	const void *value;		/* any alignment */
	u32 value_len;
};

typedef void ext2_xattr_fn(void *arg, const struct ext2_xattr *x);

/*
 * Call fn for each attribute of a block of `size` bytes.
 * Return: NULL with *users: the number of inodes that share the block; or an
 * error message, perhaps after some calls of fn.
 */
const char *ext2_xattr_decode_block(const void *block, size_t size, u32 *users,
				    ext2_xattr_fn *fn, void *arg);
/*
 * Like ext2_xattr_decode_block(), for the area behind the fields of an inode,
 * which may be empty.
 */
const char *ext2_xattr_decode_inode(const void *rest, size_t size,
				    ext2_xattr_fn *fn, void *arg);
/* Write n sorted attributes into a block.  Return: false: no room. */
bool ext2_xattr_encode(void *block, size_t size, struct ext2_xattr *x,
		       unsigned n);
/*
 * Convert an ACL of the disk to the form that programs see; max: bytes of out.
 * Return: its length; -1: disk is no valid ACL.
 */
long ext2_acl_decode(const void *disk, size_t len, struct acl *out,
		     size_t max);
/*
 * Convert a valid ACL for the disk, where it is never longer.
 * Return: its length.
 */
size_t ext2_acl_encode(const struct acl *a, size_t len, void *disk);

#endif
