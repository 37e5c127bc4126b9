/* SPDX-License-Identifier: MIT */
/* Shared mounts: propagation of mounts and unmounts (mount_namespaces(7)). */
#ifndef TOPICS_MOUNTS_PROPAGATE_H
#define TOPICS_MOUNTS_PROPAGATE_H

#include <fs/mount/mount.h>

/*
 * Allocated behind each struct mount; all zero: private.
 * Context: [dcache_lock].
 */
struct share {
	/* ring of its peers; only itself: no peers */
	struct list peers;
	struct list slaves;	/* mounts that follow this one, by `slave` */
	struct list slave;		/* its place in the master's list */
	struct mount *master;		/* the mount that it follows; or NULL */
	int group;			/* number of the peer group; 0: none */
	/* State of the call in progress: see share_walk(). */
	unsigned round;			/* the last walk that visited it */
	struct mount *next;		/* the next mount of the walk */
	struct mount *lead;	/* the first mount visited of its peer group */
	unsigned waits;	/* the last unmount that found it locked */
	/* Valid only in the lead. */
	struct mount *up;		/* the lead of the group it follows */
	struct mount *top;	/* the tree attached to one of its peers */
};

struct share *share_of(const struct mount *m);
struct mount *share_peer(struct mount *m);	/* the next mount of the ring */
bool share_is_shared(const struct mount *m);

/*
 * Visit all mounts to which events of m propagate, without m: its peers, the
 * mounts that follow any of them, the peers of those, and so on.
 * Context: [dcache_lock].
 * Return: the first, linked by share_of()->next; NULL: none.
 */
struct mount *share_walk(struct mount *m);

struct mount_sharing;
/* Set the functions of spread.c in the table. */
void share_spread_init(struct mount_sharing *s);

#endif
