/* SPDX-License-Identifier: MIT */
/* dladdr(): the object of an address; dl_iterate_phdr(): all (row C7). */
#include <dlfcn.h>
#include <link.h>
#include "../rtld/rtld.h"

/* Return the number of symbols, which only the hash tables show. */
static uint32_t symbol_count(const struct object *o)
{
	const uint32_t *bucket, *chain;
	uint32_t last = 0;

	if (o->hash)
		return o->hash[1];
	if (!o->gnu_hash)
		return 0;
	bucket = o->gnu_hash + 4 + o->gnu_hash[2] *
		 (sizeof(uintptr_t) / sizeof(*bucket));
	chain = bucket + o->gnu_hash[0] - o->gnu_hash[1];
	for (uint32_t i = 0; i < o->gnu_hash[0]; i++)
		if (bucket[i] > last)
			last = bucket[i];
	while (last && !(chain[last] & 1))
		last++;
	return last ? last + 1 : 0;
}

EXPORT int dladdr(const void *address, Dl_info *info)
{
	uintptr_t a = (uintptr_t)address;
	struct object *o = object_at(address);

	if (a < o->map || a >= o->map_end)
		return 0;
	*info = (Dl_info){ name_of(o), (void *)o->map, NULL, NULL };
	for (uint32_t i = 1, n = symbol_count(o); i < n; i++) {
		const Elf_Sym *s = &o->symtab[i];
		uintptr_t at = o->base + s->st_value;

		if (s->st_shndx == SHN_UNDEF || at > a ||
		    ELF_ST_TYPE(s->st_info) == STT_TLS ||
		    at <= (uintptr_t)info->dli_saddr ||
		    (s->st_size && a >= at + s->st_size))
			continue;
		info->dli_sname = o->strtab + s->st_name;
		info->dli_saddr = (void *)at;
	}
	return 1;
}

EXPORT int dl_iterate_phdr(int (*fn)(struct dl_phdr_info *, size_t, void *),
			   void *data)
{
	int result = 0;

	lock();
	for (struct object *o = objects; o && !result; o = o->next) {
		struct dl_phdr_info info = { .dlpi_addr = o->base,
			.dlpi_name = o->name, .dlpi_phdr = o->phdr,
			.dlpi_phnum = (uint16_t)o->phnum,
			.dlpi_tls_modid = o->tls.module };

		result = fn(&info, sizeof(info), data);
	}
	unlock();
	return result;
}
