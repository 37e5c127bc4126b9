/* SPDX-License-Identifier: MIT */
/*
 * The device-tree reader (Devicetree Specification 0.4, chapter 5, "Flattened
 * Devicetree (DTB) Format").  All words are big-endian.
 *
 *   blob   +---------------------+
 *          | header              |  where the blocks lie, and their sizes
 *          | reservation block   |  pairs: address, size; ends with 0, 0
 *          | structure block     |  tokens, of 4 bytes each:
 *          |                     |    BEGIN "cpu@0\0"  pad to 4
 *          |                     |      PROP length, name, value  pad to 4
 *          |                     |      BEGIN ... END_NODE, a child
 *          |                     |    END_NODE
 *          |                     |  END
 *          | strings block       |  names of properties
 *          +---------------------+
 *
 * Invariant: every access goes through fdt_get32() or string_at(), which check
 * the offset against the size of its block; offsets only grow, so every loop
 * ends.
 */
#include <lib/fdt.h>
#include <lib/mem.h>
#include <uapi/errno.h>

#define FDT_MAGIC	0xd00dfeed
#define FDT_HEADER	40
#define FDT_VERSION	17

enum token {
	FDT_BEGIN = 1, FDT_END_NODE, FDT_PROP, FDT_NOP, FDT_END = 9
};

u32 fdt_word(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u64 be64(const u8 *p)
{
	return (u64)fdt_word(p) << 32 | fdt_word(p + 4);
}

/* Return: true if [off, off + len) lies inside size bytes. */
static bool fdt_inside(u32 off, u32 len, u32 size)
{
	return off <= size && len <= size - off;
}

int fdt_open(struct fdt *fdt, const void *blob, size_t max)
{
	const u8 *p = blob;

	if (max < FDT_HEADER || fdt_word(p) != FDT_MAGIC)
		return -EINVAL;
	fdt->blob = p;
	fdt->size = fdt_word(p + 4);
	fdt->structure = fdt_word(p + 8);
	fdt->strings = fdt_word(p + 12);
	fdt->reserve = fdt_word(p + 16);
	fdt->strings_size = fdt_word(p + 32);
	fdt->structure_size = fdt_word(p + 36);
	if (fdt->size < FDT_HEADER || fdt->size > max)
		return -EINVAL;
	/*
	 * the tree's version, and the oldest version with which it is
	 * compatible
	 */
	if (fdt_word(p + 20) < FDT_VERSION || fdt_word(p + 24) > FDT_VERSION)
		return -EINVAL;
	if (!fdt_inside(fdt->structure, fdt->structure_size, fdt->size) ||
	    !fdt_inside(fdt->strings, fdt->strings_size, fdt->size) ||
	    !fdt_inside(fdt->reserve, 16, fdt->size))
		return -EINVAL;
	return 0;
}

/* Read the big-endian word at `at` of the structure block. */
static bool fdt_get32(const struct fdt *fdt, u32 at, u32 *value)
{
	if (!fdt_inside(at, 4, fdt->structure_size))
		return false;
	*value = fdt_word(fdt->blob + fdt->structure + at);
	return true;
}

/*
 * Return: the string at `at` of a block; NULL: the string does not end in the
 * block.
 */
static const char *string_at(const struct fdt *fdt, u32 block, u32 size,
			     u32 at)
{
	const char *s = (const char *)fdt->blob + block + at;

	return at < size && strnlen(s, size - at) < size - at ? s : NULL;
}

struct prop {
	const char *name;
	const u8 *data;
	u32 len;
};

/*
 * Read the token at *at (of the structure block) and advance past it.  A
 * property fills p, the beginning of a node sets p->name.
 * Return: the token, or -EINVAL.
 */
static int next_token(const struct fdt *fdt, u32 *at, struct prop *p)
{
	u32 token, len, name;

	do {
		if (!fdt_get32(fdt, *at, &token))
			return -EINVAL;
		*at += 4;
	} while (token == FDT_NOP);
	if (token == FDT_BEGIN) {
		p->name = string_at(fdt, fdt->structure, fdt->structure_size,
				    *at);
		if (!p->name)
			return -EINVAL;
		*at = (*at + (u32)strlen(p->name) + 1 + 3) & ~3u;
	} else if (token == FDT_PROP) {
		if (!fdt_get32(fdt, *at, &len) ||
		    !fdt_get32(fdt, *at + 4, &name))
			return -EINVAL;
		*at += 8;
		if (!fdt_inside(*at, len, fdt->structure_size))
			return -EINVAL;
		p->name = string_at(fdt, fdt->strings, fdt->strings_size,
				    name);
		if (!p->name)
			return -EINVAL;
		p->data = fdt->blob + fdt->structure + *at;
		p->len = len;
		*at = (*at + len + 3) & ~3u;
	} else if (token != FDT_END_NODE && token != FDT_END) {
		return -EINVAL;
	}
	return (int)token;
}

/*
 * Evaluate a property that gives the number of cells in the children's `reg`.
 */
static void note_cells(const struct prop *p, unsigned *address, unsigned *size)
{
	if (p->len >= 4 && !strcmp(p->name, "#address-cells"))
		*address = fdt_word(p->data);
	else if (p->len >= 4 && !strcmp(p->name, "#size-cells"))
		*size = fdt_word(p->data);
}

int fdt_each_node(const struct fdt *fdt,
		  int (*fn)(const struct fdt_node *node, void *arg),
		  void *arg)
{
	unsigned address[FDT_DEPTH_MAX + 1], size[FDT_DEPTH_MAX + 1];
	unsigned depth = 0;
	struct fdt_node node;
	struct prop p;
	u32 at = 0;

	address[0] = 2;
	size[0] = 1;
	for (;;) {
		int token = next_token(fdt, &at, &p);

		if (token == FDT_BEGIN) {
			int done;

			if (depth == FDT_DEPTH_MAX)
				return -EINVAL;
			node = (struct fdt_node){ fdt, p.name, at, depth,
				address[depth], size[depth] };
			done = fn(&node, arg);
			if (done)
				return done;
			depth++;
			address[depth] = 2;
			size[depth] = 1;
		} else if (token == FDT_PROP && depth) {
			note_cells(&p, &address[depth], &size[depth]);
		} else if (token == FDT_END_NODE) {
			if (depth == 0)
				return -EINVAL;
			if (--depth == 0)
				return 0;
		} else {
			return -EINVAL;
		}
	}
}

const void *fdt_prop(const struct fdt_node *node, const char *name, u32 *len)
{
	struct prop p;
	u32 at = node->props;

	while (next_token(node->fdt, &at, &p) == FDT_PROP)
		if (!strcmp(p.name, name)) {
			*len = p.len;
			return p.data;
		}
	return NULL;
}

const char *fdt_string(const struct fdt_node *node, const char *name)
{
	u32 len;
	const char *s = fdt_prop(node, name, &len);

	return s && len > 0 && !s[len - 1] ? s : NULL;
}

bool fdt_cell(const struct fdt_node *node, const char *name, unsigned i,
	      u32 *value)
{
	u32 len;
	const u8 *p = fdt_prop(node, name, &len);

	if (!p || i >= len / 4)
		return false;
	*value = fdt_word(p + 4 * i);
	return true;
}

bool fdt_number(const struct fdt_node *node, const char *name, u64 *value)
{
	u32 len;
	const u8 *p = fdt_prop(node, name, &len);

	if (!p || (len != 4 && len != 8))
		return false;
	*value = len == 8 ? be64(p) : fdt_word(p);
	return true;
}

bool fdt_compatible(const struct fdt_node *node, const char *what)
{
	u32 len;
	const char *s = fdt_prop(node, "compatible", &len), *end;

	if (!s || len == 0 || s[len - 1])
		return false;
	for (end = s + len; s < end; s += strlen(s) + 1)
		if (!strcmp(s, what))
			return true;
	return false;
}

bool fdt_name_is(const struct fdt_node *node, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(node->name, name, n) &&
		(!node->name[n] || node->name[n] == '@');
}

/* Read a number of 0 to 2 cells. */
static u64 read_cells(const u8 *p, unsigned n)
{
	return n == 2 ? be64(p) : n == 1 ? fdt_word(p) : 0;
}

bool fdt_reg(const struct fdt_node *node, unsigned i, u64 *base, u64 *size)
{
	unsigned a = node->address_cells, s = node->size_cells;
	u32 len;
	const u8 *p = fdt_prop(node, "reg", &len);

	if (!p || a < 1 || a > 2 || s > 2 || i >= len / (4 * (a + s)))
		return false;
	p += 4 * (a + s) * i;
	*base = read_cells(p, a);
	*size = read_cells(p + 4 * a, s);
	return true;
}

bool fdt_reserved(const struct fdt *fdt, unsigned i, u64 *base, u64 *size)
{
	u32 room = (fdt->size - fdt->reserve) / 16;
	const u8 *p = fdt->blob + fdt->reserve + 16ul * i;

	if (i >= room)
		return false;
	*base = be64(p);
	*size = be64(p + 8);
	return *base || *size;
}
