/* SPDX-License-Identifier: MIT */
/*
 * Reader of ELF executables (System V ABI, chapters 4 and 5).
 *
 *   offset 0 +----------------------+
 *            | header               |  class, machine, entry, phoff, phnum
 *      phoff +----------------------+
 *            | program headers      |  type, flags, offset, vaddr, filesz,
 *            |  PT_INTERP, PT_LOAD, |  memsz, align
 *            |  PT_GNU_STACK, ...   |
 *            +----------------------+
 *     offset | bytes of a segment   |  filesz of them; up to memsz zeros
 *            +----------------------+  follow in memory: .bss
 *
 * Fields are read one by one at their offsets, so one reader serves both
 * classes, any alignment and any host.
 *
 * Invariant: sizes are compared with the difference of limit and offset: no sum
 * of file fields is formed before it is known not to wrap.
 */
#include <lib/elf.h>
#include <uapi/errno.h>

#define INTERP_MAX 4096		/* a path with its NUL */

/* Read a field of 2, 4 or 8 bytes, usually aligned. */
static inline u64 elf_read_field(const u8 *p, unsigned n)
{
	u64 v = 0;

	if ((uintptr_t)p % n == 0 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		return n == 8 ? *(const u64 *)p :
			n == 4 ? *(const u32 *)p : *(const u16 *)p;
	while (n--)
		v = v << 8 | p[n];
	return v;
}

int elf_read_header(const void *buf, size_t len, unsigned class,
		    struct elf_header *h)
{
	static const u8 magic[4] = { 0x7f, 'E', 'L', 'F' };
	const u8 *p = buf;
	bool wide;

	if (len < elf_header_size(ELF_CLASS32))
		return -ENOEXEC;
	for (unsigned i = 0; i < 4; i++)
		if (p[i] != magic[i])
			return -ENOEXEC;
	/* the other fields (order, version, system) are ignored */
	h->class = class ? class : p[4];
	wide = h->class == ELF_CLASS64;
	if (!wide && h->class != ELF_CLASS32)
		return -ENOEXEC;
	if (len < elf_header_size(h->class))
		return -ENOEXEC;
	h->type = elf_read_field(p + 16, 2);
	h->machine = elf_read_field(p + 18, 2);
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return -ENOEXEC;
	h->entry = elf_read_field(p + 24, wide ? 8 : 4);
	h->phoff = elf_read_field(p + (wide ? 32 : 28), wide ? 8 : 4);
	h->phentsize = elf_read_field(p + (wide ? 54 : 42), 2);
	h->phnum = elf_read_field(p + (wide ? 56 : 44), 2);
	if (h->phentsize != (wide ? 56 : 32) || !h->phnum)
		return -ENOEXEC;
	if (h->phnum > ELF_PHDRS_MAX / h->phentsize)
		return -ENOEXEC;
	return 0;
}

void elf_read_segment(const struct elf_header *h, const void *table,
		      unsigned i, struct elf_segment *s)
{
	const u8 *p = (const u8 *)table + (size_t)i * h->phentsize;

	s->type = elf_read_field(p, 4);
	if (h->class == ELF_CLASS64) {
		s->flags = elf_read_field(p + 4, 4);
		s->offset = elf_read_field(p + 8, 8);
		s->vaddr = elf_read_field(p + 16, 8);
		s->filesz = elf_read_field(p + 32, 8);
		s->memsz = elf_read_field(p + 40, 8);
		s->align = elf_read_field(p + 48, 8);
	} else {
		s->offset = elf_read_field(p + 4, 4);
		s->vaddr = elf_read_field(p + 8, 4);
		s->filesz = elf_read_field(p + 16, 4);
		s->memsz = elf_read_field(p + 20, 4);
		s->flags = elf_read_field(p + 24, 4);
		s->align = elf_read_field(p + 28, 4);
	}
}

static int check_load(const struct elf_segment *s, u64 limit,
		      unsigned long page)
{
	if (s->filesz > s->memsz)
		return -ENOEXEC;
	if (s->vaddr > limit || s->memsz > limit - s->vaddr)
		return -ENOEXEC;
	/* offsets in the kernel are signed */
	if (s->offset > INT64_MAX || s->filesz > INT64_MAX - s->offset)
		return -ENOEXEC;
	/* only whole pages of the file can be mapped */
	if (s->filesz && ((s->vaddr ^ s->offset) & (page - 1)))
		return -ENOEXEC;
	return 0;
}

/* Add one PT_LOAD to the layout. */
static void add_load(const struct elf_header *h, const struct elf_segment *s,
		     unsigned long page, struct elf_layout *out)
{
	u64 end = s->vaddr + s->memsz;
	u64 file_end = s->vaddr + s->filesz;
	u64 low = s->vaddr & ~(u64)(page - 1);
	u64 high = (end + page - 1) & ~(u64)(page - 1);
	u64 table = (u64)h->phnum * h->phentsize;

	if (low < out->low)
		out->low = low;
	if (high > out->high)
		out->high = high;
	if (end > out->brk)
		out->brk = end;
	if (s->align > out->align && !(s->align & (s->align - 1)))
		out->align = s->align;
	if (s->flags & PF_X) {
		if (s->vaddr < out->code_start)
			out->code_start = s->vaddr;
		if (file_end > out->code_end)
			out->code_end = file_end;
	}
	if (s->vaddr > out->data_start)
		out->data_start = s->vaddr;
	if (file_end > out->data_end)
		out->data_end = file_end;
	if (!out->phdr_vaddr && h->phoff >= s->offset &&
	    h->phoff - s->offset < s->filesz &&
	    table <= s->filesz - (h->phoff - s->offset))
		out->phdr_vaddr = s->vaddr + (h->phoff - s->offset);
}

int elf_scan(const struct elf_header *h, const void *table, u64 limit,
	     unsigned long page, struct elf_layout *out)
{
	u64 phdr = 0;
	bool bad = false;

	*out = (struct elf_layout){
		.low = UINT64_MAX, .code_start = UINT64_MAX, .align = page,
	};
	for (unsigned i = 0; i < h->phnum; i++) {
		struct elf_segment s;

		elf_read_segment(h, table, i, &s);
		if (s.type == PT_LOAD) {
			if (check_load(&s, limit, page))
				bad = true;
			else if (s.memsz)
				add_load(h, &s, page, out);
		} else if (s.type == PT_INTERP && !out->interp_size) {
			if (s.filesz < 2 || s.filesz > INTERP_MAX)
				return -ENOEXEC;
			out->interp_offset = s.offset;
			out->interp_size = s.filesz;
		} else if (s.type == PT_PHDR) {
			phdr = s.vaddr;
		} else if (s.type == PT_GNU_STACK) {
			out->stack_exec = s.flags & PF_X;
		}
	}
	if (bad || out->low >= out->high)
		return -EINVAL;
	if (out->code_start == UINT64_MAX)
		out->code_start = out->code_end = out->low;
	/* an explicit PT_PHDR takes precedence (an interpreter has none) */
	if (phdr && phdr >= out->low && phdr < out->high)
		out->phdr_vaddr = phdr;
	return 0;
}
