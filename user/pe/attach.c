/* SPDX-License-Identifier: MIT */
/*
 * Notify the modules when processes and threads begin and end (row E14): call
 * a module's TLS callbacks, then, if it is a library, its entry point.
 *
 *	process attach	a library before the modules that need it
 *	thread attach	in the same order, by the new thread
 *	thread detach	in the opposite order, by the ending thread
 *	process detach	in the opposite order, by the thread that ends the
 *			process or frees the library
 *
 * For threads that exist when a library is loaded there is no thread attach,
 * and for the last thread no thread detach: the process's calls replace them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "loader.h"

static int attached;		/* number of attaches so far [loader lock] */
static int ending;
static uint32_t started;	/* 1 while the program runs */

static uint32_t tell(struct module *m, uint32_t reason)
{
	struct pe_image *p = &m->image;
	uint32_t base = (uint32_t)m->base;
	int64_t callback;

	for (unsigned int n = 0; m->tls_number >= 0; n++) {
		callback = pe_tls_callback(p, base, &m->tls, n);
		if (callback <= 0)
			break;
		machine_call(m->base + (uintptr_t)callback, base, reason,
			     !started);
	}
	if (!p->is_dll || !p->entry || (m->quiet && reason >= THREAD_ATTACH))
		return 1;
	return machine_call(m->base + p->entry, base, reason, !started);
}

int attach(struct module *m)
{
	if (m->attached)
		return 0;
	m->attached = -1;		/* ends cycles */
	for (unsigned int i = 0; i < m->n_needs; i++)
		if (attach(m->needs[i]))
			return -1;
	m->attached = ++attached;
	if (tell(m, PROCESS_ATTACH) & 0xff)
		return 0;
	tell(m, PROCESS_DETACH);
	m->attached = 0;
	return load_fails("%s: its entry point refuses", m->path);
}

void detach(struct module *m)
{
	if (m->attached > 0)
		tell(m, PROCESS_DETACH);
	m->attached = 0;
}

/* From now on libraries come and go by LoadLibrary and FreeLibrary. */
void attach_done(void)
{
	started = 1;
}

/* Return: the module attached next after number `of`, or last before it. */
static struct module *neighbour(int of, int forward)
{
	struct module *found = NULL;

	for (struct module *m = modules; m; m = m->next) {
		if (m->builtin || m->attached <= 0 ||
		    (forward ? m->attached <= of : m->attached >= of))
			continue;
		if (!found || (forward ? m->attached < found->attached :
			       m->attached > found->attached))
			found = m;
	}
	return found;
}

static void tell_all(uint32_t reason, int forward)
{
	int at = forward ? 0 : attached + 1;
	struct module *m;

	while ((m = neighbour(at, forward))) {
		at = m->attached;
		tell(m, reason);
	}
}

void attach_thread(void)
{
	loader_lock();
	tell_all(THREAD_ATTACH, 1);
	loader_unlock();
}

void detach_thread(void)
{
	loader_lock();
	tell_all(THREAD_DETACH, 0);
	loader_unlock();
}

/* Other threads end only after the modules were notified. */
void process_exit(uint32_t status)
{
	loader_lock();
	started = 0;
	if (!ending++)		/* only once: a module may call this again */
		tell_all(PROCESS_DETACH, 0);
	_exit((int)status);
}
