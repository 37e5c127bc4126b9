/* SPDX-License-Identifier: MIT */
/*
 * IPC namespaces: each has its own System V IPC objects.  The code of these
 * objects is in extension ipc, which describes its part of each namespace by
 * struct ipc_part (topics/namespaces/namespace.h).
 */
#include "namespace.h"
#include <mm/frames/slab.h>

const struct ipc_part *ns_ipc_part;

/* The extension's part follows struct ns. */
#define PART_AT	ALIGN_UP(sizeof(struct ns), sizeof(u64))

static void *ipc_part_of(struct ns *n)
{
	return (char *)n + PART_AT;
}

void *ipc_ns_part(void)
{
	struct ns *n = ns_current(NS_IPC);

	return n ? ipc_part_of(n) : NULL;
}

static struct ns *ipc_copy(const struct ns *old)
{
	struct ns *n = kzalloc(PART_AT + (ns_ipc_part ? ns_ipc_part->size : 0));

	if (n && ns_ipc_part && ns_ipc_part->part_init(ipc_part_of(n))) {
		kfree(n);
		return NULL;
	}
	return n;
}

static void ipc_free(struct ns *n)
{
	if (ns_ipc_part)
		ns_ipc_part->part_clear(ipc_part_of(n));
	kfree(n);
}

static const struct ns_kind kind __table(ns_kind) = {
	NS_IPC, CLONE_NEWIPC, ipc_copy, ipc_free,
};
