/* SPDX-License-Identifier: MIT */
/*
 * The TLS directory (row E14): the initial contents of each thread's copy of
 * the image's variables, the place for the number by which the image finds its
 * copy, and functions to be called when threads begin and end.  Unlike other
 * directories it has addresses, not RVAs; base relocations have changed them.
 */
#include "pe.h"

enum { TLS_START = 0, TLS_END = 4, TLS_INDEX = 8, TLS_CALLBACKS = 12,
	TLS_ZEROS = 16, TLS_SIZE = 24 };

#define MAX_TLS		(1u << 20)	/* bytes of one copy */

int pe_read_tls(struct pe_image *p, uint32_t base, struct pe_tls *t)
{
	const uint8_t *d;
	uint32_t callbacks;

	if (!p->dir[PE_TLS].rva)
		return 0;
	d = pe_at(p, p->dir[PE_TLS].rva, TLS_SIZE);
	if (!d)
		return pe_wrong(p, "a TLS directory outside the image");
	t->data = pe_get32(d + TLS_START) - base;
	t->size = pe_get32(d + TLS_END) - pe_get32(d + TLS_START);
	t->zeros = pe_get32(d + TLS_ZEROS);
	t->index = pe_get32(d + TLS_INDEX) - base;
	callbacks = pe_get32(d + TLS_CALLBACKS);
	t->callbacks = callbacks ? callbacks - base : 0;
	if (t->size > MAX_TLS || t->zeros > MAX_TLS)
		return pe_wrong(p, "TLS of impossible size");
	if ((t->size && !pe_at(p, t->data, t->size)) ||
	    !pe_at(p, t->index, 4) ||
	    (callbacks && !pe_at(p, t->callbacks, 4)))
		return pe_wrong(p, "TLS outside the image");
	return 1;
}

int64_t pe_tls_callback(struct pe_image *p, uint32_t base,
			const struct pe_tls *t, unsigned int n)
{
	const uint8_t *at;
	uint32_t rva;

	if (!t->callbacks)
		return 0;
	at = n < p->size / 4 ? pe_at(p, t->callbacks + 4 * n, 4) : NULL;
	if (!at)
		return pe_wrong(p, "TLS callbacks outside the image");
	if (!pe_get32(at))
		return 0;
	rva = pe_get32(at) - base;
	if (!rva || rva >= p->size)
		return pe_wrong(p, "a TLS callback outside the image");
	return rva;
}
