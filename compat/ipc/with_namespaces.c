/* SPDX-License-Identifier: MIT */
/* The System V objects of each IPC namespace (row D10). */
#include <topics/namespaces/namespace.h>
#include "ipc.h"
#include <lt/init.h>

static struct ipc_space *space_here(void)
{
	struct ipc_space *n = ipc_ns_part();

	return n ? n : &ipc_first;
}

static struct user_space *owner_here(void)
{
	return ns_owner(ns_current(NS_IPC));
}

static int space_init(void *part)
{
	ipc_space_init(part);
	atomic_add(&ipc_others, 1);
	return 0;
}

static void space_clear(void *part)
{
	ipc_space_clear(part);
	atomic_add(&ipc_others, -1);
}

static const struct ipc_part part = {
	.size = sizeof(struct ipc_space),
	.part_init = space_init, .part_clear = space_clear,
};

static void ipc_namespaces_hook_init(void)
{
	ns_ipc_part = &part;
	ipc_other = space_here;
	ipc_other_owner = owner_here;
}
INIT(fs, ipc_namespaces_hook_init);
