/* SPDX-License-Identifier: MIT */
/*
 * Decides for which namespaces file capabilities are valid (capabilities(7)).
 */
#include <topics/namespaces/namespace.h>
#include "xattr.h"
#include <lt/init.h>

static bool root_here(unsigned root)
{
	struct user_space *n = current->cred->space;

	while (n && id_map(UID_KNOWN, root, n))
		n = n->ns.owner;
	return n || !root;
}

static void xattr_namespaces_hook_init(void)
{
	caps_root_here = root_here;
}
INIT(fs, xattr_namespaces_hook_init);
