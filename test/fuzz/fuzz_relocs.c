/* SPDX-License-Identifier: MIT */
/*
 * The linker's relocations: any bytes choose words of a library that hold
 * addresses, and in which way each is told: packed (RELR), or one by one with
 * an addend, of the library itself (RELATIVE) or of a symbol (WORD).  Each word
 * must become what was chosen, once, and no other word may change.  One outside
 * of the library must not change either, and the library be refused.
 */
#include "fuzz.h"
#include "rtld_types.h"
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#define arch_fstatat(...)	(-1)
#define st_mtime_nsec		st_mtim.tv_nsec
#define st_ctime_nsec		st_ctim.tv_nsec
#define AT_FDCWD		(-100)
#include <sys/stat.h>
#include "../../user/rtld/reloc.c"
#include "rtld_unreached.h"

#define WORDS		512
#define SYMBOLS		4
#define GUARD		64		/* words on each side */

struct options options;
struct object *objects;
struct statistics statistics;
const struct prelinker *const prelinker;

/* The library's own symbols are found, at S + B. */
struct found lookup(const struct object *from, const struct wanted *w)
{
	return (struct found){ (struct object *)from,
			       &from->symtab[w->name[0] - '0'] };
}

const struct version *version_of(const struct object *o, uint32_t sym)
{
	(void)o, (void)sym;
	return NULL;
}

struct object *last_object(void)
{
	return objects;
}

/* Of no use here. */
void protect_relro(const struct object *o)
{
	(void)o;
}

void relocate_plt(struct object *o)
{
	(void)o;
}

void relocate_late(void)
{
}

void fill_tls(void)
{
}

/* Of TLS descriptors only the addresses would be used. */
void tls_desc_fixed(void)
{
	abort();
}

void tls_desc_late(void)
{
	abort();
}

void tls_desc_nowhere(void)
{
	abort();
}

/* None of these is reached. */
void fix_tls(struct object *o)
{
	(void)o;
	abort();
}

void text_writable(const struct object *o, int yes)
{
	(void)o, (void)yes;
	abort();
}

char *join(const char *first, ...)
{
	return (char *)first;
}

char *number(unsigned long n, unsigned int base, int width)
{
	(void)n, (void)base, (void)width;
	return NULL;
}

static jmp_buf refused;

void cannot_load(const char *file, const char *why, long error)
{
	(void)file, (void)why, (void)error;
	longjmp(refused, 1);
}

void *alloc(size_t size)
{
	(void)size;
	abort();
}

struct library {
	struct object o;
	uintptr_t before[GUARD], words[WORDS], behind[GUARD], want[WORDS];
	Elf_Sym symtab[SYMBOLS];
	uint8_t packed[WORDS];
	Elf_Rela *rela;			/* just as many as there are */
	uintptr_t *relr;
	size_t nrela, nrelr;
	int strays;			/* places outside of `words` */
};

static const char names[] = "0\0001\0002\0003";

static void add_relocation(struct library *l, size_t word, uint8_t how)
{
	uint32_t sym = how & 4 ? 1 + how / 8 % (SYMBOLS - 1) : 0;
	uintptr_t addend = (uintptr_t)how << how % 50;

	l->rela = realloc(l->rela, (l->nrela + 1) * sizeof(*l->rela));
	l->rela[l->nrela++] = (Elf_Rela){ word * sizeof(uintptr_t),
		ELF64_R_INFO((uint64_t)sym, sym ? R_WORD : R_RELATIVE),
		(int64_t)addend };
	l->want[word] = l->o.base + addend +
			(sym ? l->symtab[sym].st_value : 0);
}

static void add_packed(struct library *l, uintptr_t entry)
{
	l->relr = realloc(l->relr, (l->nrelr + 1) * sizeof(*l->relr));
	l->relr[l->nrelr++] = entry;
}

/* Before or behind the words; also half of one. */
static void add_stray(struct library *l, uint8_t how)
{
	uintptr_t n = how >> 2, size = sizeof(uintptr_t);
	uintptr_t offset = !(how & 1) ? -(n + 1) * size :
		n ? (WORDS + n) * size : WORDS * size - size / 2;

	l->strays = 1;
	if (how & 2) {
		add_packed(l, offset);
		return;
	}
	l->rela = realloc(l->rela, (l->nrela + 1) * sizeof(*l->rela));
	l->rela[l->nrela++] = (Elf_Rela){ offset, R_RELATIVE, 0 };
}

/* As a link editor does: a place, then bitmaps of 63 words as long as any. */
static void pack(struct library *l)
{
	size_t i = 0;

	while (i < WORDS) {
		uintptr_t bits = 1;

		if (!l->packed[i]) {
			i++;
			continue;
		}
		add_packed(l, i++ * sizeof(uintptr_t));
		for (; bits; i += bits ? 63 : 0) {
			bits = 0;
			for (size_t k = 0; k < 63 && i + k < WORDS; k++)
				bits |= (uintptr_t)l->packed[i + k] << k;
			if (bits)
				add_packed(l, bits << 1 | 1);
		}
	}
}

/* Is there anything in the words before and behind? */
static int overwritten(const struct library *l)
{
	for (size_t i = 0; i < GUARD; i++)
		if (l->before[i] || l->behind[i])
			return 1;
	return 0;
}

/*
 * Two bytes each: words to pass over and how the next one is told, or 255 and
 * where outside.
 */
static void choose(struct library *l, const uint8_t *data, size_t size)
{
	size_t word = 0;

	for (size_t i = 0; i + 1 < size; i += 2) {
		if (data[i] == 255) {
			add_stray(l, data[i + 1]);
			continue;
		}
		word += data[i] < 200 ? data[i] % 4 : data[i];
		if (word >= WORDS)
			break;
		if (data[i + 1] & 3) {
			l->packed[word] = 1;
			l->want[word] += l->o.base;
		} else {
			add_relocation(l, word, data[i + 1]);
		}
		word++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct library *l = calloc(1, sizeof(*l));

	l->o.name = "fuzz";
	l->o.base = l->o.map = (uintptr_t)l->words;
	l->o.map_end = l->o.map + sizeof(l->words);
	l->o.symtab = l->symtab;
	l->o.strtab = names;
	for (uint32_t i = 0; i < SYMBOLS; i++)
		l->symtab[i] = (Elf_Sym){ .st_name = 2 * i, .st_shndx = 1,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
			.st_value = 1000 * i };
	for (size_t i = 0; i < WORDS; i++)
		l->words[i] = l->want[i] = i * 0x10001;
	choose(l, data, size);
	pack(l);
	l->o.rel = l->rela;
	l->o.rel_end = l->rela ? l->rela + l->nrela : NULL;
	l->o.relr = l->relr;
	l->o.relr_end = l->relr ? l->relr + l->nrelr : NULL;
	objects = &l->o;
	if (setjmp(refused)) {
		if (!l->strays)
			abort();
	} else {
		relocate_behind(NULL);
		if (l->strays || memcmp(l->words, l->want, sizeof(l->words)))
			abort();
	}
	if (overwritten(l))
		abort();
	free(l->rela);
	free(l->relr);
	free(l);
	return 0;
}
