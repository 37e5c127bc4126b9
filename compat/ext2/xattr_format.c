/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes on the disk (row B17).  They lie in an attribute block,
 * or in the spare bytes of an inode.  The functions here are pure functions
 * over untrusted bytes.  Entries grow from the front and are sorted; values
 * fill the area from its end.
 */
#include "format.h"
#include <lib/mem.h>

#define HEADER		32		/* bytes of a block's header */
#define MAGIC		EXT2_XATTR_MAGIC

struct entry {
	u8 name_len, index;
	u16 value_at;			/* offset from the start of the area */
	u32 value_ino;			/* 0: the value is in this area */
	u32 value_len;
	u32 hash;
	char name[];
};

#define ENTRY_SIZE(name_len)	ALIGN_UP(sizeof(struct entry) + (name_len), \
					 (size_t)4)

/*
 * Call fn for each entry.  A word of zeros ends the entries.  The bytes are
 * untrusted, so every entry is checked against the area before use.
 * Return: NULL, or an error message.
 */
static const char *xattr_format_decode(const char *area, size_t size, size_t at,
				       ext2_xattr_fn *fn, void *arg)
{
	for (;;) {
		const struct entry *e = (const void *)(area + at);
		u32 word;

		if (size < at + sizeof(word))
			return "attributes have no end";
		memcpy(&word, e, sizeof(word));
		if (!word)
			return NULL;
		if (size - at < sizeof(*e) ||
		    size - at < ENTRY_SIZE(e->name_len))
			return "an attribute's name leads out";
		if (e->value_ino || e->value_len > size ||
		    e->value_at > size - e->value_len)
			return "an attribute's value lies elsewhere";
		fn(arg, &(struct ext2_xattr){ e->index, e->name_len, e->name,
			area + e->value_at, e->value_len });
		at += ENTRY_SIZE(e->name_len);
	}
}

const char *ext2_xattr_decode_block(const void *block, size_t size, u32 *users,
				    ext2_xattr_fn *fn, void *arg)
{
	const u32 *head = block;

	if (head[0] != MAGIC || head[2] != 1)
		return "it has no block of attributes";
	*users = head[1];
	return xattr_format_decode(block, size, HEADER, fn, arg);
}

/*
 * The spare bytes `rest` of an inode with attributes begin with the magic
 * number.  Offsets count from the first byte behind that number.
 */
const char *ext2_xattr_decode_inode(const void *rest, size_t size,
				    ext2_xattr_fn *fn, void *arg)
{
	u32 magic;

	if (size < sizeof(magic))
		return NULL;
	memcpy(&magic, rest, sizeof(magic));
	if (magic != MAGIC)
		return NULL;
	return xattr_format_decode((const char *)rest + 4, size - 4, 0, fn,
				   arg);
}

/* ---- a block ------------------------------------------------------------- */

/*
 * Hash an entry like Linux's ext2, as e2fsck checks the hash: rotate by 5 bits
 * for each byte of the name, by 16 for each word of the value.
 */
static u32 entry_hash(const struct ext2_xattr *x)
{
	u32 hash = 0, word;

	for (unsigned k = 0; k < x->name_len; k++)
		hash = (hash << 5) ^ (hash >> 27) ^ (u8)x->name[k];
	for (u32 k = 0; k < x->value_len; k += 4) {
		word = 0;
		memcpy(&word, (const char *)x->value + k,
		       min(x->value_len - k, 4u));
		hash = (hash << 16) ^ (hash >> 16) ^ word;
	}
	return hash;
}

/* Order of entries.  Return: true if a goes before b. */
static bool goes_before(const struct ext2_xattr *a, const struct ext2_xattr *b)
{
	if (a->index != b->index)
		return a->index < b->index;
	if (a->name_len != b->name_len)
		return a->name_len < b->name_len;
	return memcmp(a->name, b->name, a->name_len) < 0;
}

/* Insertion sort, as attributes are few. */
static void xattr_format_sort(struct ext2_xattr *x, unsigned n)
{
	for (unsigned k = 1; k < n; k++) {
		struct ext2_xattr move = x[k];
		unsigned to = k;

		for (; to && goes_before(&move, &x[to - 1]); to--)
			x[to] = x[to - 1];
		x[to] = move;
	}
}

bool ext2_xattr_encode(void *block, size_t size, struct ext2_xattr *x,
		       unsigned n)
{
	size_t at = HEADER, end = size, need = HEADER + sizeof(u32);
	u32 *head = block, hash = 0;

	for (unsigned k = 0; k < n; k++)
		need += ENTRY_SIZE(x[k].name_len) +
			ALIGN_UP(x[k].value_len, 4u);
	if (need > size)
		return false;
	memset(block, 0, size);
	xattr_format_sort(x, n);
	for (unsigned k = 0; k < n; k++) {
		struct entry *e = (void *)((char *)block + at);

		end -= ALIGN_UP(x[k].value_len, 4u);
		e->name_len = x[k].name_len;
		e->index = x[k].index;
		e->value_at = x[k].value_len ? (u16)end : 0;
		e->value_len = x[k].value_len;
		e->hash = entry_hash(&x[k]);
		memcpy(e->name, x[k].name, x[k].name_len);
		memcpy((char *)block + end, x[k].value, x[k].value_len);
		hash = (hash << 16) ^ (hash >> 16) ^ e->hash;
		at += ENTRY_SIZE(e->name_len);
	}
	head[0] = MAGIC;
	head[1] = head[2] = 1;
	head[3] = hash;
	return true;
}

/* ---- access control lists ------------------------------------------------ */

/* An ACL on the disk has version 1, and ids only in entries that need one. */
#define DISK_ACL_VERSION	1

static bool has_id(u16 tag)
{
	return tag == ACL_USER || tag == ACL_GROUP;
}

long ext2_acl_decode(const void *disk, size_t len, struct acl *out, size_t max)
{
	const char *from = disk, *end = from + len;
	unsigned n = 0;
	u32 version;

	if (len < sizeof(version) || max < sizeof(*out))
		return -1;
	memcpy(&version, from, sizeof(version));
	if (version != DISK_ACL_VERSION)
		return -1;
	out->version = ACL_VERSION;
	for (from += sizeof(version); from < end; n++) {
		struct acl_entry e = { .id = ACL_NO_ID };
		size_t size = 4;

		if (end - from < 4)
			return -1;
		memcpy(&e, from, 4);
		size += has_id(e.tag) ? 4 : 0;
		if ((size_t)(end - from) < size ||
		    sizeof(*out) + (n + 1) * sizeof(e) > max)
			return -1;
		memcpy(&e, from, size);
		out->entry[n] = e;
		from += size;
	}
	return (long)(sizeof(*out) + n * sizeof(out->entry[0]));
}

size_t ext2_acl_encode(const struct acl *a, size_t len, void *disk)
{
	u32 version = DISK_ACL_VERSION;
	size_t n = (len - sizeof(*a)) / sizeof(a->entry[0]);
	char *to = disk;

	memcpy(to, &version, sizeof(version));
	to += sizeof(version);
	for (size_t k = 0; k < n; k++) {
		size_t size = has_id(a->entry[k].tag) ? 8 : 4;

		memcpy(to, &a->entry[k], size);
		to += size;
	}
	return (size_t)(to - (char *)disk);
}
