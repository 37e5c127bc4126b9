/* SPDX-License-Identifier: MIT */
/*
 * Readers of ext2's structures (row A1).  No function here trusts its input,
 * keeps state or calls the kernel: the fuzzers of test/fuzz run them.
 */
#include "format.h"
#include <lib/mem.h>

#define KNOWN_RW	(EXT2_INCOMPAT_FILETYPE | EXT2_INCOMPAT_FLEX_BG)
#define KNOWN_RO	(KNOWN_RW | EXT2_INCOMPAT_EXTENTS | \
			 EXT2_INCOMPAT_64BIT | EXT2_INCOMPAT_CSUM_SEED | \
			 EXT2_INCOMPAT_LARGEDIR)
#define KNOWN_RO_COMPAT	(EXT2_RO_SPARSE_SUPER | EXT2_RO_LARGE_FILE | \
			 EXT2_RO_EXTRA_ISIZE)

const char *ext2_incompat_name(u32 bit)
{
	static const struct { u32 bit; const char *name; } names[] = {
		{ 0x1, "compression" }, { 0x2, "filetype" },
		{ 0x4, "needs_recovery" }, { 0x8, "journal_dev" },
		{ 0x10, "meta_bg" }, { 0x40, "extent" }, { 0x80, "64bit" },
		{ 0x100, "mmp" }, { 0x200, "flex_bg" }, { 0x400, "ea_inode" },
		{ 0x1000, "dirdata" }, { 0x2000, "metadata_csum_seed" },
		{ 0x4000, "large_dir" }, { 0x8000, "inline_data" },
		{ 0x10000, "encrypt" }, { 0x20000, "casefold" },
	};

	for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
		if (names[k].bit == bit)
			return names[k].name;
	return "unknown";
}

static const char *check_features(const struct ext2_super_disk *s,
				  struct ext2_geometry *g, u32 *bad)
{
	u32 unknown = s->rev ? s->incompat & ~(u32)KNOWN_RO : 0;

	*bad = unknown & -unknown;
	if (unknown)
		return "a feature that is not supported";
	g->extents = s->rev && s->incompat & EXT2_INCOMPAT_EXTENTS;
	g->filetype = s->rev && s->incompat & EXT2_INCOMPAT_FILETYPE;
	g->read_only = NULL;
	if (!s->rev)
		return NULL;
	if (s->incompat & ~(u32)KNOWN_RW)
		g->read_only = "it has features of ext4";
	else if (s->ro_compat & ~(u32)KNOWN_RO_COMPAT)
		g->read_only = "it has features that only allow reading";
	else if (s->last_orphan)
		g->read_only = "it has orphans for e2fsck to clean up";
	return NULL;
}

static const char *check_sizes(const struct ext2_super_disk *s,
			       struct ext2_geometry *g)
{
	u32 per_block;

	if (s->log_block_size > 2)
		return "the block size is not 1, 2 or 4 KiB";
	g->block_bits = 10 + s->log_block_size;
	g->block_size = 1u << g->block_bits;
	g->inode_size = s->rev ? s->inode_size : EXT2_GOOD_INODE_SIZE;
	if (g->inode_size < EXT2_GOOD_INODE_SIZE ||
	    g->inode_size > g->block_size ||
	    g->inode_size & (g->inode_size - 1))
		return "bad inode size";
	g->first_ino = s->rev ? s->first_ino : 11;
	g->desc_size = sizeof(struct ext2_group_disk);
	if (s->rev && s->incompat & EXT2_INCOMPAT_64BIT) {
		if (s->desc_size < 64 || s->desc_size > g->block_size ||
		    s->desc_size & (s->desc_size - 1))
			return "bad size of group descriptors";
		g->desc_size = s->desc_size;
	}
	per_block = g->block_size / g->inode_size;
	if (!s->inodes_per_group || s->inodes_per_group > 8 * g->block_size)
		return "bad number of inodes a group";
	g->inodes_per_group = s->inodes_per_group;
	g->table_blocks = DIV_ROUND_UP(s->inodes_per_group, per_block);
	if (s->blocks_per_group < 8 ||
	    s->blocks_per_group > 8 * g->block_size ||
	    g->table_blocks >= s->blocks_per_group)
		return "bad number of blocks a group";
	g->blocks_per_group = s->blocks_per_group;
	return NULL;
}

static const char *check_counts(const struct ext2_super_disk *s, u64 size,
				struct ext2_geometry *g)
{
	if (s->rev && s->incompat & EXT2_INCOMPAT_64BIT && s->blocks_hi)
		return "too many blocks";
	g->blocks = s->blocks;
	g->first_data = s->first_data_block;
	if (g->first_data != (g->block_size == 1024))
		return "bad first block";
	if (g->blocks <= g->first_data + 3)
		return "too few blocks";
	if ((u64)g->blocks << g->block_bits > size)
		return "it is larger than its device";
	g->groups = (g->blocks - g->first_data + g->blocks_per_group - 1) /
		g->blocks_per_group;
	g->inodes = s->inodes;
	if ((u64)g->groups * g->inodes_per_group != g->inodes)
		return "bad number of inodes";
	if (g->first_ino <= EXT2_ROOT_INO || g->first_ino > g->inodes)
		return "bad first inode";
	g->flex_groups = s->rev && s->incompat & EXT2_INCOMPAT_FLEX_BG ?
		1u << min(s->log_flex_groups, (u8)10) : 1;
	g->desc_blocks = DIV_ROUND_UP(g->groups, g->block_size / g->desc_size);
	if ((u64)g->desc_blocks << g->block_bits > EXT2_DESC_MAX)
		return "too many groups";
	if ((u64)g->first_data + 1 + g->desc_blocks >= g->blocks)
		return "no room for the group descriptors";
	return NULL;
}

const char *ext2_check_super(const struct ext2_super_disk *s, u64 size,
			     struct ext2_geometry *g, u32 *bad_feature)
{
	const char *why;

	*bad_feature = 0;
	memset(g, 0, sizeof(*g));
	if (s->magic != EXT2_MAGIC)
		return "no ext2 superblock";
	if (s->rev > 1)
		return "unknown revision";
	why = check_features(s, g, bad_feature);
	if (!why)
		why = check_sizes(s, g);
	if (!why)
		why = check_counts(s, size, g);
	return why;
}

const char *ext2_check_group(const struct ext2_geometry *g,
			     const struct ext2_group_disk *d)
{
	if (!ext2_block_ok(g, d->block_bitmap) ||
	    !ext2_block_ok(g, d->inode_bitmap))
		return "a bitmap lies outside";
	if (!ext2_block_ok(g, d->inode_table) ||
	    (u64)d->inode_table + g->table_blocks > g->blocks)
		return "the inodes lie outside";
	if (d->block_bitmap == d->inode_bitmap)
		return "both bitmaps are one";
	return NULL;
}

const struct ext2_dirent *ext2_dirent_at(const struct ext2_geometry *g,
					 const void *block, unsigned off)
{
	const struct ext2_dirent *e;

	if (off & 3 || off > g->block_size - EXT2_DIRENT_SIZE(1))
		return NULL;
	e = (const void *)((const char *)block + off);
	if (e->len < EXT2_DIRENT_SIZE(1) || e->len & 3 ||
	    e->len > g->block_size - off)
		return NULL;
	if (e->ino && (e->len < EXT2_DIRENT_SIZE(e->name_len) ||
		       e->ino > g->inodes))
		return NULL;
	return e;
}

const char *ext2_check_inode(const struct ext2_geometry *g,
			     const struct ext2_inode_disk *raw)
{
	unsigned type = raw->mode >> 12;
	u64 size = raw->size;

	if (type == 8)		/* regular: the only type with a 64-bit size */
		size |= (u64)raw->size_high << 32;
	if (size > 1ull << 43)
		return "bad size";
	if (raw->flags & EXT2_EXTENTS_FL && !g->extents)
		return "it has extents";
	if (raw->flags & EXT2_INLINE_FL)
		return "its data is inline";
	if (g->inode_size > EXT2_GOOD_INODE_SIZE &&
	    (raw->extra_size & 3 || raw->extra_size >
	     g->inode_size - EXT2_GOOD_INODE_SIZE))
		return "bad extra size";
	if (raw->file_acl && !ext2_block_ok(g, raw->file_acl))
		return "bad attribute block";
	switch (type) {
	case 4:
		if (!size || size & (g->block_size - 1))
			return "bad size of a directory";
		break;
	case 10:
		if (size >= g->block_size)
			return "bad size of a link";
		break;
	case 1: case 2: case 6: case 8: case 12:
		break;
	default:
		return "bad type";
	}
	return NULL;
}

#define NSEC	1000000000ull

u64 ext2_time(u32 sec, u32 extra)
{
	u64 t = sec;
	u32 ns = extra >> 2;

	/* times before 1970, without epoch bits, become 1970 */
	if (sec & 0x80000000u && !(extra & 3))
		t = 0;
	else if (extra & 3)
		t = (u64)((s64)(s32)sec + ((s64)(extra & 3) << 32));
	return t * NSEC + (ns < NSEC ? ns : 0);
}

u32 ext2_time_extra(u64 ns)
{
	u64 sec = ns / NSEC;
	u32 epoch = (u32)((sec - (u64)(s64)(s32)sec) >> 32) & 3;

	return epoch | (u32)(ns % NSEC) << 2;
}

/* ---- extents (ext4) ------------------------------------------------------ */

struct extent_header {
	u16 magic, entries, max, depth;
	u32 generation;
};

struct extent_entry {
	u32 block;
	union {
		struct { u16 len, start_hi; u32 start; } leaf;
		struct { u32 child; u16 child_hi, unused; } index;
	};
};

#define EXTENT_MAGIC	0xf30a
#define EXTENT_INIT_MAX	32768u	/* a larger length: allocated, never written */

static bool extent_header_ok(const struct extent_header *h, unsigned len)
{
	return len >= sizeof(*h) && h->magic == EXTENT_MAGIC &&
		h->depth <= 5 && h->entries <= h->max &&
		h->max <= (len - sizeof(*h)) / sizeof(struct extent_entry);
}

int ext2_extent_find(const struct ext2_geometry *g, const void *node,
		     unsigned len, u32 block, u64 *disk, u64 *n,
		     unsigned *depth)
{
	const struct extent_header *h = node;
	const struct extent_entry *e = (const void *)(h + 1);
	u64 next = 1ull << 32, start, used;
	int k;

	if (!extent_header_ok(h, len))
		return -1;
	*depth = h->depth;
	for (k = h->entries - 1; k >= 0 && e[k].block > block; k--)
		next = e[k].block;
	*disk = ~0ull;
	*n = next - block;
	if (k < 0)
		return 0;
	if (h->depth) {
		*disk = e[k].index.child | (u64)e[k].index.child_hi << 32;
		return ext2_block_ok(g, *disk) ? 0 : -1;
	}
	used = e[k].leaf.len > EXTENT_INIT_MAX ?
		e[k].leaf.len - EXTENT_INIT_MAX : e[k].leaf.len;
	if (block - e[k].block >= used)
		return 0;		/* in the hole behind the extent */
	start = e[k].leaf.start | (u64)e[k].leaf.start_hi << 32;
	if (!ext2_block_ok(g, start) || !ext2_block_ok(g, start + used - 1))
		return -1;
	*n = used - (block - e[k].block);
	if (e[k].leaf.len <= EXTENT_INIT_MAX)
		*disk = start + (block - e[k].block);
	return 0;
}
