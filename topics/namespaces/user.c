/* SPDX-License-Identifier: MIT */
/*
 * User namespaces (rows B17, D8): user and group ids, and the scope of
 * capabilities.  The kernel identifies users by their id in the initial
 * namespace.  This file translates between those ids and the ids that programs
 * see and pass (id_map() in <kernel/cred/ids.h>), and decides which tasks have
 * capabilities over which namespaces.  For example, user 1000 of the initial
 * namespace makes A, and a user in A makes B:
 *
 *	task			all capabilities over
 *	root, initial		every namespace
 *	1000, initial		A, B, and what A and B own
 *	root of A		A, B, and what A and B own
 *
 * A task's user namespace is part of its credentials, not of its nsproxy, so
 * credentials keep their user namespace alive.  A user namespace keeps its
 * parent, which owns it, alive.
 */
#include "namespace.h"
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/mount/mount.h>
#include <fs/path/namei.h>
#include <kernel/ops/namespace_ops.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

#define LEVELS	33			/* nesting depth, as on Linux */

/* The id shown for a user or group that has none in a namespace. */
static unsigned long nobody[2] = { 65534, 65534 };	/* words */

SYSCTL_NUMBERS(numbers) = {
	{ "kernel/overflowuid", &nobody[MAP_UID], 0, 0xffff },
	{ "kernel/overflowgid", &nobody[MAP_GID], 0, 0xffff },
};

bool user_space_within(const struct user_space *n,
		       const struct user_space *outer)
{
	while (n && n != outer)
		n = n->ns.owner;
	return n == outer;
}

/* ---- ids and rights ------------------------------------------------------ */

/*
 * True if setgroups(2) is denied.  A group may exist to take rights away from
 * its members, so they must not be able to leave it.
 */
static bool groups_denied(const struct user_space *n)
{
	return !id_map_of(n, MAP_GID) || READ_ONCE(n->no_groups);
}

unsigned user_ns_map(int to_do, unsigned id, const struct user_space *n)
{
	int which = to_do & 1 ? MAP_GID : MAP_UID;
	const struct id_map *m = id_map_of(n, which);
	unsigned found;

	if (to_do == SET_DENIED)
		return groups_denied(n);
	if (to_do >= UID_FROM)
		return id_from_map(m, id);
	found = id_in_map(m, id);
	return found == ~0u && to_do < UID_KNOWN ?
		(unsigned)READ_ONCE(nobody[which]) : found;
}

/*
 * True if c has the capability cap over n.  The maker of a user namespace, seen
 * from its parent, has all capabilities in it and below.
 */
bool user_ns_has(const struct cred *c, const struct user_space *n, int cap)
{
	unsigned level = c->space ? c->space->level : 0;

	for (; n && n->level > level; n = n->ns.owner)
		if (n->ns.owner == c->space && n->uid == c->euid)
			return true;
	return n == c->space && c->cap_effective >> cap & 1;
}

void user_ns_show(struct kstat *st)
{
	st->uid = uid_shown(st->uid);
	st->gid = gid_shown(st->gid);
}

void user_ns_hold(struct user_space *n, bool more)
{
	if (more)
		ns_get(&n->ns);
	else
		ns_put(&n->ns);
}

/* ---- credentials --------------------------------------------------------- */

struct cred *user_cred(struct user_space *n)
{
	struct cred *c = cred_clone(current->cred);

	if (!c) {
		ns_put(&n->ns);
		return NULL;
	}
	ns_put(user_ns_of(c));
	c->space = n;
	c->securebits = 0;
	c->cap_inheritable = c->cap_ambient = 0;
	c->cap_permitted = c->cap_effective = c->cap_bounding = CAP_ALL;
	return c;
}

static bool made_by(const struct user_space *n, const struct cred *c)
{
	for (; n; n = n->ns.owner)
		if (n->ns.owner == c->space && n->uid == c->euid)
			return true;
	return false;
}

void user_enter(struct cred *c)
{
	struct vm_space *m = current->space;

	WRITE_ONCE(current->process->nested, true);
	if (!made_by(c->space, current->cred)) {
		WRITE_ONCE(m->dumpable, (u8)suid_dumpable);
		current->pdeath_signal = 0;
	}
	cred_put(cred_swap(c));
}

/* ---- the kind ------------------------------------------------------------ */

void mount_space_top(const struct mount_space *s, struct path *out)
{
	br_read_lock(&dcache_lock);
	*out = (struct path){ s->root, s->root->root };
	path_get(out);
	br_read_unlock(&dcache_lock);
	path_cross_mounts(out);
}

/*
 * True if current runs in a chroot(2).  Its root may have been changed to hide
 * files, and in a user namespace the task could escape from that root.
 */
static bool in_chroot(void)
{
	const struct path *mine = current_root();
	struct path top;
	bool is;

	mount_space_top(mount_space_current(), &top);
	is = top.mount != mine->mount || top.dentry != mine->dentry;
	path_put(&top);
	return is;
}

static int ns_user_may_copy(const struct ns *old)
{
	const struct cred *c = current->cred;

	if (old && user_space_of(old)->level >= LEVELS)
		return -ENOSPC;
	return in_chroot() || !ids_known(c->euid, c->egid, c->space) ?
		-EPERM : 0;
}

static struct ns *ns_user_copy(const struct ns *old)
{
	const struct user_space *around = user_space_of(old);
	const struct cred *c = current->cred;
	struct user_space *n = kzalloc(sizeof(*n));

	if (!n)
		return NULL;
	WRITE_ONCE(user_spaces, true);
	n->level = around ? around->level + 1 : 1;
	n->uid = c->euid;
	n->gid = c->egid;
	n->maker_set_caps = c->cap_effective >> CAP_SETFCAP & 1;
	n->no_groups = around && READ_ONCE(around->no_groups);
	ns_counts_init(n);
	return &n->ns;
}

static void ns_user_release(struct ns *ns)
{
	struct user_space *n = user_space_of(ns);

	for (int i = 0; i < ID_MAPS; i++)
		kfree(n->map[i]);
	kfree(n);
}

static const struct ns_kind kind __table(ns_kind) = {
	.type = NS_USER,
	.flag = CLONE_NEWUSER,
	.copy = ns_user_copy,
	.free = ns_user_release,
	.may_copy = ns_user_may_copy,
};
