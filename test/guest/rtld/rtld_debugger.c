/* SPDX-License-Identifier: MIT */
/*
 * What a debugger reads of a program to know its libraries (row D18):
 * DT_DEBUG leads to a record with the list of objects, and a function that is
 * called when that changes.  The layouts are the ABI's.
 */
#include <dlfcn.h>
#include <elf.h>
#include "../tap.h"

struct map {
	unsigned long base;
	const char *name;
	void *dynamic;
	struct map *next, *prev;
};

struct record {
	int version;
	struct map *map;
	unsigned long changed;		/* the function */
	int state;
};

struct entry {
	long tag;
	unsigned long value;
};

extern struct entry _DYNAMIC[];
int both(void);

static struct record *find_record(void)
{
	for (struct entry *e = _DYNAMIC; e->tag; e++)
		if (e->tag == DT_DEBUG)
			return (struct record *)e->value;
	return NULL;
}

static struct map *find_map(const struct record *r, const char *name)
{
	for (struct map *m = r->map; m; m = m->next)
		if (strstr(m->name, name))
			return m;
	return NULL;
}

int main(void)
{
	struct record *r = find_record();
	Dl_info info;
	struct map *a;
	void *h;

	if (!check(r && r->version > 0, "the record"))
		return tap_done();
	check(r->map->dynamic == _DYNAMIC && !r->map->prev && !*r->map->name,
	      "the program is the first");
	a = find_map(r, "librtld_order_b.so");
	check(a && a->prev->next == a, "a library is in the list");
	check(a && dladdr((void *)dlsym(RTLD_DEFAULT, "both"), &info) &&
	      (unsigned long)info.dli_fbase == a->base, "and where it lies");
	check(dladdr((void *)r->changed, &info) &&
	      strstr(info.dli_fname, "/ld-"), "the function is the linker's");
	check(!find_map(r, "librtld_copy.so"), "one that is not loaded");
	h = dlopen("librtld_copy.so", RTLD_NOW);
	check(h && find_map(r, "librtld_copy.so"), "is there when it is");
	check_eq(r->state, 0, "nothing is under way");
	dlclose(h);
	check(!find_map(r, "librtld_copy.so"), "and not when it is gone");
	return tap_done() + (both() != 'b');
}
