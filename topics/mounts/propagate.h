/* SPDX-License-Identifier: MIT */
/* Which mounts share what is mounted below them (mount_namespaces(7)). */
#ifndef TOPICS_MOUNTS_PROPAGATE_H
#define TOPICS_MOUNTS_PROPAGATE_H

#include <fs/mount/mount.h>

/* Behind each struct mount; all zero: private.  [dcache_lock] */
struct share {
	struct list peers;		/* a ring; alone: itself */
	struct list slaves;		/* by `slave`: they follow this one */
	struct list slave;		/* its place among its master's */
	struct mount *master;		/* it follows that; NULL: nothing */
	int group;			/* the number of its peers'; 0: none */
	/* Of a call under way: where something leads to. */
	unsigned round;			/* the last walk that came here */
	struct mount *next;		/* on the way */
	struct mount *lead;		/* the first of its peers there */
	unsigned waits;			/* the last taking where it was held */
	/* What only the lead has. */
	struct mount *up;		/* the lead of those it follows */
	struct mount *top;		/* the tree that hangs at one of them */
};

struct share *share_of(const struct mount *m);
struct mount *share_peer(struct mount *m);	/* the next of the ring */
bool share_is_shared(const struct mount *m);

/*
 * All to which what happens at m leads, without m: its peers, those who follow
 * any of them, their peers, and so on.  [dcache_lock]
 * Return: the first, the others by share_of()->next; NULL: none.
 */
struct mount *share_walk(struct mount *m);

struct mount_sharing;
/* Of spread.c, into the table. */
void share_spread_init(struct mount_sharing *s);

#endif
