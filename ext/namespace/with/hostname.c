/* SPDX-License-Identifier: MIT */
/* Who may set the host name of a name space: root of the space that owns it. */
#include <ext/hostname/hostname.h>
#include <ext/namespace/namespace.h>
#include <lt/init.h>

static struct user_space *owner_here(void)
{
	return ns_owner(ns_current(NS_UTS));
}

static void hook_init(void)
{
	hostname_owner = owner_here;
}
INIT(fs, hook_init);
