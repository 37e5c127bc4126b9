/* SPDX-License-Identifier: MIT */
/*
 * Sockets by name: a table of those that others can find by a port, a node or
 * an abstract name, so that a bind, a connect or a datagram does not look at
 * all sockets of all users.
 *
 *	family->key(s)                    s->name_link
 *	   |            names[]          +--------+    +--------+
 *	   +--> key --> bucket --------> | port 7 |--->| "\0x"  |---> ..
 *	                                 +--------+    +--------+
 *
 * Invariant: a socket is in the bucket of its key if it has one; whoever
 * changes what the key is made of calls sock_place() in the same hold of
 * sock_lock.
 */
#include "family.h"
#include <kernel/random.h>

#define BUCKET_BITS	10
#define PRIME		0x7fffffffu	/* 2^31 - 1 */

static struct list names[1u << BUCKET_BITS];	/* [sock_lock] */
static u32 secret;				/* const after init */

void sock_names_init(void)
{
	for (unsigned k = 0; k < 1u << BUCKET_BITS; k++)
		list_init(&names[k]);
	random_bytes(&secret, sizeof(secret));
	secret = secret % (PRIME - 2) + 2;
}

/*
 * The value at `secret` of the polynomial whose coefficients are the bytes,
 * modulo a prime (Carter and Wegman, "Universal classes of hash functions").
 * Two names of n bytes have equal keys for at most n secrets, so nobody can
 * choose names that share a bucket.
 */
u32 sock_key_of(const void *bytes, unsigned n)
{
	const u8 *p = bytes;
	u32 h = 1;

	for (unsigned i = 0; i < n; i++) {
		u64 x = (u64)h * secret + p[i];

		h = (u32)(x & PRIME) + (u32)(x >> 31);
		h = h >= PRIME ? h - PRIME : h;
	}
	return h | SOCK_KEY;
}

struct list *sock_bucket(u32 key)
{
	spin_must_hold(&sock_lock);
	return &names[key * 0x9e3779b1u >> (32 - BUCKET_BITS)];
}

void sock_place(struct sock *s)
{
	u32 key = s->family->key && s->addr && !s->dead ? s->family->key(s) : 0;

	spin_must_hold(&sock_lock);
	list_remove(&s->name_link);
	if (key)
		list_append(sock_bucket(key), &s->name_link);
}
