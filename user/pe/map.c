/* SPDX-License-Identifier: MIT */
/*
 * An image in memory (row E14).  WINE maps sections that lie in the file as in
 * memory, and reads the others, which are nearly all: link editors align them
 * to 512 bytes in files.  This one reads them all.  The image lies where it
 * was made for, if nobody else does; otherwise the kernel chooses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "loader.h"

char load_error[384];

int load_fails(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(load_error, sizeof(load_error), fmt, ap);
	va_end(ap);
	return -1;
}

/* => room for the image, all zeros, or NULL */
static void *make_room(struct module *m)
{
	size_t size = m->image.size;
	void *at = mmap((void *)(uintptr_t)m->image.base, size,
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
			MAP_FIXED_NOREPLACE, -1, 0);

	if (at == MAP_FAILED)
		at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return at == MAP_FAILED ? NULL : at;
}

static int lay_out(struct module *m, const void *file, size_t size)
{
	struct pe_image *p = &m->image;

	if (pe_read(p, file, size))
		return load_fails("%s: %s", m->path, p->error);
	p->mem = make_room(m);
	if (!p->mem)
		return load_fails("%s: no memory", m->path);
	m->base = (uintptr_t)p->mem;
	pe_lay_out(p, file);
	if (pe_relocate(p, m->base - p->base))
		return load_fails("%s: %s", m->path, p->error);
	return 0;
}

int map_image(struct module *m)
{
	int fd = open(m->path, O_RDONLY | O_CLOEXEC), err = -1;
	struct stat st;
	void *file;

	if (fd < 0 || fstat(fd, &st)) {
		load_fails("%s: %s", m->path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 ||
	    st.st_size > PE_MAX_SIZE) {
		load_fails("%s: no PE file", m->path);
		goto out;
	}
	file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED) {
		load_fails("%s: %s", m->path, strerror(errno));
		goto out;
	}
	err = lay_out(m, file, (size_t)st.st_size);
	munmap(file, (size_t)st.st_size);
out:
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * Sections get their rights when all has been written that is to be.  Everyone
 * can be read, whatever it says: the loader has to, for later threads.
 */
void map_protect(struct module *m)
{
	struct pe_image *p = &m->image;
	struct pe_section s;

	mprotect(p->mem, (p->headers + PE_PAGE - 1) & ~(PE_PAGE - 1),
		 PROT_READ);
	for (unsigned int i = 0; i < p->sections; i++) {
		pe_section(p, p->mem, i, &s);
		if (s.size && pe_at(p, s.rva, s.size))
			mprotect(p->mem + s.rva, s.size, PROT_READ |
				 (s.write ? PROT_WRITE : 0) |
				 (s.exec ? PROT_EXEC : 0));
	}
}

void unmap_image(struct module *m)
{
	if (m->image.mem)
		munmap(m->image.mem, m->image.size);
	m->image.mem = NULL;
}
