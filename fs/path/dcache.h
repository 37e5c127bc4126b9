/* SPDX-License-Identifier: MIT */
/*
 * The cache of names (lecture row A1 of docs/coverage.md): a dentry is a name
 * in a directory, or its known absence (a negative one).
 */
#ifndef FS_PATH_DCACHE_H
#define FS_PATH_DCACHE_H

#include <fs/vfs.h>
#include <kernel/lock/brlock.h>

/*
 * Guards every dentry's name, place and inode pointer, the mount tree, and
 * the root and working directory of every fs_context.  Path look-up and who
 * reads a path take it for reading, all others for writing.  IPL_CLOCK.
 */
extern struct brlock dcache_lock;

/* FNV-1a: a byte a step, so a walk hashes a name while it looks for its end. */
#define NAME_HASH_INIT 0x811c9dc5u
static inline u32 name_hash_step(u32 h, u8 c)
{
	return (h ^ c) * 0x01000193u;
}
u32 name_hash(const char *name, unsigned len);

void dcache_init(void);
/*
 * Context: [dcache_lock].
 * Return: the dentry, without a reference, or NULL.
 */
struct dentry *dcache_find(struct dentry *parent, const char *name,
			   unsigned len, u32 hash);
/*
 * A new dentry, of which nobody else knows until it enters the cache; parent
 * NULL: a root.
 * Return: one reference, and one to parent; NULL: no memory.
 */
struct dentry *dentry_alloc(struct dentry *parent, const char *name,
			    unsigned len, u32 hash);
static inline void dentry_get(struct dentry *d)
{
	ref_get(&d->refs);
}
void dentry_free(struct dentry *d);	/* its last reference is gone */
static inline void dentry_put(struct dentry *d)
{
	if (unlikely(ref_put(&d->refs)))
		dentry_free(d);
}
/* Give d its inode but no place in the tree: O_TMPFILE, memfd, pipes. */
void dentry_set_nameless(struct dentry *d, struct inode *i);
/*
 * The changes of names below take dcache_lock themselves, and follow what the
 * file system has done.
 * Context: [inode locks of the directories concerned]; may sleep.
 */
/* Remember that the name does not exist. */
void dentry_set_negative(struct dentry *d);
/* The name is gone: out of the cache; its users keep it alive. */
void dentry_delete(struct dentry *d);
/* Give d the parent and name of to; to leaves the cache. */
void dentry_move(struct dentry *d, struct dentry *to);
/* RENAME_EXCHANGE: swap parents and names. */
void dentry_exchange(struct dentry *a, struct dentry *b);
/*
 * Is above d itself or one of its parents?
 * Context: what may move d is kept out, else the answer is soon old.
 */
bool dentry_is_below(struct dentry *d, struct dentry *above);
/* The same, by who holds the lock already.  Context: [dcache_lock]. */
bool dentry_lies_below(const struct dentry *d, const struct dentry *above);
static inline bool dentry_hashed(const struct dentry *d)
{
	return d->hash_prev != NULL;
}
/* Delete every dentry of a tree whose last mount went. */
void dcache_drop_tree(struct dentry *root);
/* Drop unused unpinned dentries until at most `keep` are left. */
void dcache_shrink(unsigned keep);
unsigned long dentry_count(void);

#endif
