/* SPDX-License-Identifier: MIT */
/*
 * Map an image (row E14).  WINE maps sections whose layout in the file is that
 * in memory, and reads the others, which are nearly all: link editors align
 * sections to 512 bytes in files.  This loader reads them all.  The image goes
 * to the address it was linked for if that is free; otherwise the kernel
 * chooses.
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

/* Return: zeroed memory for the image, or NULL. */
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
 * Give the sections their rights, once all writes are done.  Every section is
 * readable, whatever its flags: the loader copies TLS data for later threads.
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
