/* SPDX-License-Identifier: MIT */
/*
 * The linker's tables of symbols: from any bytes a library of up to 60 symbols
 * is made, with versions and both kinds of hashes, as a link editor would.
 * Every name, in every version and for each purpose, must be found by either
 * hash just where a search from the first symbol to the last finds it.  Tables
 * are as large as they say, for the sanitizer to see what is read beside.  What
 * makes them is not from outside: the linker believes a library's tables.
 */
#include "fuzz.h"
#include "rtld_types.h"
#include <stdlib.h>
#include <string.h>

#define VERSYM_HIDDEN		0x8000
#define d_val			d_un.d_val	/* as the project's elf.h has it */

#define sys_exit(status)	abort()
#include "../../user/rtld/lookup.c"
#include "../../user/rtld/version.c"
#include "rtld_unreached.h"

#define MAX_SYMBOLS	60
#define NAMES		30		/* of one to four letters a or b */
#define VERSIONS	3
#define POOL		(NAMES * 5)	/* where names of versions begin */

struct options options;
struct object *objects;
const char *program_name = "fuzz";
jmp_buf *attempt;

int is_called(const struct object *o, const char *name)
{
	return !strcmp(o->name, name);
}

/* Nothing is told. */
void tell(int fd, const char *first, ...)
{
	(void)fd, (void)first;
	abort();
}

char *join(const char *first, ...)
{
	(void)first;
	abort();
}

void *alloc(size_t size)
{
	return calloc(1, size);
}

static char strings[POOL + 4 * VERSIONS];

/* a b aa ba ab bb aaa ...: each in five bytes */
static void make_strings(void)
{
	char *to = strings;

	for (int size = 1; size <= 4; size++)
		for (int bits = 0; bits < 1 << size; bits++, to += 5)
			for (int i = 0; i < size; i++)
				to[i] = bits >> i & 1 ? 'b' : 'a';
	for (int i = 0; i < VERSIONS; i++)
		memcpy(strings + POOL + 4 * i, "V0\0", 3),
		strings[POOL + 4 * i + 1] += (char)i;
}

struct library {
	struct object o;
	uint32_t n;			/* symbols, with the empty first one */
	Elf_Sym symtab[MAX_SYMBOLS];
	uint16_t versym[MAX_SYMBOLS];
	struct {
		Elf_Verdef def;
		Elf_Verdaux aux;
	} verdef[VERSIONS];
};

/* What a symbol of four bytes is: more often something than nothing. */
static void add_symbol(struct library *l, const uint8_t *b)
{
	static const uint8_t kinds[] = { STT_FUNC, STT_OBJECT, STT_NOTYPE,
		STT_TLS, STT_GNU_IFUNC, STT_SECTION, STT_COMMON, STT_FUNC };
	static const uint8_t binds[] = { STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE,
		STB_LOCAL };

	l->symtab[l->n] = (Elf_Sym){ .st_name = b[0] % NAMES * 5,
		.st_info = ELF64_ST_INFO(binds[b[1] % 4], kinds[b[1] / 4 % 8]),
		.st_shndx = b[2] % 8 ? b[2] % 8 : SHN_UNDEF,
		.st_value = b[2] >> 4 };
	l->versym[l->n++] = b[3] % (VERSIONS + 3) |
			    (b[3] & 0x80 ? VERSYM_HIDDEN : 0);
}

/* Indices 2, 3, ... are versions that the library has. */
static void add_versions(struct library *l)
{
	for (int i = 0; i < VERSIONS; i++) {
		uint32_t name = (uint32_t)(POOL + 4 * i);

		l->verdef[i].def = (Elf_Verdef){ .vd_version = 1,
			.vd_ndx = (uint16_t)(i + 2), .vd_cnt = 1,
			.vd_hash = sysv_hash(strings + name),
			.vd_aux = sizeof(Elf_Verdef),
			.vd_next = i < VERSIONS - 1 ?
				   sizeof(l->verdef[0]) : 0 };
		l->verdef[i].aux = (Elf_Verdaux){ name, 0 };
	}
	l->o.versym = l->versym;
	l->o.verdef = &l->verdef[0].def;
	read_versions(&l->o);
}

static uint32_t hash_of(const struct library *l, uint32_t i)
{
	return gnu_hash(strings + l->symtab[i].st_name);
}

/* Symbols of one bucket follow each other, in the order they had. */
static void sort(struct library *l, uint32_t nbuckets)
{
	for (uint32_t i = 2; i < l->n; i++) {
		Elf_Sym s = l->symtab[i];
		uint16_t v = l->versym[i];
		uint32_t h = hash_of(l, i) % nbuckets, to = i;

		for (; to > 1 && hash_of(l, to - 1) % nbuckets > h; to--) {
			l->symtab[to] = l->symtab[to - 1];
			l->versym[to] = l->versym[to - 1];
		}
		l->symtab[to] = s;
		l->versym[to] = v;
	}
}

static void *make_gnu(struct library *l, uint32_t nbuckets, uint32_t words,
		      uint32_t shift)
{
	uint32_t *table = calloc(1, 16 + 8 * words + 4 * (nbuckets + l->n - 1));
	uintptr_t *bloom = (uintptr_t *)(table + 4);
	uint32_t *bucket = (uint32_t *)(bloom + words);
	uint32_t *chain = bucket + nbuckets;

	memcpy(table, (uint32_t[]){ nbuckets, 1, words, shift }, 16);
	for (uint32_t i = 1; i < l->n; i++) {
		uint32_t h = hash_of(l, i), b = h % nbuckets;

		bloom[h / 64 % words] |= 1UL << h % 64 |
					 1UL << (h >> shift) % 64;
		if (!bucket[b])
			bucket[b] = i;
		chain[i - 1] = h & ~1U;
		if (i == l->n - 1 || hash_of(l, i + 1) % nbuckets != b)
			chain[i - 1] |= 1;
	}
	return table;
}

static void *make_sysv(const struct library *l, uint32_t nbuckets)
{
	uint32_t *table = calloc(2 + nbuckets + l->n, 4);

	table[0] = nbuckets;
	table[1] = l->n;
	for (uint32_t i = l->n - 1; i > 0; i--) {
		uint32_t *bucket = &table[2 + sysv_hash(strings +
			l->symtab[i].st_name) % nbuckets];

		table[2 + nbuckets + i] = *bucket;
		*bucket = i;
	}
	return table;
}

static const Elf_Sym *find_slowly(const struct library *l,
				  const struct wanted *w)
{
	const Elf_Sym *second = NULL;

	for (uint32_t i = 1; i < l->n; i++)
		if (match(&l->o, i, w, &second))
			return &l->symtab[i];
	return second;
}

static void ask(struct library *l, const struct wanted *w)
{
	const Elf_Sym *want = find_slowly(l, w);
	const uintptr_t *bloom = l->o.bloom;

	if (find_in(&l->o, w, gnu_hash(w->name)) != want)
		abort();
	l->o.bloom = NULL;
	if (find_in(&l->o, w, 0) != want)
		abort();
	l->o.bloom = bloom;
}

/* One version more than there are: nobody has it. */
static void ask_all(struct library *l)
{
	for (int name = 0; name < NAMES; name++)
		for (int i = 0; i < 4 * (VERSIONS + 2); i++) {
			char text[] = { 'V', (char)('0' + i / 4), '\0' };
			struct version v = { text, sysv_hash(text), NULL };
			struct wanted w = { .name = strings + 5 * name,
				.version = i / 4 <= VERSIONS ? &v : NULL,
				.call = i & 1, .newest = i >> 1 & 1 };

			ask(l, &w);
		}
}

/* Both hashes of the input as a name, as their definitions have them. */
static void check_hashes(const uint8_t *data, size_t size)
{
	uint32_t gnu = 5381, sysv = 0;
	char *name = calloc(1, size + 1);

	memcpy(name, data, size);
	for (const char *s = name; *s; s++) {
		uint32_t top;

		gnu = (gnu << 5) + gnu + (uint8_t)*s;
		sysv = (sysv << 4) + (uint8_t)*s;
		top = sysv & 0xf0000000;
		sysv = (sysv ^ top >> 24) & ~top;
	}
	if (gnu_hash(name) != gnu || sysv_hash(name) != sysv)
		abort();
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct library *l;

	check_hashes(data, size);
	if (size < 4)
		return 0;
	make_strings();
	l = calloc(1, sizeof(*l));
	l->n = 1;
	for (size_t i = 4; i + 4 <= size && l->n < MAX_SYMBOLS; i += 4)
		add_symbol(l, data + i);
	l->o.name = "fuzz";
	l->o.symtab = l->symtab;
	l->o.strtab = strings;
	sort(l, 1 + data[0] % 16);
	if (data[3] % 4)
		add_versions(l);
	l->o.gnu_hash = make_gnu(l, 1 + data[0] % 16, 1U << data[2] % 4,
				 data[2] / 4 % 32);
	l->o.bloom = (const uintptr_t *)&l->o.gnu_hash[4];
	l->o.bloom_mask = l->o.gnu_hash[2] - 1;
	l->o.bloom_shift = l->o.gnu_hash[3];
	l->o.hash = make_sysv(l, 1 + data[1] % 16);
	ask_all(l);
	free(l->o.versions);
	free((void *)l->o.gnu_hash);
	free((void *)l->o.hash);
	free(l);
	return 0;
}
