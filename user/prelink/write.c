/* SPDX-License-Identifier: MIT */
/*
 * prelink PROGRAM - write PROGRAM.prelink (row C8).  This is the linker as a
 * command: it loads the libraries at addresses of its own choice, one behind
 * the other, relocates them, and then writes their memory to the file instead
 * of starting the program.
 *
 * Relocations that differ from start to start, because program and linker are
 * mapped elsewhere each time, are not done but listed as late ones.
 */
#include <string.h>
#include "prelink.h"

#define MAX_LATE	4096

static uintptr_t next = PRELINK_AT;
static struct prelink_late late[MAX_LATE];
static uint32_t nlate;

__attribute__((noreturn)) static void refuse(const char *why)
{
	die(1, "prelink: ", program_name, ": ", why, NULL);
}

/* Return: the address for the next library, in one common region. */
static uintptr_t room(size_t size, size_t align)
{
	uintptr_t at = (next + align - 1) & ~(align - 1);

	options.bind_now = 1;
	next = at + PAGE_UP(size);
	return at;
}

static uint32_t record_of(const struct object *o)
{
	uint32_t n = 0;

	for (const struct object *p = program.next; p != o; p = p->next)
		n += p != &rtld_object;
	return n;
}

static int depends_on_start(struct object *o, const RELOC *r)
{
	uint32_t type = ELF_R_TYPE(r->r_info);
	struct found f;

	/* depends on a resolver, or on a function in the linker */
	if (type == R_IRELATIVE || type == R_TLS_DESC)
		return 1;
	if (type == R_RELATIVE || type == R_NONE || !ELF_R_SYM(r->r_info))
		return 0;
	f = resolve(o, ELF_R_SYM(r->r_info), type == R_JUMP_SLOT, NULL);
	return f.sym && (f.object == &program || f.object == &rtld_object ||
			 ELF_ST_TYPE(f.sym->st_info) == STT_GNU_IFUNC);
}

static int postpone(struct object *o, const RELOC *r)
{
	if (o == &program)
		return 1;
	if (!depends_on_start(o, r))
		return 0;
	if (nlate == MAX_LATE)
		refuse("too many relocations that depend on the program");
	late[nlate++] = (struct prelink_late){ record_of(o), (uintptr_t)r };
	return 1;
}

static void put(int fd, const void *from, size_t n, uintptr_t at)
{
	if (raw_syscall(SYS_pwrite64, fd, from, n, ARG64(at)) != (long)n)
		refuse("cannot write");
}

/* Add DT_GNU_PRELINKED to the program, or the linker ignores its file. */
static void mark_program(int fd)
{
	const Elf_Dyn *d = program.dynamic;
	Elf_Dyn mark = { .d_tag = DT_GNU_PRELINKED };
	size_t n = 0, offset = 0;

	for (size_t i = 0; i < program.phnum; i++)
		if (program.phdr[i].p_type == PT_DYNAMIC) {
			n = program.phdr[i].p_filesz / sizeof(*d);
			offset = program.phdr[i].p_offset;
		}
	for (; d->d_tag != DT_NULL; d++, n--, offset += sizeof(*d))
		if (d->d_tag == DT_GNU_PRELINKED)
			return;
	if (n < 2)
		refuse("no room in its dynamic section");
	put(fd, &mark, sizeof(mark), offset);
}

static void put_pages(int fd, const struct object *o, uintptr_t at)
{
	for (size_t i = 0; i < o->phnum; i++) {
		const Elf_Phdr *ph = &o->phdr[i];

		if (ph->p_type == PT_LOAD && ph->p_filesz)
			put(fd, (void *)(o->base + ph->p_vaddr), ph->p_filesz,
			    at + o->base + ph->p_vaddr - PRELINK_AT);
	}
}

static int has_late(uint32_t record)
{
	for (uint32_t i = 0; i < nlate; i++)
		if (late[i].record == record)
			return 1;
	return 0;
}

/* Fill in a library's record; its pages must contain the ELF header. */
static void fill(struct prelink_record *r, const struct object *o, uint32_t n)
{
	const Elf_Ehdr *e = (const Elf_Ehdr *)o->map;

	if (o->textrel || memcmp(e->e_ident, "\177ELF", 4))
		refuse("a library that cannot be prelinked");
	*r = (struct prelink_record){ .base = o->base, .map = o->map,
		.map_end = o->map_end, .phdr = o->map + e->e_phoff,
		.phnum = (uint32_t)o->phnum, .late = has_late(n) };
	if (identify(o->name, &r->file))
		refuse(o->name);
}

static struct prelink_header *make_head(void)
{
	struct prelink_header *h = alloc(1 << 20);
	struct prelink_record *r = (struct prelink_record *)(h + 1);
	char *to;

	for (struct object *o = program.next; o; o = o->next)
		if (o != &rtld_object) {
			fill(r + h->nrecords, o, h->nrecords);
			h->nrecords++;
		}
	to = (char *)(r + h->nrecords);
	h->nlate = nlate;
	memcpy(to, late, nlate * sizeof(*late));
	to += nlate * sizeof(*late);
	h->nrecords = 0;
	for (struct object *o = program.next; o; o = o->next)
		if (o != &rtld_object) {
			r[h->nrecords++].path = (uint32_t)(to - (char *)h);
			strcpy(to, o->name);
			to += strlen(to) + 1;
		}
	h->size = (uint32_t)(to - (char *)h);
	h->low = PRELINK_AT;
	h->high = next;
	h->magic = PRELINK_MAGIC;
	return h;
}

static void write_pages(void)
{
	int fd = (int)raw_syscall(SYS_openat, AT_FDCWD, program_name, O_RDWR);
	struct prelink_header *h = make_head();
	const char *to;

	if (fd < 0)
		refuse("cannot write to it");
	mark_program(fd);
	sys_close(fd);
	if (identify(program_name, &h->program) ||
	    identify(rtld_object.name, &h->linker))
		refuse("no such file");
	to = join(program_name, PRELINK_SUFFIX, NULL);
	raw_syscall(SYS_unlinkat, AT_FDCWD, to, 0);
	fd = (int)raw_syscall(SYS_openat, AT_FDCWD, to,
			      O_RDWR | O_CREAT | O_EXCL, 0644);
	if (fd < 0 || raw_syscall(ABI_ftruncate, fd,
				  ARG64(PAGE_UP(h->size) + next - PRELINK_AT)))
		refuse("cannot make " PRELINK_SUFFIX);
	put(fd, h, h->size, 0);
	for (struct object *o = program.next; o; o = o->next)
		if (o != &rtld_object)
			put_pages(fd, o, PAGE_UP(h->size));
	sys_exit(0);
}

const struct prelinker *const prelinker = &(const struct prelinker){
	room, postpone, write_pages
};
