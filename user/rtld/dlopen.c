/* SPDX-License-Identifier: MIT */
/*
 * Load libraries at the request of a running program (row C7).  The steps are
 * those of the start, with three differences:
 *
 *	scope    symbols of an opened library are visible to itself and the
 *	         libraries opened with it; to all others only with RTLD_GLOBAL
 *
 *	           program a b | p q          p was opened and needs q
 *	           `- global   | `- scope of p: references in p and q look
 *	              scope    |    here when the global scope has nothing
 *
 *	failure  is reported to the program and undone: fail() jumps back to
 *	         try() (`attempt`), which unloads what was loaded
 *	end      dlclose() unloads objects that are not needed any more
 *	         (unload.c)
 */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include "rtld.h"

#define KNOWN_MODES	(RTLD_LAZY | RTLD_NOW | RTLD_NOLOAD | RTLD_GLOBAL | \
			 RTLD_NODELETE | RTLD_DEEPBIND)

static void add_to_scope(struct object *root, struct object *o)
{
	for (size_t i = 0; i < root->nscope; i++)
		if (root->scope[i] == o)
			return;
	root->scope[root->nscope++] = o;
}

/* Collect the object and all that it needs, breadth first. */
static void make_scope(struct object *root)
{
	size_t most = 0;

	if (root->scope)
		return;
	for (struct object *o = objects; o; o = o->next)
		most++;
	root->scope = alloc(most * sizeof(root->scope[0]));
	add_to_scope(root, root);
	for (size_t i = 0; i < root->nscope; i++)
		for (size_t n = 0; n < root->scope[i]->nneeds; n++)
			add_to_scope(root, root->scope[i]->needs[n]);
}

/* Do all steps for the objects loaded after `old`, except constructors. */
static void prepare(struct object *root, struct object *old, int mode)
{
	struct object *o;

	for (o = old->next; o; o = o->next)
		load_needs(o);
	make_scope(root);
	for (o = old->next; o; o = o->next) {
		o->root = root;
		o->now |= !!(mode & RTLD_NOW);
		o->deep |= !!(mode & RTLD_DEEPBIND);
		check_versions(o);
		number_tls(o);
	}
	relocate_behind(old);
}

struct request {
	const char *name;
	int mode;
	struct object *caller, *o;
};

/* Find or load r->o, and do all steps for it except constructors. */
static void open_object(void *request)
{
	struct object *old = last_object();
	struct request *r = request;

	if (!(r->mode & (RTLD_LAZY | RTLD_NOW)) || r->mode & ~KNOWN_MODES)
		cannot_load(r->name ? r->name : "",
			    "invalid mode for dlopen()", -EINVAL);
	if (!r->name || !*r->name)
		r->o = objects;
	else if (r->mode & RTLD_NOLOAD)
		r->o = find_name(r->name);
	else
		prepare(r->o = load(r->name, r->caller), old, r->mode);
}

EXPORT void *dlopen(const char *name, int mode)
{
	struct request r = { name, mode,
			     object_at(__builtin_return_address(0)), NULL };
	const char *why;
	struct object *o;

	lock();
	tell_debugger(1);
	why = try(open_object, &r);
	o = why ? NULL : r.o;
	ldcache_forget();
	tell_debugger(0);
	if (why)
		TCB_ERROR(thread_pointer()) = why;
	if (o) {
		o->opened++;
		o->permanent |= !!(mode & RTLD_NODELETE);
		make_scope(o);
		for (size_t i = 0; mode & RTLD_GLOBAL && i < o->nscope; i++)
			o->scope[i]->global = 1;
		construct_backwards();
	}
	unlock();
	return o;
}

EXPORT int dlclose(void *handle)
{
	struct object *o = handle;

	lock();
	if (!o->opened) {
		TCB_ERROR(thread_pointer()) = "shared object not open";
		unlock();
		return -1;
	}
	o->opened--;
	tell_debugger(2);
	unload_unwanted();
	tell_debugger(0);
	unlock();
	return 0;
}
