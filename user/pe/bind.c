/* SPDX-License-Identifier: MIT */
/*
 * Bind imports to addresses (row E14): all of them at once, before any code of
 * the module runs, so that a missing function is reported at the start and not
 * during the work.  (WINE puts a stub in place of a missing function, and
 * reports it when it is called.)
 *
 * A forwarder names a function of another library, which is loaded for it and
 * may forward again, up to MAX_FORWARDS times.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "loader.h"

#define MAX_FORWARDS	8

static const void *find_builtin(const struct builtin *b, const char *name)
{
	for (const struct functions *const *part = b->part; *part; part++)
		for (size_t i = 0; i < (*part)->n; i++)
			if (!strcmp((*part)->list[i].name, name))
				return (*part)->list[i].code;
	return NULL;
}

static uintptr_t report_lacking(struct module *m, const char *name,
				uint32_t ordinal)
{
	if (name)
		load_fails("%s has no %s", m->name, name);
	else
		load_fails("%s has no function %u", m->name, (unsigned)ordinal);
	return 0;
}

/* Find the function of a forwarder.  text: "DLL.function" or "DLL.#7". */
static uintptr_t follow_forwarder(struct module *m, const char *text,
				  struct module *for_whom, unsigned int depth)
{
	const char *dot = strrchr(text, '.');
	char dll[MAX_NAME];
	struct module *to;

	if (!dot || dot == text || dot - text > MAX_NAME - 8 ||
	    depth == MAX_FORWARDS) {
		load_fails("%s forwards to %s", m->name, text);
		return 0;
	}
	snprintf(dll, sizeof(dll), "%.*s.dll", (int)(dot - text), text);
	to = module_load(dll, 0);
	if (!to)
		return 0;
	if (module_needs(for_whom, to)) {
		module_release(to);
		return 0;
	}
	return dot[1] == '#' ?
		find_function(to, NULL, (uint32_t)atoi(dot + 2), for_whom,
			      depth + 1) :
		find_function(to, dot + 1, 0, for_whom, depth + 1);
}

uintptr_t find_function(struct module *m, const char *name, uint32_t ordinal,
			struct module *for_whom, unsigned int depth)
{
	struct pe_export e;
	const void *code;
	int found;

	if (m->builtin) {
		code = name ? find_builtin(m->builtin, name) : NULL;
		return code ? (uintptr_t)code :
			      report_lacking(m, name, ordinal);
	}
	found = pe_find_export(&m->image, name, ordinal, &e);
	if (found < 0) {
		load_fails("%s: %s", m->path, m->image.error);
		return 0;
	}
	if (!found)
		return report_lacking(m, name, ordinal);
	return e.forward ? follow_forwarder(m, e.forward, for_whom, depth) :
		m->base + e.rva;
}

/* Bind the functions that m imports from one library. */
static int bind_library(struct module *m, struct pe_import *i,
			struct module *from)
{
	char why[256];
	int more;

	while ((more = pe_next_import(&m->image, i)) > 0) {
		uintptr_t code = find_function(from, i->name, i->ordinal, m, 0);

		if (!code) {
			snprintf(why, sizeof(why), "%s", load_error);
			return load_fails("%s: %s", m->path, why);
		}
		pe_put32(pe_at(&m->image, i->slot, 4), (uint32_t)code);
	}
	return more;
}

int bind_imports(struct module *m)
{
	struct pe_import i = { 0 };
	char why[256];
	int more;

	while ((more = pe_next_dll(&m->image, &i)) > 0) {
		struct module *from = module_load(i.dll, 0);

		if (!from) {
			snprintf(why, sizeof(why), "%s", load_error);
			return load_fails("%s needs %s", m->path, why);
		}
		if (module_needs(m, from)) {
			module_release(from);
			return -1;
		}
		m->image.error = NULL;
		if (bind_library(m, &i, from))
			return m->image.error ?
				load_fails("%s: %s", m->path, m->image.error) :
				-1;
	}
	return more ? load_fails("%s: %s", m->path, m->image.error) : 0;
}
