/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as an ext2 image: superblock, descriptors, inodes, directories
 * and extents are walked as the kernel does, with nothing but the readers'
 * word that a number is good.  A block is copied out to its exact size first,
 * so that one byte too many is seen.
 */
#include "fuzz.h"
#include <compat/ext2/format.h>
#include <stdlib.h>
#include <string.h>

struct image {
	const uint8_t *data;
	size_t size;
	struct ext2_geometry geo;
	unsigned budget;	/* blocks that may still be looked at */
};

/* => a copy to free, or NULL: the input is shorter than its superblock says */
static void *block(struct image *im, uint64_t n)
{
	size_t size = im->geo.block_size;
	void *copy;

	expect(n < im->geo.blocks);
	if (!im->budget || (n + 1) * size > im->size)
		return NULL;
	im->budget--;
	copy = malloc(size);
	memcpy(copy, im->data + n * size, size);
	return copy;
}

static void walk_dir_block(struct image *im, uint64_t n)
{
	char *b = block(im, n);
	unsigned off = 0;

	while (b && off < im->geo.block_size) {
		const struct ext2_dirent *e = ext2_dirent_at(&im->geo, b, off);

		if (!e)
			break;
		expect(e->len >= 12 && off + e->len <= im->geo.block_size);
		if (e->ino) {
			volatile char last;

			expect(e->ino <= im->geo.inodes);
			if (e->name_len)
				last = e->name[e->name_len - 1];
			(void)last;
		}
		off += e->len;
	}
	free(b);
}

/* The file's block k by its extents.  => it, or ~0 */
static uint64_t by_extents(struct image *im, const struct ext2_inode_disk *i,
			   uint32_t k)
{
	uint64_t disk, n;
	unsigned depth, before = 6;
	void *b = NULL;
	int bad = ext2_extent_find(&im->geo, i->block, sizeof(i->block), k,
				   &disk, &n, &depth);

	while (!bad && depth && disk != ~0ull && depth < before) {
		free(b);
		b = block(im, disk);
		if (!b)
			return ~0ull;
		before = depth;
		bad = ext2_extent_find(&im->geo, b, im->geo.block_size, k,
				       &disk, &n, &depth);
	}
	free(b);
	if (bad || depth || disk == ~0ull)
		return ~0ull;
	expect(ext2_block_ok(&im->geo, disk) && n >= 1);
	expect(ext2_block_ok(&im->geo, disk + n - 1));
	return disk;
}

static void walk_inode(struct image *im, const struct ext2_inode_disk *i)
{
	if (ext2_check_inode(&im->geo, i))
		return;
	expect(ext2_time(i->mtime, i->size_high) >= 0);
	for (uint32_t k = 0; k < EXT2_NR_DIRECT; k++) {
		uint64_t at = i->block[k];

		if (i->flags & EXT2_EXTENTS_FL)
			at = by_extents(im, i, k * 977);
		if (at != ~0ull && ext2_block_ok(&im->geo, at) &&
		    i->mode >> 12 == 4)
			walk_dir_block(im, at);
	}
}

static void walk_group(struct image *im, const struct ext2_group_disk *d)
{
	unsigned per = im->geo.block_size / im->geo.inode_size;

	if (ext2_check_group(&im->geo, d))
		return;
	expect(d->inode_table + im->geo.table_blocks <= im->geo.blocks);
	for (uint32_t n = 0; n < im->geo.table_blocks && n < 8; n++) {
		char *b = block(im, d->inode_table + n);

		for (unsigned k = 0; b && k < per; k++)
			walk_inode(im, (void *)(b + k * im->geo.inode_size));
		free(b);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image im = { .data = data, .size = size, .budget = 200 };
	struct ext2_super_disk s;
	uint32_t bad, per;

	_Static_assert(sizeof(s) == 1024, "superblock");
	if (size < EXT2_SUPER_OFFSET + sizeof(s))
		return 0;
	memcpy(&s, data + EXT2_SUPER_OFFSET, sizeof(s));
	if (ext2_check_super(&s, 1ull << 40, &im.geo, &bad)) {
		if (bad)
			expect(strlen(ext2_incompat_name(bad)) > 0);
		return 0;
	}
	expect(im.geo.groups && im.geo.block_size <= 4096);
	/* the kernel keeps them all, and counts their bytes in 32 bits */
	expect((uint64_t)im.geo.desc_blocks * im.geo.block_size <= 1u << 30);
	per = im.geo.block_size / im.geo.desc_size;
	for (uint32_t g = 0; g < im.geo.groups && g < 64; g += per) {
		char *b = block(&im, im.geo.first_data + 1 + g / per);

		for (uint32_t k = 0; b && k < per; k++)
			walk_group(&im, (void *)(b + k * im.geo.desc_size));
		free(b);
	}
	return 0;
}
