/* SPDX-License-Identifier: MIT */
/*
 * Trees of mounts that are copied and hung in as a whole.  A tree under way is
 * a chain:
 *
 *	top --chain--> mount --chain--> mount       in the order of their space
 *	 ^               |                |
 *	 '----parent-----'----parent------'
 *
 * There is no waiting for memory under dcache_lock, so a step is tried in one
 * hold of it; where it lacks mounts, as many as it says are made without the
 * lock and it begins anew.  So a tree is whole, and nobody sees half of one.
 */
#ifndef TOPICS_MOUNTS_TREE_H
#define TOPICS_MOUNTS_TREE_H

#include <fs/mount/mount.h>

struct mount_stock {
	struct mount **made;		/* [caller] `room` of them */
	unsigned long room, used;
	unsigned long wanted;		/* of a step that fell short */
};

/*
 * Have a step done under dcache_lock, as often as it falls short.
 * Context: may sleep.
 * Return: what it returns; -ENOMEM.
 */
#define STOCK_SHORT	1
int mount_stock_run(int (*step)(struct mount_stock *s, void *arg), void *arg);

/* Are there n?  If not, the step returns STOCK_SHORT.  [dcache_lock] */
bool mount_stock_has(struct mount_stock *s, unsigned long n);

/* What a tree leaves behind. */
#define LEAVE_UNBINDABLE	1u	/* those that cannot be bound */
#define LEAVE_SPACES		2u	/* those that keep a space of mounts */
#define LEAVE_BELOW		4u	/* all but the top */

/*
 * Chain top and what hangs on it below the directory root.  [dcache_lock]
 * Return: how many.
 */
unsigned long mount_tree_chain(struct mount *top, const struct dentry *root,
			       unsigned leave);

/*
 * A copy of a chain, whose top shows root and hangs nowhere; relate: what a
 * mount has to do with the one it is a copy of; NULL: it shares what that does.
 * [dcache_lock]
 */
struct mount *mount_tree_copy(struct mount *top, struct dentry *root,
			      unsigned leave, struct mount_stock *s,
			      void (*relate)(struct mount *copy,
					     struct mount *of));

/*
 * May a tree of n mounts, `new` of which are not counted yet, hang at `at`?
 * own: how many it takes from the stock itself.  [dcache_lock]
 * Return: 0; -EINVAL, -ENOENT, -ENOSPC; STOCK_SHORT.
 */
int mount_tree_may_hang(const struct path *at, unsigned long n,
			unsigned long new, unsigned long own,
			struct mount_stock *s);
/* Hang a chain in there, and wherever that leads to.  [dcache_lock] */
void mount_tree_hang(struct mount *top, const struct path *at,
		     struct mount_stock *s);
/* Hang it at one place alone, as the newest there.  [dcache_lock] */
void mount_tree_enter(struct mount *top, const struct path *at);

/*
 * A chain goes to where others' capabilities count: what there is of its flags
 * stays, and what hangs together stays so.  [dcache_lock]
 */
void mount_tree_lock(struct mount *top);

/* mount_cut(), and it shares nothing any more.  [dcache_lock] */
void mount_tree_cut(struct mount *m, bool with_parent, struct list *gone);

/* Would copying m keep a space of mounts, by a file of its name? */
bool mount_keeps_space(const struct mount *m);

/*
 * What share.c does when mounts are shared, or NULL; const after init.
 * Context: [dcache_lock].
 */
struct mount_sharing {
	/* A copy takes part in what its original takes part in. */
	void (*join)(struct mount *copy, struct mount *of);
	/* m goes: it takes part in nothing. */
	void (*leave)(struct mount *m);
	bool (*is_shared)(const struct mount *m);
	/* Return: to how many places `at` leads; -ENOSPC for n at each. */
	long (*targets)(const struct path *at, unsigned long n);
	/* Hang copies of a chain in at these. */
	void (*spread)(struct mount *top, const struct path *at,
		       struct mount_stock *s);
	void (*set_kind)(struct mount *m, unsigned kind);
};
extern const struct mount_sharing *mount_sharing;

static inline bool mount_is_shared(const struct mount *m)
{
	return mount_sharing && m && mount_sharing->is_shared(m);
}

#endif
