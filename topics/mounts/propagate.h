/* SPDX-License-Identifier: MIT */
/* Shared mounts: propagation of mounts and unmounts (mount_namespaces(7)). */
#ifndef TOPICS_MOUNTS_PROPAGATE_H
#define TOPICS_MOUNTS_PROPAGATE_H

#include <fs/mount/mount.h>

/*
 * How a mount is shared; allocated behind its struct mount.  A mount without
 * a group and a master is private.
 * Context: [mount_mutex].
 */
struct share {
	/* ring of this mount and its peers */
	struct list peers;
	struct list slaves;	/* mounts that follow this mount, by `slave` */
	/* link in the master's list of slaves */
	struct list slave;
	/* the mount that this mount follows; or NULL */
	struct mount *master;
	int group;			/* number of the peer group; 0: none */
	/* State of the call in progress: see share_walk(). */
	unsigned round;		/* number of the last walk to this mount */
	struct mount *next;		/* the next mount of the walk */
	struct mount *lead;	/* the first mount visited of its peer group */
	bool target;		/* a mount or tree goes there, too */
	unsigned waits;	/* last unmount call that found the mount locked */
	/* Valid only in the lead. */
	struct mount *up;	/* lead of the group that this group follows */
	/*
	 * mounting: in the lead, the tree that is attached to one of the peers;
	 * unmounting: the copy that is to go
	 */
	struct mount *top;
};

struct share *share_of(const struct mount *m);
struct mount *share_peer(struct mount *m);	/* the next mount of the ring */
bool share_is_shared(const struct mount *m);

/*
 * Visit all mounts to which events of m propagate, without m: its peers, the
 * mounts that follow any of them, the peers of those, and so on.
 * Context: [mount_mutex].
 * Return: the first, linked by share_of()->next; NULL: none.
 */
struct mount *share_walk(struct mount *m);

struct mount_sharing;
/* Set the functions of spread.c in the table. */
void share_spread_init(struct mount_sharing *s);

#endif
