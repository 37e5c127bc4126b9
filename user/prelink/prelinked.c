/* SPDX-License-Identifier: MIT */
/*
 * Start a program from its prelink file (row C8).  Everything is checked before
 * anything is mapped; if a check fails, the program starts in the normal way.
 *
 *	open, read the head -> one mmap of all pages, readable and executable
 *	-> make data writable; a first store copies the page -> late
 *	relocations
 */
#include <string.h>
#include "prelink.h"

static struct prelink_late *late;
static uint32_t nlate;
static struct object **of_record;

static int is_same(const char *path, const struct identity *was)
{
	struct identity is;

	return !identify(path, &is) && !memcmp(&is, was, sizeof(is));
}

/*
 * Read and check the head of the file.  The file must belong to the program's
 * owner or to root, because its pages will be executed: in a directory like
 * /tmp any user could place a file beside the program.
 * Return: the head; NULL if the file is incomplete or does not match.
 */
static struct prelink_header *read_head(int fd, const char *program)
{
	struct prelink_header h, *all;
	struct prelink_record *r;
	struct stat st;

	if (sys_fstat(fd, &st) || sys_read(fd, &h, sizeof(h)) != sizeof(h) ||
	    h.magic != PRELINK_MAGIC || (uint64_t)st.st_size !=
	    PAGE_UP(h.size) + (h.high - h.low) ||
	    !is_same(program, &h.program) ||
	    (st.st_uid && st.st_uid != h.program.uid) ||
	    !is_same(rtld_object.name, &h.linker))
		return NULL;
	all = alloc(h.size);
	if (sys_pread(fd, all, h.size, 0) != (long)h.size)
		return NULL;
	r = (struct prelink_record *)(all + 1);
	for (uint32_t i = 0; i < h.nrecords; i++)
		if (!is_same((char *)all + r[i].path, &r[i].file))
			return NULL;
	return all;
}

/* Make data writable, except what is read-only after relocation. */
static void open_data(struct object *o, const struct prelink_record *r)
{
	for (size_t i = 0; i < o->phnum; i++) {
		const Elf_Phdr *ph = &o->phdr[i];
		uintptr_t from = (o->base + ph->p_vaddr) & ~4095UL;
		uintptr_t to = PAGE_UP(o->base + ph->p_vaddr + ph->p_memsz);

		if (ph->p_type != PT_LOAD || !(ph->p_flags & PF_W))
			continue;
		if (!r->late && from <= o->relro && o->relro_end <= to)
			from = o->relro_end;
		sys_mprotect(from, to - from, PROT_READ | PROT_WRITE);
	}
	if (!r->late)
		o->relro_end = o->relro;
}

static struct object *adopt(const struct prelink_header *h,
			    const struct prelink_record *r)
{
	struct object *o = alloc(sizeof(*o));

	*o = (struct object){ .base = r->base, .map = r->map,
		.map_end = r->map_end, .phnum = r->phnum, .relocated = 1,
		.phdr = (const Elf_Phdr *)r->phdr, .dev = r->file.dev,
		.ino = r->file.ino, .name = (char *)h + r->path };
	o->origin = folder_of(o->name);
	for (size_t i = 0; i < o->phnum; i++)
		seal(o, &o->phdr[i]);
	read_dynamic(o);
	open_data(o, r);
	return add_object(o);
}

/* Return: 1 if all libraries are mapped, 0 to load them in the normal way. */
int load_prelinked(const char *program)
{
	int fd = (int)sys_open(join(program, PRELINK_SUFFIX, NULL));
	struct prelink_header *h;
	struct prelink_record *r;

	if (fd < 0)
		return 0;
	h = read_head(fd, program);
	if (!h || IS_ERROR(sys_mmap(h->low, h->high - h->low,
				    PROT_READ | PROT_EXEC,
				    MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd,
				    PAGE_UP(h->size)))) {
		sys_close(fd);
		return 0;
	}
	sys_close(fd);
	debug(DEBUG_FILES, "file=", program, PRELINK_SUFFIX,
	      " [0];  libraries as prelinked");
	r = (struct prelink_record *)(h + 1);
	of_record = alloc(h->nrecords * sizeof(*of_record));
	for (uint32_t i = 0; i < h->nrecords; i++)
		of_record[i] = adopt(h, &r[i]);
	late = (struct prelink_late *)(r + h->nrecords);
	nlate = h->nlate;
	return 1;
}

void relocate_late(void)
{
	for (uint32_t i = 0; i < nlate; i++)
		relocate_one(of_record[late[i].record],
			     (const RELOC *)late[i].reloc);
}
