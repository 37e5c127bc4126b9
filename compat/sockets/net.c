/* SPDX-License-Identifier: MIT */
/*
 * Network namespaces: the first one, and the initial values of all (see net.h).
 */
#include "net.h"
#include <lt/types.h>

#define LIMITS								\
	.port_first = 32768, .port_last = 60999, .port_for_all = 1024,	\
	.most_waiting = 4096

struct net_space net_first = {
	.cookie = 1, .up = true, .was_up = true, LIMITS
};
atomic_t net_others;
struct net_entry net_entry;

void net_space_init(struct net_space *n)
{
	static atomic_t made;		/* namespaces made besides the first */

	*n = (struct net_space){
		.cookie = 1 + (u64)(unsigned)atomic_add(&made, 1), LIMITS
	};
}

unsigned long *net_word(unsigned long *first)
{
	return (unsigned long *)((char *)net_space() +
				 ((char *)first - (char *)&net_first));
}

/* `lo` gets its IPv4 address when it is first set up, and keeps it. */
void net_set_up(struct net_space *n, bool up)
{
	if (up)
		WRITE_ONCE(n->was_up, true);
	WRITE_ONCE(n->up, up);
}
