/* SPDX-License-Identifier: MIT */
/*
 * Questions of a running program: where a symbol is, whose an address is,
 * which objects there are.
 */
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include "rtld.h"

/* => whose memory this is; the program if nobody's */
struct object *object_at(const void *address)
{
	uintptr_t a = (uintptr_t)address;

	for (struct object *o = objects; o; o = o->next)
		if (a >= o->map && a < o->map_end)
			return o;
	return objects;
}

static void *address_of(struct found f)
{
	struct tls_index i = { f.object->tls.module,
			       f.sym->st_value - TLS_BIAS };

	if (ELF_ST_TYPE(f.sym->st_info) == STT_TLS)
		return tls_address(&i);
	return (void *)found_address(f);
}

static void *find(void *handle, const char *name, const struct version *v,
		  struct object *caller)
{
	struct object *o = handle;
	struct wanted w = { .name = name, .version = v, .call = 1,
			    .newest = 1 };
	struct found f;
	void *address = NULL;

	lock();
	if (handle == RTLD_DEFAULT)
		f = lookup(caller, &w);
	else if (handle == RTLD_NEXT)
		f = lookup_behind(caller, &w);
	else if (o == objects)
		f = lookup(objects, &w);
	else
		f = lookup_scope(o, &w);
	if (f.sym && handle == RTLD_DEFAULT)
		note_use(caller, f.object);	/* as a reference does */
	if (f.sym)
		address = address_of(f);
	else
		TCB_ERROR(thread_pointer()) =
			join(handle == RTLD_DEFAULT || handle == RTLD_NEXT ?
			     name_of(caller) : name_of(o),
			     ": undefined symbol: ", name,
			     v ? ", version " : "", v ? v->name : "", NULL);
	unlock();
	return address;
}

EXPORT void *dlsym(void *handle, const char *name)
{
	return find(handle, name, NULL, object_at(__builtin_return_address(0)));
}

EXPORT void *dlvsym(void *handle, const char *name, const char *version)
{
	return find(handle, name, &(struct version){ version,
		    sysv_hash(version), NULL },
		    object_at(__builtin_return_address(0)));
}

EXPORT char *dlerror(void)
{
	const char *text = TCB_ERROR(thread_pointer());

	TCB_ERROR(thread_pointer()) = NULL;
	return (char *)text;
}

/* How many symbols there are, only the tables of hashes tell. */
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
