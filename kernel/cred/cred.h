/* SPDX-License-Identifier: MIT */
/*
 * Credentials.  A task's cred is never changed in place: a change creates a new
 * cred and swaps the pointer, so a cred stays consistent while referenced.
 */
#ifndef KERNEL_CRED_CRED_H
#define KERNEL_CRED_CRED_H

#include <kernel/current.h>
#include "ids.h"

#define NGROUPS_MAX 65536

/* fs.suid_dumpable: the DUMP_ value for processes that gained privileges. */
extern unsigned long suid_dumpable;	/* one word: read without a lock */

struct cred *cred_create_root(void);	/* boot: all capabilities */
struct cred *cred_clone(const struct cred *from);	/* NULL: no memory */
static inline void cred_get(struct cred *c)
{
	ref_get(&c->refs);
}
void cred_put(struct cred *c);
/*
 * Make c current's credentials; takes over the caller's reference.  If c has
 * rights that the old credentials lack (cred_gains()), the memory of current
 * becomes undumpable.
 */
void cred_set(struct cred *c);
/* Replace current's credentials.  Return: the old ones and their reference. */
struct cred *cred_swap(struct cred *c);
/*
 * True if `new` has a right that `old` lacks.  The memory of such a task must
 * be undumpable.
 */
bool cred_gains(const struct cred *old, const struct cred *new);
/* Return: t's credentials with a reference; NULL: t has no credentials. */
struct cred *cred_of(struct task *t);
/*
 * True if gid is c's file-system group, which follows the effective group, or
 * one of its supplementary groups.  Linux uses this test for System V IPC, too.
 */
bool cred_has_group(const struct cred *c, unsigned gid);
/*
 * True if current may inspect t by the rules of ptrace(2).  real: compare
 * current's real ids instead of its file-system ids; attach: the caller wants
 * to trace t, so the policy of an extension must permit it, too.
 * Context: the caller holds a reference to t; task_may_access_locked() needs
 * [tree_lock].
 */
bool task_may_access(struct task *t, bool real, bool attach);
bool task_may_access_locked(struct task *t, bool real, bool attach);
/*
 * cred_change_uids(), cred_change_gids(): set the three user ids, or group ids,
 * and the fields that depend on them.
 * Return: 0 or -ENOMEM.
 */
#define CRED_KEEP (~0u)		/* -1: do not change this id */
long cred_change_uids(unsigned uid, unsigned euid, unsigned suid);
long cred_change_gids(unsigned gid, unsigned egid, unsigned sgid);

#endif
