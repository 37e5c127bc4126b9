/* SPDX-License-Identifier: MIT */
/*
 * dlsym() and dlerror(): find a symbol's address, and explain an error.  See
 * ../dlinfo for the other queries of a running program.
 */
#include <dlfcn.h>
#include <string.h>
#include "rtld.h"

/* Return: the object that contains the address, or else the program. */
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
		f = lookup_from(caller->next, &w);
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
