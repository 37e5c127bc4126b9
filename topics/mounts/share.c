/* SPDX-License-Identifier: MIT */
/*
 * Peer groups and slaves of mounts.  Peers form a ring, and a master has a list
 * of the mounts that follow it:
 *
 *	+-> A <-> B <-+		group 1: what is mounted on A is on B, too,
 *	|   |     |   |		and on C, D and E
 *	+---|-----|---+
 *	    v     v
 *	    C   D <-> E		D, E: group 2, and slaves of group 1; what is
 *				mounted on D is on E, but neither on A nor on C
 *
 * Only shared mounts have slaves.  The slaves are in the list of one mount of
 * the group; when that mount leaves the group, they move to another peer.
 */
#include "tree.h"
#include "propagate.h"
#include <fs/mount/mount.h>
#include <fs/path/dcache.h>
#include <lt/init.h>

static int last_group;				/* [mount_mutex] */
static unsigned rounds;				/* [mount_mutex] */

struct share *share_of(const struct mount *m)
{
	return (struct share *)(m + 1);
}

static void share_init_one(struct mount *m)
{
	struct share *s = share_of(m);

	list_init(&s->peers);
	list_init(&s->slaves);
	list_init(&s->slave);
}

static struct mount *mount_of(struct share *s)
{
	return (struct mount *)s - 1;
}

struct mount *share_peer(struct mount *m)
{
	return mount_of(list_entry(share_of(m)->peers.next, struct share,
				   peers));
}

bool share_is_shared(const struct mount *m)
{
	return share_of(m)->group != 0;
}

/* ---- changes ------------------------------------------------------------- */

/* Make s follow master; NULL: follow nothing. */
static void mount_follow(struct share *s, struct mount *master)
{
	list_remove(&s->slave);
	s->master = master;
	if (master)
		list_append(&share_of(master)->slaves, &s->slave);
}

/*
 * If m is in a peer group, make it a slave of another peer; or, if it is the
 * only peer, of the group's master.  It does not matter which peer, since only
 * the group is seen.
 */
static void become_slave(struct mount *m)
{
	struct share *s = share_of(m);
	struct mount *heir = share_peer(m);

	if (!s->group)
		return;
	if (heir == m)
		heir = s->master;
	list_remove(&s->peers);
	s->group = 0;
	while (!list_empty(&s->slaves))
		mount_follow(list_first(&s->slaves, struct share, slave), heir);
	mount_follow(s, heir);
}

static void mount_set(struct mount *m, unsigned kind)
{
	struct share *s = share_of(m);

	mutex_must_hold(&mount_mutex);
	if (kind == MS_SHARED) {
		if (!s->group)
			s->group = ++last_group;
		return;
	}
	become_slave(m);
	if (kind != MS_SLAVE)
		mount_follow(s, NULL);
}

static void mount_share_leave(struct mount *m)
{
	mount_set(m, MS_PRIVATE);
}

static void mount_join(struct mount *copy, struct mount *of)
{
	struct share *s = share_of(copy), *o = share_of(of);

	mutex_must_hold(&mount_mutex);
	if (o->group) {
		s->group = o->group;
		list_append(&o->peers, &s->peers);
	}
	mount_follow(s, o->master);
}

static void mount_follow_copied(struct mount *copy, struct mount *of)
{
	mutex_must_hold(&mount_mutex);
	mount_follow(share_of(copy), share_of(of)->group ? of :
		     share_of(of)->master);
}

/* ---- walks --------------------------------------------------------------- */

/* Append first and its peers to the walk.  Return: the new last mount. */
static struct mount *walk_group(struct mount *last, struct mount *first,
				struct mount *up)
{
	struct mount *p = first;

	do {
		struct share *s = share_of(p);

		s->round = rounds;
		s->lead = first;
		s->up = up;
		s->top = NULL;
		s->next = NULL;
		if (last)
			share_of(last)->next = p;
		last = p;
		p = share_peer(p);
	} while (p != first);
	return last;
}

struct mount *share_walk(struct mount *m)
{
	struct mount *last, *at;
	struct share *s;

	mutex_must_hold(&mount_mutex);
	rounds++;
	last = walk_group(NULL, m, NULL);
	for (at = m; at; at = share_of(at)->next)
		list_for_each(s, &share_of(at)->slaves, slave)
			if (s->round != rounds)
				last = walk_group(last, mount_of(s),
						  share_of(at)->lead);
	return share_of(m)->next;
}

static struct mount_sharing sharing = {
	.join = mount_join,
	.follow = mount_follow_copied,
	.leave = mount_share_leave,
	.is_shared = share_is_shared,
	.set_kind = mount_set,
};

static void share_init(void)
{
	mount_extra = sizeof(struct share);
	mount_extra_init = share_init_one;
	share_spread_init(&sharing);
	mount_sharing = &sharing;
}
INIT(fs, share_init);
