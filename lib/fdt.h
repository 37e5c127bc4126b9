/* SPDX-License-Identifier: MIT */
/*
 * Reader of flattened device trees (devicetree specification 0.4, chapter 5).
 * Pure and bounds-checked: the input may be any bytes, and no returned pointer
 * leads outside of them.  Nodes are visited in the order of the blob.
 */
#ifndef LIB_FDT_H
#define LIB_FDT_H

#include <lt/types.h>

#define FDT_DEPTH_MAX	16

struct fdt {
	const u8 *blob;
	u32 size;		/* size of the whole tree, bytes */
	u32 structure;		/* offset and size of the structure block */
	u32 structure_size;
	u32 strings;		/* offset and size of the strings block */
	u32 strings_size;
	u32 reserve;		/* offset of the reservation block */
};

struct fdt_node {
	const struct fdt *fdt;
	const char *name;	/* with the unit address; "" for the root */
	u32 props;		/* offset of the first property, in structure */
	unsigned depth;		/* 0: the root */
	unsigned address_cells;	/* number of cells that the parent sets for
				   `reg` */
	unsigned size_cells;
};

/*
 * Check the header and remember where the blocks lie.
 * blob: any address; max: bytes readable there
 * Return: 0, or -EINVAL: not a device tree, or one that does not fit in max.
 */
int fdt_open(struct fdt *fdt, const void *blob, size_t max);

/*
 * Call fn on every node, parents first, until fn returns nonzero.
 * Return: the last result of fn, or -EINVAL: the structure is damaged.
 */
int fdt_each_node(const struct fdt *fdt,
		  int (*fn)(const struct fdt_node *node, void *arg),
		  void *arg);

/* Return: a property's bytes; NULL: the node has no property of that name. */
const void *fdt_prop(const struct fdt_node *node, const char *name,
		     u32 *len);
/*
 * Return: a property as a NUL-terminated string; NULL: there is no such
 * property, or it is no string.
 */
const char *fdt_string(const struct fdt_node *node, const char *name);
/*
 * Read cell i (32 bits, host order) of a property.  Return: false: there is no
 * such property or cell.
 */
bool fdt_cell(const struct fdt_node *node, const char *name, unsigned i,
	      u32 *value);
/* Read a whole property as one number of one or two cells. */
bool fdt_number(const struct fdt_node *node, const char *name, u64 *value);
/* Return: true if `what` is one of the strings of `compatible`. */
bool fdt_compatible(const struct fdt_node *node, const char *what);
/* Return: true if this is the node's name, without the unit address. */
bool fdt_name_is(const struct fdt_node *node, const char *name);
/*
 * Read pair i of `reg`, in the parent's address space (`ranges` of a bus are
 * not translated).
 * Return: false: no such pair.
 */
bool fdt_reg(const struct fdt_node *node, unsigned i, u64 *base, u64 *size);

/* Return the big-endian word at p. */
u32 fdt_word(const u8 *p);
/* Read entry i of the reservation block.  Return: false: past the last. */
bool fdt_reserved(const struct fdt *fdt, unsigned i, u64 *base, u64 *size);

#endif
