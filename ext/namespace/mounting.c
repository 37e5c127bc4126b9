/* SPDX-License-Identifier: MIT */
/*
 * What root of a name space of users may mount (mount_namespaces(7)): file
 * systems that hold nothing of outside, or only what a name space holds that is
 * one of its own.  /proc and /sys, moreover, only where all of them is to be seen
 * already: somebody may have covered a part so that it is not.
 */
#include <ext/namespace/pid.h>
#include <ext/namespace/user.h>
#include <fs/internal.h>
#include <lt/init.h>

/* Whose owner may mount it: NS_USER, that of the users themselves. */
static const struct {
	const char *type;
	enum ns_type of;
	bool tells;			/* of the whole machine */
} types[] = {
	{ "tmpfs", NS_USER },
	{ "devpts", NS_USER },
	{ "proc", NS_PID, true },
	{ "sysfs", NS_NET, true },
	{ "cgroup", NS_CGROUP },
	{ "cgroup2", NS_CGROUP },
};

static struct user_space *owner_for(enum ns_type type)
{
	if (type == NS_USER)
		return current->cred->space;
	return ns_owner(type == NS_PID ? pid_ns_of(current->process) :
			ns_current(type));
}

/* Directories that are there to be mounted on, and empty else. */
static bool is_mount_point(const struct dentry *d)
{
	static const char *const names[][2] = {
		{ "fs", "cgroup" }, { "kernel", "tracing" },
		{ "kernel", "debug" }, { "fs", "binfmt_misc" },
	};

	for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
		if (!strcmp(d->name, names[k][1]) &&
		    !strcmp(d->parent->name, names[k][0]))
			return true;
	return false;
}

/* Does nothing cover a part of m for good?  Context: [dcache_lock]. */
static bool is_whole(const struct mount *m)
{
	struct mount *o;

	if (m->root != m->super->root)
		return false;
	list_for_each(o, &m->space->mounts, link)
		if (o->parent == m && o->locked & MOUNT_HELD &&
		    !is_mount_point(o->at))
			return false;
	return true;
}

#define TIMES (MS_NOATIME | MS_NODIRATIME | MS_RELATIME)

/*
 * => [dcache_lock] m hides nothing that a mount with these flags would show;
 * *locked: which of them are to stay
 */
static bool shows_all(const struct mount *m, unsigned flags, unsigned *locked)
{
	unsigned fixed = m->locked & (MS_RDONLY | MOUNT_TIMES);

	if (m->super->flags & MS_RDONLY)
		fixed |= MS_RDONLY;
	if ((fixed & MS_RDONLY && !(flags & MS_RDONLY)) ||
	    (fixed & MOUNT_TIMES && (flags ^ m->flags) & TIMES) ||
	    !is_whole(m))
		return false;
	*locked = fixed;
	return true;
}

static bool is_seen(const struct fs_type *t, unsigned flags, unsigned *locked)
{
	const struct mount_space *here = mount_space_current();
	struct mount *m;
	bool seen = false;

	if (!here->owner)
		return true;
	br_read_lock(&dcache_lock);
	list_for_each(m, &here->mounts, link)
		if (!seen && m->super->type == t)
			seen = shows_all(m, flags, locked);
	br_read_unlock(&dcache_lock);
	return seen;
}

static int allow(const struct fs_type *t, unsigned flags, unsigned *locked)
{
	for (unsigned k = 0; k < ARRAY_SIZE(types); k++) {
		if (strcmp(types[k].type, t->name))
			continue;
		if (!capable_in(owner_for(types[k].of), CAP_SYS_ADMIN))
			return -EPERM;
		return !types[k].tells ||
			is_seen(t, mount_flags_kept(flags), locked) ? 0 :
			-EPERM;
	}
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static void mounting_init(void)
{
	mount_hooks.allow = allow;
}
INIT(task, mounting_init);
