/* SPDX-License-Identifier: MIT */
/*
 * ELF programs (rows A6, E8, E9).  Each PT_LOAD becomes a private mapping of
 * the file's page-cache pages, followed by zeroed memory if the segment is
 * larger than its part of the file.  A PT_INTERP names a second file to map.
 * Nothing here changes the caller: if loading fails, only the new space is
 * lost.
 *
 * Invariant: both files are open and checked before the program gets rights or
 * its first mapping.  So whatever is refused as another format (ENOEXEC) has
 * left nothing behind for the next format to run with.
 */
#include <arch/elf.h>
#include <fs/vfs.h>
#include <kernel/exec/exec.h>
#include <kernel/exec/internal.h>
#include <kernel/ops/core_ops.h>
#include <lib/elf.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>
#include <uapi/mman.h>

/*
 * Fewer random bits than Linux uses, because one value must fit both machines:
 * 13 bits of pages are 32 MiB, which is little enough for a 32-bit space.
 */
#define PIE_RANDOM	13		/* bits of pages */
#define MMAP_RANDOM	13
#define BRK_RANDOM	9
#define MMAP_GAP_MIN	(128ul << 20)	/* distance from the stack's top */
#define MMAP_GAP_MAX(s)	((s)->top / 6 * 5)
/*
 * Where PIEs are placed: at two thirds of a 32-bit space on a 64-bit machine,
 * elsewhere at the machine's own ELF_DYN_BASE.
 */
#define DYN_BASE(s)	(vm_is_narrow(s) ? (s)->top / 3 * 2 : ELF_DYN_BASE)

/* One ELF file being loaded into the new space. */
struct image {
	struct file *file;
	u64 offset;		/* start of the image in the file */
	struct elf_header header;
	struct elf_layout layout;
	const void *table;	/* program headers */
	void *owned;		/* buffer to free, if the table was read into
				   one */
	uaddr_t bias;		/* added to every address of the file */
	bool unmappable;	/* its segments cannot be mapped as they say */
};

/* ---- reading ------------------------------------------------------------- */

/*
 * Check the image that begins at offset in file, for programs of kind k.  head:
 * its first len bytes.
 * Return: 0 with *img filled, or -errno; call image_close() in either case.
 */
static int image_open(struct image *img, const struct elf_kind *k,
		      struct file *file, u64 offset, const void *head,
		      long len)
{
	struct elf_header *h = &img->header;
	unsigned long size;
	long n;
	int err;

	*img = (struct image){ .file = file, .offset = offset };
	err = elf_read_header(head, len, ARCH_ELF_READ_AS, h);
	if (err)
		return err;
	if (h->class != k->class || (h->machine != ARCH_ELF_MACHINE &&
					    h->machine != ARCH_ELF_MACHINE_TOO))
		return -ENOEXEC;
	/* lab elf: begin */
	size = h->phnum * h->phentsize;
	if (h->phoff <= (u64)len && size <= (u64)len - h->phoff) {
		img->table = (const char *)head + h->phoff;
	} else {
		if (h->phoff > (u64)INT64_MAX - size - offset)
			return -ENOEXEC;
		img->owned = kmalloc(size);
		if (!img->owned)
			return -ENOMEM;
		img->table = img->owned;
		n = file_read_at(file, img->owned, size,
				 offset + h->phoff);
		err = n < 0 ? n : (unsigned long)n < size ? -ENOEXEC : 0;
	}
	if (!err)
		err = elf_scan(h, img->table, k->top, PAGE_SIZE, &img->layout);
	return err;
	/* lab elf: end, else return -ENOEXEC; */
}

static void image_close(struct image *img)
{
	kfree(img->owned);
	img->owned = NULL;
}

/* ---- mapping ------------------------------------------------------------- */

/* Translate PF_ bits to PROT_ bits: the same three in the opposite order. */
static unsigned elf_prot_of(u32 flags)
{
	/* lab elf: begin */
	return (flags & PF_R ? PROT_READ : 0) |
		(flags & PF_W ? PROT_WRITE : 0) |
		(flags & PF_X ? PROT_EXEC : 0);
	/* lab elf: end, else return PROT_NONE; */
}

/*
 * Make the memory past the file part zero (elf(5), p_memsz).  The rest of the
 * last file page contains the next bytes of the file, so clear that rest in a
 * private copy of the page; map anonymous pages behind it.  As on Linux these
 * can always be read and written.
 */
static int map_bss(struct vm_space *s, uaddr_t file_end, uaddr_t end,
		   unsigned prot, bool has_file)
{
	uaddr_t page_end = ALIGN_UP(file_end, PAGE_SIZE);
	uaddr_t at;

	/* lab elf: begin */
	/* clear the rest of the last page of the file part */
	if (has_file && page_end != file_end && prot & PROT_WRITE) {
		unsigned long n = page_end - file_end;

		if (vm_copy_to(s, file_end, NULL, n) != n)
			return -ENOMEM;
	}
	if (!has_file)
		page_end = file_end & PAGE_MASK;
	end = ALIGN_UP(end, PAGE_SIZE);
	if (end <= page_end)
		return 0;
	return vm_map(s, page_end, end - page_end,
		      PROT_READ | PROT_WRITE | (prot & PROT_EXEC),
		      MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, NULL, 0, &at);
	/* lab elf: end, else return -ENOMEM; */
}

/*
 * Map one PT_LOAD.  elf_scan() has checked that offset and address are equal
 * modulo the page size, so the file's pages can be mapped as they are.
 */
static int map_segment(struct vm_space *s, struct image *img,
		       const struct elf_segment *seg)
{
	uaddr_t start = img->bias + seg->vaddr;
	unsigned long inside = start & ~PAGE_MASK;
	unsigned prot = elf_prot_of(seg->flags);
	uaddr_t at;
	int err = 0;

	/* lab elf: begin */
	if (seg->filesz)
		err = vm_map(s, start - inside,
			     ALIGN_UP(inside + (unsigned long)seg->filesz,
				      PAGE_SIZE),
			     prot, MAP_PRIVATE | MAP_FIXED,
			     file_object(img->file),
			     (img->offset + seg->offset - inside) >> PAGE_SHIFT,
			     &at);
	if (!err && seg->memsz > seg->filesz)
		err = map_bss(s, start + seg->filesz, start + seg->memsz,
			      prot, seg->filesz != 0);
	return err;
	/* lab elf: end, else return -ENOMEM; */
}

/* Return: the VMA of the stack, which is mapped before any image. */
static struct vma *elf_find_stack(const struct exec *e)
{
	return vm_find(e->space, e->stack_top - 1);
}

/* True if [low, high) contains a mapping that the image may not replace. */
static bool image_collides(struct exec *e, const struct image *img,
			   uaddr_t low, uaddr_t high)
{
	/* lab elf: begin */
	struct vma *v = vm_find(e->space, low);

	/* an interpreter with fixed addresses may overlap the program */
	if (img->file != e->file && img->header.type == ET_EXEC)
		v = elf_find_stack(e);
	return v && v->start < high;
	/* lab elf: end, else return false; */
}

/*
 * Map all segments.  MAP_FIXED may replace parts of the same image (the bss
 * replaces pages of the file part), but nothing that image_collides() protects.
 */
static int image_map(struct exec *e, struct image *img)
{
	struct vm_space *s = e->space;
	uaddr_t low = img->bias + img->layout.low;
	uaddr_t high = img->bias + img->layout.high;
	int err = 0;

	/* lab elf: begin */
	if (low >= high || high > s->top ||
	    image_collides(e, img, low, high))
		return -ENOMEM;
	for (unsigned i = 0; i < img->header.phnum && !err; i++) {
		struct elf_segment seg;

		elf_read_segment(&img->header, img->table, i, &seg);
		if (seg.type == PT_LOAD && seg.memsz)
			err = map_segment(s, img, &seg);
	}
	return err;
	/* lab elf: end, else return -ENOMEM; */
}

/* ---- places -------------------------------------------------------------- */

/*
 * Set mmap_top as in Linux's layout: mappings grow down from below the area
 * reserved for the stack, whose size is the stack limit, kept within bounds.
 */
static void place_mmap(struct exec *e)
{
	unsigned long gap = e->space->limit_stack;

	/* lab elf: begin */
	gap = min(max(gap, MMAP_GAP_MIN), MMAP_GAP_MAX(e->space));
	e->space->mmap_top = (e->stack_top - gap) & PAGE_MASK;
	e->space->mmap_top -= exec_random(e, MMAP_RANDOM);
	/* lab elf: end, else e->space->mmap_top = e->stack_top / 2; */
}

/* Place a position-independent image just below mmap_top. */
static int elf_place_below(struct vm_space *s, struct image *img)
{
	const struct elf_layout *l = &img->layout;
	u64 size = l->high - l->low;
	u64 align = min(l->align, (u64)1 << 30);

	/* lab elf: begin */
	if (size + align > s->mmap_top - MMAP_MIN_ADDR)
		return -ENOMEM;
	img->bias = ALIGN_DOWN(s->mmap_top - (uaddr_t)size, (uaddr_t)align) -
		(uaddr_t)l->low;
	return 0;
	/* lab elf: end, else return -ENOMEM; */
}

/*
 * Choose the program's place.  An ET_EXEC image has fixed addresses; a PIE is
 * placed far below the mappings, so that its heap can grow.
 */
static int place_program(struct exec *e, struct image *img)
{
	const struct elf_layout *l = &img->layout;
	u64 align = min(l->align, (u64)1 << 30);

	/* lab elf: begin */
	if (img->header.type == ET_EXEC)
		return 0;
	/*
	 * A PIE without PT_INTERP may be a dynamic linker: place it out of the
	 * way of the program that it will map.
	 */
	if (!l->interp_size)
		return elf_place_below(e->space, img);
	img->bias = ALIGN_DOWN(DYN_BASE(e->space) + exec_random(e, PIE_RANDOM),
			       (uaddr_t)align) - (uaddr_t)l->low;
	return 0;
	/* lab elf: end, else return -ENOEXEC; */
}

/*
 * Record where the parts of the program lie, for brk, prctl and /proc/PID/stat.
 */
static void elf_record_layout(struct exec *e, const struct image *img)
{
	const struct elf_layout *l = &img->layout;
	struct vm_space *s = e->space;

	/* lab elf: begin */
	s->code_start = img->bias + l->code_start;
	s->code_end = img->bias + l->code_end;
	s->data_start = img->bias + l->data_start;
	s->data_end = img->bias + l->data_end;
	s->brk_start = ALIGN_UP(img->bias + (uaddr_t)l->brk, PAGE_SIZE);
	/*
	 * an image that lies among the mappings leaves no room behind it for a
	 * heap
	 */
	if (img->header.type == ET_DYN && !l->interp_size)
		s->brk_start = DYN_BASE(s);
	if (READ_ONCE(exec_randomness) > 1)
		s->brk_start += exec_random(e, BRK_RANDOM);
	s->brk = s->brk_start;
	/* lab elf: end */
}

/* ---- the interpreter ----------------------------------------------------- */

/*
 * Read the path in PT_INTERP.
 * Return: 0 or -errno; the caller frees *name in either case.
 */
static int elf_read_interp(struct exec *e, const struct image *img, char **name)
{
	u64 size = img->layout.interp_size, at = img->layout.interp_offset;
	long n;

	if (at > INT64_MAX - img->offset)
		return -EINVAL;
	/* lab elf: begin */
	*name = kmalloc(size);
	if (!*name)
		return -ENOMEM;
	n = file_read_at(e->file, *name, size, (loff_t)(img->offset + at));
	if (n < 0)
		return n;
	if ((u64)n != size)
		return -EIO;
	if ((*name)[size - 1])
		return -ENOEXEC;
	return **name ? 0 : -EACCES;	/* "" would name the working
					   directory */
	/* lab elf: end, else return -ENOEXEC; */
}

/*
 * Open and check the interpreter that the program names.  img->file is set as
 * soon as the file is open; writing to it is denied until interp_close().  The
 * interpreter's head is in e->text.
 */
static int interp_open(struct exec *e, const struct image *program,
		       const struct elf_kind *k, struct image *img)
{
	struct file *file = NULL;
	char *name = NULL;
	long len;
	int err = elf_read_interp(e, program, &name);

	if (!err)
		err = file_open_exec(AT_FDCWD, name, LOOKUP_FOLLOW, &file);
	if (err == -ENOENT && core_ops)
		core_ops->no_loader(e->filename, name);
	kfree(name);
	if (err)
		return err;
	img->file = file;
	len = file_read_at(file, e->text, EXEC_TEXT, 0);
	if (len < 0)
		return len;
	if ((size_t)len < elf_header_size(k->class))
		return -EIO;
	err = image_open(img, k, file, 0, e->text, len);
	img->unmappable = err == -EINVAL;
	if (img->unmappable)
		return 0;
	return err == -ENOEXEC ? -ELIBBAD : err;
}

/*
 * Writing to the interpreter's file is denied only until it is mapped, as on
 * Linux.
 */
static void interp_close(struct image *img)
{
	if (!img->file)
		return;
	/* lab elf: begin */
	image_close(img);
	/* lab elf: end */
	file_allow_write(img->file);
	file_put(img->file);
}

/*
 * Map the interpreter.  AT_BASE is the interpreter's address, and execution
 * starts there: the dynamic linker finds the program by AT_PHDR and AT_ENTRY.
 */
static int interp_map(struct exec *e, struct image *img)
{
	int err = 0;

	/* lab elf: begin */
	exec_note_readable(e, img->file);
	if (img->header.type == ET_DYN)
		err = elf_place_below(e->space, img);
	if (!err)
		err = image_map(e, img);
	e->interp_base = img->bias + img->layout.low;
	e->entry = img->bias + img->header.entry;
	return err;
	/* lab elf: end, else return -ELIBBAD; */
}

/* ---- the format ---------------------------------------------------------- */

/*
 * Map the program and its interpreter, if it has one, and fill the stack.  PF_X
 * in PT_GNU_STACK makes the stack executable, before anything is written to it.
 */
static int load_image(struct exec *e, struct image *img, struct image *interp)
{
	const struct elf_header *h = &img->header;
	int err;

	/* lab elf: begin */
	exec_note_readable(e, e->file);
	place_mmap(e);
	err = place_program(e, img);
	if (!err)
		err = image_map(e, img);
	if (err)
		return err;
	elf_record_layout(e, img);
	e->program_entry = e->entry = img->bias + h->entry;
	e->phnum = h->phnum;
	e->phentsize = h->phentsize;
	e->phdr = img->layout.phdr_vaddr ?
		img->bias + img->layout.phdr_vaddr : 0;
	if (interp->file)
		err = interp_map(e, interp);
	if (!err && img->layout.stack_exec) {
		struct vma *v = elf_find_stack(e);

		err = vm_protect(e->space, v->start, v->end - v->start,
				 PROT_READ | PROT_WRITE | PROT_EXEC);
	}
	return err ? err : stack_finish(e);
	/* lab elf: end, else return -ENOEXEC; */
}

int elf_load_kind(struct exec *e, const struct elf_kind *k)
{
	struct image program, interp = { .file = NULL };
	int err = image_open(&program, k, e->file, e->offset, e->head,
			     e->head_len);

	/* like Linux, look at the segments after everything else */
	program.unmappable = err == -EINVAL;
	if (program.unmappable)
		err = 0;
	if (!err && program.layout.interp_size)
		err = interp_open(e, &program, k, &interp);
	if (!err && k->enter)
		err = k->enter(e);
	if (!err)
		err = exec_rights(e);
	e->broken = !err && (program.unmappable || interp.unmappable);
	if (e->broken)
		err = -EINVAL;
	if (!err)
		err = load_image(e, &program, &interp);
	interp_close(&interp);
	image_close(&program);
	return err;
}

int elf_load(struct exec *e)
{
	const struct elf_kind own = { ARCH_ELF_CLASS, e->space->top, NULL };

	return elf_load_kind(e, &own);
}
