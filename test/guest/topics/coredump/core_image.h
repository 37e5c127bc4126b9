/* SPDX-License-Identifier: MIT */
/* A core file as it lies in memory: its segments, notes and words. */
#ifndef TEST_GUEST_TOPICS_COREDUMP_CORE_IMAGE_H
#define TEST_GUEST_TOPICS_COREDUMP_CORE_IMAGE_H

#include <elf.h>
#include "tap.h"

#define NT_PRSTATUS	1

static char *image;
static size_t size;

static int load_image(const char *name)
{
	struct stat st;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		return 0;
	size = (size_t)st.st_size;
	image = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	return image != MAP_FAILED;
}

typedef Elf_Ehdr ehdr;
typedef Elf_Phdr phdr;

static const phdr *core_segment(unsigned i)
{
	const ehdr *h = (const ehdr *)image;

	return i < h->e_phnum ? (const phdr *)(image + h->e_phoff) + i : NULL;
}

/* How many notes of a type there are; the first one's contents in *desc. */
static int count_notes(unsigned type, const char **desc, unsigned *n)
{
	const phdr *p = core_segment(0);
	const char *at = image + p->p_offset, *end = at + p->p_filesz;
	int count = 0;

	while (at < end) {
		const unsigned *w = (const unsigned *)at;
		const char *d = at + 12 + ((w[0] + 3) & ~3u);

		if (w[2] == type && count++ == 0 && desc) {
			*desc = d;
			*n = w[1];
		}
		at = d + ((w[1] + 3) & ~3u);
	}
	return count;
}

/* The word at an address of the dead process. */
static long word_at(unsigned long at)
{
	const phdr *p;

	for (unsigned i = 1; (p = core_segment(i)) != NULL; i++)
		if (at >= p->p_vaddr && at < p->p_vaddr + p->p_filesz)
			return *(long *)(image + p->p_offset +
					 (at - p->p_vaddr));
	return 0;
}

#endif
