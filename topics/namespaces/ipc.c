/* SPDX-License-Identifier: MIT */
/*
 * IPC name spaces: System V's objects and POSIX message queues, whose
 * extensions put what they have of each into a table (topics/namespaces/namespace.h).
 */
#include "namespace.h"
#include <lt/init.h>
#include <mm/slab.h>

TABLE(ipc_part);

static unsigned ns_size;		/* const after init */

void *ipc_ns_part(unsigned at)
{
	struct ns *n = ns_current(NS_IPC);

	return n ? (char *)n + at : NULL;
}

/* The parts before `end`, last first; then the memory. */
static void undo(struct ns *n, const struct ipc_part *end)
{
	while (end-- > __table_ipc_part)
		end->part_clear((char *)n + *end->at);
	kfree(n);
}

static struct ns *ipc_copy(const struct ns *old)
{
	struct ns *n = kzalloc(ns_size);

	if (!n)
		return NULL;
	table_each(part, ipc_part) {
		if (part->part_init((char *)n + *part->at)) {
			undo(n, part);
			return NULL;
		}
	}
	return n;
}

static void ipc_free(struct ns *n)
{
	undo(n, __table_ipc_part_end);
}

static const struct ns_kind kind __table(ns_kind) = {
	NS_IPC, CLONE_NEWIPC, ipc_copy, ipc_free,
};

static void ipc_init(void)
{
	ns_size = (unsigned)ALIGN_UP(sizeof(struct ns), sizeof(u64));
	table_each(part, ipc_part) {
		*part->at = ns_size;
		ns_size += (unsigned)ALIGN_UP(part->size, sizeof(u64));
	}
}
INIT(fs, ipc_init);
