/* SPDX-License-Identifier: MIT */
/*
 * Load an xv6 program (row E13).  With the personality set, every program is an
 * xv6 program: its memory is one area from address 0 on, copied from the file
 * and not mapped; its stack is one page, and the heap lies above the stack.
 *
 *   0                                                      xv6_machine.top
 *   | segments, zeros | (nothing) | stack | heap -->       |
 *                       one page    one page: strings, argv
 *
 * A null pointer of another program points to page 0, so mapping that page
 * needs CAP_SYS_RAWIO, as with mmap(2) below vm.mmap_min_addr: vm_map() checks
 * it.
 */
#include <arch/elf.h>
#include "xv6.h"
#include <fs/fs.h>
#include <fs/vfs.h>
#include <kernel/current.h>
#include <kernel/exec/format.h>
#include <kernel/ops/hooks.h>
#include <lib/elf.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <mm/frames/page.h>
#include <mm/vm.h>
#include <uapi/mman.h>

/* end of the image; the stack that exec makes first lies above it */
#define LOWER_HALF	(USER_TOP / 2 & PAGE_MASK)
#define IMAGE_MAX	(LOWER_HALF - 2 * PAGE_SIZE)
#define MAP_HERE	(MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS)

static bool xv6_load_chosen(void)
{
	return (current->personality & XV6_PERSONAS) == XV6_PERSONA;
}

/* ---- segments ------------------------------------------------------------ */

struct image {
	struct elf_header header;
	const void *table;		/* program headers, in e->head */
	u64 end;			/* end of the last segment */
};

/* Check a segment, exactly as xv6 does, and find the end of the image. */
static int measure(struct exec *e, struct image *img,
		   const struct elf_segment *s)
{
	if (s->filesz > s->memsz || s->offset > INT64_MAX / 2 ||
	    s->vaddr & ~PAGE_MASK ||
	    s->vaddr > IMAGE_MAX || s->memsz > IMAGE_MAX - s->vaddr)
		return -EINVAL;
	img->end = max(img->end, s->vaddr + s->memsz);
	return 0;
}

/* Call fn for each loadable segment. */
static int each_segment(struct exec *e, struct image *img,
			int (*fn)(struct exec *e, struct image *img,
				  const struct elf_segment *s))
{
	struct elf_segment s;
	int err = 0;

	for (unsigned i = 0; i < img->header.phnum && !err; i++) {
		elf_read_segment(&img->header, img->table, i, &s);
		if (s.type == PT_LOAD)
			err = fn(e, img, &s);
	}
	return err;
}

/* Copy the file's bytes, page by page, into the new address space. */
static int copy_in(struct exec *e, struct image *img,
		   const struct elf_segment *s)
{
	struct page *p;
	int err = 0;

	for (u64 done = 0; done < s->filesz && !err; done += PAGE_SIZE) {
		u64 n = min(s->filesz - done, (u64)PAGE_SIZE);

		err = vm_get_page(e->space, (uaddr_t)(s->vaddr + done), true,
				  &p);
		if (err)
			return -ENOMEM;
		if (file_read_at(e->file, page_virt(p), (unsigned long)n,
				 (loff_t)(s->offset + done)) != (long)n)
			err = -EINVAL;
		page_put(p);
	}
	return err;
}

/* Set the protection, after copy_in() has written to the pages. */
static int xv6_load_protect(struct exec *e, struct image *img,
			    const struct elf_segment *s)
{
	unsigned prot = (s->flags & PF_R ? PROT_READ : 0) |
		(s->flags & PF_W ? PROT_WRITE : 0) |
		(s->flags & PF_X ? PROT_EXEC : 0);
	uaddr_t size = ALIGN_UP((uaddr_t)s->memsz, PAGE_SIZE);

	return size ? vm_protect(e->space, (uaddr_t)s->vaddr, size, prot) : 0;
}

static int load_segments(struct exec *e, struct image *img)
{
	uaddr_t at;
	int err = each_segment(e, img, measure);

	if (!err && !img->end)
		err = -EINVAL;
	if (!err)
		err = vm_map(e->space, 0, (unsigned long)img->end,
			     PROT_READ | PROT_WRITE, MAP_HERE, NULL, 0, &at);
	if (!err)
		err = each_segment(e, img, copy_in);
	if (!err)
		err = each_segment(e, img, xv6_load_protect);
	vm_icache_sync(e->space);
	return err;
}

/* ---- the stack ----------------------------------------------------------- */

/*
 * Copy the string at *from from exec's stack to the new one.
 * Return: 0 with *from behind the string and *sp below its copy; -E2BIG,
 * -ENOMEM.
 */
static int xv6_load_push(struct exec *e, char *stack, unsigned long *sp,
			 uaddr_t *from)
{
	uaddr_t at = *from;
	unsigned long n;
	int err = stack_next_string(e, at, from);

	if (err)
		return err;
	n = *from - at;
	if (n > *sp)
		return -E2BIG;
	*sp = ALIGN_DOWN(*sp - n, xv6_machine.align);
	return vm_copy_from(e->space, stack + *sp, at, n) == n ? 0 : -ENOMEM;
}

/*
 * Fill the stack.  stack: the kernel's address of the page that the program has
 * at `at`.  Once the strings are copied, the stack made by exec and the vDSO
 * are unmapped.
 */
static int fill_stack(struct exec *e, char *stack, uaddr_t at, uaddr_t entry)
{
	unsigned long argv[XV6_ARGS] = { 0 }, sp = PAGE_SIZE;
	unsigned long n = (e->argc + 1) * sizeof(argv[0]);
	uaddr_t from = e->sp;
	int err = e->argc < XV6_ARGS ? 0 : -E2BIG;

	for (unsigned i = 0; i < e->argc && !err; i++) {
		err = xv6_load_push(e, stack, &sp, &from);
		argv[i] = at + sp;
	}
	if (!err)
		err = n > sp ? -E2BIG : vm_unmap(e->space, LOWER_HALF,
						 USER_TOP - LOWER_HALF);
	if (err)
		return err;
	sp = ALIGN_DOWN(sp - n, xv6_machine.align);
	memcpy(stack + sp, argv, n);
	e->space->arg_start = argv[0];
	e->space->arg_end = argv[0] + strlen(stack + (argv[0] - at)) + 1;
	return xv6_begin(e, stack + sp, sp, at + sp, e->argc, entry);
}

/* Make the stack, and set the heap above it, for brk and /proc/PID/maps. */
static int make_stack(struct exec *e, uaddr_t at, uaddr_t entry)
{
	struct vm_space *s = e->space;
	struct page *p;
	uaddr_t mapped;
	int err = vm_map(s, at, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_HERE,
			 NULL, 0, &mapped);

	if (err || vm_get_page(s, at, true, &p))
		return err ? err : -ENOMEM;
	err = fill_stack(e, page_virt(p), at, entry);
	page_put(p);
	s->vdso = 0;
	s->mmap_top = xv6_machine.top;
	s->stack_top = s->brk_start = s->brk = at + PAGE_SIZE;
	return err;
}

/* ---- the format ---------------------------------------------------------- */

/* Check that the program gains no privileges: xv6 has no set-id programs. */
static int may_load(struct exec *e)
{
	int err = exec_rights(e);

	if (!err && e->secure)
		err = -EPERM;
	if (!err)
		exec_note_readable(e, e->file);
	return err;
}

/*
 * Load a program.  This is the only format under the personality: a file that
 * is refused here fails with -EINVAL and is never taken for a Linux program,
 * because -ENOEXEC would try the next format.
 */
static int xv6_load(struct exec *e)
{
	struct image img = { .end = 0 };
	struct elf_header *h = &img.header;
	int err;

	if (!xv6_load_chosen())
		return -ENOEXEC;
	err = may_load(e);
	if (err)
		return err;
	e->calls = xv6_calls;
	if (elf_read_header(e->head, (size_t)e->head_len, 0, h) ||
	    h->class != ARCH_ELF_CLASS || h->machine != ARCH_ELF_MACHINE ||
	    h->type != ET_EXEC || h->phoff > (u64)e->head_len ||
	    h->phnum * h->phentsize > (u64)e->head_len - h->phoff)
		return -EINVAL;
	img.table = e->head + h->phoff;
	err = load_segments(e, &img);
	return err ? err : make_stack(e, ALIGN_UP((uaddr_t)img.end, PAGE_SIZE) +
				      PAGE_SIZE, (uaddr_t)h->entry);
}

/* Execute a program, with an empty environment. */
long xv6_exec(const char *path, const unsigned long *a)
{
	struct arg_source argv = { .user = a[1] }, none = { .user = 0 };
	struct file *file;
	int err = file_open_exec(AT_FDCWD, path, LOOKUP_FOLLOW, &file);

	return err ? err : exec_file(file, path, 0, &argv, &none);
}

static void xv6_load_init(void)
{
	hooks.exec_first = xv6_load;
}
INIT(fs, xv6_load_init);
