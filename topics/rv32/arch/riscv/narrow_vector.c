/* SPDX-License-Identifier: MIT */
/* System calls of riscv32 that take arrays of struct iovec (docs/rv32.md). */
#include "narrowmsg.h"
#include <lib/mem.h>

#define MOST	1024u			/* longer arrays are refused unread */
#define SIZE	16u			/* bytes of a 64-bit iovec */

uaddr_t narrow_vector(struct lent *l, unsigned long offset, uaddr_t from,
		      unsigned long n)
{
	u64 *to = (u64 *)(l->mem + offset);
	u32 one[2];

	for (; n; n--, from += sizeof(one)) {
		if (get_user(&one, from))
			return LENT_NOWHERE;
		*to++ = one[0];
		*to++ = (u64)(s64)(s32)one[1];
	}
	return LENT_AT + offset;
}

static unsigned long narrow_vector_bytes_of(unsigned long n)
{
	return (u32)n <= MOST ? (u32)n * SIZE : 0;
}

/*
 * Call nr with arrays converted.  The first array is w[arg], the second w[arg +
 * 2]; each is followed by its length.
 */
static long with_vectors(unsigned nr, unsigned long *w, unsigned arg,
			 unsigned vectors)
{
	unsigned long first = narrow_vector_bytes_of(w[arg + 1]);
	unsigned long second = vectors > 1 ?
				       narrow_vector_bytes_of(w[arg + 3]) :
				       0;
	struct lent l;
	long result = lent_begin(&l, first + second + SIZE);

	if (result)
		return result;
	if (first)
		w[arg] = narrow_vector(&l, 0, w[arg], first / SIZE);
	if (second)
		w[arg + 2] = narrow_vector(&l, first, w[arg + 2],
					   second / SIZE);
	result = wide_call(nr, w);
	lent_end(&l);
	return result;
}

static long as_it_is(unsigned nr, const unsigned long *a, unsigned vectors)
{
	unsigned long w[6];

	memcpy(w, a, sizeof(w));
	return with_vectors(nr, w, 1, vectors);
}

/*
 * Call nr with a file position, which is passed in two words.  Flags, if any,
 * follow in the same argument in both ABIs.
 */
static long at_position(unsigned nr, const unsigned long *a)
{
	unsigned long w[6];

	memcpy(w, a, sizeof(w));
	w[3] = narrow_join(a + 3);
	return with_vectors(nr, w, 1, 1);
}

long narrow_readv(const unsigned long *a)
{
	return as_it_is(65, a, 1);
}

long narrow_writev(const unsigned long *a)
{
	return as_it_is(66, a, 1);
}

long narrow_vmsplice(const unsigned long *a)
{
	return as_it_is(75, a, 1);
}

long narrow_process_madvise(const unsigned long *a)
{
	return as_it_is(440, a, 1);
}

long narrow_process_vm_readv(const unsigned long *a)
{
	return as_it_is(270, a, 2);
}

long narrow_process_vm_writev(const unsigned long *a)
{
	return as_it_is(271, a, 2);
}

long narrow_preadv(const unsigned long *a)
{
	return at_position(69, a);
}

long narrow_pwritev(const unsigned long *a)
{
	return at_position(70, a);
}

long narrow_preadv2(const unsigned long *a)
{
	return at_position(286, a);
}

long narrow_pwritev2(const unsigned long *a)
{
	return at_position(287, a);
}
