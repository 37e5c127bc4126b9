/* SPDX-License-Identifier: MIT */
/*
 * What an IPC name space is made of: a part of each extension that has objects
 * of such a kind, one behind the other.  The first name space is none: each
 * extension has its part of that by itself.
 */
#ifndef EXT_NAMESPACE_IPC_H
#define EXT_NAMESPACE_IPC_H

#include <lt/table.h>

struct ipc_part {
	unsigned size;			/* bytes */
	unsigned *at;			/* for ipc_ns_part() */
	/* Context: may sleep.  Return: 0 or -ENOMEM. */
	int (*part_init)(void *part);
	/* Nobody is in it any more.  Context: may sleep. */
	void (*part_clear)(void *part);
};

/* current's, which it keeps; NULL: it is in the first. */
void *ipc_ns_part(unsigned at);

#endif
