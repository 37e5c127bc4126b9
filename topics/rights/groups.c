/* SPDX-License-Identifier: MIT */
/*
 * Supplementary groups (row B17): getgroups(2), setgroups(2).  setgroups(2)
 * sorts the groups, because cred_has_group() needs them sorted.
 */
#include "groups.h"
#include <kernel/cred/cred.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

long sys_getgroups(int n, uaddr_t list)
{
	const struct cred *c = current->cred;

	if (n < 0 || (n && (unsigned)n < c->nr_groups))
		return -EINVAL;
	for (unsigned k = 0; n && k < c->nr_groups; k++)
		if (put_user(gid_shown(c->groups[k]), list + k * sizeof(int)))
			return -EFAULT;
	return c->nr_groups;
}

/* Sort by Shell's method, which needs neither recursion nor memory. */
static void groups_sort(unsigned *a, unsigned n)
{
	for (unsigned gap = n / 2; gap; gap /= 2) {
		for (unsigned i = gap; i < n; i++) {
			unsigned v = a[i], k = i;

			for (; k >= gap && a[k - gap] > v; k -= gap)
				a[k] = a[k - gap];
			a[k] = v;
		}
	}
}

/* Set the groups.  Takes over `groups` (kmalloc), even on failure. */
static long groups_change(unsigned *groups, unsigned n)
{
	struct cred *c = cred_clone(current->cred);

	if (!c) {
		kfree(groups);
		return -ENOMEM;
	}
	kfree(c->groups);
	groups_sort(groups, n);
	if (!n) { /* cred_clone() copies groups only if nr_groups is not 0 */
		kfree(groups);
		groups = NULL;
	}
	c->groups = groups;
	c->nr_groups = n;
	cred_set(c);
	return 0;
}

long groups_set(int n, int (*get)(uaddr_t list, int k, unsigned *gid),
		uaddr_t list)
{
	unsigned *groups;
	int err = 0;

	if (!capable_here(CAP_SETGID) || !groups_settable())
		return -EPERM;
	if (n < 0 || n > NGROUPS_MAX)
		return -EINVAL;
	groups = kmalloc((n ? n : 1) * sizeof(*groups));
	if (!groups)
		return -ENOMEM;
	for (int k = 0; k < n && !err; k++) {
		err = get(list, k, &groups[k]);
		if (!err && (groups[k] = gid_meant(groups[k])) == ~0u)
			err = -EINVAL;		/* not a valid group id */
	}
	if (!err)
		return groups_change(groups, (unsigned)n);
	kfree(groups);
	return err;
}

static int groups_get_group(uaddr_t list, int k, unsigned *gid)
{
	return get_user(gid, list + (unsigned)k * sizeof(*gid));
}

long sys_setgroups(int n, uaddr_t list)
{
	return groups_set(n, groups_get_group, list);
}
