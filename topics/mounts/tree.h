/* SPDX-License-Identifier: MIT */
/*
 * Trees of mounts that are copied and attached as a whole.  While a call works
 * on a tree, the tree is a chain:
 *
 *	top --chain--> mount --chain--> mount       in the order of their space
 *	 ^               |                |
 *	 '----parent-----'----parent------'
 *
 * Under dcache_lock there is no waiting for memory.  So an operation is a step
 * that runs under the lock and first checks whether enough mounts have been
 * allocated.  If not, it changes nothing, the missing mounts are allocated
 * without the lock, and the step is run again.  So no task ever sees half of a
 * tree.
 */
#ifndef TOPICS_MOUNTS_TREE_H
#define TOPICS_MOUNTS_TREE_H

#include <fs/mount/mount.h>

struct mount_stock {
	struct mount **made;		/* [caller] array of `room` mounts */
	unsigned long room, used;
	/* number of mounts that the step needs */
	unsigned long wanted;
};

/*
 * Run a step under dcache_lock.  Repeat it as long as it returns STOCK_SHORT.
 * Context: may sleep.
 * Return: what the step returns; -ENOMEM.
 */
#define STOCK_SHORT	1
int mount_stock_run(int (*step)(struct mount_stock *s, void *arg), void *arg);

/*
 * True if the stock has n mounts.  If not, the step must return STOCK_SHORT.
 * Context: [dcache_lock].
 */
bool mount_stock_has(struct mount_stock *s, unsigned long n);

/* The mounts of a tree that are left out: */
#define LEAVE_UNBINDABLE	1u	/* unbindable mounts */
/* mounts that keep a mount namespace alive */
#define LEAVE_SPACES		2u
#define LEAVE_BELOW		4u	/* all mounts but the top */

/*
 * Chain top and the mounts on it below the directory root.
 * Context: [dcache_lock].
 * Return: their number.
 */
unsigned long mount_tree_chain(struct mount *top, const struct dentry *root,
			       unsigned leave);

/*
 * Copy a chain.  The root of the copied top is root; the copy is not attached.
 * relate: called to relate each copy to its original; NULL: make the copy share
 * what the original shares.
 * Context: [dcache_lock].
 */
struct mount *mount_tree_copy(struct mount *top, struct dentry *root,
			      unsigned leave, struct mount_stock *s,
			      void (*relate)(struct mount *copy,
					     struct mount *of));

/*
 * Check whether a tree of n mounts may be attached at `at`.  new: how many of
 * them the namespace does not count yet; own: how many of the stock's mounts
 * the tree itself takes.
 * Context: [dcache_lock].
 * Return: 0; -EINVAL, -ENOENT, -ENOSPC; STOCK_SHORT.
 */
int mount_tree_may_hang(const struct path *at, unsigned long n,
			unsigned long new, unsigned long own,
			struct mount_stock *s);
/*
 * Attach a chain at `at`, and copies of it at all places to which mounts at
 * `at` propagate.
 * Context: [dcache_lock].
 */
void mount_tree_hang(struct mount *top, const struct path *at,
		     struct mount_stock *s);
/*
 * Attach a chain at one place only, as the newest mounts of its namespace.
 * Context: [dcache_lock].
 */
void mount_tree_enter(struct mount *top, const struct path *at);

/*
 * Lock a chain that goes to the mount namespace of another user namespace: its
 * restricting flags cannot be cleared there, and its mounts cannot be
 * separated.
 * Context: [dcache_lock].
 */
void mount_tree_lock(struct mount *top);

/*
 * Unmount m by mount_detach_one() and end its sharing.  Context: [dcache_lock].
 */
void mount_tree_cut(struct mount *m, bool with_parent, struct list *gone);

/*
 * True if a copy of m would keep a mount namespace alive, because the root of m
 * is the file of a mount namespace.
 */
bool mount_keeps_space(const struct mount *m);

/*
 * The functions of share.c and spread.c; mount_sharing is NULL without these
 * files.  Const after init.
 * Context: [dcache_lock].
 */
struct mount_sharing {
	/* Give a copy the peers and the master of its original. */
	void (*join)(struct mount *copy, struct mount *of);
	/* Remove m, which is unmounted, from its group and its master. */
	void (*leave)(struct mount *m);
	bool (*is_shared)(const struct mount *m);
	/*
	 * Return: the number of places to which `at` propagates; -ENOSPC: n
	 * mounts do not fit at one of them.
	 */
	long (*targets)(const struct path *at, unsigned long n);
	/*
	 * Attach copies of the chain that begins with top at each place to
	 * which `at` propagates, after making the mounts of the chain shared.
	 */
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
