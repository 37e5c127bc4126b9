/* SPDX-License-Identifier: MIT */
/*
 * Reader of ELF executables (rows A2, D16): both word sizes, little endian,
 * with all checks and without memory of its own.  No field of the file can be
 * trusted.
 */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <lt/types.h>

#define ELF_CLASS32	1
#define ELF_CLASS64	2

#define ET_EXEC		2
#define ET_DYN		3

#define PT_LOAD		1
#define PT_DYNAMIC	2
#define PT_INTERP	3
#define PT_NOTE		4
#define PT_PHDR		6
#define PT_TLS		7
#define PT_GNU_STACK	0x6474e551
#define PT_GNU_RELRO	0x6474e552

#define PF_X		1
#define PF_W		2
#define PF_R		4

/* Return the header size of a class in bytes. */
static inline size_t elf_header_size(unsigned class)
{
	return class == ELF_CLASS64 ? 64 : 52;
}

/* Largest size of the program headers in bytes; one page, as in Linux. */
#define ELF_PHDRS_MAX	4096

struct elf_header {
	unsigned class;		/* ELF_CLASS32 or 64 */
	unsigned machine;
	unsigned type;		/* ET_EXEC or ET_DYN */
	u64 entry;		/* offset in the file, bytes */
	u64 phoff;		/* number of headers, > 0 */
	unsigned phnum;		/* > 0 */
	unsigned phentsize;	/* size that the class requires */
};

struct elf_segment {
	u32 type;
	u32 flags;		/* PF_ */
	u64 offset;		/* offset in the file, bytes */
	u64 vaddr;
	u64 filesz, memsz;	/* bytes */
	u64 align;
};

/* Facts about all segments that are needed before a segment is mapped. */
struct elf_layout {
	u64 low, high;		/* page-aligned span of PT_LOAD addresses */
	u64 align;		/* largest p_align, at least a page */
	u64 phdr_vaddr;		/* program headers in memory; 0: none */
	u64 interp_offset;	/* offset of the path, not checked */
	u64 interp_size;	/* path size with its NUL; 0: none */
	u64 code_start, code_end, data_start, data_end;
	u64 brk;		/* first byte above all segments */
	bool stack_exec;	/* PT_GNU_STACK asks for it */
};

/*
 * elf_read_header: buf holds the first len bytes of the file. class: overrides
 * the class that the header gives; 0: use the header's.
 * Return: 0, or -ENOEXEC: not ELF, truncated, not a program, headers of a wrong
 * size or too many.
 */
int elf_read_header(const void *buf, size_t len, unsigned class,
		    struct elf_header *h);

/* Read program header i of a table of h->phnum; table may be unaligned. */
void elf_read_segment(const struct elf_header *h, const void *table,
		      unsigned i, struct elf_segment *s);

/*
 * elf_scan: check all segments against each other and against limit, the first
 * unusable address; page: bytes of a page.
 * Return: 0 with *out filled; -ENOEXEC: an interpreter name of invalid length;
 * -EINVAL, with the interpreter and the stack's rights in *out: filesz > memsz,
 * addresses that wrap or are too high, offset and address differ within the
 * page, no segment to load.
 */
int elf_scan(const struct elf_header *h, const void *table, u64 limit,
	     unsigned long page, struct elf_layout *out);

#endif
