/* SPDX-License-Identifier: MIT */
/*
 * The modules of a process (row E14).  The case of names is ignored, and ".dll"
 * is added to a name without an extension.  kernel32 and msvcrt are built in,
 * whatever files exist.  Other libraries are searched for in the program's
 * directory, then in the current one.
 *
 * A module is freed when its last reference is dropped.  A module has
 * references to the modules it needs, by imports and by forwarders, so modules
 * in a cycle are never freed.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "loader.h"

struct module *modules, *program;

static const struct builtin *const builtins[] = { &kernel32, &msvcrt };

static struct {
	struct mutex mutex;
	int owner, depth;
} lock;

void loader_lock(void)
{
	int me = gettid();

	if (__atomic_load_n(&lock.owner, __ATOMIC_RELAXED) != me) {
		mutex_lock(&lock.mutex);
		__atomic_store_n(&lock.owner, me, __ATOMIC_RELAXED);
	}
	lock.depth++;
}

void loader_unlock(void)
{
	if (--lock.depth)
		return;
	__atomic_store_n(&lock.owner, 0, __ATOMIC_RELAXED);
	mutex_unlock(&lock.mutex);
}

static const char *last_part(const char *path)
{
	for (const char *s = path; *s; s++)
		if (*s == '/' || *s == '\\')
			path = s + 1;
	return path;
}

/* Make a module's name from a path: last component, lower case, ".dll". */
static void set_name(char *to, const char *path)
{
	const char *from = last_part(path);
	int ending = strchr(from, '.') != NULL;

	snprintf(to, MAX_NAME, "%s%s", from, ending ? "" : ".dll");
	for (; *to; to++)
		if (*to >= 'A' && *to <= 'Z')
			*to |= 32;
}

struct module *module_named(const char *name)
{
	char wanted[MAX_NAME];

	set_name(wanted, name);
	for (struct module *m = modules; m; m = m->next)
		if (!strcmp(m->name, wanted))
			return m;
	return NULL;
}

struct module *module_at(uintptr_t base)
{
	for (struct module *m = modules; m; m = m->next)
		if (m->base == base)
			return m;
	return NULL;
}

struct module *module_around(uintptr_t address)
{
	for (struct module *m = modules; m; m = m->next)
		if (address - m->base < m->image.size)
			return m;
	return NULL;
}

/* Find the module's file, by the name as given or in lower case. */
static int find_file(struct module *m, const char *name)
{
	const char *slash = strrchr(program->path, '/');
	int folder = slash ? (int)(slash - program->path) + 1 : 0;
	int dot = strchr(last_part(name), '.') != NULL;

	if (strchr(name, '/')) {
		snprintf(m->path, sizeof(m->path), "%s", name);
		return access(m->path, R_OK);
	}
	for (int i = 0; i < 4; i++) {
		snprintf(m->path, sizeof(m->path), "%.*s%s%s",
			 i < 2 ? folder : 0, program->path,
			 i & 1 ? m->name : name, dot || i & 1 ? "" : ".dll");
		if (!access(m->path, R_OK))
			return 0;
	}
	return -1;
}

static const struct builtin *find_builtin(const char *name)
{
	for (size_t i = 0; i < COUNT(builtins); i++)
		if (!strcmp(builtins[i]->dll, name))
			return builtins[i];
	return NULL;
}

static void append(struct module *m)
{
	struct module **end = &modules;

	while (*end)
		end = &(*end)->next;
	*end = m;
}

static void drop(struct module *m)
{
	struct module **at = &modules;

	while (*at && *at != m)
		at = &(*at)->next;
	if (*at)
		*at = m->next;
	if (m->tls_number >= 0)
		tls_remove(m);
	unmap_image(m);
	for (unsigned int i = m->n_needs; i > 0; i--)
		module_release(m->needs[i - 1]);
	if (m->refs == 1)	/* otherwise a cycle still refers to it */
		free(m);
}

void module_release(struct module *m)
{
	if (--m->refs)
		return;
	m->refs = 1;		/* so that detach() cannot free it again */
	detach(m);
	drop(m);
}

/*
 * Pass the caller's reference of `needed` to m.
 * Return: 0, or -1: the caller keeps the reference.
 */
int module_needs(struct module *m, struct module *needed)
{
	for (unsigned int i = 0; i < m->n_needs; i++) {
		if (m->needs[i] == needed) {
			needed->refs--;
			return 0;
		}
	}
	if (m->n_needs == MAX_NEEDS)
		return load_fails("%s: it needs too many libraries", m->path);
	m->needs[m->n_needs++] = needed;
	return 0;
}

static int load_image(struct module *m)
{
	if (map_image(m))
		return -1;
	if (m != program && !m->image.is_dll)
		return load_fails("%s: no library", m->path);
	if (m == program && m->image.is_dll)
		return load_fails("%s: a library, no program", m->path);
	if (bind_imports(m) || tls_add(m))
		return -1;
	map_protect(m);
	return 0;
}

static struct module *module_new(const char *name)
{
	struct module *m = calloc(1, sizeof(*m));

	if (!m) {
		load_fails("%s: no memory", name);
		return NULL;
	}
	set_name(m->name, name);
	m->refs = 1;
	m->tls_number = -1;
	return m;
}

struct module *module_load(const char *name, int is_program)
{
	struct module *m = is_program ? NULL : module_named(name);
	char what[200];

	if (m) {
		m->refs++;
		return m;
	}
	m = module_new(name);
	if (!m)
		return NULL;
	append(m);
	m->builtin = is_program ? NULL : find_builtin(m->name);
	if (m->builtin) {
		m->base = (uintptr_t)m;	/* only a handle: no image here */
		m->attached = 1;
		return m;
	}
	if (is_program) {
		program = m;
		snprintf(m->path, sizeof(m->path), "%s", name);
	} else if (find_file(m, name)) {
		snprintf(what, sizeof(what), "%s", name);
		load_fails("%s: no such library", what);
		drop(m);
		return NULL;
	}
	if (load_image(m)) {
		drop(m);
		return NULL;
	}
	return m;
}
