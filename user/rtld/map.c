/* SPDX-License-Identifier: MIT */
/*
 * Map a library (rows C7, E10) as the kernel maps a program, segment by
 * segment.  The kernel chooses one place for all segments together.
 *
 *	file    [ header, text ][ data ]
 *	             |             |    `---.
 *	memory  [ R-X          ][ RW- data  |0000 ][ 0000 ]
 *	                                file ends `- the page is cleared from
 *	                                here, the next ones are anonymous (BSS)
 *	                         [R--] `relro`: read-only once relocated
 *
 * The headers are checked before anything is mapped.
 */
#include <errno.h>
#include <string.h>
#include "../prelink/prelink.h"

#define PAGE		4096UL
#define DOWN(a)		((a) & ~(PAGE - 1))
#define UP(a)		DOWN((a) + PAGE - 1)
#define MAX_PHDRS	64

struct file {
	const char *name;
	int fd;
	uint64_t size;
	int program;		/* the program: may have fixed addresses */
	int gaps;		/* there are gaps between segments */
	uintptr_t align;	/* of the segments, at least a page */
	Elf_Phdr phdr[MAX_PHDRS];
};

static int protection(const Elf_Phdr *ph)
{
	return (ph->p_flags & PF_R ? PROT_READ : 0) |
	       (ph->p_flags & PF_W ? PROT_WRITE : 0) |
	       (ph->p_flags & PF_X ? PROT_EXEC : 0);
}

static void check_header(const struct file *f)
{
	const Elf_Ehdr *e = &head.elf;
	const char *why =
		head_size < (long)sizeof(*e) ? "file too short" :
		memcmp(e->e_ident, "\177ELF", 4) ? "invalid ELF header" :
		e->e_ident[4] != ELFCLASS_NATIVE ? OTHER_CLASS :
		e->e_ident[5] != ELFDATA2LSB ?
			"ELF file data encoding not little-endian" :
		e->e_machine != MACHINE ? "cannot open shared object file" :
		e->e_type == ET_EXEC && !f->program ?
			"cannot dynamically load executable" :
		e->e_type != ET_DYN && e->e_type != ET_EXEC ?
			"only ET_DYN and ET_EXEC can be loaded" :
		e->e_phentsize != sizeof(Elf_Phdr) ?
			"ELF file's phentsize not the expected size" : NULL;

	if (head_size < 0)
		cannot_load(f->name, "cannot read file data", head_size);
	if (why)
		cannot_load(f->name, why, *why == 'c' && !f->program &&
			    e->e_machine != MACHINE ? -ENOENT : 0);
}

/*
 * Check that a segment lies inside the file, and that its address and offset
 * are equal modulo the page size.
 */
static void check_segment(const struct file *f, const Elf_Phdr *ph)
{
	uintptr_t end = ph->p_vaddr + ph->p_memsz;

	if (ph->p_memsz < ph->p_filesz ||
	    end < ph->p_vaddr || UP(end) < end ||
	    ph->p_offset + ph->p_filesz < ph->p_offset ||
	    (ph->p_vaddr ^ ph->p_offset) & (PAGE - 1))
		cannot_load(f->name, "ELF load command address/offset not "
			    "properly aligned", 0);
	if (ph->p_offset + ph->p_filesz > f->size)
		cannot_load(f->name, "file too short", 0);
}

static void read_segments(struct file *f)
{
	const Elf_Ehdr *e = &head.elf;
	size_t size = e->e_phnum * sizeof(Elf_Phdr);

	if (e->e_phnum > MAX_PHDRS)
		cannot_load(f->name, "file too short", 0);
	if (e->e_phoff <= (size_t)head_size &&
	    size <= (size_t)head_size - e->e_phoff)
		memcpy(f->phdr, head.bytes + e->e_phoff, size);
	else if (sys_pread(f->fd, f->phdr, size, e->e_phoff) != (long)size)
		cannot_load(f->name, "file too short", 0);
}

/* Check all segments, and find the range of their addresses, *low to *high. */
static void check_segments(struct file *f, uintptr_t *low, uintptr_t *high)
{
	*low = UINTPTR_MAX;
	*high = 0;
	for (int i = 0; i < head.elf.e_phnum; i++) {
		const Elf_Phdr *ph = &f->phdr[i];

		if (ph->p_type != PT_LOAD)
			continue;
		check_segment(f, ph);
		if (ph->p_align > f->align && !(ph->p_align & (ph->p_align - 1)))
			f->align = ph->p_align;
		if (ph->p_vaddr < *high)
			cannot_load(f->name, "ELF load command address/offset "
				    "not in order", 0);
		if (*low == UINTPTR_MAX)
			*low = DOWN(ph->p_vaddr);
		else
			f->gaps |= DOWN(ph->p_vaddr) != *high;
		*high = UP(ph->p_vaddr + ph->p_memsz);
	}
	if (!*high)
		cannot_load(f->name, "object file has no loadable segments",
			    0);
}

/*
 * True if the header describes memory outside of the segments.  Only its bytes
 * in the file count, as .tbss takes no memory; for PT_GNU_RELRO all count.
 */
static int is_outside_segments(const Elf_Phdr *ph, uintptr_t low,
			       uintptr_t high)
{
	int relro = ph->p_type == PT_GNU_RELRO;

	return (relro || ph->p_type == PT_DYNAMIC || ph->p_type == PT_TLS) &&
		(ph->p_memsz < ph->p_filesz || ph->p_vaddr < low ||
		 ph->p_vaddr > high || high - ph->p_vaddr <
		 (relro ? ph->p_memsz : ph->p_filesz));
}

static void must_map(const struct file *f, long result)
{
	if (IS_ERROR(result))
		cannot_load(f->name, "failed to map segment from shared "
			    "object", result);
}

static void map_segment(const struct file *f, uintptr_t base,
			const Elf_Phdr *ph)
{
	uintptr_t start = base + ph->p_vaddr, end = start + ph->p_filesz;
	uintptr_t past = UP(start + ph->p_memsz);
	int prot = protection(ph);

	if (ph->p_filesz)
		must_map(f, sys_mmap(DOWN(start), end - DOWN(start), prot,
				     MAP_PRIVATE | MAP_FIXED, f->fd,
				     DOWN(ph->p_offset)));
	if (ph->p_memsz == ph->p_filesz)
		return;
	if (ph->p_filesz && (prot & PROT_WRITE))
		memset((void *)end, 0, UP(end) - end);
	if (!ph->p_filesz)
		end = DOWN(start);
	if (past > UP(end))
		must_map(f, sys_mmap(UP(end), past - UP(end), prot,
				     MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS,
				     -1, 0));
}

/* Note in o the range or values of a program header of mapped memory. */
void seal(struct object *o, const Elf_Phdr *ph)
{
	uintptr_t at = o->base + ph->p_vaddr;

	switch (ph->p_type) {
	case PT_LOAD:
		if (!o->map)
			o->map = DOWN(at);
		if (o->map_end < UP(at + ph->p_memsz))
			o->map_end = UP(at + ph->p_memsz);
		break;
	case PT_DYNAMIC:
		o->dynamic = (Elf_Dyn *)at;
		break;
	case PT_GNU_RELRO:
		o->relro = DOWN(at);
		o->relro_end = DOWN(at + ph->p_memsz);
		break;
	case PT_TLS:
		o->tls = (struct tls){ .image = (const void *)at,
			.filesz = ph->p_filesz, .memsz = ph->p_memsz,
			.align = ph->p_align ? ph->p_align : 1 };
	}
}

/*
 * Reserve memory for segments whose alignment is more than a page: map more
 * than needed, and unmap the rest at once.
 */
static long map_aligned(const struct file *f, uintptr_t low, uintptr_t size)
{
	uintptr_t more = f->align - PAGE, before;
	long at = size + more < size ? -ENOMEM :
		sys_mmap(0, size + more, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must_map(f, at);
	/* keep the first segment's address modulo the alignment */
	before = (low - (uintptr_t)at) & (f->align - 1);
	if (before)
		sys_munmap((uintptr_t)at, before);
	if (more > before)
		sys_munmap((uintptr_t)at + before + size, more - before);
	return (long)((uintptr_t)at + before);
}

/*
 * Reserve memory for all segments.  Normally the first segment is mapped over
 * the whole range, and the others replace their parts.  If there are gaps,
 * which is rare, the range is mapped without access instead.
 * Return: true if the first segment is mapped.
 */
static int map_room(const struct file *f, uintptr_t low, uintptr_t high,
		    const Elf_Phdr *first, long *at)
{
	uintptr_t inside = low & (f->align - 1);
	uintptr_t where = head.elf.e_type == ET_EXEC ? low :
		prelinker && !f->program ? inside +
		prelinker->room(high - low + inside, f->align) : 0;
	int fixed = where ? MAP_FIXED_NOREPLACE : 0;
	int whole = !f->gaps && first->p_filesz == first->p_memsz;

	if (!where && f->align > PAGE) {
		*at = map_aligned(f, low, high - low);
		return 0;
	}
	*at = whole ? sys_mmap(where, high - low, protection(first),
			       MAP_PRIVATE | fixed, f->fd,
			       DOWN(first->p_offset)) :
		sys_mmap(where, high - low, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0);
	must_map(f, *at);
	return whole;
}

static void map_segments(struct file *f, struct object *o)
{
	const Elf_Phdr *first = f->phdr;
	uintptr_t low, high;
	long at;
	int mapped;

	check_segments(f, &low, &high);
	for (size_t i = 0; i < o->phnum; i++)
		if (is_outside_segments(&f->phdr[i], low, high))
			cannot_load(f->name, "ELF segment astray", 0);
	while (first->p_type != PT_LOAD)
		first++;
	mapped = map_room(f, low, high, first, &at);
	o->base = (uintptr_t)at - low;
	o->map = (uintptr_t)at;		/* to unmap should this fail */
	o->map_end = o->base + high;
	for (size_t i = 0; i < o->phnum; i++) {
		if (f->phdr[i].p_type == PT_LOAD &&
		    !(mapped && &f->phdr[i] == first))
			map_segment(f, o->base, &f->phdr[i]);
		seal(o, &f->phdr[i]);
		/* the stack exists already and stays non-executable */
		if (f->phdr[i].p_type == PT_GNU_STACK && !f->program &&
		    f->phdr[i].p_flags & PF_X)
			cannot_load(f->name, "cannot enable executable stack "
				    "as shared object requires", -EINVAL);
	}
}

/*
 * Map the file whose start is in `head`.
 * Return: the address where its code begins.
 */
uintptr_t map_object(struct object *o, int fd, const char *name, uint64_t size)
{
	struct file f = { .name = name, .fd = fd, .size = size,
			  .program = o == objects, .align = PAGE };

	check_header(&f);
	read_segments(&f);
	o->phnum = head.elf.e_phnum;
	o->phdr = memcpy(alloc(o->phnum * sizeof(Elf_Phdr)), f.phdr,
			 o->phnum * sizeof(Elf_Phdr));
	map_segments(&f, o);
	if (!o->dynamic)
		cannot_load(name, "object file has no dynamic section", 0);
	return o->base + head.elf.e_entry;
}

void protect_relro(const struct object *o)
{
	if (o->relro_end > o->relro)
		sys_mprotect(o->relro, o->relro_end - o->relro, PROT_READ);
}

/*
 * Make the text writable while it is relocated itself (DT_TEXTREL), and undo
 * it.  Pages that are written become private copies (row E10).
 */
void text_writable(const struct object *o, int yes)
{
	for (size_t i = 0; i < o->phnum; i++) {
		const Elf_Phdr *ph = &o->phdr[i];
		uintptr_t start = DOWN(o->base + ph->p_vaddr);

		if (ph->p_type == PT_LOAD && !(ph->p_flags & PF_W))
			sys_mprotect(start, UP(o->base + ph->p_vaddr +
					       ph->p_memsz) - start,
				     protection(ph) | (yes ? PROT_WRITE : 0));
	}
}
