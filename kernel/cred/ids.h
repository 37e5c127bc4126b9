/* SPDX-License-Identifier: MIT */
/*
 * Ids of users and groups (rows B17, D8).  The kernel stores every id as an id
 * of the initial user namespace.  Another namespace (topics/namespaces/user.c)
 * has ids of its own, which its programs pass to system calls and see in
 * results.
 */
#ifndef KERNEL_CRED_IDS_H
#define KERNEL_CRED_IDS_H

#include "capable.h"
#include <kernel/ops/namespace_ops.h>

/*
 * The operations of id_map(), each for user ids (UID_) and group ids (GID_):
 * _IN: from a kernel id to the id in a namespace; an unmapped id becomes the id
 * of "nobody".
 * _KNOWN: like _IN, but an unmapped id becomes -1.
 * _FROM: from an id in a namespace to the kernel id; an unmapped id becomes -1.
 * SET_DENIED: ignore the id; the result is not 0 if the namespace denies
 * setgroups(2).
 */
enum { UID_IN, GID_IN, UID_KNOWN, GID_KNOWN, UID_FROM, GID_FROM, SET_DENIED };

static inline unsigned id_map(int to_do, unsigned id, struct user_space *n)
{
	return likely(!n) ? id : namespace_ops->id_map(to_do, id, n);
}

#define uid_in(uid, to)		id_map(UID_IN, uid, to)
#define gid_in(gid, to)		id_map(GID_IN, gid, to)
#define uid_known(uid, to)	(id_map(UID_KNOWN, uid, to) != ~0u)
#define ids_known(u, g, n) (uid_known(u, n) && id_map(GID_KNOWN, g, n) != ~0u)
#define uid_shown(uid)		uid_in(uid, current->cred->space)
#define gid_shown(gid)		gid_in(gid, current->cred->space)
#define uid_meant(uid)		id_map(UID_FROM, uid, current->cred->space)
#define gid_meant(gid)		id_map(GID_FROM, gid, current->cred->space)
#define cred_root(c)		id_map(UID_FROM, 0, (c)->space)
#define groups_settable()	(!id_map(SET_DENIED, 0, current->cred->space))

#endif
