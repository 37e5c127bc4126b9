/* SPDX-License-Identifier: MIT */
/*
 * Trees of mounts that are copied and attached as a whole.  While a call works
 * on a tree, the tree is a chain:
 *
 *	top --chain--> mount --chain--> mount       each behind its parent
 *	 ^               |                |
 *	 '----parent-----'----parent------'
 *
 * An operation is a step that runs under mount_mutex.  First it checks
 * everything, and allocates all mounts that it needs; then nothing can fail.
 * Copies are built out of sight of walks, and each is attached by its top.
 */
#ifndef TOPICS_MOUNTS_TREE_H
#define TOPICS_MOUNTS_TREE_H

#include <fs/mount/mount.h>

/* Mounts allocated in advance. */
struct mount_stock {
	struct list made;		/* [caller] linked by `link` */
};

/*
 * Run a step under mount_mutex, and free what is left of the stock.
 * Context: may sleep.
 * Return: what the step returns.
 */
int mount_stock_run(int (*step)(struct mount_stock *s, void *arg), void *arg);

/* Add n mounts to the stock.  Context: may sleep.  Return: 0, -ENOMEM. */
int mount_stock_fill(struct mount_stock *s, unsigned long n);
struct mount *mount_stock_take(struct mount_stock *s);

/* The mounts of a tree that are left out: */
#define LEAVE_UNBINDABLE	1u	/* unbindable mounts */
/* mounts that keep a mount namespace alive */
#define LEAVE_SPACES		2u
#define LEAVE_BELOW		4u	/* all mounts but the top */

/*
 * Chain top and the mounts on it below the directory root.
 * Context: [mount_mutex].
 * Return: their number.
 */
unsigned long mount_tree_chain(struct mount *top, const struct dentry *root,
			       unsigned leave);

/*
 * Copy a chain.  The root of the copied top is root; the copy is not attached.
 * relate: called to relate each copy to its original; NULL: make the copy share
 * what the original shares.
 * Context: [mount_mutex].
 */
struct mount *mount_tree_copy(struct mount *top, struct dentry *root,
			      unsigned leave, struct mount_stock *s,
			      void (*relate)(struct mount *copy,
					     struct mount *of));

/*
 * Check whether a tree of n mounts may be attached at `at`, allocate what it
 * takes, and reserve the place: until mount_tree_hung(), the loss of the
 * directory's name unmounts what is mounted there.
 * new: how many of the mounts the namespace does not count yet; own: how many
 * of the stock's mounts the tree itself takes.
 * Context: [mount_mutex].
 * Return: 0; -EINVAL, -ENOENT, -ENOSPC, -ENOMEM.
 */
int mount_tree_may_hang(const struct path *at, unsigned long n,
			unsigned long new, unsigned long own,
			struct mount_stock *s);
/* Give up the reservation.  Context: [mount_mutex]. */
void mount_tree_hung(const struct path *at);
/*
 * Attach a chain at `at`, and copies of it at all places to which mounts at
 * `at` propagate; then mount_tree_hung().
 * Context: [mount_mutex].
 */
void mount_tree_hang(struct mount *top, const struct path *at,
		     struct mount_stock *s);
/*
 * Attach a chain at one place only, as the newest mounts of its namespace.
 * below: a mount that is at this place, and goes on top of the chain's top; or
 * NULL.
 * Context: [mount_mutex].
 */
void mount_tree_enter(struct mount *top, const struct path *at,
		      struct mount *below);

/*
 * Lock a chain that goes to the mount namespace of another user namespace: its
 * restricting flags cannot be cleared there, and its mounts cannot be
 * separated.
 * Context: [mount_mutex].  No walk reaches the chain yet.
 */
void mount_tree_lock(struct mount *top);

/*
 * Unmount m by mount_detach_one() and end its sharing.  Context: [mount_mutex].
 */
void mount_tree_cut(struct mount *m, bool with_parent, struct list *gone);
/*
 * Unmount m and everything on it, leaves first.  with_parent: see
 * mount_detach_one().
 * Context: [mount_mutex].
 */
void mount_tree_cut_all(struct mount *m, bool with_parent, struct list *gone);

/*
 * True if a copy of m would keep a mount namespace alive, because the root of m
 * is the file of a mount namespace.
 */
bool mount_keeps_space(const struct mount *m);

/*
 * The functions of share.c and spread.c; mount_sharing is NULL without these
 * files.  Const after init.
 * Context: [mount_mutex].
 */
struct mount_sharing {
	/* Give a copy the peers and the master of its original. */
	void (*join)(struct mount *copy, struct mount *of);
	/* Make a copy follow its original, or what the original follows. */
	void (*follow)(struct mount *copy, struct mount *of);
	/* Remove m, which is unmounted, from its group and its master. */
	void (*leave)(struct mount *m);
	bool (*is_shared)(const struct mount *m);
	/*
	 * Return: the number of places to which `at` propagates; -ENOSPC: n
	 * mounts do not fit at one of them.
	 */
	long (*targets)(const struct path *at, unsigned long n);
	/*
	 * Attach copies of the chain that begins with top at each place that
	 * targets() has found, after making the mounts of the chain shared.
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
