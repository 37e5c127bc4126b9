/* SPDX-License-Identifier: MIT */
/*
 * Credentials.  A task's cred is never changed in place: a change makes a new
 * one and swaps the pointer, so a reference taken stays consistent.
 */
#ifndef KERNEL_CRED_CRED_H
#define KERNEL_CRED_CRED_H

#include <kernel/current.h>
#include "ids.h"

#define NGROUPS_MAX 65536

/* fs.suid_dumpable: DUMP_ of whoever has rights that are not its user's */
extern unsigned long suid_dumpable;	/* word */

struct cred *cred_create_root(void);	/* boot: all capabilities */
struct cred *cred_clone(const struct cred *from);	/* NULL: no memory */
static inline void cred_get(struct cred *c)
{
	ref_get(&c->refs);
}
void cred_put(struct cred *c);
/*
 * current's credentials from now; takes over the reference.  If they are
 * another's, its memory is not for all to see any more.
 */
void cred_set(struct cred *c);
/* For a moment: the old ones are handed out with their reference. */
struct cred *cred_swap(struct cred *c);
/* Would `new` let its memory's reader do what `old` could not? */
bool cred_gains(const struct cred *old, const struct cred *new);
/* Another task's, referenced; NULL: it has none. */
struct cred *cred_of(struct task *t);
/*
 * Is gid the group of c's file accesses, which follows the effective one, or
 * one of its supplementary groups?  Linux asks so for objects of System V, too.
 */
bool cred_has_group(const struct cred *c, unsigned gid);
/*
 * May current look into t, as ptrace(2) decides?  real: by its real user id and
 * not that of file accesses; attach: to trace it, so a policy of the system's
 * counts as well.
 * Context: [a reference to t]; _locked: [tree_lock].
 */
bool task_may_access(struct task *t, bool real, bool attach);
bool task_may_access_locked(struct task *t, bool real, bool attach);
/*
 * Set the three user ids, or group ids, and let everything follow them.
 * Return: 0 or -ENOMEM.
 */
#define CRED_KEEP (~0u)		/* -1: leave this id as it is */
long cred_change_uids(unsigned uid, unsigned euid, unsigned suid);
long cred_change_gids(unsigned gid, unsigned egid, unsigned sgid);

#endif
