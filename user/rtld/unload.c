/* SPDX-License-Identifier: MIT */
/*
 * Unload objects that are not needed any more (row C7).  An object is wanted if
 * it is open or was loaded at the start, or if a wanted object needs it or uses
 * a symbol of it.  All others are unloaded, even if they need each other: first
 * all their destructors run, then their memory is freed.
 */
#include "rtld.h"
#include "sys.h"

static void want(struct object *o)
{
	if (o->wanted)
		return;
	o->wanted = 1;
	for (size_t i = 0; i < o->nneeds; i++)
		want(o->needs[i]);
	for (struct use *u = o->uses; u; u = u->next)
		want(u->of);
	if (o->root)
		want(o->root);
}

static void release_object(struct object *o)
{
	struct descriptor *d;
	struct use *next;

	release_tls(o);
	if (o->map_end)
		sys_munmap(o->map, o->map_end - o->map);
	for (struct use *u = o->uses; u; u = next) {
		next = u->next;
		release(u);
	}
	while ((d = o->descriptors)) {
		o->descriptors = d->next;
		release(d);
	}
	release(o->scope);
	release(o->needs);
	release(o->versions);
	release(o->phdr);
	release(o->origin);
	release(o->name);
	release(o);
}

static void unlink_object(struct object *o)
{
	for (struct object *other = objects; other; other = other->next)
		if (other->loader == o)
			other->loader = NULL;
	o->prev->next = o->next;
	if (o->next)
		o->next->prev = o->prev;
}

void unload_unwanted(void)
{
	struct object *next;

	for (struct object *o = objects; o; o = o->next)
		o->wanted = 0;
	for (struct object *o = objects; o; o = o->next)
		if (o->permanent || o->opened)
			want(o);
	destruct_unwanted();
	for (struct object *o = objects; o; o = next) {
		next = o->next;
		if (o->wanted)
			continue;
		unlink_object(o);
		release_object(o);
	}
}

/* Unload the objects that a failed try() has loaded; none of them has run. */
void unload_behind(struct object *last)
{
	struct object *o, *next = last->next;

	last->next = NULL;
	while ((o = next)) {
		next = o->next;
		release_object(o);
	}
	give_back_tls();
}
