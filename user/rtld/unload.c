/* SPDX-License-Identifier: MIT */
/*
 * Taking objects away that nobody needs (row C7).  What is open, or was there
 * at the start, is wanted; so is what a wanted one needs, or has a symbol of.
 * All others go, in circles as well: destructors first, while everything is
 * still there, and then the memory.
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

/* Those that a failed attempt has loaded: none has run yet. */
void unload_behind(struct object *last)
{
	struct object *o, *next = last->next;

	last->next = NULL;
	while ((o = next)) {
		next = o->next;
		release_object(o);
	}
}
