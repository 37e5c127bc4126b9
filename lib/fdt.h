/* SPDX-License-Identifier: MIT */
/*
 * Reader of flattened device trees (devicetree specification 0.4, chapter 5).
 * Pure and bounds-checked: any bytes may be handed in, and no pointer returned
 * reaches outside them.  Nodes are visited in the order of the blob.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include <lt/types.h>

#define FDT_DEPTH_MAX	16

struct fdt {
	const u8 *blob;
	u32 size;		/* of the whole blob, bytes */
	u32 structure;		/* offset and size of the structure block */
	u32 structure_size;
	u32 strings;		/* the same of the strings block */
	u32 strings_size;
	u32 reserve;		/* offset of the reservation block */
};

struct fdt_node {
	const struct fdt *fdt;
	const char *name;	/* with the unit address; "" for the root */
	u32 props;		/* offset of the first property, in structure */
	unsigned depth;		/* 0: the root */
	unsigned address_cells;	/* of the parent: the shape of `reg` */
	unsigned size_cells;
};

/*
 * Check the header and remember where the blocks lie.
 * blob: any address; max: bytes readable there
 * Return: 0, or -EINVAL: not a device tree, or one that does not fit in max.
 */
int fdt_open(struct fdt *fdt, const void *blob, size_t max);

/*
 * Call fn on every node, parents first; it stops when fn returns not 0.
 * Return: what fn returned last, or -EINVAL: the structure is damaged.
 */
int fdt_each_node(const struct fdt *fdt,
		  int (*fn)(const struct fdt_node *node, void *arg),
		  void *arg);

/* A property's bytes.  Return: NULL: the node has none of that name. */
const void *fdt_prop(const struct fdt_node *node, const char *name,
		     u32 *len);
/* The same as a NUL-terminated string.  Return: NULL: not there or not one. */
const char *fdt_string(const struct fdt_node *node, const char *name);
/* Cell i (32 bits, host order) of a property.  Return: false: not there. */
bool fdt_cell(const struct fdt_node *node, const char *name, unsigned i,
	      u32 *value);
/* A whole property as one number of one or two cells. */
bool fdt_number(const struct fdt_node *node, const char *name, u64 *value);
/* Is `what` one of the strings of `compatible`? */
bool fdt_compatible(const struct fdt_node *node, const char *what);
/* Is the name, up to the unit address, this one? */
bool fdt_named(const struct fdt_node *node, const char *name);
/*
 * Pair i of `reg`, as the parent sees it (a bus that translates by `ranges` is
 * not followed).
 * Return: false: no such pair.
 */
bool fdt_reg(const struct fdt_node *node, unsigned i, u64 *base, u64 *size);

/* The big-endian word at p. */
u32 fdt_word(const u8 *p);
/* Entry i of the reservation block.  Return: false: past the last. */
bool fdt_reserved(const struct fdt *fdt, unsigned i, u64 *base, u64 *size);

#endif
