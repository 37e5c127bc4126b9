/* SPDX-License-Identifier: MIT */
/*
 * Reading PE files (row E14).  This code does not map, call or print anything,
 * so the loader, the host's unit tests and a fuzzer use the same code.
 *
 *	file                          image (addresses relative to its base)
 *	+-------------+  lay out      +-------------+ 0
 *	| MZ, PE, opt |  =========>   | headers     |
 *	| sections    |               +-------------+ section alignment
 *	+-------------+               | .text       |
 *	| .text       |               +-------------+
 *	+-------------+               | .data  |000 |   the rest is cleared
 *	| .data       |               +-------------+
 *	+-------------+               | .reloc ...  |
 *	                              +-------------+ size
 *
 * An address relative to the base is an RVA.  Every access through an RVA uses
 * pe_at() or pe_string(), which check the size of the image, so a bad file does
 * no harm.  Functions that can fail return 0, or -1 with `error` set.
 * Source: Microsoft's "PE Format".
 */
#ifndef PE_READ_PE_H
#define PE_READ_PE_H

#include <stddef.h>
#include <stdint.h>

#define PE_PAGE		4096u
#define PE_MAX_SIZE	(256u << 20)	/* larger images are refused */
#define PE_MAX_SECTIONS	96

enum pe_directory {
	PE_EXPORT, PE_IMPORT, PE_RELOC = 5, PE_TLS = 9, PE_DIRECTORIES = 16
};

struct pe_image {
	const char *error;	/* why it was refused */
	uint8_t *mem;		/* `size` bytes, set by the caller */
	uint32_t base;		/* the address it is linked for */
	uint32_t size;
	uint32_t entry;		/* RVA, or 0 */
	uint32_t headers;	/* size of all headers in bytes */
	uint32_t table;		/* offset of the table of sections */
	uint16_t sections;
	uint8_t is_dll;
	uint8_t fixed;		/* cannot be relocated */
	struct { uint32_t rva, size; } dir[PE_DIRECTORIES];
};

struct pe_section {
	uint32_t rva, size;		/* in the image */
	uint32_t offset, file_size;	/* its part in the file */
	uint8_t write, exec;
};

/* Read and check the headers of a file of n bytes. */
int pe_read(struct pe_image *p, const void *file, size_t n);

/* Read the header of section i, which pe_read() has checked. */
void pe_section(const struct pe_image *p, const void *file, unsigned int i,
		struct pe_section *s);

/* Copy headers and sections to `mem`, which must be clear. */
void pe_lay_out(struct pe_image *p, const void *file);

/* Return: `size` bytes at an RVA, or NULL if not all are in the image. */
void *pe_at(const struct pe_image *p, uint32_t rva, uint32_t size);

/* Return: a string that ends inside the image, or NULL. */
const char *pe_string(const struct pe_image *p, uint32_t rva);

/* Add `delta` to every word that the base relocations list. */
int pe_relocate(struct pe_image *p, uint32_t delta);

/* Iterator: one library that is imported, and one of its functions. */
struct pe_import {
	uint32_t descriptor;	/* RVA of the next one; 0 to begin with */
	const char *dll;
	uint32_t names, slots;	/* RVAs of the next name and slot */
	/* the function, by its name or, if that is NULL, its ordinal */
	const char *name;
	uint16_t ordinal;
	uint32_t slot;		/* RVA where to store its address */
};

/* Return: 1 with the next library, 0 behind the last one, -1 on an error. */
int pe_next_dll(struct pe_image *p, struct pe_import *i);

/* Return: 1 with the library's next function, 0 behind the last one, -1. */
int pe_next_import(struct pe_image *p, struct pe_import *i);

struct pe_export {
	uint32_t rva;
	const char *forward;	/* "DLL.function", "DLL.#7", or NULL */
};

/* Find by name or, if that is NULL, by ordinal.  Return: 1 found, 0 not, -1. */
int pe_find_export(struct pe_image *p, const char *name, uint32_t ordinal,
		   struct pe_export *e);

struct pe_tls {
	uint32_t data, size;	/* RVA and bytes of the initialized part */
	uint32_t zeros;		/* bytes of zeros behind it */
	uint32_t index;		/* RVA where to store the module's number */
	uint32_t callbacks;	/* RVA of a list that ends with 0, or 0 */
};

/* Read the TLS of an image relocated to `base`.  Return: 1, 0: none, -1. */
int pe_read_tls(struct pe_image *p, uint32_t base, struct pe_tls *t);

/* Return: the RVA of callback n, 0 behind the last one, -1 on an error. */
int64_t pe_tls_callback(struct pe_image *p, uint32_t base,
			const struct pe_tls *t, unsigned int n);

/* Numbers in files: little-endian, at any alignment. */
static inline uint32_t pe_get32(const void *at)
{
	const uint8_t *b = at;

	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline uint16_t pe_get16(const void *at)
{
	const uint8_t *b = at;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline void pe_put32(void *at, uint32_t value)
{
	uint8_t *b = at;

	for (int i = 0; i < 4; i++)
		b[i] = (uint8_t)(value >> 8 * i);
}

static inline int pe_wrong(struct pe_image *p, const char *why)
{
	p->error = why;
	return -1;
}

#endif
