/* SPDX-License-Identifier: MIT */
/*
 * called NAME...: calls functions of libraries that define some of them twice,
 * and prints its GOT before the first call and after each.
 *
 *	base 2aaaaaa000
 *	slot 2 2aaaaac010 red		index in the GOT, its address, symbol
 *	got 2aaaaaa350 ...		the words of these slots, in their order
 *	own 3ff7ff4284 3ff7ffd320	the words of the linker's own
 *	call red -> p			then a line "got" again
 *
 * /proc/self/maps follows.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORD	sizeof(uintptr_t)
/* the symbol's index in a relocation's r_info */
#define SYM(i)	(WORD == 8 ? (unsigned)((uint64_t)(i) >> 32) : \
		 (unsigned)((i) >> 8))

const char *red(void);
const char *green(void);
const char *blue(void);
const char *white(void);
const char *black(void);

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const uintptr_t _DYNAMIC[] __attribute__((visibility("hidden")));

static uintptr_t base;

static uintptr_t dynamic(uintptr_t tag)
{
	for (const uintptr_t *d = _DYNAMIC; d[0]; d += 2)
		if (d[0] == tag)
			return d[1];
	return 0;
}

/* Some linkers add the base to the dynamic section, others do not. */
static uintptr_t place(uintptr_t tag)
{
	uintptr_t at = dynamic(tag);

	return at < base ? at + base : at;
}

static const char *call(const char *name)
{
	if (!strcmp(name, "red"))
		return red();
	if (!strcmp(name, "green"))
		return green();
	if (!strcmp(name, "blue"))
		return blue();
	if (!strcmp(name, "white"))
		return white();
	return black();
}

/* Each relocation of the PLT: a line, or only the word in the GOT. */
static void print_slots(int lines)
{
	uintptr_t at = place(DT_JMPREL), got = place(DT_PLTGOT);
	uintptr_t end = at + dynamic(DT_PLTRELSZ);
	const Elf_Sym *symbols = (const void *)place(DT_SYMTAB);
	const char *names = (const void *)place(DT_STRTAB);

	if (!lines)
		printf("got");
	for (; at < end; at += (WORD == 8 ? 3 : 2) * WORD) {
		const uintptr_t *r = (const uintptr_t *)at;
		uintptr_t slot = base + r[0];

		if (lines)
			printf("slot %lu %lx %s\n",
			       (unsigned long)((slot - got) / WORD),
			       (unsigned long)slot,
			       names + symbols[SYM(r[1])].st_name);
		else
			printf(" %lx", (unsigned long)*(uintptr_t *)slot);
	}
	if (!lines)
		printf("\n");
}

static void print_maps(void)
{
	char buf[4096];
	ssize_t n;
	int fd = open("/proc/self/maps", O_RDONLY);

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		write_all(1, buf, (size_t)n);
	close(fd);
}

int main(int argc, char **argv)
{
	uintptr_t *got;

	base = (uintptr_t)__ehdr_start;
	got = (uintptr_t *)place(DT_PLTGOT);
	printf("base %lx\n", (unsigned long)base);
	print_slots(1);
	print_slots(0);
	printf("own %lx %lx %lx\n", (unsigned long)got[0],
	       (unsigned long)got[1], (unsigned long)got[2]);
	for (int i = 1; i < argc; i++) {
		printf("call %s -> %s\n", argv[i], call(argv[i]));
		print_slots(0);
	}
	print_maps();
	return 0;
}
