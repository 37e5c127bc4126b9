/* SPDX-License-Identifier: MIT */
/*
 * Reading PE files (row E14).  Nothing here maps, calls or prints, so that the
 * same code is under the loader, the host's unit tests and a fuzzer.
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
 * An address relative to the base is an RVA.  Every access through one goes
 * by pe_at() or pe_string(), which know how large the image is; so a file may
 * say anything.  Functions that can fail return 0, or -1 with `error` set.
 * Source: Microsoft's "PE Format".
 */
#ifndef PE_READ_PE_H
#define PE_READ_PE_H

#include <stddef.h>
#include <stdint.h>

#define PE_PAGE		4096u
#define PE_MAX_SIZE	(256u << 20)	/* no program of ours is larger */
#define PE_MAX_SECTIONS	96

enum pe_directory {
	PE_EXPORT, PE_IMPORT, PE_RELOC = 5, PE_TLS = 9, PE_DIRECTORIES = 16
};

struct pe_image {
	const char *error;	/* why it was refused */
	uint8_t *mem;		/* `size` bytes, once somebody made room */
	uint32_t base;		/* the address it is made for */
	uint32_t size;
	uint32_t entry;		/* RVA, or 0 */
	uint32_t headers;	/* their bytes */
	uint32_t table;		/* offset of the table of sections */
	uint16_t sections;
	uint8_t is_dll;
	uint8_t fixed;		/* it cannot be moved */
	struct { uint32_t rva, size; } dir[PE_DIRECTORIES];
};

struct pe_section {
	uint32_t rva, size;		/* in the image */
	uint32_t offset, file_size;	/* what of it is in the file */
	uint8_t write, exec;
};

/* The headers of a file of n bytes, all of them checked. */
int pe_read(struct pe_image *p, const void *file, size_t n);

/* Section i, in the image as in the file: pe_read() has checked it. */
void pe_section(const struct pe_image *p, const void *file, unsigned int i,
		struct pe_section *s);

/* Copies headers and sections to `mem`, which is cleared. */
void pe_lay_out(struct pe_image *p, const void *file);

/* => `size` bytes at an RVA, or NULL where they are not all in the image */
void *pe_at(const struct pe_image *p, uint32_t rva, uint32_t size);

/* => a string that ends inside the image, or NULL */
const char *pe_string(const struct pe_image *p, uint32_t rva);

/* Adds `delta` to all that base relocations name. */
int pe_relocate(struct pe_image *p, uint32_t delta);

/* One library that is needed, and where the walk is in its functions. */
struct pe_import {
	uint32_t descriptor;	/* RVA of the next one; 0 to begin with */
	const char *dll;
	uint32_t names, slots;	/* RVAs of what comes next */
	/* the function, by its name or, when that is NULL, its ordinal */
	const char *name;
	uint16_t ordinal;
	uint32_t slot;		/* RVA of where its address belongs */
};

/* => 1 and the next library, 0 behind the last one, -1 */
int pe_next_dll(struct pe_image *p, struct pe_import *i);

/* => 1 and the next function of this library, 0 behind the last one, -1 */
int pe_next_import(struct pe_image *p, struct pe_import *i);

struct pe_export {
	uint32_t rva;
	const char *forward;	/* "DLL.function" or "DLL.#7" in its place */
};

/* By name or, when that is NULL, by ordinal.  => 1 found, 0 not, -1 */
int pe_find_export(struct pe_image *p, const char *name, uint32_t ordinal,
		   struct pe_export *e);

struct pe_tls {
	uint32_t data, size;	/* RVA and bytes of what each copy begins with */
	uint32_t zeros;		/* and of zeros behind it */
	uint32_t index;		/* RVA of where the module's number belongs */
	uint32_t callbacks;	/* RVA of a list that ends with 0, or 0 */
};

/* Of an image that was relocated to `base`.  => 1, 0 without TLS, -1 */
int pe_read_tls(struct pe_image *p, uint32_t base, struct pe_tls *t);

/* => RVA of callback n, 0 behind the last one, -1 (as a 64-bit number) */
int64_t pe_tls_callback(struct pe_image *p, uint32_t base,
			const struct pe_tls *t, unsigned int n);

/* Numbers as files have them: little-endian, anywhere. */
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
