/* SPDX-License-Identifier: MIT */
/* Name spaces of names: what uname(2) tells and sethostname(2) sets. */
#include <ext/namespace/namespace.h>
#include <kernel/hooks.h>
#include <kernel/uname.h>
#include <lt/init.h>
#include <mm/slab.h>

struct uts_ns {
	struct ns ns;
	struct utsname names;
};

static struct utsname *names_of(const struct ns *n)
{
	return n ? &container_of(n, struct uts_ns, ns)->names : &system_name;
}

static struct utsname *current_names(void)
{
	return names_of(ns_current(NS_UTS));
}

static struct ns *uts_copy(const struct ns *old)
{
	struct uts_ns *u = kmalloc(sizeof(*u));

	if (!u)
		return NULL;
	u->names = *names_of(old);
	return &u->ns;
}

static void uts_free(struct ns *n)
{
	kfree(container_of(n, struct uts_ns, ns));
}

static const struct ns_kind kind __table(ns_kind) = {
	NS_UTS, CLONE_NEWUTS, uts_copy, uts_free,
};

static void uts_init(void)
{
	hooks.uts_name = current_names;
}
INIT(fs, uts_init);
